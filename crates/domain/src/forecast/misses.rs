//! What cannot make its date, and why. Named, never mended here: each needs a person's decision.

use super::budget::Work;
use super::line::{LineForecast, Standing, Who};
use crate::finding::{Finding, FindingKind, count};
use crate::ids::LineId;
use crate::migration::state::{Line, Stage};
use crate::time::utc_day;
use jiff::civil::Date;

/// One thing that cannot make its date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The reason in a word: the code of a finding or of what stopped the line, `TOO_MANY_CUSTOMERS` or `SWAP_TOO_LATE`.
    pub code: &'static str,
    /// The reason in a sentence.
    pub text: String,
    /// Whose it is.
    pub who: Who,
    /// The line; none where it is the customer's day as a whole.
    pub line: Option<LineId>,
    /// The date that is missed: the last day of the old subscription, or the planned day that is overfull or beyond our credit.
    pub day: Option<Date>,
}

impl Miss {
    pub(super) fn order(&self) -> (bool, Option<Date>, &Who, Option<LineId>, &'static str) {
        (self.day.is_none(), self.day, &self.who, self.line, self.code)
    }
}

/// What `findings` of `line` say about its date.
pub(super) fn of_findings(line: &LineForecast, findings: &[Finding]) -> Vec<Miss> {
    let miss = |finding: &Finding| Miss {
        code: finding.code(),
        text: finding.to_string(),
        who: line.who.clone(),
        line: Some(line.line),
        day: line.old_end,
    };
    match line.standing {
        Standing::Blocked => findings.first().filter(|_| line.old_end.is_some()).map(miss).into_iter().collect(),
        Standing::Planned | Standing::UnderWay if !line.bought => {
            let late = |finding: &&Finding| {
                matches!(
                    finding.kind(),
                    FindingKind::LeadTooShort
                        | FindingKind::MarginTooSmall
                        | FindingKind::Gap
                        | FindingKind::SourceInGrace
                        | FindingKind::SourceDisabled
                        | FindingKind::SuspendedSource
                )
            };
            findings.iter().filter(late).map(miss).collect()
        }
        _ => Vec::new(),
    }
}

/// A line that has stopped.
pub(super) fn of_stop(forecast: &LineForecast, line: &Line) -> Option<Miss> {
    let Stage::NeedsAttention { cause, .. } = &line.stage else { return None };
    let (who, line, day) = (forecast.who.clone(), Some(forecast.line), forecast.old_end);
    Some(Miss { code: cause.code(), text: cause.to_string(), who, line, day })
}

/// Lines whose users cannot all have their new licence so long before the end as the margin wants, whatever is done (rule R114).
pub(super) fn late_swaps(lines: &[LineForecast], work: &Work) -> Vec<Miss> {
    let late = |line: &&LineForecast| {
        let moved = work.moved(line).zip(line.late);
        line.is_open() && line.swaps > 0 && moved.is_some_and(|(moved, late)| moved > late)
    };
    let miss = |line: &LineForecast| Miss {
        code: "SWAP_TOO_LATE",
        text: match work.moved(line) {
            Some(moved) => format!(
                "the licences of {} cannot be swapped in time: the request budgets and the looks between groups of users admit the last one on {}",
                count(line.swaps, "user", "users"),
                utc_day(moved)
            ),
            None => "the licences cannot be swapped in time".to_owned(),
        },
        who: line.who.clone(),
        line: Some(line.line),
        day: line.old_end,
    };
    lines.iter().filter(late).map(miss).collect()
}
