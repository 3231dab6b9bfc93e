//! What follows from an input: facts to be recorded. A pure function; it records nothing itself.
//!
//! An input that comes too late for the state it meets yields nothing: the state has moved on, and what it owes now is
//! derived anew. An unknown reply is neither success nor failure (invariant I7).

mod answer;
mod delivery;
mod purchase;
mod source;
mod swap;

use super::event::Event;
use super::input::{Command, Input, Moment, Observation, Rejection, Reply};
use super::owed::{is_moving, may_sell};
use super::state::{Cause, Ending, Line, Migration, Stage};
use super::wake::late_at;
use crate::assess::{Outlook, stopped_base};
use crate::facts::{Facts, Standing};
use crate::finding::{Finding, named};
use crate::ids::{LineId, PlanId, SkuId, SubscriptionId};
use crate::plan::{LinePlan, Plan, Route, verdicts};
use crate::policy::Policy;
use crate::portfolio::{Customer, SourceLine};
use crate::time::days_between;
use jiff::Timestamp;
use std::fmt;

/// A last day that moves further than this belongs to another subscription, not to a correction.
const CORRECTION_DAYS_MAX: i64 = 31;

/// The facts that follow from `input`; none when it changes nothing.
///
/// # Errors
/// [`Rejection`] when a person's command does not fit. Reads and replies are never rejected.
pub fn decide(migration: &Migration, input: Input, at: Moment, policy: &Policy) -> Result<Vec<Event>, Rejection> {
    match input {
        Input::Command(wish) => command(migration, wish, at, policy),
        Input::Observation(seen) => Ok(observation(migration, seen, at, policy)),
        Input::Reply { to, reply } => Ok(match reply {
            Reply::Cart(outcome) => purchase::cart_reply(migration, &to, outcome, at, policy),
            Reply::CheckOut(outcome) => purchase::check_out_reply(migration, &to, outcome, at, policy),
            Reply::Swap(outcome) => swap::reply(migration, &to, outcome, at, policy),
        }),
        Input::Tick => Ok(tick(migration, at.now, policy)),
    }
}

/// The fact that follows from being told about a customer: the lines that are new, or that differ and whose purchase has
/// not begun; none when nothing changes.
///
/// A row that was corrected or completed, so that its id is another one now, is still the line that it was: the only one
/// of its program and licence that is not told any more.
pub fn import(known: Option<&Migration>, customer: Customer, told: Vec<SourceLine>, by: Option<&str>) -> Option<Event> {
    let by = by.map(str::to_owned);
    let Some(migration) = known else {
        return Some(Event::Imported { customer, lines: told, by });
    };
    let news = |source: &SourceLine| {
        migration
            .lines
            .get(&source.id)
            .is_none_or(|line| migration.may_be_told(line) && !line.source.says_the_same(source))
    };
    let known_as = |source: &SourceLine| SourceLine { id: was(migration, &told, source), ..source.clone() };
    let lines: Vec<SourceLine> = told.iter().map(known_as).filter(news).collect();
    (!lines.is_empty() || migration.customer != customer).then_some(Event::Imported { customer, lines, by })
}

/// What of `told` comes too late: another second licence for a line of which it or its second licence was begun. What was begun
/// stays as it was approved, and whoever told otherwise has to know.
pub fn too_late(migration: &Migration, told: &[SourceLine]) -> Vec<TooLate> {
    let late = |source: &SourceLine| {
        // What is not told may only be a column that the file does not have, which is said as long as the line is under way.
        let counts = |line: &&Line| match line.stage {
            Stage::Settled { .. } => false,
            Stage::Closed { .. } => source.companion.is_some(),
            _ => !migration.may_be_told(line),
        };
        let line = migration.lines.get(&was(migration, told, source)).filter(counts)?;
        let (kept, told) = (line.source.companion, source.companion);
        let product = line.source.title();
        (kept != told).then_some(TooLate { line: line.source.id, product, kept, told })
    };
    told.iter().filter_map(late).collect()
}

/// A second licence that was told after its line, or the one beside it, was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLate {
    /// The line.
    pub line: LineId,
    /// The product that it leaves.
    pub product: String,
    /// The second licence that stays as it was approved; none where none was.
    pub kept: Option<SkuId>,
    /// The one that was told.
    pub told: Option<SkuId>,
}

impl fmt::Display for TooLate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, product, kept, told } = self;
        let stays = kept
            .as_ref()
            .map_or_else(|| "no second licence is bought".to_owned(), |sku| format!("{} stays", named(sku)));
        match told {
            Some(sku) => write!(f, "companion_sku asks for {} with line {line}, {product}", named(sku)),
            None => write!(f, "companion_sku is not given with line {line}, {product}"),
        }?;
        write!(
            f,
            ", and {stays}: its purchase has begun. Put companion_sku back as it was; what users need otherwise, buy or \
             cancel in Partner Center by hand"
        )
    }
}

/// The id under which `source` is known: its own, or that of the one line that it can only be.
fn was(migration: &Migration, told: &[SourceLine], source: &SourceLine) -> LineId {
    let is_known = |source: &SourceLine| migration.lines.contains_key(&source.id);
    let rivals = told.iter().filter(|other| !is_known(other) && is_corrected(other, source)).count();
    if is_known(source) || rivals != 1 {
        return source.id;
    }
    let mut before = migration
        .leaving()
        .map(|line| &line.source)
        .filter(|before| is_corrected(before, source) && told.iter().all(|source| source.id != before.id));
    match (before.next(), before.next()) {
        (Some(only), None) => only.id,
        _ => source.id,
    }
}

/// Whether `one` can be `other` with its id filled in, or with its end corrected: of one program, licence and size.
fn is_corrected(one: &SourceLine, other: &SourceLine) -> bool {
    let alike = one.program == other.program && one.sku == other.sku && one.seats == other.seats;
    let end_moved = match (one.last_day(), other.last_day()) {
        (Some(one), Some(other)) => days_between(one, other).abs(),
        (None, None) => 0,
        _ => CORRECTION_DAYS_MAX,
    };
    alike
        && match (&one.subscription, &other.subscription) {
            (Some(_), Some(_)) => one.subscription == other.subscription,
            (None, None) => end_moved <= CORRECTION_DAYS_MAX,
            _ => end_moved == 0,
        }
}

fn command(migration: &Migration, wish: Command, at: Moment, policy: &Policy) -> Result<Vec<Event>, Rejection> {
    match wish {
        Command::Assess { facts, by } => {
            let cancelled = facts.tenancy.as_ref().map(|seen| source::cancelled(migration, &seen.value));
            let assessed = assessed(migration, &facts, policy, at.now, by);
            Ok(std::iter::once(assessed).chain(cancelled.into_iter().flatten()).collect())
        }
        Command::Survey { standing, findings, plan, by } => {
            let by = Some(by);
            let proposed = plan.and_then(|plan| proposed(migration, plan, by.clone()));
            let assessed = Event::Assessed { standing, findings, by, at: Some(at.now) };
            Ok(std::iter::once(assessed).chain(proposed).collect())
        }
        Command::Propose { plan } => Ok(proposed(migration, plan, None).into_iter().collect()),
        Command::Approve { plan, by } => approve(migration, plan, by),
        Command::ApproveHeld { plan, by } => {
            let held = (!migration.paused).then(|| Event::Paused { by: by.clone() });
            let approved = approve(migration, plan, by)?;
            // Approved before, it may have been started since.
            Ok(if approved.is_empty() { approved } else { held.into_iter().chain(approved).collect() })
        }
        Command::Start { .. } if migration.approved.is_none() => Err(Rejection::NothingApproved),
        Command::Resolve { line, answer, by } => answer::resolve(migration, line, answer, by, at.now, policy),
        Command::Pause { by } => Ok((!migration.paused).then_some(Event::Paused { by }).into_iter().collect()),
        Command::Start { by } | Command::Resume { by } => {
            Ok(migration.paused.then_some(Event::Resumed { by }).into_iter().collect())
        }
        Command::Cancel { by } => Ok((!migration.cancelled).then_some(Event::Cancelled { by }).into_iter().collect()),
        Command::Update { labels, own, by } => {
            let labels = labels.filter(|labels| *labels != migration.labels);
            let labelled = labels.map(|labels| Event::Labelled { labels, by: by.clone() });
            let own = own.filter(|own| *own != migration.own);
            Ok(labelled.into_iter().chain(own.map(|own| Event::PolicySet { own, by })).collect())
        }
    }
}

fn assessed(migration: &Migration, facts: &Facts, policy: &Policy, now: Timestamp, by: String) -> Event {
    let verdicts = verdicts(&Outlook::of(migration, facts, policy, now));
    let findings = verdicts.iter().map(|(id, verdict)| (*id, verdict.findings().to_vec())).collect();
    Event::Assessed { standing: facts.standing.value.clone(), findings, by: Some(by), at: Some(now) }
}

/// The plan is recorded, unless it is the one on record, which says the same.
fn proposed(migration: &Migration, plan: Plan, by: Option<String>) -> Option<Event> {
    let known = migration.plan.as_ref().is_some_and(|newest| newest.id == plan.id);
    (!known).then_some(Event::PlanProposed { plan, by })
}

fn approve(migration: &Migration, plan: PlanId, by: String) -> Result<Vec<Event>, Rejection> {
    if migration.approved == Some(plan) {
        return Ok(Vec::new());
    }
    if !migration.awaits_approval(plan) {
        return Err(Rejection::StalePlan { plan });
    }
    Ok(vec![Event::PlanApproved { plan, by }])
}

fn observation(migration: &Migration, seen: Observation, at: Moment, policy: &Policy) -> Vec<Event> {
    match seen {
        Observation::Invitation { link } => {
            let known = migration.invitation.as_ref() == Some(&link);
            (!known).then_some(Event::InvitationReady { link }).into_iter().collect()
        }
        Observation::Standing(seen) => standing_seen(migration, &seen.value).into_iter().collect(),
        Observation::Facts { line, facts } => purchase::facts_seen(migration, line, &facts, at, policy),
        Observation::Orders { line, intent, found } => purchase::orders_seen(migration, line, intent, &found, policy),
        Observation::Delivery { line, found } => {
            let Some((delivery, tenancy)) = found else { return Vec::new() };
            delivery::seen(migration, line, &delivery, &tenancy.value)
        }
        Observation::Holders { line, holders, tenancy } => {
            swap::holders_seen(migration, line, &holders, &tenancy.value, at.now, policy)
        }
        Observation::Services { line, seen } => swap::services_seen(migration, line, &seen, at.now, policy),
        Observation::Source { line, tenancy, services } => {
            source::seen(migration, line, &tenancy.value, services.as_ref(), at.now, policy)
        }
    }
}

fn standing_seen(migration: &Migration, standing: &Standing) -> Option<Event> {
    (migration.standing.as_ref() != Some(standing)).then(|| Event::StandingSeen { standing: standing.clone() })
}

/// Deadlines. Each fires once: the line then stands elsewhere.
fn tick(migration: &Migration, now: Timestamp, policy: &Policy) -> Vec<Event> {
    if migration.paused {
        return Vec::new();
    }
    let unsold = if may_sell(migration) { Cause::DeliveryLate } else { Cause::CustomerLate };
    let bases = migration.lines.iter().filter_map(|(id, line)| base_stopped(migration, *id, line, now, policy));
    let overdue = migration.lines.iter().filter_map(|(id, line)| overdue(migration, *id, line, &unsold, now, policy));
    bases.chain(overdue).collect()
}

/// From its day on, and until it would be late, an add-on whose base has stopped is shown with that, until it goes on (rule R26).
fn base_stopped(migration: &Migration, id: LineId, line: &Line, now: Timestamp, policy: &Policy) -> Option<Event> {
    let (Stage::Waiting { opens }, Some(plan)) = (line.stage.underlying(), &line.plan) else { return None };
    let base = stopped_base(migration, &line.source, plan).filter(|_| now >= *opens && now < late_at(plan, policy));
    match (&line.stage, base) {
        (Stage::Waiting { .. }, Some(base)) => needs(id, line, Cause::BaseStopped { base }),
        (Stage::NeedsAttention { cause: Cause::BaseStopped { base }, .. }, None)
            if migration.lines.get(base).is_some_and(is_moving) =>
        {
            Some(Event::AttentionCleared { line: id })
        }
        _ => None,
    }
}

/// `unsold` is why a line that waits is late.
fn overdue(
    migration: &Migration,
    id: LineId,
    line: &Line,
    unsold: &Cause,
    now: Timestamp,
    policy: &Policy,
) -> Option<Event> {
    let plan = line.plan.as_ref()?;
    match &line.stage {
        _ if (is_moving(line) || come_over(migration, line).is_some()) && has_passed(migration, line, plan, now) => {
            passed(migration, id, line)
        }
        // A second licence that nobody will need is not late.
        Stage::Waiting { .. } if line.beside.is_some() && come_over(migration, line).is_some() => None,
        Stage::Waiting { .. } if now >= late_at(plan, policy) => needs(id, line, unsold.clone()),
        Stage::Carting { .. } | Stage::Buying { .. } | Stage::Doubting { .. } | Stage::Provisioning { .. }
            if now >= late_at(plan, policy) =>
        {
            needs(id, line, Cause::DeliveryLate)
        }
        Stage::Reassigning { .. } if now >= late_at(plan, policy) => needs(id, line, Cause::SwapLate),
        Stage::WindingDown { .. } if now >= crate::time::later(plan.ends.instant(), policy.last_check) => {
            needs(id, line, Cause::SourceUnclear)
        }
        _ => None,
    }
}

/// Whether the end that the plan was made for has passed and nothing was checked out: nothing is bought late in silence.
fn missed(stage: &Stage, plan: &LinePlan, now: Timestamp) -> bool {
    let not_begun = matches!(stage, Stage::Waiting { .. } | Stage::Carting { .. });
    not_begun && plan.route == Route::BuyAtEnd && now >= plan.ends.instant()
}

/// Whether the planned end of `line` has passed before anything was checked out, and that is told or settled.
fn has_passed(migration: &Migration, line: &Line, plan: &LinePlan, now: Timestamp) -> bool {
    let stage = line.stage.underlying();
    let not_begun = matches!(stage, Stage::Waiting { .. } | Stage::Carting { .. });
    missed(stage, plan, now) || not_begun && now >= plan.ends.instant() && come_over(migration, line).is_some()
}

/// What becomes of a line whose planned end has passed: what was seen to have come over to us is done (rules R13, R15).
fn passed(migration: &Migration, id: LineId, line: &Line) -> Option<Event> {
    match come_over(migration, line) {
        Some(subscription) => {
            let how = Ending::CameOver { subscription: subscription.clone() };
            Some(Event::Settled { line: id, how })
        }
        None => needs(id, line, Cause::WindowMissed),
    }
}

/// The old subscription of `line`, where the last look found that it is ours in new commerce; of a second licence, that of the line
/// that it stands beside.
fn come_over<'a>(migration: &'a Migration, line: &'a Line) -> Option<&'a SubscriptionId> {
    let line = line.beside.and_then(|main| migration.lines.get(&main)).unwrap_or(line);
    match &line.stage {
        Stage::NeedsAttention { cause: Cause::Found(found), .. } => found.iter().find_map(|finding| match finding {
            Finding::SourceIsOurs { subscription } => Some(subscription),
            _ => None,
        }),
        Stage::Settled { how: Ending::CameOver { subscription } } => Some(subscription),
        _ => None,
    }
}

/// `events` for a line that may be waiting in [`Stage::NeedsAttention`] for just this: it goes on first.
fn going_on(id: LineId, line: &Line, events: Vec<Event>) -> Vec<Event> {
    let stands = matches!(line.stage, Stage::NeedsAttention { .. });
    if events.is_empty() || !stands {
        return events;
    }
    std::iter::once(Event::AttentionCleared { line: id }).chain(events).collect()
}

/// A person is needed for `cause`, unless one is already.
fn needs(id: LineId, line: &Line, cause: Cause) -> Option<Event> {
    let same = matches!(&line.stage, Stage::NeedsAttention { cause: standing, .. } if *standing == cause);
    (!same).then_some(Event::AttentionNeeded { line: id, cause })
}

/// The line, if it exists and work on it goes on by itself.
fn moving(migration: &Migration, id: LineId) -> Option<&Line> {
    migration.lines.get(&id).filter(|line| is_moving(line))
}
