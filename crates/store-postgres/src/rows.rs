//! The statements that read and lease, and how values stand in rows. Each is one statement, so it sees one state of the
//! database and is a transaction of its own.

pub(crate) mod append;
pub(crate) mod budgets;
pub(crate) mod chain;
pub(crate) mod taking;

use crate::fault::Trouble;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Kept, Lease, Remembered, Request, RequestKey, Summary, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

/// An event as it stands in its row.
pub(crate) struct EventRow {
    /// Its place in the order of commits, over all migrations.
    pub(crate) place: u64,
    pub(crate) migration: MigrationId,
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) record: String,
}

/// A migration with its whole log. Of an event none where its row holds what cannot be understood.
pub(crate) struct LogRows {
    pub(crate) version: Version,
    pub(crate) wake: Option<Timestamp>,
    /// The digest of the log.
    pub(crate) digest: [u8; 32],
    pub(crate) events: Vec<Option<Kept>>,
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

async fn all<T>(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
    read: impl Fn(&Row) -> Option<T>,
) -> Result<Vec<T>, Trouble> {
    let rows = client.query_typed(sql, parameters).await.map_err(|error| Trouble::of(&error))?;
    let values: Option<Vec<T>> = rows.iter().map(read).collect();
    values.ok_or_else(|| Trouble::Refused("a row holds a value that cannot be understood".to_owned()))
}

async fn one<T>(client: &Client, sql: &str, read: impl Fn(&Row) -> Option<T>) -> Result<T, Trouble> {
    let row = client.query_typed_one(sql, &[]).await.map_err(|error| Trouble::of(&error))?;
    read(&row).ok_or_else(|| Trouble::Refused("a row holds a value that cannot be understood".to_owned()))
}

/// By the index, one log after the other: whoever joins whole tables reads all of them. The bounds of numbers leave nothing out.
/// A server that has not analysed the table yet takes it to hold two hundred logs in all; between two bounds it expects little
/// of each, and without them so much that it compiles the statement each time it is asked (JIT), which takes it half a second.
const LOGS: &str = "
    SELECT e.place, m.id, e.number, e.at, e.body, e.before, m.version, m.wake, m.head
    FROM carryover.migrations m LEFT JOIN LATERAL (
        SELECT place, number, at, body, before FROM carryover.events
        WHERE migration = m.id AND number BETWEEN 1 AND 9223372036854775807 ORDER BY number OFFSET 0
    ) e ON true
    WHERE m.id = ANY($1)";

/// The logs of those of `ids` that exist, by one statement; none in the place of one with a row that cannot be understood.
pub(crate) async fn logs(
    client: &Client,
    ids: &[MigrationId],
) -> Result<BTreeMap<MigrationId, Option<LogRows>>, Trouble> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = all(client, LOGS, &[(&ids, Type::UUID_ARRAY)], |row| Some((id(row, 1)?, log_row(row)))).await?;
    let mut logs: BTreeMap<MigrationId, Option<LogRows>> = BTreeMap::new();
    for (id, row) in rows {
        let Some((log, event)) = row else {
            logs.insert(id, None);
            continue;
        };
        if let Some(log) = logs.entry(id).or_insert(Some(log)) {
            log.events.extend(event);
        }
    }
    Ok(logs)
}

/// A log without its events, and one of them; none where there is none.
fn log_row(row: &Row) -> Option<(LogRows, Option<Option<Kept>>)> {
    let event = value::<Option<i64>>(row, 0)?.map(|_| chain::kept(row));
    let (version, wake, digest) = (Version(count(row, 6)?), instant_or_none(row, 7)?, chain::digest(row, 8)?);
    Some((LogRows { version, wake, digest, events: Vec::new() }, event))
}

/// The events of a migration after `version`, oldest first.
pub(crate) async fn events(
    client: &Client,
    id: MigrationId,
    version: Version,
    max: usize,
) -> Result<Vec<EventRow>, Trouble> {
    all(
        client,
        "SELECT place, migration, number, at, body FROM carryover.events
         WHERE migration = $1 AND number > $2 ORDER BY number LIMIT $3",
        &[(&id.as_uuid(), Type::UUID), (&integer(version.0), Type::INT8), (&limit(max), Type::INT8)],
        event,
    )
    .await
}

/// The events of all migrations after `place`, in the order of commits.
pub(crate) async fn feed(client: &Client, place: u64, max: usize) -> Result<Vec<EventRow>, Trouble> {
    all(
        client,
        "SELECT place, migration, number, at, body FROM carryover.events WHERE place > $1 ORDER BY place LIMIT $2",
        &[(&integer(place), Type::INT8), (&limit(max), Type::INT8)],
        event,
    )
    .await
}

/// The newest event's place; 0 when there is none.
pub(crate) async fn newest(client: &Client) -> Result<u64, Trouble> {
    one(client, "SELECT coalesce(max(place), 0) FROM carryover.events", |row| count(row, 0)).await
}

/// Every migration, in the order of creation.
pub(crate) async fn list(client: &Client) -> Result<Vec<Summary>, Trouble> {
    all(client, "SELECT id, version, wake FROM carryover.migrations ORDER BY place", &[], |row| {
        Some(Summary { migration: id(row, 0)?, version: Version(count(row, 1)?), wake: instant_or_none(row, 2)? })
    })
    .await
}

/// The earliest wake time.
pub(crate) async fn next_wake(client: &Client) -> Result<Option<Timestamp>, Trouble> {
    let sql = "SELECT min(wake) FROM carryover.migrations WHERE wake IS NOT NULL";
    one(client, sql, |row| instant_or_none(row, 0)).await
}

/// The server's time.
pub(crate) async fn server_time(client: &Client) -> Result<Timestamp, Trouble> {
    let sql = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    one(client, sql, |row| value::<&str>(row, 0)?.parse().ok()).await
}

/// The latest end of a lease that is later than `now`.
pub(crate) async fn held_until(client: &Client, now: Timestamp) -> Result<Option<Timestamp>, Trouble> {
    let sql = "SELECT max(held_until) FROM carryover.migrations WHERE held_until > $1";
    let held = all(client, sql, &[(&text(now), Type::TEXT)], |row| instant_or_none(row, 0)).await?;
    Ok(held.into_iter().flatten().max())
}

/// Frees whatever is leased for longer than `ahead` from now, by the server's clock, and answers how many these are.
pub(crate) async fn free_beyond(client: &Client, ahead: SignedDuration) -> Result<u64, Trouble> {
    let sql = "UPDATE carryover.migrations SET held_until = NULL WHERE held_until > to_char(
        (clock_timestamp() + make_interval(secs => $1)) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '000Z'";
    client.execute_typed(sql, &[(&ahead.as_secs_f64(), Type::FLOAT8)]).await.map_err(|error| Trouble::of(&error))
}

/// Leases what is due, earliest first. What another process is just leasing or committing is passed over.
pub(crate) async fn lease_due(
    client: &Client,
    now: Timestamp,
    until: Timestamp,
    max: usize,
) -> Result<Vec<Lease>, Trouble> {
    let mut leases = all(
        client,
        "WITH due AS (
             SELECT id, wake, place FROM carryover.migrations
             WHERE wake <= $1 AND (held_until IS NULL OR held_until <= $1)
             ORDER BY wake, place LIMIT $3 FOR UPDATE SKIP LOCKED
         )
         UPDATE carryover.migrations m SET token = m.token + 1, held_until = $2
         FROM due WHERE m.id = due.id RETURNING m.id, m.token, due.wake, due.place",
        &[(&text(now), Type::TEXT), (&text(until), Type::TEXT), (&limit(max), Type::INT8)],
        |row| {
            let lease = Lease { migration: id(row, 0)?, token: count(row, 1)?, until };
            Some(((value::<String>(row, 2)?, count(row, 3)?), lease))
        },
    )
    .await?;
    leases.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(leases.into_iter().map(|(_, lease)| lease).collect())
}

/// Frees the migration of `lease` if that lease is the newest one. A release that a crash of the server loses does no harm, for the
/// lease lapses, so nobody waits for the disk.
pub(crate) async fn release(client: &Client, lease: &Lease) -> Result<(), Trouble> {
    let Lease { migration, token, until: _ } = lease;
    let sql = "WITH at_once AS (SELECT set_config('synchronous_commit', 'off', true))
               UPDATE carryover.migrations SET held_until = NULL FROM at_once
               WHERE id = $1 AND token = $2 AND held_until IS NOT NULL";
    let parameters: [Parameter<'_>; 2] = [(&migration.as_uuid(), Type::UUID), (&integer(*token), Type::INT8)];
    client.query_typed(sql, &parameters).await.map(drop).map_err(|error| Trouble::of(&error))
}

/// What requests with that key did, in the order of their commits.
pub(crate) async fn with_key(client: &Client, key: RequestKey) -> Result<Vec<Remembered>, Trouble> {
    all(
        client,
        "SELECT key, fingerprint, migration, before, after FROM carryover.requests WHERE key = $1 ORDER BY place",
        &[(&key.0, Type::UUID)],
        remembered,
    )
    .await
}

/// What requests did to a migration, in the order of their commits.
pub(crate) async fn requests(client: &Client, id: MigrationId) -> Result<Vec<Remembered>, Trouble> {
    all(
        client,
        "SELECT key, fingerprint, migration, before, after FROM carryover.requests
         WHERE migration = $1 ORDER BY place",
        &[(&id.as_uuid(), Type::UUID)],
        remembered,
    )
    .await
}

fn remembered(row: &Row) -> Option<Remembered> {
    Some(Remembered {
        request: Request { key: RequestKey(value(row, 0)?), fingerprint: value::<Vec<u8>>(row, 1)?.try_into().ok()? },
        migration: id(row, 2)?,
        before: Version(count(row, 3)?),
        after: Version(count(row, 4)?),
    })
}

fn event(row: &Row) -> Option<EventRow> {
    Some(EventRow {
        place: count(row, 0)?,
        migration: id(row, 1)?,
        number: count(row, 2)?,
        at: value::<&str>(row, 3)?.parse().ok()?,
        record: value(row, 4)?,
    })
}

fn value<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Option<T> {
    row.try_get(column).ok()
}

fn id(row: &Row, column: usize) -> Option<MigrationId> {
    value(row, column).map(MigrationId::new)
}

/// PostgreSQL's integers are signed; a count below zero is damage.
fn count(row: &Row, column: usize) -> Option<u64> {
    u64::try_from(value::<i64>(row, column)?).ok()
}

fn instant_or_none(row: &Row, column: usize) -> Option<Option<Timestamp>> {
    match value::<Option<&str>>(row, column)? {
        None => Some(None),
        Some(text) => text.parse().ok().map(Some),
    }
}

/// Always nine decimals: then the order of the texts is the order of the instants.
fn text(at: Timestamp) -> String {
    format!("{at:.9}")
}

fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}

/// No log is that long; a token or version beyond it is nobody's.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::LOGS;
    use crate::{Address, PostgresStore};
    use carryover_testkit::postgres::{self, Cluster};

    /// 20,000 logs of four events, which nobody has analysed, and a server that compiles sooner than usual, as they are fewer than
    /// would make a usual one do it.
    #[tokio::test]
    async fn logs_are_read_without_being_compiled_for_before_the_server_has_analysed_its_tables() {
        let Some(cluster) = postgres::shared() else { return };
        let address = cluster.database();
        drop(PostgresStore::open(&Address::parse(&address).expect("an address")).await.expect("a database"));
        let name = Cluster::name_of(&address);
        cluster.sql(
            name,
            "ALTER TABLE carryover.migrations SET (autovacuum_enabled = off);
             ALTER TABLE carryover.events SET (autovacuum_enabled = off);
             INSERT INTO carryover.migrations (id, place, version, head)
             SELECT md5(n::text)::uuid, 4 * n, 4, sha256('') FROM generate_series(1, 20000) n;
             INSERT INTO carryover.events (place, migration, number, at, body, before)
             SELECT 4 * n + number, md5(n::text)::uuid, number, '', '', sha256('')
             FROM generate_series(1, 20000) n, generate_series(1, 4) number",
        );
        let ids = "(SELECT array_agg(md5(n::text)::uuid) FROM generate_series(1, 64) n)";
        let ids = cluster.sql(name, &format!("SELECT quote_literal({ids})"));
        let statement = LOGS.replace("$1", &format!("{}::uuid[]", ids.trim()));
        let plan = cluster.sql(name, &format!("SET jit_above_cost = 20000; EXPLAIN {statement}"));
        assert!(plan.contains("events_migration_number_key") && !plan.contains("JIT"), "{plan}");
    }
}
