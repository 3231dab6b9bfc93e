//! Looks whether the alarms that are kept are what their customers need. An alarm follows from a log and is in no digest of it: one
//! that has changed on the disk would leave its customer alone, silently. So who works looks, beside the work and without haste, and
//! has such a customer looked at now, which sets the alarm anew. In the same way a customer is left alone who is leased far ahead, by a
//! clock that is wrong; so the clock is looked at again, too, and such leases are freed.

use crate::database::{Database, WhoseClock};
use crate::failure::Failure;
use crate::output::aside;
use crate::wiring::Office;
use carryover_domain::ids::MigrationId;
use carryover_domain::oversleeps;
use carryover_engine::{Desk, Known};
use carryover_ports::{Commit, CommitError, Index, Store, StoreError, Under};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Logs that are looked at together.
const AT_ONCE: usize = 64;
/// How long to wait with the first look, which is no part of the start.
const FIRST: Duration = Duration::from_secs(10);
/// The pause after each of them: ten thousand customers are looked at in a quarter of a minute, and the work hardly notices.
const PAUSE: Duration = Duration::from_millis(100);
/// The pause after all of them.
const AGAIN: Duration = Duration::from_hours(1);

/// All alarms of a database.
#[derive(Clone)]
pub(crate) struct Alarms {
    desk: Desk,
    index: Arc<dyn Index>,
    store: Arc<dyn Store>,
    database: Database,
    clock: WhoseClock,
}

/// Somebody looks at the alarms, again and again, until this is dropped.
pub(crate) struct Watching {
    task: tokio::task::JoinHandle<()>,
    halt: oneshot::Receiver<Failure>,
}

impl Watching {
    /// Waits until nobody may work on, and answers why.
    pub(crate) async fn halt(&mut self) -> Failure {
        match (&mut self.halt).await {
            Ok(why) => why,
            // Whoever looked panicked, and told that itself: the work does not depend on it.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Alarms {
    pub(crate) fn of(office: &Office) -> Self {
        Self {
            desk: office.desk.clone(),
            index: office.index(),
            store: office.database.store(),
            database: office.database.clone(),
            clock: office.whose_clock(),
        }
    }

    /// Has somebody look at them.
    pub(crate) fn watch(self) -> Watching {
        let (tell, halt) = oneshot::channel();
        let task = tokio::spawn(async move {
            tokio::time::sleep(FIRST).await;
            loop {
                match self.database.apart(self.clock).await {
                    Ok(None) => {}
                    Ok(Some(why)) => {
                        // Whoever works ends, however that comes.
                        let _unheard = tell.send(why);
                        return;
                    }
                    Err(error) => tracing::warn!(%error, "the clock is not looked at now"),
                }
                if let Err(error) = self.look().await {
                    tracing::warn!(%error, "alarms are not looked at now");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        Watching { task, halt }
    }

    /// Looks at all of them, with a pause now and then.
    async fn look(&self) -> Result<(), StoreError> {
        self.database.free_far_leases(self.clock).await?;
        let ids: Vec<MigrationId> = self.index.list().await?.into_iter().map(|summary| summary.migration).collect();
        for ids in ids.chunks(AT_ONCE) {
            for known in self.desk.load_all(ids).await? {
                match known {
                    Ok(Some(known)) => drop(self.wake(&known).await?),
                    Ok(None) => {}
                    Err(error) => tracing::error!(%error, "nobody works on this customer"),
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Has those of `known` looked at now whose alarm is too late, and answers how many they are.
    pub(crate) async fn wake_all(&self, known: &[Known]) -> Result<usize, Failure> {
        let mut woken = 0;
        for known in known {
            if self.wake(known).await? {
                woken += 1;
                let domain = &known.migration.customer.domain;
                aside(&format!("carryover: the alarm of {domain} was too late for it, so it is looked at now"));
            }
        }
        Ok(woken)
    }

    /// Has the customer looked at now where its alarm is too late, and answers whether it was.
    async fn wake(&self, known: &Known) -> Result<bool, StoreError> {
        let (now, alarm) = (self.desk.now(), known.log.wake);
        if !oversleeps(&known.migration, self.desk.policy(), now, alarm) {
            return Ok(false);
        }
        let (migration, expected, wake) = (known.migration.id, known.version, Some(now));
        let commit = Commit { migration, expected, events: &[], at: now, wake, under: Under::NoLease, request: None };
        match self.store.commit(commit).await {
            Ok(_) => {
                tracing::error!(%migration, ?alarm, "the alarm was too late for the customer, who is looked at now");
                Ok(true)
            }
            // Whoever wrote has set it.
            Err(CommitError::Stale { .. }) => Ok(false),
            Err(error) => Err(StoreError::Unwritable { detail: error.to_string() }),
        }
    }
}
