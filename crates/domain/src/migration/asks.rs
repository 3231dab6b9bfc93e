//! What the owner of an old subscription is asked for: to stop it once its replacement stands, to keep it alive while that does
//! not stand (rules R7, R32, R55, R115, R116; the fail-safe's table in section L.6). Nobody is asked who can do nothing.

use super::action::{PLAN_BEFORE, window_end};
use super::fate::Fate;
use super::state::{Cause, Exit, Line, Stage};
use super::wake::late_at;
use crate::assess::{is_to_be_cancelled, may_be_extended, may_only_be_extended, must_be_ended};
use crate::facts::Standing;
use crate::finding::Finding;
use crate::ids::SubscriptionId;
use crate::plan::LinePlan;
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::program::{Owner, SourceProgram};
use crate::rules::renewal::{FailSafe, fail_safe};
use crate::rules::seats::{CancelStep, direct_cancel_steps};
use crate::time::{End, day_after, earlier, start_of};
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// What an owner is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The old subscription, where its id is known.
    pub subscription: Option<SubscriptionId>,
    /// Where it was bought, which says who can act.
    pub program: SourceProgram,
    /// The product.
    pub product: String,
}

/// How an old subscription is kept from going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Its renewal is stopped.
    Renewal,
    /// Nobody knows whether it renews: that is found out, and a renewal is stopped.
    RenewalIfOn,
    /// Its renewal is off; "cancel at end of term" is chosen, so that no paid extension follows (rules R42, R115).
    CancelAtEnd,
    /// It is cancelled at once, for the refund (rule R122).
    CancelNow {
        /// What has to be done, in order (rule R32).
        steps: &'static [CancelStep],
    },
    /// It is too late to trust a change: if it renews, it is cancelled within seven days of that.
    AfterRenewal,
    /// Its end has passed: if it goes on, it is ended.
    IfItGoesOn {
        /// Whether the seven days of a renewal at its end still run (rule R64).
        refunded: bool,
    },
}

/// How an old subscription is kept alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its renewal is on and stays so.
    RenewalOn,
    /// Its renewal is turned on, or it is renewed.
    TurnOn,
    /// As before, or it goes on as a paid extension, which can be cancelled on any day: its owner has to choose.
    TurnOnOrExtend,
    /// It was seen to have run out: it is paid for again, as the last resort (rule R54).
    Reactivate,
    /// Its end has passed and nobody has seen what became of it: its owner looks, and pays for it again where it has run out.
    LookThenReactivate {
        /// Whether we may not look ourselves (rule R88).
        out_of_sight: bool,
    },
}

/// How old a look may be upon which the renewal of what others cover is stopped: people join every day.
const COVER_SEEN_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Something that is asked of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnerActs {
    Stops(Stop),
    Keeps(Keep),
}

/// What is asked at `now` of the owner of the old subscription of `line`, where our `standing` is known, and by when; none where
/// nothing is, or nobody can.
pub(super) fn asked(
    line: &Line,
    standing: Option<&Standing>,
    policy: &Policy,
    now: Timestamp,
) -> Option<(OwnerActs, Timestamp)> {
    let source = line.judged();
    if is_covered(line) {
        if is_stopped(line) {
            return None;
        }
        let ends = line.source.end().filter(|ends| now < window_end(ends.instant()))?;
        let goes_on = is_covered_for_good(line, now) && must_be_ended(&source, ends.last_whole_day());
        let (stop, due) = stop(&source, ends, policy, now);
        return goes_on.then_some((OwnerActs::Stops(stop), due));
    }
    let plan = line.plan.as_ref()?;
    let ends = plan.ends.instant();
    let cutoff = earlier(ends, policy.renew_cutoff);
    let cause = match &line.stage {
        Stage::NeedsAttention { cause, .. } => Some(cause),
        _ => None,
    };
    // It has come over to us: its old seller has nothing to do with it any more.
    let ours = |finding: &Finding| matches!(finding, Finding::SourceIsOurs { .. });
    if matches!(cause, Some(Cause::Found(found)) if found.iter().any(ours)) {
        return None;
    }
    // Without the new subscription nothing else covers its users.
    let short = matches!(cause, Some(Cause::Shortfall { .. } | Cause::PurchaseCancelled { .. }));
    let stands = matches!(line.stage.underlying(), Stage::WindingDown { .. }) && !short;
    let open = !matches!(line.stage.underlying(), Stage::Draft | Stage::Closed { .. } | Stage::Settled { .. });
    let late =
        matches!(cause, Some(Cause::BaseStopped { .. } | Cause::NoFreeUnits { .. })) && now >= late_at(plan, policy);
    let urgent = now >= cutoff
        || short
        || late
        || matches!(cause, Some(Cause::CustomerLate | Cause::DeliveryLate | Cause::SwapLate));
    match &line.stage {
        Stage::WindingDown { exit: Exit::OwnerActs, .. } => {
            let (stop, due) = match cancel(line, plan, now) {
                Some(cancel) => cancel,
                None => stop(&source, plan.ends, policy, now),
            };
            Some((OwnerActs::Stops(stop), due))
        }
        _ if !stands && open && now >= ends => {
            // Where it is bought at once, what is over already has that time first. What was bought and cancelled may have been so
            // because the old one goes on.
            let last_resort = !matches!(cause, Some(Cause::PurchaseCancelled { .. }))
                && source.program.can_be_reactivated()
                && now >= late_at(plan, policy);
            let keep = match line.fate(now)? {
                Fate::Over => Keep::Reactivate,
                // It serves its users.
                Fate::GoesOn => return None,
                Fate::Unseen => Keep::LookThenReactivate { out_of_sight: line.is_out_of_sight(standing) },
            };
            last_resort.then_some((OwnerActs::Keeps(keep), ends))
        }
        _ if !stands && open && urgent && source.program.owner() != Owner::Nobody => {
            let extends = may_be_extended(&source, plan.ends.last_whole_day());
            let keep = match fail_safe(false, source.auto_renew, ends.duration_since(now), policy.renew_cutoff).ok()? {
                FailSafe::KeepAutoRenewOn => Keep::RenewalOn,
                _ if extends => Keep::TurnOnOrExtend,
                _ => Keep::TurnOn,
            };
            Some((OwnerActs::Keeps(keep), cutoff))
        }
        _ => None,
    }
}

/// Whether the owner of the old subscription of `line`, which others cover, is asked to stop it.
pub(super) fn asks_to_stop(line: &Line, policy: &Policy, now: Timestamp) -> bool {
    is_covered(line) && matches!(asked(line, None, policy, now), Some((OwnerActs::Stops(_), _)))
}

/// Whether what others cover does not go on: somebody has said that it is stopped and no look has shown it renewed, or the last
/// look has shown that it is over.
pub(crate) fn is_stopped(line: &Line) -> bool {
    let told = line.source.last_day();
    let renewed = |finding: &Finding| matches!(finding, Finding::EndDateConflict { told: seen, .. } if told.is_some_and(|told| *seen > told));
    let over = |finding: &Finding| matches!(finding, Finding::SourceInGrace { .. } | Finding::SourceDisabled { .. });
    line.stopped.is_some() && !line.findings.iter().any(renewed) || line.findings.iter().any(over)
}

/// Whether nothing is bought for `line` because others cover its users, as far as was seen when it was assessed.
pub(super) fn is_covered(line: &Line) -> bool {
    line.stage == Stage::NothingToDo && line.findings.iter().any(|one| matches!(one, Finding::AlreadyCovered { .. }))
}

/// Whether that was seen shortly before the end, and where it has to be ended, so lately that it may be stopped upon it (rules R48,
/// R115).
pub(super) fn is_covered_for_good(line: &Line, now: Timestamp) -> bool {
    let Some((assessed, ends)) = line.assessed.zip(line.source.end()) else { return false };
    let ends_by_itself = is_stopped(line) || !must_be_ended(&line.judged(), ends.last_whole_day());
    let is_fresh = assessed >= earlier(now, COVER_SEEN_MAX) || ends_by_itself;
    is_covered(line) && assessed >= earlier(ends.instant(), PLAN_BEFORE) && is_fresh
}

/// How the old subscription of `line` is cancelled for its refund, where there is one, and by when. Once there is none any more, it
/// serves until its end, which has been paid for.
fn cancel(line: &Line, plan: &LinePlan, now: Timestamp) -> Option<(Stop, Timestamp)> {
    let source = &line.source;
    let limited = line.judged().program != SourceProgram::DirectMca;
    let steps = if limited { direct_cancel_steps(source.seats) } else { &[CancelStep::Cancel][..] };
    // The refund shrinks by the day.
    is_to_be_cancelled(line, plan, now).then(|| (Stop::CancelNow { steps }, start_of(day_after(plan.day))))
}

/// How `source`, which `end`s so, is stopped once its users are covered without it at `now`, and by when.
pub(crate) fn stop(source: &SourceLine, end: End, policy: &Policy, now: Timestamp) -> (Stop, Timestamp) {
    let ends = end.instant();
    let (cutoff, closes) = (earlier(ends, policy.renew_cutoff), window_end(ends));
    if now >= ends {
        return (Stop::IfItGoesOn { refunded: now < closes }, closes);
    }
    if may_only_be_extended(source, end.last_whole_day()) {
        return (Stop::CancelAtEnd, cutoff);
    }
    match fail_safe(true, source.auto_renew, ends.duration_since(now), policy.renew_cutoff) {
        Ok(FailSafe::AskToConfirmRenewalSetting) => (Stop::RenewalIfOn, cutoff),
        // By the safe reading of seven days, from a renewal at the end.
        Ok(FailSafe::LetItRenewThenCancelInWindow) | Err(_) => (Stop::AfterRenewal, closes),
        Ok(_) => (Stop::Renewal, cutoff),
    }
}

/// Who can act, in which role (rule R7).
fn who(program: SourceProgram) -> &'static str {
    match program {
        SourceProgram::DirectMca => "an owner or contributor of the customer's billing account or billing profile",
        SourceProgram::Advisor => {
            "the customer's billing administrator (under the Microsoft Customer Agreement an owner or contributor of its billing account)"
        }
        SourceProgram::DirectMosa | SourceProgram::Trial | SourceProgram::NonprofitGrant => {
            "the customer's billing administrator"
        }
        SourceProgram::LegacyCsp | SourceProgram::NceOtherPartner => "the partner that sold it",
        SourceProgram::LegacyCspOurs => "our own admin or sales agent",
        SourceProgram::SelfService => "the user who bought it or an administrator who takes it over",
        SourceProgram::Open | SourceProgram::Ea | SourceProgram::Mpsa => "nobody",
    }
}

/// Where that is done.
fn place(program: SourceProgram) -> &'static str {
    match program.owner() {
        Owner::Customer | Owner::BuyingUser | Owner::Nobody => {
            "in the Microsoft 365 admin centre under Billing, Your products"
        }
        Owner::OtherPartner | Owner::Ourselves => "in Partner Center",
    }
}

/// `by` in a sentence.
pub(super) fn stop_text(f: &mut fmt::Formatter<'_>, ask: &Ask, by: Stop) -> fmt::Result {
    let Ask { program, product, .. } = ask;
    let (who, place) = (who(*program), place(*program));
    match by {
        Stop::Renewal => {
            write!(
                f,
                "ask {who} to stop the renewal of {product} (\"cancel at end of term\" where that exists), {place}"
            )
        }
        Stop::RenewalIfOn => write!(
            f,
            "ask {who} whether {product} renews, and to stop that (\"cancel at end of term\" where that exists), {place}"
        ),
        Stop::CancelAtEnd => write!(
            f,
            "ask {who} to choose \"cancel at end of term\" for {product}, {place}: its renewal is off, and a paid extension would follow"
        ),
        Stop::CancelNow { steps } => {
            let reduce = steps.contains(&CancelStep::ReduceTo25OrFewer);
            let first = if reduce { "to reduce its seats to 25 or fewer, or ask support, and then " } else { "" };
            write!(
                f,
                "ask {who} {first}to cancel {product} now, for the refund, {place}: the new subscription stands. Domains and data stay as they are"
            )
        }
        Stop::IfItGoesOn { refunded } => {
            let refund = if refunded {
                "what it has paid comes back in part within seven days of a renewal"
            } else {
                "the seven days for a refund of a renewal have passed"
            };
            write!(
                f,
                "the planned last day of {product} has passed: if it goes on all the same, ask {who} to end it, {place}; {refund}"
            )
        }
        Stop::AfterRenewal => write!(
            f,
            "it is too late to trust a change of the renewal of {product}: let it renew, and if it has, ask {who} to cancel it within seven days, {place}"
        ),
    }
}

/// `how` in a sentence.
pub(super) fn keep_text(f: &mut fmt::Formatter<'_>, ask: &Ask, how: Keep) -> fmt::Result {
    let Ask { program, product, .. } = ask;
    let (who, place) = (who(*program), place(*program));
    let what = match how {
        Keep::RenewalOn => "leave the renewal on",
        Keep::TurnOn => "turn the renewal on, or renew,",
        Keep::TurnOnOrExtend => "turn the renewal on, or choose the extended term,",
        Keep::LookThenReactivate { out_of_sight } => {
            write!(
                f,
                "ask {who} whether {product}, whose planned last day has passed, has renewed or run out, {place}: nobody has seen that here. Where it has run out, it is reactivated as the last resort, for its replacement does not stand yet: a new paid term begins, which can be cancelled within seven days"
            )?;
            return f.write_str(if out_of_sight {
                ". We cannot look ourselves before the customer's administrator lets us into the tenant"
            } else {
                ""
            });
        }
        Keep::Reactivate => {
            return write!(
                f,
                "ask {who} to reactivate {product}, {place}, as the last resort: it has run out, and its replacement does not stand yet. A new paid term begins, which can be cancelled within seven days"
            );
        }
    };
    write!(f, "ask {who} to {what} for {product}, {place}: its replacement does not stand yet")
}
