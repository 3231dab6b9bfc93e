//! The old subscription: whether it can be spared, and whether it is over.

use super::{going_on, moving, needs};
use crate::assess::fitting_sources;
use crate::facts::{HeldStatus, Tenancy};
use crate::ids::{LineId, SkuId};
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
            let held = match fitting_sources(migration, &line.source, tenancy).as_slice() {
                [] => None,
                [one] => Some((&one.status, one.next_lifecycle)),
                // Nobody can tell which of them it is, so nothing says that it is over.
                _ => return Vec::new(),
            };
            match held {
                Some((HeldStatus::Enabled, Some(until))) if until > later(ends, A_DAY) => {
                    needs(id, line, Cause::SourceRenewed { until }).into_iter().collect()
                }
                Some((HeldStatus::Enabled | HeldStatus::Other(_), _)) => Vec::new(),
                None
                | Some((
                    HeldStatus::Warning | HeldStatus::Suspended | HeldStatus::Deleted | HeldStatus::LockedOut,
                    _,
                )) => match uncovered(&[line.source.sku, plan.sku], tenancy) {
                    Some(shortfall) => needs(id, line, shortfall).into_iter().collect(),
                    None => going_on(id, line, vec![Event::SourceEnded { line: id }]),
                },
            }
        }
        _ => Vec::new(),
    }
}

/// Whether the pool can spare the old subscription: what stays enabled covers all that is in use (fact sheet 21.3).
///
/// Nothing stays that goes as well (rule R99): what was let go before, and what other lines have replaced already. Of those in
/// use, the ones leave that lines whose users are changing licence have a seat for.
pub(super) fn spare(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> Result<(), Cause> {
    let pool = tenancy.pool(source.sku);
    let replaced = |line: &&Line| {
        matches!(line.stage.underlying(), Stage::Reassigning { .. } | Stage::Covered { .. } | Stage::WindingDown { .. })
    };
    let of_pool = || migration.lines.values().filter(|line| line.source.sku == source.sku);
    let leaving: u32 = of_pool()
        .filter(|line| line.source.id == source.id || replaced(line))
        .map(|line| serving(migration, &line.source, tenancy))
        .sum();
    let changing: u32 = of_pool().map(seats_for_users_to_come).sum();
    let (consumed, pool_after) = (pool.consumed.saturating_sub(changing), pool.enabled.saturating_sub(leaving));
    if consumed <= pool_after { Ok(()) } else { Err(Cause::Shortfall { consumed, pool_after }) }
}

/// Seats of another licence that a line has for users who still hold the old one.
fn seats_for_users_to_come(line: &Line) -> u32 {
    match (line.stage.underlying(), &line.plan) {
        (Stage::Reassigning { .. }, Some(plan)) => {
            plan.seats.get().saturating_sub(u32::try_from(line.swapped.len()).unwrap_or(u32::MAX))
        }
        _ => 0,
    }
}

/// More in use than enabled, in any of the pools: somebody has no licence now (rule R125).
fn uncovered(skus: &[SkuId], tenancy: &Tenancy) -> Option<Cause> {
    let pools = skus.iter().map(|sku| tenancy.pool(*sku));
    let short = pools.into_iter().find(|pool| pool.consumed > pool.enabled)?;
    Some(Cause::Shortfall { consumed: short.consumed, pool_after: short.enabled })
}

/// Seats that the pool has from the old subscription: also when it could be any of several, which then have its seats.
fn serving(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> u32 {
    fitting_sources(migration, source, tenancy)
        .into_iter()
        .find(|held| held.status == HeldStatus::Enabled)
        .map_or(0, |held| held.seats)
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
