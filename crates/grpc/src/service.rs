//! The contract's methods: each admits its caller and hands over. Changes are written down with who asked for them.

use crate::audit::Act;
use crate::caller::{Caller, Role, allow};
use crate::facade::Facade;
use crate::fault::{Fault, Reason};
use crate::journal::Parts;
use crate::token::Seal;
use crate::watch::{Saying, Watch, purpose};
use carryover_api::v1;
use carryover_ports::Cursor;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming};
use tonic_types::StatusExt;
use v1::customer_service_server::CustomerService;
use v1::migration_service_server::MigrationService;
use v1::partner_service_server::PartnerService;
use v1::portfolio_service_server::PortfolioService;

/// What a call is answered.
type Answer<T> = Result<Response<T>, Status>;

/// Heartbeats of a watch: between these, in whole seconds.
const HEARTBEAT: std::ops::RangeInclusive<u64> = 1..=300;
/// Where nothing is said.
const HEARTBEAT_USUAL: u64 = 30;

/// What came of a change that was made.
const DONE: &str = "OK";
/// What came of a change whose caller left, or whose time was over, before there was an answer.
const UNKNOWN: &str = "UNKNOWN";

/// The resource that a change is about, and its id of the caller's choice.
struct About<'a> {
    method: &'a str,
    resource: String,
    request_id: String,
}

/// Writes down what came of a change, once: also where the call was given up before its end.
struct Record<'a> {
    facade: &'a Facade,
    caller: Option<String>,
    about: About<'a>,
    is_written: bool,
}

impl Record<'_> {
    fn write(&mut self, outcome: &str) {
        self.is_written = true;
        let About { method, resource, request_id } = &self.about;
        let act = Act { caller: self.caller.as_deref(), method, resource, request_id };
        self.facade.office.audit.record(self.facade.office.desk.now(), &act, outcome);
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            self.write(UNKNOWN);
        }
    }
}

impl Facade {
    /// Answers a call that changes nothing.
    async fn shows<M, T, F>(&self, call: Request<M>, show: impl FnOnce(M) -> F) -> Answer<T>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        self.admit(&call, Role::Viewer)?;
        Ok(Response::new(show(call.into_inner()).await?))
    }

    /// Answers a call that changes something, and writes down what came of it.
    async fn changes<M, T, F>(
        &self,
        role: Role,
        about: About<'_>,
        call: Request<M>,
        change: impl FnOnce(Arc<Caller>, M) -> F,
    ) -> Answer<T>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let caller = self.caller(&call);
        let mut record = self.record(caller.as_deref().ok(), about);
        let done = match caller.and_then(|caller| allow(&caller, role).map(|()| caller)) {
            Ok(caller) => change(caller, call.into_inner()).await,
            Err(fault) => Err(fault),
        };
        record.write(done.as_ref().map_or_else(|fault| fault.reason.code(), |_| DONE));
        Ok(Response::new(done?))
    }

    fn record<'a>(&'a self, caller: Option<&Caller>, about: About<'a>) -> Record<'a> {
        Record { facade: self, caller: caller.map(|caller| caller.name.clone()), about, is_written: false }
    }

    /// Reads the first message of an import, then all others, and takes over what they hold.
    async fn import(
        &self,
        caller: Arc<Caller>,
        mut messages: Streaming<v1::ImportPortfolioRequest>,
        about: &mut About<'_>,
    ) -> Result<v1::ImportPortfolioResponse, Status> {
        let Some(first) = messages.next().await.transpose()? else {
            return Err(Fault::field("parent", "partners/{partner}, in the first message").into());
        };
        about.resource.clone_from(&first.parent);
        about.request_id.clone_from(&first.request_id);
        let told = self.read_import(&caller, first, messages).await?;
        Ok(self.take_over(&caller, told).await?)
    }
}

/// The reason why a call was not answered as asked; the name of the code where the connection broke.
fn reason_of(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone())
}

#[tonic::async_trait]
impl PortfolioService for Facade {
    async fn import_portfolio(
        &self,
        call: Request<Streaming<v1::ImportPortfolioRequest>>,
    ) -> Answer<v1::ImportPortfolioResponse> {
        let caller = self.caller(&call);
        let about = About { method: "ImportPortfolio", resource: String::new(), request_id: String::new() };
        let mut record = self.record(caller.as_deref().ok(), about);
        let done = match caller.and_then(|caller| allow(&caller, Role::Operator).map(|()| caller)) {
            Ok(caller) => self.import(caller, call.into_inner(), &mut record.about).await,
            Err(fault) => Err(fault.into()),
        };
        record.write(&done.as_ref().map_or_else(reason_of, |_| DONE.to_owned()));
        Ok(Response::new(done?))
    }

    async fn get_portfolio(&self, call: Request<v1::GetPortfolioRequest>) -> Answer<v1::Portfolio> {
        self.shows(call, |wish| self.get_portfolio(wish)).await
    }

    async fn forecast_portfolio(&self, call: Request<v1::ForecastPortfolioRequest>) -> Answer<v1::Forecast> {
        let role = if call.get_ref().look { Role::Operator } else { Role::Viewer };
        self.admit(&call, role)?;
        Ok(Response::new(self.forecast(call.into_inner()).await?))
    }
}

#[tonic::async_trait]
impl CustomerService for Facade {
    async fn get_customer(&self, call: Request<v1::GetCustomerRequest>) -> Answer<v1::Customer> {
        self.shows(call, |wish| self.get_customer(wish)).await
    }

    async fn list_customers(&self, call: Request<v1::ListCustomersRequest>) -> Answer<v1::ListCustomersResponse> {
        self.shows(call, |wish| self.list_customers(wish)).await
    }
}

#[tonic::async_trait]
impl PartnerService for Facade {
    async fn get_partner(&self, call: Request<v1::GetPartnerRequest>) -> Answer<v1::Partner> {
        let caller = self.admit(&call, Role::Viewer)?;
        Ok(Response::new(self.get_partner(&caller, call.into_inner()).await?))
    }
}

/// What `$wish` is about.
macro_rules! about {
    ($method:literal, $call:ident) => {
        About {
            method: $method,
            resource: $call.get_ref().name.clone(),
            request_id: $call.get_ref().request_id.clone(),
        }
    };
}

#[tonic::async_trait]
impl MigrationService for Facade {
    type ReadJournalStream = Parts;
    type WatchMigrationsStream = Saying;

    async fn get_migration(&self, call: Request<v1::GetMigrationRequest>) -> Answer<v1::Migration> {
        self.shows(call, |wish| self.get_migration(wish)).await
    }

    async fn list_migrations(&self, call: Request<v1::ListMigrationsRequest>) -> Answer<v1::ListMigrationsResponse> {
        self.shows(call, |wish| self.list_migrations(wish)).await
    }

    async fn assess_migration(&self, call: Request<v1::AssessMigrationRequest>) -> Answer<v1::AssessMigrationResponse> {
        let about = about!("AssessMigration", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.assess(&caller, wish).await }).await
    }

    async fn plan_migration(&self, call: Request<v1::PlanMigrationRequest>) -> Answer<v1::Plan> {
        let about = about!("PlanMigration", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.plan(&caller, wish).await }).await
    }

    async fn survey_migration(&self, call: Request<v1::SurveyMigrationRequest>) -> Answer<v1::SurveyMigrationResponse> {
        let about = about!("SurveyMigration", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.survey(&caller, wish).await }).await
    }

    async fn match_migration(&self, call: Request<v1::MatchMigrationRequest>) -> Answer<v1::MatchMigrationResponse> {
        self.admit(&call, Role::Operator)?;
        Ok(Response::new(self.match_migration(call.into_inner()).await?))
    }

    async fn get_plan(&self, call: Request<v1::GetPlanRequest>) -> Answer<v1::Plan> {
        self.shows(call, |wish| self.get_plan(wish)).await
    }

    async fn list_plans(&self, call: Request<v1::ListPlansRequest>) -> Answer<v1::ListPlansResponse> {
        self.shows(call, |wish| self.list_plans(wish)).await
    }

    async fn approve_plan(&self, call: Request<v1::ApprovePlanRequest>) -> Answer<v1::Plan> {
        let about = about!("ApprovePlan", call);
        self.changes(Role::Approver, about, call, |caller, wish| async move { self.approve(&caller, wish).await }).await
    }

    async fn start_migration(&self, call: Request<v1::StartMigrationRequest>) -> Answer<v1::Migration> {
        let about = about!("StartMigration", call);
        self.changes(Role::Approver, about, call, |caller, wish| async move { self.start(&caller, wish).await }).await
    }

    async fn cancel_migration(&self, call: Request<v1::CancelMigrationRequest>) -> Answer<v1::Migration> {
        let about = about!("CancelMigration", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.cancel(&caller, wish).await }).await
    }

    async fn update_migration(&self, call: Request<v1::UpdateMigrationRequest>) -> Answer<v1::Migration> {
        let wish = call.get_ref();
        let resource = wish.migration.as_ref().map(|migration| migration.name.clone()).unwrap_or_default();
        let about = About { method: "UpdateMigration", resource, request_id: wish.request_id.clone() };
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.update(&caller, wish).await }).await
    }

    async fn pause_migration(&self, call: Request<v1::PauseMigrationRequest>) -> Answer<v1::Migration> {
        let about = about!("PauseMigration", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.pause(&caller, wish).await }).await
    }

    async fn resume_migration(&self, call: Request<v1::ResumeMigrationRequest>) -> Answer<v1::Migration> {
        let about = about!("ResumeMigration", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.resume(&caller, wish).await }).await
    }

    async fn list_action_items(
        &self,
        call: Request<v1::ListActionItemsRequest>,
    ) -> Answer<v1::ListActionItemsResponse> {
        self.shows(call, |wish| self.list_action_items(wish)).await
    }

    async fn resolve_action_item(&self, call: Request<v1::ResolveActionItemRequest>) -> Answer<v1::Line> {
        let about = about!("ResolveActionItem", call);
        self.changes(Role::Operator, about, call, |caller, wish| async move { self.resolve(&caller, wish).await }).await
    }

    async fn get_line(&self, call: Request<v1::GetLineRequest>) -> Answer<v1::Line> {
        self.shows(call, |wish| self.get_line(wish)).await
    }

    async fn list_lines(&self, call: Request<v1::ListLinesRequest>) -> Answer<v1::ListLinesResponse> {
        self.shows(call, |wish| self.list_lines(wish)).await
    }

    async fn list_migration_events(
        &self,
        call: Request<v1::ListMigrationEventsRequest>,
    ) -> Answer<v1::ListMigrationEventsResponse> {
        self.shows(call, |wish| self.list_events(wish)).await
    }

    async fn read_journal(&self, call: Request<v1::ReadJournalRequest>) -> Answer<Parts> {
        let caller = self.admit(&call, Role::Viewer)?;
        Ok(Response::new(self.read_journal(&caller, call.into_inner()).await?))
    }

    async fn get_report(&self, call: Request<v1::GetReportRequest>) -> Answer<v1::Report> {
        self.shows(call, |wish| self.get_report(wish)).await
    }

    async fn watch_migrations(&self, call: Request<v1::WatchMigrationsRequest>) -> Answer<Saying> {
        let caller = self.admit(&call, Role::Viewer)?;
        Ok(Response::new(self.watch(&caller, call.into_inner()).await?))
    }
}

impl Facade {
    async fn watch(&self, caller: &Caller, wish: v1::WatchMigrationsRequest) -> Result<Saying, Fault> {
        let scope = self.names.read_scope("parent", &wish.parent)?;
        if let crate::name::Scope::One(id) = scope {
            self.known(id, &wish.parent).await?;
        }
        let cursor = match (wish.resume_token.as_str(), wish.replay) {
            ("", true) => Cursor::START,
            ("", false) => self.office.index.newest().await?,
            (token, _) => resumed(&self.office.seal, &wish.parent, token)?,
        };
        let seconds = wish.heartbeat_interval.map_or(HEARTBEAT_USUAL, |wish| u64::try_from(wish.seconds).unwrap_or(0));
        let place = self.streams.open(&caller.name)?;
        Ok(Watch {
            feed: Arc::clone(&self.feed),
            names: self.names.clone(),
            seal: self.office.seal.clone(),
            scope,
            parent: wish.parent,
            cursor,
            heartbeat: Duration::from_secs(seconds.clamp(*HEARTBEAT.start(), *HEARTBEAT.end())),
            stopping: self.stopping.clone(),
            _place: place,
        }
        .start())
    }
}

fn resumed(seal: &Seal, parent: &str, token: &str) -> Result<Cursor, Fault> {
    seal.place(&purpose(parent), token).map(Cursor::new).ok_or_else(|| {
        let message = "this resume token was not made for this watch; begin without one, or with the same parent";
        Fault::new(Reason::ResumeTokenInvalid, message).at("resume_token", "a token of a watch with the same parent")
    })
}
