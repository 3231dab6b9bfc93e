//! `carryover approve`: from here on plans are carried out.

use super::plan::accepted;
use crate::cli::{Format, WhichOrAll};
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::count;
use crate::{find, output};
use serde_json::json;

pub(super) async fn run(
    place: &dyn Place,
    which: &WhichOrAll,
    by: Option<&str>,
    format: Format,
) -> Result<Ending, Failure> {
    let by = place.who(by)?;
    let mut approved = Vec::new();
    let mut without = Vec::new();
    let mut before = Vec::new();
    // Lines of which the plan shows something that passes with its approval.
    let mut warned = 0_usize;
    for known in find::chosen(place, which).await? {
        let migration = &known.migration;
        match &migration.plan {
            Some(plan) if migration.awaits_approval(plan.id) => {
                place.approve(&known, &by).await?;
                approved.push((migration.customer.domain.clone(), plan.id));
                warned += plan.lines.keys().filter(|line| accepted(migration, **line).next().is_some()).count();
            }
            Some(_) => before.push(migration.customer.domain.clone()),
            None => without.push(migration.customer.domain.clone()),
        }
    }
    if approved.is_empty() && !which.all && !without.is_empty() {
        return Err(Failure::input(format!("{} has no plan; run `carryover plan` first", without.join(", "))));
    }
    output::result(
        format,
        || {
            let mut text: Vec<String> =
                approved.iter().map(|(domain, plan)| format!("{domain}: plan {plan} approved by {by}")).collect();
            text.extend(without.iter().map(|domain| format!("{domain}: has no plan")));
            text.extend(before.iter().map(|domain| format!("{domain}: its plan was approved before")));
            let with = match warned {
                0 => String::new(),
                _ => format!("; with that, warnings are accepted of {}", count(warned, "line", "lines")),
            };
            text.push(format!("{} approved{with}", count(approved.len(), "plan", "plans")));
            if !approved.is_empty() {
                text.push("next: carryover run".to_owned());
            }
            text.join("\n")
        },
        || {
            json!({
                "approved": approved.iter().map(|(domain, plan)| json!({ "domain": domain, "plan": plan.to_string() })).collect::<Vec<_>>(),
                "lines_with_warnings": warned, "without_plan": without, "approved_before": before, "by": by,
            })
        },
    );
    Ok(Ending::Done)
}
