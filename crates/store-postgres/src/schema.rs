//! The versions of the schema, and the way from each to the next. Goes forwards only.

use crate::connect::{Address, OpenError};
use crate::fault;
use deadpool_postgres::Object;
use tokio_postgres::Error;
use tokio_postgres::types::Type;

/// The script at index `n` makes schema `n + 1` of schema `n`. Scripts that were released are never edited.
const SCRIPTS: [&str; 3] =
    [include_str!("../migrations/1.sql"), include_str!("../migrations/2.sql"), include_str!("../migrations/3.sql")];

/// The newest schema.
const NEWEST: i32 = SCRIPTS.len() as i32;

/// The oldest server that is known to work, as it numbers itself.
const SERVER_MIN: i32 = 150_000;

/// Runs the scripts that the database lacks, all or none. Processes that start at the same time do it one after the other.
pub(crate) async fn bring_up_to_date(connection: &mut Object, address: &Address) -> Result<(), OpenError> {
    let failed = |error: Error| OpenError::Unprepared { address: address.to_string(), detail: fault::words(&error) };
    let version = "SELECT current_setting('server_version_num')::int4, current_setting('server_version')";
    let row = connection.query_typed_one(version, &[]).await.map_err(failed)?;
    if row.get::<_, i32>(0) < SERVER_MIN {
        return Err(OpenError::TooOld { address: address.to_string(), found: row.get(1) });
    }
    let transaction = connection.transaction().await.map_err(failed)?;
    // Ends with the transaction. The number is that of the lock on the schema; the log has another one.
    transaction.batch_execute("SELECT pg_advisory_xact_lock(4855443196130)").await.map_err(failed)?;
    let exists = "SELECT to_regclass('carryover.schema_version') IS NOT NULL";
    let exists: bool = transaction.query_typed_one(exists, &[]).await.map_err(failed)?.get(0);
    let found: i32 = if exists {
        let found = "SELECT version FROM carryover.schema_version";
        transaction.query_typed_one(found, &[]).await.map_err(failed)?.get(0)
    } else {
        transaction
            .batch_execute(
                "CREATE SCHEMA IF NOT EXISTS carryover;
                 CREATE TABLE carryover.schema_version (version int4 NOT NULL);
                 INSERT INTO carryover.schema_version VALUES (0)",
            )
            .await
            .map_err(failed)?;
        0
    };
    if found > NEWEST {
        return Err(OpenError::Newer { address: address.to_string(), found, known: NEWEST });
    }
    for script in SCRIPTS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.batch_execute(script).await.map_err(failed)?;
    }
    let set = "UPDATE carryover.schema_version SET version = $1";
    transaction.query_typed(set, &[(&NEWEST, Type::INT4)]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}
