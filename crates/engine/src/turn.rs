//! One worker's turn at one migration. The unit that a simulation calls.

use crate::{Engine, Known};
use carryover_domain::ids::MigrationId;
use carryover_domain::time::later;
use carryover_domain::{Effect, Event, Input, Moment, decide, evolve, owed, wake};
use carryover_ports::{Commit, CommitError, Fault, Lease, StoreError, Unavailable, Version};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Effects of one turn, more than a tenant's 300 lines owe at once. A bound on the turn; what is left is due at once again.
const EFFECTS_MAX: usize = 400;

/// What a turn did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// Effects performed.
    pub effects: usize,
    /// Events recorded.
    pub events: usize,
    /// Reads that brought nothing. Each is tried again later.
    pub problems: Vec<Problem>,
}

/// A read that brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose.
    pub migration: MigrationId,
    /// The customer, for people.
    pub customer: String,
    /// Why, in a sentence.
    pub why: Unavailable,
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
    /// Somebody else wrote, or it is not known what was written: the next turn begins from the log.
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
            CommitError::Stale { .. } | CommitError::Unconfirmed { .. } => {
                tracing::warn!(%error, "the turn starts anew");
                Self::Reload
            }
            error @ CommitError::Unwritable { .. } => Self::Halt(Halt::Commit(error)),
        }
    }
}

impl Engine {
    /// Takes a turn at the leased migration and gives the lease back.
    ///
    /// # Errors
    /// [`Halt`] when no turn at any migration can succeed now.
    pub async fn turn(&self, lease: &Lease) -> Result<Turn, Halt> {
        let mut turn = Turn::default();
        let ended = self.work(lease, &mut turn).await;
        self.store.release(lease).await?;
        match ended {
            Ok(()) | Err(Stop::Reload) => Ok(turn),
            Err(Stop::Halt(halt)) => Err(halt),
        }
    }

    async fn work(&self, lease: &Lease, turn: &mut Turn) -> Result<(), Stop> {
        let Some(mut known) = self.load(lease.migration).await? else { return Ok(()) };
        let mut done: BTreeSet<Effect> = BTreeSet::new();
        let mut retry: Option<SignedDuration> = None;
        self.record(&mut known, Input::Tick, turn).await?;
        while done.len() < EFFECTS_MAX && self.clock.now() < lease.until {
            let now = self.clock.now();
            let due = owed(&known.migration, &self.policy, now);
            let Some(effect) = due.into_iter().find(|effect| !done.contains(effect)) else { break };
            done.insert(effect.clone());
            turn.effects += 1;
            match self.perform(&known.migration, &effect).await {
                Ok(input) => self.record(&mut known, input, turn).await?,
                Err(Unavailable::SignInRefused(fault)) => return Err(Stop::Halt(Halt::SignInRefused(fault))),
                Err(why) => {
                    let pause = match &why {
                        Unavailable::Throttled { retry_after } => *retry_after,
                        _ => self.policy.retry_pause,
                    };
                    retry = Some(retry.map_or(pause, |so_far: SignedDuration| so_far.max(pause)));
                    let customer = known.migration.customer.domain.clone();
                    turn.problems.push(Problem { migration: lease.migration, customer, why });
                }
            }
        }
        // Only what got somewhere goes on at once: reads that keep failing would go on for ever.
        let unfinished = done.len() >= EFFECTS_MAX && turn.events > 0;
        self.set_alarm(&known, retry, unfinished).await?;
        Ok(())
    }

    /// Decides upon `input` and commits what follows. The migration stays due, so that a crash right after is picked up.
    async fn record(&self, known: &mut Known, input: Input, turn: &mut Turn) -> Result<(), Stop> {
        let at = Moment { now: self.clock.now(), fresh: self.ids.intent() };
        // Reads, replies and time are never rejected; only a person's command can be.
        let events = decide(&known.migration, input, at, &self.policy).unwrap_or_default();
        if events.is_empty() {
            return Ok(());
        }
        known.version = self.commit(known, &events, known.log.wake.or(Some(at.now))).await?;
        turn.events += events.len();
        for event in &events {
            tracing::info!(customer = %known.migration.customer.domain, event = event.name(), "recorded");
        }
        known.migration = events.iter().fold(known.migration.clone(), evolve);
        Ok(())
    }

    async fn set_alarm(&self, known: &Known, retry: Option<SignedDuration>, unfinished: bool) -> Result<(), Stop> {
        let now = self.clock.now();
        let next = wake(&known.migration, &self.policy, now);
        let again = retry.map(|pause| later(now, pause));
        let alarm = if unfinished { known.log.wake.or(Some(now)) } else { next.into_iter().chain(again).min() };
        self.commit(known, &[], alarm).await?;
        Ok(())
    }

    async fn commit(&self, known: &Known, events: &[Event], wake: Option<Timestamp>) -> Result<Version, CommitError> {
        let (migration, expected) = (known.migration.id, known.version);
        let at = self.clock.now();
        self.store.commit(Commit { migration, expected, events, at, wake }).await
    }
}
