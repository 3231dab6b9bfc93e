//! The store of one actor: every call stops at the actor's gate, and a commit meets what befalls commits.

use super::mistake::Mistake;
use super::schedule::{Fate, Step};
use super::wire::Wire;
use crate::MemoryStore;
use async_trait::async_trait;
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Lease, Log, Request, Store, StoreError, Under, Version};
use jiff::{SignedDuration, Timestamp};
use std::sync::PoisonError;

/// The one database, as seen through one actor's connection.
pub(super) struct Gated {
    pub(super) memory: MemoryStore,
    pub(super) wire: Wire,
}

impl Gated {
    /// I7: what follows an answer that never came is a pause, and says that none came.
    fn check_doubt(&self, events: &[Event]) {
        let mut in_doubt = self.wire.in_doubt.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *in_doubt) {
            let patient = events.iter().all(|event| matches!(event, Event::PutOff { answered: false, .. }));
            self.wire.outside().witness.require(patient, "I7: an answer that never came was taken for one");
        }
    }

    async fn written(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        let mistake = self.wire.outside().mistake;
        if mistake != Some(Mistake::NoVersionCheck) {
            return self.memory.commit(commit).await;
        }
        let known = self.memory.load(commit.migration).await.ok().flatten();
        let expected = known.map_or(commit.expected, |known| known.version);
        let under = commit.under;
        let version = self.memory.commit(Commit { expected, under: Under::NoLease, ..commit }).await?;
        if let Under::LastOf(lease) = under {
            // Memory gives back whatever is asked for.
            let _given_back = self.memory.release(&lease).await;
        }
        Ok(version)
    }
}

/// A commit that outlives whoever made it.
struct Late {
    migration: MigrationId,
    expected: Version,
    events: Vec<Event>,
    at: Timestamp,
    wake: Option<Timestamp>,
    under: Under,
    request: Option<Request>,
}

#[async_trait]
impl Store for Gated {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        match self.wire.gate.pass(Step::Load).await {
            Fate::Answered | Fate::AnsweredLate | Fate::Lags | Fate::Throttled => self.memory.load_all(ids).await,
            _ => Err(StoreError::Unreadable { detail: "the connection broke".to_owned() }),
        }
    }

    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        self.check_doubt(commit.events);
        let migration = commit.migration;
        let unconfirmed = || CommitError::Unconfirmed { migration, detail: "the connection broke".to_owned() };
        match self.wire.gate.pass(Step::Commit).await {
            Fate::Answered | Fate::Lags | Fate::Throttled => self.written(commit).await,
            Fate::AnsweredLate => {
                let written = self.written(commit).await;
                self.wire.gate.pass(Step::Receive).await;
                written
            }
            Fate::RequestLost => Err(unconfirmed()),
            Fate::ReplyLost => {
                self.written(commit).await?;
                Err(unconfirmed())
            }
            Fate::ArrivesLate => {
                let memory = self.memory.clone();
                let late = Late {
                    migration,
                    expected: commit.expected,
                    events: commit.events.to_vec(),
                    at: commit.at,
                    wake: commit.wake,
                    under: commit.under,
                    request: commit.request.copied(),
                };
                // Written or refused then, like any other; nobody waits for the answer any more.
                let arrive = move || drop(super::now(late.write(&memory)));
                self.wire.outside().under_way.push_back(Box::new(move |_| arrive()));
                Err(unconfirmed())
            }
            Fate::NotSent => {
                if self.wire.outside().mistake == Some(Mistake::ConfirmsUnwritten) {
                    return Ok(Version(commit.expected.0 + commit.events.len() as u64));
                }
                Err(CommitError::Unwritable { migration, detail: "the disk is full".to_owned() })
            }
        }
    }

    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        self.memory.lease_due(now, ttl, max).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        if std::mem::take(&mut self.wire.outside().loses_release) {
            return Err(StoreError::Unwritable { detail: "the connection broke".to_owned() });
        }
        self.memory.release(lease).await
    }
}

impl Late {
    async fn write(&self, memory: &MemoryStore) -> Result<Version, CommitError> {
        memory
            .commit(Commit {
                migration: self.migration,
                expected: self.expected,
                events: &self.events,
                at: self.at,
                wake: self.wake,
                under: self.under,
                request: self.request.as_ref(),
            })
            .await
    }
}
