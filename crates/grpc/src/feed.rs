//! The events of all migrations as they are committed, by whichever process: read once, shared by every watch.
//!
//! Holds the newest few; who is further behind reads from the store. So a slow reader costs no memory.

use carryover_domain::ids::{MigrationId, TenantId};
use carryover_engine::Desk;
use carryover_ports::{Cursor, Fed, Index, StoreError};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Events that are held.
const HELD: usize = 4_096;
/// Events that are read at once.
const BATCH: usize = 256;
/// The longest wait for news before looking again.
const WAIT: Duration = Duration::from_secs(30);
/// The pause after a read that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Follows the store.
pub(crate) struct Feed {
    index: Arc<dyn Index>,
    desk: Desk,
    held: Mutex<Held>,
    newest: watch::Sender<Cursor>,
    tenants: Mutex<HashMap<MigrationId, TenantId>>,
}

/// The newest events: all that came after `since`.
struct Held {
    since: Cursor,
    events: VecDeque<Arc<Fed>>,
}

impl Feed {
    /// A feed that begins with what comes next.
    pub(crate) async fn start(index: Arc<dyn Index>, desk: Desk) -> Result<Arc<Self>, StoreError> {
        let since = index.newest().await?;
        let held = Mutex::new(Held { since, events: VecDeque::new() });
        Ok(Arc::new(Self { index, desk, held, newest: watch::Sender::new(since), tenants: Mutex::default() }))
    }

    /// Follows the store for ever.
    pub(crate) async fn follow(&self) {
        loop {
            if let Err(error) = self.step().await {
                tracing::warn!(%error, "the feed cannot be read; it is read again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn step(&self) -> Result<(), StoreError> {
        let cursor = *self.newest.borrow();
        if !self.index.changed(cursor, WAIT).await? {
            return Ok(());
        }
        let batch = self.index.feed_after(cursor, BATCH).await?;
        if let Some(last) = batch.last().map(|fed| fed.cursor) {
            self.hold(batch);
            self.newest.send_replace(last);
        }
        Ok(())
    }

    fn hold(&self, batch: Vec<Fed>) {
        let mut held = lock(&self.held);
        held.events.extend(batch.into_iter().map(Arc::new));
        while held.events.len() > HELD {
            if let Some(gone) = held.events.pop_front() {
                held.since = gone.cursor;
            }
        }
    }

    /// Tells of news.
    pub(crate) fn news(&self) -> watch::Receiver<Cursor> {
        self.newest.subscribe()
    }

    /// The next events after `cursor`, a batch of them; none when there is none yet.
    pub(crate) async fn after(&self, cursor: Cursor) -> Result<Vec<Arc<Fed>>, StoreError> {
        if let Some(events) = self.held_after(cursor) {
            return Ok(events);
        }
        Ok(self.index.feed_after(cursor, BATCH).await?.into_iter().map(Arc::new).collect())
    }

    /// The same out of what is held; none where that does not go back far enough.
    fn held_after(&self, cursor: Cursor) -> Option<Vec<Arc<Fed>>> {
        let held = lock(&self.held);
        if cursor < held.since {
            return None;
        }
        let from = held.events.partition_point(|fed| fed.cursor <= cursor);
        Some(held.events.iter().skip(from).take(BATCH).cloned().collect())
    }

    /// The tenant of `id`.
    pub(crate) async fn tenant(&self, id: MigrationId) -> Result<Option<TenantId>, StoreError> {
        if let Some(tenant) = lock(&self.tenants).get(&id) {
            return Ok(Some(*tenant));
        }
        let Some(known) = self.desk.load(id).await? else { return Ok(None) };
        let tenant = known.migration.customer.tenant;
        lock(&self.tenants).insert(id, tenant);
        Ok(Some(tenant))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
