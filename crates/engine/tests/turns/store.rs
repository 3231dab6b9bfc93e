//! A store in memory whose commits break when told to: nothing written, or written and not confirmed. Or no lease is taken back,
//! or who looks for alarms gets no answer.

use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_ports::{
    Commit, CommitError, Cursor, Fed, Index, Lease, Log, Recorded, Remembered, RequestKey, Store, StoreError, Summary,
    Version,
};
use carryover_testkit::MemoryStore;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// When commits of one process break; from then on every one does, as for a process that is dying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Never,
    /// From this one on nothing is written.
    BeforeWriting(u64),
    /// This one is written, but that is not known; after it nothing is.
    AfterWriting(u64),
    /// Commits are written; nothing else is, such as a lease that is given back without one.
    AllButCommits,
}

pub(crate) struct Breaking {
    inner: MemoryStore,
    breaks: Break,
    commits: AtomicU64,
}

impl Breaking {
    pub(crate) fn new(inner: MemoryStore, breaks: Break) -> Self {
        Self { inner, breaks, commits: AtomicU64::new(0) }
    }
}

/// A store in memory that takes a second to give leases.
pub(crate) struct SlowToLease(pub(crate) MemoryStore);

#[async_trait]
impl Store for SlowToLease {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        self.0.load_all(ids).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        self.0.commit(commit).await
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        self.0.lease_due(now, ttl, max).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.0.release(lease).await
    }
}

#[async_trait]
impl Store for Breaking {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        self.inner.load_all(ids).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let migration = commit.migration;
        let nth = self.commits.fetch_add(1, Ordering::Relaxed);
        let unwritable = || CommitError::Unwritable { migration, detail: "the disk is full".to_owned() };
        match self.breaks {
            Break::BeforeWriting(from) if nth >= from => Err(unwritable()),
            Break::AfterWriting(at) if nth == at => {
                self.inner.commit(commit).await?;
                Err(CommitError::Unconfirmed { migration, detail: "the flush failed".to_owned() })
            }
            Break::AfterWriting(at) if nth > at => Err(unwritable()),
            _ => self.inner.commit(commit).await,
        }
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        self.inner.lease_due(now, ttl, max).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        if self.breaks == Break::AllButCommits {
            return Err(StoreError::Unwritable { detail: "the disk is full".to_owned() });
        }
        self.inner.release(lease).await
    }
}

/// A store in memory that never says when the next alarm is: a server that is gone, and whose end nobody was told of.
pub(crate) struct NeverSays(pub(crate) MemoryStore);

#[async_trait]
impl Index for NeverSays {
    async fn list(&self) -> Result<Vec<Summary>, StoreError> {
        self.0.list().await
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        std::future::pending().await
    }

    async fn events_after(&self, id: MigrationId, version: Version, max: usize) -> Result<Vec<Recorded>, StoreError> {
        self.0.events_after(id, version, max).await
    }

    async fn feed_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Fed>, StoreError> {
        self.0.feed_after(cursor, max).await
    }

    async fn newest(&self) -> Result<Cursor, StoreError> {
        self.0.newest().await
    }

    async fn changed(&self, cursor: Cursor, timeout: Duration) -> Result<bool, StoreError> {
        self.0.changed(cursor, timeout).await
    }

    async fn remembered(&self, key: RequestKey) -> Result<Vec<Remembered>, StoreError> {
        self.0.remembered(key).await
    }

    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, StoreError> {
        self.0.requests(id).await
    }
}
