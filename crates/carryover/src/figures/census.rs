//! Counts the lines of all customers by stage, and keeps the count up to date by what the feed tells.

use carryover_domain::ids::MigrationId;
use carryover_domain::migration::state::Ending;
use carryover_domain::{Migration, Stage};
use carryover_engine::Desk;
use carryover_ports::{Cursor, Index, StoreError};
use jiff::SignedDuration;
use metrics::gauge;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Events that are read at a time.
const EVENTS_AT_A_TIME: usize = 1_000;
/// Logs that are read at a time.
const LOGS_AT_A_TIME: usize = 64;

pub(super) struct Census {
    desk: Desk,
    index: Arc<dyn Index>,
    /// Where in the feed it is; none before the first look.
    seen: Option<Cursor>,
    /// How many lines of each customer are where.
    lines: BTreeMap<MigrationId, Vec<(&'static str, u32)>>,
}

impl Census {
    pub(super) fn new(desk: Desk, index: Arc<dyn Index>) -> Self {
        Self { desk, index, seen: None, lines: BTreeMap::new() }
    }

    /// Looks at what has changed, and sets the figures.
    pub(super) async fn look(&mut self) -> Result<(), StoreError> {
        let (changed, seen) = self.changed().await?;
        for ids in changed.chunks(LOGS_AT_A_TIME) {
            for (id, known) in ids.iter().zip(self.desk.load_all(ids).await?) {
                match known {
                    Ok(Some(known)) => drop(self.lines.insert(*id, count(&known.migration))),
                    Ok(None) => {}
                    // One damaged log is told of where it is worked on.
                    Err(StoreError::Damaged { .. }) => drop(self.lines.remove(id)),
                    Err(error) => return Err(error),
                }
            }
        }
        // Only now: what could not be loaded is looked at again.
        self.seen = Some(seen);
        let mut sums: BTreeMap<&'static str, u32> = STAGES.into_iter().map(|stage| (stage, 0)).collect();
        for (stage, count) in self.lines.values().flatten() {
            *sums.entry(stage).or_default() += count;
        }
        for (stage, sum) in sums {
            gauge!("carryover_lines", "stage" => stage).set(sum);
        }
        gauge!("carryover_customers").set(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        let now = self.desk.now();
        let due = self.index.next_wake().await?.map(|wake| now.duration_since(wake).max(SignedDuration::ZERO));
        gauge!("carryover_lag_seconds").set(due.unwrap_or_default().as_secs_f64());
        Ok(())
    }

    /// Whose logs have grown since the last look, and where in the feed that was seen.
    async fn changed(&self) -> Result<(Vec<MigrationId>, Cursor), StoreError> {
        let Some(mut seen) = self.seen else {
            let newest = self.index.newest().await?;
            return Ok((self.index.list().await?.into_iter().map(|summary| summary.migration).collect(), newest));
        };
        let mut changed = BTreeSet::new();
        loop {
            let fed = self.index.feed_after(seen, EVENTS_AT_A_TIME).await?;
            let Some(last) = fed.last() else { break };
            seen = last.cursor;
            changed.extend(fed.iter().map(|fed| fed.recorded.migration));
        }
        Ok((changed.into_iter().collect(), seen))
    }
}

const STAGES: [&str; 16] = [
    "draft",
    "nothing_to_do",
    "blocked",
    "ready",
    "waiting",
    "carting",
    "buying",
    "doubting",
    "provisioning",
    "reassigning",
    "covered",
    "winding_down",
    "closed",
    "came_over",
    "old_kept",
    "needs_attention",
];

fn count(migration: &Migration) -> Vec<(&'static str, u32)> {
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    for line in migration.lines.values() {
        *counts.entry(name(&line.stage)).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Draft => "draft",
        Stage::NothingToDo => "nothing_to_do",
        Stage::Blocked => "blocked",
        Stage::Ready => "ready",
        Stage::Waiting { .. } => "waiting",
        Stage::Carting { .. } => "carting",
        Stage::Buying { .. } => "buying",
        Stage::Doubting { .. } => "doubting",
        Stage::Provisioning { .. } => "provisioning",
        Stage::Reassigning { .. } => "reassigning",
        Stage::Covered { .. } => "covered",
        Stage::WindingDown { .. } => "winding_down",
        Stage::Closed { .. } => "closed",
        Stage::Settled { how: Ending::CameOver { .. } } => "came_over",
        Stage::Settled { how: Ending::OldKept { .. } } => "old_kept",
        Stage::NeedsAttention { .. } => "needs_attention",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use carryover_domain::Event;
    use carryover_domain::policy::Policy;
    use carryover_ports::{Commit, CommitError, Lease, Log, Store, Under, Version};
    use carryover_testkit::{CountingIds, ManualClock, MemoryStore};
    use jiff::Timestamp;
    use std::sync::atomic::{AtomicBool, Ordering};
    use uuid::Uuid;

    /// A store in memory of which nothing can be loaded for a while.
    struct Away(MemoryStore, AtomicBool);

    #[async_trait]
    impl Store for Away {
        async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
            if self.1.load(Ordering::Relaxed) {
                return Err(StoreError::Unreadable { detail: "the server is away".to_owned() });
            }
            self.0.load_all(ids).await
        }
        async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
            self.0.commit(commit).await
        }
        async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
            self.0.lease_due(now, ttl, max).await
        }
        async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
            self.0.release(lease).await
        }
    }

    #[tokio::test]
    async fn whoever_cannot_be_loaded_is_counted_at_the_next_look() {
        let (memory, clock) = (MemoryStore::new(), ManualClock::starting_at(Timestamp::UNIX_EPOCH));
        let store = Arc::new(Away(memory.clone(), AtomicBool::new(false)));
        let desk = Desk::new(store.clone(), Arc::new(clock), Arc::new(CountingIds::of_series(1)), Policy::rule_book());
        let mut census = Census::new(desk, Arc::new(memory.clone()));
        let record = imported();
        for (round, number) in [(1_usize, 1), (2, 2)] {
            let commit = Commit {
                migration: MigrationId::new(Uuid::from_u128(number)),
                expected: Version(0),
                events: std::slice::from_ref(&record),
                at: Timestamp::UNIX_EPOCH,
                wake: None,
                under: Under::NoLease,
                request: None,
            };
            memory.commit(commit).await.expect("it is new");
            store.1.store(true, Ordering::Relaxed);
            census.look().await.expect_err("nothing can be loaded");
            store.1.store(false, Ordering::Relaxed);
            census.look().await.expect("all can be loaded");
            assert_eq!(census.lines.len(), round);
        }
    }

    fn imported() -> Event {
        let history = include_str!("../../../journal/tests/histories/v1.jsonl");
        carryover_journal::decode(history.lines().next().expect("a record")).expect("an event")
    }
}
