//! The statements about what callers asked for.

use super::{count, integer, parsed};
use carryover_domain::ids::MigrationId;
use carryover_ports::{Remembered, Request, RequestKey, Version};
use rusqlite::{Connection, Result, Row, params};

/// What requests with that key did, in the order of their commits.
pub(crate) fn with_key(connection: &Connection, key: RequestKey) -> Result<Vec<Remembered>> {
    connection
        .prepare_cached("SELECT key, fingerprint, migration, before, after FROM requests WHERE key = ?1 ORDER BY seq")?
        .query_map([key.to_string()], remembered)?
        .collect()
}

/// What requests did to a migration, in the order of their commits.
pub(crate) fn of(connection: &Connection, id: MigrationId) -> Result<Vec<Remembered>> {
    connection
        .prepare_cached(
            "SELECT key, fingerprint, migration, before, after FROM requests WHERE migration = ?1 ORDER BY seq",
        )?
        .query_map([id.to_string()], remembered)?
        .collect()
}

/// What all requests did, in the order of their commits.
pub(crate) fn all(connection: &Connection) -> Result<Vec<Remembered>> {
    connection
        .prepare_cached("SELECT key, fingerprint, migration, before, after FROM requests ORDER BY seq")?
        .query_map([], remembered)?
        .collect()
}

pub(super) fn insert(connection: &Connection, new: &Remembered) -> Result<()> {
    let Remembered { request: Request { key, fingerprint }, migration, before, after } = new;
    connection
        .prepare_cached(
            "INSERT INTO requests (key, fingerprint, migration, before, after) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![key.to_string(), fingerprint, migration.to_string(), integer(before.0)?, integer(after.0)?])?;
    Ok(())
}

fn remembered(row: &Row<'_>) -> Result<Remembered> {
    Ok(Remembered {
        request: Request { key: RequestKey(parsed(row, 0)?), fingerprint: row.get(1)? },
        migration: parsed(row, 2)?,
        before: Version(count(row, 3)?),
        after: Version(count(row, 4)?),
    })
}
