//! Takes turns until nothing is due, or for ever. Bounded in how many turns run at once.

use crate::{Engine, Halt, Problem};
use carryover_ports::{Index, Lease};
use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long a driver leases a migration for. A turn that goes beyond it ends at its next effect; whatever it still commits is
/// refused if others wrote.
pub const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// The longest sleep between two looks at the store: another process may have added work.
const NAP_MAX: Duration = Duration::from_secs(5);

/// Works on everything that is due.
pub struct Driver {
    engine: Engine,
    index: Arc<dyn Index>,
    workers: usize,
}

/// What was done until nothing was due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drained {
    /// Turns taken.
    pub turns: usize,
    /// Effects performed.
    pub effects: usize,
    /// Events recorded.
    pub events: usize,
    /// Reads that brought nothing and writes whose fate is unknown; each is tried again later.
    pub problems: Vec<Problem>,
}

impl Driver {
    /// A driver that takes up to `workers` turns at once; at least one.
    pub fn new(engine: Engine, index: Arc<dyn Index>, workers: usize) -> Self {
        Self { engine, index, workers: workers.max(1) }
    }

    /// Takes turns until nothing that is due now is left. `each` is told after every turn.
    ///
    /// # Errors
    /// [`Halt`] when work must stop; turns under way are finished first.
    pub async fn until_idle(&self, each: &(dyn Fn(&Drained) + Send + Sync)) -> Result<Drained, Halt> {
        let cut = self.engine.clock.now();
        let mut total = Drained::default();
        let mut turns = JoinSet::new();
        let mut halt = None;
        loop {
            if halt.is_none() && turns.len() < self.workers {
                for lease in self.lease(cut, self.workers - turns.len()).await? {
                    let engine = self.engine.clone();
                    turns.spawn(async move { engine.turn(&lease).await });
                }
            }
            match turns.join_next().await {
                None => break,
                Some(Ok(Ok(turn))) => {
                    total.turns += 1;
                    total.effects += turn.effects;
                    total.events += turn.events;
                    total.problems.extend(turn.problems);
                    each(&total);
                }
                Some(Ok(Err(stopped))) => halt = halt.or(Some(stopped)),
                // A turn that panicked lost nothing: its lease lapses and the log is as it was.
                Some(Err(failure)) => tracing::error!(%failure, "a turn broke off"),
            }
        }
        halt.map_or(Ok(total), Err)
    }

    /// Works until `shutdown`, sleeping while nothing is due. `each` is told after every round.
    ///
    /// # Errors
    /// [`Halt`] when work must stop.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()>,
        each: &(dyn Fn(&Drained) + Send + Sync),
    ) -> Result<(), Halt> {
        tokio::pin!(shutdown);
        loop {
            self.until_idle(each).await?;
            let now = self.engine.clock.now();
            let next = self.index.next_wake().await?;
            let nap = next.map_or(NAP_MAX, |next| nap(now, next));
            tokio::select! {
                () = &mut shutdown => return Ok(()),
                () = tokio::time::sleep(nap) => {}
            }
        }
    }

    async fn lease(&self, cut: Timestamp, max: usize) -> Result<Vec<Lease>, Halt> {
        Ok(self.engine.store.lease_due(cut, LEASE, max).await?)
    }
}

fn nap(now: Timestamp, next: Timestamp) -> Duration {
    let until = next.duration_since(now).max(SignedDuration::from_millis(50));
    Duration::try_from(until).unwrap_or(NAP_MAX).min(NAP_MAX)
}
