//! A store in memory whose commits break when told to: nothing written, or written and not confirmed. Or no lease is taken back.

use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Lease, Log, Store, StoreError, Version};
use carryover_testkit::MemoryStore;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

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
