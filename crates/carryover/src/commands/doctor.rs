//! `carryover doctor`: tries every read that the job needs and says in words what is missing.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::wiring::Office;
use carryover_domain::ids::TenantId;
use carryover_partner_center::Check;
use serde_json::json;

pub(super) async fn run(office: &Office, customer: Option<&str>, format: Format) -> Result<Ending, Failure> {
    let customer: Option<TenantId> = customer
        .map(|text| text.parse().map_err(|error| Failure::input(format!("--customer: {error}"))))
        .transpose()?;
    let (_, adapter) = office.line()?;
    let checks = adapter.probe(customer).await;
    let failed = checks.iter().filter(|check| check.result.is_err()).count();
    output::result(
        format,
        || {
            let mut text: Vec<String> = checks.iter().map(sentence).collect();
            text.push(format!("database {} is usable", office.database_name));
            text.push(match failed {
                0 => "everything that was tried works".to_owned(),
                failed => format!("{failed} of {} checks failed", checks.len()),
            });
            text.join("\n")
        },
        || {
            json!({
                "checks": checks.iter().map(|check| json!({
                    "name": check.name, "needed_for": check.needed_for, "ok": check.result.is_ok(),
                    "problem": check.result.as_ref().err(),
                })).collect::<Vec<_>>(),
                "failed": failed, "database": office.database_name,
            })
        },
    );
    Ok(if failed == 0 { Ending::Done } else { Ending::Failed })
}

fn sentence(check: &Check) -> String {
    match &check.result {
        Ok(()) => format!("ok      {}", check.name),
        Err(problem) => format!("FAILED  {} (needed for {}): {problem}", check.name, check.needed_for),
    }
}
