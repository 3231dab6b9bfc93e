//! Verbs: what people change. Each is one decision of the engine, asked for by a caller who may.

use crate::caller::Caller;
use crate::convert;
use crate::facade::Facade;
use crate::fault::{Fault, Reason};
use carryover_api::v1;
use carryover_domain::Answer;
use carryover_domain::ids::PlanId;
use carryover_engine::{Engine, Known};
use v1::resolve_action_item_request::Answer as Said;

impl Facade {
    fn migration(&self, known: &Known) -> v1::Migration {
        convert::migration(&self.names, known, self.office.desk.policy())
    }

    fn newest_plan(&self, known: &Known) -> Result<v1::Plan, Fault> {
        let tenant = known.migration.customer.tenant;
        let proposals = convert::proposals(known);
        let newest = proposals.first().ok_or_else(|| Fault::new(Reason::NothingToPlan, "there is no plan"))?;
        Ok(convert::plan(&self.names, tenant, newest))
    }

    pub(crate) async fn assess(
        &self,
        caller: &Caller,
        wish: v1::AssessMigrationRequest,
    ) -> Result<v1::AssessMigrationResponse, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("AssessMigration", caller, &wish, &wish.request_id, "")?;
        let known = match self.earlier(asked, id).await? {
            Some(earlier) => earlier,
            None => {
                self.known(id, &wish.name).await?;
                self.engine()?.asked(asked).assess(id).await?
            }
        };
        let desk = &self.office.desk;
        let lines = convert::lines(&self.names, &known, desk.policy(), desk.now());
        Ok(v1::AssessMigrationResponse { migration: Some(self.migration(&known)), lines })
    }

    pub(crate) async fn plan(&self, caller: &Caller, wish: v1::PlanMigrationRequest) -> Result<v1::Plan, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("PlanMigration", caller, &wish, &wish.request_id, "")?;
        if let Some(earlier) = self.earlier(asked, id).await? {
            return self.newest_plan(&earlier);
        }
        self.known(id, &wish.name).await?;
        let (known, _) = Engine::plan(&self.engine()?.asked(asked), id).await?;
        self.newest_plan(&known)
    }

    pub(crate) async fn approve(&self, caller: &Caller, wish: v1::ApprovePlanRequest) -> Result<v1::Plan, Fault> {
        let (id, plan) = self.names.read_plan("name", &wish.name)?;
        if wish.etag.is_empty() {
            return Err(Fault::field("etag", "the etag of the plan as it was looked at; it is required"));
        }
        // The etag is the plan's, which is looked at below.
        let asked = self.asked("ApprovePlan", caller, &wish, &wish.request_id, "")?;
        let known = match self.earlier(asked, id).await? {
            Some(earlier) => earlier,
            None => {
                let known = self.known(id, &wish.name).await?;
                self.may_approve(&known, plan, &wish)?;
                self.office.desk.asked(asked).approve_plan(id, plan, &caller.name).await?
            }
        };
        self.plan_of(&known, plan, &wish.name)
    }

    /// That the plan stands as it was looked at.
    fn may_approve(&self, known: &Known, plan: PlanId, wish: &v1::ApprovePlanRequest) -> Result<(), Fault> {
        let proposals = convert::proposals(known);
        let proposal = proposals.iter().find(|proposal| proposal.plan.id == plan);
        let proposal = proposal.ok_or_else(|| Fault::not_found(&wish.name))?;
        if proposal.etag() != wish.etag {
            return Err(Fault::stale(&wish.name));
        }
        Ok(())
    }

    /// The plan of that id.
    pub(crate) fn plan_of(&self, known: &Known, plan: PlanId, name: &str) -> Result<v1::Plan, Fault> {
        let proposals = convert::proposals(known);
        let proposal = proposals.iter().find(|proposal| proposal.plan.id == plan);
        let proposal = proposal.ok_or_else(|| Fault::not_found(name))?;
        Ok(convert::plan(&self.names, known.migration.customer.tenant, proposal))
    }

    pub(crate) async fn pause(&self, caller: &Caller, wish: v1::PauseMigrationRequest) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("PauseMigration", caller, &wish, &wish.request_id, &wish.etag)?;
        let known = match self.earlier(asked, id).await? {
            Some(earlier) => earlier,
            None => {
                self.known(id, &wish.name).await?;
                self.office.desk.asked(asked).pause(id, &caller.name).await?
            }
        };
        Ok(self.migration(&known))
    }

    pub(crate) async fn resume(
        &self,
        caller: &Caller,
        wish: v1::ResumeMigrationRequest,
    ) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("ResumeMigration", caller, &wish, &wish.request_id, &wish.etag)?;
        let known = match self.earlier(asked, id).await? {
            Some(earlier) => earlier,
            None => {
                self.known(id, &wish.name).await?;
                self.office.desk.asked(asked).resume(id, &caller.name).await?
            }
        };
        Ok(self.migration(&known))
    }

    pub(crate) async fn resolve(&self, caller: &Caller, wish: v1::ResolveActionItemRequest) -> Result<v1::Line, Fault> {
        let (id, line) = self.names.read_line("name", &wish.name)?;
        let answer = match Said::try_from(wish.answer) {
            Ok(Said::GoOn) => Answer::GoOn,
            Ok(Said::PlanAgain) => Answer::PlanAgain,
            Ok(Said::RenewalStopped) => Answer::RenewalStopped,
            Ok(Said::Unspecified) | Err(_) => {
                return Err(Fault::field("answer", "GO_ON, PLAN_AGAIN or RENEWAL_STOPPED"));
            }
        };
        let asked = self.asked("ResolveActionItem", caller, &wish, &wish.request_id, &wish.etag)?;
        let known = match self.earlier(asked, id).await? {
            Some(earlier) => earlier,
            None => {
                self.known(id, &wish.name).await?;
                self.office.desk.asked(asked).resolve(id, line, answer, &caller.name).await?
            }
        };
        let desk = &self.office.desk;
        convert::line(&self.names, &known, line, desk.policy(), desk.now()).ok_or_else(|| Fault::not_found(&wish.name))
    }
}
