//! The statements, and how values stand in rows. Knows nothing of threads and transactions: callers bring one.

use carryover_domain::ids::MigrationId;
use carryover_ports::{Lease, Summary, Version};
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
}

/// What became of a commit.
pub(crate) enum Appended {
    /// Written; the migration is at this version now.
    Written(Version),
    /// Not written: the migration is at this version.
    Stale(Version),
    /// Not written: a migration cannot begin without an event.
    Empty,
}

/// An event as it stands in its row.
pub(crate) struct EventRow {
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) record: String,
}

/// Appends `new` to its log if that is where it is expected to be.
pub(crate) fn append(connection: &Connection, new: &NewEvents) -> Result<Appended> {
    let NewEvents { migration, expected, records, at, wake } = new;
    let id = migration.to_string();
    let actual = version(connection, &id)?;
    if actual != *expected {
        return Ok(Appended::Stale(actual));
    }
    let next = Version(actual.0 + records.len() as u64);
    if next == Version(0) {
        return Ok(Appended::Empty);
    }
    let migration = if actual == Version(0) {
        "INSERT INTO migrations (id, version, wake) VALUES (?1, ?2, ?3)"
    } else {
        "UPDATE migrations SET version = ?2, wake = ?3 WHERE id = ?1"
    };
    connection.prepare_cached(migration)?.execute(params![id, integer(next.0)?, wake.map(instant)])?;
    let at = instant(*at);
    let mut insert =
        connection.prepare_cached("INSERT INTO events (migration, number, at, body) VALUES (?1, ?2, ?3, ?4)")?;
    for (number, record) in (actual.0 + 1..).zip(records) {
        insert.execute(params![id, integer(number)?, at, record])?;
    }
    Ok(Appended::Written(next))
}

fn version(connection: &Connection, id: &str) -> Result<Version> {
    let found = connection
        .prepare_cached("SELECT version FROM migrations WHERE id = ?1")?
        .query_row([id], |row| count(row, 0))
        .optional()?;
    Ok(Version(found.unwrap_or(0)))
}

/// The row of a migration, if there is one.
pub(crate) fn migration(connection: &Connection, id: MigrationId) -> Result<Option<Summary>> {
    connection
        .prepare_cached("SELECT id, version, wake FROM migrations WHERE id = ?1")?
        .query_row([id.to_string()], summary)
        .optional()
}

/// The events of a migration, oldest first.
pub(crate) fn events(connection: &Connection, id: MigrationId) -> Result<Vec<EventRow>> {
    connection
        .prepare_cached("SELECT number, at, body FROM events WHERE migration = ?1 ORDER BY number")?
        .query_map([id.to_string()], |row| {
            Ok(EventRow { number: count(row, 0)?, at: parsed(row, 1)?, record: row.get(2)? })
        })?
        .collect()
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
        .query_map(params![instant(now), i64::try_from(max).unwrap_or(i64::MAX)], |row| parsed(row, 0))?
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

fn integer(count: u64) -> Result<i64> {
    i64::try_from(count).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}
