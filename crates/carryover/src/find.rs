//! Finds the customers and lines that a person names: by migration id, tenant id, domain, or line id.

use crate::cli::WhichOrAll;
use crate::failure::Failure;
use crate::output;
use carryover_domain::ids::{LineId, MigrationId, TenantId};
use carryover_engine::{Desk, Known};
use carryover_ports::{Index, StoreError};

/// Every customer, in the order of import. One whose log is damaged is named on stderr and left out.
pub(crate) async fn all(desk: &Desk, index: &dyn Index) -> Result<Vec<Known>, Failure> {
    let mut found = Vec::new();
    for summary in index.list().await? {
        match desk.load(summary.migration).await {
            Ok(known) => found.extend(known),
            Err(error @ StoreError::Damaged { .. }) => output::aside(&format!("carryover: left out: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// The named customers; all when none is named.
pub(crate) async fn named(desk: &Desk, index: &dyn Index, names: &[String]) -> Result<Vec<Known>, Failure> {
    let all = all(desk, index).await?;
    if names.is_empty() {
        return Ok(all);
    }
    names.iter().map(|name| pick(&all, name)).collect()
}

/// The named customers, or all when that was said.
pub(crate) async fn chosen(desk: &Desk, index: &dyn Index, which: &WhichOrAll) -> Result<Vec<Known>, Failure> {
    if which.all { all(desk, index).await } else { named(desk, index, &which.ids).await }
}

/// The customer whose line `name` is.
pub(crate) async fn line(desk: &Desk, index: &dyn Index, name: &str) -> Result<(MigrationId, LineId), Failure> {
    let wanted: LineId =
        name.parse().map_err(|error| Failure::input(format!("{error}; `carryover show` prints line ids")))?;
    all(desk, index)
        .await?
        .into_iter()
        .find(|known| known.migration.lines.contains_key(&wanted))
        .map(|known| (known.migration.id, wanted))
        .ok_or_else(|| Failure::input(format!("no customer has a line {wanted}; `carryover show ID` prints line ids")))
}

fn pick(all: &[Known], name: &str) -> Result<Known, Failure> {
    let id = name.parse::<MigrationId>().ok();
    let tenant = name.parse::<TenantId>().ok();
    all.iter()
        .find(|known| {
            let migration = &known.migration;
            Some(migration.id) == id
                || Some(migration.customer.tenant) == tenant
                || migration.customer.domain.eq_ignore_ascii_case(name.trim())
        })
        .cloned()
        .ok_or_else(|| {
            Failure::input(format!(
                "no customer is `{name}`; give a migration id, a tenant id or a domain from `carryover status`"
            ))
        })
}
