//! Opening a database: what must be true of a file before it is trusted. Changes nothing in a file that is not ours.

use crate::fault;
use crate::mark::{Mark, MarkFile};
use crate::rows::{self, chain};
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
    /// Something that was answered is not in the file.
    #[error(
        "{} {}, and event {confirmed} had been confirmed to be in it, so what came in between is lost: a file that \
         belongs beside it was cut off or taken away, or an older copy was put in its place. End all work on it and look \
         for what is missing; to go on without, delete {}, and whatever was bought in between is looked for before \
         anything is bought",
        .path.display(), ends(*.found), .mark.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// The place of its newest event; 0 when it holds none.
        found: u64,
        /// The place up to which it was confirmed.
        confirmed: u64,
        /// The file that says so.
        mark: PathBuf,
    },
    /// The file holds another history than the one that was answered.
    #[error(
        "event {confirmed} of {} is not the one that had been confirmed: the file is damaged, another one was put in its place, \
         or it lost something before more was written. End all work on it and look for the right one; to go on with this one, delete \
         {}",
        .path.display(), .mark.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// The place of the event.
        confirmed: u64,
        /// The file that says so.
        mark: PathBuf,
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

fn ends(found: u64) -> String {
    if found == 0 { "holds no event".to_owned() } else { format!("ends with event {found}") }
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
    // Before the database is read, which may have come further in the meantime, and never less far.
    let file = MarkFile::beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    let cannot =
        |error: std::io::Error| OpenError::Unusable { path: file.path().to_owned(), detail: error.to_string() };
    let mark = file.read().map_err(cannot)?;
    if let Some(Mark { place: confirmed, .. }) = mark
        && !path.exists()
    {
        return Err(OpenError::Lost { path: path.to_owned(), found: 0, confirmed, mark: file.path().to_owned() });
    }
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    // SQLite falls back to reading when it may not write.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    let version = schema::check(&connection, path)?;
    if let Some(mark) = mark {
        reaches(&connection, version, mark, path, &file)?;
    }
    configure(&connection).map_err(failed)?;
    schema::bring_up_to_date(&mut connection, path)?;
    Ok(connection)
}

/// Whether the database reaches its `mark`. Where it does not, its log stays as it is: there may be more in it than can be read.
fn reaches(connection: &Connection, version: u32, mark: Mark, path: &Path, file: &MarkFile) -> Result<(), OpenError> {
    let failed = |error| failure(path, &error);
    let Mark { place: confirmed, digest } = mark;
    let keep = |kept| connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, kept).map(drop);
    keep(true).map_err(failed)?;
    let found = if version == 0 { 0 } else { rows::newest(connection).map_err(failed)? };
    if found < confirmed {
        return Err(OpenError::Lost { path: path.to_owned(), found, confirmed, mark: file.path().to_owned() });
    }
    if version >= schema::CHAINED && chain::digest_at(connection, confirmed).map_err(failed)? != Some(digest) {
        return Err(OpenError::Other { path: path.to_owned(), confirmed, mark: file.path().to_owned() });
    }
    keep(false).map_err(failed)
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
