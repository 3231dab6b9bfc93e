//! What is scheduled for a date in the middle of a term (fact sheet 15.6).
//!
//! Its shape is known from one client alone. What cannot be carried out on its day lapses.

use jiff::Timestamp;

use super::renewals::NextTerm;
use super::transitions::TransitionWish;
use super::{Ledger, Refusal};
use crate::ids::{SubscriptionId, TenantId};

/// Something that is to happen on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// What.
    pub action: DatedAction,
    /// When; inside the term.
    pub at: Timestamp,
    /// What the subscription is to become, where it is to become another one.
    pub becomes: Option<NextTerm>,
}

/// What can be scheduled for a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatedAction {
    /// It ends, where it still can be cancelled then.
    Cancel,
    /// It becomes another product.
    Transition,
}

impl Ledger {
    /// Whether `dated` can be scheduled for a subscription whose term ends at `ends`.
    pub(super) fn check_dated(dated: &Dated, now: Timestamp, ends: Timestamp) -> Result<(), Refusal> {
        let invalid = |name: &str| Err(Refusal::InvalidProperty(name.to_owned()));
        if dated.at <= now || dated.at >= ends {
            return invalid("effectiveDate");
        }
        match (dated.action, &dated.becomes) {
            (DatedAction::Transition, None) => invalid("instructions"),
            _ => Ok(()),
        }
    }

    /// Carries out what is scheduled for now, unless it was taken back.
    pub(super) fn on_its_date(&mut self, tenant: TenantId, id: SubscriptionId) {
        let now = self.now;
        let Ok(held) = self.held(tenant, id) else { return };
        let Some(dated) = held.take_dated(now) else { return };
        let cancellable = held.cancellable_until(now).is_some();
        let seats = held.seats;
        match (dated.action, dated.becomes) {
            (DatedAction::Cancel, _) if cancellable => self.cancel_now(tenant, id),
            (DatedAction::Transition, Some(next)) => {
                let Some(offer) = self.catalogue.find(&next.product, &next.sku) else { return };
                let wish = TransitionWish {
                    to_item: offer.item(now),
                    to_subscription: None,
                    quantity: next.quantity.min(seats),
                    term: Some(next.term),
                    billing: Some(next.billing),
                    with_licences: false,
                };
                let _lapses = self.transition(tenant, id, &wish);
            }
            _ => {}
        }
    }
}
