//! One worker's turn at one migration. The unit that a simulation calls.

use crate::telling;
use crate::{Engine, Known};
use carryover_domain::ids::MigrationId;
use carryover_domain::time::later;
use carryover_domain::{Effect, Event, Input, Moment, Reply, decide, evolve, owed, wake};
use carryover_ports::{Commit, CommitError, Fault, Lease, Log, Outcome, StoreError, Unavailable, Under, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tracing::Instrument;

/// Effects of one turn, more than a tenant's 300 lines owe at once. A bound on the turn; what is left is due at once again.
const EFFECTS_MAX: usize = 400;

/// What a turn did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// Effects performed.
    pub effects: usize,
    /// Events recorded.
    pub events: usize,
    /// Reads that brought nothing and writes whose fate is unknown. Each is tried again later.
    pub problems: Vec<Problem>,
}

/// What did not work for one customer. Nothing is lost by it, and it is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose.
    pub migration: MigrationId,
    /// The customer, for people; empty where the log cannot be read.
    pub customer: String,
    /// What, in a sentence.
    pub why: String,
}

/// Work must stop: going on would lose something or harm an account. Nothing was lost.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// Sign-in was refused.
    #[error("sign-in was refused: {0}")]
    SignInRefused(Fault),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be written: nothing may be sent either.
    #[error(transparent)]
    Commit(CommitError),
}

/// How a piece of a turn ended.
enum Stop {
    /// Somebody else wrote or holds the lease, or it is not known what was written: the next turn begins from the log.
    Reload,
    Halt(Halt),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Halt(Halt::Store(error))
    }
}

impl From<CommitError> for Stop {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Stale { .. } | CommitError::Unconfirmed { .. } | CommitError::Lost { .. } => {
                telling::reloaded(&error);
                tracing::warn!(%error, "the turn starts anew");
                Self::Reload
            }
            // A turn commits for no request, so a store that speaks of one is not to be trusted.
            error @ (CommitError::Unwritable { .. } | CommitError::Repeated(_) | CommitError::KeyReused { .. }) => {
                Self::Halt(Halt::Commit(error))
            }
        }
    }
}

/// The next of `due` that is not done; of the users whose licence changes on one line, all at once.
fn together(due: Vec<Effect>, done: &BTreeSet<Effect>) -> Vec<Effect> {
    let mut due = due.into_iter().filter(|effect| !done.contains(effect));
    let Some(first) = due.next() else { return Vec::new() };
    let mut effects = vec![first];
    if let Some(Effect::SwapLicence { line, .. }) = effects.first().cloned() {
        effects.extend(due.filter(|it| matches!(it, Effect::SwapLicence { line: other, .. } if *other == line)));
    }
    effects
}

fn problem(lease: &Lease, customer: &str, why: String) -> Problem {
    Problem { migration: lease.migration, customer: customer.to_owned(), why }
}

/// Why it is not known, or known not to be, that a write was done.
fn unknown_fate(input: &Input) -> Option<&Fault> {
    fn fault<T>(outcome: &Outcome<T>) -> Option<&Fault> {
        match outcome {
            Outcome::NotSent(fault) | Outcome::InDoubt(fault) => Some(fault),
            Outcome::Done(_) | Outcome::Refused(_) | Outcome::Throttled { .. } => None,
        }
    }
    match input {
        Input::Reply { reply: Reply::Cart(outcome), .. } => fault(outcome),
        Input::Reply { reply: Reply::CheckOut(outcome), .. } => fault(outcome),
        Input::Reply { reply: Reply::Swap(outcome), .. } => fault(outcome),
        Input::Command(_) | Input::Observation(_) | Input::Tick => None,
    }
}

impl Engine {
    /// Takes a turn at the leased migration and gives the lease back with its last commit, or after it where that fails.
    ///
    /// # Errors
    /// [`Halt`] when no turn at any migration can succeed now.
    pub async fn turn(&self, lease: &Lease) -> Result<Turn, Halt> {
        self.turn_upon(lease, self.store.load(lease.migration).await, &|| true).await
    }

    /// Takes a turn as [`Self::turn`] does upon the `log` that was read under the lease, and begins no effect once `may_go_on` says
    /// no; what is left stays due.
    ///
    /// # Errors
    /// [`Halt`] when no turn at any migration can succeed now.
    pub async fn turn_upon(
        &self,
        lease: &Lease,
        log: Log,
        may_go_on: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<Turn, Halt> {
        let mut turn = Turn::default();
        let span = tracing::info_span!("turn", migration = %lease.migration);
        let ended = self.work(lease, log, may_go_on, &mut turn).instrument(span).await;
        telling::turned(&turn);
        match ended {
            // Its last commit gave the lease back.
            Ok(()) => Ok(turn),
            // One damaged log is that customer's matter; its lease is kept, so that it is not met again at once.
            Err(Stop::Halt(Halt::Store(error @ StoreError::Damaged { .. }))) => {
                turn.problems.push(problem(lease, "", error.to_string()));
                Ok(turn)
            }
            Err(stop) => {
                let released = self.store.release(lease).await;
                match stop {
                    // Why work must stop is said, whatever became of the lease.
                    Stop::Halt(halt) => Err(halt),
                    Stop::Reload => Ok(released.map(|()| turn)?),
                }
            }
        }
    }

    async fn work(
        &self,
        lease: &Lease,
        log: Log,
        may_go_on: &(dyn Fn() -> bool + Send + Sync),
        turn: &mut Turn,
    ) -> Result<(), Stop> {
        let Some(log) = log? else { return Err(Stop::Reload) };
        let mut known = Known::of(lease.migration, log)?;
        let mut done: BTreeSet<Effect> = BTreeSet::new();
        let mut retry: Option<SignedDuration> = None;
        let mut stopped = false;
        known = self.record(lease, known, Input::Tick, turn).await?;
        while done.len() < EFFECTS_MAX {
            let now = self.clock.now();
            let due = owed(&known.migration, &self.policy, now);
            let effects = together(due, &done);
            if effects.is_empty() {
                break;
            }
            // What is owed under a lease that has lapsed is left to the next one.
            if !may_go_on() || now >= lease.until {
                stopped = true;
                break;
            }
            done.extend(effects.iter().cloned());
            turn.effects += effects.len();
            let customer = known.migration.customer.domain.clone();
            let span = telling::performing(&effects);
            let answer = self.perform_together(&known.migration, &effects).instrument(span).await;
            telling::performed(&effects, &answer);
            match answer {
                Ok(inputs) => {
                    for input in inputs {
                        if let Some(fault) = unknown_fate(&input) {
                            tracing::warn!(%customer, %fault, "a write did not settle; it is sent again");
                            turn.problems.push(problem(lease, &customer, fault.to_string()));
                        }
                        known = self.record(lease, known, input, turn).await?;
                    }
                }
                Err(Unavailable::SignInRefused(fault)) => return Err(Stop::Halt(Halt::SignInRefused(fault))),
                Err(why) => {
                    let pause = match &why {
                        Unavailable::Throttled { retry_after } => *retry_after,
                        _ => self.policy.retry_pause,
                    };
                    retry = Some(retry.map_or(pause, |so_far: SignedDuration| so_far.max(pause)));
                    turn.problems.push(problem(lease, &customer, why.to_string()));
                }
            }
        }
        // Only what got somewhere goes on at once: reads that keep failing would go on for ever.
        let unfinished = stopped || (done.len() >= EFFECTS_MAX && turn.events > 0);
        self.set_alarm(lease, &known, retry, unfinished).await?;
        Ok(())
    }

    /// Decides upon `input` and commits what follows. The migration stays due, so that a crash right after is picked up.
    async fn record(&self, lease: &Lease, mut known: Known, input: Input, turn: &mut Turn) -> Result<Known, Stop> {
        let at = Moment { now: self.clock.now(), fresh: self.ids.intent() };
        // Reads, replies and time are never rejected; only a person's command can be.
        let events = decide(&known.migration, input, at, &self.policy).unwrap_or_default();
        if events.is_empty() {
            return Ok(known);
        }
        known.version = self.commit(Under::Lease(*lease), &known, &events, known.log.wake.or(Some(at.now))).await?;
        turn.events += events.len();
        for event in &events {
            telling::recorded(event);
            tracing::info!(customer = %known.migration.customer.domain, event = event.name(), "recorded");
        }
        known.migration = events.iter().fold(known.migration, evolve);
        Ok(known)
    }

    /// Ends the turn: sets the alarm and gives the lease back, in one commit.
    async fn set_alarm(
        &self,
        lease: &Lease,
        known: &Known,
        retry: Option<SignedDuration>,
        unfinished: bool,
    ) -> Result<(), Stop> {
        let now = self.clock.now();
        let next = wake(&known.migration, &self.policy, now);
        let again = retry.map(|pause| later(now, pause));
        let alarm = if unfinished { known.log.wake.or(Some(now)) } else { next.into_iter().chain(again).min() };
        self.commit(Under::LastOf(*lease), known, &[], alarm).await?;
        Ok(())
    }

    async fn commit(
        &self,
        under: Under,
        known: &Known,
        events: &[Event],
        wake: Option<Timestamp>,
    ) -> Result<Version, CommitError> {
        let (migration, expected) = (known.migration.id, known.version);
        let at = self.clock.now();
        self.store.commit(Commit { migration, expected, events, at, wake, under, request: None }).await
    }
}
