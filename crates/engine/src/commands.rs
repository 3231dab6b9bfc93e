//! What people ask for that needs a look outside: assess and plan. Reads only; nothing is sent that could change a thing.

use crate::{Engine, Known};
use carryover_domain::assess::Outlook;
use carryover_domain::facts::Facts;
use carryover_domain::forecast::{Forecast, Prospect, Unread};
use carryover_domain::ids::{MigrationId, PlanId};
use carryover_domain::plan::{Plan, Unplannable, proposed, verdicts};
use carryover_domain::policy::Policy;
use carryover_domain::{Command, Rejection};
use carryover_ports::{CommitError, StoreError, Unavailable, Version};
use jiff::Timestamp;

/// A command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No migration has that id.
    #[error("there is no migration {0}; `carryover status` lists them")]
    Unknown(MigrationId),
    /// It was asked for upon a state that is gone.
    #[error("migration {id} has changed since it was looked at: it has {} events, and had {}", is.0, seen.0)]
    Changed {
        /// Whose.
        id: MigrationId,
        /// What was looked at.
        seen: Version,
        /// What is there.
        is: Version,
    },
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

/// A plan with what it would bring.
#[derive(Debug, Clone)]
pub struct WhatIf {
    /// The customer, with what was found and the plan on record.
    pub known: Known,
    /// The plan; none where every line is blocked, bought or on its way.
    pub plan: Option<Plan>,
    /// The customer's part of the forecast.
    pub prospect: Prospect,
}

impl Engine {
    /// Reads what can be read about the customer and records what was found, and that `by` asked for it.
    ///
    /// # Errors
    /// [`CommandError`]; then nothing was recorded.
    pub async fn assess(&self, id: MigrationId, by: &str) -> Result<Known, CommandError> {
        let facts = self.survey(&self.known(id).await?.migration).await?;
        self.submit(id, |_| Ok(Command::Assess { facts: Box::new(facts.clone()), by: by.to_owned() })).await
    }

    /// Reads what can be read about the customer, records what was found, makes a plan and records it. Nothing happens before
    /// it is approved; whoever approves it has seen the findings.
    ///
    /// # Errors
    /// [`CommandError`]; then no plan was recorded.
    pub async fn plan(&self, id: MigrationId, by: &str) -> Result<(Known, Plan), CommandError> {
        let WhatIf { known, plan, .. } = self.what_if(id, by).await?;
        plan.map(|plan| (known, plan)).ok_or(CommandError::Unplannable(Unplannable))
    }

    /// Reads what can be read about the customer. Records nothing.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn look(&self, id: MigrationId) -> Result<(Known, Facts), CommandError> {
        let known = self.known(id).await?;
        let facts = self.gather(&known.migration).await?;
        Ok((known, facts))
    }

    /// Reads what can be read about the customer and forecasts its part of the portfolio. Records nothing.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn foresee(&self, id: MigrationId) -> Result<Prospect, CommandError> {
        let (known, facts) = self.look(id).await?;
        Ok(Prospect::of(&Outlook::of(&known.migration, &facts, &self.policy, self.clock.now())))
    }

    /// Does what [`Self::plan`] does, and forecasts the customer's part of the portfolio upon the very facts that the plan was
    /// made upon. A customer of whom nothing can be planned has a forecast all the same.
    ///
    /// # Errors
    /// [`CommandError`], but not for want of anything to plan; then no plan was recorded.
    pub async fn what_if(&self, id: MigrationId, by: &str) -> Result<WhatIf, CommandError> {
        let facts = self.survey(&self.known(id).await?.migration).await?;
        let plan_id = PlanId::new(self.ids.intent().as_uuid());
        let mut made = None;
        let mut foreseen = None;
        let known = self
            .submit(id, |known| {
                let outlook = Outlook::of(&known.migration, &facts, &self.policy, self.clock.now());
                let verdicts = verdicts(&outlook);
                foreseen = Some(Prospect::judged(&outlook, &verdicts));
                made = proposed(&known.migration, &verdicts, plan_id).ok();
                Ok(Command::Survey {
                    standing: facts.standing.value.clone(),
                    findings: verdicts.iter().map(|(id, verdict)| (*id, verdict.findings().to_vec())).collect(),
                    plan: made.clone(),
                    by: by.to_owned(),
                })
            })
            .await?;
        // Whatever could be decided upon was looked at first.
        let prospect = foreseen.ok_or(CommandError::Unknown(id))?;
        Ok(WhatIf { known, plan: made, prospect })
    }
}

/// The forecast as far as the logs alone tell it. Customers of whom that needs a look outside are named as left out.
pub fn recorded_forecast(known: &[Known], policy: &Policy, now: Timestamp) -> Forecast {
    let (mut prospects, mut unread) = (Vec::new(), Vec::new());
    for known in known {
        match known.prospect(policy, now) {
            Ok(prospect) => prospects.push(prospect),
            Err(left_out) => unread.push(left_out),
        }
    }
    Forecast::of(prospects, unread, policy, now)
}

impl Known {
    /// The customer's part of the forecast as far as the log alone tells it.
    ///
    /// # Errors
    /// Why the customer is left out, where that needs a look outside.
    pub fn prospect(&self, policy: &Policy, now: Timestamp) -> Result<Prospect, Unread> {
        let left_out = || Unread::new(&self.migration.customer, "some of its lines are not planned yet");
        Prospect::recorded(&self.migration, policy, now).ok_or_else(left_out)
    }
}
