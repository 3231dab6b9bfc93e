//! Opening a database: what must be true of a file before it is trusted. Changes nothing in a file that is not ours.

use crate::fault;
use crate::schema;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for another process that writes: import and approve take milliseconds, a checkpoint less than one
/// second.
const BUSY: Duration = Duration::from_secs(10);

/// Pages in the write-ahead log after which it is copied into the database: 16 MiB, a quarter of the flushes that the
/// default of 4 MiB costs.
const CHECKPOINT_PAGES: u32 = 4_000;

/// A database cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is missing. Make it, or correct the path.
    #[error("the folder {} does not exist: make it, or correct the path of the database", .path.display())]
    NoFolder {
        /// The folder that was looked for.
        path: PathBuf,
    },
    /// The file may not be written.
    #[error("{} is read-only: the database must be writable", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{} is not a database", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is another program's.
    #[error("{} is a database of another program", .path.display())]
    NotCarryover {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of Carryover wrote the file. Use that one.
    #[error(
        "{} was written by a newer version of Carryover (its schema is {found}, this program knows up to {known})",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema.
        found: u32,
        /// The newest known schema.
        known: u32,
    },
    /// The file cannot be opened or prepared for another reason.
    #[error("{} could not be opened: {detail}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, in words.
        detail: String,
    },
}

/// Opens the writing connection, and makes the database or brings it up to date.
pub(crate) fn writing(path: &Path) -> Result<Connection, OpenError> {
    if let Some(folder) = path.parent()
        && !folder.is_dir()
    {
        return Err(OpenError::NoFolder { path: folder.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |error| failure(path, &error);
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    // SQLite falls back to reading when it may not write.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    schema::check(&connection, path)?;
    configure(&connection).map_err(failed)?;
    schema::bring_up_to_date(&mut connection, path)?;
    Ok(connection)
}

/// Opens a connection that can only read.
pub(crate) fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    keep_plans(&connection)?;
    Ok(connection)
}

/// Has SQLite plan each statement once, and not anew for other values: each has one index that it goes by.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    keep_plans(connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // With FULL every commit is flushed before it is answered; `fullfsync` makes that true on Apple's systems.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    Ok(())
}

/// What an error while opening says about the file at `path`.
pub(crate) fn failure(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { path },
        _ => OpenError::Unusable { path, detail: fault::words(error) },
    }
}
