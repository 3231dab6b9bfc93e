//! What lists show of every migration, kept in memory: made of its log once, and anew when the log has grown.
//!
//! Exact: whoever asks sees all that was committed before they asked, by whichever process. Callers who ask at the same
//! time share one look at the store. Holds what a list shows of a migration and nothing of its events, so memory grows with
//! the number of customers alone.

use crate::approval::{Approval, approvals};
use crate::convert::{self, Tally};
use crate::fault::Fault;
use crate::name::Names;
use carryover_api::v1;
use carryover_domain::ids::MigrationId;
use carryover_engine::{Desk, Known};
use carryover_ports::{Cursor, Fed, Index, StoreError, Summary, Version};
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Events that are read one by one to catch up; where there are more, the whole list is read.
const FEW: usize = 512;
/// Logs of one read: enough that the way to the store costs little for each, few enough that others are answered in between.
pub(crate) const AT_ONCE: usize = 64;
/// How old the time of the next look may be: it can change without an event.
const WAKE_AGE: Duration = Duration::from_secs(1);
/// Logs that are kept whole, for lists of lines that are read page by page.
const KEPT: usize = 16;

/// What lists show of one migration.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    version: Version,
    pub(crate) migration: v1::Migration,
    pub(crate) customer: v1::Customer,
    pub(crate) tally: Tally,
    pub(crate) approvals: Vec<Approval>,
}

/// What the reads of one call have brought of each migration, none where the log is damaged or gone: it is not read again for the call.
pub(crate) type Tried = HashMap<MigrationId, Option<Arc<Shown>>>;

/// What lists show of all migrations.
pub(crate) struct Board {
    desk: Desk,
    index: Arc<dyn Index>,
    names: Names,
    rows: Mutex<Rows>,
    /// Whether somebody looks at the store.
    looks: AtomicBool,
    /// Wakes all who wait for the end of a look.
    ended: Notify,
    /// Looks that have begun.
    begun: AtomicU64,
    /// The number of the look that ended well last.
    done: AtomicU64,
    kept: Mutex<VecDeque<Arc<Known>>>,
}

#[derive(Default)]
struct Rows {
    /// In the order of import.
    ids: Vec<MigrationId>,
    by_id: HashMap<MigrationId, Row>,
    /// Up to where the feed was read; none before the first look.
    cursor: Option<Cursor>,
    /// When the whole list was read.
    listed: Option<Instant>,
}

struct Row {
    version: Version,
    wake: Option<Timestamp>,
    /// When the wake time was read.
    seen: Instant,
    /// None before the log was read, and once it has grown.
    shown: Option<Arc<Shown>>,
}

impl Board {
    pub(crate) fn new(desk: Desk, index: Arc<dyn Index>, names: Names) -> Self {
        let (begun, done) = (AtomicU64::new(0), AtomicU64::new(0));
        Self {
            desk,
            index,
            names,
            rows: Mutex::default(),
            looks: AtomicBool::new(false),
            ended: Notify::new(),
            begun,
            done,
            kept: Mutex::default(),
        }
    }

    /// Reads every log that was not read yet, so that the first list need not.
    pub(crate) async fn warm(&self) -> Result<(), Fault> {
        self.look(true).await?;
        let mut at = 0;
        loop {
            let ids = self.unread_from(&mut at, AT_ONCE);
            if ids.is_empty() {
                return Ok(());
            }
            self.read(&ids).await?;
        }
    }

    /// How many migrations there are, after a look at the store.
    pub(crate) async fn count(&self) -> Result<usize, Fault> {
        self.look(true).await?;
        Ok(lock(&self.rows).ids.len())
    }

    /// The migration at `at` in the order of import, as it was at the last look; none after the last.
    pub(crate) fn row_at(&self, at: usize) -> Option<(MigrationId, Option<Arc<Shown>>)> {
        let rows = lock(&self.rows);
        let id = *rows.ids.get(at)?;
        Some((id, rows.by_id.get(&id).and_then(|row| row.shown.clone())))
    }

    /// Every migration, in the order of import. One whose log is damaged is left out, and the server's log names it.
    pub(crate) async fn all(&self) -> Result<Vec<Arc<Shown>>, Fault> {
        let count = self.count().await?;
        let (mut all, mut at, mut tried) = (Vec::with_capacity(count), 0, Tried::new());
        loop {
            let ids = self.unread_from(&mut at, AT_ONCE);
            if ids.is_empty() {
                break;
            }
            self.try_each(&ids, &mut tried).await?;
        }
        for at in 0..count {
            let Some((id, shown)) = self.row_at(at) else { break };
            match shown.map(Some).or_else(|| tried.remove(&id)) {
                Some(shown) => all.extend(shown),
                // It has grown meanwhile.
                None => all.extend(self.read(&[id]).await?.into_iter().map(|(_, shown)| shown)),
            }
        }
        Ok(all)
    }

    /// The next migrations from `at` on, in the order of import, whose logs were not read: so many at most. Moves `at` behind them.
    pub(crate) fn unread_from(&self, at: &mut usize, most: usize) -> Vec<MigrationId> {
        let rows = lock(&self.rows);
        let mut unread = Vec::new();
        while let Some(id) = rows.ids.get(*at).filter(|_| unread.len() < most) {
            *at += 1;
            unread.extend(Some(*id).filter(|id| rows.by_id.get(id).is_none_or(|row| row.shown.is_none())));
        }
        unread
    }

    /// The earliest time at which one of all is looked at again, as it was at the last look.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        lock(&self.rows).by_id.values().filter_map(|row| row.wake).min()
    }

    /// The migration `id`; none where there is none.
    pub(crate) async fn get(&self, id: MigrationId) -> Result<Option<Arc<Shown>>, Fault> {
        self.look(false).await?;
        let found = match lock(&self.rows).by_id.get(&id) {
            None => return Ok(None),
            Some(row) => row.shown.clone().filter(|_| row.seen.elapsed() < WAKE_AGE),
        };
        match found {
            Some(shown) => Ok(Some(shown)),
            None => {
                let Some(known) = self.desk.load(id).await? else { return Ok(None) };
                Ok(Some(self.hold(&known)))
            }
        }
    }

    /// The migration `id` with its log; none where there is none. Logs of which pages are read one after the other are kept
    /// for a while.
    pub(crate) async fn known(&self, id: MigrationId) -> Result<Option<Arc<Known>>, Fault> {
        self.look(false).await?;
        let version = lock(&self.rows).by_id.get(&id).map(|row| row.version);
        let kept = lock(&self.kept).iter().find(|known| known.migration.id == id).cloned();
        if let Some(known) = kept.filter(|known| Some(known.version) == version) {
            return Ok(Some(known));
        }
        let Some(known) = self.desk.load(id).await?.map(Arc::new) else { return Ok(None) };
        let mut kept = lock(&self.kept);
        kept.retain(|other| other.migration.id != id);
        kept.truncate(KEPT - 1);
        kept.push_front(known.clone());
        Ok(Some(known))
    }

    /// Reads `ids` as [`Self::read`] does, and notes in `tried` what came of each.
    pub(crate) async fn try_each(&self, ids: &[MigrationId], tried: &mut Tried) -> Result<(), Fault> {
        tried.extend(ids.iter().map(|id| (*id, None)));
        tried.extend(self.read(ids).await?.into_iter().map(|(id, shown)| (id, Some(shown))));
        Ok(())
    }

    /// What is shown of `ids`, by one read of their logs. One that is damaged or gone is left out.
    async fn read(&self, ids: &[MigrationId]) -> Result<Vec<(MigrationId, Arc<Shown>)>, Fault> {
        let mut read = Vec::with_capacity(ids.len());
        for (id, known) in ids.iter().zip(self.desk.load_all(ids).await?) {
            match known {
                Err(error @ StoreError::Damaged { .. }) => tracing::error!(%error, "left out of a list"),
                known => read.extend(known?.map(|known| (*id, self.hold(&known)))),
            }
        }
        Ok(read)
    }

    fn hold(&self, known: &Known) -> Arc<Shown> {
        let policy = self.desk.policy();
        let shown = Arc::new(Shown {
            version: known.version,
            migration: convert::migration(&self.names, known, policy, self.desk.now()),
            customer: convert::customer(&self.names, &known.migration),
            tally: Tally::of(&known.report(policy, self.desk.now())),
            approvals: approvals(known),
        });
        // What was committed in between is told by the next look.
        if let Some(row) =
            lock(&self.rows).by_id.get_mut(&known.migration.id).filter(|row| row.version <= known.version)
        {
            *row =
                Row { version: known.version, wake: known.log.wake, seen: Instant::now(), shown: Some(shown.clone()) };
        }
        shown
    }

    /// Takes notice of all that was committed before the call. With `wakes`, also of wake times that changed without an event.
    async fn look(&self, wakes: bool) -> Result<(), Fault> {
        let begun = self.begun.load(Ordering::SeqCst);
        let _turn = loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            // A look that began after this call has seen all that it has to see.
            if self.done.load(Ordering::SeqCst) > begun && !(wakes && self.is_old()) {
                return Ok(());
            }
            match Turn::of(self) {
                Some(turn) => break turn,
                None => ended.await,
            }
        };
        // Calls that have come already, and wait for a thread, share it.
        tokio::task::yield_now().await;
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let newest = self.index.newest().await?;
        let wakes_are_old = wakes && self.is_old();
        let cursor = lock(&self.rows).cursor.filter(|_| !wakes_are_old);
        let caught_up = match cursor {
            Some(cursor) => cursor == newest || self.follow(cursor).await?,
            None => false,
        };
        if !caught_up {
            let list = self.index.list().await?;
            lock(&self.rows).replace(list, newest);
        }
        self.done.store(number, Ordering::SeqCst);
        Ok(())
    }

    fn is_old(&self) -> bool {
        lock(&self.rows).listed.is_none_or(|listed| listed.elapsed() >= WAKE_AGE)
    }

    /// Reads what came after `cursor`; answers whether that was all.
    async fn follow(&self, cursor: Cursor) -> Result<bool, Fault> {
        match self.index.feed_after(cursor, FEW).await {
            Ok(fed) if fed.len() < FEW => {
                lock(&self.rows).grow(&fed);
                Ok(true)
            }
            // Too many, or one that cannot be read: the list has the versions of all.
            Ok(_) | Err(StoreError::Damaged { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Rows {
    fn grow(&mut self, fed: &[Fed]) {
        for Fed { cursor, recorded } in fed {
            let (id, version) = (recorded.migration, Version(recorded.number));
            self.cursor = Some(*cursor);
            let Some(row) = self.by_id.get_mut(&id) else {
                self.ids.push(id);
                self.by_id.insert(id, Row { version, wake: None, seen: Instant::now(), shown: None });
                continue;
            };
            row.version = row.version.max(version);
            row.shown.take_if(|shown| shown.version < version);
        }
    }

    fn replace(&mut self, list: Vec<Summary>, cursor: Cursor) {
        let now = Instant::now();
        self.ids = list.iter().map(|summary| summary.migration).collect();
        for Summary { migration, version, wake } in list {
            let row = self.by_id.entry(migration).or_insert(Row { version, wake, seen: now, shown: None });
            (row.version, row.wake, row.seen) = (row.version.max(version), wake, now);
            row.shown.take_if(|shown| shown.version < version);
            if let Some(shown) = &mut row.shown {
                let next = wake.map(convert::instant);
                if shown.migration.next_check_time != next {
                    Arc::make_mut(shown).migration.next_check_time = next;
                }
            }
        }
        (self.cursor, self.listed) = (Some(cursor), Some(now));
    }
}

/// The right to look at the store. Whatever becomes of the look, those who wait for it are woken, all at once, when it ends.
struct Turn<'a>(&'a Board);

impl<'a> Turn<'a> {
    /// The right to look; none while somebody else has it.
    fn of(board: &'a Board) -> Option<Self> {
        let free = board.looks.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst);
        free.ok().map(|_| Self(board))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.looks.store(false, Ordering::SeqCst);
        self.0.ended.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Board, Duration, Turn};
    use crate::name::Names;
    use carryover_domain::policy::Policy;
    use carryover_engine::Desk;
    use carryover_testkit::{CountingIds, ManualClock, MemoryStore};
    use jiff::Timestamp;
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_look_that_is_given_up_looks_itself() {
        let store = MemoryStore::new();
        let clock = Arc::new(ManualClock::starting_at(Timestamp::UNIX_EPOCH));
        let ids = Arc::new(CountingIds::of_series(1));
        let desk = Desk::new(Arc::new(store.clone()), clock, ids, Policy::rule_book());
        let board = Arc::new(Board::new(desk, Arc::new(store), Names::new(None)));
        let turn = Turn::of(&board).expect("nobody looks");
        assert!(Turn::of(&board).is_none(), "one at a time");
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let board = board.clone();
                tokio::spawn(async move { board.count().await.expect("readable") })
            })
            .collect();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(waiting.iter().all(|call| !call.is_finished()));
        drop(turn);
        for call in waiting {
            let ended = tokio::time::timeout(Duration::from_secs(1), call).await.expect("it is woken");
            assert_eq!(ended.expect("it ends"), 0);
        }
    }
}
