//! `carryover status`: where every customer stands and what waits for a person.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::summary::Summary;
use crate::{find, output, render};
use carryover_domain::migration::action::{Action, ActionItem};
use carryover_domain::report::{LineReport, Report};
use carryover_engine::Known;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) async fn run(place: &dyn Place, format: Format) -> Result<Ending, Failure> {
    let (known, reports) = in_order(place, find::all(place).await?);
    let summary = Summary::of(&reports);
    let as_of = format!("as of {} UTC", render::minute(place.now()));
    output::result(
        format,
        || {
            if reports.is_empty() {
                return "no customers yet; next: carryover import FILE".to_owned();
            }
            [as_of, render::table(&reports), render::actions(&reports, place.now())].join("\n")
        },
        || {
            json!({
                "summary": summary,
                "customers": reports.iter().zip(&known).map(|(report, known)| customer(report, known)).collect::<Vec<_>>(),
                "actions": actions(&known, &reports),
                "next_wake": next_wake(&known),
            })
        },
    );
    Ok(super::ending(&reports))
}

/// Customers by what is due next, then by their domain; those of whom nothing is due come last.
fn in_order(place: &dyn Place, known: Vec<Known>) -> (Vec<Known>, Vec<Report>) {
    let reports = super::reports(place, &known);
    let mut both: Vec<(Known, Report)> = known.into_iter().zip(reports).collect();
    both.sort_by_cached_key(|(_, report)| {
        let due = report.actions.iter().filter_map(|item| item.due).min();
        (due.is_none(), due, report.customer.domain.clone())
    });
    both.into_iter().unzip()
}

/// When the next customer is to be looked at again.
pub(super) fn next_wake(known: &[Known]) -> Option<String> {
    known.iter().filter_map(|known| known.log.wake).min().map(|wake: Timestamp| wake.to_string())
}

/// What waits for a person, with what a program needs to pass it on.
pub(super) fn actions(known: &[Known], reports: &[Report]) -> Vec<Value> {
    let item = |known: &Known, item: &ActionItem| {
        let ActionItem { line, action, due, contact } = item;
        let mut object = json!({
            "tenant_id": known.migration.customer.tenant.to_string(), "domain": known.migration.customer.domain,
            "line": line.map(|line| line.to_string()), "code": action.code(), "text": action.to_string(),
            "due": due.map(|due| due.to_string()), "contact": contact,
        });
        match action {
            Action::SendInvitation { link } => object["link"] = json!(link),
            Action::StopRenewal { ask, .. } => {
                object["subscription_id"] = json!(ask.subscription.as_ref().map(ToString::to_string));
            }
            Action::ApprovePlan { plan } => object["plan"] = json!(plan.to_string()),
            Action::ObtainAgreement
            | Action::Resume
            | Action::MakePlan { .. }
            | Action::Unblock { .. }
            | Action::KeepAlive { .. }
            | Action::LookAgain { .. }
            | Action::CheckAfterEnd { .. }
            | Action::TakeCourse { .. }
            | Action::Attend { .. } => {}
        }
        object
    };
    known
        .iter()
        .zip(reports)
        .flat_map(|(known, report)| report.actions.iter().map(move |action| item(known, action)))
        .collect()
}

pub(super) fn customer(report: &Report, known: &Known) -> Value {
    json!({
        "migration": report.migration.to_string(), "tenant_id": report.customer.tenant.to_string(),
        "domain": report.customer.domain, "name": report.customer.name, "country": report.customer.country.as_str(),
        "paused": known.migration.paused,
        "lines": report.lines.iter().map(|line| line_object(line, known)).collect::<Vec<_>>(),
        "notes": report.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn line_object(line: &LineReport, known: &Known) -> Value {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    json!({
        "line": line.line.to_string(), "beside": line.beside.map(|main| main.to_string()), "product": line.product, "program": line.program.word(),
        "seats": line.seats.get(),
        "stage": known.migration.lines.get(&line.line).map(|line| line.stage.word()),
        "says": line.says, "old_end": day(line.old_end), "new_start": day(line.new_start),
        "new_end": day(line.new_end), "bought_seats": line.bought_seats,
        "licences_swapped": line.swapped, "overlap_days": line.overlap_days,
        "overlap_cost": line.overlap_cost.map(|cost| cost.to_string()),
    })
}
