//! What reads show of one customer at this moment, as plain values: for whoever asks the ledger without HTTP.
//!
//! Shows what the HTTP side shows and no more: nothing that is accepted and not visible yet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::orders::{Order, Transaction};
use super::subscriptions::{Channel, State, Subscription};
use super::tenant::Tenant;
use super::{Ledger, Refusal, calendar};
use crate::ids::{CartId, OrderId, PlanId, SkuId, SubscriptionId, TenantId, UserId};
use crate::seed::{Billing, Program, Term};

/// One customer, as Partner Center and its own tenant show it.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerView {
    /// Whether it accepted us as its reseller.
    pub accepted: bool,
    /// Whether the customer agreement is signed or confirmed.
    pub agreed: bool,
    /// Order lines of type New that reads show by now.
    pub orders: Vec<OrderView>,
    /// What we sold it and what commerce calls name by now.
    pub own: Vec<OwnView>,
    /// Its tenant; absent while it has not granted us administration.
    pub tenant: Option<TenantView>,
}

/// An order line of type New.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderView {
    /// Its order.
    pub order: OrderId,
    /// When it was accepted.
    pub at: Timestamp,
    /// `product:sku:availability`, as it was ordered.
    pub item: String,
    /// Seats.
    pub quantity: u32,
    /// The nickname it was given.
    pub friendly_name: Option<String>,
    /// Its subscription, once the line names it.
    pub subscription: Option<SubscriptionId>,
    /// List price of a seat for the whole term.
    pub price: Decimal,
    /// Currency of that price.
    pub currency: &'static str,
}

/// A subscription that we sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnView {
    /// Its commerce id.
    pub id: SubscriptionId,
    /// Whether it is from before new commerce.
    pub legacy: bool,
    /// Partner Center's word for its state.
    pub status: &'static str,
    /// Whether provisioning is reported as done.
    pub provisioned: bool,
    /// Seats paid for.
    pub seats: u32,
    /// Length of its term.
    pub term: Term,
    /// When its current term began.
    pub starts: Timestamp,
    /// The last day of its current term.
    pub last_day: Date,
}

/// A tenant, as its directory shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantView {
    /// Subscriptions of every channel whose seats are there.
    pub held: Vec<HeldView>,
    /// Licences of every product, over all channels.
    pub pools: BTreeMap<SkuId, PoolView>,
    /// Every user who holds anything.
    pub users: Vec<UserView>,
}

/// A subscription of any channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldView {
    /// Its commerce id.
    pub id: SubscriptionId,
    /// The product.
    pub sku: SkuId,
    /// Graph's word for its state.
    pub status: &'static str,
    /// Seats that are there.
    pub units: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When its state changes next unless somebody acts.
    pub next_step: Option<Timestamp>,
    /// The partner that sold it.
    pub owner: Option<TenantId>,
    /// Whether it is a trial.
    pub trial: bool,
}

/// Licences of one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolView {
    /// Units of subscriptions in force.
    pub enabled: u32,
    /// Units in grace.
    pub warning: u32,
    /// Units that are switched off.
    pub suspended: u32,
    /// Units assigned to users.
    pub consumed: u32,
    /// Service plans inside.
    pub plans: BTreeSet<PlanId>,
}

/// A user and what the user holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The account.
    pub id: UserId,
    /// Whether a country of work is set.
    pub located: bool,
    /// Every product held.
    pub licences: BTreeMap<SkuId, LicenceView>,
}

/// How a user holds a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceView {
    /// Assigned to the user.
    pub direct: bool,
    /// Inherited from a group.
    pub by_group: bool,
    /// Plans that are off.
    pub disabled: BTreeSet<PlanId>,
}

/// A cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartView {
    /// When it is forgotten unless it is ordered.
    pub expires: Timestamp,
    /// Codes and texts of lines that cannot be bought.
    pub errors: Vec<(u32, String)>,
}

/// A commercial offer.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferView {
    /// `product:sku`.
    pub item: String,
    /// Display name.
    pub title: String,
    /// What it provisions.
    pub sku: SkuId,
    /// Most seats of one subscription.
    pub max_seats: u32,
    /// Terms and billings, each with the list price of a seat for the whole term.
    pub terms: Vec<(Term, Billing, Decimal)>,
}

impl Ledger {
    /// What reads show of a customer now; `None` where nobody lives there.
    #[must_use]
    pub fn view(&self, tenant: TenantId) -> Option<CustomerView> {
        let customer = self.customers().find(|customer| customer.id == tenant)?;
        Some(CustomerView {
            accepted: customer.is_reseller(),
            agreed: customer.agreement.is_some(),
            orders: self.orders(tenant).into_iter().flatten().flat_map(|order| lines(order, self.now())).collect(),
            own: self.subscriptions(tenant).into_iter().flatten().map(|held| own(held, self.now())).collect(),
            tenant: self.administered(tenant).ok().map(|customer| self.tenant_view(customer)),
        })
    }

    /// The lines of an order as whoever placed it is told at once, before reads show it.
    pub fn ordered(&self, tenant: TenantId, id: &OrderId) -> Result<Vec<OrderView>, Refusal> {
        let order = self.reseller(tenant)?.orders.get(id).ok_or_else(|| Refusal::OrderNotFound(id.clone()))?;
        Ok(lines(order, self.now()).collect())
    }

    /// A cart, as reads show it.
    pub fn cart_view(&self, tenant: TenantId, id: CartId) -> Result<CartView, Refusal> {
        let cart = self.cart(tenant, id)?;
        let errors = cart.lines.iter().filter_map(|line| line.checked.as_ref().err());
        Ok(CartView { expires: cart.expires, errors: errors.map(|error| (error.code, error.text.clone())).collect() })
    }

    /// The commercial offer that provisions `sku`, where it is on sale.
    #[must_use]
    pub fn offer_view(&self, sku: SkuId) -> Option<OfferView> {
        let offer = self.catalogue.offer(sku)?;
        let price = |(term, billing): &(Term, Billing)| (*term, *billing, offer.price_per_term(*term, *billing));
        Some(OfferView {
            item: format!("{}:{}", offer.product, offer.sku),
            title: offer.title.clone(),
            sku,
            max_seats: offer.max_seats,
            terms: offer.terms.iter().map(price).collect(),
        })
    }

    fn tenant_view(&self, customer: &Tenant) -> TenantView {
        let shown = customer.subscriptions.values().filter(|held| held.units > 0 && held.state != State::Deleted);
        let held = shown.map(|held| HeldView {
            id: held.id,
            sku: held.sku,
            status: held.state.word(),
            units: held.units,
            created: held.created,
            next_step: held.next_step,
            owner: held.owner,
            trial: matches!(held.channel, Channel::Old(Program::Trial)),
        });
        let pool = |sku: SkuId| self.catalogue.plans(sku).iter().map(|plan| plan.id).collect();
        let pools = customer.pools().into_iter().map(|(sku, held)| {
            let (enabled, warning, suspended) = (held.enabled, held.warning, held.suspended);
            (sku, PoolView { enabled, warning, suspended, consumed: held.consumed, plans: pool(sku) })
        });
        let users = customer.users.values().map(|user| UserView {
            id: user.id,
            located: user.usage_location.as_deref().is_some_and(|place| !place.is_empty()),
            licences: user
                .licences
                .iter()
                .map(|(sku, held)| {
                    let (direct, by_group) = (held.direct.is_some(), !held.groups.is_empty());
                    (*sku, LicenceView { direct, by_group, disabled: held.disabled() })
                })
                .collect(),
        });
        TenantView { held: held.collect(), pools: pools.collect(), users: users.collect() }
    }
}

fn lines(order: &Order, now: Timestamp) -> impl Iterator<Item = OrderView> + '_ {
    let new = order.lines.iter().filter(|line| matches!(line.transaction, Transaction::New));
    new.map(move |line| OrderView {
        order: order.id.clone(),
        at: order.created,
        item: line.item.clone(),
        quantity: line.quantity,
        friendly_name: line.friendly_name.clone(),
        subscription: (line.named_at <= now).then_some(line.subscription),
        price: line.first_term(calendar::day(order.created)),
        currency: order.currency,
    })
}

fn own(held: &Subscription, now: Timestamp) -> OwnView {
    OwnView {
        id: held.id,
        legacy: matches!(held.channel, Channel::Old(_)),
        status: held.commerce_status(now),
        provisioned: match &held.channel {
            Channel::Bought(bought) => now >= bought.provisioned_at && (held.units == 0 || held.units >= held.seats),
            Channel::Old(_) => true,
        },
        seats: held.seats,
        term: held.term,
        starts: held.term_start,
        last_day: held.last_day(),
    }
}
