//! What a person answers for a line: whether it fits where the line stands, and if not, why not now and what to do instead.

use crate::ids::LineId;
use crate::migration::asks::asks_to_stop;
use crate::migration::event::{Answer, Event};
use crate::migration::input::Rejection;
use crate::migration::state::{Cause, Ending, Exit, Line, Migration, Stage};
use crate::plan::may_be_taken_back;
use crate::policy::Policy;
use crate::time::utc_day;
use jiff::Timestamp;

const NO_ANSWER: &str = "no answer is needed: `carryover status` shows what waits for a person";

/// What is recorded of the `answer` of the person `by`.
///
/// # Errors
/// [`Rejection`] where it does not fit.
pub(super) fn resolve(
    migration: &Migration,
    id: LineId,
    answer: Answer,
    by: String,
    now: Timestamp,
    policy: &Policy,
) -> Result<Vec<Event>, Rejection> {
    let line = migration.lines.get(&id).ok_or(Rejection::UnknownLine { line: id })?;
    if fits(line, answer, policy, now) {
        return Ok(vec![Event::Resolved { line: id, answer, by }]);
    }
    let instead = instead(line, answer);
    Err(Rejection::AnswerDoesNotFit { line: id, answer, stands: stands(&line.stage), instead })
}

fn fits(line: &Line, answer: Answer, policy: &Policy, now: Timestamp) -> bool {
    let cause = match &line.stage {
        Stage::NeedsAttention { cause, .. } => Some(cause),
        _ => None,
    };
    match (answer, cause) {
        (Answer::GoOn, Some(cause)) => !matches!(cause, Cause::WindowMissed | Cause::PurchaseCancelled { .. }),
        (Answer::GoOn, None) => line.to_look_at().next().is_some(),
        (Answer::PlanAgain, Some(Cause::PurchaseCancelled { .. })) => true,
        (Answer::PlanAgain | Answer::RenewalStopped, Some(Cause::SourceRenewed { .. })) => false,
        (Answer::PlanAgain, Some(_)) => may_be_taken_back(line.stage.underlying()),
        (Answer::PlanAgain, None) => matches!(line.stage, Stage::Settled { how: Ending::OldKept { .. } }),
        (Answer::RenewalStopped, _) => match &line.stage {
            Stage::NothingToDo => asks_to_stop(line, policy, now),
            stage => matches!(stage, Stage::WindingDown { exit: Exit::OwnerActs, .. }),
        },
        (Answer::OldKept, cause) => matches!(cause, Some(Cause::PurchaseCancelled { .. })),
    }
}

/// Where a line in `stage` stands, as the end of a sentence about it.
fn stands(stage: &Stage) -> String {
    let text = match stage {
        // Its words may name users, whom not everybody is told.
        Stage::NeedsAttention { cause, .. } => return format!("has stopped ({})", cause.code()),
        Stage::Waiting { opens } => return format!("is planned for {}", utc_day(*opens)),
        Stage::WindingDown { exit: Exit::OwnerConfirmed { by }, .. } => {
            return format!("is bought, and {by} has answered already that the old renewal is stopped");
        }
        Stage::Draft => "has no plan yet",
        Stage::Blocked => "cannot be planned yet",
        Stage::NothingToDo => "needs no purchase",
        Stage::Ready => "has a plan that nobody has approved yet",
        Stage::Carting { .. } | Stage::Buying { .. } | Stage::Doubting { .. } => "is being bought at this time",
        Stage::Provisioning { .. } => "is bought, and its licences have not arrived yet",
        Stage::Reassigning { .. } => "is bought, and its users are changing licence",
        Stage::Covered { .. } => "is bought, and its old subscription is still needed",
        Stage::WindingDown { exit: Exit::OwnerActs, .. } => {
            "is bought, and its owner is asked to end the old subscription"
        }
        Stage::WindingDown { exit: Exit::LetExpire, .. } => "is bought, and its old subscription ends by itself",
        Stage::Closed { .. } => "is done",
        Stage::Settled { how: Ending::CameOver { .. } } => "is done: its old subscription has come over to us",
        Stage::Settled { how: Ending::OldKept { .. } } => "is done: its old subscription was kept",
    };
    text.to_owned()
}

/// What to do instead of `answer`, which does not fit where `line` stands.
fn instead(line: &Line, answer: Answer) -> &'static str {
    match (answer, &line.stage) {
        (Answer::GoOn, Stage::NeedsAttention { cause: Cause::PurchaseCancelled { .. }, .. }) => {
            "answer plan-again to buy anew, or old-kept where the old subscription stays"
        }
        (Answer::GoOn, Stage::NeedsAttention { .. }) => {
            "nothing is bought after the end without a new plan: answer plan-again, then plan and approve"
        }
        (_, Stage::NeedsAttention { cause: Cause::SourceRenewed { .. }, .. }) if answer != Answer::OldKept => {
            "the old subscription has renewed, which no answer changes: have its owner cancel it, or cancel the new one in Partner Center; once either is seen, work goes on by itself"
        }
        (Answer::PlanAgain, Stage::NeedsAttention { back_to, .. }) => already_ordered(back_to),
        (
            Answer::PlanAgain,
            Stage::Draft | Stage::Blocked | Stage::NothingToDo | Stage::Ready | Stage::Waiting { .. },
        ) => "nothing has to be taken back: `carryover plan` makes a new plan of it, which then has to be approved",
        (Answer::RenewalStopped, _) if line.beside.is_some() => {
            "it is a second licence and replaces no old subscription: answer for the line beside which it stands"
        }
        (Answer::RenewalStopped, stage) => too_early_or_late(stage),
        (Answer::OldKept, stage) => not_cancelled(stage.underlying()),
        (Answer::GoOn, Stage::Draft | Stage::Blocked) => {
            "`carryover status` shows what is to be done; then `carryover plan`"
        }
        (Answer::GoOn, Stage::Ready) => "approve it with `carryover approve`",
        (Answer::GoOn | Answer::PlanAgain, Stage::NothingToDo | Stage::Closed { .. } | Stage::Settled { .. }) => {
            "there is nothing to answer"
        }
        (Answer::GoOn | Answer::PlanAgain, _) => NO_ANSWER,
    }
}

/// Why what may be ordered is not planned again, and what to do about it.
fn already_ordered(stage: &Stage) -> &'static str {
    match stage {
        Stage::Buying { .. } | Stage::Doubting { .. } => {
            "it may be ordered already, and a new plan could buy it twice: settle what stopped it, then answer go-on"
        }
        _ => {
            "it is bought, and a new plan would buy it twice: settle what stopped it, then answer go-on; to undo the purchase cancel the new subscription in Partner Center, then `carryover assess`"
        }
    }
}

/// Why nobody's word that the renewal is stopped is taken for a line in `stage`, and what to do.
fn too_early_or_late(stage: &Stage) -> &'static str {
    match stage.underlying() {
        Stage::NothingToDo => {
            "its owner is not asked to stop anything now: `carryover assess` looks whether other subscriptions still cover its users"
        }
        Stage::WindingDown { exit: Exit::OwnerConfirmed { .. } | Exit::LetExpire, .. } => {
            "nobody has to stop anything; its end is looked at by itself"
        }
        Stage::WindingDown { exit: Exit::OwnerActs, .. } => "settle that first, then answer renewal-stopped",
        Stage::Closed { .. } | Stage::Settled { .. } => "nobody has to stop anything any more",
        _ => {
            "nothing may be stopped before the new subscription covers all users: where the old renewal is off and can be turned on, have that done while it serves; its owner is asked once it may be stopped"
        }
    }
}

/// Why the old subscription of a line in `stage` is not said to be kept, and what to do.
fn not_cancelled(stage: &Stage) -> &'static str {
    if stage.has_arrived() || matches!(stage, Stage::Provisioning { .. }) {
        return "its new subscription was not seen to be cancelled: cancel it in Partner Center, then `carryover assess`, which looks at once";
    }
    match stage {
        Stage::Settled { .. } => "there is nothing to answer",
        Stage::Buying { .. } | Stage::Doubting { .. } => {
            "whether it is ordered has to be known first: wait for that, then cancel the new subscription in Partner Center"
        }
        _ => "nothing is bought for it that could be cancelled, so the old subscription stays as it is",
    }
}
