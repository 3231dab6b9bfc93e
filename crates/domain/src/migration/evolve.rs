//! Applies recorded facts. Nothing else changes a migration.
//!
//! Total: a fact that does not fit the stage it meets changes nothing and is counted, so that a damaged log still loads.

use super::event::{Answer, Event};
use super::state::{Batch, Cause, Ending, Exit, Line, Migration, Stage, Swap, Swapped};
use crate::aftermath::comes_by;
use crate::assess::{is_blocked, is_settled};
use crate::finding::Finding;
use crate::ids::{LineId, MigrationId, UserId};
use crate::plan::{Plan, Reassign, may_be_taken_back};
use crate::policy::OwnPolicy;
use crate::portfolio::{Customer, SourceLine};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The migration that `events` made; none when they do not begin with an import.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Migration> {
    let mut events = events.into_iter();
    let Event::Imported { customer, lines, by: _ } = events.next()? else {
        return None;
    };
    Some(events.fold(begin(customer.clone(), lines), evolve))
}

fn begin(customer: Customer, lines: &[SourceLine]) -> Migration {
    let migration = Migration {
        id: MigrationId::of(customer.tenant),
        customer: customer.clone(),
        standing: None,
        invitation: None,
        plan: None,
        approved: None,
        paused: false,
        cancelled: false,
        labels: BTreeMap::new(),
        own: OwnPolicy::default(),
        planned_by: OwnPolicy::default(),
        lines: BTreeMap::new(),
        misfits: 0,
    };
    import(migration, customer, lines)
}

/// `migration` after `event`.
pub fn evolve(mut migration: Migration, event: &Event) -> Migration {
    match event {
        Event::Imported { customer, lines, by: _ } => return import(migration, customer.clone(), lines),
        Event::Assessed { standing, findings, by: _, at } => {
            migration.standing = Some(standing.clone());
            for (id, found) in findings {
                if let Some(line) = migration.lines.get_mut(id) {
                    line.assessed = *at;
                    line.findings.clone_from(found);
                    line.stage = assessed(std::mem::replace(&mut line.stage, Stage::Draft), found);
                    line.stopped.take_if(|_| line.stage != Stage::NothingToDo);
                }
            }
        }
        Event::PlanProposed { plan, .. } => {
            for id in plan.lines.keys() {
                if let Some(line) = migration.lines.get_mut(id) {
                    line.shown.clone_from(&line.findings);
                    if matches!(line.stage, Stage::Draft | Stage::Blocked | Stage::NothingToDo) {
                        line.stage = Stage::Ready;
                    }
                }
            }
            migration.plan = Some(plan.clone());
            migration.planned_by = migration.own;
            migration.cancelled = false;
        }
        Event::PlanApproved { plan, .. } => match migration.plan.clone().filter(|newest| newest.id == *plan) {
            Some(newest) => approve(&mut migration, &newest),
            None => migration.misfits += 1,
        },
        Event::InvitationReady { link } => migration.invitation = Some(link.clone()),
        Event::StandingSeen { standing } => migration.standing = Some(standing.clone()),
        Event::Paused { .. } => migration.paused = true,
        Event::Resumed { .. } => migration.paused = false,
        Event::Cancelled { .. } => cancel(&mut migration),
        Event::Labelled { labels, .. } => migration.labels.clone_from(labels),
        Event::PolicySet { own, .. } => migration.own = *own,
        Event::Compared { .. }
        | Event::WindowOpened { .. }
        | Event::CartRecorded { .. }
        | Event::CartGone { .. }
        | Event::CartWrittenOff { .. }
        | Event::PutOff { .. }
        | Event::PurchaseConfirmed { .. }
        | Event::SubscriptionNamed { .. }
        | Event::CoverConfirmed { .. }
        | Event::SwapPlanned { .. }
        | Event::UserSwapped { .. }
        | Event::UserNotSwapped { .. }
        | Event::BatchVerified { .. }
        | Event::ReassignmentConfirmed { .. }
        | Event::SourceReleased { .. }
        | Event::SourceEnded { .. }
        | Event::EndChecked { .. }
        | Event::Settled { .. }
        | Event::AttentionNeeded { .. }
        | Event::AttentionCleared { .. }
        | Event::Resolved { .. } => {
            let line = event.line().and_then(|id| migration.lines.get_mut(&id));
            if !line.is_some_and(|line| line_event(line, event)) {
                migration.misfits += 1;
            }
            if let Event::Resolved { line, answer: Answer::PlanAgain, .. } = event {
                take_back_the_other(&mut migration, *line);
            }
        }
    }
    migration
}

fn import(mut migration: Migration, customer: Customer, lines: &[SourceLine]) -> Migration {
    migration.customer = customer;
    for source in lines {
        let before = migration.lines.get(&source.id);
        if before.is_some_and(|line| !migration.may_be_told(line)) {
            continue;
        }
        // What no plan depends on changes none.
        let anew = before.is_some_and(|line| !line.source.asks_the_same(source));
        tell(&mut migration, source.clone(), None, anew);
        match source.second() {
            Some(second) => tell(&mut migration, second, Some(source.id), anew),
            None => drop(migration.lines.remove(&LineId::beside(source.id))),
        }
    }
    migration
}

/// Takes over what is said of one line; what is asked for `anew` has to be planned anew.
fn tell(migration: &mut Migration, source: SourceLine, beside: Option<LineId>, anew: bool) {
    let line = migration.lines.entry(source.id).or_insert_with(|| Line {
        source: source.clone(),
        beside,
        findings: Vec::new(),
        shown: Vec::new(),
        assessed: None,
        plan: None,
        stage: Stage::Draft,
        stopped: None,
        waived: Vec::new(),
        compared: None,
        held: None,
        term_end: None,
        lasts_until: None,
        over: None,
        checked: None,
        after: Vec::new(),
        attempt: 0,
        put_offs: 0,
        quiet_until: None,
        swapped: BTreeMap::new(),
        purchases: Vec::new(),
        own: OwnPolicy::default(),
    });
    line.source = source;
    if anew {
        line.stage = Stage::Draft;
        line.plan = None;
        line.stopped = None;
        line.waived.clear();
    }
}

fn assessed(stage: Stage, found: &[Finding]) -> Stage {
    match stage {
        Stage::Draft | Stage::Ready | Stage::Blocked | Stage::NothingToDo if is_blocked(found) => Stage::Blocked,
        Stage::Draft | Stage::Ready | Stage::Blocked | Stage::NothingToDo if is_settled(found) => Stage::NothingToDo,
        Stage::Blocked | Stage::NothingToDo => Stage::Draft,
        stage => stage,
    }
}

fn approve(migration: &mut Migration, plan: &Plan) {
    migration.approved = Some(plan.id);
    for (id, line_plan) in &plan.lines {
        if let Some(line) = migration.lines.get_mut(id) {
            // A line that was blocked or changed after the plan was made waits for the next plan.
            if matches!(line.stage, Stage::Ready | Stage::Waiting { .. }) {
                line.stage = Stage::Waiting { opens: line_plan.opens };
                line.plan = Some(line_plan.clone());
                line.own = migration.planned_by;
                line.compared = None;
                // Nobody has let pass what was found only after the plan had been shown.
                let seen = |finding: &Finding| line.shown.iter().any(|shown| shown.lets_pass(finding));
                let passes = |finding: &&Finding| finding.can_be_waived() && seen(finding);
                line.waived = line.findings.iter().filter(passes).cloned().collect();
            }
        }
    }
}

/// Takes every line that was not begun out of its plan.
fn cancel(migration: &mut Migration) {
    (migration.cancelled, migration.plan, migration.approved) = (true, None, None);
    let kept: BTreeSet<LineId> =
        migration.lines.values().filter(|line| !migration.may_be_told(line)).map(|line| line.source.id).collect();
    for line in migration.lines.values_mut().filter(|line| !kept.contains(&line.source.id)) {
        if matches!(line.stage.underlying(), Stage::Ready | Stage::Waiting { .. }) {
            line.stage = Stage::Draft;
            resolved(line, Answer::PlanAgain, "");
            (line.attempt, line.put_offs) = (0, 0);
        }
    }
}

/// Takes the other one of its pair out of its plan as well, where nothing was checked out for it: neither is bought alone.
fn take_back_the_other(migration: &mut Migration, id: LineId) {
    let other = migration.lines.get(&id).and_then(|line| migration.paired(line)).map(|other| other.source.id);
    if let Some(other) = other.and_then(|other| migration.lines.get_mut(&other))
        && matches!(other.stage.underlying(), Stage::Waiting { .. } | Stage::Carting { .. })
    {
        other.stage = Stage::Draft;
        resolved(other, Answer::PlanAgain, "");
        (other.attempt, other.put_offs) = (0, 0);
    }
}

/// Applies a fact about one line; false when it does not fit.
fn line_event(line: &mut Line, event: &Event) -> bool {
    if let Event::Compared { at, .. } = event {
        let stage = line.stage.underlying();
        let fits = matches!(stage, Stage::Waiting { .. } | Stage::Carting { .. } | Stage::Buying { .. });
        line.compared = if fits { Some(*at) } else { line.compared };
        return fits;
    }
    if let Event::EndChecked { at, found, .. } = event {
        // A look is later than the one before.
        let later = line.checked.is_none_or(|before| before < *at);
        let fits = later && matches!(line.stage.underlying(), Stage::Closed { .. });
        if fits {
            line.over = line.over.or(Some(*at));
            line.checked = Some(*at);
            line.after.clone_from(found);
        }
        return fits;
    }
    if let Event::PutOff { until, answered, .. } = event {
        if !writes(line.stage.underlying()) {
            return false;
        }
        line.quiet_until = Some(*until);
        line.attempt += u32::from(*answered);
        line.put_offs += 1;
        return true;
    }
    let stage = line.stage.clone();
    let Some(next) = next_stage(stage, line, event) else {
        return false;
    };
    match event {
        Event::WindowOpened { source, term_end, looked, .. } => {
            // What a second licence stands beside is followed by the line of that.
            line.held = line.beside.is_none().then(|| source.clone());
            line.term_end = *term_end;
            line.compared = *looked;
        }
        Event::CoverConfirmed { lasts_until, .. } => line.lasts_until = *lasts_until,
        Event::PurchaseConfirmed { purchase, .. } => line.purchases.push(purchase.clone()),
        Event::SubscriptionNamed { subscription, .. } => {
            if let Some(last) = line.purchases.last_mut() {
                last.subscription = Some(subscription.clone());
            }
        }
        Event::UserSwapped { user, at, .. } => swapped(line, *user, *at),
        Event::AttentionNeeded { cause: Cause::Found(found), .. } => line.findings.clone_from(found),
        // The service answered: whatever is sent next carries a new request id (fact sheet 8.1).
        Event::AttentionNeeded { cause: Cause::Refused(_) | Cause::CartDiffers { .. }, .. } => line.attempt += 1,
        Event::Resolved { answer, by, .. } => resolved(line, *answer, by),
        Event::Settled { .. } => settled(line),
        _ => {}
    }
    if next.rank() != line.stage.rank() {
        line.attempt = 0;
        line.quiet_until = None;
    }
    // That units are missing is told while they are looked for ever more rarely.
    if !matches!(event, Event::AttentionNeeded { cause: Cause::NoFreeUnits { .. }, .. }) {
        line.put_offs = 0;
    }
    line.stage = next;
    true
}

/// Keeps what takes the user's change back. What was recorded first was read before it: a repeat for one who still shows changes
/// nothing.
fn swapped(line: &mut Line, user: UserId, at: Option<Timestamp>) {
    let Stage::Reassigning { swap: Swap::Planned { add, remove, waiting, beside, held, .. }, .. } =
        line.stage.underlying()
    else {
        return;
    };
    let disabled = waiting.get(&user).cloned().unwrap_or_default();
    let second = beside.as_ref().map(|second| second.of(user));
    let record = Swapped { removed: *remove, former: held.get(&user).cloned(), added: *add, disabled, second, at };
    line.swapped.entry(user).or_insert(record);
}

/// Whether a write can be on its way for a line in `stage`.
fn writes(stage: &Stage) -> bool {
    matches!(stage, Stage::Carting { .. } | Stage::Buying { .. } | Stage::Doubting { .. } | Stage::Reassigning { .. })
}

fn resolved(line: &mut Line, answer: Answer, by: &str) {
    if let (Answer::GoOn, Stage::NeedsAttention { cause: Cause::Found(found), back_to }) = (answer, &line.stage) {
        // Nothing else can be done with a recorded cart, so here a person lets anything pass: buying takes no licence away.
        let any = matches!(**back_to, Stage::Buying { .. });
        line.waived.extend(found.iter().filter(|finding| any || finding.can_be_waived()).cloned());
    }
    if answer == Answer::GoOn {
        // What is still to come, as an invoice, has an answer of its own.
        let comes = |finding: &Finding| comes_by(finding).is_some();
        let (to_come, there): (Vec<Finding>, Vec<Finding>) = line.to_look_at().cloned().partition(comes);
        line.waived.extend(if there.is_empty() { to_come } else { there });
    }
    match answer {
        Answer::PlanAgain => {
            settled(line);
            line.held = None;
            line.swapped.clear();
        }
        Answer::OldKept => settled(line),
        Answer::RenewalStopped if line.stage == Stage::NothingToDo => line.stopped = Some(by.to_owned()),
        Answer::RenewalStopped | Answer::GoOn => {}
    }
    line.quiet_until = None;
}

/// Nothing is to be done by its plan any more, and whatever was bought by it is cancelled.
fn settled(line: &mut Line) {
    (line.plan, line.term_end, line.lasts_until) = (None, None, None);
    (line.over, line.checked) = (None, None);
    line.after.clear();
    line.purchases.clear();
}

/// The transition table: where a line goes from `stage` on `event`; none where it does not fit.
fn next_stage(stage: Stage, line: &Line, event: &Event) -> Option<Stage> {
    Some(match (stage, event) {
        (Stage::Waiting { .. }, Event::WindowOpened { intent, .. }) => Stage::Carting { intent: *intent },
        (Stage::Carting { intent: former }, Event::WindowOpened { intent, .. }) if former != *intent => {
            Stage::Carting { intent: *intent }
        }
        // The first cart wins: a second one meets a line that is buying already.
        (Stage::Carting { intent }, Event::CartRecorded { intent: of, cart, .. }) if intent == *of => {
            Stage::Buying { intent, cart: cart.clone() }
        }
        (Stage::Buying { intent, cart }, Event::CartGone { cart: of, at, .. }) if cart == *of => {
            Stage::Doubting { intent, cart, since: *at }
        }
        (Stage::Doubting { intent, .. }, Event::CartWrittenOff { intent: of, .. }) if intent == *of => {
            Stage::Waiting { opens: line.plan.as_ref()?.opens }
        }
        (Stage::Buying { intent, .. } | Stage::Doubting { intent, .. }, Event::PurchaseConfirmed { purchase, .. }) => {
            Stage::Provisioning { intent, bought: purchase.clone() }
        }
        (Stage::Provisioning { intent, mut bought }, Event::SubscriptionNamed { subscription, .. }) => {
            bought.subscription = Some(subscription.clone());
            Stage::Provisioning { intent, bought }
        }
        (Stage::Provisioning { .. }, Event::CoverConfirmed { bought, .. }) => match line.plan.as_ref()?.reassign {
            Reassign::Nothing => Stage::Covered { bought: bought.clone() },
            Reassign::SwapEachUser => Stage::Reassigning { bought: bought.clone(), swap: Swap::Unplanned },
        },
        // In logs from before those were looked at who had been changed when it stopped, the rest was read at once.
        (
            Stage::Reassigning { bought, swap },
            Event::SwapPlanned { add, remove, users, failed, held, beside, batch, .. },
        ) if nobody_waits(&swap) => {
            let left = batch.map_or(users.len(), |batch| usize::try_from(batch).unwrap_or(usize::MAX));
            let swap = Swap::Planned {
                add: *add,
                remove: *remove,
                waiting: users.clone(),
                beside: beside.clone().map(Box::new),
                held: held.clone(),
                failed: failed.clone(),
                batch: Batch::of(left),
            };
            Stage::Reassigning { bought, swap }
        }
        (
            Stage::Reassigning {
                bought,
                swap: Swap::Planned { add, remove, mut waiting, beside, held, mut failed, mut batch },
            },
            Event::UserSwapped { user, .. } | Event::UserNotSwapped { user, .. },
        ) => {
            waiting.remove(user)?;
            batch.left = batch.left.saturating_sub(1);
            match event {
                Event::UserNotSwapped { reason, .. } => {
                    failed.insert(*user, reason.clone());
                    batch.failed += 1;
                }
                Event::UserSwapped { at: Some(at), .. } => {
                    batch.changed.insert(*user);
                    batch.since = Some(*at);
                }
                _ => {}
            }
            let swap = Swap::Planned { add, remove, waiting, beside, held, failed, batch };
            Stage::Reassigning { bought, swap: everybody_had_a_turn(swap) }
        }
        (
            Stage::Reassigning { bought, swap: Swap::Planned { add, remove, waiting, beside, held, failed, .. } },
            Event::BatchVerified { next, .. },
        ) => {
            let batch = Batch::of(usize::try_from(*next).unwrap_or(usize::MAX));
            let swap = Swap::Planned { add, remove, waiting, beside, held, failed, batch };
            Stage::Reassigning { bought, swap: everybody_had_a_turn(swap) }
        }
        (Stage::Reassigning { bought, .. }, Event::ReassignmentConfirmed { .. }) => Stage::Covered { bought },
        (Stage::Covered { bought }, Event::SourceReleased { exit, .. }) => {
            Stage::WindingDown { bought, exit: exit.clone() }
        }
        (Stage::WindingDown { bought, .. }, Event::SourceEnded { .. }) => Stage::Closed { bought },
        (Stage::NeedsAttention { back_to, .. }, Event::AttentionNeeded { cause, .. }) => {
            Stage::NeedsAttention { cause: cause.clone(), back_to }
        }
        (Stage::NeedsAttention { back_to, .. }, Event::AttentionCleared { .. }) => *back_to,
        (stage, Event::Settled { how, .. }) if ends_so(stage.underlying(), how) => Stage::Settled { how: how.clone() },
        (stage, Event::Resolved { answer, by, .. }) => return answered(stage, *answer, by, swaps(line)),
        (Stage::Draft | Stage::Blocked | Stage::NothingToDo | Stage::Ready | Stage::Settled { .. }, _) => return None,
        (stage, Event::AttentionNeeded { cause, .. }) => {
            Stage::NeedsAttention { cause: cause.clone(), back_to: Box::new(stage) }
        }
        _ => return None,
    })
}

/// Whether a line in `stage` can end so: before anything was checked out, or after what was bought had arrived.
fn ends_so(stage: &Stage, how: &Ending) -> bool {
    match how {
        Ending::CameOver { .. } => matches!(stage, Stage::Waiting { .. } | Stage::Carting { .. }),
        Ending::OldKept { .. } => matches!(stage, Stage::WindingDown { .. } | Stage::Closed { .. }),
    }
}

/// Whether no user has a turn in `swap`.
fn nobody_waits(swap: &Swap) -> bool {
    match swap {
        Swap::Unplanned => true,
        Swap::Planned { waiting, .. } => waiting.is_empty(),
    }
}

/// `swap`, or a new one once everybody had a turn and nothing is left to look at: who still holds the old licence is read anew.
fn everybody_had_a_turn(swap: Swap) -> Swap {
    match swap {
        Swap::Planned { waiting, failed, batch, .. }
            if waiting.is_empty() && failed.is_empty() && batch.since.is_none() =>
        {
            Swap::Unplanned
        }
        swap => swap,
    }
}

/// What comes of a `swap` that stopped for the users of `stopped` and goes on: those who were changed before are looked at,
/// unless it is they for whom it stopped, and then who still holds the old licence is read anew (rule R109).
fn looked_at_first(swap: Swap, stopped: &BTreeMap<UserId, String>) -> Swap {
    match swap {
        Swap::Planned { add, remove, beside, batch, .. }
            if batch.since.is_some() && !batch.changed.iter().any(|user| stopped.contains_key(user)) =>
        {
            let (waiting, held, failed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            Swap::Planned { add, remove, waiting, beside, held, failed, batch: Batch { left: 0, ..batch } }
        }
        _ => Swap::Unplanned,
    }
}

/// Whether the line's users change licence.
fn swaps(line: &Line) -> bool {
    line.plan.as_ref().is_some_and(|plan| plan.reassign == Reassign::SwapEachUser)
}

/// Where a person's answer leads; none where it does not fit.
fn answered(stage: Stage, answer: Answer, by: &str, swaps: bool) -> Option<Stage> {
    match (stage, answer) {
        (Stage::NeedsAttention { cause: Cause::SwapStopped { failed }, back_to }, Answer::GoOn) => match *back_to {
            Stage::Reassigning { bought, swap } => {
                Some(Stage::Reassigning { bought, swap: looked_at_first(swap, &failed) })
            }
            stage => Some(stage),
        },
        // Seats were added, or users freed: who still holds the old licence is read anew.
        (Stage::NeedsAttention { cause: Cause::Shortfall { .. }, back_to }, Answer::GoOn) if swaps => match *back_to {
            Stage::Covered { bought } | Stage::WindingDown { bought, .. } => {
                Some(Stage::Reassigning { bought, swap: Swap::Unplanned })
            }
            stage => Some(stage),
        },
        (Stage::NeedsAttention { cause: Cause::PurchaseCancelled { .. }, .. }, Answer::OldKept) => {
            Some(Stage::Settled { how: Ending::OldKept { by: Some(by.to_owned()) } })
        }
        (
            Stage::NeedsAttention { cause: Cause::PurchaseCancelled { .. }, .. }
            | Stage::Settled { how: Ending::OldKept { .. } },
            Answer::PlanAgain,
        ) => Some(Stage::Draft),
        (Stage::NothingToDo, Answer::RenewalStopped) => Some(Stage::NothingToDo),
        (Stage::NeedsAttention { back_to, .. }, Answer::GoOn) => Some(*back_to),
        // A person has looked at what we could not, or at what was found after the end.
        (Stage::Closed { bought }, Answer::GoOn) => Some(Stage::Closed { bought }),
        (Stage::NeedsAttention { back_to, .. }, Answer::PlanAgain) if may_be_taken_back(&back_to) => Some(Stage::Draft),
        (Stage::WindingDown { bought, exit: Exit::OwnerActs }, Answer::RenewalStopped) => {
            Some(Stage::WindingDown { bought, exit: Exit::OwnerConfirmed { by: by.to_owned() } })
        }
        _ => None,
    }
}
