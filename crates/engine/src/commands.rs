//! What people ask for that needs a look outside: assess and plan. Reads only; nothing is sent that could change a thing.

use crate::{Engine, Known};
use carryover_domain::facts::Facts;
use carryover_domain::ids::{MigrationId, PlanId};
use carryover_domain::plan::{Plan, Unplannable, plan};
use carryover_domain::{Command, Rejection};
use carryover_ports::{CommitError, StoreError, Unavailable};

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

impl Engine {
    /// Reads what can be read about the customer and records what was found.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was recorded.
    pub async fn assess(&self, id: MigrationId) -> Result<Known, CommandError> {
        let facts = self.gather(&self.known(id).await?.migration).await?;
        self.record_assessment(id, &facts).await
    }

    async fn record_assessment(&self, id: MigrationId, facts: &Facts) -> Result<Known, CommandError> {
        self.submit(id, |_| Ok(Command::Assess { facts: Box::new(facts.clone()) })).await
    }

    /// Reads what can be read about the customer, records what was found, makes a plan and records it. Nothing happens before
    /// it is approved; whoever approves it has seen the findings.
    ///
    /// # Errors
    /// [`CommandError`]; then no plan was recorded.
    pub async fn plan(&self, id: MigrationId) -> Result<(Known, Plan), CommandError> {
        let facts = self.gather(&self.known(id).await?.migration).await?;
        self.record_assessment(id, &facts).await?;
        let plan_id = PlanId::new(self.ids.intent().as_uuid());
        let mut made = None;
        let known = self
            .submit(id, |known| {
                let now = self.clock.now();
                let plan = plan(&known.migration, &facts, &self.policy, plan_id, now)?;
                made = Some(plan.clone());
                Ok(Command::Propose { plan })
            })
            .await?;
        made.map(|plan| (known, plan)).ok_or(CommandError::Unplannable(Unplannable))
    }
}
