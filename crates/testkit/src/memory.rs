//! A store in memory: the contract of [`Store`] and [`Index`] in its shortest form. Forgets everything when dropped.

use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Index, Lease, Loaded, Recorded, Store, StoreError, Summary, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory. Clones are the same store, so that a test can look into what the engine works upon.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    migrations: BTreeMap<MigrationId, Stored>,
    created: Vec<MigrationId>,
}

#[derive(Debug, Default)]
struct Stored {
    events: Vec<Recorded>,
    wake: Option<Timestamp>,
    leases: u64,
    held: Option<Lease>,
}

impl Stored {
    fn version(&self) -> Version {
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, id: MigrationId) -> Result<Option<Loaded>, StoreError> {
        Ok(self.lock().migrations.get(&id).map(|stored| Loaded {
            version: stored.version(),
            events: stored.events.clone(),
            wake: stored.wake,
        }))
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let Commit { migration, expected, events, at, wake } = commit;
        let mut state = self.lock();
        let State { migrations, created } = &mut *state;
        let actual = migrations.get(&migration).map_or(Version(0), Stored::version);
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
            stored.events.push(Recorded { migration, number: stored.version().0 + 1, at, event: event.clone() });
        }
        stored.wake = wake;
        Ok(stored.version())
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        let mut state = self.lock();
        let mut due: Vec<_> = state.migrations.iter_mut().filter(|(_, stored)| stored.is_due(now)).collect();
        due.sort_by_key(|(_, stored)| stored.wake);
        let until = carryover_domain::time::later(now, ttl);
        let lease = |(id, stored): (&MigrationId, &mut Stored)| {
            stored.leases += 1;
            let lease = Lease { migration: *id, token: stored.leases, until };
            stored.held = Some(lease.clone());
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
}
