//! The statements about the chain of digests: what is kept of a migration and of its events.

use super::{all, count, id, instant_or_none, integer, limit, remembered, value};
use crate::fault::Trouble;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Chain, Cursor, Head, Kept, Remembered, Version};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// The heads of all migrations, in the order of creation.
pub(crate) async fn heads(client: &Client) -> Result<Vec<Head>, Trouble> {
    all(client, "SELECT id, version, wake, head FROM carryover.migrations ORDER BY place", &[], |row| head(row, 0))
        .await
}

/// A migration's head and events, if there is one.
pub(crate) async fn of(client: &Client, migration: MigrationId) -> Result<Option<Chain>, Trouble> {
    let rows = all(
        client,
        "SELECT e.place, m.id, e.number, e.at, e.body, e.before, m.id, m.version, m.wake, m.head
         FROM carryover.migrations m LEFT JOIN carryover.events e ON e.migration = m.id
         WHERE m.id = $1 ORDER BY e.number",
        &[(&migration.as_uuid(), Type::UUID)],
        |row| {
            let kept = match value::<Option<i64>>(row, 0)? {
                Some(_) => Some(kept(row)?),
                None => None,
            };
            Some((head(row, 6)?, kept))
        },
    )
    .await?;
    let Some(head) = rows.first().map(|(head, _)| *head) else { return Ok(None) };
    Ok(Some(Chain { head, events: rows.into_iter().filter_map(|(_, kept)| kept).collect() }))
}

/// The events of all migrations after `place`, in the order of commits.
pub(crate) async fn after(client: &Client, place: u64, max: usize) -> Result<Vec<Kept>, Trouble> {
    all(
        client,
        "SELECT place, migration, number, at, body, before FROM carryover.events
         WHERE place > $1 ORDER BY place LIMIT $2",
        &[(&integer(place), Type::INT8), (&limit(max), Type::INT8)],
        kept,
    )
    .await
}

/// What all requests did, in the order of their commits.
pub(crate) async fn requests(client: &Client) -> Result<Vec<Remembered>, Trouble> {
    let sql = "SELECT key, fingerprint, migration, before, after FROM carryover.requests ORDER BY place";
    all(client, sql, &[], remembered).await
}

fn head(row: &Row, first: usize) -> Option<Head> {
    Some(Head {
        migration: id(row, first)?,
        version: Version(count(row, first + 1)?),
        wake: instant_or_none(row, first + 2)?,
        digest: digest(row, first + 3)?,
    })
}

pub(super) fn kept(row: &Row) -> Option<Kept> {
    Some(Kept {
        cursor: Cursor::new(count(row, 0)?),
        migration: id(row, 1)?,
        number: count(row, 2)?,
        at: value::<&str>(row, 3)?.parse().ok()?,
        record: value(row, 4)?,
        before: digest(row, 5)?,
    })
}

pub(super) fn digest(row: &Row, column: usize) -> Option<[u8; 32]> {
    value::<&[u8]>(row, column)?.try_into().ok()
}
