//! `carryover assess`: reads each customer and says what stands in the way.

use crate::cli::{Format, Which};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::{count, hung};
use crate::{find, output};
use carryover_domain::assess::is_blocked as is_blocked_by;
use carryover_domain::finding::{Action, Severity};
use carryover_domain::migration::state::Line;
use carryover_engine::Known;
use serde_json::{Value, json};

pub(super) async fn run(place: &dyn Place, which: &Which, format: Format) -> Result<Ending, Failure> {
    let outside = place.line()?;
    let mut assessed = Vec::new();
    let mut skipped = Vec::new();
    let mut patience = super::Patience::default();
    let by = place.who(None)?;
    for known in find::named(place, &which.ids).await? {
        match outside.assess(&known, &by).await {
            Ok(known) => {
                patience.answered();
                assessed.push(known);
            }
            Err(error) => skipped.push((known, patience.failed(error)?)),
        }
    }
    patience.end(&mut skipped)?;
    let blocked = assessed.iter().flat_map(lines).filter(|(_, line)| is_blocked(line)).count();
    output::result(
        format,
        || {
            let mut text: Vec<String> = assessed.iter().flat_map(sentences).collect();
            text.extend(skipped.iter().flat_map(|(known, why)| {
                hung("", &format!("{}: not assessed: {why}", known.migration.customer.domain))
            }));
            text.push(format!(
                "{} assessed, {} blocked, {} could not be read",
                count(assessed.len(), "customer", "customers"),
                count(blocked, "line", "lines"),
                count(skipped.len(), "customer", "customers")
            ));
            text.push("next: carryover plan".to_owned());
            text.join("\n")
        },
        || {
            json!({
                "customers": assessed.iter().map(object).collect::<Vec<_>>(),
                "blocked": blocked,
                "unreadable": skipped.iter()
                    .map(|(known, why)| json!({ "domain": known.migration.customer.domain, "why": why.to_string() }))
                    .collect::<Vec<_>>(),
            })
        },
    );
    Ok(if skipped.is_empty() { Ending::Done } else { Ending::Failed })
}

fn lines(known: &Known) -> impl Iterator<Item = (&Known, &Line)> {
    known.migration.lines.values().map(move |line| (known, line))
}

fn is_blocked(line: &Line) -> bool {
    is_blocked_by(&line.findings)
}

fn sentences(known: &Known) -> Vec<String> {
    let mut text = vec![format!("{} ({})", known.migration.customer.name, known.migration.customer.domain)];
    for (_, line) in lines(known) {
        let until = || {
            let end = line.source.last_day().map_or("an unknown end".to_owned(), |day| day.to_string());
            format!("until {end}")
        };
        let main = line.beside.and_then(|main| known.migration.lines.get(&main));
        let which = main.map_or_else(until, |main| format!("bought beside what replaces {}", main.source.title()));
        let seats = count(line.source.seats.get(), "seat", "seats");
        text.extend(hung("  ", &format!("{}, {seats}, {which}", line.source.title())));
        for finding in &line.findings {
            let severity = finding.severity();
            let word = if severity == Severity::Blocks(Action::Plan) { "BLOCKS" } else { severity.word() };
            text.extend(hung(&format!("    {word:<6} "), &format!("{}: {finding}", finding.code())));
            if severity == Severity::Blocks(Action::Plan) {
                text.extend(hung("           ", &finding.remedy()));
            }
        }
    }
    text
}

fn object(known: &Known) -> Value {
    json!({
        "migration": known.migration.id.to_string(),
        "tenant_id": known.migration.customer.tenant.to_string(),
        "domain": known.migration.customer.domain,
        "lines": known.migration.lines.iter().map(|(id, line)| json!({
            "line": id.to_string(),
            "findings": line.findings.iter().map(super::finding).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}
