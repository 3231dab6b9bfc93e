//! A store in memory: the contract of [`Store`], [`Index`] and, in `archive`, `Archive` in its shortest form. Forgets everything when dropped.

use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_ports::{
    Commit, CommitError, Cursor, Fed, Index, Lease, Loaded, Log, Recorded, Remembered, Request, RequestKey, Store,
    StoreError, Summary, Version,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A store in memory. Clones are the same store, so that a test can look into what the engine works upon.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    /// How many events there are, for whoever waits for more.
    grown: Arc<watch::Sender<u64>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) migrations: BTreeMap<MigrationId, Stored>,
    pub(crate) created: Vec<MigrationId>,
    pub(crate) feed: Vec<Recorded>,
    pub(crate) requests: Vec<Remembered>,
}

impl State {
    /// Why a commit with `request` for `migration` must not be written, if it must not.
    fn asked_before(&self, migration: MigrationId, request: &Request) -> Option<CommitError> {
        let key = request.key;
        let mut before = self.requests.iter().filter(|remembered| remembered.request.key == key);
        let first = before.next()?;
        if first.request.fingerprint != request.fingerprint {
            return Some(CommitError::KeyReused { key });
        }
        let here = std::iter::once(first).chain(before).find(|remembered| remembered.migration == migration)?;
        Some(CommitError::Repeated(*here))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) events: Vec<Recorded>,
    pub(crate) wake: Option<Timestamp>,
    leases: u64,
    held: Option<Lease>,
}

impl Stored {
    pub(crate) fn version(&self) -> Version {
        Version(self.events.len() as u64)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.wake.is_some_and(|wake| wake <= now) && self.held.as_ref().is_none_or(|lease| lease.until <= now)
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        let state = self.lock();
        let loaded =
            |stored: &Stored| Loaded { version: stored.version(), events: stored.events.clone(), wake: stored.wake };
        Ok(ids.iter().map(|id| Ok(state.migrations.get(id).map(loaded))).collect())
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let Commit { migration, expected, events, at, wake, under, request } = commit;
        let mut state = self.lock();
        let known = state.migrations.get(&migration);
        let actual = known.map_or(Version(0), Stored::version);
        if under.lease().is_some_and(|lease| known.is_none_or(|known| known.leases != lease.token)) {
            return Err(CommitError::Lost { migration });
        }
        if let Some(refusal) = request.and_then(|request| state.asked_before(migration, request)) {
            return Err(refusal);
        }
        let State { migrations, created, feed, requests } = &mut *state;
        if actual != expected {
            return Err(CommitError::Stale { migration, expected, actual });
        }
        if actual == Version(0) {
            if events.is_empty() {
                return Err(CommitError::Unwritable {
                    migration,
                    detail: "a migration begins with an event".to_owned(),
                });
            }
            created.push(migration);
        }
        let stored = migrations.entry(migration).or_default();
        for event in events {
            let recorded = Recorded { migration, number: stored.version().0 + 1, at, event: event.clone() };
            stored.events.push(recorded.clone());
            feed.push(recorded);
        }
        stored.wake = wake;
        if under.gives_back() {
            stored.held = None;
        }
        let after = stored.version();
        requests.extend(request.map(|request| Remembered { request: *request, migration, before: actual, after }));
        self.grown.send_replace(feed.len() as u64);
        Ok(after)
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        let mut state = self.lock();
        let mut due: Vec<_> = state.migrations.iter_mut().filter(|(_, stored)| stored.is_due(now)).collect();
        due.sort_by_key(|(_, stored)| stored.wake);
        let until = carryover_domain::time::later(now, ttl);
        let lease = |(id, stored): (&MigrationId, &mut Stored)| {
            stored.leases += 1;
            let lease = Lease { migration: *id, token: stored.leases, until };
            stored.held = Some(lease);
            lease
        };
        Ok(due.into_iter().take(max).map(lease).collect())
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        if let Some(stored) = self.lock().migrations.get_mut(&lease.migration)
            && stored.held.as_ref().is_some_and(|held| held.token == lease.token)
        {
            stored.held = None;
        }
        Ok(())
    }
}

#[async_trait]
impl Index for MemoryStore {
    async fn list(&self) -> Result<Vec<Summary>, StoreError> {
        let state = self.lock();
        let summary = |id: &MigrationId| {
            state.migrations.get(id).map(|stored| Summary {
                migration: *id,
                version: stored.version(),
                wake: stored.wake,
            })
        };
        Ok(state.created.iter().filter_map(summary).collect())
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.lock().migrations.values().filter_map(|stored| stored.wake).min())
    }

    async fn events_after(&self, id: MigrationId, version: Version, max: usize) -> Result<Vec<Recorded>, StoreError> {
        let state = self.lock();
        let events = state.migrations.get(&id).map_or(&[][..], |stored| &stored.events);
        Ok(events.iter().filter(|recorded| recorded.number > version.0).take(max).cloned().collect())
    }

    async fn feed_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Fed>, StoreError> {
        let state = self.lock();
        let feed = (1..).map(Cursor::new).zip(&state.feed).filter(|(place, _)| *place > cursor).take(max);
        Ok(feed.map(|(cursor, recorded)| Fed { cursor, recorded: recorded.clone() }).collect())
    }

    async fn newest(&self) -> Result<Cursor, StoreError> {
        Ok(Cursor::new(self.lock().feed.len() as u64))
    }

    async fn changed(&self, cursor: Cursor, timeout: Duration) -> Result<bool, StoreError> {
        let mut grown = self.grown.subscribe();
        let news = grown.wait_for(|events| *events > cursor.place());
        // The sender lives as long as this store, so waiting ends with news or with time.
        Ok(tokio::time::timeout(timeout, news).await.is_ok_and(|news| news.is_ok()))
    }

    async fn remembered(&self, key: RequestKey) -> Result<Vec<Remembered>, StoreError> {
        Ok(self.lock().requests.iter().filter(|remembered| remembered.request.key == key).copied().collect())
    }

    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, StoreError> {
        Ok(self.lock().requests.iter().filter(|remembered| remembered.migration == id).copied().collect())
    }
}
