//! What can be done without the outside world: import, approve, answer, look. Each is one decision, committed at once.

use crate::CommandError;
use carryover_domain::ids::{LineId, MigrationId};
use carryover_domain::migration::decide::import;
use carryover_domain::plan::Unplannable;
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::{Answer, Command, Event, Input, Migration, Moment, decide, evolve, wake};
use carryover_ports::{Clock, Commit, CommitError, Ids, Loaded, Store, StoreError, Version};
use jiff::Timestamp;
use std::sync::Arc;

/// How often a command is decided anew because somebody else wrote in between. A bound against a store gone mad.
const TRIES: usize = 8;

/// A store with a clock, fresh ids and a policy.
#[derive(Clone)]
pub struct Desk {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) policy: Arc<Policy>,
}

/// A migration with the version that it stands at.
#[derive(Debug, Clone)]
pub struct Known {
    /// What the events made.
    pub migration: Migration,
    /// How many there are.
    pub version: Version,
    /// The log and the alarm, as they were loaded.
    pub log: Loaded,
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

impl Desk {
    /// A desk over `store`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, policy: Policy) -> Self {
        Self { store, clock, ids, policy: Arc::new(policy) }
    }

    /// The policy that it works by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The moment, by its clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The migration `id` as it stands; none when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or the log does not begin with an import.
    pub async fn load(&self, id: MigrationId) -> Result<Option<Known>, StoreError> {
        let Some(log) = self.store.load(id).await? else { return Ok(None) };
        let migration =
            carryover_domain::replay(log.events.iter().map(|recorded| &recorded.event)).ok_or_else(|| {
                StoreError::Damaged {
                    migration: id,
                    number: 1,
                    detail: "the log does not begin with an import".to_owned(),
                }
            })?;
        Ok(Some(Known { migration, version: log.version, log }))
    }

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
            let at = self.clock.now();
            let events = [event];
            let commit = Commit { migration: id, expected, events: &events, at, wake, lease: None, request: None };
            match self.store.commit(commit).await {
                Err(CommitError::Stale { .. }) => {}
                done => return Ok(done.map(|_| outcome)?),
            }
        }
        Err(busy(id))
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

    /// Halts everything for one customer.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was halted.
    pub async fn pause(&self, id: MigrationId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Pause { by: by.to_owned() })).await
    }

    /// Lets a halted customer go on.
    ///
    /// # Errors
    /// [`CommandError`]; then it stays halted.
    pub async fn resume(&self, id: MigrationId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Resume { by: by.to_owned() })).await
    }

    pub(crate) async fn known(&self, id: MigrationId) -> Result<Known, CommandError> {
        self.load(id).await?.ok_or(CommandError::Unknown(id))
    }

    /// Decides upon a command and commits what follows, with the alarm that the new state asks for.
    pub(crate) async fn submit(
        &self,
        id: MigrationId,
        mut command: impl FnMut(&Known) -> Result<Command, CommandError>,
    ) -> Result<Known, CommandError> {
        for _ in 0..TRIES {
            let mut known = self.known(id).await?;
            let now = self.clock.now();
            let at = Moment { now, fresh: self.ids.intent() };
            let events = decide(&known.migration, Input::Command(command(&known)?), at, &self.policy)?;
            if events.is_empty() {
                return Ok(known);
            }
            known.migration = events.iter().fold(known.migration, evolve);
            // What a person asked for is looked at right away.
            let wake = wake(&known.migration, &self.policy, now).map(|_| now);
            let expected = known.version;
            let commit = Commit { migration: id, expected, events: &events, at: now, wake, lease: None, request: None };
            match self.store.commit(commit).await {
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
