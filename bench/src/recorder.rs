//! A store that notes what is committed to it, so that the same can be committed elsewhere.

use crate::Failed;
use async_trait::async_trait;
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Lease, Log, Store, StoreError, Under, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A commit that was answered, with what it wrote.
pub(crate) struct Written {
    note: Note,
    events: Vec<Event>,
}

impl Written {
    /// The same, under no lease: in the other store nobody has one.
    pub(crate) fn as_commit(&self) -> Commit<'_> {
        let Note { migration, expected, events: _, at, wake } = self.note;
        Commit { migration, expected, events: &self.events, at, wake, under: Under::NoLease, request: None }
    }
}

/// What is noted of a commit while others are under way. Its events are in the store.
#[derive(Clone, Copy)]
struct Note {
    migration: MigrationId,
    expected: Version,
    /// How many.
    events: usize,
    at: Timestamp,
    wake: Option<Timestamp>,
}

pub(crate) struct Recorder {
    store: Arc<dyn Store>,
    notes: Mutex<Vec<Note>>,
}

impl Recorder {
    pub(crate) fn over(store: Arc<dyn Store>) -> Self {
        Self { store, notes: Mutex::default() }
    }

    /// What was committed, by migration, in order.
    pub(crate) async fn take(&self) -> Result<Vec<Vec<Written>>, Failed> {
        let notes = std::mem::take(&mut *self.notes());
        let mut of: BTreeMap<MigrationId, Vec<Note>> = BTreeMap::new();
        for note in notes {
            of.entry(note.migration).or_default().push(note);
        }
        let ids: Vec<MigrationId> = of.keys().copied().collect();
        let logs = self.store.load_all(&ids).await?;
        of.into_values().zip(logs).map(|(notes, log)| written(notes, log)).collect()
    }

    fn notes(&self) -> MutexGuard<'_, Vec<Note>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the commits of `notes` wrote, by the `log`.
fn written(notes: Vec<Note>, log: Log) -> Result<Vec<Written>, Failed> {
    let events: Vec<Event> = log?.into_iter().flat_map(|log| log.events).map(|recorded| recorded.event).collect();
    let written = |note: Note| {
        let first = usize::try_from(note.expected.0)?;
        let events = events.get(first..first + note.events).ok_or("what was written is not there")?;
        Ok(Written { note, events: events.to_vec() })
    };
    notes.into_iter().map(written).collect()
}

#[async_trait]
impl Store for Recorder {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        self.store.load_all(ids).await
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let Commit { migration, expected, events, at, wake, .. } = commit;
        let note = Note { migration, expected, events: events.len(), at, wake };
        let version = self.store.commit(commit).await?;
        self.notes().push(note);
        Ok(version)
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        self.store.lease_due(now, ttl, max).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease).await
    }
}
