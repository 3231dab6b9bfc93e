//! Budgets of calls that all processes of a partner share: rows of the database, by its clock.
//!
//! Each change is worked out upon what was read and written only where nobody was faster. So no process holds a lock while
//! another waits, and one that is stopped holds up nobody.

use crate::PostgresStore;
use crate::connect::Connections;
use crate::fault::Trouble;
use crate::rows::budgets::{self, Versioned};
use async_trait::async_trait;
use carryover_ports::{Admission, Budgets, Draw};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

/// How often a change is worked out anew because another process was faster. Each time one of them has got on.
const TRIES_MAX: usize = 100;

/// How long to stay away where the database does not say what is left.
const AWAY: SignedDuration = SignedDuration::from_secs(5);

/// Budgets in a PostgreSQL database, shared by all that use it as the same partner.
#[derive(Debug)]
pub struct PostgresBudgets {
    connections: Connections,
    // One change at a time: a process would only get in its own way.
    turn: Mutex<()>,
}

impl PostgresStore {
    /// The budgets in this database. Those that nobody has drawn on for a day are removed beside.
    pub fn budgets(&self) -> PostgresBudgets {
        let connections = self.connections.clone();
        tokio::spawn(async move {
            let tidied = connections.patiently(|client| async move { budgets::tidy(&client).await }).await;
            if let Err(trouble) = tidied {
                tracing::warn!(?trouble, "budgets of the past are not removed");
            }
        });
        PostgresBudgets { connections: self.connections.clone(), turn: Mutex::new(()) }
    }
}

impl PostgresBudgets {
    /// Works out a change upon the budgets of `draws`, and writes it where that is wanted; again where somebody was faster.
    async fn change<T>(
        &self,
        draws: &[Draw],
        work: impl Fn(Timestamp, &mut [Versioned]) -> (T, bool) + Send + Sync,
    ) -> Result<T, Trouble> {
        let _turn = self.turn.lock().await;
        let (mut tries, work) = (0, &work);
        loop {
            tries += 1;
            let changed = self.connections.call(|client| async move {
                let (now, mut read) = budgets::read(&client, draws).await?;
                let (answer, write) = work(now, &mut read);
                if write {
                    budgets::write(&client, draws, &read).await?;
                }
                Ok(answer)
            });
            match changed.await {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Clash(_)) if tries < TRIES_MAX => {}
                Err(trouble) => return Err(trouble),
            }
        }
    }
}

/// In one order for everybody, so that two statements never wait for each other.
fn ordered(draws: &[Draw]) -> Vec<Draw> {
    let mut draws = draws.to_vec();
    draws.sort_by_key(|draw| draw.key);
    draws
}

#[async_trait]
impl Budgets for PostgresBudgets {
    async fn take(&self, draws: &[Draw], wait_max: SignedDuration) -> Admission {
        let draws = ordered(draws);
        let taken = self.change(&draws, |now, budgets| {
            let after = budgets.iter().map(|budget| budget.bucket.wait(now)).max().unwrap_or_default();
            if after > wait_max {
                return (Admission::Later { after }, false);
            }
            let (mut place, mut left) = (0, u32::MAX);
            for (draw, Versioned { bucket, .. }) in draws.iter().zip(budgets) {
                bucket.take(now, after, draw.cost);
                place += bucket.closed();
                left = left.min(bucket.left(now));
            }
            (Admission::Go { after, place, left }, true)
        });
        taken.await.unwrap_or_else(|trouble| {
            tracing::warn!(?trouble, "the budgets cannot be reached, so nothing is called");
            Admission::Later { after: AWAY }
        })
    }

    async fn holds(&self, draws: &[Draw], place: u64) -> bool {
        let closed =
            self.change(draws, |_, budgets| (budgets.iter().map(|budget| budget.bucket.closed()).sum::<u64>(), false));
        // Whoever does not know takes another place.
        closed.await.is_ok_and(|closed| closed == place)
    }

    async fn refused(&self, draws: &[Draw], retry_after: SignedDuration) {
        let draws = ordered(draws);
        let customer = draws.iter().find_map(|draw| draw.key.customer);
        let closed = self.change(&draws, |now, budgets| {
            for (draw, Versioned { bucket, .. }) in draws.iter().zip(budgets) {
                bucket.refused(now, retry_after, draw.key.customer.is_some(), customer);
            }
            ((), true)
        });
        if let Err(trouble) = closed.await {
            tracing::warn!(?trouble, "the others are not told of a refusal");
        }
    }
}
