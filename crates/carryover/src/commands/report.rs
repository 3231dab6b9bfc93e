//! `carryover report`: the report as a file.

use super::import::cannot_write;
use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::render::{self, Figure};
use crate::summary::Summary;
use crate::wiring::Office;
use crate::{find, output};
use carryover_domain::forecast::Forecast;
use carryover_domain::policy::Policy;
use carryover_domain::report::Report;
use carryover_engine::{Known, recorded_forecast};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;

pub(super) async fn run(office: &Office, out: &Path, format: Format) -> Result<Ending, Failure> {
    let known = find::all(&office.desk, &*office.store).await?;
    let reports = super::reports(&office.desk, &known);
    let summary = Summary::of(&reports);
    let now = office.clock.clock().now();
    let forecast = recorded(&known, office.desk.policy(), now);
    write(out, &reports, &summary, &[], forecast.as_ref(), now, "Carryover report")?;
    output::result(
        format,
        || format!("{} customers in {}", reports.len(), out.display()),
        || json!({ "report": out, "summary": summary }),
    );
    Ok(Ending::Done)
}

/// The forecast as far as the logs alone tell it; none where no customer is planned.
pub(super) fn recorded(known: &[Known], policy: &Policy, now: Timestamp) -> Option<Forecast> {
    Some(recorded_forecast(known, policy, now)).filter(|forecast| !forecast.lines.is_empty())
}

/// Writes the report to `out`: as CSV where the name says so, as HTML otherwise.
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
    let bytes = if out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
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
