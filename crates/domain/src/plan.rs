//! The plan: what will be done for each line, leaving execution no meaningful choice.

mod again;
pub mod price;
mod term_end;
mod waves;

pub use again::is_upheld;
pub(crate) use again::still_stands;
pub use term_end::{EndsWith, TermEnd, needs_own, prorated};
pub(crate) use term_end::{ToOrder, awaits_end, to_order};
pub(crate) use waves::{Purchases, is_near, waves};

use crate::assess::{Outlook, is_blocked, is_settled, must_be_ended};
use crate::facts::Facts;
use crate::finding::Finding;
use crate::ids::{LineId, PartnerId, PlanId, SkuId};
use crate::migration::state::{Line, Migration, Stage};
use crate::offer::{OfferId, Segment};
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::route::Course;
use crate::rules;
use crate::rules::schedule::{window_covers_end, window_ends};
use crate::time::{Billing, End, Term, overlap_days, start_of};
use crate::value::{Money, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
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
    /// Whom it is for (rule R83).
    pub segment: Segment,
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
    /// How the source comes to its end.
    pub source_end: SourceEnd,
    /// What would be better and only a person can bring about: a transfer or a migration (rule R17).
    pub advised: Option<Course>,
    /// The promotion that the price counts on (rule R76).
    pub promotion: Option<String>,
    /// The end of the first term, where it is not its own (rules R69 to R71, R124).
    pub term_end: Option<TermEnd>,
    /// The reseller that the purchase names; none where we bill the customer ourselves (rule R90).
    pub reseller: Option<PartnerId>,
    /// When it was made; none in logs from before that was recorded.
    pub made: Option<Timestamp>,
}

impl LinePlan {
    /// Whether `paid`, what one seat costs for one term, is more than was approved, or not to be compared with it (rule R127).
    pub(crate) fn is_exceeded_by(&self, paid: Money) -> bool {
        let dearer = |ceiling: Money| paid.currency != ceiling.currency || paid.amount > ceiling.rounded().amount;
        self.price_ceiling.is_some_and(dearer)
    }
}

/// How a source comes to its end once its replacement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceEnd {
    /// It runs out by itself.
    RunsOut,
    /// Its owner stops the renewal, or chooses "cancel at end of term" where a paid extension would follow (rules R42, R115).
    OwnerStopsRenewal,
    /// Its owner cancels it at once, for the refund (rule R122).
    OwnerCancels,
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
/// A line is planned again until its purchase has begun; what was approved holds until the new plan is approved. A plan that says
/// nothing new is the one on record, with its id, and stays approved.
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
    proposed(migration, &verdicts(&Outlook::of(migration, facts, policy, now)), id)
}

/// The plan that `verdicts` upon the lines of `migration` come to: the one on record where they say nothing new, and else a new
/// one of that `id`.
///
/// # Errors
/// [`Unplannable`] when they plan no line.
pub fn proposed(migration: &Migration, verdicts: &BTreeMap<LineId, Verdict>, id: PlanId) -> Result<Plan, Unplannable> {
    let planned = |(id, verdict): (&LineId, &Verdict)| match verdict {
        Verdict::Planned { plan, .. } => Some((*id, (**plan).clone())),
        Verdict::Blocked { .. } | Verdict::NothingToDo { .. } => None,
    };
    let lines: BTreeMap<LineId, LinePlan> = verdicts.iter().filter_map(planned).collect();
    if lines.is_empty() {
        return Err(Unplannable);
    }
    if let Some(plan) = again::on_record(migration, verdicts) {
        return Ok(plan.clone());
    }
    Ok(Plan { id, parent: migration.approved, lines })
}

/// What planning says of a line: exactly one of three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This will be done, once it is approved.
    Planned {
        /// What.
        plan: Box<LinePlan>,
        /// What was found, worst first; nothing of it blocks.
        findings: Vec<Finding>,
    },
    /// A person has to act first.
    Blocked {
        /// What was found, worst first: the first blocks.
        findings: Vec<Finding>,
    },
    /// There is nothing to move.
    NothingToDo {
        /// What was found; one of it says why.
        findings: Vec<Finding>,
    },
}

impl Verdict {
    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Planned { findings, .. } | Self::Blocked { findings } | Self::NothingToDo { findings } => findings,
        }
    }
}

/// The verdict upon every line that may still be planned.
pub fn verdicts(outlook: &Outlook<'_>) -> BTreeMap<LineId, Verdict> {
    let lines = outlook.migration.lines.iter().filter(|(_, line)| may_be_planned(&line.stage));
    let mut verdicts: BTreeMap<LineId, Verdict> =
        lines.map(|(id, line)| (*id, verdict(outlook, &line.source))).collect();
    in_waves(outlook, &mut verdicts);
    term_end::align(outlook, &mut verdicts);
    beyond_bases(outlook, &mut verdicts);
    verdicts
}

/// Rule R80: says of each planned add-on whose new term outlasts that of its base that it does.
fn beyond_bases(outlook: &Outlook<'_>, verdicts: &mut BTreeMap<LineId, Verdict>) {
    let planned: BTreeMap<LineId, Date> = verdicts
        .iter()
        .filter_map(|(id, verdict)| match verdict {
            Verdict::Planned { plan, .. } => Some((*id, plan.last_day())),
            Verdict::Blocked { .. } | Verdict::NothingToDo { .. } => None,
        })
        .collect();
    let last_day = |line: &Line| planned.get(&line.source.id).copied().or_else(|| line.term_last_day());
    for (id, verdict) in verdicts {
        if let (Verdict::Planned { findings, .. }, Some(line)) = (verdict, outlook.migration.lines.get(id))
            && let Some(finding) = outlook.outlives_base(&line.source, last_day)
        {
            findings.push(finding);
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
        }
    }
}

fn verdict(outlook: &Outlook<'_>, source: &SourceLine) -> Verdict {
    let findings = outlook.findings(source);
    if is_settled(&findings) {
        return Verdict::NothingToDo { findings };
    }
    // Where no plan can be made a finding blocks: no end, no offer, no term, no billing.
    match line_plan(outlook, source) {
        Some(plan) if !is_blocked(&findings) => Verdict::Planned { plan: Box::new(plan), findings },
        _ => Verdict::Blocked { findings },
    }
}

/// Rules R108 and R118: purchases of one tenant less than 72 hours apart, and those of an add-on and its base, happen on one day, the
/// earliest of them, and fragile products before changes of licences; what was bought or is bought now counts.
fn in_waves(outlook: &Outlook<'_>, verdicts: &mut BTreeMap<LineId, Verdict>) {
    let mut plans: BTreeMap<LineId, (&mut LinePlan, &mut Vec<Finding>)> = verdicts
        .iter_mut()
        .filter_map(|(id, verdict)| match verdict {
            Verdict::Planned { plan, findings } => Some((*id, (&mut **plan, findings))),
            Verdict::Blocked { .. } | Verdict::NothingToDo { .. } => None,
        })
        .collect();
    let of = |route: Route| plans.iter().filter(move |(_, (plan, _))| plan.route == route);
    let day = |(id, (plan, _)): (&LineId, &(&mut LinePlan, &mut Vec<Finding>))| (*id, plan.day);
    let now: BTreeMap<LineId, Date> = of(Route::BuyNow).map(day).collect();
    let bought = outlook.bought_on().chain(now.values().copied()).collect();
    let mut days = outlook.in_order(of(Route::BuyAtEnd).map(day).collect(), &bought);
    days.extend(now);
    for (id, day) in &days {
        if let (Some((plan, findings)), Some(line)) = (plans.get_mut(id), outlook.migration.lines.get(id)) {
            if *day != plan.day {
                plan.day = *day;
                plan.opens = start_of(*day).max(outlook.now);
                plan.overlap_days = overlap_days(plan.ends, *day);
                reckon(outlook, &line.source, plan);
            } else if !outlook.is_fragile(&line.source) {
                continue;
            }
            if let Some(timing) = outlook.timing(&line.source) {
                let moved = Timing { day: *day, overlap_days: plan.overlap_days, ..timing };
                outlook.rescheduled(&line.source, &moved, &days, findings);
            }
        }
    }
}

/// Whether a line in `stage` can take a plan: before its purchase has begun.
pub fn may_be_planned(stage: &Stage) -> bool {
    matches!(stage, Stage::Draft | Stage::Blocked | Stage::NothingToDo | Stage::Ready | Stage::Waiting { .. })
}

/// Whether a person may take a line in `stage` out of its plan: nothing was checked out.
pub fn may_be_taken_back(stage: &Stage) -> bool {
    may_be_planned(stage) || matches!(stage, Stage::Carting { .. })
}

fn line_plan(outlook: &Outlook<'_>, source: &SourceLine) -> Option<LinePlan> {
    let offer = outlook.offer(source)?;
    let term = outlook.term(source);
    let timing = outlook.timing(source)?;
    let (first, second) = (outlook.courses(source).first, outlook.is_second(source));
    let mut plan = LinePlan {
        route: timing.route,
        offer: offer.id.clone(),
        segment: offer.segment,
        sku: offer.sku,
        seats: outlook.seats(source),
        term,
        billing: outlook.billing(source)?,
        price_ceiling: None,
        day: timing.day,
        opens: start_of(timing.day).max(outlook.now),
        ends: timing.ends,
        reassign: if offer.sku == source.sku { Reassign::Nothing } else { Reassign::SwapEachUser },
        overlap_days: timing.overlap_days,
        overlap_cost: None,
        source_end: match timing.why {
            _ if second => SourceEnd::RunsOut,
            Why::CheaperNow => SourceEnd::OwnerCancels,
            // Seen to have ended, it has not renewed.
            _ if outlook.has_ended(source) => SourceEnd::RunsOut,
            _ if must_be_ended(&outlook.judged(source), timing.ends.last_whole_day()) => SourceEnd::OwnerStopsRenewal,
            _ => SourceEnd::RunsOut,
        },
        advised: Some(first).filter(|course| course.is_asked() && !second),
        promotion: None,
        term_end: None,
        reseller: outlook.on_record().ok().flatten(),
        made: Some(outlook.now),
    };
    reckon(outlook, source, &mut plan);
    Some(plan)
}

/// Puts into `plan` what its day costs: the price with the promotion that it counts on, and what the days cost that are paid
/// twice.
fn reckon(outlook: &Outlook<'_>, source: &SourceLine, plan: &mut LinePlan) {
    let deal = outlook.deal(source, plan.billing, plan.day);
    plan.price_ceiling = deal.and_then(|deal| deal.price(outlook.policy));
    plan.promotion = deal.and_then(|deal| deal.promotion(outlook.policy)).map(|promotion| promotion.name.clone());
    plan.overlap_cost = outlook.paid_twice(source, plan.day, plan.overlap_days);
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
    /// Why that day.
    pub why: Why,
}

/// Why a line is bought on its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The lead before the end, or at once where there is no time for it.
    Lead,
    /// The price rises after this day, and each useful day costs less before (rule R119).
    PriceRises {
        /// The last day of the lower price.
        until: Date,
    },
    /// The old subscription is given back for money and costs more by the day (rule R122).
    CheaperNow,
}

impl Timing {
    /// The first day on which the destination cannot be cancelled any more, by the safe reading (rules R64, R113).
    pub fn window_ends(&self) -> Date {
        window_ends(self.day)
    }
    /// Whether the destination can no longer be cancelled when the source ends (rule R113).
    pub fn window_misses(&self) -> bool {
        self.route == Route::BuyAtEnd && !window_covers_end(self.day, self.ends)
    }
}

/// What `days` of double payment cost: price × seats × days / days of the destination's term (rule R120). Exact; none where
/// the amount is too large to be reckoned with.
pub fn overlap_cost(price_per_seat: Money, seats: Seats, days: u32, term: Term, start: Date) -> Option<Money> {
    let term_days = u32::try_from(term.days(start)).ok()?;
    let amount = rules::money::overlap_cost(price_per_seat.amount, seats.get(), days, term_days).ok()?;
    Some(Money { amount, currency: price_per_seat.currency })
}
