//! The versions of the schema, and the way from each to the next. Goes forwards only.
//!
//! A file is ours when SQLite's `application_id` says so; its `user_version` is the number of the schema.

use crate::open::{OpenError, failure};
use crate::rows::chain;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Marks a database of Carryover: `CaOv` in ASCII.
const APPLICATION_ID: i32 = 0x4361_4f76;

/// The step at index `n` makes schema `n + 1` of schema `n`. Steps that were released are never edited.
const STEPS: [fn(&Connection) -> rusqlite::Result<()>; 3] = [
    |database| database.execute_batch(include_str!("../migrations/1.sql")),
    |database| database.execute_batch(include_str!("../migrations/2.sql")),
    |database| {
        database.execute_batch(include_str!("../migrations/3.sql"))?;
        chain::fill_in(database)?;
        database.execute_batch(include_str!("../migrations/3-after.sql"))
    },
];

/// The newest schema.
const NEWEST: u32 = STEPS.len() as u32;

/// The schema from which on events carry digests.
pub(crate) const CHAINED: u32 = 3;

/// Answers with the schema of the database at `path`; 0 when it is empty.
///
/// # Errors
/// [`OpenError`] when it is not a database, not ours, or newer than this program.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<u32, OpenError> {
    let failed = |error| failure(path, &error);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id").map_err(failed)?;
    let version = number("PRAGMA user_version").map_err(failed)?;
    let objects = number("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    if (application, version, objects) == (0, 0, 0) {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        return Err(OpenError::NotCarryover { path: path.to_owned() });
    }
    let found = version.cast_unsigned();
    if found > NEWEST {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: NEWEST });
    }
    Ok(found)
}

/// Takes the steps that the database lacks, all or none.
pub(crate) fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let failed = |error| failure(path, &error);
    if check(connection, path)? == NEWEST {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Looked at again: another process may have been faster.
    let found = check(&transaction, path)?;
    for step in STEPS.iter().skip(found as usize) {
        step(&transaction).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    transaction.pragma_update(None, "user_version", NEWEST).map_err(failed)?;
    transaction.commit().map_err(failed)
}
