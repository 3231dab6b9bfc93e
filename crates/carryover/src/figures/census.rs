//! Counts the lines of all customers by stage, and those whose users are soon without a licence, and keeps the count up to date by what
//! the feed tells.

use carryover_domain::ids::MigrationId;
use carryover_domain::migration::state::Ending;
use carryover_domain::report::uncovered_from;
use carryover_domain::{Migration, Stage};
use carryover_engine::Desk;
use carryover_ports::{Cursor, Index, StoreError};
use jiff::{SignedDuration, Timestamp};
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
    /// Of each customer whose log is whole.
    counted: BTreeMap<MigrationId, Counted>,
    /// Whose logs are not.
    damaged: BTreeSet<MigrationId>,
}

/// What is kept of a customer.
struct Counted {
    /// How many lines are where.
    stages: Vec<(&'static str, u32)>,
    /// When users are without a licence unless something happens, line by line.
    uncovered: Vec<Timestamp>,
}

impl Census {
    pub(super) fn new(desk: Desk, index: Arc<dyn Index>) -> Self {
        Self { desk, index, seen: None, counted: BTreeMap::new(), damaged: BTreeSet::new() }
    }

    /// Looks at what has changed, and sets the figures.
    pub(super) async fn look(&mut self) -> Result<(), StoreError> {
        let (changed, seen) = self.changed().await?;
        for ids in changed.chunks(LOGS_AT_A_TIME) {
            for (id, known) in ids.iter().zip(self.desk.load_all(ids).await?) {
                let is_damaged = matches!(known, Err(StoreError::Damaged { .. }));
                match known {
                    Ok(Some(known)) => drop(self.counted.insert(*id, Counted::of(&known.migration))),
                    Ok(None) => {}
                    // Which one it is is told where it would be worked on.
                    Err(StoreError::Damaged { .. }) => drop(self.counted.remove(id)),
                    Err(error) => return Err(error),
                }
                if is_damaged {
                    self.damaged.insert(*id);
                } else {
                    self.damaged.remove(id);
                }
            }
        }
        // Only now: what could not be loaded is looked at again.
        self.seen = Some(seen);
        let mut sums: BTreeMap<&'static str, u32> = STAGES.into_iter().map(|stage| (stage, 0)).collect();
        for (stage, count) in self.counted.values().flat_map(|counted| &counted.stages) {
            *sums.entry(stage).or_default() += count;
        }
        for (stage, sum) in sums {
            gauge!("carryover_lines", "stage" => stage).set(sum);
        }
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        gauge!("carryover_customers").set(size(self.counted.len()));
        gauge!("carryover_customers_damaged").set(size(self.damaged.len()));
        let now = self.desk.now();
        for (ends, count) in self.uncovered(now) {
            gauge!("carryover_lines_uncovered", "ends" => ends).set(size(count));
        }
        let due = self.index.next_wake().await?.map(|wake| now.duration_since(wake).max(SignedDuration::ZERO));
        gauge!("carryover_lag_seconds").set(due.unwrap_or_default().as_secs_f64());
        Ok(())
    }

    /// How many lines are uncovered whose old subscriptions end when, at `now`.
    fn uncovered(&self, now: Timestamp) -> [(&'static str, usize); 3] {
        let ends = || self.counted.values().flat_map(|counted| &counted.uncovered).map(|end| end.duration_since(now));
        let (day, none) = (SignedDuration::from_hours(24), SignedDuration::ZERO);
        let between = |from, to| ends().filter(|left| from < *left && *left <= to).count();
        [
            ("past", ends().filter(|left| *left <= none).count()),
            ("within_a_day", between(none, day)),
            ("within_three_days", between(day, 3 * day)),
        ]
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

impl Counted {
    fn of(migration: &Migration) -> Self {
        let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
        for line in migration.lines.values() {
            *counts.entry(name(&line.stage)).or_default() += 1;
        }
        let uncovered = migration.lines.values().filter_map(uncovered_from).collect();
        Self { stages: counts.into_iter().collect(), uncovered }
    }
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

    /// A store in memory of which nothing can be loaded for a while, and one log never.
    struct Away(MemoryStore, AtomicBool);

    const DAMAGED: MigrationId = MigrationId::new(Uuid::from_u128(13));

    #[async_trait]
    impl Store for Away {
        async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
            if self.1.load(Ordering::Relaxed) {
                return Err(StoreError::Unreadable { detail: "the server is away".to_owned() });
            }
            let damaged = || StoreError::Damaged { migration: DAMAGED, number: 1, detail: "altered".to_owned() };
            let logs = self.0.load_all(ids).await?.into_iter().zip(ids);
            Ok(logs.map(|(log, id)| if *id == DAMAGED { Err(damaged()) } else { log }).collect())
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

    /// A census over an empty store.
    fn census() -> (Census, MemoryStore, Arc<Away>) {
        let (memory, clock) = (MemoryStore::new(), ManualClock::starting_at(Timestamp::UNIX_EPOCH));
        let store = Arc::new(Away(memory.clone(), AtomicBool::new(false)));
        let desk = Desk::new(store.clone(), Arc::new(clock), Arc::new(CountingIds::of_series(1)), Policy::rule_book());
        (Census::new(desk, Arc::new(memory.clone())), memory, store)
    }

    async fn import(memory: &MemoryStore, migration: MigrationId) {
        let commit = Commit {
            migration,
            expected: Version(0),
            events: &[imported()],
            at: Timestamp::UNIX_EPOCH,
            wake: None,
            under: Under::NoLease,
            request: None,
        };
        memory.commit(commit).await.expect("it is new");
    }

    #[tokio::test]
    async fn whose_log_is_damaged_is_counted_apart_and_lines_without_cover_by_when_they_end() {
        let (mut census, memory, _) = census();
        for migration in [DAMAGED, MigrationId::new(Uuid::from_u128(1))] {
            import(&memory, migration).await;
        }
        census.look().await.expect("readable");
        assert_eq!((census.counted.len(), census.damaged.len()), (1, 1));
        let end: Timestamp = "2027-02-01T00:00:00Z".parse().expect("an instant");
        let before = |hours| census.uncovered(end - SignedDuration::from_hours(hours)).map(|(_, count)| count);
        let all = census.counted.values().map(|counted| counted.uncovered.len()).sum::<usize>();
        assert!(all > 0, "nothing is planned yet");
        for (hours, expected) in [
            (0, [all, 0, 0]),
            (1, [0, all, 0]),
            (24, [0, all, 0]),
            (25, [0, 0, all]),
            (72, [0, 0, all]),
            (73, [0, 0, 0]),
        ] {
            assert_eq!(before(hours), expected, "{hours} h before the end");
        }
    }

    #[tokio::test]
    async fn whoever_cannot_be_loaded_is_counted_at_the_next_look() {
        let (mut census, memory, store) = census();
        for (round, number) in [(1_usize, 1), (2, 2)] {
            import(&memory, MigrationId::new(Uuid::from_u128(number))).await;
            store.1.store(true, Ordering::Relaxed);
            census.look().await.expect_err("nothing can be loaded");
            store.1.store(false, Ordering::Relaxed);
            census.look().await.expect("all can be loaded");
            assert_eq!(census.counted.len(), round);
        }
    }

    fn imported() -> Event {
        let history = include_str!("../../../journal/tests/histories/v1.jsonl");
        carryover_journal::decode(history.lines().next().expect("a record")).expect("an event")
    }
}
