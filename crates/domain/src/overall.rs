//! Where a whole migration stands: one word over all of its lines. Decides nothing.

use crate::migration::event::Event;
use crate::migration::evolve::{evolve, replay};
use crate::migration::state::{Migration, Stage};
use jiff::Timestamp;

/// Where a migration stands: the most pressing of what its lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Overall {
    /// Lines are known and not planned, and none is on its way.
    Draft,
    /// The newest plan waits for approval.
    AwaitingApproval,
    /// Approved; every line on its way waits for its day.
    Scheduled,
    /// Lines are being bought, delivered, or their sources wound down.
    Running,
    /// Halted by a person.
    Paused,
    /// A line is blocked or has stopped.
    AttentionRequired,
    /// Every line is closed or has nothing to do.
    Succeeded,
    /// A person has given it up, and nothing of it is on its way.
    Cancelled,
}

/// Where `migration` stands.
pub fn overall(migration: &Migration) -> Overall {
    let stages = || migration.lines.values().map(|line| &line.stage);
    let stopped = |stage: &Stage| matches!(stage, Stage::Blocked | Stage::NeedsAttention { .. });
    let over = |stage: &Stage| matches!(stage, Stage::Closed { .. } | Stage::Settled { .. } | Stage::NothingToDo);
    let unplanned = |stage: &Stage| matches!(stage, Stage::Draft | Stage::Ready);
    let waits = |stage: &Stage| matches!(stage, Stage::Waiting { .. });
    if migration.paused {
        Overall::Paused
    } else if migration.cancelled && stages().all(|stage| over(stage) || unplanned(stage) || *stage == Stage::Blocked) {
        Overall::Cancelled
    } else if stages().any(stopped) {
        Overall::AttentionRequired
    } else if migration.plan.as_ref().is_some_and(|plan| migration.awaits_approval(plan.id)) {
        Overall::AwaitingApproval
    } else if stages().any(|stage| !over(stage) && !unplanned(stage) && !waits(stage)) {
        Overall::Running
    } else if stages().any(waits) {
        Overall::Scheduled
    } else if stages().any(unplanned) {
        Overall::Draft
    } else {
        Overall::Succeeded
    }
}

/// Since when the migration that `events` made stands where [`overall`] says, by when each was recorded; none where they do not
/// begin with an import.
pub fn overall_since<'a>(events: impl IntoIterator<Item = (Timestamp, &'a Event)>) -> Option<Timestamp> {
    let mut events = events.into_iter();
    let (began, first) = events.next()?;
    let migration = replay([first])?;
    let before = (overall(&migration), began);
    let (_, (_, since)) = events.fold((migration, before), |(migration, (before, since)), (at, event)| {
        let migration = evolve(migration, event);
        let now = overall(&migration);
        (migration, if now == before { (before, since) } else { (now, at) })
    });
    Some(since)
}
