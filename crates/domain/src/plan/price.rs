//! What a destination costs on a given day: the catalogue, announced changes, billing, promotions (rules R73, R75, R76, R119).

use crate::facts::{Facts, Hope};
use crate::ids::LineId;
use crate::migration::state::{Line, Migration, Stage};
use crate::offer::{Offer, Promotion};
use crate::policy::Policy;
use crate::rules::money::as_billed;
use crate::time::{Billing, Term, utc_day};
use crate::value::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

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
        let given = |id: &String| self.eligible.is_none_or(|given| given.contains(id));
        let gets = |promotion: &&Promotion| promotion.id.as_ref().is_none_or(given) && self.fits(promotion);
        policy.promotions.iter().chain(&self.offer.promotions).filter(gets).max_by_key(|promotion| promotion.off_pct)
    }

    /// Whether `promotion` runs for such a purchase, whoever makes it.
    fn fits(&self, promotion: &Promotion) -> bool {
        let all = self.held.saturating_add(self.seats);
        promotion.offer == self.offer.id
            && promotion.term == self.term
            && promotion.billing == self.billing
            && self.day <= promotion.until
            && self.seats >= promotion.seats_min
            && promotion.seats_max.is_none_or(|max| all <= max)
    }
}

/// What lines with an approved plan are still to buy that a promotion of the catalogue may run for: whether the customer gets it, the
/// service is asked on the day (rule R76). By what was approved, whatever the customer is to be planned by now: what is not asked of
/// would count as given. Seats beside these, which may pass the bound of a promotion, are not looked at.
pub fn approved_hopes(migration: &Migration, facts: &Facts, now: Timestamp) -> BTreeMap<LineId, Hope> {
    let hope = |line: &Line| {
        let open =
            |stage: &Stage| matches!(stage, Stage::Waiting { .. } | Stage::Carting { .. } | Stage::Buying { .. });
        let plan = line.plan.as_ref().filter(|_| open(line.stage.underlying()))?;
        let (term, billing, seats) = (plan.term, plan.billing, plan.seats.get());
        let may_run = |offer: &Offer| {
            let deal = Deal { offer, term, billing, seats, held: 0, eligible: None, day: utc_day(now) };
            offer.promotions.iter().any(|promotion| promotion.id.is_some() && deal.fits(promotion))
        };
        let runs = facts.offers.value.iter().any(|offer| offer.id == plan.offer && may_run(offer));
        let hope = || Hope { offer: plan.offer.clone(), segment: plan.segment, seats, term, billing };
        runs.then(|| (line.source.id, hope()))
    };
    migration.lines.values().filter_map(hope).collect()
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
