//! When a migration is to be looked at again. Derived from state; no timer is kept anywhere else.

use super::owed::{is_moving, may_sell};
use super::state::{Cause, Line, Migration, Stage};
use crate::plan::{LinePlan, Route};
use crate::policy::Policy;
use crate::time::{earlier, later};
use jiff::{SignedDuration, Timestamp};

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
        Stage::Waiting { .. } if !may_sell(migration) => poll(policy.standing_poll),
        Stage::Waiting { opens } if now < *opens && stands => poll(policy.standing_poll).min(*opens),
        Stage::Waiting { opens } if now < *opens => {
            let next = line.compared.map(|at| later(at, policy.recheck)).filter(|next| *next > now);
            next.unwrap_or_else(|| poll(policy.delivery_poll)).min(*opens)
        }
        Stage::Carting { .. } | Stage::Buying { .. } | Stage::Reassigning { .. } => {
            line.quiet_until.filter(|until| *until > now).unwrap_or_else(|| poll(policy.retry_pause))
        }
        Stage::Waiting { .. } | Stage::Doubting { .. } | Stage::Provisioning { .. } => poll(policy.delivery_poll),
        Stage::Covered { .. } => poll(policy.delivery_poll),
        Stage::WindingDown { .. } if short => poll(policy.first_check),
        Stage::WindingDown { .. } => [earlier(ends, policy.renew_cutoff), later(ends, policy.first_check)]
            .into_iter()
            .find(|look| *look > now)
            .unwrap_or_else(|| poll(policy.source_poll)),
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
