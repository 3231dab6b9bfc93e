//! The old subscription: whether it can be spared, and whether it is over.

use super::{going_on, moving, needs};
use crate::assess::find_source;
use crate::facts::{HeldStatus, Tenancy};
use crate::ids::LineId;
use crate::migration::event::Event;
use crate::migration::state::{Cause, Exit, Line, Migration, Stage};
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::time::{earlier, later};
use jiff::{SignedDuration, Timestamp};

/// An end that lies more than this behind the planned one is a renewal, not a correction (rule R46).
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the tenant says about the old subscription.
pub(super) fn seen(
    migration: &Migration,
    id: LineId,
    tenancy: &Tenancy,
    now: Timestamp,
    policy: &Policy,
) -> Vec<Event> {
    let Some(line) = moving(migration, id) else {
        return Vec::new();
    };
    let Some(plan) = &line.plan else {
        return Vec::new();
    };
    let ends = plan.ends.instant();
    match line.stage.underlying() {
        Stage::Covered { .. } => match spare(migration, &line.source, tenancy) {
            Ok(()) => going_on(id, line, vec![released(id, &line.source)]),
            Err(shortfall) if now >= earlier(ends, policy.renew_cutoff) => {
                needs(id, line, shortfall).into_iter().collect()
            }
            Err(_) => Vec::new(),
        },
        Stage::WindingDown { .. } if now < ends => match spare(migration, &line.source, tenancy) {
            Err(shortfall) => needs(id, line, shortfall).into_iter().collect(),
            Ok(()) => recovered(id, line).into_iter().collect(),
        },
        Stage::WindingDown { .. } => {
            let held = find_source(migration, &line.source, tenancy);
            match held.map(|held| (&held.status, held.next_lifecycle)) {
                Some((HeldStatus::Enabled, Some(until))) if until > later(ends, A_DAY) => {
                    needs(id, line, Cause::SourceRenewed { until }).into_iter().collect()
                }
                Some((HeldStatus::Enabled | HeldStatus::Other(_), _)) => Vec::new(),
                None
                | Some((
                    HeldStatus::Warning | HeldStatus::Suspended | HeldStatus::Deleted | HeldStatus::LockedOut,
                    _,
                )) => going_on(id, line, vec![Event::SourceEnded { line: id }]),
            }
        }
        _ => Vec::new(),
    }
}

/// Whether the pool can spare the old subscription: what stays enabled covers all that is in use (fact sheet 21.3).
/// Users of another licence have left this pool by then.
pub(super) fn spare(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> Result<(), Cause> {
    let pool = tenancy.pool(source.sku);
    let leaving = find_source(migration, source, tenancy)
        .filter(|held| held.status == HeldStatus::Enabled)
        .map_or(0, |held| held.seats);
    let pool_after = pool.enabled.saturating_sub(leaving);
    if pool.consumed <= pool_after { Ok(()) } else { Err(Cause::Shortfall { consumed: pool.consumed, pool_after }) }
}

/// The old subscription may go: by itself, or by its owner's hand.
pub(super) fn released(id: LineId, source: &SourceLine) -> Event {
    Event::SourceReleased { line: id, exit: if source.may_renew() { Exit::OwnerActs } else { Exit::LetExpire } }
}

/// A shortfall that was seen before is gone.
fn recovered(id: LineId, line: &Line) -> Option<Event> {
    let short = matches!(&line.stage, Stage::NeedsAttention { cause: Cause::Shortfall { .. }, .. });
    short.then_some(Event::AttentionCleared { line: id })
}
