//! What people ask for: each is one decision, committed at once. Nothing is sent but reads.

use crate::{Engine, Known};
use carryover_domain::ids::{LineId, MigrationId, PlanId};
use carryover_domain::migration::decide::import;
use carryover_domain::plan::{Plan, Unplannable, plan};
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::{Answer, Command, Event, Input, Moment, Rejection, decide, evolve, wake};
use carryover_ports::{Commit, CommitError, StoreError, Unavailable, Version};

/// How often a command is decided anew because somebody else wrote in between. A bound against a store gone mad.
const TRIES: usize = 8;

/// A command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No migration has that id.
    #[error("there is no migration {0}; `carryover status` lists them")]
    Unknown(MigrationId),
    /// It does not fit the state.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Nothing can be planned.
    #[error(transparent)]
    Unplannable(#[from] Unplannable),
    /// A read that the command needs brought nothing.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store could not be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// What an import changed for one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Lines that are new.
    pub added: usize,
    /// Lines that were known and differ now.
    pub changed: usize,
    /// Lines that were known and stay as they are: the same, or their purchase has begun.
    pub kept: usize,
}

impl Engine {
    /// Takes over what the partner says about one customer.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing of this customer was taken over.
    pub async fn import(&self, customer: &Customer, lines: &[SourceLine]) -> Result<Imported, CommandError> {
        let id = MigrationId::of(customer.tenant);
        for _ in 0..TRIES {
            let known = self.load(id).await?;
            let before = known.as_ref().map(|known| &known.migration);
            let told = lines.to_vec();
            let Some(event) = import(before, customer.clone(), told) else {
                return Ok(Imported { kept: lines.len(), ..Imported::default() });
            };
            let mut outcome = Imported::default();
            if let Event::Imported { lines: news, .. } = &event {
                let old = |line: &&SourceLine| before.is_some_and(|before| before.lines.contains_key(&line.id));
                outcome.changed = news.iter().filter(old).count();
                outcome.added = news.len() - outcome.changed;
                outcome.kept = lines.len() - news.len();
            }
            let expected = known.as_ref().map_or(Version::default(), |known| known.version);
            let wake = known.and_then(|known| known.log.wake);
            let at = self.ports.clock.now();
            let events = [event];
            match self.ports.store.commit(Commit { migration: id, expected, events: &events, at, wake }).await {
                Err(CommitError::Stale { .. }) => {}
                done => return Ok(done.map(|_| outcome)?),
            }
        }
        Err(busy(id))
    }

    /// Reads what can be read about the customer and records what was found.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was recorded.
    pub async fn assess(&self, id: MigrationId) -> Result<Known, CommandError> {
        let facts = self.gather(&self.known(id).await?.migration).await?;
        self.submit(id, |_| Ok(Command::Assess { facts: facts.clone() })).await
    }

    /// Reads what can be read about the customer, makes a plan and records it. Nothing happens before it is approved.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was recorded.
    pub async fn plan(&self, id: MigrationId) -> Result<(Known, Plan), CommandError> {
        let facts = self.gather(&self.known(id).await?.migration).await?;
        let plan_id = PlanId::new(self.ports.ids.intent().as_uuid());
        let mut made = None;
        let known = self
            .submit(id, |known| {
                let now = self.ports.clock.now();
                let plan = plan(&known.migration, &facts, &self.policy, plan_id, now)?;
                made = Some(plan.clone());
                Ok(Command::Propose { plan })
            })
            .await?;
        made.map(|plan| (known, plan)).ok_or(CommandError::Unplannable(Unplannable))
    }

    /// Approves the newest plan of the migration; from now on it is carried out.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was approved.
    pub async fn approve(&self, id: MigrationId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |known| {
            let plan = known.migration.plan.as_ref().map(|plan| plan.id).ok_or(Unplannable)?;
            Ok(Command::Approve { plan, by: by.to_owned() })
        })
        .await
    }

    /// Records a person's answer for one line.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was recorded.
    pub async fn resolve(
        &self,
        id: MigrationId,
        line: LineId,
        answer: Answer,
        by: &str,
    ) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Resolve { line, answer, by: by.to_owned() })).await
    }

    async fn known(&self, id: MigrationId) -> Result<Known, CommandError> {
        self.load(id).await?.ok_or(CommandError::Unknown(id))
    }

    /// Decides upon a command and commits what follows, with the alarm that the new state asks for.
    async fn submit(
        &self,
        id: MigrationId,
        mut command: impl FnMut(&Known) -> Result<Command, CommandError>,
    ) -> Result<Known, CommandError> {
        for _ in 0..TRIES {
            let mut known = self.known(id).await?;
            let now = self.ports.clock.now();
            let at = Moment { now, fresh: self.ports.ids.intent() };
            let events = decide(&known.migration, Input::Command(command(&known)?), at, &self.policy)?;
            if events.is_empty() {
                return Ok(known);
            }
            known.migration = events.iter().fold(known.migration, evolve);
            // What a person asked for is looked at right away.
            let wake = wake(&known.migration, &self.policy, now).map(|_| now);
            let commit = Commit { migration: id, expected: known.version, events: &events, at: now, wake };
            match self.ports.store.commit(commit).await {
                Err(CommitError::Stale { .. }) => {}
                done => {
                    known.version = done?;
                    return Ok(known);
                }
            }
        }
        Err(busy(id))
    }
}

fn busy(id: MigrationId) -> CommandError {
    CommandError::Commit(CommitError::Unwritable {
        migration: id,
        detail: "others keep writing it; try again".to_owned(),
    })
}
