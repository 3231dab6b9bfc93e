//! The statement that commits events. What it decides stands in `migrations/`.

use super::{count, integer, text};
use crate::fault::Trouble;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Remembered, Request, Version};
use jiff::Timestamp;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// What a commit writes, with its events as records.
#[derive(Debug)]
pub(crate) struct NewEvents {
    pub(crate) migration: MigrationId,
    pub(crate) expected: Version,
    pub(crate) records: Vec<String>,
    pub(crate) at: Timestamp,
    pub(crate) wake: Option<Timestamp>,
    /// The token of the lease that the work was done under.
    pub(crate) token: Option<u64>,
    /// Whether that lease is given back with it.
    pub(crate) gives_back: bool,
    pub(crate) request: Option<Request>,
}

/// What became of a commit.
#[derive(Debug, Clone)]
pub(crate) enum Appended {
    /// Written; the migration is at this version now.
    Written(Version),
    /// Not written: the migration is at this version.
    Stale(Version),
    /// Not written: the lease is not the newest one.
    Lost,
    /// Not written: the request was carried out before.
    Repeated(Remembered),
    /// Not written: the request's key was given to something else before.
    KeyReused(Request),
    /// Not written: a migration cannot begin without an event.
    Empty,
}

/// Writes `news`, one after the other, in one transaction.
pub(crate) async fn append(client: &Client, news: &[NewEvents]) -> Result<Vec<Appended>, Trouble> {
    let ids: Vec<Uuid> = news.iter().map(|new| new.migration.as_uuid()).collect();
    let expected: Vec<i64> = news.iter().map(|new| integer(new.expected.0)).collect();
    let instants: Vec<String> = news.iter().map(|new| text(new.at)).collect();
    let wakes: Vec<Option<String>> = news.iter().map(|new| new.wake.map(text)).collect();
    let tokens: Vec<Option<i64>> = news.iter().map(|new| new.token.map(integer)).collect();
    let keys: Vec<Option<Uuid>> = news.iter().map(|new| new.request.map(|request| request.key.0)).collect();
    let fingerprints: Vec<Option<&[u8]>> =
        news.iter().map(|new| new.request.as_ref().map(|request| request.fingerprint.as_slice())).collect();
    let counts: Vec<i32> = news.iter().map(|new| i32::try_from(new.records.len()).unwrap_or(i32::MAX)).collect();
    let lasts: Vec<bool> = news.iter().map(|new| new.gives_back).collect();
    let bodies: Vec<&str> = news.iter().flat_map(|new| &new.records).map(String::as_str).collect();
    let rows = client
        .query_typed(
            "SELECT fate, version_before, version_after
             FROM carryover.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            &[
                (&ids, Type::UUID_ARRAY),
                (&expected, Type::INT8_ARRAY),
                (&instants, Type::TEXT_ARRAY),
                (&wakes, Type::TEXT_ARRAY),
                (&tokens, Type::INT8_ARRAY),
                (&keys, Type::UUID_ARRAY),
                (&fingerprints, Type::BYTEA_ARRAY),
                (&counts, Type::INT4_ARRAY),
                (&bodies, Type::TEXT_ARRAY),
                (&lasts, Type::BOOL_ARRAY),
            ],
        )
        .await
        .map_err(|error| Trouble::of(&error))?;
    let fates: Option<Vec<Appended>> = news.iter().zip(&rows).map(|(new, row)| fate(new, row)).collect();
    match fates {
        Some(fates) if fates.len() == news.len() => Ok(fates),
        // The transaction is over, whatever it did.
        _ => Err(Trouble::Unanswered("the server did not say what became of it".to_owned())),
    }
}

fn fate(new: &NewEvents, row: &Row) -> Option<Appended> {
    let (before, after) = (Version(count(row, 1)?), Version(count(row, 2)?));
    Some(match row.try_get(0).ok()? {
        "written" => Appended::Written(after),
        "stale" => Appended::Stale(after),
        "lost" => Appended::Lost,
        "repeated" => Appended::Repeated(Remembered { request: new.request?, migration: new.migration, before, after }),
        "key_reused" => Appended::KeyReused(new.request?),
        "empty" => Appended::Empty,
        _ => return None,
    })
}
