//! Whether a plan that is made again says anything new. Where it does not, the one on record stays, and what was approved stays
//! approved. Changes nothing itself.

use super::{LinePlan, Plan, Reassign, Verdict};
use crate::assess::{is_blocked, is_settled};
use crate::finding::{Finding, Severity};
use crate::ids::LineId;
use crate::migration::state::{Line, Migration, Stage};
use crate::policy::OwnPolicy;
use std::collections::BTreeMap;

/// The plan on record, where `verdicts` say what it says of every line, so that nobody has anything new to approve.
///
/// Of an approved plan lines may be missing that have been bought since, or that wait and have come to be blocked: a plan without
/// them takes nothing back. What waits for approval has to be shown as it is.
pub(super) fn on_record<'a>(migration: &'a Migration, verdicts: &BTreeMap<LineId, Verdict>) -> Option<&'a Plan> {
    let plan = migration.plan.as_ref()?;
    let approved = migration.approved == Some(plan.id);
    let mut planned = verdicts.iter().filter_map(|(id, verdict)| match verdict {
        Verdict::Planned { plan, findings } => Some((*id, &**plan, &findings[..])),
        Verdict::Blocked { .. } | Verdict::NothingToDo { .. } => None,
    });
    let says_the_same = |(id, made, findings): (LineId, &LinePlan, &[Finding])| {
        let (Some(before), Some(line)) = (plan.lines.get(&id), migration.lines.get(&id)) else { return false };
        let stands = match line.stage {
            Stage::Waiting { .. } => true,
            Stage::Ready => !approved,
            _ => false,
        };
        stands
            && is_as_before(made, before, approved)
            && changes_users_alike(made, &migration.planned_by, &migration.own)
            && findings.iter().all(|found| is_known(line, found, approved))
    };
    let whole = approved || plan.lines.keys().all(|id| matches!(verdicts.get(id), Some(Verdict::Planned { .. })));
    (whole && planned.all(says_the_same)).then_some(plan)
}

/// Whether the last assessment came to the plan on record: a line of it can still be planned, and nothing that was found keeps it
/// from that.
pub fn is_upheld(migration: &Migration) -> bool {
    let planned = |id: &LineId| {
        let line = migration.lines.get(id)?;
        let open = matches!(line.stage, Stage::Ready | Stage::Waiting { .. });
        Some(open && !is_blocked(&line.findings) && !is_settled(&line.findings))
    };
    migration.plan.as_ref().is_some_and(|plan| plan.lines.keys().filter_map(planned).any(|planned| planned))
}

/// Whether `line` waits by an approved plan that says what `made` says by the customer's `own` wishes, and nobody has anything new to
/// approve in `findings`.
pub(crate) fn still_stands(line: &Line, made: &LinePlan, findings: &[Finding], own: &OwnPolicy) -> bool {
    let before = line.plan.as_ref().filter(|_| matches!(line.stage, Stage::Waiting { .. }));
    before.is_some_and(|before| is_as_before(made, before, true))
        && changes_users_alike(made, &line.own, own)
        && findings.iter().all(|found| is_known(line, found, true))
}

/// Whether users come to the services of what `made` buys as when it was planned by `before`, and not by `now`. No plan says that of
/// a line: it is a wish, and the only one that counts after the purchase.
fn changes_users_alike(made: &LinePlan, before: &OwnPolicy, now: &OwnPolicy) -> bool {
    made.reassign == Reassign::Nothing || before.new_plans == now.new_plans
}

/// Whether `made` says what `before` says. What is bought at once is bought at a later moment each time that it is planned, and once
/// it is approved, on a later day: that is the purchase which was approved, and no more days are paid twice.
fn is_as_before(made: &LinePlan, before: &LinePlan, approved: bool) -> bool {
    let at_once = made.made == Some(made.opens) && before.opens <= made.opens;
    let over = |plan: &LinePlan| plan.made.is_some_and(|at| plan.ends.instant() <= at);
    let mut again = LinePlan { made: made.made, ..before.clone() };
    if at_once && (approved || before.day == made.day) {
        (again.day, again.opens) = (made.day, made.opens);
        (again.overlap_days, again.overlap_cost) = (made.overlap_days, made.overlap_cost);
    }
    // Of what is over, and of which nobody tells the end, that is the moment at which it is planned.
    if over(before) && over(made) {
        again.ends = made.ends;
    }
    again == *made
}

/// Whether who approves or has approved the plan of `line` has seen `found`, or need not: what only the time makes was judged when
/// it was approved.
fn is_known(line: &Line, found: &Finding, approved: bool) -> bool {
    let asks = found.severity() >= Severity::Warns || found.can_be_waived();
    let seen = |shown: &Finding| {
        let shorter = match (shown, found) {
            (Finding::OverlapTooLong { days: shown, .. }, Finding::OverlapTooLong { days, .. }) => days <= shown,
            _ => false,
        };
        shorter || shown.lets_pass(found) || found.is_made_by_time() && shown.kind() == found.kind()
    };
    !asks || approved && found.is_made_by_time() || line.shown.iter().any(seen)
}
