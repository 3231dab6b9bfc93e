//! Verbs: what people change. Each is one decision of the engine, asked for by a caller who may.

use crate::approval::{Pending, place};
use crate::caller::Caller;
use crate::convert;
use crate::facade::Facade;
use crate::fault::{Fault, Reason};
use crate::users::UsersOf;
use carryover_api::v1;
use carryover_domain::Answer;
use carryover_domain::forecast::Forecast;
use carryover_domain::ids::{MigrationId, PlanId};
use carryover_domain::plan::{Plan, is_upheld};
use carryover_domain::time::utc_day;
use carryover_engine::{Asked, CommandError, Desk, Engine, Known, WhatIf, recorded_forecast};
use carryover_ports::CommitError;
use std::future::Future;
use v1::resolve_action_item_request::Answer as Said;

impl Facade {
    fn migration(&self, known: &Known) -> v1::Migration {
        convert::migration(&self.names, known, self.office.desk.policy(), self.office.desk.now())
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
                self.engine()?.asked(asked).assess(id, &caller.name).await?
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
        let (known, _) = Engine::plan(&self.engine()?.asked(asked), id, &caller.name).await?;
        self.newest_plan(&known)
    }

    pub(crate) async fn survey(
        &self,
        caller: &Caller,
        wish: v1::SurveyMigrationRequest,
    ) -> Result<v1::SurveyMigrationResponse, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("SurveyMigration", caller, &wish, &wish.request_id, "")?;
        let (policy, now) = (self.office.desk.policy(), self.office.desk.now());
        let (known, forecast) = match self.earlier(asked, id).await? {
            Some(earlier) => {
                let forecast = recorded_forecast(std::slice::from_ref(&earlier), policy, now);
                (earlier, forecast)
            }
            None => {
                self.known(id, &wish.name).await?;
                let WhatIf { known, plan: _, prospect } = self.engine()?.asked(asked).what_if(id, &caller.name).await?;
                let forecast = Forecast::of([prospect], [], policy, now);
                (known, forecast)
            }
        };
        // The plan that it has come to is the newest: made by it, or on record before where it says nothing new.
        let plan = is_upheld(&known.migration).then(|| self.newest_plan(&known)).transpose()?;
        let users = UsersOf::from_iter([&known]);
        let forecast = Some(convert::forecast(&self.names, &users, &forecast, true));
        Ok(v1::SurveyMigrationResponse { migration: Some(self.migration(&known)), plan, forecast })
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
                let _alone = self.spending.lock().await;
                let known = self.known(id, &wish.name).await?;
                self.may_approve(caller, &known, plan, &wish).await?;
                let desk = self.office.desk.asked(asked);
                if wish.hold {
                    desk.approve_held(id, plan, &caller.name).await?
                } else {
                    desk.approve_plan(id, plan, &caller.name).await?
                }
            }
        };
        self.plan_of(&known, plan, &wish.name)
    }

    /// That the plan stands as it was looked at, and that this caller may approve it.
    async fn may_approve(
        &self,
        caller: &Caller,
        known: &Known,
        plan: PlanId,
        wish: &v1::ApprovePlanRequest,
    ) -> Result<(), Fault> {
        let proposals = convert::proposals(known);
        let proposal = proposals.iter().find(|proposal| proposal.plan.id == plan);
        let proposal = proposal.ok_or_else(|| Fault::not_found(&wish.name))?;
        if proposal.etag() != wish.etag {
            return Err(Fault::stale(&wish.name));
        }
        let rules = &self.office.approvals;
        rules.may_see(caller, proposal.by)?;
        if rules.limits() {
            self.spend(caller, known.migration.id, proposal.plan).await?;
        }
        Ok(())
    }

    /// Takes the next place among the day's approvals of this caller, if the plan is within the limits with all before it.
    async fn spend(&self, caller: &Caller, id: MigrationId, plan: &Plan) -> Result<(), Fault> {
        let now = self.office.desk.now();
        let day = utc_day(now);
        let mut pending: Vec<Pending> = Vec::new();
        let mut number = 0;
        loop {
            let place = place(caller, day, number, plan.id);
            let mut taken = self.office.index.remembered(place.key).await?;
            if taken.is_empty() {
                let all = self.board.all().await?;
                self.office.approvals.may_spend(caller, plan, &all, &pending, now)?;
                if pending.iter().any(|other| other.plan == plan.id) {
                    return Ok(());
                }
                match self.office.desk.claim(id, &place).await {
                    Err(CommandError::Commit(CommitError::KeyReused { .. } | CommitError::Repeated(_))) => {}
                    done => return Ok(done?),
                }
                taken = self.office.index.remembered(place.key).await?;
            }
            // Of whoever took it: approved, or perhaps in the next moment.
            for other in &taken {
                let known = self.office.desk.load(other.migration).await?;
                pending.extend(known.and_then(|known| crate::approval::pending(other, &known)));
            }
            number += 1;
        }
    }

    /// The plan of that id.
    pub(crate) fn plan_of(&self, known: &Known, plan: PlanId, name: &str) -> Result<v1::Plan, Fault> {
        let proposals = convert::proposals(known);
        let proposal = proposals.iter().find(|proposal| proposal.plan.id == plan);
        let proposal = proposal.ok_or_else(|| Fault::not_found(name))?;
        Ok(convert::plan(&self.names, known.migration.customer.tenant, proposal))
    }

    /// Does what `verb` does to a migration, unless the same request has done it before.
    pub(crate) async fn move_on<F>(
        &self,
        id: MigrationId,
        name: &str,
        asked: Asked,
        verb: impl FnOnce(Desk) -> F,
    ) -> Result<v1::Migration, Fault>
    where
        F: Future<Output = Result<Known, CommandError>>,
    {
        let known = match self.earlier(asked, id).await? {
            Some(earlier) => earlier,
            None => {
                self.known(id, name).await?;
                verb(self.office.desk.asked(asked)).await?
            }
        };
        Ok(self.migration(&known))
    }

    pub(crate) async fn start(&self, caller: &Caller, wish: v1::StartMigrationRequest) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("StartMigration", caller, &wish, &wish.request_id, &wish.etag)?;
        self.move_on(id, &wish.name, asked, |desk| async move { desk.start(id, &caller.name).await }).await
    }

    pub(crate) async fn cancel(
        &self,
        caller: &Caller,
        wish: v1::CancelMigrationRequest,
    ) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("CancelMigration", caller, &wish, &wish.request_id, &wish.etag)?;
        self.move_on(id, &wish.name, asked, |desk| async move { desk.cancel(id, &caller.name).await }).await
    }

    pub(crate) async fn pause(&self, caller: &Caller, wish: v1::PauseMigrationRequest) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("PauseMigration", caller, &wish, &wish.request_id, &wish.etag)?;
        self.move_on(id, &wish.name, asked, |desk| async move { desk.pause(id, &caller.name).await }).await
    }

    pub(crate) async fn resume(
        &self,
        caller: &Caller,
        wish: v1::ResumeMigrationRequest,
    ) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        let asked = self.asked("ResumeMigration", caller, &wish, &wish.request_id, &wish.etag)?;
        self.move_on(id, &wish.name, asked, |desk| async move { desk.resume(id, &caller.name).await }).await
    }

    pub(crate) async fn resolve(&self, caller: &Caller, wish: v1::ResolveActionItemRequest) -> Result<v1::Line, Fault> {
        let (id, line) = self.names.read_line("name", &wish.name)?;
        let answer = match Said::try_from(wish.answer) {
            Ok(Said::GoOn) => Answer::GoOn,
            Ok(Said::PlanAgain) => Answer::PlanAgain,
            Ok(Said::RenewalStopped) => Answer::RenewalStopped,
            Ok(Said::OldKept) => Answer::OldKept,
            Ok(Said::Unspecified) | Err(_) => {
                return Err(Fault::field("answer", "GO_ON, PLAN_AGAIN, RENEWAL_STOPPED or OLD_KEPT"));
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
