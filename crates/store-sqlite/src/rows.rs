//! The statements, and how values stand in rows. Knows nothing of threads and transactions: callers bring one.

pub(crate) mod chain;
pub(crate) mod requests;
pub(crate) mod taking;

use carryover_domain::ids::MigrationId;
use carryover_journal::chain::Digest;
use carryover_ports::{Lease, Remembered, Request, Summary, Version};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};
use std::str::FromStr;

/// What a commit writes, with its events as records.
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
pub(crate) enum Appended {
    /// Written; the migration is at this version now.
    Written(Version),
    /// Not written: the lease is not the newest one.
    Lost,
    /// Not written: the request was carried out before.
    Repeated(Remembered),
    /// Not written: the request's key was given to something else before.
    KeyReused,
    /// Not written: the migration is at this version.
    Stale(Version),
    /// Not written: a migration cannot begin without an event.
    Empty,
}

/// An event as it stands in its row.
pub(crate) struct EventRow {
    /// Its place in the order of commits, over all migrations.
    pub(crate) place: u64,
    pub(crate) migration: MigrationId,
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) record: String,
}

/// Appends `new` to its log if that is where it is expected to be.
pub(crate) fn append(connection: &Connection, new: &NewEvents) -> Result<Appended> {
    let NewEvents { migration, expected, records, at, wake, token, gives_back, request } = new;
    let id = migration.to_string();
    let Standing { version: actual, token: newest_token, head } = standing(connection, &id)?;
    if token.is_some_and(|token| newest_token != Some(token)) {
        return Ok(Appended::Lost);
    }
    if let Some(request) = request {
        let before = requests::with_key(connection, request.key)?;
        if before.iter().any(|remembered| remembered.request != *request) {
            return Ok(Appended::KeyReused);
        }
        if let Some(here) = before.into_iter().find(|remembered| remembered.migration == *migration) {
            return Ok(Appended::Repeated(here));
        }
    }
    if actual != *expected {
        return Ok(Appended::Stale(actual));
    }
    let next = Version(actual.0 + records.len() as u64);
    if next == Version(0) {
        return Ok(Appended::Empty);
    }
    let mut digest = head.unwrap_or_else(|| Digest::of_none(*migration));
    if actual == Version(0) {
        connection
            .prepare_cached("INSERT INTO migrations (id, version, wake, head) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id, integer(next.0)?, wake.map(instant), digest.0])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO events (migration, number, at, body, before) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (number, record) in (actual.0 + 1..).zip(records) {
        insert.execute(params![id, integer(number)?, instant(*at), record, digest.0])?;
        digest = digest.with(number, *at, record);
    }
    connection
        .prepare_cached(
            "UPDATE migrations SET version = ?2, wake = ?3, head = ?4, held_until = iif(?5, NULL, held_until)
             WHERE id = ?1",
        )?
        .execute(params![id, integer(next.0)?, wake.map(instant), digest.0, gives_back])?;
    if let Some(request) = *request {
        requests::insert(connection, &Remembered { request, migration: *migration, before: actual, after: next })?;
    }
    Ok(Appended::Written(next))
}

/// What a commit has to fit. The default is that of a migration that does not exist.
#[derive(Default)]
struct Standing {
    version: Version,
    /// Of the newest lease.
    token: Option<u64>,
    head: Option<Digest>,
}

fn standing(connection: &Connection, id: &str) -> Result<Standing> {
    let found = connection
        .prepare_cached("SELECT version, token, head FROM migrations WHERE id = ?1")?
        .query_row([id], |row| {
            let (version, token) = (Version(count(row, 0)?), Some(count(row, 1)?));
            Ok(Standing { version, token, head: Some(Digest(row.get(2)?)) })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The events of a migration after `version`, oldest first.
pub(crate) fn events(connection: &Connection, id: MigrationId, version: Version, max: usize) -> Result<Vec<EventRow>> {
    connection
        .prepare_cached(
            "SELECT seq, migration, number, at, body FROM events
             WHERE migration = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
        )?
        .query_map(params![id.to_string(), integer(version.0)?, limit(max)], event_row)?
        .collect()
}

/// The events of all migrations after `place`, in the order of commits.
pub(crate) fn feed(connection: &Connection, place: u64, max: usize) -> Result<Vec<EventRow>> {
    connection
        .prepare_cached("SELECT seq, migration, number, at, body FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2")?
        .query_map(params![integer(place)?, limit(max)], event_row)?
        .collect()
}

/// The newest event's place; 0 when there is none.
pub(crate) fn newest(connection: &Connection) -> Result<u64> {
    connection.prepare_cached("SELECT coalesce(max(seq), 0) FROM events")?.query_row([], |row| count(row, 0))
}

fn event_row(row: &Row<'_>) -> Result<EventRow> {
    Ok(EventRow {
        place: count(row, 0)?,
        migration: parsed(row, 1)?,
        number: count(row, 2)?,
        at: parsed(row, 3)?,
        record: row.get(4)?,
    })
}

/// Every migration, in the order of creation.
pub(crate) fn list(connection: &Connection) -> Result<Vec<Summary>> {
    connection
        .prepare_cached("SELECT id, version, wake FROM migrations ORDER BY seq")?
        .query_map([], summary)?
        .collect()
}

/// The earliest wake time.
pub(crate) fn next_wake(connection: &Connection) -> Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT min(wake) FROM migrations WHERE wake IS NOT NULL")?
        .query_row([], |row| parsed_or_none(row, 0))
}

/// Leases what is due, earliest first.
pub(crate) fn lease_due(connection: &Connection, now: Timestamp, until: Timestamp, max: usize) -> Result<Vec<Lease>> {
    let due: Vec<MigrationId> = connection
        .prepare_cached(
            "SELECT id FROM migrations
             WHERE wake <= ?1 AND (held_until IS NULL OR held_until <= ?1)
             ORDER BY wake, seq LIMIT ?2",
        )?
        .query_map(params![instant(now), limit(max)], |row| parsed(row, 0))?
        .collect::<Result<_>>()?;
    let mut take = connection
        .prepare_cached("UPDATE migrations SET token = token + 1, held_until = ?2 WHERE id = ?1 RETURNING token")?;
    due.into_iter()
        .map(|migration| {
            let id = migration.to_string();
            let token = take.query_row(params![id, instant(until)], |row| count(row, 0))?;
            Ok(Lease { migration, token, until })
        })
        .collect()
}

/// Frees the migration of `lease` if that lease is the newest one.
pub(crate) fn release(connection: &Connection, lease: &Lease) -> Result<()> {
    let Lease { migration, token, until: _ } = lease;
    connection
        .prepare_cached(
            "UPDATE migrations SET held_until = NULL
             WHERE id = ?1 AND token = ?2 AND held_until IS NOT NULL",
        )?
        .execute(params![migration.to_string(), integer(*token)?])?;
    Ok(())
}

/// Frees every lease: nobody works under them any more.
pub(crate) fn release_all(connection: &Connection) -> Result<()> {
    connection.execute("UPDATE migrations SET held_until = NULL WHERE held_until IS NOT NULL", [])?;
    Ok(())
}

fn summary(row: &Row<'_>) -> Result<Summary> {
    Ok(Summary { migration: parsed(row, 0)?, version: Version(count(row, 1)?), wake: parsed_or_none(row, 2)? })
}

/// Always nine decimals: then the order of the texts is the order of the instants.
fn instant(at: Timestamp) -> String {
    format!("{at:.9}")
}

fn parsed<T>(row: &Row<'_>, column: usize) -> Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    parse(column, row.get_ref(column)?.as_str()?)
}

fn parsed_or_none<T>(row: &Row<'_>, column: usize) -> Result<Option<T>>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get_ref(column)?.as_str_or_null()?.map(|text| parse(column, text)).transpose()
}

fn parse<T>(column: usize, text: &str) -> Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse().map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// SQLite's integers are signed; a count below zero is damage.
fn count(row: &Row<'_>, column: usize) -> Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(column, number))
}

fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}

fn integer(count: u64) -> Result<i64> {
    i64::try_from(count).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}
