//! Another licence: each user changes in one call, nobody is ever without (rule R101), and a few go before many (rule R109).

use super::purchase::{DOUBLINGS_MAX, settle};
use super::source::cancelled_anew;
use super::{going_on, moving, needs};
use crate::aftermath::Service;
use crate::facts::{Holder, Tenancy};
use crate::finding::FindingKind;
use crate::ids::{LineId, ServicePlanId, SkuId, UserId};
use crate::migration::effect::Effect;
use crate::migration::event::Event;
use crate::migration::input::{Moment, ServicesSeen};
use crate::migration::state::{Cause, Former, Line, Migration, Second, Stage, Swap};
use crate::policy::{NewPlans, Policy};
use crate::product::exclusive::{Exclusive, excluded};
use crate::product::swap::{SwapBlocked, disabled_after_swap, new_plans, user_blocked};
use crate::reply::{Outcome, RefusalKind};
use crate::rules::batch;
use crate::time::later;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The longest pause between two looks for free units: they come when people make some.
const UNITS_PAUSE_MAX: SignedDuration = SignedDuration::from_hours(4);

/// Who holds the old licence now: the next users to change, or the end of the swap.
pub(super) fn holders_seen(
    migration: &Migration,
    id: LineId,
    holders: &[Holder],
    tenancy: &Tenancy,
    now: Timestamp,
    policy: &Policy,
) -> Vec<Event> {
    let Some(line) = moving(migration, id) else {
        return Vec::new();
    };
    let (Stage::Reassigning { swap: Swap::Unplanned, .. }, Some(plan)) = (line.stage.underlying(), &line.plan) else {
        return Vec::new();
    };
    if let Some(subscription) = cancelled_anew(migration, line, tenancy) {
        let cause = Cause::PurchaseCancelled { subscription: subscription.clone() };
        return needs(id, line, cause).into_iter().collect();
    }
    if !migration.second_stands(line) {
        return Vec::new();
    }
    // Users beyond the bought seats belong to another line of the same old licence. One who was changed and still shows is
    // changed again: reads lag, and a repeat does no harm.
    let mut left = usize::try_from(plan.seats.get()).unwrap_or(usize::MAX).saturating_sub(line.swapped.len());
    let turn = holders.iter().filter(|holder| !claimed(migration, id, line, holder.user)).filter(|holder| {
        let again = line.swapped.contains_key(&holder.user);
        let first = !again && left > 0;
        left -= usize::from(first);
        again || first
    });
    // What the tenant itself lists: a plan that it does not have could not be switched off.
    let (old, target) = (&tenancy.pool(line.source.sku).plans, &tenancy.pool(plan.sku).plans);
    let wanted = policy.wanted(&line.own).new_plans;
    let new = match wanted {
        NewPlans::On => BTreeSet::new(),
        NewPlans::Off => new_plans(old, target),
    };
    let companion = line.source.companion.map(|sku| (sku, &tenancy.pool(sku).plans));
    let new_beside = match (wanted, companion) {
        (NewPlans::Off, Some((_, plans))) => new_plans(old, plans),
        _ => BTreeSet::new(),
    };
    // Counted for all of them beforehand (rule R102). Who has a new licence already takes no other unit of it.
    let free = |sku: SkuId| tenancy.pool(sku).enabled.saturating_sub(tenancy.pool(sku).consumed);
    let mut free: BTreeMap<SkuId, u32> =
        std::iter::once(plan.sku).chain(line.source.companion).map(|sku| (sku, free(sku))).collect();
    let mut unserved = 0;
    let mut users: BTreeMap<UserId, BTreeSet<ServicePlanId>> = BTreeMap::new();
    let mut second: BTreeMap<UserId, BTreeSet<ServicePlanId>> = BTreeMap::new();
    let mut held: BTreeMap<UserId, Former> = BTreeMap::new();
    let mut failed: BTreeMap<UserId, String> = BTreeMap::new();
    for Holder { user, via, disabled_plans, has_usage_location, others } in turn {
        let kept: Vec<ServicePlanId> = disabled_plans.iter().copied().collect();
        // What a user has of the new licence already stays on: adding it again sets anew what is off in it.
        let off_in = |sku: SkuId, plans: &BTreeSet<ServicePlanId>, new: &BTreeSet<ServicePlanId>| {
            let mut off: BTreeSet<ServicePlanId> = disabled_after_swap(&kept, old, plans).into_iter().collect();
            off.extend(new);
            others.get(&sku).map_or_else(|| off.clone(), |has_off| &off & has_off)
        };
        let disabled = off_in(plan.sku, target, &new);
        let beside = companion.map(|(sku, plans)| off_in(sku, plans, &new_beside));
        let off = || beside.iter().flatten().copied().collect::<BTreeSet<_>>();
        let on = |plans: &BTreeSet<ServicePlanId>| plans.difference(&off()).copied().collect::<BTreeSet<_>>();
        let gets = companion.map_or_else(|| target - &disabled, |(_, plans)| &(target - &disabled) | &on(plans));
        // What the user has with the old licence already gets along with what is kept.
        let comes = &gets - &(old - disabled_plans);
        let blocked = user_blocked(*has_usage_location, *via)
            .or_else(|| conflict(&comes, others, tenancy).map(SwapBlocked::PlanConflict));
        let takes = |sku: &SkuId| !line.swapped.contains_key(user) && !others.contains_key(sku);
        if let Some(reason) = blocked {
            failed.insert(*user, reason.to_string());
        } else if free.iter().any(|(sku, units)| takes(sku) && *units == 0) {
            unserved += 1;
        } else {
            free.iter_mut().for_each(|(sku, units)| *units -= u32::from(takes(sku)));
            users.insert(*user, disabled);
            second.extend(beside.filter(|off| !off.is_empty()).map(|off| (*user, off)));
            held.insert(*user, Former { via: *via, disabled: disabled_plans.clone() });
        }
    }
    // Free units are the pool's affair, not the user's: they are waited for, and a person is told where they do not come.
    if users.is_empty() && unserved > 0 {
        let pause = Event::PutOff { line: id, until: later(now, units_pause(line, policy, now)), answered: false };
        let known = matches!(line.stage, Stage::NeedsAttention { cause: Cause::NoFreeUnits { .. }, .. });
        let lasts = line.put_offs > 0 && !known;
        let told = lasts.then_some(Event::AttentionNeeded { line: id, cause: Cause::NoFreeUnits { users: unserved } });
        return told.into_iter().chain([pause]).collect();
    }
    if users.is_empty() && failed.is_empty() {
        return going_on(id, line, vec![Event::ReassignmentConfirmed { line: id }]);
    }
    let stopped = users.is_empty().then(|| stopped(id, failed.clone()));
    let planned = Event::SwapPlanned {
        line: id,
        add: plan.sku,
        remove: line.source.sku,
        batch: Some(next_batch(line, users.keys())),
        users,
        failed,
        held,
        beside: companion.map(|(sku, _)| Second { sku, disabled: second }),
    };
    going_on(id, line, std::iter::once(planned).chain(stopped).collect())
}

/// Until the next look for free units: the longer, the more often there were none, and the shorter, the less time is left. Who
/// had no licence in time stands before a person already.
fn units_pause(line: &Line, policy: &Policy, now: Timestamp) -> SignedDuration {
    let left = line.plan.as_ref().map(|plan| plan.ends.instant().duration_since(now)).filter(|left| left.is_positive());
    let most = left.map_or(UNITS_PAUSE_MAX, |left| UNITS_PAUSE_MAX.min(left / 8));
    let doubled = policy.not_yet_pause * 2_i32.pow(line.put_offs.min(DOUBLINGS_MAX));
    doubled.min(most).max(policy.not_yet_pause)
}

/// Plans that are `new` to a user and exclude what is kept of `others` (rule R105).
fn conflict(
    new: &BTreeSet<ServicePlanId>,
    others: &BTreeMap<SkuId, BTreeSet<ServicePlanId>>,
    tenancy: &Tenancy,
) -> Option<Exclusive> {
    others.iter().find_map(|(sku, off)| excluded(new, &(&tenancy.pool(*sku).plans - off)))
}

/// Whether another line has changed `user`, or is about to, from the same old licence, or to it: then the user is where that line
/// wants it.
fn claimed(migration: &Migration, id: LineId, line: &Line, user: UserId) -> bool {
    let sku = line.source.sku;
    let gives = |other: &Line| {
        other.plan.as_ref().is_some_and(|plan| plan.sku == sku) || other.source.companion.is_some_and(|it| it == sku)
    };
    migration.lines.iter().filter(|(other, _)| **other != id).any(|(_, other)| {
        (other.source.sku == sku || gives(other))
            && (other.swapped.contains_key(&user) || other.change_of(user).is_some())
    })
}

/// How many of the users who `wait` change next.
fn next_batch<'a>(line: &Line, wait: impl Iterator<Item = &'a UserId>) -> u32 {
    let (again, first): (Vec<&UserId>, Vec<&UserId>) = wait.partition(|user| line.swapped.contains_key(user));
    let changed = line.swapped.len() - again.len();
    u32::try_from(batch::next(changed + again.len() + first.len(), changed)).unwrap_or(u32::MAX)
}

fn stopped(id: LineId, failed: BTreeMap<UserId, String>) -> Event {
    Event::AttentionNeeded { line: id, cause: Cause::SwapStopped { failed } }
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
    let Stage::Reassigning { swap: Swap::Planned { waiting, failed, batch, .. }, .. } = line.stage.underlying() else {
        return Vec::new();
    };
    if !waiting.contains_key(user) {
        return Vec::new();
    }
    let events = match outcome {
        Outcome::Done(()) => vec![Event::UserSwapped { line: *id, user: *user, at: Some(at.now) }],
        Outcome::Refused(refusal) if refusal.kind != RefusalKind::NoFreeUnits => {
            let row = FindingKind::of_refusal(&refusal).map(|kind| format!("{}: ", kind.code()));
            let reason = format!("{}{refusal}", row.unwrap_or_default());
            let mut failed = failed.clone();
            failed.insert(*user, reason.clone());
            let refused = Event::UserNotSwapped { line: *id, user: *user, reason };
            let stops = batch::stops(batch.failed + 1, batch.size());
            std::iter::once(refused).chain(stops.then(|| stopped(*id, failed))).collect()
        }
        other => {
            return settle(*id, line, other, at, policy).err().into_iter().map(|event| *event).collect();
        }
    };
    going_on(*id, line, events)
}

/// How services work for users of the last batch: the next one has its turn, or a person is asked. Answers that cannot be understood
/// are asked for again as long as services are given time, and then it is as if we might not look.
pub(super) fn services_seen(
    migration: &Migration,
    id: LineId,
    seen: &ServicesSeen,
    now: Timestamp,
    policy: &Policy,
) -> Vec<Event> {
    let Some(line) = moving(migration, id) else {
        return Vec::new();
    };
    let Stage::Reassigning { swap: Swap::Planned { waiting, failed, batch, .. }, .. } = line.stage.underlying() else {
        return Vec::new();
    };
    let Some(since) = batch.over() else {
        return Vec::new();
    };
    let last = later(since, policy.services_patience) <= now;
    let essential = |services: &[Service], is: &dyn Fn(&Service) -> bool| {
        let names = services.iter().filter(|one| one.is_essential() && is(one)).map(|one| one.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    if *seen == ServicesSeen::Garbled && !last {
        return Vec::new();
    }
    let unread = |why: &str| -> BTreeMap<UserId, String> {
        // Somebody has to look at the pilot; those who come after it do not wait for that.
        let pilot = batch.changed.len() == line.swapped.len();
        let reason = format!("NOT_CHECKED: whether services work with the new licence {why}");
        batch.changed.iter().filter(|_| pilot).map(|user| (*user, reason.clone())).collect()
    };
    let broken: BTreeMap<UserId, String> = match seen {
        ServicesSeen::Of(seen) => seen
            .iter()
            .map(|(user, services)| (*user, essential(services, &|one| one.fails(last))))
            .filter(|(_, names)| !names.is_empty())
            .map(|(user, names)| (user, format!("SERVICES_NOT_READY: with the new licence {names} does not work")))
            .collect(),
        ServicesSeen::Hidden => unread("cannot be read"),
        ServicesSeen::Garbled => unread("is answered in a form that cannot be understood"),
    };
    let looked_at = match seen {
        ServicesSeen::Of(seen) => seen.len(),
        ServicesSeen::Hidden | ServicesSeen::Garbled => batch.changed.len(),
    };
    if batch::stops(broken.len(), looked_at) {
        return going_on(id, line, vec![stopped(id, broken)]);
    }
    let pending = |services: &Vec<Service>| !essential(services, &Service::is_pending).is_empty();
    if !last && matches!(seen, ServicesSeen::Of(seen) if seen.values().any(pending)) {
        return Vec::new();
    }
    let verified = Event::BatchVerified { line: id, next: next_batch(line, waiting.keys()) };
    // What goes well never stops the others, however many could not be changed from the outset.
    let left_over = (waiting.is_empty() && !failed.is_empty()).then(|| stopped(id, failed.clone()));
    going_on(id, line, std::iter::once(verified).chain(left_over).collect())
}
