//! The store itself: the ports in terms of the connections, the writer and the rows.

use crate::connect::{Address, Connections, Limits, OpenError};
use crate::fault::Trouble;
use crate::rows::append::{Appended, NewEvents};
use crate::rows::{self, EventRow, LogRows};
use crate::writer::Writer;
use crate::{listen, schema};
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::{Break, Digest, Link, Walk};
use carryover_ports::{
    Commit, CommitError, Cursor, Fed, Index, Kept, Lease, Loaded, Log, Recorded, Remembered, RequestKey, Store,
    StoreError, Summary, Version,
};
use deadpool_postgres::Object;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How often news are looked for, where nobody tells of them. A look is a read of one row that is in memory.
const GLANCE: Duration = Duration::from_millis(500);

/// A store in one PostgreSQL database, in the schema `carryover`. Its methods need a tokio runtime.
///
/// While the server is away, calls wait for it up to a minute; then they fail, and nothing is lost by that.
#[derive(Debug)]
pub struct PostgresStore {
    address: Address,
    pub(crate) connections: Connections,
    writer: Writer,
    news: watch::Receiver<()>,
}

impl PostgresStore {
    /// Opens the database at `address`; makes its tables when there are none. The database itself must exist.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be used. It was not changed then.
    pub async fn open(address: &Address) -> Result<Self, OpenError> {
        Self::open_within(address, Limits::USUAL).await
    }

    /// Does that, waiting no longer than `limits` say, then and later.
    pub(crate) async fn open_within(address: &Address, limits: Limits) -> Result<Self, OpenError> {
        let unreachable = |detail: String| OpenError::Unreachable { address: address.to_string(), detail };
        let silent = |_| unreachable(Trouble::Unanswered("the server does not answer".to_owned()).words());
        let tls = address.tls().map_err(unreachable)?;
        let connect = |address: &Address| Connections::new(address, tls.clone(), limits).map_err(unreachable);
        let mut connections = connect(address)?;
        let mut first = connections.get().await.map_err(|trouble| unreachable(trouble.words()))?;
        let found = timeout(limits.answer, schema::isolation(&first, address)).await.map_err(silent)??;
        if found != schema::READ_COMMITTED {
            let isolated = || OpenError::Isolated { address: address.to_string(), found: found.clone() };
            connections = connect(&address.reading_committed())?;
            first = connections.get().await.map_err(|_| isolated())?;
            let now = timeout(limits.answer, schema::isolation(&first, address)).await.map_err(silent)??;
            if now != schema::READ_COMMITTED {
                return Err(isolated());
            }
        }
        let prepared = timeout(limits.patience, schema::bring_up_to_date(&mut first, address)).await;
        if prepared.is_err() {
            // It is in the middle of it.
            drop(Object::take(first));
        }
        prepared.map_err(silent)??;
        let (tell, news) = watch::channel(());
        tokio::spawn(listen::listen(address.clone(), tls, tell));
        Ok(Self { address: address.clone(), writer: Writer::start(connections.clone()), connections, news })
    }

    /// The server's time.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be asked.
    pub async fn server_time(&self) -> Result<Timestamp, StoreError> {
        self.connections.patiently(|client| async move { rows::server_time(&client).await }).await.map_err(unreadable)
    }

    /// When the last of the leases lapses that are in force at `now`; none when nobody holds one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn held_until(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let held = self.connections.patiently(|client| async move { rows::held_until(&client, now).await }).await;
        held.map_err(unreadable)
    }

    /// Frees whatever is leased for longer than `ahead` from now, by the server's clock, and answers how many these are. A worker gave
    /// these leases by a clock that was wrong: where it lives and commits, it is refused once somebody else has them.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn free_beyond(&self, ahead: SignedDuration) -> Result<u64, StoreError> {
        let freed = self.connections.patiently(|client| async move { rows::free_beyond(&client, ahead).await }).await;
        freed.map_err(unwritable)
    }

    /// Where the database is.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        let logs = self.connections.patiently(|client| async move { rows::logs(&client, ids).await }).await;
        let mut logs = logs.map_err(unreadable)?;
        Ok(ids.iter().map(|id| logs.remove(id).map(|rows| loaded(*id, rows)).transpose()).collect())
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
        match self.writer.write(new).await {
            Ok(Appended::Written(version)) => Ok(version),
            Ok(Appended::Stale(actual)) => Err(CommitError::Stale { migration, expected, actual }),
            Ok(Appended::Lost) => Err(CommitError::Lost { migration }),
            Ok(Appended::Repeated(remembered)) => Err(CommitError::Repeated(remembered)),
            Ok(Appended::KeyReused(request)) => Err(CommitError::KeyReused { key: request.key }),
            Ok(Appended::Empty) => {
                Err(CommitError::Unwritable { migration, detail: "a migration begins with an event".to_owned() })
            }
            Err(Trouble::Unanswered(detail)) => Err(CommitError::Unconfirmed { migration, detail }),
            Err(trouble) => Err(CommitError::Unwritable { migration, detail: trouble.words() }),
        }
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        let until = carryover_domain::time::later(now, ttl);
        // An unanswered lease is as good as none: nobody holds its token, and it lapses.
        let leases =
            self.connections.patiently(|client| async move { rows::lease_due(&client, now, until, max).await }).await;
        leases.map_err(unwritable)
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let released = self.connections.patiently(|client| async move { rows::release(&client, lease).await }).await;
        released.map_err(unwritable)
    }
}

#[async_trait]
impl Index for PostgresStore {
    async fn list(&self) -> Result<Vec<Summary>, StoreError> {
        self.connections.patiently(|client| async move { rows::list(&client).await }).await.map_err(unreadable)
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        self.connections.patiently(|client| async move { rows::next_wake(&client).await }).await.map_err(unreadable)
    }

    async fn events_after(&self, id: MigrationId, version: Version, max: usize) -> Result<Vec<Recorded>, StoreError> {
        let rows =
            self.connections.patiently(|client| async move { rows::events(&client, id, version, max).await }).await;
        rows.map_err(unreadable)?.into_iter().map(recorded).collect()
    }

    async fn feed_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Fed>, StoreError> {
        let place = cursor.place();
        let rows = self.connections.patiently(|client| async move { rows::feed(&client, place, max).await }).await;
        let fed = |row: EventRow| Ok(Fed { cursor: Cursor::new(row.place), recorded: recorded(row)? });
        rows.map_err(unreadable)?.into_iter().map(fed).collect()
    }

    async fn newest(&self) -> Result<Cursor, StoreError> {
        let newest = self.connections.patiently(|client| async move { rows::newest(&client).await }).await;
        newest.map(Cursor::new).map_err(unreadable)
    }

    async fn changed(&self, cursor: Cursor, timeout: Duration) -> Result<bool, StoreError> {
        let mut news = self.news.clone();
        news.mark_unchanged();
        // Looked at before the time is: it may be over at once.
        if self.newest().await? > cursor {
            return Ok(true);
        }
        let wait = async {
            while self.newest().await? <= cursor {
                // Who is told at once is glad; for what is not told there is only looking.
                let _told_or_not = tokio::time::timeout(GLANCE, news.changed()).await;
            }
            Ok(true)
        };
        tokio::time::timeout(timeout, wait).await.unwrap_or(Ok(false))
    }

    async fn remembered(&self, key: RequestKey) -> Result<Vec<Remembered>, StoreError> {
        self.connections.patiently(|client| async move { rows::with_key(&client, key).await }).await.map_err(unreadable)
    }

    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, StoreError> {
        self.connections.patiently(|client| async move { rows::requests(&client, id).await }).await.map_err(unreadable)
    }
}

pub(crate) fn unreadable(trouble: Trouble) -> StoreError {
    StoreError::Unreadable { detail: trouble.words() }
}

fn unwritable(trouble: Trouble) -> StoreError {
    StoreError::Unwritable { detail: trouble.words() }
}

fn loaded(id: MigrationId, log: Option<LogRows>) -> Result<Loaded, StoreError> {
    let Some(LogRows { version, wake, digest, events }) = log else {
        let detail = format!("a row of migration {id} holds a value that cannot be understood");
        return Err(StoreError::Unreadable { detail });
    };
    let mut walk = Walk::begin(id);
    let broken = |at: Break| StoreError::Damaged { migration: id, number: at.number(), detail: at.words().to_owned() };
    let events = (1..).zip(events).map(|(number, kept)| {
        let detail = || "its row holds a value that cannot be understood".to_owned();
        let kept = kept.ok_or_else(|| StoreError::Damaged { migration: id, number, detail: detail() })?;
        let Kept { cursor: _, migration, number, at, record, before } = kept;
        walk.step(Link { number, at, record: &record, before: Digest(before) }).map_err(broken)?;
        Recorded::read(migration, number, at, carryover_journal::decode(&record))
    });
    let loaded = Loaded::whole(id, version, wake, events)?;
    walk.end(Digest(digest)).map_err(broken)?;
    Ok(loaded)
}

fn recorded(row: EventRow) -> Result<Recorded, StoreError> {
    Recorded::read(row.migration, row.number, row.at, carryover_journal::decode(&row.record))
}
