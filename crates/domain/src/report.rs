//! What became of a customer, for people: a projection of its log. Decides nothing.

use crate::assess::unfinished;
use crate::audit::{Note, audit};
use crate::facts::{self, Purchase};
use crate::finding::Finding;
use crate::ids::{LineId, MigrationId, SubscriptionId};
use crate::migration::action::{ActionItem, action_items};
use crate::migration::event::Event;
use crate::migration::fate::Fate;
use crate::migration::state::{Cause, Ending, Line, Migration, Stage, Swap};
use crate::plan::{LinePlan, Reassign, Route, overlap_cost};
use crate::policy::Policy;
use crate::portfolio::Customer;
use crate::program::SourceProgram;
use crate::time::{End, overlap_days, start_of, utc_day};
use crate::value::{Money, Seats};
use jiff::Timestamp;
use jiff::civil::Date;

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The migration.
    pub migration: MigrationId,
    /// The customer.
    pub customer: Customer,
    /// When the log began.
    pub started: Option<Timestamp>,
    /// Its lines, each second licence right below what it stands beside.
    pub lines: Vec<LineReport>,
    /// What waits for a person.
    pub actions: Vec<ActionItem>,
    /// What is worth a look.
    pub notes: Vec<Note>,
}

/// Where a line stands, in words that people use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The new subscription stands and the old one is over.
    Closed,
    /// On its way; nothing to do but wait.
    UnderWay,
    /// On its way, and halted by a person.
    Paused,
    /// Known; has no plan.
    AwaitsPlan,
    /// Waits for approval of its plan.
    AwaitsApproval,
    /// Cannot be planned before a person has acted.
    Blocked,
    /// Nothing has to be moved.
    NothingToDo,
    /// Stopped; a person is needed.
    NeedsAttention,
    /// It has come over to us in another way: nothing was bought.
    CameOver,
    /// The old subscription was kept, and the new one is cancelled.
    OldKept,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// The line.
    pub line: LineId,
    /// The line beside which this one buys a second licence; none for an old subscription.
    pub beside: Option<LineId>,
    /// The commerce id of the old subscription, where the file has one.
    pub subscription: Option<SubscriptionId>,
    /// The product that is left, or that is bought as a second licence.
    pub product: String,
    /// Where it was bought.
    pub program: SourceProgram,
    /// Its seats.
    pub seats: Seats,
    /// Where it stands.
    pub standing: Standing,
    /// The same in a sentence, with what is left for a person.
    pub says: String,
    /// Last whole day of the old subscription; none while nobody knows it, or where there is none.
    pub old_end: Option<Date>,
    /// The end instant of the old subscription.
    pub old_end_instant: Option<Timestamp>,
    /// What is known of the old subscription once its end has come; none before, or where nobody has told one.
    pub fate: Option<Fate>,
    /// First day of the new one, once it was bought.
    pub new_start: Option<Date>,
    /// Seats bought.
    pub bought_seats: Option<u32>,
    /// Last day of the first term of the new one.
    pub new_end: Option<Date>,
    /// Whether the users change licence.
    pub swaps: bool,
    /// Users whose licence was swapped.
    pub swapped: usize,
    /// Days paid twice; planned before the purchase, also while the plan waits for approval, and real after it.
    pub overlap_days: Option<u32>,
    /// What they cost, where a price is known.
    pub overlap_cost: Option<Money>,
    /// When each stage began, for a picture.
    pub moments: Vec<Moment>,
    /// What was found when it was last assessed, or what is still open once its replacement stands; worst first.
    pub findings: Vec<Finding>,
}

/// A point on a line's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When it was recorded.
    pub at: Timestamp,
    /// What it was.
    pub what: Milestone,
}

/// What happened on a line's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Milestone {
    /// The plan was approved.
    Approved,
    /// The order was accepted.
    Bought,
    /// The new seats were seen in the tenant.
    Usable,
    /// The old subscription was let go.
    Released,
    /// The old subscription was seen to be over.
    Ended,
}

/// The report of `migration`, whose log is `log`, as it stands at `now`.
pub fn report<'a>(
    migration: &Migration,
    log: impl IntoIterator<Item = (Timestamp, &'a Event)>,
    policy: &Policy,
    now: Timestamp,
) -> Report {
    let mut started = None;
    let mut moments: Vec<(Option<LineId>, Moment)> = Vec::new();
    for (at, event) in log {
        started = started.or(Some(at));
        let what = match event {
            Event::PlanApproved { .. } => Milestone::Approved,
            Event::PurchaseConfirmed { .. } => Milestone::Bought,
            Event::CoverConfirmed { .. } => Milestone::Usable,
            Event::SourceReleased { .. } => Milestone::Released,
            Event::SourceEnded { .. } => Milestone::Ended,
            _ => continue,
        };
        moments.push((event.line(), Moment { at, what }));
    }
    let of_line = |id: LineId| {
        moments.iter().filter(|(line, _)| line.is_none_or(|line| line == id)).map(|(_, moment)| *moment).collect()
    };
    Report {
        migration: migration.id,
        customer: migration.customer.clone(),
        started,
        lines: migration
            .in_pairs()
            .into_iter()
            .map(|line| line_report(migration, line, of_line(line.source.id), unfinished(line, policy, now), now))
            .collect(),
        actions: action_items(migration, policy, now),
        notes: audit(migration),
    }
}

fn line_report(
    migration: &Migration,
    line: &Line,
    moments: Vec<Moment>,
    open: Vec<Finding>,
    now: Timestamp,
) -> LineReport {
    let Line { source, plan, purchases, .. } = line;
    let plan = plan.as_ref().or_else(|| proposed(migration, source.id));
    let bought = purchases.first();
    let ends = real_end(line);
    // A second licence leaves nothing; it follows the end of what it stands beside.
    let left = ends.filter(|_| line.beside.is_none());
    let start = bought.map(|purchase| utc_day(purchase.ordered_at));
    let says = |open: &[Finding]| says(line, migration.standing.as_ref(), open, now);
    LineReport {
        line: source.id,
        beside: line.beside,
        subscription: source.subscription.clone(),
        product: if line.beside.is_some() { format!("{} (second licence)", source.title()) } else { source.title() },
        program: source.program,
        seats: source.seats,
        standing: match standing(&line.stage) {
            Standing::UnderWay if migration.paused => Standing::Paused,
            standing => standing,
        },
        says: if migration.paused { format!("paused; {}", says(&open)) } else { says(&open) },
        old_end: left.map(End::last_whole_day),
        old_end_instant: left.map(End::instant),
        fate: line.fate(now).filter(|_| line.beside.is_none()),
        new_start: start,
        bought_seats: bought.map(|purchase| purchase.seats),
        new_end: line.term_last_day(),
        swaps: plan.is_some_and(|plan| plan.reassign == Reassign::SwapEachUser),
        swapped: line.swapped.len(),
        overlap_days: plan
            .map(|plan| start.zip(ends).map_or(plan.overlap_days, |(start, ends)| paid_twice(plan, ends, start))),
        overlap_cost: real_cost(line, bought).or(plan.and_then(|plan| plan.overlap_cost)),
        moments,
        findings: if open.is_empty() { line.findings.clone() } else { open },
    }
}

/// What the newest plan means to do for a line, while nobody has approved it.
fn proposed(migration: &Migration, line: LineId) -> Option<&LinePlan> {
    migration.plan.as_ref().filter(|plan| migration.awaits_approval(plan.id))?.lines.get(&line)
}

/// The end of the old subscription: as planned, or where its renewal has moved it.
pub(crate) fn real_end(line: &Line) -> Option<End> {
    match &line.stage {
        Stage::NeedsAttention { cause: Cause::SourceRenewed { until, .. }, .. } => Some(End::at(*until)),
        _ => line.plan.as_ref().map(|plan| plan.ends).or_else(|| line.source.end()),
    }
}

/// From when on the users of `line` are without a licence, unless something that is not there yet covers them by then; none where
/// something does, where nothing is to be bought for it, and where nobody knows its end.
pub fn uncovered_from(line: &Line) -> Option<Timestamp> {
    let is_open = match line.stage.underlying() {
        Stage::Draft | Stage::Blocked | Stage::Ready => true,
        Stage::NothingToDo | Stage::Settled { .. } => false,
        on_its_way => on_its_way.is_on_its_way() || matches!(on_its_way, Stage::Reassigning { .. }),
    };
    // A second licence takes the place of nothing.
    real_end(line).filter(|_| is_open && line.beside.is_none()).map(End::instant)
}

/// What is bought at once, in place of a trial or of what is over, is paid twice for no longer than planned.
pub(crate) fn paid_twice(plan: &LinePlan, ends: End, start: Date) -> u32 {
    let days = overlap_days(ends, start);
    match plan.route {
        Route::BuyAtEnd => days,
        Route::BuyNow => days.min(plan.overlap_days),
    }
}

/// With the order's own price where there is one; an estimate by the old price otherwise (rule R120).
pub(crate) fn real_cost(line: &Line, bought: Option<&Purchase>) -> Option<Money> {
    let (plan, bought) = (line.plan.as_ref()?, bought?);
    let start = utc_day(bought.ordered_at);
    let same_term = line.source.term.is_none_or(|term| term == plan.term);
    let price = bought.price_per_seat.or(line.source.price_per_seat.filter(|_| same_term))?;
    let seats = Seats::try_new(bought.seats).ok()?;
    overlap_cost(price, seats, paid_twice(plan, real_end(line)?, start), plan.term, start)
}

fn standing(stage: &Stage) -> Standing {
    match stage {
        Stage::Closed { .. } => Standing::Closed,
        Stage::Settled { how: Ending::CameOver { .. } } => Standing::CameOver,
        Stage::Settled { how: Ending::OldKept { .. } } => Standing::OldKept,
        Stage::Blocked => Standing::Blocked,
        Stage::NothingToDo => Standing::NothingToDo,
        Stage::Draft => Standing::AwaitsPlan,
        Stage::Ready => Standing::AwaitsApproval,
        Stage::NeedsAttention { .. } => Standing::NeedsAttention,
        Stage::Waiting { .. }
        | Stage::Carting { .. }
        | Stage::Buying { .. }
        | Stage::Doubting { .. }
        | Stage::Provisioning { .. }
        | Stage::Reassigning { .. }
        | Stage::Covered { .. }
        | Stage::WindingDown { .. } => Standing::UnderWay,
    }
}

fn says(line: &Line, standing: Option<&facts::Standing>, open: &[Finding], now: Timestamp) -> String {
    match &line.stage {
        Stage::Draft => "known; not planned yet".to_owned(),
        Stage::Blocked => match line.findings.first() {
            Some(finding) => format!("{}: {finding}. {}", finding.code(), finding.remedy()),
            None => "blocked".to_owned(),
        },
        Stage::NothingToDo => match line.findings.iter().find(|finding| finding.settles()) {
            Some(finding) => format!("{}: {finding}. {}", finding.code(), finding.remedy()),
            None => "nothing to do".to_owned(),
        },
        Stage::Ready => "planned; waits for approval".to_owned(),
        Stage::Waiting { opens } if line.source.last_day().is_some_and(|day| *opens > start_of(day)) => {
            "waits to be bought at once".to_owned()
        }
        Stage::Waiting { opens } => format!("waits for its day, {}", utc_day(*opens)),
        Stage::Carting { .. } | Stage::Buying { .. } => "is being bought".to_owned(),
        Stage::Doubting { .. } => "it is being found out whether the order was accepted".to_owned(),
        Stage::Provisioning { .. } => "bought; not seen in the tenant yet".to_owned(),
        Stage::Reassigning { swap: Swap::Planned { waiting, batch, .. }, .. } if batch.over().is_some() => format!(
            "users change licence; {} done, {} wait until it was seen that services work for those",
            line.swapped.len(),
            waiting.len()
        ),
        Stage::Reassigning { .. } => format!("users change licence; {} done", line.swapped.len()),
        Stage::Covered { .. } | Stage::WindingDown { .. } if line.beside.is_some() => {
            "stands beside the new licence".to_owned()
        }
        Stage::Covered { .. } => "the new seats stand; the old ones are still needed".to_owned(),
        Stage::WindingDown { .. } => match open.last() {
            Some(finding) => format!("{}: {finding}. {}", finding.code(), finding.remedy()),
            None => "the old subscription may run out".to_owned(),
        },
        Stage::Closed { .. } => "done".to_owned(),
        Stage::Settled { how: Ending::CameOver { subscription } } => {
            format!("done without a purchase: it came over to us, subscription {subscription}")
        }
        Stage::Settled { how: Ending::OldKept { by } } => {
            let by = by.as_ref().map(|by| format!(", says {by}")).unwrap_or_default();
            format!("the old subscription is kept and the new one cancelled{by}")
        }
        Stage::NeedsAttention { cause, .. } => {
            format!("{}: {cause}. {}", cause.code(), cause.remedy(line, standing, now))
        }
    }
}
