//! A copy of the database while others work on it: SQLite's online backup, from one state of the file.

use crate::readers::unreadable;
use crate::{SqliteStore, fault, open};
use carryover_ports::StoreError;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages that are copied between two reports of progress: 4 MiB.
const PAGES_AT_A_TIME: i32 = 1_000;

/// No backup was made. What was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("{} exists already: a backup overwrites nothing", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The database could not be read, or the backup not be written.
    #[error("the backup {} could not be written: {detail}", .path.display())]
    NotWritten {
        /// The backup.
        path: PathBuf,
        /// Why, in words.
        detail: String,
    },
    /// What was written is not what a database has to be.
    #[error("the backup {} is damaged: {detail}", .path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// Why, in words.
        detail: String,
    },
}

impl SqliteStore {
    /// Writes a copy of the database to the new file `to`, as it is at this moment, and has SQLite check it. Others may read
    /// and write meanwhile. `told` is called with the pages that are copied and those there are.
    ///
    /// # Errors
    /// [`BackupError`]; a file that was begun may be there then.
    pub async fn back_up(&self, to: &Path, told: impl Fn(u64, u64) + Send + 'static) -> Result<(), BackupError> {
        let (from, to) = (self.path.clone(), to.to_owned());
        let path = to.clone();
        let copying = tokio::task::spawn_blocking(move || copy(&from, &to, told));
        copying.await.unwrap_or_else(|ended| Err(BackupError::NotWritten { path, detail: ended.to_string() }))
    }
}

impl SqliteStore {
    /// Has SQLite check every page, every index, and whether each event and request has its migration, and answers with the first
    /// thing that is wrong; none where all is well.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read at all.
    pub async fn first_damage(&self) -> Result<Option<String>, StoreError> {
        self.readers.read(|database: &Transaction<'_>| damage(database).map_err(|error| unreadable(&error))).await
    }
}

/// What SQLite says of a database that is whole.
const SOUND: &str = "ok";

fn damage(database: &Connection) -> rusqlite::Result<Option<String>> {
    let said: String = database.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != SOUND {
        // A heading comes before it where a page is wrong.
        return Ok(Some(said.lines().find(|line| !line.starts_with("***")).unwrap_or(&said).to_owned()));
    }
    // No part of that check. Whoever writes with another program need not have references minded.
    let orphan = |row: &Row<'_>| {
        let (of, number, gone): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("row {number} of {of} belongs to a row of {gone} that is gone"))
    };
    database.query_row("PRAGMA foreign_key_check", [], orphan).optional()
}

fn copy(from: &Path, to: &Path, told: impl Fn(u64, u64)) -> Result<(), BackupError> {
    let path = || to.to_owned();
    let failed = |error: rusqlite::Error| BackupError::NotWritten { path: path(), detail: fault::words(&error) };
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Exists { path: path() },
        _ => BackupError::NotWritten { path: path(), detail: error.to_string() },
    };
    // Made here, so that nobody else's file of that name is written.
    drop(std::fs::File::create_new(to).map_err(refused)?);
    let mut source = open::reading(from).map_err(failed)?;
    // Held to the end: all pages are of one state, and writers do not wait for it.
    let one_state = source.transaction().map_err(failed)?;
    one_state.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(failed)?;
    let mut target = Connection::open(to).map_err(failed)?;
    let backup = Backup::new(&one_state, &mut target).map_err(failed)?;
    loop {
        let step = backup.step(PAGES_AT_A_TIME).map_err(failed)?;
        let progress = backup.progress();
        let pages = |count: i32| u64::try_from(count).unwrap_or_default();
        told(pages(progress.pagecount - progress.remaining), pages(progress.pagecount));
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            // Nobody else knows the target, and a log that is written beside keeps no reader out; a checkpoint may, for moments.
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    drop(backup);
    if let Some(detail) = damage(&target).map_err(failed)? {
        return Err(BackupError::Damaged { path: path(), detail });
    }
    target.close().map_err(|(_, error)| failed(error))?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(refused)
}
