//! Which effects a migration still owes the outside world.
//!
//! Derived from state alone: the same before a crash and after. Reads no clock, makes no id, cannot fail.

use super::effect::Effect;
use super::state::{Cause, Line, Migration, Stage, Swap};
use super::wake::{first_look, recheck, refund_look, services_look};
use crate::assess::awaits_named_base;
use crate::facts::{Relationship, Standing};
use crate::ids::LineId;
use crate::plan::awaits_end;
use crate::policy::{Policy, SellsAs};
use crate::rules::batch;
use crate::time::{earlier, later};
use jiff::{SignedDuration, Timestamp};

/// Users of a batch whose licence is changed before failures are counted: as many as go out in one call (fact sheet 21.7).
const SWAPS_AT_ONCE: usize = 20;

/// Users of a batch whose services are looked at, as many as after the end (rules R109, R125): all of the pilot.
const SAMPLE: usize = batch::PILOT;

/// How far before the planned opening an order that carries our mark may be dated: clocks differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(24);

/// What is owed at `now`, in a fixed order. Empty while paused.
pub fn owed(migration: &Migration, policy: &Policy, now: Timestamp) -> Vec<Effect> {
    if migration.paused {
        return Vec::new();
    }
    let mut effects = standing_owed(migration, policy);
    for (id, line) in &migration.lines {
        effects.extend(line_owed(migration, *id, line, policy, now));
    }
    effects
}

/// Whether an order may be placed, as far as is recorded.
pub(super) fn may_sell(migration: &Migration) -> bool {
    migration.standing.as_ref().is_some_and(Standing::may_sell)
}

/// Whether work on the line goes on by itself.
pub(crate) fn is_moving(line: &Line) -> bool {
    match &line.stage {
        Stage::NeedsAttention { cause, .. } => cause.watches(),
        _ => true,
    }
}

fn standing_owed(migration: &Migration, policy: &Policy) -> Vec<Effect> {
    let waits = migration
        .lines
        .values()
        .any(|line| is_moving(line) && matches!(line.stage.underlying(), Stage::Waiting { .. }));
    if !waits || may_sell(migration) {
        return Vec::new();
    }
    let related = migration.standing.as_ref().is_some_and(|seen| seen.relationship == Relationship::Reseller);
    let provides = policy.sells_as == SellsAs::IndirectProvider;
    let reseller = policy.resellers.get(&migration.customer.tenant).filter(|_| provides).cloned();
    let invitation = (!related && migration.invitation.is_none()).then_some(Effect::ReadInvitation { reseller });
    invitation.into_iter().chain([Effect::ReadStanding]).collect()
}

fn line_owed(migration: &Migration, id: LineId, line: &Line, policy: &Policy, now: Timestamp) -> Vec<Effect> {
    let Some(plan) = &line.plan else {
        return Vec::new();
    };
    if !is_moving(line) || line.quiet_until.is_some_and(|until| now < until) {
        return Vec::new();
    }
    let since = earlier(plan.opens, CLOCK_SKEW);
    let attempt = line.attempt;
    match line.stage.underlying() {
        // Before its day too: what differs from the plan is best found while there is time.
        Stage::Waiting { opens } if may_sell(migration) => {
            let stands = matches!(line.stage, Stage::NeedsAttention { .. });
            let stale = recheck(line, *opens, policy).is_none_or(|due| due <= now);
            let awaits_base = awaits_named_base(migration, &line.source, plan, policy, now);
            let waits = !migration.goes_together(line) || awaits_end(migration, plan, policy, now) || awaits_base;
            let ready = now >= *opens && !waits;
            // That a base has stopped, and that it goes on, stands in the log.
            let by_base = matches!(line.stage, Stage::NeedsAttention { cause: Cause::BaseStopped { .. }, .. });
            let stands = stands && !(by_base && awaits_base);
            if stands || stale || ready { vec![Effect::ReadFacts { line: id }] } else { Vec::new() }
        }
        Stage::Carting { .. } if line.look_is_old(policy, now) => vec![Effect::ReadFacts { line: id }],
        // Whoever was to check it out may have done so and not lived to say it.
        Stage::Buying { intent, .. } if line.look_is_old(policy, now) => {
            vec![Effect::FindOrders { line: id, intent: *intent, since }, Effect::ReadFacts { line: id }]
        }
        Stage::Buying { .. } if migration.awaits_cart(line, policy, now) => Vec::new(),
        Stage::Carting { intent } => vec![Effect::CreateCart { line: id, intent: *intent, attempt }],
        Stage::Buying { intent, cart } => {
            vec![Effect::CheckOut { line: id, intent: *intent, cart: cart.clone(), attempt }]
        }
        Stage::Doubting { intent, .. } => vec![Effect::FindOrders { line: id, intent: *intent, since }],
        Stage::Provisioning { bought, .. } if now < first_look(line, policy, bought.ordered_at) => Vec::new(),
        Stage::Provisioning { intent, bought } => match &bought.subscription {
            None => vec![Effect::FindOrders { line: id, intent: *intent, since }],
            Some(subscription) => vec![Effect::ReadDelivery { line: id, subscription: subscription.clone() }],
        },
        Stage::Reassigning { swap: Swap::Unplanned, .. } if !migration.second_stands(line) => Vec::new(),
        Stage::Reassigning { swap: Swap::Unplanned, .. } => vec![Effect::ReadHolders { line: id }],
        Stage::Reassigning { swap: Swap::Planned { waiting, batch, .. }, .. } => match batch.over() {
            Some(since) if now < services_look(plan, policy, since) => Vec::new(),
            Some(_) => {
                vec![Effect::ReadServices { line: id, users: batch.changed.iter().copied().take(SAMPLE).collect() }]
            }
            None => {
                let turn = waiting.keys().take(batch.left.min(SWAPS_AT_ONCE));
                turn.map(|user| Effect::SwapLicence { line: id, user: *user }).collect()
            }
        },
        // Only from here on, after cover is confirmed, may the source be let go.
        Stage::Covered { .. } if !migration.second_stands(line) => Vec::new(),
        Stage::Covered { .. } => vec![Effect::ReadSource { line: id, users_of: None }],
        // Whether its owner has cancelled it for the refund; once more before the end, whether it can still be spared, and after
        // it, whether it is over.
        Stage::WindingDown { .. } => {
            let ends = plan.ends.instant();
            let stands = matches!(line.stage, Stage::NeedsAttention { .. });
            let short = matches!(line.stage, Stage::NeedsAttention { cause: Cause::Shortfall { .. }, .. });
            let last_look = short || (earlier(ends, policy.renew_cutoff) <= now && now < ends);
            let cancelled = refund_look(line, plan, policy, now).is_some_and(|look| look <= now);
            let after = now >= later(ends, policy.first_check);
            let users_of = Some(plan.sku).filter(|_| after && !stands && line.beside.is_none());
            let over = migration.is_over_with(line);
            if last_look || cancelled || after || over {
                vec![Effect::ReadSource { line: id, users_of }]
            } else {
                Vec::new()
            }
        }
        Stage::Closed { .. } => {
            let stands = matches!(line.stage, Stage::NeedsAttention { .. });
            let due = stands || line.next_check(policy).is_some_and(|check| check <= now);
            let users_of = Some(plan.sku).filter(|_| !stands && line.beside.is_none());
            if due { vec![Effect::ReadSource { line: id, users_of }] } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}
