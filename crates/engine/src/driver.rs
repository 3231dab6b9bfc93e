//! Takes turns until nothing is due, or for ever. Bounded in how many turns run at once, and in how long it takes to stop.

use crate::{Engine, Halt, Problem, Turn};
use carryover_domain::ids::MigrationId;
use carryover_ports::{Index, Lease, Log};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a driver leases a migration for. A turn that goes beyond it ends at its next effect; whatever it still commits is
/// refused if others wrote.
pub const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// The longest sleep between two looks at the store, where nobody tells that there is more work.
const NAP_MAX: Duration = Duration::from_secs(5);
/// The shortest one, however many others write.
const NAP_MIN: Duration = Duration::from_millis(50);
/// How long leases that were taken ahead wait for a turn. Then they are given back, and asked for anew when a turn has ended.
const AHEAD_MAX: Duration = Duration::from_secs(5);
/// How long turns that are under way may take to end once work is to stop. Those that take longer are broken off, which loses
/// nothing: it is what a crash would do. With giving their leases back, and what the process still says and sends then, it stays
/// below 10 s.
const GRACE: Duration = Duration::from_secs(6);
/// How long giving leases back may take then.
const GIVING_BACK: Duration = Duration::from_secs(1);

/// Works on everything that is due.
pub struct Driver {
    engine: Engine,
    index: Arc<dyn Index>,
    workers: usize,
    nap_max: Duration,
    stopping: Arc<AtomicBool>,
    /// Of the turns that are under way.
    held: Arc<Mutex<Vec<Lease>>>,
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
        let (nap_max, workers) = (NAP_MAX, workers.max(1));
        Self { engine, index, workers, nap_max, stopping: Arc::default(), held: Arc::default() }
    }

    /// The same driver, which looks at the store at least every `nap_max`: for clocks that run faster than real time.
    #[must_use]
    pub fn looking_every(self, nap_max: Duration) -> Self {
        Self { nap_max, ..self }
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
        // While the store is asked for leases and logs, turns go on: a lease takes as long as a commit.
        let mut leasing: Option<Asked<'_, Result<Vec<Lease>, Halt>>> = None;
        let mut reading: Option<Asked<'_, Vec<(Instant, Lease, Log)>>> = None;
        // Leases whose turns have not begun: those whose logs are yet to be read, and those with theirs, each since when. And all
        // whose turns have not ended.
        let mut waiting: VecDeque<(Instant, Lease)> = VecDeque::new();
        let mut ready: VecDeque<(Instant, Lease, Log)> = VecDeque::new();
        let mut held = 0;
        // Once nothing was due, nothing is before another turn has ended.
        let mut may_be_due = true;
        loop {
            // All that has ended is looked at before leases are asked for, so that they are asked for at once.
            let ended = match turns.try_join_next() {
                Some(ended) => ended,
                None => {
                    let stopped = halt.is_some() || self.stopping.load(Ordering::Relaxed);
                    while turns.len() < self.workers
                        && !stopped
                        && let Some((_, lease, log)) = ready.pop_front()
                    {
                        turns.spawn(self.turn(lease, log));
                    }
                    // Before the last of those that were read has begun, so that no turn waits for reading; and many at a time.
                    let few = ready.len() <= self.workers / 2;
                    if reading.is_none() && few && !waiting.is_empty() && !stopped {
                        let some = self.workers.min(waiting.len());
                        reading = Some(Box::pin(self.read(waiting.drain(..some).collect())));
                    }
                    // As many are taken ahead as there are turns at once, so that what ends is followed at once; and many at
                    // a time, which cost little more than one.
                    if leasing.is_none() && held <= self.workers && may_be_due && !stopped {
                        may_be_due = false;
                        leasing = Some(Box::pin(self.lease(cut, 2 * self.workers - held)));
                    }
                    let oldest = ready.front().map(|(since, ..)| *since).or(waiting.front().map(|(since, _)| *since));
                    tokio::select! {
                        logs = answer(&mut reading), if reading.is_some() => {
                            reading = None;
                            ready.extend(logs);
                            continue;
                        }
                        leases = answer(&mut leasing), if leasing.is_some() => {
                            leasing = None;
                            let leases = leases.unwrap_or_else(|stopped| {
                                halt.get_or_insert(stopped);
                                Vec::new()
                            });
                            may_be_due |= !leases.is_empty();
                            held += leases.len();
                            let since = Instant::now();
                            waiting.extend(leases.into_iter().map(|lease| (since, lease)));
                            continue;
                        }
                        // All turns are long: others may have these meanwhile, and nobody begins with half a lease.
                        () = waited(oldest), if oldest.is_some() && !stopped => {
                            let ahead = ahead(&mut waiting, &mut ready);
                            held -= ahead.len();
                            self.release(ahead).await;
                            may_be_due = false;
                            continue;
                        }
                        Some(ended) = turns.join_next() => ended,
                        else => break,
                    }
                }
            };
            may_be_due = true;
            held -= 1;
            match ended {
                Ok(Ok(turn)) => {
                    total.turns += 1;
                    total.effects += turn.effects;
                    total.events += turn.events;
                    total.problems.extend(turn.problems);
                    each(&total);
                }
                Ok(Err(stopped)) => halt = halt.or(Some(stopped)),
                // A turn that panicked lost nothing: its lease lapses and the log is as it was.
                Err(failure) => tracing::error!(%failure, "a turn broke off"),
            }
        }
        // Where work was stopped, others take up what had not begun.
        self.release(ahead(&mut waiting, &mut ready)).await;
        halt.map_or(Ok(total), Err)
    }

    /// Works until `shutdown`, sleeping while nothing is due, and answers within 7 s of it: turns under way are brought to an
    /// end, and broken off where that takes too long. `each` is told after every turn.
    ///
    /// # Errors
    /// [`Halt`] when work must stop.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()>,
        each: &(dyn Fn(&Drained) + Send + Sync),
    ) -> Result<(), Halt> {
        tokio::pin!(shutdown);
        self.stopping.store(false, Ordering::Relaxed);
        loop {
            {
                let work = self.until_idle(each);
                tokio::pin!(work);
                tokio::select! {
                    done = &mut work => { done?; }
                    () = &mut shutdown => {
                        self.stopping.store(true, Ordering::Relaxed);
                        if let Ok(done) = tokio::time::timeout(GRACE, &mut work).await {
                            return done.map(drop);
                        }
                    }
                }
            }
            if self.stopping.load(Ordering::Relaxed) {
                self.give_back().await;
                return Ok(());
            }
            tokio::select! {
                // Also while a database that does not answer is waited for.
                () = &mut shutdown => return Ok(()),
                rested = self.rest() => rested?,
            }
        }
    }

    /// Sleeps until something may be due: at the earliest alarm, or when somebody has written.
    async fn rest(&self) -> Result<(), Halt> {
        // Looked at before the alarms are: what is written in between is news.
        let seen = self.index.newest().await?;
        let now = self.engine.clock.now();
        let next = self.index.next_wake().await?;
        let nap = next.map_or(self.nap_max, |next| nap(now, next).min(self.nap_max));
        tokio::time::sleep(NAP_MIN).await;
        let nap = nap.saturating_sub(NAP_MIN);
        if self.index.changed(seen, nap).await.is_err() {
            // Who cannot be told looks; whether the store can be read at all shows then.
            tokio::time::sleep(nap).await;
        }
        Ok(())
    }

    /// Gives back what turns held that were broken off, so that others take it up at once.
    async fn give_back(&self) {
        let held: Vec<Lease> = holding(&self.held).drain(..).collect();
        tracing::warn!(turns = held.len(), "turns were broken off; nothing is lost by that");
        // What is not given back in time lapses.
        let _in_time = tokio::time::timeout(GIVING_BACK, self.release(held)).await;
    }

    /// Gives `leases` back under which nothing is being done.
    async fn release(&self, leases: impl IntoIterator<Item = Lease>) {
        for lease in leases {
            holding(&self.held).retain(|other| *other != lease);
            if let Err(error) = self.engine.store.release(&lease).await {
                tracing::warn!(%error, "a lease is not given back; it lapses");
            }
        }
    }

    /// A turn under `lease`, which is held until it has ended, upon the log that was read under it.
    fn turn(&self, lease: Lease, log: Log) -> impl Future<Output = Result<Turn, Halt>> + Send + use<> {
        let (engine, stopping, held) = (self.engine.clone(), self.stopping.clone(), self.held.clone());
        async move {
            let turn = engine.turn_upon(&lease, log, &|| !stopping.load(Ordering::Relaxed)).await;
            holding(&held).retain(|other| *other != lease);
            turn
        }
    }

    async fn lease(&self, cut: Timestamp, max: usize) -> Result<Vec<Lease>, Halt> {
        // From now on, however long ago work on what was due then has begun.
        let since = self.engine.clock.now().duration_since(cut).max(SignedDuration::ZERO);
        let leases = self.engine.store.lease_due(cut, LEASE + since, max).await?;
        holding(&self.held).extend(leases.iter().cloned());
        Ok(leases)
    }

    /// The logs under `leases`. Where none can be read, each turn is told so: it gives its lease back and stops the work.
    async fn read(&self, leases: Vec<(Instant, Lease)>) -> Vec<(Instant, Lease, Log)> {
        let ids: Vec<MigrationId> = leases.iter().map(|(_, lease)| lease.migration).collect();
        let logs = match self.engine.store.load_all(&ids).await {
            Ok(logs) => logs,
            Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
        };
        leases.into_iter().zip(logs).map(|((since, lease), log)| (since, lease, log)).collect()
    }
}

/// All leases whose turns have not begun.
fn ahead(waiting: &mut VecDeque<(Instant, Lease)>, ready: &mut VecDeque<(Instant, Lease, Log)>) -> Vec<Lease> {
    let read = ready.drain(..).map(|(_, lease, _)| lease);
    read.chain(waiting.drain(..).map(|(_, lease)| lease)).collect()
}

/// Ends when a lease that was taken `since` has waited for a turn long enough; never where there is none.
async fn waited(since: Option<Instant>) {
    match since {
        Some(since) => tokio::time::sleep_until(since + AHEAD_MAX).await,
        None => std::future::pending().await,
    }
}

/// What the store was asked for.
type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What comes of `asked`; never anything while nothing is asked for.
async fn answer<T>(asked: &mut Option<Asked<'_, T>>) -> T {
    match asked {
        Some(asked) => asked.await,
        None => std::future::pending().await,
    }
}

fn holding(held: &Mutex<Vec<Lease>>) -> MutexGuard<'_, Vec<Lease>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn nap(now: Timestamp, next: Timestamp) -> Duration {
    let until = next.duration_since(now).max(SignedDuration::ZERO);
    Duration::try_from(until).unwrap_or(NAP_MAX).clamp(NAP_MIN, NAP_MAX)
}
