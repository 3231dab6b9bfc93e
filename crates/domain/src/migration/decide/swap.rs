//! Another licence: each user changes in one call, nobody is ever without (rule R101).

use super::purchase::settle;
use super::{going_on, moving};
use crate::facts::{Holder, Tenancy};
use crate::finding::FindingKind;
use crate::ids::{LineId, ServicePlanId, UserId};
use crate::migration::effect::Effect;
use crate::migration::event::Event;
use crate::migration::input::Moment;
use crate::migration::state::{Cause, Line, Migration, Stage, Swap};
use crate::policy::Policy;
use crate::product::swap::{disabled_after_swap, user_blocked};
use crate::reply::{Outcome, RefusalKind};
use std::collections::{BTreeMap, BTreeSet};

/// Who holds the old licence now: the next users to change, or the end of the swap.
pub(super) fn holders_seen(migration: &Migration, id: LineId, holders: &[Holder], tenancy: &Tenancy) -> Vec<Event> {
    let Some(line) = moving(migration, id) else {
        return Vec::new();
    };
    let (Stage::Reassigning { swap: Swap::Unplanned, .. }, Some(plan)) = (line.stage.underlying(), &line.plan) else {
        return Vec::new();
    };
    // Users beyond the bought seats belong to another line of the same old licence. One who was changed and still shows is
    // changed again: reads lag, and a repeat does no harm.
    let mut left = usize::try_from(plan.seats.get()).unwrap_or(usize::MAX).saturating_sub(line.swapped.len());
    let turn = holders.iter().filter(|holder| !claimed(migration, id, line, holder.user)).filter(|holder| {
        let again = line.swapped.contains(&holder.user);
        let first = !again && left > 0;
        left -= usize::from(first);
        again || first
    });
    // What the tenant itself lists: a plan that it does not have could not be switched off.
    let (old, target) = (&tenancy.pool(line.source.sku).plans, &tenancy.pool(plan.sku).plans);
    let mut users: BTreeMap<UserId, BTreeSet<ServicePlanId>> = BTreeMap::new();
    let mut failed: BTreeMap<UserId, String> = BTreeMap::new();
    for Holder { user, via, disabled_plans, has_usage_location } in turn {
        // Free units are the pool's affair, not the user's: where there are none yet, the service says so and is asked
        // again.
        if let Some(reason) = user_blocked(*has_usage_location, *via) {
            failed.insert(*user, reason.to_string());
        } else {
            let disabled: Vec<ServicePlanId> = disabled_plans.iter().copied().collect();
            users.insert(*user, disabled_after_swap(&disabled, old, target).into_iter().collect());
        }
    }
    if users.is_empty() && failed.is_empty() {
        return going_on(id, line, vec![Event::ReassignmentConfirmed { line: id }]);
    }
    let nobody_left = users.is_empty();
    let planned =
        Event::SwapPlanned { line: id, add: plan.sku, remove: line.source.sku, users, failed: failed.clone() };
    let stopped = Event::AttentionNeeded { line: id, cause: Cause::SwapStopped { failed } };
    let events = std::iter::once(planned).chain(nobody_left.then_some(stopped)).collect();
    going_on(id, line, events)
}

/// Whether another line of the same old licence has changed `user`, or is about to.
fn claimed(migration: &Migration, id: LineId, line: &Line, user: UserId) -> bool {
    migration.lines.iter().filter(|(other, _)| **other != id).any(|(_, other)| {
        other.source.sku == line.source.sku && (other.swapped.contains(&user) || other.change_of(user).is_some())
    })
}

/// The fate of one user's change.
pub(super) fn reply(
    migration: &Migration,
    to: &Effect,
    outcome: Outcome<()>,
    at: Moment,
    policy: &Policy,
) -> Vec<Event> {
    let Effect::SwapLicence { line: id, user } = to else {
        return Vec::new();
    };
    let Some(line) = moving(migration, *id) else {
        return Vec::new();
    };
    let Stage::Reassigning { swap: Swap::Planned { waiting, failed, .. }, .. } = line.stage.underlying() else {
        return Vec::new();
    };
    if !waiting.contains_key(user) {
        return Vec::new();
    }
    let last = waiting.len() == 1;
    let stopped = |failed: BTreeMap<UserId, String>| {
        (!failed.is_empty()).then_some(Event::AttentionNeeded { line: *id, cause: Cause::SwapStopped { failed } })
    };
    let events = match outcome {
        // What goes well never stops the others, however many could not be changed from the outset.
        Outcome::Done(()) => {
            let moved = Event::UserSwapped { line: *id, user: *user };
            std::iter::once(moved).chain(last.then(|| stopped(failed.clone())).flatten()).collect()
        }
        Outcome::Refused(refusal) if refusal.kind != RefusalKind::NoFreeUnits => {
            let row = FindingKind::of_refusal(&refusal).map(|kind| format!("{}: ", kind.code()));
            let reason = format!("{}{refusal}", row.unwrap_or_default());
            let mut failed = failed.clone();
            failed.insert(*user, reason.clone());
            let refused = Event::UserNotSwapped { line: *id, user: *user, reason };
            let stops = last || failed.len() > policy.swap_failures_max;
            std::iter::once(refused).chain(stops.then(|| stopped(failed)).flatten()).collect()
        }
        other => {
            return settle(*id, line, other, at, policy).err().into_iter().map(|event| *event).collect();
        }
    };
    going_on(*id, line, events)
}
