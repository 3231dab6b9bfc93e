//! `carryover plan`: makes plans and shows them. Nothing happens before they are approved.

use crate::cli::{Format, Which};
use crate::failure::{Ending, Failure};
use crate::wiring::Office;
use crate::{find, output};
use carryover_domain::migration::state::Migration;
use carryover_domain::plan::{LinePlan, Plan, Reassign, Route, SourceEnd};
use carryover_domain::route::Course;
use carryover_engine::CommandError;
use serde_json::{Value, json};

pub(super) async fn run(office: &Office, which: &Which, format: Format) -> Result<Ending, Failure> {
    let (engine, _) = office.line()?;
    let mut planned: Vec<(Migration, Plan)> = Vec::new();
    let mut unplanned = Vec::new();
    let mut patience = super::Patience::default();
    for known in find::named(&office.desk, &*office.store, &which.ids).await? {
        match engine.plan(known.migration.id).await {
            Ok((known, plan)) => {
                patience.answered();
                planned.push((known.migration, plan));
            }
            Err(error) => unplanned.push((known.migration, patience.failed(error)?)),
        }
    }
    patience.end(&mut unplanned)?;
    output::result(
        format,
        || {
            let mut text: Vec<String> =
                planned.iter().flat_map(|(migration, plan)| sentences(migration, plan)).collect();
            text.extend(
                unplanned.iter().map(|(migration, why)| format!("{}: not planned: {why}", migration.customer.domain)),
            );
            text.push(format!("{} customers planned, {} not", planned.len(), unplanned.len()));
            text.push(
                "next: carryover approve --all, or carryover approve ID …; from then on it costs money".to_owned(),
            );
            text.join("\n")
        },
        || {
            json!({
                "plans": planned.iter().map(|(migration, plan)| object(migration, plan)).collect::<Vec<_>>(),
                "not_planned": unplanned.iter()
                    .map(|(migration, why)| json!({ "domain": migration.customer.domain, "why": why.to_string() }))
                    .collect::<Vec<_>>(),
            })
        },
    );
    let unreadable = unplanned.iter().any(|(_, why)| !matches!(why, CommandError::Unplannable(_)));
    Ok(if unreadable {
        Ending::Failed
    } else if planned.is_empty() {
        Ending::Done
    } else {
        Ending::WaitsForPerson
    })
}

pub(super) fn sentences(migration: &Migration, plan: &Plan) -> Vec<String> {
    let mut text = vec![format!("{} ({}), plan {}", migration.customer.name, migration.customer.domain, plan.id)];
    for (id, line) in &plan.lines {
        let title = migration.lines.get(id).map_or_else(|| id.to_string(), |line| line.source.title());
        let cost = line.overlap_cost.map_or_else(|| "unknown cost".to_owned(), |cost| cost.to_string());
        let swap = match line.reassign {
            Reassign::Nothing => "no licence is touched",
            Reassign::SwapEachUser => "each user's licence is swapped",
        };
        text.push(format!(
            "  {title}: {} × {} for {}, billed {}, on {}; the old one ends {}; {} days paid twice, {cost}; {swap}",
            line.seats,
            line.offer,
            line.term,
            line.billing,
            line.day,
            line.ends.last_whole_day(),
            line.overlap_days,
        ));
    }
    text
}

fn object(migration: &Migration, plan: &Plan) -> Value {
    let Plan { id, parent, lines } = plan;
    json!({
        "migration": migration.id.to_string(), "tenant_id": migration.customer.tenant.to_string(),
        "domain": migration.customer.domain, "plan": id.to_string(), "parent": parent.map(|parent| parent.to_string()),
        "lines": lines.iter().map(|(id, line)| line_object(&id.to_string(), line)).collect::<Vec<_>>(),
    })
}

pub(super) fn line_object(id: &str, line: &LinePlan) -> Value {
    let LinePlan {
        route,
        offer,
        sku,
        seats,
        term,
        billing,
        price_ceiling,
        day,
        opens,
        ends,
        reassign,
        overlap_days,
        overlap_cost,
        source_end,
        advised,
        promotion,
    } = line;
    json!({
        "line": id,
        "route": match route { Route::BuyAtEnd => "BUY_AT_END", Route::BuyNow => "BUY_NOW" },
        "offer": offer.to_string(), "sku_id": sku.to_string(), "seats": seats.get(),
        "term": term.word(), "billing": billing.word(),
        "price_ceiling": price_ceiling.map(|price| price.to_string()),
        "day": day.to_string(), "opens": opens.to_string(), "old_end": ends.last_whole_day().to_string(),
        "swaps_licences": *reassign == Reassign::SwapEachUser,
        "overlap_days": overlap_days, "overlap_cost": overlap_cost.map(|cost| cost.to_string()),
        "source_end": match source_end {
            SourceEnd::RunsOut => "RUNS_OUT",
            SourceEnd::OwnerStopsRenewal => "OWNER_STOPS_RENEWAL",
            SourceEnd::OwnerCancels => "OWNER_CANCELS",
        },
        "advised": advised.map(Course::word), "promotion": promotion,
    })
}
