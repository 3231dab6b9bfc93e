//! `carryover doctor`: tries every read that the job needs and says in words what is missing. Needs no database: it is given
//! before there is one, and makes none.

use crate::cli::{Cli, Format};
use crate::config::Settings;
use crate::database::{self, Absent};
use crate::failure::{Ending, Failure};
use crate::wiring::{self, Office, Time};
use crate::{find, output};
use carryover_domain::ids::TenantId;
use carryover_partner_center::Check;
use serde_json::json;

pub(super) async fn run(cli: &Cli, customer: Option<&str>, format: Format) -> Result<Ending, Failure> {
    let settings = Settings::load(cli.config.as_deref())?;
    let sells_as = settings.policy()?.sells_as;
    let place = wiring::place(cli, &settings);
    if !database::is_there(&place) {
        let adapter = wiring::adapter(&settings, &Time::of(&settings).await?, None)?;
        let tenant = customer.map(|text| tenant(text).ok_or_else(|| unknown(text))).transpose()?;
        let name = place.display().to_string();
        return Ok(tell(&adapter.probe(tenant, sells_as).await, &Base::NotYet(name), format));
    }
    let office = Office::open(cli, Absent::Refused).await?;
    let (_, adapter) = office.line()?;
    let tenant = match customer {
        Some(text) => Some(known(&office, text).await?),
        None => None,
    };
    let ended = tell(&adapter.probe(tenant, sells_as).await, &Base::Usable(office.database_name.clone()), format);
    office.tally.note();
    Ok(ended)
}

/// The database, by its name.
enum Base {
    Usable(String),
    NotYet(String),
}

/// The tenant whose id `text` is.
fn tenant(text: &str) -> Option<TenantId> {
    text.trim().parse().ok()
}

/// The tenant that `text` names: by its id, whether we have it or not, or as other commands name a customer.
async fn known(office: &Office, text: &str) -> Result<TenantId, Failure> {
    if let Some(tenant) = tenant(text) {
        return Ok(tenant);
    }
    let all = find::all(office).await?;
    find::one(&all, text).map(|known| known.migration.customer.tenant).ok_or_else(|| unknown(text))
}

fn unknown(text: &str) -> Failure {
    Failure::input(format!(
        "--customer {text} is no customer that was imported; give a tenant id, or the domain of one that `carryover status` shows"
    ))
}

fn tell(checks: &[Check], base: &Base, format: Format) -> Ending {
    let failed = checks.iter().filter(|check| check.result.is_err()).count();
    let (name, exists) = match base {
        Base::Usable(name) => (name, true),
        Base::NotYet(name) => (name, false),
    };
    output::result(
        format,
        || {
            let mut text: Vec<String> = checks.iter().map(sentence).collect();
            text.push(match base {
                Base::Usable(name) => format!("database {name} is usable"),
                Base::NotYet(name) => format!("database {name} is not there yet: `carryover import FILE` makes it"),
            });
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
                "failed": failed, "database": name, "database_exists": exists,
            })
        },
    );
    if failed == 0 { Ending::Done } else { Ending::Failed }
}

fn sentence(check: &Check) -> String {
    match &check.result {
        Ok(()) => format!("ok      {}", check.name),
        Err(problem) => format!("FAILED  {} (needed for {}): {problem}", check.name, check.needed_for),
    }
}
