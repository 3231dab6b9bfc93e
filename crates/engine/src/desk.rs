//! What can be done without the outside world: import, approve, answer, look. Each is one decision, committed at once.

use crate::{Asked, CommandError};
use carryover_domain::ids::{LineId, MigrationId, PlanId, TenantId};
use carryover_domain::migration::decide::{import, too_late};
use carryover_domain::plan::Unplannable;
use carryover_domain::policy::{OwnPolicy, Policy};
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::report::{Report, report};
use carryover_domain::{Answer, Command, Event, Input, Migration, Moment, decide, evolve, wake};
use carryover_ports::{
    Clock, Commit, CommitError, Ids, Loaded, Log, Recorded, Remembered, Request, Store, StoreError, Under, Version,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
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
    pub(crate) asked: Asked,
}

/// A migration with the version that it stands at.
#[derive(Debug, Clone)]
pub struct Known {
    /// What the events made.
    pub migration: Migration,
    /// How many there are.
    pub version: Version,
    /// The log and the alarm.
    pub log: Loaded,
}

impl Known {
    /// What became of the customer, for people.
    pub fn report(&self, policy: &Policy, now: Timestamp) -> Report {
        report(&self.migration, self.log.events.iter().map(|recorded| (recorded.at, &recorded.event)), policy, now)
    }
}

/// What an import changed for one customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Lines that are new.
    pub added: usize,
    /// Lines that were known and differ now.
    pub changed: usize,
    /// Lines that were known and stay as they are: the same, or their purchase has begun.
    pub kept: usize,
    /// What was told too late to be taken over, in a sentence each.
    pub too_late: Vec<String>,
}

/// What of a migration a [`Desk::update`] changes; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// All labels that it is to have.
    pub labels: Option<BTreeMap<String, String>>,
    /// All wishes of its own that it is to have.
    pub own: Option<OwnPolicy>,
}

/// What came of a [`Desk::nudge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nudge {
    /// A look is due from now on. Whatever begins later reads later.
    Due,
    /// A look was due already and may be under way: it may have read before the change. Nudge again once it can be over.
    UnderWay,
    /// Nobody waits for anything there.
    NobodyWaits,
}

impl Desk {
    /// A desk over `store`.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, policy: Policy) -> Self {
        Self { store, clock, ids, policy: Arc::new(policy), asked: Asked::default() }
    }

    /// The same desk, at work for what was asked for: its next change is remembered with the request, and made only upon
    /// what was looked at.
    #[must_use]
    pub fn asked(&self, asked: Asked) -> Self {
        Self { asked, ..self.clone() }
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
        Known::of(id, log).map(Some)
    }

    /// The migrations `ids` as they stand, in their order, by one read.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read. What befalls one of them stands in its place.
    pub async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Result<Option<Known>, StoreError>>, StoreError> {
        let known = |(id, log): (&MigrationId, Log)| log?.map(|log| Known::of(*id, log)).transpose();
        Ok(ids.iter().zip(self.store.load_all(ids).await?).map(known).collect())
    }

    /// The migration `id` as it stood at `version`; none when it does not exist.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn as_of(&self, id: MigrationId, version: Version) -> Result<Option<Known>, StoreError> {
        let Some(mut log) = self.store.load(id).await? else { return Ok(None) };
        log.events.retain(|recorded| recorded.number <= version.0);
        log.version = version.min(log.version);
        Known::of(id, log).map(Some)
    }

    /// What is known of those of `tenants` that have a migration.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn recall(
        &self,
        tenants: impl IntoIterator<Item = TenantId>,
    ) -> Result<Vec<(Customer, Vec<SourceLine>)>, StoreError> {
        let mut known = Vec::new();
        for tenant in tenants {
            if let Some(Known { migration, .. }) = self.load(MigrationId::of(tenant)).await? {
                known.push((migration.customer.clone(), migration.told()));
            }
        }
        Ok(known)
    }

    /// What [`Self::import`] would change. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn would_import(&self, customer: &Customer, lines: &[SourceLine]) -> Result<Imported, StoreError> {
        let known = self.load(MigrationId::of(customer.tenant)).await?;
        let before = known.as_ref().map(|known| &known.migration);
        let event = import(before, customer.clone(), lines.to_vec(), None);
        Ok(Imported::by(event.as_ref(), before, lines))
    }

    /// Takes over what the partner says about one customer, given by the person `by`.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing of this customer was taken over.
    pub async fn import(&self, customer: &Customer, lines: &[SourceLine], by: &str) -> Result<Imported, CommandError> {
        let id = MigrationId::of(customer.tenant);
        for _ in 0..TRIES {
            let known = self.load(id).await?;
            let before = known.as_ref().map(|known| &known.migration);
            let event = import(before, customer.clone(), lines.to_vec(), Some(by));
            let outcome = Imported::by(event.as_ref(), before, lines);
            let request = self.asked.request.as_ref();
            // What changes nothing is remembered as well: a repeat may come after others have changed it.
            if event.is_none() && request.is_none() {
                return Ok(outcome);
            }
            let expected = known.as_ref().map_or(Version::default(), |known| known.version);
            let wake = known.and_then(|known| known.log.wake);
            let at = self.clock.now();
            let events = event.as_slice();
            let commit = Commit { migration: id, expected, events, at, wake, under: Under::NoLease, request };
            match self.store.commit(commit).await {
                Err(CommitError::Stale { .. }) => {}
                Err(CommitError::Repeated(earlier)) => return self.imported_then(earlier, lines).await,
                done => return Ok(done.map(|_| outcome)?),
            }
        }
        Err(busy(id))
    }

    /// Has a worker look at the migration of `tenant` now, because something may have changed there. Records nothing, and decides
    /// nothing: what is read then counts.
    ///
    /// # Errors
    /// [`CommandError`]; then the look comes when it would have come anyway.
    pub async fn nudge(&self, tenant: TenantId) -> Result<Nudge, CommandError> {
        let id = MigrationId::of(tenant);
        for _ in 0..TRIES {
            let Some(log) = self.store.load(id).await? else { return Ok(Nudge::NobodyWaits) };
            let at = self.clock.now();
            let Some(later) = log.wake else { return Ok(Nudge::NobodyWaits) };
            // Its turn sets the alarm when it is over, whatever stands there.
            if later <= at {
                return Ok(Nudge::UnderWay);
            }
            let (expected, wake) = (log.version, Some(at));
            let commit =
                Commit { migration: id, expected, events: &[], at, wake, under: Under::NoLease, request: None };
            match self.store.commit(commit).await {
                Err(CommitError::Stale { .. }) => {}
                done => return Ok(done.map(|_| Nudge::Due)?),
            }
        }
        Err(busy(id))
    }

    /// What an import changed that was made before.
    async fn imported_then(&self, earlier: Remembered, told: &[SourceLine]) -> Result<Imported, CommandError> {
        let Remembered { request: _, migration, before, after } = earlier;
        let known = self.as_of(migration, after).await?.ok_or(CommandError::Unknown(migration))?;
        let first = before == Version::default();
        let before = if first { None } else { self.as_of(migration, before).await?.map(|known| known.migration) };
        let event = known.log.events.last().map(|recorded| &recorded.event).filter(|_| after > earlier.before);
        Ok(Imported::by(event, before.as_ref(), told))
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

    /// Approves `plan`, which has to be the newest; from now on it is carried out.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was approved.
    pub async fn approve_plan(&self, id: MigrationId, plan: PlanId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Approve { plan, by: by.to_owned() })).await
    }

    /// Remembers `request` with the migration `id`, and changes nothing of it: nobody else can be the first with the request's
    /// key from then on.
    ///
    /// # Errors
    /// [`CommandError`]: a commit with `KeyReused` or `Repeated` where somebody was.
    pub async fn claim(&self, id: MigrationId, request: &Request) -> Result<(), CommandError> {
        for _ in 0..TRIES {
            let Known { version: expected, log, .. } = self.known(id).await?;
            let (at, wake, request) = (self.clock.now(), log.wake, Some(request));
            let commit = Commit { migration: id, expected, events: &[], at, wake, under: Under::NoLease, request };
            match self.store.commit(commit).await {
                Err(CommitError::Stale { .. }) => {}
                done => return Ok(done.map(drop)?),
            }
        }
        Err(busy(id))
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

    /// Approves `plan`, which has to be the newest, and halts everything in the same commit: it is carried out once it is
    /// started.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was approved.
    pub async fn approve_held(&self, id: MigrationId, plan: PlanId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::ApproveHeld { plan, by: by.to_owned() })).await
    }

    /// Lets what was approved be carried out.
    ///
    /// # Errors
    /// [`CommandError`], also where nothing is approved; then it stays as it is.
    pub async fn start(&self, id: MigrationId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Start { by: by.to_owned() })).await
    }

    /// Gives up what was not begun; what was begun is finished.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was given up.
    pub async fn cancel(&self, id: MigrationId, by: &str) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Cancel { by: by.to_owned() })).await
    }

    /// Puts the labels and the own policy of `changes` in the place of those that there are. Plans that were made stand; those to
    /// come are made by the new policy.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was changed.
    pub async fn update(&self, id: MigrationId, changes: Changes, by: &str) -> Result<Known, CommandError> {
        let Changes { labels, own } = changes;
        self.submit(id, |_| Ok(Command::Update { labels: labels.clone(), own, by: by.to_owned() })).await
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
            if let Some(seen) = self.asked.seen.filter(|seen| *seen != known.version) {
                return self.changed(known, seen).await;
            }
            let now = self.clock.now();
            let at = Moment { now, fresh: self.ids.intent() };
            let events = decide(&known.migration, Input::Command(command(&known)?), at, &self.policy)?;
            let request = self.asked.request.as_ref();
            if events.is_empty() && request.is_none() {
                return Ok(known);
            }
            let before = known.log.wake;
            known.migration = events.iter().fold(known.migration, evolve);
            // What a person asked for is looked at right away.
            let wake = if events.is_empty() { before } else { wake(&known.migration, &self.policy, now).map(|_| now) };
            let expected = known.version;
            let commit =
                Commit { migration: id, expected, events: &events, at: now, wake, under: Under::NoLease, request };
            match self.store.commit(commit).await {
                Err(CommitError::Stale { .. }) => {}
                Err(CommitError::Repeated(earlier)) => {
                    return self.as_of(id, earlier.after).await?.ok_or(CommandError::Unknown(id));
                }
                done => {
                    let version = done?;
                    known.log.events.extend((expected.0 + 1..).zip(events).map(|(number, event)| Recorded {
                        migration: id,
                        number,
                        at: now,
                        event,
                    }));
                    known.version = version;
                    known.log.version = version;
                    known.log.wake = wake;
                    return Ok(known);
                }
            }
        }
        Err(busy(id))
    }

    /// What to say where `known` is not at the version that was `seen` any more: the answer of the same request, where that
    /// was what moved it.
    async fn changed(&self, known: Known, seen: Version) -> Result<Known, CommandError> {
        let (migration, is) = (known.migration.id, known.version);
        let changed = || CommandError::Changed { id: migration, seen, is };
        let Some(request) = self.asked.request.as_ref() else { return Err(changed()) };
        // Upon a version that is gone nothing can be written; a store says first whether it knows the request.
        let (at, wake) = (self.clock.now(), known.log.wake);
        let commit =
            Commit { migration, expected: seen, events: &[], at, wake, under: Under::NoLease, request: Some(request) };
        match self.store.commit(commit).await {
            Err(CommitError::Repeated(earlier)) => {
                self.as_of(migration, earlier.after).await?.ok_or(CommandError::Unknown(migration))
            }
            Ok(_) | Err(CommitError::Stale { .. }) => Err(changed()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Known {
    /// What the log of the migration `id` makes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it does not begin with an import.
    pub fn of(id: MigrationId, log: Loaded) -> Result<Self, StoreError> {
        let migration =
            carryover_domain::replay(log.events.iter().map(|recorded| &recorded.event)).ok_or_else(|| {
                StoreError::Damaged {
                    migration: id,
                    number: 1,
                    detail: "the log does not begin with an import".to_owned(),
                }
            })?;
        Ok(Self { migration, version: log.version, log })
    }
}

impl Imported {
    /// What `event` changes for a customer who was as `before`, `told` these lines.
    fn by(event: Option<&Event>, before: Option<&Migration>, told: &[SourceLine]) -> Self {
        let late = before.map(|before| too_late(before, told)).unwrap_or_default();
        let too_late = late.iter().map(ToString::to_string).collect();
        let Some(Event::Imported { lines: news, .. }) = event else {
            return Self { kept: told.len(), too_late, ..Self::default() };
        };
        let old = |line: &&SourceLine| before.is_some_and(|before| before.lines.contains_key(&line.id));
        let changed = news.iter().filter(old).count();
        Self { added: news.len() - changed, changed, kept: told.len().saturating_sub(news.len()), too_late }
    }
}

fn busy(id: MigrationId) -> CommandError {
    CommandError::Commit(CommitError::Unwritable {
        migration: id,
        detail: "others keep writing it; try again".to_owned(),
    })
}
