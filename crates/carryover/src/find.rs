//! Finds the customers and lines that a person names: by migration id, tenant id, domain, the id of the newest plan, or line id.

use crate::cli::WhichOrAll;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::place::{Loaded, Place, Refused};
use carryover_domain::ids::{LineId, MigrationId, PlanId, TenantId};
use carryover_engine::Known;
use std::sync::atomic::{AtomicBool, Ordering};

/// Logs of one read: enough that the way there and back costs little for each, few enough to be held at once.
const AT_ONCE: usize = 64;

/// Every customer, in the order of import. One whose log is damaged is named on stderr and left out.
pub(crate) async fn all(place: &dyn Place) -> Result<Vec<Known>, Failure> {
    let ids: Vec<MigrationId> = place.heads().await?.into_iter().map(|head| head.migration).collect();
    readable(&ids, async |ids| place.load_all(ids).await).await
}

/// Those of `ids` that can be loaded, in their order. One whose log is damaged is named on stderr and left out.
pub(crate) async fn readable(
    ids: &[MigrationId],
    load: impl AsyncFn(&[MigrationId]) -> Result<Loaded, Refused>,
) -> Result<Vec<Known>, Failure> {
    let mut loaded = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        loaded.extend(load(ids).await?);
    }
    let mut found = Vec::with_capacity(ids.len());
    let left_out = |why: String| {
        LEFT_OUT.store(true, Ordering::Relaxed);
        output::aside(&format!("carryover: left out: {why}"));
    };
    for (id, known) in ids.iter().zip(loaded) {
        match known {
            Ok(Some(known)) => found.push(known),
            Ok(None) => left_out(format!("migration {id} is listed, and its log is not to be found")),
            Err(refused) if refused.is_damage() => left_out(refused.to_string()),
            Err(refused) => return Err(refused.into()),
        }
    }
    Ok(found)
}

/// Whether somebody was left out because its log is damaged. Then a command has not done all that it was asked to, whatever else it
/// did.
static LEFT_OUT: AtomicBool = AtomicBool::new(false);

/// How a command ends that would have `ended` so if nobody had been left out.
pub(crate) fn ended(ended: Ending) -> Ending {
    if LEFT_OUT.load(Ordering::Relaxed) { Ending::Failed } else { ended }
}

/// The named customers; all when none is named.
pub(crate) async fn named(place: &dyn Place, names: &[String]) -> Result<Vec<Known>, Failure> {
    let all = all(place).await?;
    if names.is_empty() {
        return Ok(all);
    }
    names.iter().map(|name| pick(&all, name)).collect()
}

/// The named customers, or all when that was said.
pub(crate) async fn chosen(place: &dyn Place, which: &WhichOrAll) -> Result<Vec<Known>, Failure> {
    if which.all { all(place).await } else { named(place, &which.ids).await }
}

/// The customer whose line `name` is.
pub(crate) async fn line(place: &dyn Place, name: &str) -> Result<(Known, LineId), Failure> {
    let wanted: LineId =
        name.parse().map_err(|error| Failure::input(format!("{error}; `carryover show` prints line ids")))?;
    let found = all(place).await?.into_iter().find(|known| known.migration.lines.contains_key(&wanted));
    found
        .map(|known| (known, wanted))
        .ok_or_else(|| Failure::input(format!("no customer has a line {wanted}; `carryover show ID` prints line ids")))
}

/// The customer of `all` that `name` means: its migration, its tenant, its newest plan, or its domain.
pub(crate) fn one<'a>(all: &'a [Known], name: &str) -> Option<&'a Known> {
    let id = name.parse::<MigrationId>().ok();
    let tenant = name.parse::<TenantId>().ok();
    let plan = name.parse::<PlanId>().ok();
    all.iter().find(|known| {
        let migration = &known.migration;
        Some(migration.id) == id
            || Some(migration.customer.tenant) == tenant
            || migration.plan.as_ref().is_some_and(|newest| Some(newest.id) == plan)
            || migration.customer.domain.eq_ignore_ascii_case(name.trim())
    })
}

fn pick(all: &[Known], name: &str) -> Result<Known, Failure> {
    one(all, name).cloned().ok_or_else(|| {
        Failure::input(format!(
            "no customer is `{name}`; give a domain from `carryover status`, a migration id, a tenant id or the id of its newest plan"
        ))
    })
}
