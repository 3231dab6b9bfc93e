//! Another licence: each user changes in one call, nobody is ever without (rule R101).

use super::purchase::settle;
use super::{going_on, moving};
use crate::facts::{Holder, Tenancy, Via};
use crate::ids::{LineId, ServicePlanId, UserId};
use crate::migration::effect::Effect;
use crate::migration::event::Event;
use crate::migration::input::Moment;
use crate::migration::state::{Cause, Line, Migration, Stage, Swap};
use crate::policy::Policy;
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
    let target = tenancy.pool(plan.sku).plans;
    let mut users: BTreeMap<UserId, BTreeSet<ServicePlanId>> = BTreeMap::new();
    let mut failed: BTreeMap<UserId, String> = BTreeMap::new();
    for holder in turn {
        match obstacle(holder) {
            Some(reason) => drop(failed.insert(holder.user, reason.to_owned())),
            // Rule R103, step 1: what a user had switched off stays off.
            None => drop(users.insert(holder.user, holder.disabled_plans.intersection(&target).copied().collect())),
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

/// Rules R98, R102 and R104: why this user cannot be changed.
fn obstacle(holder: &Holder) -> Option<&'static str> {
    match holder.via {
        Via::Group => Some("ASSIGNED_BY_GROUP: the licence comes from a group; change it on the group"),
        Via::Both => {
            Some("ASSIGNED_BY_GROUP_AND_DIRECT: the licence comes from a group as well; change it on the group")
        }
        Via::Direct if !holder.has_usage_location => {
            Some("USAGE_LOCATION_MISSING: the user has no usage location; set it")
        }
        Via::Direct => None,
    }
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
        (failed.len() > policy.swap_failures_max || last && !failed.is_empty())
            .then_some(Event::AttentionNeeded { line: *id, cause: Cause::SwapStopped { failed } })
    };
    let events = match outcome {
        Outcome::Done(()) => {
            let moved = Event::UserSwapped { line: *id, user: *user };
            std::iter::once(moved).chain(stopped(failed.clone())).collect()
        }
        Outcome::Refused(refusal) if refusal.kind != RefusalKind::NoFreeUnits => {
            let reason = refusal.to_string();
            let mut failed = failed.clone();
            failed.insert(*user, reason.clone());
            let refused = Event::UserNotSwapped { line: *id, user: *user, reason };
            std::iter::once(refused).chain(stopped(failed)).collect()
        }
        other => {
            return settle(*id, line, other, at, policy).err().into_iter().map(|event| *event).collect();
        }
    };
    going_on(*id, line, events)
}
