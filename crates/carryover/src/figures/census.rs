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
const AT_A_TIME: usize = 1_000;

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
        let changed = self.changed().await?;
        for id in changed {
            match self.desk.load(id).await {
                Ok(Some(known)) => drop(self.lines.insert(id, count(&known.migration))),
                Ok(None) => {}
                // One damaged log is told of where it is worked on.
                Err(StoreError::Damaged { .. }) => drop(self.lines.remove(&id)),
                Err(error) => return Err(error),
            }
        }
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

    /// Whose logs have grown since the last look.
    async fn changed(&mut self) -> Result<BTreeSet<MigrationId>, StoreError> {
        let Some(mut seen) = self.seen else {
            self.seen = Some(self.index.newest().await?);
            return Ok(self.index.list().await?.into_iter().map(|summary| summary.migration).collect());
        };
        let mut changed = BTreeSet::new();
        loop {
            let fed = self.index.feed_after(seen, AT_A_TIME).await?;
            let Some(last) = fed.last() else { break };
            seen = last.cursor;
            changed.extend(fed.iter().map(|fed| fed.recorded.migration));
        }
        self.seen = Some(seen);
        Ok(changed)
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
