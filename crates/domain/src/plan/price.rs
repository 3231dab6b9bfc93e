//! What a destination costs on a given day: the catalogue, announced changes, billing, promotions (rules R73, R75, R76, R119).

use crate::offer::{Offer, Promotion};
use crate::policy::Policy;
use crate::rules::money::as_billed;
use crate::time::{Billing, Term};
use crate::value::Money;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// A purchase of one offer, as far as its price depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Deal<'a> {
    /// What is bought.
    pub offer: &'a Offer,
    /// For how long.
    pub term: Term,
    /// How it is billed.
    pub billing: Billing,
    /// How many seats.
    pub seats: u32,
    /// Seats of the licence that the tenant holds by then beside these, by all channels: a promotion counts them as well.
    pub held: u32,
    /// The promotions that the service gives for it, by their ids; none where it was not asked.
    pub eligible: Option<&'a BTreeSet<String>>,
    /// The day of the purchase.
    pub day: Date,
}

impl<'a> Deal<'a> {
    /// What one seat costs for the whole term, exact; none where neither an announcement nor the catalogue says.
    pub fn price(&self, policy: &'a Policy) -> Option<Money> {
        let changes = policy.price_changes.iter().filter(|change| change.is_of(self.offer, self.term));
        let changed = changes.filter(|change| change.from <= self.day).max_by_key(|change| change.from);
        let listed = changed.map(|change| change.price).or_else(|| self.offer.prices.get(&self.term).copied())?;
        let billed = as_billed(listed.amount, self.term, self.billing).ok()?;
        let off = self.promotion(policy).map_or(Decimal::ZERO, |promotion| promotion.off_pct);
        let rest = Decimal::ONE_HUNDRED - off.clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
        let amount = billed.checked_mul(rest)?.checked_div(Decimal::ONE_HUNDRED)?;
        Some(Money { amount, ..listed })
    }

    /// The promotion that it gets: of those that run, the one that takes most off.
    pub fn promotion(&self, policy: &'a Policy) -> Option<&'a Promotion> {
        let all = self.held.saturating_add(self.seats);
        let given = |id: &String| self.eligible.is_none_or(|given| given.contains(id));
        let runs = |promotion: &&Promotion| {
            promotion.id.as_ref().is_none_or(given)
                && promotion.offer == self.offer.id
                && promotion.term == self.term
                && promotion.billing == self.billing
                && self.day <= promotion.until
                && self.seats >= promotion.seats_min
                && promotion.seats_max.is_none_or(|max| all <= max)
        };
        policy.promotions.iter().chain(&self.offer.promotions).filter(runs).max_by_key(|promotion| promotion.off_pct)
    }
}

/// What `seats` at `price` for the whole term are invoiced at once, exact: a month of what is billed by the month, a year of what
/// is billed by the year (rule R89). None where the amount is too large to be reckoned with.
pub fn first_invoice(price: Money, seats: u32, term: Term, billing: Billing) -> Option<Money> {
    let months = Decimal::from(term.months());
    let invoices = match billing {
        Billing::Monthly => months,
        Billing::Annual => (months / Decimal::from(12)).max(Decimal::ONE),
        Billing::Triennial => Decimal::ONE,
    };
    let amount = price.amount.checked_mul(seats.into())?.checked_div(invoices)?;
    Some(Money { amount, ..price })
}
