//! The plan: what will be done for each line, leaving execution no meaningful choice.

use crate::assess::{assess, chosen_billing, chosen_offer, find_source, is_blocked, known_end, seats_needed};
use crate::facts::{Facts, HeldStatus, Tenancy};
use crate::ids::{LineId, PlanId, SkuId};
use crate::migration::state::{Migration, Stage};
use crate::offer::OfferId;
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::program::SourceProgram;
use crate::time::{Billing, End, ProvisionDay, Term, overlap_days, provision_day, start_of, utc_day};
use crate::value::{Money, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What will be done for one customer. Immutable; a newer one takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The plan that it was made to replace.
    pub parent: Option<PlanId>,
    /// What will be done, per line. Lines that are blocked are not in it.
    pub lines: BTreeMap<LineId, LinePlan>,
}

/// What will be done for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePlan {
    /// How cover is obtained.
    pub route: Route,
    /// What is bought.
    pub offer: OfferId,
    /// The licence that it provisions.
    pub sku: SkuId,
    /// How many seats.
    pub seats: Seats,
    /// Committed term.
    pub term: Term,
    /// Billing frequency.
    pub billing: Billing,
    /// The most that one seat may cost for one term; none where no price was known when the plan was approved.
    pub price_ceiling: Option<Money>,
    /// The UTC day on which the destination starts.
    pub day: Date,
    /// The purchase happens at this instant or later.
    pub opens: Timestamp,
    /// The end of the source.
    pub ends: End,
    /// What happens to the users' licences.
    pub reassign: Reassign,
    /// Days that are paid twice.
    pub overlap_days: u32,
    /// What they cost, where a price is known. An estimate until the order gives the price.
    pub overlap_cost: Option<Money>,
}

/// How cover is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Buy again, as late as is safe before the end of the source.
    BuyAtEnd,
    /// Buy again at once.
    BuyNow,
}

/// What happens to the users' licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reassign {
    /// Same licence: nobody is touched (rule R92).
    Nothing,
    /// Another licence: each user is swapped.
    SwapEachUser,
}

/// Nothing in the migration can be planned now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first"
)]
pub struct Unplannable;

/// Plans every line that may still be planned and that nothing blocks.
///
/// A line is planned again until its purchase has begun; what was approved holds until the new plan is approved.
///
/// # Errors
/// [`Unplannable`] when that leaves no line.
pub fn plan(
    migration: &Migration,
    facts: &Facts,
    policy: &Policy,
    id: PlanId,
    now: Timestamp,
) -> Result<Plan, Unplannable> {
    let lines: BTreeMap<LineId, LinePlan> = migration
        .lines
        .iter()
        .filter(|(_, line)| may_be_planned(&line.stage))
        .filter(|(_, line)| !is_blocked(&assess(migration, &line.source, facts, policy, now)))
        .filter_map(|(id, line)| Some((*id, line_plan(migration, &line.source, facts, policy, now)?)))
        .collect();
    if lines.is_empty() {
        return Err(Unplannable);
    }
    Ok(Plan { id, parent: migration.approved, lines })
}

/// Whether a line in `stage` can take a plan: before its purchase has begun.
pub fn may_be_planned(stage: &Stage) -> bool {
    matches!(stage, Stage::Draft | Stage::Blocked | Stage::Ready | Stage::Waiting { .. })
}

/// Whether a person may take a line in `stage` out of its plan: nothing was checked out.
pub fn may_be_taken_back(stage: &Stage) -> bool {
    may_be_planned(stage) || matches!(stage, Stage::Carting { .. })
}

fn line_plan(
    migration: &Migration,
    source: &SourceLine,
    facts: &Facts,
    policy: &Policy,
    now: Timestamp,
) -> Option<LinePlan> {
    let tenancy = facts.tenancy.as_ref().map(|seen| &seen.value);
    let offer = chosen_offer(source, &facts.offers.value)?;
    let term = source.term.unwrap_or(Term::Year);
    let billing = chosen_billing(source, offer, term)?;
    let seats = seats_needed(migration, source, tenancy, policy, now);
    let Timing { route, day, ends, late: _, overlap_days: overlap } = timing(migration, source, tenancy, policy, now)?;
    let known_price = offer.prices.get(&term).copied();
    let estimate = known_price.or(source.price_per_seat.filter(|_| source.term.is_none_or(|of| of == term)));
    Some(LinePlan {
        route,
        offer: offer.id.clone(),
        sku: offer.sku,
        seats,
        term,
        billing,
        price_ceiling: known_price,
        day,
        opens: start_of(day).max(now),
        ends,
        reassign: if offer.sku == source.sku { Reassign::Nothing } else { Reassign::SwapEachUser },
        overlap_days: overlap,
        overlap_cost: estimate.map(|price| overlap_cost(price, seats, overlap, term, day)),
    })
}

/// When a line is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How.
    pub route: Route,
    /// The UTC day on which the destination starts.
    pub day: Date,
    /// The end of the source that it was reckoned from.
    pub ends: End,
    /// The day that the lead asks for had passed already.
    pub late: bool,
    /// Days paid twice.
    pub overlap_days: u32,
}

/// Rules R17 and R111: a source that has ended, and a trial, are replaced at once; every other one as late as the lead
/// allows. A trial costs nothing, so nothing is paid twice. None while nobody has said when the source ends.
pub fn timing(
    migration: &Migration,
    source: &SourceLine,
    tenancy: Option<&Tenancy>,
    policy: &Policy,
    now: Timestamp,
) -> Option<Timing> {
    let (ends, today) = (known_end(migration, source, tenancy, now)?, utc_day(now));
    let out = tenancy
        .and_then(|tenancy| find_source(migration, source, tenancy))
        .is_some_and(|held| matches!(held.status, HeldStatus::Warning | HeldStatus::Suspended));
    if source.program == SourceProgram::Trial {
        return Some(Timing { route: Route::BuyNow, day: today, ends, late: false, overlap_days: 0 });
    }
    if out || ends.instant() <= now {
        // Grace is not paid for, whatever end the file gives (rule R128).
        let overlap_days = if out { 0 } else { overlap_days(ends, today) };
        return Some(Timing { route: Route::BuyNow, day: today, ends, late: true, overlap_days });
    }
    let ProvisionDay { day, late } = provision_day(ends, policy.lead_business_days, &policy.holidays, today);
    Some(Timing { route: Route::BuyAtEnd, day, ends, late, overlap_days: overlap_days(ends, day) })
}

/// What `days` of double payment cost: price × seats × days / days of the destination's term (rule R120). Exact.
pub fn overlap_cost(price_per_seat: Money, seats: Seats, days: u32, term: Term, start: Date) -> Money {
    let term_days = Decimal::from(term.days(start).max(1));
    Money {
        amount: price_per_seat.amount * Decimal::from(seats.get()) * Decimal::from(days) / term_days,
        currency: price_per_seat.currency,
    }
}
