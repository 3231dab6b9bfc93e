//! `carryover resolve`: a person's answer for one line.

use crate::cli::{Answer, Format};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::{find, output};
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
    let known = place.resolve(&known, line, answer, &by).await?;
    let stage = known.migration.lines.get(&line).map_or("unknown", |line| line.stage.word());
    output::result(
        format,
        || format!("line {line} is now {stage}"),
        || json!({ "line": line.to_string(), "stage": stage }),
    );
    Ok(Ending::Done)
}
