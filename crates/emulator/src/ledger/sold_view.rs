//! What reads show of one subscription that we sold, as a plain value with all that a change has to send back.

use jiff::Timestamp;
use jiff::civil::Date;

use super::subscriptions::Channel;
use super::{EndChoice, Ledger, NextTerm};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::seed::{Billing, Term};

/// A subscription that we sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldView {
    /// Its commerce id.
    pub id: SubscriptionId,
    /// `product:sku:availability`, as it was ordered; absent of a legacy one.
    pub item: Option<String>,
    /// Its nickname.
    pub friendly_name: Option<String>,
    /// Seats paid for.
    pub seats: u32,
    /// Partner Center's word for its state.
    pub status: &'static str,
    /// Length of its term.
    pub term: Term,
    /// How often a bill comes.
    pub billing: Billing,
    /// Whether it renews.
    pub auto_renew: bool,
    /// What was chosen for its end.
    pub end_choice: Option<EndChoice>,
    /// What the next term is to be, where it is to be another one.
    pub next_term: Option<NextTerm>,
    /// When its current term began.
    pub starts: Timestamp,
    /// The last day of its current term.
    pub last_day: Date,
    /// Until when it can be cancelled.
    pub cancellable_until: Option<Timestamp>,
    /// Seats that can be given back, each with the instant until when.
    pub returnable: Vec<(u32, Timestamp)>,
    /// The order that made it.
    pub order: Option<OrderId>,
}

impl Ledger {
    /// One subscription, where we sold it and commerce calls name it by now.
    #[must_use]
    pub fn sold_view(&self, tenant: TenantId, id: SubscriptionId) -> Option<SoldView> {
        let (held, now) = (self.subscription(tenant, id).ok()?, self.now());
        let bought = match &held.channel {
            Channel::Bought(bought) => Some(bought),
            Channel::Old(_) => None,
        };
        Some(SoldView {
            id: held.id,
            item: bought.map(|bought| bought.item.clone()),
            friendly_name: held.friendly_name.clone(),
            seats: held.seats,
            status: held.commerce_status(now),
            term: held.term,
            billing: held.billing,
            auto_renew: held.auto_renew,
            end_choice: bought.and_then(|bought| bought.extra.renewal.choice),
            next_term: bought.and_then(|bought| bought.extra.renewal.next_term.clone()),
            starts: held.term_start,
            last_day: held.last_day(),
            cancellable_until: held.cancellable_until(now),
            returnable: bought.map(|bought| bought.returnable.clone()).unwrap_or_default(),
            order: bought.map(|bought| bought.order.clone()),
        })
    }
}
