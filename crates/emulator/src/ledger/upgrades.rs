//! Upgrades and conversions of the old generation (fact sheet 15.9): a subscription becomes a better one, a trial is bought.
//!
//! An upgrade that cannot be made is an answer with its reasons, not a refusal. Sale of the old generation is closed (12.7),
//! so there is nothing to upgrade to unless the reading says so.

use super::subscriptions::{Channel, State, Subscription};
use super::{Ledger, Refusal};
use crate::catalogue::Offer;
use crate::ids::{OrderId, SkuId, SubscriptionId, TenantId};
use crate::seed::{Billing, Program, Right, Term};

/// An upgrade that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UpgradeWish {
    /// The product it is to become.
    pub(crate) target: SkuId,
    /// Whether users get the new licence instead of the old one.
    pub(crate) with_licences: bool,
    /// Whether a user is signed in, and not an application alone.
    pub(crate) user: bool,
}

/// Why an upgrade is not made, with the code of fact sheet 15.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpgradeObstacle {
    NoAdministration,
    NotActive,
    UnderWay,
    NeedsUser,
    NoPaths,
    UnknownTarget,
    Billing,
    Role,
}

impl UpgradeObstacle {
    pub(crate) fn code(self) -> u32 {
        match self {
            UpgradeObstacle::NoAdministration => 1,
            UpgradeObstacle::NotActive => 2,
            UpgradeObstacle::UnderWay => 4,
            UpgradeObstacle::NeedsUser => 5,
            UpgradeObstacle::NoPaths => 7,
            UpgradeObstacle::UnknownTarget => 8,
            UpgradeObstacle::Billing => 10,
            UpgradeObstacle::Role => 11,
        }
    }

    /// For people.
    pub(crate) fn text(self) -> &'static str {
        match self {
            UpgradeObstacle::NoAdministration => "The customer has withdrawn delegated administration.",
            UpgradeObstacle::NotActive => "The subscription is not active.",
            UpgradeObstacle::UnderWay => "The subscription is being changed by another request.",
            UpgradeObstacle::NeedsUser => "Licences are moved for a signed-in user only.",
            UpgradeObstacle::NoPaths => "There is nothing that the subscription can be upgraded to.",
            UpgradeObstacle::UnknownTarget => "The subscription cannot be upgraded to that offer.",
            UpgradeObstacle::Billing => "The target is not sold with the billing cycle of the subscription.",
            UpgradeObstacle::Role => "The role of the user does not allow licences to be moved.",
        }
    }

    /// Whether it stands in the way of moving licences alone.
    pub(crate) fn is_about_licences(self) -> bool {
        matches!(self, UpgradeObstacle::NoAdministration | UpgradeObstacle::NeedsUser | UpgradeObstacle::Role)
    }
}

impl Ledger {
    /// What a subscription of the old generation can become now: what costs more, stands alone and is for all.
    pub(crate) fn upgrade_targets(&self, held: &Subscription) -> Vec<&Offer> {
        let legacy = matches!(held.channel, Channel::Old(Program::LegacyCsp));
        if !legacy || !self.rules.readings.legacy_upgrades {
            return Vec::new();
        }
        self.transition_targets(held)
    }

    /// What a trial can be bought as: the product that is tried.
    pub(crate) fn conversion_target(&self, held: &Subscription) -> Option<&Offer> {
        let open = held.is_trial() && held.state == State::Enabled && self.rules.readings.legacy_upgrades;
        self.catalogue.offer(held.sku).filter(|_| open)
    }

    /// What stands in the way of an upgrade; nothing where it can be made.
    pub(crate) fn upgrade_obstacles(
        &self,
        tenant: TenantId,
        held: &Subscription,
        wish: UpgradeWish,
    ) -> Result<Vec<UpgradeObstacle>, Refusal> {
        let customer = self.reseller(tenant)?;
        let targets = self.upgrade_targets(held);
        let target = targets.iter().find(|offer| offer.entra == wish.target);
        let mut found = Vec::new();
        if held.state != State::Enabled {
            found.push(UpgradeObstacle::NotActive);
        }
        if self.migrating(held.id) {
            found.push(UpgradeObstacle::UnderWay);
        }
        match target {
            None if targets.is_empty() => found.push(UpgradeObstacle::NoPaths),
            None => found.push(UpgradeObstacle::UnknownTarget),
            Some(offer) if !offer.terms.contains(&(held.term, held.billing)) => found.push(UpgradeObstacle::Billing),
            Some(_) => {}
        }
        if wish.with_licences {
            if !wish.user {
                found.push(UpgradeObstacle::NeedsUser);
            } else if !self.may(&[Right::LicenseAdministrator]) {
                found.push(UpgradeObstacle::Role);
            }
            if !customer.delegated_admin {
                found.push(UpgradeObstacle::NoAdministration);
            }
        }
        Ok(found)
    }

    /// Upgrades a subscription as a whole: the better one takes its place at once, under a new id.
    pub(crate) fn upgrade(
        &mut self,
        tenant: TenantId,
        id: SubscriptionId,
        wish: UpgradeWish,
    ) -> Result<Result<SubscriptionId, Vec<UpgradeObstacle>>, Refusal> {
        self.orderable(tenant)?;
        let held = self.subscription(tenant, id)?.clone();
        let found = self.upgrade_obstacles(tenant, &held, wish)?;
        if !found.is_empty() {
            return Ok(Err(found));
        }
        self.room(tenant, wish.target, held.seats)?;
        let (now, owner) = (self.now, self.seed.partner.tenant_id);
        let Some(made) = self.install_legacy(tenant, &held, wish.target, owner) else {
            return Ok(Err(vec![UpgradeObstacle::NoPaths]));
        };
        let _order = self.order_legacy(tenant, made);
        self.take_out(tenant, id);
        let customer = self.any_customer(tenant)?;
        if wish.with_licences {
            customer.move_licences(held.sku, wish.target, now);
        }
        customer.settle(now);
        self.tell_subscription(tenant, id);
        self.tell_subscription(tenant, made);
        Ok(Ok(made))
    }

    /// Buys a trial: it keeps its id, and a year begins. `None` where nothing can be made of it.
    pub(crate) fn convert_trial(
        &mut self,
        tenant: TenantId,
        id: SubscriptionId,
        seats: Option<u32>,
        billing: Option<Billing>,
    ) -> Result<Option<OrderId>, Refusal> {
        self.may_order(tenant)?;
        let held = self.subscription(tenant, id)?.clone();
        let billing = billing.unwrap_or(held.billing);
        let fits = |offer: &&Offer| offer.terms.contains(&(Term::P1Y, billing));
        let Some(sku) = self.conversion_target(&held).filter(fits).map(|offer| offer.entra) else { return Ok(None) };
        let seats = seats.unwrap_or(held.seats);
        if seats == 0 {
            return Err(Refusal::QuantityOutOfRange);
        }
        if seats > held.seats {
            self.room(tenant, sku, seats - held.seats)?;
        }
        let order = self.buy_trial(tenant, id, seats, billing);
        let now = self.now;
        self.any_customer(tenant)?.settle(now);
        self.tell_subscription(tenant, id);
        Ok(order)
    }
}
