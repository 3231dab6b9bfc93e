//! Orders and their delayed visibility: a purchase is accepted long before it can be read everywhere.
//!
//! Orders never change once written; what a reader sees of them depends on the time alone.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::promotions::Promoted;
use super::tenant::Tenant;
use super::{Ledger, Refusal, calendar};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::seed::{Billing, Term};

/// An accepted order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) created: Timestamp,
    /// When reads start to show it.
    pub(crate) seen_at: Timestamp,
    /// Made by the service itself: a renewal.
    pub(crate) by_system: bool,
    /// Taken back, which only the integration sandbox allows.
    pub(crate) cancelled: bool,
    pub(crate) billing: Billing,
    pub(crate) currency: &'static str,
    pub(crate) lines: Vec<OrderLine>,
}

/// One line of an order.
#[derive(Debug, Clone)]
pub(crate) struct OrderLine {
    pub(crate) number: u32,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) term: Term,
    pub(crate) subscription: SubscriptionId,
    /// When the line starts to name its subscription.
    pub(crate) named_at: Timestamp,
    pub(crate) transaction: Transaction,
    pub(crate) friendly_name: Option<String>,
    /// Per seat and term.
    pub(crate) price: Decimal,
    /// The chosen last day of the first term, where it does not run in full.
    pub(crate) custom_term_end: Option<Date>,
    pub(crate) extra: LineExtra,
}

/// What few lines have.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineExtra {
    pub(crate) promotion: Option<Promoted>,
    /// Partner id of the reseller on record, and of further ones.
    pub(crate) reseller: Option<String>,
    pub(crate) more_resellers: Vec<String>,
    /// The base of an add-on.
    pub(crate) parent: Option<SubscriptionId>,
}

impl OrderLine {
    /// Per seat for a whole term, with the promotion if there is one.
    pub(crate) fn discounted(&self) -> Decimal {
        self.extra.promotion.as_ref().map_or(self.price, |promoted| promoted.price(self.price))
    }

    /// Per seat for the first term that began on `start`: by the day where it ends early (rule R71).
    pub(crate) fn first_term(&self, start: Date) -> Decimal {
        let price = self.discounted();
        let Some(last) = self.custom_term_end else { return price };
        let days = |last: Date| Decimal::from(start.duration_until(last).as_hours() / 24 + 1);
        (price * days(last) / days(calendar::last_day(start, self.term))).round_dp(2)
    }
}

/// Why a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transaction {
    New,
    Renew,
    AddQuantity(u32),
    RemoveQuantity(u32),
}

impl Transaction {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Transaction::New => "New",
            Transaction::Renew => "renew",
            Transaction::AddQuantity(_) => "addQuantity",
            Transaction::RemoveQuantity(_) => "removeQuantity",
        }
    }
}

impl Order {
    /// Whether every line's subscription is set up.
    pub(crate) fn is_complete(&self, tenant: &Tenant, now: Timestamp) -> bool {
        self.lines.iter().all(|line| {
            tenant.subscriptions.get(&line.subscription).is_some_and(|held| held.commerce_status(now) != "pending")
        })
    }
}

impl Ledger {
    /// The orders of a customer that reads show by now.
    pub(crate) fn orders(&self, tenant: TenantId) -> Result<impl Iterator<Item = &Order>, Refusal> {
        let now = self.now;
        Ok(self.reseller(tenant)?.orders.values().filter(move |order| order.seen_at <= now))
    }

    /// One of them.
    pub(crate) fn order(&self, tenant: TenantId, id: &OrderId) -> Result<&Order, Refusal> {
        self.reseller(tenant)?
            .orders
            .get(id)
            .filter(|order| order.seen_at <= self.now)
            .ok_or_else(|| Refusal::OrderNotFound(id.clone()))
    }
}

impl Tenant {
    /// Twelve hexadecimal digits, not used by an order of this tenant.
    pub(super) fn new_order_id(&mut self) -> OrderId {
        loop {
            let id = OrderId(format!("{:012x}", self.prng.next() >> 16));
            if !self.orders.contains_key(&id) {
                return id;
            }
        }
    }
}
