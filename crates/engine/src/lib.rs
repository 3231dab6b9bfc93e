//! Leases work, asks the domain, performs effects, commits events. Holds no rules and knows no vendor.
//!
//! One turn: load the log, let time pass, perform what is owed, record what follows, set the alarm. A crash at any moment
//! needs no recovery: the next turn derives the same effects from the same log. Nothing is ever sent before the event that
//! names it is committed, because what is sent is derived from committed events only.

mod commands;
mod driver;
mod facts;
mod perform;
mod turn;

pub use commands::{CommandError, Imported};
pub use driver::{Drained, Driver};
pub use turn::{Halt, Problem, Turn};

use carryover_domain::Migration;
use carryover_domain::facts::Partner;
use carryover_domain::ids::MigrationId;
use carryover_domain::policy::Policy;
use carryover_ports::{Catalogue, Clock, Commerce, Directory, Ids, Loaded, Store, StoreError, Version};
use std::sync::Arc;

/// The ports that the engine works through.
#[derive(Clone)]
pub struct Ports {
    /// Where events live.
    pub store: Arc<dyn Store>,
    /// Where things are sold.
    pub commerce: Arc<dyn Commerce>,
    /// What is for sale.
    pub catalogue: Arc<dyn Catalogue>,
    /// The customers' tenants.
    pub directory: Arc<dyn Directory>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
}

/// Commands and turns over one store.
#[derive(Clone)]
pub struct Engine {
    ports: Ports,
    policy: Arc<Policy>,
    partner: Partner,
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

impl Engine {
    /// An engine that moves the customers of `partner` by `policy`.
    pub fn new(ports: Ports, policy: Policy, partner: Partner) -> Self {
        Self { ports, policy: Arc::new(policy), partner }
    }

    /// The policy that it works by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The migration `id` as it stands; none when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or the log does not begin with an import.
    pub async fn load(&self, id: MigrationId) -> Result<Option<Known>, StoreError> {
        let Some(log) = self.ports.store.load(id).await? else { return Ok(None) };
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
}
