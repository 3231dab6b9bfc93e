//! The versions of the schema, and the way from each to the next. Goes forwards only.

use crate::connect::{Address, OpenError};
use crate::fault;
use deadpool_postgres::Object;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, GenericClient, IsolationLevel, Transaction};

/// The script at index `n` makes schema `n + 1` of schema `n`. Scripts that were released are never edited.
const SCRIPTS: [&str; 3] =
    [include_str!("../migrations/1.sql"), include_str!("../migrations/2.sql"), include_str!("../migrations/3.sql")];

/// The newest schema.
const NEWEST: i32 = SCRIPTS.len() as i32;

/// The oldest server that is known to work, as it numbers itself.
const SERVER_MIN: i32 = 150_000;

/// What transactions have to be: each statement sees what was committed when it began.
pub(crate) const READ_COMMITTED: &str = "read committed";

/// What the transactions of this session are where nothing else is said.
pub(crate) async fn isolation(connection: &Object, address: &Address) -> Result<String, OpenError> {
    let failed = |error: Error| OpenError::Unreachable { address: address.to_string(), detail: fault::words(&error) };
    let sql = "SELECT current_setting('default_transaction_isolation')";
    Ok(connection.query_typed_one(sql, &[]).await.map_err(failed)?.get(0))
}

/// Runs the scripts that the database lacks, all or none. Processes that start at the same time do it one after the other.
pub(crate) async fn bring_up_to_date(connection: &mut Object, address: &Address) -> Result<(), OpenError> {
    let failed = |error: Error| OpenError::Unprepared { address: address.to_string(), detail: fault::words(&error) };
    let version = "SELECT current_setting('server_version_num')::int4, current_setting('server_version')";
    let row = connection.query_typed_one(version, &[]).await.map_err(failed)?;
    if row.get::<_, i32>(0) < SERVER_MIN {
        return Err(OpenError::TooOld { address: address.to_string(), found: row.get(1) });
    }
    // Nobody waits for anybody where there is nothing to do.
    if schema_of::<Client>(connection, address).await? == Some(NEWEST) {
        return Ok(());
    }
    let read_committed = connection.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
    let transaction = read_committed.start().await.map_err(failed)?;
    // Both end with the transaction. Who stands still in here for so long is cut off by the server: others wait for the lock. Its
    // number is that of the lock on the schema; the log has another one.
    let alone = "SET LOCAL idle_in_transaction_session_timeout = '10s'; SELECT pg_advisory_xact_lock(4855443196130)";
    transaction.batch_execute(alone).await.map_err(failed)?;
    let found = match schema_of::<Transaction<'_>>(&transaction, address).await? {
        Some(found) => found,
        None => {
            transaction
                .batch_execute(
                    "CREATE SCHEMA IF NOT EXISTS carryover;
                     CREATE TABLE carryover.schema_version (version int4 NOT NULL);
                     INSERT INTO carryover.schema_version VALUES (0)",
                )
                .await
                .map_err(failed)?;
            0
        }
    };
    for script in SCRIPTS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.batch_execute(script).await.map_err(failed)?;
    }
    let set = "UPDATE carryover.schema_version SET version = $1";
    transaction.query_typed(set, &[(&NEWEST, Type::INT4)]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// The schema of the database; none in one that is not ours yet.
async fn schema_of<C: GenericClient>(client: &C, address: &Address) -> Result<Option<i32>, OpenError> {
    let failed = |error: Error| OpenError::Unprepared { address: address.to_string(), detail: fault::words(&error) };
    // By rows, which are as the statement finds them: what names lead to is remembered from before others made the tables.
    let exists = "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'carryover' AND tablename = 'schema_version')";
    if !client.query_typed_one(exists, &[]).await.map_err(failed)?.get::<_, bool>(0) {
        return Ok(None);
    }
    let found = "SELECT version FROM carryover.schema_version";
    let found: i32 = client.query_typed_one(found, &[]).await.map_err(failed)?.get(0);
    if found > NEWEST {
        return Err(OpenError::Newer { address: address.to_string(), found, known: NEWEST });
    }
    Ok(Some(found))
}
