//! The statements about the chain of digests: what is kept of a migration and of its events.

use super::{count, integer, limit, parsed, parsed_or_none};
use crate::mark::Mark;
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::Digest;
use carryover_ports::{Chain, Cursor, Head, Kept, Version};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// The heads of all migrations, in the order of creation.
pub(crate) fn heads(connection: &Connection) -> Result<Vec<Head>> {
    connection
        .prepare_cached("SELECT id, version, wake, head FROM migrations ORDER BY seq")?
        .query_map([], head)?
        .collect()
}

/// A migration's head and events, if there is one.
pub(crate) fn of(connection: &Connection, id: MigrationId) -> Result<Option<Chain>> {
    let Some((head, events)) = log(connection, id)? else { return Ok(None) };
    Ok(Some(Chain { head, events: events.into_iter().collect::<Result<_>>()? }))
}

/// A migration's head, if there is one, and its events, each as far as its row can be understood.
pub(crate) fn log(connection: &Connection, id: MigrationId) -> Result<Option<(Head, Vec<Result<Kept>>)>> {
    let found = connection
        .prepare_cached("SELECT id, version, wake, head FROM migrations WHERE id = ?1")?
        .query_row([id.to_string()], head)
        .optional()?;
    let Some(head) = found else { return Ok(None) };
    let mut events = connection.prepare_cached(
        "SELECT seq, migration, number, at, body, before FROM events WHERE migration = ?1 ORDER BY number",
    )?;
    let events = events.query_map([id.to_string()], kept)?.collect();
    Ok(Some((head, events)))
}

/// The events of all migrations after `place`, in the order of commits.
pub(crate) fn after(connection: &Connection, place: u64, max: usize) -> Result<Vec<Kept>> {
    connection
        .prepare_cached(
            "SELECT seq, migration, number, at, body, before FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?
        .query_map(params![integer(place)?, limit(max)], kept)?
        .collect()
}

/// The newest event's place, with the digest of its log; none where there is no event.
pub(crate) fn end(connection: &Connection) -> Result<Option<Mark>> {
    connection
        .prepare_cached(
            "SELECT e.seq, m.head FROM events e JOIN migrations m ON m.id = e.migration ORDER BY e.seq DESC LIMIT 1",
        )?
        .query_row([], |row| Ok(Mark { place: count(row, 0)?, digest: Digest(row.get(1)?) }))
        .optional()
}

/// The digest of the log that the event at `place` belongs to, up to that event; none where there is no such event.
pub(crate) fn digest_at(connection: &Connection, place: u64) -> Result<Option<Digest>> {
    connection
        .prepare("SELECT before, number, at, body FROM events WHERE seq = ?1")?
        .query_row([integer(place)?], |row| {
            Ok(Digest(row.get(0)?).with(count(row, 1)?, parsed(row, 2)?, row.get_ref(3)?.as_str()?))
        })
        .optional()
}

/// Gives all events and migrations of a database their digests, which it had no room for until now.
pub(crate) fn fill_in(connection: &Connection) -> Result<()> {
    let mut events =
        connection.prepare("SELECT seq, number, at, body FROM events WHERE migration = ?1 ORDER BY number")?;
    let mut set_before = connection.prepare("UPDATE events SET before = ?2 WHERE seq = ?1")?;
    let mut set_head = connection.prepare("UPDATE migrations SET head = ?2 WHERE id = ?1")?;
    let ids: Vec<MigrationId> = connection
        .prepare("SELECT id FROM migrations ORDER BY seq")?
        .query_map([], |row| parsed(row, 0))?
        .collect::<Result<_>>()?;
    for id in ids {
        let mut digest = Digest::of_none(id);
        let mut rows = events.query([id.to_string()])?;
        while let Some(row) = rows.next()? {
            let (seq, number, at): (i64, u64, Timestamp) = (row.get(0)?, count(row, 1)?, parsed(row, 2)?);
            set_before.execute(params![seq, digest.0])?;
            digest = digest.with(number, at, row.get_ref(3)?.as_str()?);
        }
        set_head.execute(params![id.to_string(), digest.0])?;
    }
    Ok(())
}

fn head(row: &Row<'_>) -> Result<Head> {
    Ok(Head {
        migration: parsed(row, 0)?,
        version: Version(count(row, 1)?),
        wake: parsed_or_none(row, 2)?,
        digest: row.get(3)?,
    })
}

fn kept(row: &Row<'_>) -> Result<Kept> {
    Ok(Kept {
        cursor: Cursor::new(count(row, 0)?),
        migration: parsed(row, 1)?,
        number: count(row, 2)?,
        at: parsed(row, 3)?,
        record: row.get(4)?,
        before: row.get(5)?,
    })
}
