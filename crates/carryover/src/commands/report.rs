//! `carryover report`: the report as a file.

use super::import::cannot_write;
use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::{self, Figure, count};
use crate::summary::Summary;
use crate::tally::Calls;
use crate::{find, output};
use carryover_domain::forecast::Forecast;
use carryover_domain::policy::Policy;
use carryover_domain::report::Report;
use carryover_engine::{Known, recorded_forecast};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;

pub(super) async fn run(place: &dyn Place, out: &Path, format: Format) -> Result<Ending, Failure> {
    let known = find::all(place).await?;
    let reports = super::reports(place, &known);
    let summary = Summary::of(&reports);
    let now = place.now();
    let forecast = recorded(&known, place.policy(), now);
    let calls = place.calls();
    let figures: Vec<Figure> = calls.iter().map(|calls| figure(calls, &summary)).collect();
    write(out, &reports, &summary, &figures, forecast.as_ref(), now, "Carryover report")?;
    output::result(
        format,
        || {
            let mut text = vec![format!("{} in {}", count(reports.len(), "customer", "customers"), out.display())];
            text.extend(calls.as_ref().map(|calls| told(calls, &summary)));
            text.join("\n")
        },
        || {
            let calls = calls.as_ref();
            json!({
                "report": out, "summary": summary, "http_calls": calls.map(Calls::total),
                "http_429": calls.map(|calls| calls.throttled),
                "http_calls_each": calls.and_then(|calls| summary.calls_each_moved(calls.total())),
                "http_calls_by_operation": calls.map(|calls| &calls.by_operation),
            })
        },
    );
    Ok(Ending::Done)
}

/// The calls of all commands so far, in words.
fn told(calls: &Calls, summary: &Summary) -> String {
    let each = summary.calls_each(calls.total()).map(|each| format!(", {each}")).unwrap_or_default();
    format!("{} so far{each}", count(calls.total(), "call", "calls"))
}

fn figure(calls: &Calls, summary: &Summary) -> Figure {
    let each = summary.calls_each(calls.total());
    Figure {
        label: "Calls".to_owned(),
        value: calls.total().to_string(),
        hint: each.unwrap_or_else(|| "to Partner Center, Graph and sign-in, so far".to_owned()),
    }
}

/// The forecast as far as the logs alone tell it; none where no customer is planned.
pub(super) fn recorded(known: &[Known], policy: &Policy, now: Timestamp) -> Option<Forecast> {
    Some(recorded_forecast(known, policy, now)).filter(|forecast| !forecast.lines.is_empty())
}

/// Writes the report to `out`: as CSV or as HTML, as the ending of its name says.
pub(super) fn write(
    out: &Path,
    reports: &[Report],
    summary: &Summary,
    figures: &[Figure],
    forecast: Option<&Forecast>,
    as_of: Timestamp,
    title: &str,
) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| cannot_write(out, &error);
    let ends = |ending: &str| out.extension().is_some_and(|of| of.eq_ignore_ascii_case(ending));
    if !ends("csv") && !ends("html") {
        return Err(Failure::input(format!(
            "the report cannot be written to {}: name a file that ends in .html or in .csv",
            out.display()
        )));
    }
    let bytes = if ends("csv") {
        let mut bytes = Vec::new();
        let written = render::write_csv(reports, &mut bytes);
        written.map_err(|error| Failure::failed(format!("the report cannot be rendered: {error}")))?;
        bytes
    } else {
        let page = render::html(reports, summary, figures, forecast, as_of, title);
        page.map_err(|error| Failure::failed(format!("the report cannot be rendered: {error}")))?.into_bytes()
    };
    std::fs::write(out, bytes).map_err(cannot)
}
