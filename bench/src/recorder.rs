//! A store that notes what is committed to it, so that the same can be committed elsewhere.

use async_trait::async_trait;
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Lease, Log, Store, StoreError, Under, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A commit that was answered.
pub(crate) struct Written {
    migration: MigrationId,
    expected: Version,
    events: Vec<Event>,
    at: Timestamp,
    wake: Option<Timestamp>,
}

impl Written {
    /// The same, under no lease: in the other store nobody has one.
    pub(crate) fn as_commit(&self) -> Commit<'_> {
        let Self { migration, expected, events, at, wake } = self;
        Commit {
            migration: *migration,
            expected: *expected,
            events,
            at: *at,
            wake: *wake,
            under: Under::NoLease,
            request: None,
        }
    }
}

pub(crate) struct Recorder {
    store: Arc<dyn Store>,
    written: Mutex<BTreeMap<MigrationId, Vec<Written>>>,
}

impl Recorder {
    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self { store, written: Mutex::default() }
    }

    /// What was committed, by migration, in order.
    pub(crate) fn take(&self) -> Vec<Vec<Written>> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *written).into_values().collect()
    }
}

#[async_trait]
impl Store for Recorder {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        self.store.load_all(ids).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let Commit { migration, expected, events, at, wake, .. } = commit.clone();
        let note = Written { migration, expected, events: events.to_vec(), at, wake };
        let version = self.store.commit(commit).await?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.entry(migration).or_default().push(note);
        Ok(version)
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        self.store.lease_due(now, ttl, max).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease).await
    }
}
