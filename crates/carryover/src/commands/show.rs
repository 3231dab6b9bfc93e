//! `carryover show`: one customer, with its lines, its plan and all that happened.

mod story;
mod swaps;

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::hung;
use crate::{find, output, render};
use carryover_domain::plan::may_be_planned;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::provenance::{Field, Provenance};
use carryover_engine::Known;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) async fn run(place: &dyn Place, id: &str, format: Format) -> Result<Ending, Failure> {
    let found = find::named(place, &[id.to_owned()]).await?;
    let reports = super::reports(place, &found);
    output::result(
        format,
        || found.iter().map(|known| sentences(known, &render::table_in_full(&reports))).collect::<Vec<_>>().join("\n"),
        || {
            let known = found.first();
            json!({
                "customer": known.zip(reports.first()).map(|(known, report)| super::status::customer(report, known)),
                "plan": known.and_then(|known| known.migration.plan.as_ref()).map(|plan| json!({
                    "plan": plan.id.to_string(),
                    "lines": plan.lines.iter().map(|(id, line)| super::plan::line_object(&id.to_string(), line)).collect::<Vec<_>>(),
                })),
                "events": known.into_iter().flat_map(|known| known.log.events.iter().map(move |recorded| (known, recorded))).map(|(known, recorded)| json!({
                    "number": recorded.number, "at": recorded.at.to_string(), "event": recorded.event.name(),
                    "line": recorded.event.line().map(|line| line.to_string()),
                    "says": story::told(&known.migration, &recorded.event),
                })).collect::<Vec<_>>(),
                "provenance": known.into_iter().flat_map(|known| known.migration.lines.values()).map(|line| json!({
                    "line": line.source.id.to_string(), "fields": provenance(&line.source), "evidence": line.source.evidence,
                })).collect::<Vec<_>>(),
                "swapped": known.into_iter().flat_map(|known| known.migration.lines.values()).flat_map(swaps::objects).collect::<Vec<_>>(),
                "actions": super::status::actions(&found, &reports),
            })
        },
    );
    Ok(Ending::Done)
}

/// Which record said what of a line, in a sentence or two; nothing for lines from before that was kept.
fn told_by(source: &SourceLine) -> Vec<String> {
    let Provenance { line, fields } = &source.provenance;
    let mut text: Vec<String> = line.iter().flat_map(|origin| hung("  ", &format!("told by {origin}"))).collect();
    text.extend(source.evidence.iter().flat_map(|evidence| hung("  ", &format!("upon: {evidence}"))));
    let mut by_record: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (field, origin) in fields {
        by_record.entry(origin.to_string()).or_default().push(field.name());
    }
    text.extend(
        by_record.iter().flat_map(|(origin, fields)| hung("  ", &format!("{} by {origin}", fields.join(", ")))),
    );
    text
}

/// Every field that somebody has said, with the record that said it.
fn provenance(source: &SourceLine) -> Value {
    let told = |field: Field| Some((field.name().to_owned(), json!(source.provenance.of(field)?.to_string())));
    Value::Object(Field::ALL.into_iter().filter(|field| source.says(*field)).filter_map(told).collect())
}

fn sentences(known: &Known, table: &str) -> String {
    let migration = &known.migration;
    let mut text = vec![
        format!("{} ({}), {}", migration.customer.name, migration.customer.domain, migration.customer.country),
        format!("migration {}, tenant {}", migration.id, migration.customer.tenant),
        table.trim_end().to_owned(),
    ];
    for (id, line) in &migration.lines {
        let second = if line.beside.is_some() { " (second licence)" } else { "" };
        text.extend(hung("", &format!("line {id}: {}{second}, {}", line.source.title(), line.stage.word())));
        text.extend(told_by(&line.source));
        // What was found once is history as soon as the line is on its way.
        if may_be_planned(line.stage.underlying()) {
            text.extend(line.findings.iter().flat_map(|finding| hung("  ", &format!("{}: {finding}", finding.code()))));
        }
        text.extend(swaps::sentences(line));
        text.extend(line.after.iter().flat_map(|told| hung("  ", &format!("after the end, {}: {told}", told.code()))));
    }
    if let Some(plan) = &migration.plan {
        let state = if migration.approved == Some(plan.id) { "approved" } else { "waits for approval" };
        text.push(format!("newest plan ({state}):"));
        text.extend(super::plan::sentences(migration, plan));
    }
    text.push("what happened:".to_owned());
    text.extend(story::of(migration, &known.log.events));
    text.join("\n")
}
