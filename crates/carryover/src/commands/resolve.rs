//! `carryover resolve`: a person's answer for one line.

use crate::cli::{Answer, Format};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::hung;
use crate::{find, output, render};
use carryover_domain::ids::LineId;
use carryover_domain::migration::state::{Exit, Stage};
use carryover_engine::Known;
use serde_json::json;

pub(super) async fn run(
    place: &dyn Place,
    line: &str,
    answer: Answer,
    by: Option<&str>,
    format: Format,
) -> Result<Ending, Failure> {
    let by = place.who(by)?;
    let (known, line) = find::line(place, line).await?;
    let answer = match answer {
        Answer::GoOn => carryover_domain::Answer::GoOn,
        Answer::PlanAgain => carryover_domain::Answer::PlanAgain,
        Answer::RenewalStopped => carryover_domain::Answer::RenewalStopped,
        Answer::OldKept => carryover_domain::Answer::OldKept,
    };
    if let (carryover_domain::Answer::RenewalStopped, Some(first)) = (answer, stopped(&known, line)) {
        return Err(Failure::input(format!("{first} has answered already that the renewal of line {line} is stopped")));
    }
    let known = place.resolve(&known, line, answer, &by).await?;
    let stage = known.migration.lines.get(&line).map_or("unknown", |line| line.stage.word());
    output::result(
        format,
        || {
            let report = known.report(place.policy(), place.now());
            let stands = report.lines.iter().find(|report| report.line == line);
            let stands = stands.map_or_else(|| "unknown".to_owned(), render::stands);
            hung("", &format!("line {line} is now {stands}")).join("\n")
        },
        || json!({ "line": line.to_string(), "stage": stage }),
    );
    Ok(Ending::Done)
}

/// Who has said already that the renewal of `line` is stopped.
fn stopped(known: &Known, line: LineId) -> Option<&str> {
    let line = known.migration.lines.get(&line)?;
    match &line.stage {
        Stage::WindingDown { exit: Exit::OwnerConfirmed { by }, .. } => Some(by),
        Stage::NothingToDo => line.stopped.as_deref(),
        _ => None,
    }
}
