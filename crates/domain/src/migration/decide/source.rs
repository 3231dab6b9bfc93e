//! The old subscription: whether it can be spared, and whether it is over.

use super::{going_on, moving, needs};
use crate::aftermath::{Services, told};
use crate::assess::{fitting_sources, must_be_ended};
use crate::facts::{HeldStatus, HeldSubscription, Tenancy};
use crate::ids::{LineId, SkuId, SubscriptionId};
use crate::migration::action::window_end;
use crate::migration::event::Event;
use crate::migration::state::{Cause, Ending, Exit, Line, Migration, Stage};
use crate::plan::{LinePlan, Route, SourceEnd};
use crate::policy::Policy;
use crate::portfolio::{Renewal, SourceLine};
use crate::time::{End, day_before, earlier, later, utc_day};
use jiff::{SignedDuration, Timestamp};

/// An end that lies more than this behind the planned one is a renewal, not a correction (rule R46).
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the tenant says about the old subscription.
pub(super) fn seen(
    migration: &Migration,
    id: LineId,
    tenancy: &Tenancy,
    services: Option<&Services>,
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
    if let Some(subscription) = cancelled_anew(migration, line, tenancy) {
        return withdrawn(migration, id, line, plan, subscription, tenancy);
    }
    if matches!(line.stage, Stage::NeedsAttention { cause: Cause::PurchaseCancelled { .. }, .. }) {
        return recovered_purchase(migration, id, line, tenancy).into_iter().collect();
    }
    match line.stage.underlying() {
        Stage::Covered { .. } if !migration.second_stands(line) => Vec::new(),
        Stage::Covered { .. } => match spare(migration, line, tenancy) {
            Ok(()) => going_on(id, line, vec![released(id, line)]),
            Err(shortfall) if now >= earlier(ends, policy.renew_cutoff) => {
                needs(id, line, shortfall).into_iter().collect()
            }
            Err(_) => Vec::new(),
        },
        Stage::WindingDown { .. }
            if now < ends && !given_back(migration, line, plan, tenancy) && !migration.is_over_with(line) =>
        {
            match spare(migration, line, tenancy) {
                Err(shortfall) => needs(id, line, shortfall).into_iter().collect(),
                Ok(()) => recovered(id, line).into_iter().collect(),
            }
        }
        Stage::WindingDown { .. } => {
            let held = match fitting_sources(migration, &line.source, tenancy).as_slice() {
                [] => None,
                [one] => Some((&one.status, one.next_lifecycle)),
                // Nobody can tell which of them it is, so nothing says that it is over.
                _ => return Vec::new(),
            };
            match held {
                Some((HeldStatus::Enabled, Some(until))) if until > later(ends, A_DAY) => {
                    needs(id, line, renewed(line, ends, until)).into_iter().collect()
                }
                Some((HeldStatus::Enabled | HeldStatus::Other(_), _)) => Vec::new(),
                None
                | Some((
                    HeldStatus::Warning | HeldStatus::Suspended | HeldStatus::Deleted | HeldStatus::LockedOut,
                    _,
                )) => match uncovered(&[line.source.sku, plan.sku], tenancy) {
                    Some(shortfall) => needs(id, line, shortfall).into_iter().collect(),
                    None => {
                        let found = told(line, tenancy, services, false);
                        let over = [Event::SourceEnded { line: id }, Event::EndChecked { line: id, at: now, found }];
                        going_on(id, line, over.into())
                    }
                },
            }
        }
        Stage::Closed { .. } => {
            let stands = matches!(line.stage, Stage::NeedsAttention { .. });
            if !stands && line.next_check(policy).is_none_or(|check| check > now) {
                return Vec::new();
            }
            let found = come_back(migration, line, ends, tenancy).or(uncovered(&[line.source.sku, plan.sku], tenancy));
            match found {
                Some(cause) => needs(id, line, cause).into_iter().collect(),
                None => {
                    let found = told(line, tenancy, services, line.is_last_check(policy, now));
                    going_on(id, line, vec![Event::EndChecked { line: id, at: now, found }])
                }
            }
        }
        _ => Vec::new(),
    }
}

/// The new subscription of `line`, where the tenant shows that it was cancelled after it had arrived (rules R47, R126). One that is
/// only suspended is still paid for (rule R37).
pub(super) fn cancelled_anew<'a>(
    migration: &Migration,
    line: &'a Line,
    tenancy: &Tenancy,
) -> Option<&'a SubscriptionId> {
    let bought = line.bought().filter(|_| line.stage.underlying().has_arrived())?;
    let held = migration.shown_new(line, tenancy)?;
    matches!(held.status, HeldStatus::LockedOut | HeldStatus::Deleted).then_some(bought)
}

/// A person is needed for each line whose new subscription was cancelled, as `tenancy` shows.
pub(super) fn cancelled(migration: &Migration, tenancy: &Tenancy) -> Vec<Event> {
    let stopped = |(id, line): (&LineId, &Line)| {
        let subscription = cancelled_anew(migration, line, tenancy)?.clone();
        needs(*id, line, Cause::PurchaseCancelled { subscription })
    };
    migration.lines.iter().filter_map(stopped).collect()
}

/// The new subscription was cancelled: where the old one has renewed and covers its users it is kept, and else a person has to say
/// what is to become of the line.
fn withdrawn(
    migration: &Migration,
    id: LineId,
    line: &Line,
    plan: &LinePlan,
    subscription: &SubscriptionId,
    tenancy: &Tenancy,
) -> Vec<Event> {
    let let_go = matches!(line.stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. });
    let goes_on = |held: &&HeldSubscription| {
        let later_end = held.next_lifecycle.is_some_and(|until| until > later(plan.ends.instant(), A_DAY));
        held.status == HeldStatus::Enabled && later_end
    };
    let renewed = matches!(fitting_sources(migration, &line.source, tenancy)[..], [held] if goes_on(&held));
    if let_go && renewed && uncovered(&[line.source.sku, plan.sku], tenancy).is_none() {
        let kept = Event::Settled { line: id, how: Ending::OldKept { by: None } };
        return going_on(id, line, vec![kept]);
    }
    needs(id, line, Cause::PurchaseCancelled { subscription: subscription.clone() }).into_iter().collect()
}

/// The new subscription serves after all.
fn recovered_purchase(migration: &Migration, id: LineId, line: &Line, tenancy: &Tenancy) -> Option<Event> {
    let held = migration.shown_new(line, tenancy)?;
    (held.status == HeldStatus::Enabled).then_some(Event::AttentionCleared { line: id })
}

/// Whether the tenant shows that the owner has cancelled, before its end, what was to be given back for money (rules R36, R122).
/// One that is disabled may as well be suspended for another reason, and then nothing is given back and it may serve again: it
/// counts once somebody has said that it is cancelled.
fn given_back(migration: &Migration, line: &Line, plan: &LinePlan, tenancy: &Tenancy) -> bool {
    let confirmed = matches!(line.stage.underlying(), Stage::WindingDown { exit: Exit::OwnerConfirmed { .. }, .. });
    let cancelled = |status: &HeldStatus| match status {
        HeldStatus::LockedOut | HeldStatus::Deleted => true,
        HeldStatus::Suspended => confirmed,
        HeldStatus::Enabled | HeldStatus::Warning | HeldStatus::Other(_) => false,
    };
    let fitting = fitting_sources(migration, &line.source, tenancy);
    plan.source_end == SourceEnd::OwnerCancels && matches!(fitting[..], [held] if cancelled(&held.status))
}

/// A source that was over and is served again, where it was not cancelled early until a later end: somebody has renewed it
/// after all (rules R116, R125).
fn come_back(migration: &Migration, line: &Line, ends: Timestamp, tenancy: &Tenancy) -> Option<Cause> {
    let fitting = fitting_sources(migration, &line.source, tenancy);
    let [held] = fitting[..] else { return None };
    let early = line.over.is_some_and(|over| over < ends);
    let until = held.next_lifecycle.filter(|until| early || *until > later(ends, A_DAY))?;
    (held.status == HeldStatus::Enabled).then(|| renewed(line, ends, until))
}

/// The source has renewed at `ends`, or was reactivated on a day that nobody can tell: either subscription can be cancelled while its
/// own seven days run (rules R54, R64, R113).
fn renewed(line: &Line, ends: Timestamp, until: Timestamp) -> Cause {
    let last_day = |opened: Timestamp| day_before(utc_day(window_end(opened)));
    let new_by = line.purchases.last().map(|purchase| last_day(purchase.ordered_at));
    let old_by = (!line.was_over()).then(|| last_day(ends));
    Cause::SourceRenewed { until, old_by, new_by }
}

/// Whether the pool can spare the old subscription: what stays enabled covers all that is in use (fact sheet 21.3).
///
/// Nothing stays that goes as well (rule R99): what was let go before, what other lines have replaced already, and what ends by
/// itself before this one does. Users of a line that is late may need these seats until they have others.
pub(super) fn spare(migration: &Migration, line: &Line, tenancy: &Tenancy) -> Result<(), Cause> {
    let source = &line.source;
    // A second licence leaves nothing.
    if line.beside.is_some() {
        return Ok(());
    }
    let pool = tenancy.pool(source.sku);
    let goes = |line: &&Line| {
        line.source.id == source.id
            || matches!(line.stage.underlying(), Stage::Covered { .. } | Stage::WindingDown { .. })
    };
    let of_it = || migration.leaving().filter(|line| line.source.sku == source.sku);
    // What was let go before was so upon seats that may be these: they are spared until that is over, too.
    let until = of_it().filter(goes).filter_map(end_of).max();
    let leaving = of_it().filter(|line| goes(line) || ends_by_itself(line) && end_of(line) <= until);
    let leaving: u32 = leaving.map(|line| serving(migration, &line.source, tenancy)).fold(0, u32::saturating_add);
    // Seats that another line has bought for users who still have another licence cover nobody else: these are about to come.
    let lines = migration.lines.values();
    let arriving: u32 = lines.map(|line| arriving(migration, line, source.sku, tenancy)).fold(0, u32::saturating_add);
    let pool_after = pool.enabled.saturating_sub(leaving).saturating_sub(arriving);
    if pool.consumed <= pool_after { Ok(()) } else { Err(Cause::Shortfall { consumed: pool.consumed, pool_after }) }
}

/// Users of another licence who will change to seats of `sku` that `line` has bought for them and that the pool shows, or that the
/// pool has to spare for them.
fn arriving(migration: &Migration, line: &Line, sku: SkuId, tenancy: &Tenancy) -> u32 {
    if line.source.sku == sku && migration.draws_on_spare(line) {
        return migration.to_come(line);
    }
    let shown = || migration.shown_new(line, tenancy).is_some_and(|held| held.status == HeldStatus::Enabled);
    let for_others = line.beside.is_some() || line.source.sku != sku;
    let bought = for_others && line.plan.as_ref().is_some_and(|plan| plan.sku == sku) && shown();
    if bought { migration.to_come(line) } else { 0 }
}

/// When the old subscription of a line ends, as planned or as told.
fn end_of(line: &Line) -> Option<End> {
    line.plan.as_ref().map(|plan| plan.ends).or_else(|| line.source.end())
}

/// Whether the old subscription may end without anybody's doing.
fn ends_by_itself(line: &Line) -> bool {
    !line.judged().program.can_renew() || line.source.auto_renew != Renewal::On
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

/// The old subscription may go: by itself, or by its owner's hand, who stops the renewal or an extension, or cancels for the
/// refund.
pub(super) fn released(id: LineId, line: &Line) -> Event {
    let cancels = line.plan.as_ref().is_some_and(|plan| plan.source_end == SourceEnd::OwnerCancels);
    // Planned when it was seen to have ended, or to be a trial that ends by itself.
    let runs_out =
        line.plan.as_ref().is_some_and(|plan| plan.route == Route::BuyNow && plan.source_end == SourceEnd::RunsOut);
    let goes_on = |end: End| must_be_ended(&line.judged(), end.last_whole_day());
    let goes_on = end_of(line).map_or(line.judged().may_renew(), goes_on);
    // Of a second licence nobody owns an old one.
    let acts = line.beside.is_none() && (cancels || goes_on && !runs_out);
    let exit = if acts { Exit::OwnerActs } else { Exit::LetExpire };
    Event::SourceReleased { line: id, exit }
}

/// A shortfall that was seen before is gone.
fn recovered(id: LineId, line: &Line) -> Option<Event> {
    let short = matches!(&line.stage, Stage::NeedsAttention { cause: Cause::Shortfall { .. }, .. });
    short.then_some(Event::AttentionCleared { line: id })
}
