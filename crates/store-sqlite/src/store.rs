//! The store itself: the ports in terms of the writer, the readers and the rows.

use crate::lock::{LockError, WorkerLock};
use crate::mark::MarkFile;
use crate::open::{self, OpenError};
use crate::readers::{Readers, unreadable};
use crate::rows::{self, Appended, EventRow, NewEvents, chain};
use crate::writer::{Trouble, Writer};
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::{Break, Digest, Link, Walk};
use carryover_ports::{
    Commit, CommitError, Cursor, Fed, Head, Index, Kept, Lease, Loaded, Log, Recorded, Remembered, RequestKey, Store,
    StoreError, Summary, Version,
};
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often news of other processes are looked for. A look is a read of one row that is in memory.
const GLANCE: Duration = Duration::from_millis(200);

/// A store in one SQLite file.
///
/// Its methods need a tokio runtime. Dropping it waits for the commits that are under way, which takes milliseconds.
///
/// ```
/// use carryover_ports::Index;
/// use carryover_store_sqlite::SqliteStore;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("carryover.db"))?;
/// assert_eq!(store.list().await?, []);
/// # Ok::<_, Box<dyn std::error::Error>>(()) })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) path: PathBuf,
    // Before the writer, because fields are dropped in this order: whoever closes the database last takes the write-ahead
    // log into it, and a reader cannot.
    pub(crate) readers: Arc<Readers>,
    pub(crate) writer: Writer,
}

impl SqliteStore {
    /// Opens the database at `path`; makes it when there is none. Blocks for as long as that takes.
    ///
    /// # Errors
    /// [`OpenError`] when the file cannot be used. It was not changed then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let unusable = |error: std::io::Error| OpenError::Unusable { path: path.to_owned(), detail: error.to_string() };
        // Absolute, so that no name means anything else to SQLite; canonical, so that one file has one lock.
        let absolute = std::path::absolute(path).map_err(unusable)?;
        let connection = open::writing(&absolute)?;
        let canonical = absolute.canonicalize().map_err(unusable)?;
        Ok(Self {
            writer: Writer::start(connection, MarkFile::beside(&canonical)).map_err(unusable)?,
            readers: Arc::new(Readers::new(canonical.clone())),
            path: canonical,
        })
    }

    /// Claims the database for the one process that works on it. Commands that only import, approve or look need no
    /// claim: they may write beside it.
    ///
    /// Leases of whoever worked before are freed: that process is over, so its share is due at once. The claim ends when
    /// the answer is dropped, or with the process, however that ends.
    ///
    /// # Errors
    /// [`LockError`] when another process works on it, or the lock file or the database cannot be used.
    pub async fn lock_for_work(&self) -> Result<WorkerLock, LockError> {
        let lock = WorkerLock::take(&self.path)?;
        let freed = self.writer.write(rows::release_all).await;
        freed.map(|()| lock).map_err(|trouble| {
            let (Trouble::NotWritten(detail) | Trouble::Unconfirmed(detail)) = trouble;
            LockError::LeasesNotFreed { detail }
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        let ids = ids.to_vec();
        self.readers.read(move |database| Ok(ids.into_iter().map(|id| load(database, id)).collect())).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let Commit { migration, expected, events, at, wake, under, request } = commit;
        let new = NewEvents {
            migration,
            expected,
            records: events.iter().map(carryover_journal::encode).collect(),
            at,
            wake,
            token: under.lease().map(|lease| lease.token),
            gives_back: under.gives_back(),
            request: request.copied(),
        };
        let unwritable = |detail| CommitError::Unwritable { migration, detail };
        match self.writer.write(move |database| rows::append(database, &new)).await {
            Ok(Appended::Written(version)) => Ok(version),
            Ok(Appended::Lost) => Err(CommitError::Lost { migration }),
            Ok(Appended::Repeated(remembered)) => Err(CommitError::Repeated(remembered)),
            Ok(Appended::KeyReused) => Err(request.map_or_else(
                || unwritable("a request was refused that nobody made".to_owned()),
                |request| CommitError::KeyReused { key: request.key },
            )),
            Ok(Appended::Stale(actual)) => Err(CommitError::Stale { migration, expected, actual }),
            Ok(Appended::Empty) => Err(unwritable("a migration begins with an event".to_owned())),
            Err(Trouble::NotWritten(detail)) => Err(unwritable(detail)),
            Err(Trouble::Unconfirmed(detail)) => Err(CommitError::Unconfirmed { migration, detail }),
        }
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        let until = carryover_domain::time::later(now, ttl);
        self.writer.write(move |database| rows::lease_due(database, now, until, max)).await.map_err(lease_trouble)
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = *lease;
        self.writer.write(move |database| rows::release(database, &lease)).await.map_err(lease_trouble)
    }
}

#[async_trait]
impl Index for SqliteStore {
    async fn list(&self) -> Result<Vec<Summary>, StoreError> {
        self.readers.read(|database| rows::list(database).map_err(|error| unreadable(&error))).await
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read(|database| rows::next_wake(database).map_err(|error| unreadable(&error))).await
    }

    async fn events_after(&self, id: MigrationId, version: Version, max: usize) -> Result<Vec<Recorded>, StoreError> {
        self.readers
            .read(move |database| {
                let rows = rows::events(database, id, version, max).map_err(|error| unreadable(&error))?;
                rows.into_iter().map(recorded).collect()
            })
            .await
    }

    async fn feed_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Fed>, StoreError> {
        self.readers
            .read(move |database| {
                let rows = rows::feed(database, cursor.place(), max).map_err(|error| unreadable(&error))?;
                rows.into_iter()
                    .map(|row| Ok(Fed { cursor: Cursor::new(row.place), recorded: recorded(row)? }))
                    .collect()
            })
            .await
    }

    async fn newest(&self) -> Result<Cursor, StoreError> {
        self.readers.read(|database| rows::newest(database).map(Cursor::new).map_err(|error| unreadable(&error))).await
    }

    async fn changed(&self, cursor: Cursor, timeout: Duration) -> Result<bool, StoreError> {
        let mut written = self.writer.written();
        // Looked at before the time is: it may be over at once.
        if self.newest().await? > cursor {
            return Ok(true);
        }
        let wait = async {
            while self.newest().await? <= cursor {
                // What this process writes is told at once; for what others write there is only looking.
                let _told_or_not = tokio::time::timeout(GLANCE, written.changed()).await;
            }
            Ok(true)
        };
        tokio::time::timeout(timeout, wait).await.unwrap_or(Ok(false))
    }

    async fn remembered(&self, key: RequestKey) -> Result<Vec<Remembered>, StoreError> {
        self.readers
            .read(move |database| rows::requests::with_key(database, key).map_err(|error| unreadable(&error)))
            .await
    }

    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, StoreError> {
        self.readers.read(move |database| rows::requests::of(database, id).map_err(|error| unreadable(&error))).await
    }
}

/// An unconfirmed lease is as good as none: nobody holds its token, and it lapses.
fn lease_trouble(trouble: Trouble) -> StoreError {
    let (Trouble::NotWritten(detail) | Trouble::Unconfirmed(detail)) = trouble;
    StoreError::Unwritable { detail }
}

fn load(database: &rusqlite::Connection, id: MigrationId) -> Log {
    let failed = |error| unreadable(&error);
    let Some((head, kept)) = chain::log(database, id).map_err(failed)? else { return Ok(None) };
    let Head { migration: _, version, wake, digest } = head;
    let mut walk = Walk::begin(id);
    let broken = |at: Break| StoreError::Damaged { migration: id, number: at.number(), detail: at.words().to_owned() };
    let events = (1..).zip(kept).map(|(number, kept)| {
        let damaged = |detail| StoreError::Damaged { migration: id, number, detail };
        let Kept { cursor: _, migration, number, at, record, before } = match kept {
            Ok(kept) if kept.migration == id => kept,
            Ok(kept) => return Err(damaged(format!("it belongs to migration {}", kept.migration))),
            Err(error @ rusqlite::Error::SqliteFailure(..)) => return Err(failed(error)),
            Err(error) => return Err(damaged(error.to_string())),
        };
        walk.step(Link { number, at, record: &record, before: Digest(before) }).map_err(broken)?;
        Recorded::read(migration, number, at, carryover_journal::decode(&record))
    });
    let loaded = Loaded::whole(id, version, wake, events)?;
    walk.end(Digest(digest)).map_err(broken)?;
    Ok(Some(loaded))
}

fn recorded(row: EventRow) -> Result<Recorded, StoreError> {
    Recorded::read(row.migration, row.number, row.at, carryover_journal::decode(&row.record))
}
