//! Promotions: which run, who may have one, and what it takes off (fact sheet 12.6).
//!
//! A promotion for another term is not applied, and nobody is told (as third parties report).

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Ledger;
use super::cart_lines::{LineError, Wish};
use super::subscriptions::{Channel, Subscription};
use crate::ids::{SkuId, TenantId};
use crate::seed::{Billing, SeedPromotion, Term};

/// A promotion that was applied to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Promoted {
    pub(crate) id: String,
    percent_off: u8,
}

impl Promoted {
    /// What is left of a price.
    pub(crate) fn price(&self, list: Decimal) -> Decimal {
        (list * Decimal::from(100 - self.percent_off.min(100)) / Decimal::from(100)).round_dp(2)
    }
}

/// Why somebody may not have a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ineligible {
    /// The customer had the product before.
    OfferPurchasedPreviously,
    /// Too few seats, or too many with those that have it already.
    SeatCount { min: u32, max: Option<u32>, left: Option<u32> },
    /// It is for another term.
    Term { term: Term, billing: Option<Billing> },
}

impl Ledger {
    /// The promotions that run now.
    pub(crate) fn promotions(&self) -> impl Iterator<Item = &SeedPromotion> {
        let now = self.now;
        self.seed.promotions.iter().filter(move |it| runs(it, now) && self.catalogue.offer(it.sku_id).is_some())
    }

    /// Whether a customer may have `promotion` for so many seats on such a term.
    pub(crate) fn eligible(
        &self,
        tenant: TenantId,
        promotion: &SeedPromotion,
        seats: u32,
        (term, billing): (Term, Billing),
    ) -> Result<(), Ineligible> {
        if promotion.term != term || promotion.billing.is_some_and(|only| only != billing) {
            return Err(Ineligible::Term { term: promotion.term, billing: promotion.billing });
        }
        let held = || self.tenants.get(&tenant).into_iter().flat_map(|customer| customer.subscriptions.values());
        let ours = |held: &&Subscription| matches!(held.channel, Channel::Bought(_)) && held.sku == promotion.sku_id;
        if promotion.new_only && held().any(|held| ours(&held)) {
            return Err(Ineligible::OfferPurchasedPreviously);
        }
        // Seats of every partner and of web direct count (rule R76).
        let with = self.tenants.get(&tenant).map_or(0, |customer| customer.seats_of(promotion.sku_id));
        let left = promotion.max_seats.map(|most| most.saturating_sub(with));
        if seats < promotion.min_seats || left.is_some_and(|left| seats > left) {
            return Err(Ineligible::SeatCount { min: promotion.min_seats, max: promotion.max_seats, left });
        }
        Ok(())
    }

    /// What is applied to a line: the promotion it names, else one that applies itself.
    pub(super) fn promoted(
        &self,
        tenant: TenantId,
        wish: &Wish,
        sku: SkuId,
        plan: (Term, Billing),
    ) -> Result<Option<Promoted>, LineError> {
        let applied = |it: &SeedPromotion| Promoted { id: it.id.clone(), percent_off: it.percent_off };
        let Some(named) = &wish.promotion else {
            let mut fits = self.promotions().filter(|it| it.applies_itself && it.sku_id == sku);
            return Ok(fits.find(|it| self.eligible(tenant, it, wish.quantity, plan).is_ok()).map(applied));
        };
        let invalid = || LineError::new(10014, "The promotion is not valid.");
        let known = self.promotions().find(|it| it.sku_id == sku && it.id.eq_ignore_ascii_case(named));
        let known = known.ok_or_else(invalid)?;
        match self.eligible(tenant, known, wish.quantity, plan) {
            Ok(()) => Ok(Some(applied(known))),
            Err(Ineligible::Term { .. }) => Ok(None),
            Err(_) => Err(invalid()),
        }
    }
}

fn runs(promotion: &SeedPromotion, now: Timestamp) -> bool {
    promotion.starts <= now && now < promotion.ends
}
