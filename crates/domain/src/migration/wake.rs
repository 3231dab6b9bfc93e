//! When a migration is to be looked at again. Derived from state; no timer is kept anywhere else.

use super::owed::{is_moving, may_sell};
use super::state::{Cause, Line, Migration, Stage, Swap};
use crate::assess::is_to_be_cancelled;
use crate::plan::{LinePlan, Route};
use crate::policy::Policy;
use crate::time::{earlier, later};
use jiff::{SignedDuration, Timestamp};

/// Pauses between two looks at what waits for a customer, in times of the policy's.
const STANDING_PAUSES: [i64; 4] = [1, 2, 4, 8];

/// The longest pause between two looks whether a purchase has arrived. It may take a day or three (rule R85).
const ARRIVAL_PAUSE_MAX: SignedDuration = SignedDuration::from_hours(4);

/// A purchase so shortly before the end of the old subscription is looked for as soon as it can show.
const HASTE: SignedDuration = SignedDuration::from_hours(48);

/// A look that would be due within this part of the usual pause before a line's day is left to that day.
const SHARE_OF_RECHECK: i32 = 4;

/// Batches of users are looked at so often that many of them fit into the time that is left (rule R109).
const SHARE_OF_WHAT_IS_LEFT: i32 = 64;

/// A purchase that could start only late has at least this long before it counts as late.
const GRACE: SignedDuration = SignedDuration::from_hours(24);

/// The next instant, later than `now`, at which something may be owed or a deadline passes; none when only a person can
/// move it on.
pub fn wake(migration: &Migration, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    if migration.paused {
        return None;
    }
    migration.lines.values().filter_map(|line| line_wake(migration, line, policy, now)).min()
}

/// Whether something would be owed, or a deadline pass, long before `alarm`: it was not set for this state, whenever that was done
/// until `now`, or by other settings. One that is less than four hours ahead is never too late, nor one that nothing needs.
pub fn oversleeps(migration: &Migration, policy: &Policy, now: Timestamp, alarm: Option<Timestamp>) -> bool {
    let is_soon = alarm.is_some_and(|alarm| alarm <= later(now, ARRIVAL_PAUSE_MAX));
    if migration.paused || is_soon {
        return false;
    }
    // Looks whether a customer has accepted become more frequent towards its day. So what is next by now may come before what was
    // next when the alarm was set: at the instant before it or just after that, at the latest.
    let pauses = STANDING_PAUSES.map(|times| policy.standing_poll * i32::try_from(times).unwrap_or(1));
    let set = |pause| alarm.map(|alarm| earlier(alarm, pause));
    let just_after = |moment| [moment, later(moment, SignedDuration::from_secs(1))];
    let moments = pauses.into_iter().filter_map(set).flat_map(just_after).filter(|moment| *moment < now);
    let moments: Vec<Timestamp> = moments.chain([now]).collect();
    migration.lines.values().any(|line| {
        let looks = || moments.iter().filter_map(|moment| line_wake(migration, line, policy, *moment));
        let is_needed = line_wake(migration, line, policy, now).is_some();
        is_needed && alarm.is_none_or(|alarm| looks().all(|look| look < alarm))
    })
}

/// From when on a line that is not covered needs a person (rules R114, R116): at the latest when a gap begins.
pub(crate) fn late_at(plan: &LinePlan, policy: &Policy) -> Timestamp {
    let ends = plan.ends.instant();
    let late = earlier(ends, policy.margin_min).max(later(plan.opens, GRACE));
    match plan.route {
        Route::BuyAtEnd => late.min(ends),
        Route::BuyNow => late,
    }
}

fn line_wake(migration: &Migration, line: &Line, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let plan = line.plan.as_ref()?;
    if !is_moving(line) {
        return None;
    }
    let poll = |every: SignedDuration| later(now, every).max(line.quiet_until.unwrap_or(now));
    let ends = plan.ends.instant();
    let stands = matches!(line.stage, Stage::NeedsAttention { .. });
    let short = matches!(line.stage, Stage::NeedsAttention { cause: Cause::Shortfall { .. }, .. });
    let look = match line.stage.underlying() {
        Stage::Waiting { opens } if !may_sell(migration) => standing_look(*opens, policy, now),
        Stage::Waiting { opens } if now < *opens && stands => standing_look(*opens, policy, now).min(*opens),
        Stage::Waiting { opens } if now < *opens => {
            let next = recheck(line, *opens, policy).filter(|next| *next > now);
            next.unwrap_or_else(|| poll(policy.delivery_poll)).min(*opens)
        }
        Stage::Reassigning { swap: Swap::Planned { batch, .. }, .. } if batch.over().is_some() => {
            let first = batch.over().map(|since| services_look(plan, policy, since)).filter(|first| *first > now);
            first.unwrap_or_else(|| poll(policy.delivery_poll))
        }
        // The other one of a pair is due by itself.
        Stage::Buying { .. } if migration.awaits_cart(line, policy, now) => poll(policy.delivery_poll),
        Stage::Reassigning { swap: Swap::Unplanned, .. } if !migration.second_stands(line) => {
            poll(policy.delivery_poll)
        }
        Stage::Carting { .. } | Stage::Buying { .. } | Stage::Reassigning { .. } => {
            let looks = !matches!(line.stage.underlying(), Stage::Reassigning { .. }) && line.look_is_old(policy, now);
            let pause = if looks { policy.delivery_poll } else { policy.retry_pause };
            line.quiet_until.filter(|until| *until > now).unwrap_or_else(|| poll(pause))
        }
        Stage::Waiting { .. } | Stage::Doubting { .. } => poll(policy.delivery_poll),
        Stage::Provisioning { .. } | Stage::Covered { .. } => poll(arrival_pause(line, policy, now)),
        Stage::WindingDown { .. } if short => poll(policy.first_check),
        Stage::WindingDown { .. } if migration.is_over_with(line) => poll(policy.delivery_poll),
        Stage::WindingDown { .. } => {
            let looks = [earlier(ends, policy.renew_cutoff), later(ends, policy.first_check)];
            let next = looks.into_iter().find(|look| *look > now).unwrap_or_else(|| poll(policy.source_poll));
            let refund = refund_look(line, plan, policy, now);
            refund.map_or(next, |first| next.min(if first > now { first } else { poll(policy.source_poll) }))
        }
        Stage::Closed { .. } if short => poll(policy.first_check),
        Stage::Closed { .. } if stands => poll(policy.source_poll),
        Stage::Closed { .. } => {
            let check = line.next_check(policy)?;
            if check > now { check } else { poll(policy.delivery_poll) }
        }
        _ => return None,
    };
    let deadlines = [late_at(plan, policy), ends].into_iter().filter(|deadline| *deadline > now);
    std::iter::once(look).chain(deadlines).min()
}

/// The next look whether the customer has accepted: the rarer, the further its day is, and at instants that all customers
/// share, so that one read of the list of customers answers for all who wait.
fn standing_look(opens: Timestamp, policy: &Policy, now: Timestamp) -> Timestamp {
    let left = opens.duration_since(now).as_secs();
    let least = policy.standing_poll.as_secs().max(1);
    // Doubled, so that the rarer instants are some of the others.
    let pauses = STANDING_PAUSES.map(|times| least.saturating_mul(times));
    let pause = pauses.into_iter().rfind(|pause| left / 4 >= *pause).unwrap_or(least);
    let next = (now.as_second().div_euclid(pause) + 1).saturating_mul(pause);
    Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
}

/// When a line that waits until `opens` is to be compared with its plan again; none where it never was. The look on its day
/// stands for one that would be due shortly before it.
pub(super) fn recheck(line: &Line, opens: Timestamp, policy: &Policy) -> Option<Timestamp> {
    let due = later(line.compared?, policy.recheck);
    let before = opens.duration_since(due);
    let is_near = before.is_positive() && before < policy.recheck / SHARE_OF_RECHECK;
    Some(if is_near { opens } else { due })
}

/// Until the first look whether a purchase has arrived, and then as long again as it has taken so far: it mostly comes within
/// minutes, and seldom within hours.
fn arrival_pause(line: &Line, policy: &Policy, now: Timestamp) -> SignedDuration {
    let ordered = line.purchases.last().map_or(now, |purchase| purchase.ordered_at);
    let first = first_look(line, policy, ordered);
    if now < first {
        return first.duration_since(now);
    }
    // The nearer the end, the sooner somebody has to know.
    let left = line.plan.as_ref().map(|plan| plan.ends.instant().duration_since(now)).unwrap_or_default();
    let most = ARRIVAL_PAUSE_MAX.min(left / 8).max(policy.delivery_poll);
    now.duration_since(ordered).clamp(policy.delivery_poll, most)
}

/// When a purchase of `ordered` is first looked for: not before the service has refreshed what it shows, and later where days
/// are left, so that one look finds all of it, and yet under the sign-in of the purchase, which is good for an hour.
pub(super) fn first_look(line: &Line, policy: &Policy, ordered: Timestamp) -> Timestamp {
    let ends = line.plan.as_ref().map(|plan| plan.ends.instant());
    let haste = ends.is_none_or(|ends| earlier(ends, HASTE) <= ordered);
    later(ordered, if haste { policy.delivery_poll } else { policy.delivery_poll * 7 / 2 })
}

/// From when on it is looked, again and again, whether the owner has cancelled the old subscription for its refund: a day after
/// the purchase, as long as there is one before the end (rule R122). None where there is none.
pub(super) fn refund_look(line: &Line, plan: &LinePlan, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let bought = line.purchases.last().filter(|_| now < plan.ends.instant() && is_to_be_cancelled(line, plan, now))?;
    Some(later(bought.ordered_at, policy.source_poll))
}

/// When services of a batch that was changed at `since` are first looked at: once they can have followed, and the sooner, the
/// less time is left for those who still wait.
pub(crate) fn services_look(plan: &LinePlan, policy: &Policy, since: Timestamp) -> Timestamp {
    let left = plan.ends.instant().duration_since(since) / SHARE_OF_WHAT_IS_LEFT;
    later(since, policy.delivery_poll.min(left).max(SignedDuration::ZERO))
}
