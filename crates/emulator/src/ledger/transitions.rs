//! Subscriptions that become others in the middle of a term (fact sheet 15.9).
//!
//! The emulator calls an upgrade what costs more, stands alone, and is for the same segment.

use jiff::Timestamp;
use uuid::Uuid;

use super::install::Fresh;
use super::subscriptions::{Channel, Extra, State, Subscription};
use super::{ChangeRefusal, Ledger, Refusal};
use crate::catalogue::Offer;
use crate::ids::{SubscriptionId, TenantId};
use crate::seed::{Billing, Term};

/// A transition that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransitionWish {
    pub(crate) to_item: String,
    pub(crate) to_subscription: Option<SubscriptionId>,
    pub(crate) quantity: u32,
    pub(crate) term: Option<Term>,
    pub(crate) billing: Option<Billing>,
    /// Whether users get the new licence instead of the old one.
    pub(crate) with_licences: bool,
}

/// A transition that was made.
#[derive(Debug, Clone)]
pub(crate) struct Transition {
    pub(crate) id: Uuid,
    pub(crate) from: SubscriptionId,
    pub(crate) from_item: String,
    pub(crate) to: SubscriptionId,
    pub(crate) to_item: String,
    pub(crate) quantity: u32,
    pub(crate) with_licences: bool,
    pub(crate) at: Timestamp,
}

impl Ledger {
    /// What a subscription of ours can become now.
    pub(crate) fn transition_targets(&self, held: &Subscription) -> Vec<&Offer> {
        let Some(present) = self.catalogue.offer(held.sku) else { return Vec::new() };
        let year = |offer: &Offer| offer.price_per_term(Term::P1Y, Billing::Annual);
        let better = |offer: &&Offer| {
            offer.segment == present.segment && offer.addon_of.is_empty() && year(offer) > year(present)
        };
        self.catalogue.offers().filter(better).collect()
    }

    /// Makes a transition; part of the seats may stay behind.
    pub(crate) fn transition(
        &mut self,
        tenant: TenantId,
        id: SubscriptionId,
        wish: &TransitionWish,
    ) -> Result<Uuid, Refusal> {
        let held = self.subscription(tenant, id)?.clone();
        let now = self.now;
        let Channel::Bought(bought) = &held.channel else { return Err(ChangeRefusal::NoTransition.into()) };
        if held.state != State::Enabled || held.commerce_status(now) != "active" {
            return Err(ChangeRefusal::TransitionInactive.into());
        }
        if held.is_being_renewed(now) {
            return Err(ChangeRefusal::TransitionNotReady.into());
        }
        if wish.quantity == 0 || wish.quantity > held.seats {
            return Err(Refusal::QuantityOutOfRange);
        }
        let (offer, _) = self.catalogue.item(&wish.to_item, now).ok_or(ChangeRefusal::NoTransition)?;
        if offer.entra == held.sku {
            return Err(ChangeRefusal::SameProduct.into());
        }
        if !self.transition_targets(&held).iter().any(|target| target.entra == offer.entra) {
            return Err(ChangeRefusal::NoTransition.into());
        }
        let (sku, to_item) = (offer.entra, offer.item(now));
        self.room(tenant, sku, wish.quantity)?;
        let operation = Uuid::new_v5(&id.0, format!("transition {}", held.version).as_bytes());
        let term = wish.term.unwrap_or(held.term);
        let to = match wish.to_subscription {
            Some(target) => self.grow(tenant, target, sku, wish.quantity)?,
            None => {
                let fresh = Fresh {
                    made_by: operation,
                    item: to_item.clone(),
                    sku,
                    term,
                    billing: wish.billing.unwrap_or(held.billing),
                    seats: wish.quantity,
                    ends: if term == held.term { held.ends } else { self.full_term(term) },
                    friendly_name: held.friendly_name.clone(),
                    auto_renew: held.auto_renew,
                    // The window is the source's (fact sheet 15.4).
                    window: bought.cancellable_until,
                    extra: Extra { partner_id: bought.extra.partner_id.clone(), ..Extra::default() },
                };
                self.install(tenant, fresh).ok_or(ChangeRefusal::NoTransition)?.1
            }
        };
        if wish.quantity == held.seats {
            self.take_out(tenant, id);
        } else {
            let left = self.held(tenant, id)?;
            left.wipe_scheduled();
            left.seats -= wish.quantity;
            left.units = left.units.min(left.seats);
            left.version += 1;
        }
        let made = Transition {
            id: operation,
            from: id,
            from_item: bought.item.clone(),
            to,
            to_item,
            quantity: wish.quantity,
            with_licences: wish.with_licences,
            at: now,
        };
        let customer = self.any_customer(tenant)?;
        if wish.with_licences && wish.quantity == held.seats {
            customer.move_licences(held.sku, sku, now);
        }
        customer.transitions.push(made);
        customer.settle(now);
        self.tell_subscription(tenant, id);
        Ok(operation)
    }

    /// Adds the seats of a transition to a subscription of the target product.
    fn grow(
        &mut self,
        tenant: TenantId,
        id: SubscriptionId,
        sku: crate::ids::SkuId,
        seats: u32,
    ) -> Result<SubscriptionId, Refusal> {
        let target = self.subscription(tenant, id)?;
        if target.sku != sku || target.state != State::Enabled {
            return Err(ChangeRefusal::TransitionInactive.into());
        }
        let held = self.held(tenant, id)?;
        held.wipe_scheduled();
        held.seats += seats;
        held.units += seats;
        held.version += 1;
        Ok(id)
    }
}
