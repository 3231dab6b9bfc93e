//! `carryover verify`: has a database's file checked, walks the chain of digests of every customer's log, looks whether its alarm
//! is one that the log asks for, and whether the logs are all that was ever recorded. Names the first thing that is wrong.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::place::{Place, Refused};
use crate::render::count;
use carryover_domain::ids::MigrationId;
use carryover_domain::policy::Policy;
use carryover_domain::{oversleeps, replay};
use carryover_journal::chain::{Digest, Link, Walk};
use carryover_ports::{Archive, Chain, Cursor, Head, StoreError, Version};
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Events that are read together in the order of commits.
const AT_A_TIME: usize = 1_000;

/// What a log came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Sealed {
    migration_id: String,
    events: u64,
    /// The digest of the log, hexadecimal.
    digest: String,
}

pub(super) async fn run(place: &dyn Place, against: Option<&Path>, format: Format) -> Result<Ending, Failure> {
    let earlier = against.map(read).transpose()?.unwrap_or_default();
    if let Some(damage) = place.first_damage().await? {
        return Err(Failure::failed(format!("{} is damaged: {damage}. {STOP}", place.name())));
    }
    let by = By { policy: place.policy(), now: place.now() };
    let sealed = walk(place.heads().await?, async |id| place.chain(id).await, &earlier, Some(by)).await?;
    if let Some(archive) = place.archive() {
        nobody_is_missing(&*archive, &sealed).await?;
    }
    let events = total(&sealed);
    let told = match against {
        Some(path) => format!(", and what {} says of {} of them is still so", path.display(), earlier.len()),
        None => String::new(),
    };
    output::result(
        format,
        || {
            format!(
                "{} of {} stand as recorded{told}",
                count(events, "event", "events"),
                count(sealed.len(), "customer", "customers")
            )
        },
        || json!({ "customers": sealed.len(), "events": events, "logs": sealed }),
    );
    Ok(Ending::Done)
}

/// What alarms are judged by.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    policy: &'a Policy,
    now: Timestamp,
}

/// What to do about damage.
const STOP: &str =
    "Stop all work on this database, keep it as it is, and go back to a backup that `carryover verify` finds whole";

/// Digests that logs had earlier, by migration: after so many events this one.
type Earlier = BTreeMap<MigrationId, (u64, String)>;

/// What an earlier `carryover verify --format json` has written.
fn read(path: &Path) -> Result<Earlier, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        logs: Vec<Log>,
    }
    #[derive(Deserialize)]
    struct Log {
        migration_id: String,
        events: u64,
        digest: String,
    }
    let cannot = |why: String| {
        Failure::input(format!(
            "{} cannot be read ({why}); what `carryover verify --format json` once wrote is expected",
            path.display()
        ))
    };
    let bytes = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
    let Answer { logs } = serde_json::from_slice(&bytes).map_err(|error| cannot(error.to_string()))?;
    let entry = |log: Log| {
        let id = log.migration_id.parse().map_err(|_| cannot(format!("`{}` is no migration id", log.migration_id)))?;
        Ok((id, (log.events, log.digest)))
    };
    logs.into_iter().map(entry).collect()
}

/// Walks the logs of `heads`, each with its `chain`, which pass by the digests that were `earlier` ones, and judges alarms where
/// it is said by what.
///
/// # Errors
/// A sentence that names the first break, or why it could not be read.
pub(super) async fn walk(
    heads: Vec<Head>,
    chain: impl AsyncFn(MigrationId) -> Result<Option<Chain>, Refused>,
    earlier: &Earlier,
    by: Option<By<'_>>,
) -> Result<Vec<Sealed>, Failure> {
    if let Some(gone) = earlier.keys().find(|id| !heads.iter().any(|head| head.migration == **id)) {
        return Err(broken(*gone, "it is gone, and was there earlier"));
    }
    let bar = ProgressBar::new(heads.len() as u64);
    let mut sealed = Vec::new();
    for head in heads {
        // Read anew: it may have grown in the meantime.
        let chain = chain(head.migration).await?.ok_or_else(|| broken(head.migration, "it is gone"))?;
        sealed.push(one(&chain, earlier.get(&head.migration), by)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(sealed)
}

fn total(sealed: &[Sealed]) -> u64 {
    sealed.iter().map(|sealed| sealed.events).sum()
}

/// Walks all events of `archive` in the order of commits, whose places have no hole in any store, and holds them against the logs
/// that were `sealed`: a customer who was removed leaves a hole, or events of nobody. Others may write meanwhile. An end that was cut
/// off leaves neither.
///
/// # Errors
/// A sentence that names the first thing that is missing, or why it could not be read.
pub(super) async fn nobody_is_missing(archive: &dyn Archive, sealed: &[Sealed]) -> Result<(), Failure> {
    let wrong = |how: String| Failure::failed(format!("the logs are not all that was recorded: {how}. {STOP}"));
    let mut customers = customers(archive).await?;
    let bar = ProgressBar::new(total(sealed));
    let (mut cursor, mut events) = (Cursor::START, 0);
    loop {
        let read = archive.kept_after(cursor, AT_A_TIME).await?;
        let Some(last) = read.last() else { break };
        cursor = last.cursor;
        for kept in &read {
            events += 1;
            let (place, migration) = (kept.cursor.place(), kept.migration);
            if place != events {
                return Err(wrong(format!(
                    "event {events} in the order of commits is gone, and the next one is {place}"
                )));
            }
            if !customers.contains(&migration) {
                // Perhaps it is new.
                customers = self::customers(archive).await?;
            }
            if !customers.contains(&migration) {
                return Err(wrong(format!(
                    "event {place} in the order of commits is of migration {migration}, which is gone"
                )));
            }
        }
        bar.set_position(events);
    }
    bar.finish_and_clear();
    // Logs were read before the events, and the heads after them.
    let (least, most) = (total(sealed), archive.heads().await?.iter().map(|head| head.version.0).sum());
    if !(least..=most).contains(&events) {
        return Err(wrong(format!("there are {}, and the customers have {most}", count(events, "event", "events"))));
    }
    Ok(())
}

async fn customers(archive: &dyn Archive) -> Result<BTreeSet<MigrationId>, StoreError> {
    Ok(archive.heads().await?.into_iter().map(|head| head.migration).collect())
}

/// Walks one log.
fn one(chain: &Chain, earlier: Option<&(u64, String)>, by: Option<By<'_>>) -> Result<Sealed, Failure> {
    let Chain { head, events } = chain;
    let migration = head.migration;
    let mut read = Vec::new();
    let mut walk = Walk::begin(migration);
    let mut passed = earlier.is_none_or(|(after, _)| *after == 0);
    for kept in events {
        let link = Link { number: kept.number, at: kept.at, record: &kept.record, before: Digest(kept.before) };
        walk.step(link).map_err(|breaks| broken(migration, &breaks.to_string()))?;
        let (number, event) = (kept.number, carryover_journal::decode(&kept.record));
        read.push(event.map_err(|error| StoreError::Damaged { migration, number, detail: error.to_string() })?);
        if let Some((after, digest)) = earlier
            && *after == walk.last()
        {
            let now = walk.digest().to_string();
            if now != *digest {
                let says = format!("after event {after} it has the digest {now}, and it had {digest} earlier");
                return Err(broken(migration, &says));
            }
            passed = true;
        }
    }
    let digest = walk.digest().to_string();
    let events = walk.end(Digest(head.digest)).map_err(|breaks| broken(migration, &breaks.to_string()))?;
    if Version(events) != head.version {
        return Err(broken(
            migration,
            &format!("it has {} and should have {}", count(events, "event", "events"), head.version.0),
        ));
    }
    if !passed {
        return Err(broken(migration, &format!("it has {} and had more earlier", count(events, "event", "events"))));
    }
    if let (Some(By { policy, now }), Some(state)) = (by, replay(&read))
        && oversleeps(&state, policy, now, head.wake)
    {
        let alarm = head.wake.map_or_else(|| "missing".to_owned(), |wake| format!("{wake:.0}"));
        return Err(Failure::failed(format!(
            "the alarm of {} (migration {migration}) is {alarm}, and its log asks for a look long before: it was altered, or the \
             settings were; whoever works, such as `carryover run`, looks at the customer and sets it anew",
            state.customer.domain
        )));
    }
    Ok(Sealed { migration_id: migration.to_string(), events, digest })
}

fn broken(migration: MigrationId, how: &str) -> Failure {
    Failure::failed(format!("the log of migration {migration} is not as it was recorded: {how}. {STOP}"))
}
