//! A server as the place where migrations are: its logs are read and replayed here, by the same code as those of a database, and
//! what changes them is asked of its verbs. Keeps nothing; decides nothing.

mod answered;
mod connection;
mod foreseen;
mod logs;
mod upload;

use crate::cli::{ImportArgs, ServerArgs};
use crate::config;
use crate::failure::Failure;
use crate::place::{Line, Loaded, Place, Refused};
use crate::tally::Calls;
pub(crate) use answered::Answered;
use async_trait::async_trait;
use carryover_api::v1;
use carryover_domain::Answer;
use carryover_domain::ids::{LineId, MigrationId, TenantId};
use carryover_domain::policy::{OwnPolicy, Policy};
use carryover_engine::{CommandError, Imported, Known, WhatIf};
use carryover_portfolio::Import;
use carryover_ports::{Archive, Chain, Head, Remembered};
use connection::Wire;
use jiff::Timestamp;
use logs::Log;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;
use v1::log::View;
use v1::migration_service_client::MigrationServiceClient;
use v1::partner_service_client::PartnerServiceClient;
use v1::portfolio_service_client::PortfolioServiceClient;
use v1::resolve_action_item_request::Answer as Said;

/// The most bytes of one answer: a plan of thousands of lines is smaller.
const MESSAGE_MAX: usize = 64 << 20;

/// A server that answers.
pub(crate) struct Remote {
    name: String,
    migrations: MigrationServiceClient<Wire>,
    portfolios: PortfolioServiceClient<Wire>,
    partner: v1::Partner,
    policy: Policy,
    /// What time it was for the server when it last said so.
    now: Cell<Timestamp>,
    /// Logs that came with a list and were not asked for yet.
    ahead: RefCell<HashMap<MigrationId, Log>>,
}

impl Remote {
    /// Reaches the server of `wish`, and hears who it takes us for and what it goes by.
    pub(crate) async fn open(wish: &ServerArgs) -> Result<Self, Failure> {
        let (name, wire) = connection::open(wish).await?;
        let request = v1::GetPartnerRequest { name: "partners/-".to_owned() };
        let partner = PartnerServiceClient::new(wire.clone()).get_partner(request).await;
        let partner = partner.map_err(|status| Answered::first(&name, status))?.into_inner();
        let (theirs, ours) = (partner.server_version.as_str(), env!("CARGO_PKG_VERSION"));
        if theirs != ours {
            return Err(Failure::input(format!(
                "the server {name} is Carryover {theirs} and this is {ours}: use the same here, so that its logs are read by the \
                 same rules"
            )));
        }
        let now = partner.read_time.as_ref().and_then(instant).ok_or_else(|| Answered::odd("what time it is"))?;
        Ok(Self {
            migrations: MigrationServiceClient::new(wire.clone()).max_decoding_message_size(MESSAGE_MAX),
            portfolios: PortfolioServiceClient::new(wire).max_decoding_message_size(MESSAGE_MAX),
            policy: config::policy_of_json(&partner.policy_json)?,
            now: Cell::new(now),
            ahead: RefCell::default(),
            name,
            partner,
        })
    }

    /// The log of the migration `id`, as much of it as `view` says: one that came with a list, or else read anew.
    async fn log(&self, id: MigrationId, view: View) -> Result<Option<Log>, Answered> {
        let ahead = self.ahead.borrow_mut().remove(&id);
        match ahead.filter(|log| view != View::Whole || log.view == View::Whole) {
            Some(log) => Ok(Some(log)),
            None => logs::one(self.migrations.clone(), id, view).await,
        }
    }

    /// The migration of that id, which there is.
    async fn anew(&self, id: MigrationId) -> Result<Known, Refused> {
        self.load(id).await?.ok_or_else(|| CommandError::Unknown(id).into())
    }
}

/// The name of a migration whose server has one partner.
fn named(known: &Known) -> String {
    let migration = &known.migration;
    format!("partners/-/customers/{}/migrations/{}", migration.customer.tenant, migration.id)
}

/// An id that no other request has.
fn request_id() -> String {
    Uuid::now_v7().to_string()
}

fn instant(at: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(at.seconds, at.nanos).ok()
}

#[async_trait(?Send)]
impl Place for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    fn partner(&self) -> Result<Option<TenantId>, Failure> {
        let tenant = Some(&self.partner.tenant_id).filter(|tenant| !tenant.is_empty());
        let tenant = tenant.map(|tenant| tenant.parse()).transpose();
        tenant.map_err(|_| Answered::odd("the partner's tenant").into())
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn calls(&self) -> Option<Calls> {
        let v1::Partner { request_counts, throttled_request_count, .. } = &self.partner;
        let count = |count: &i64| u64::try_from(*count).unwrap_or_default();
        let by_operation = request_counts.iter().map(|(name, calls)| (name.clone(), count(calls))).collect();
        let calls = Calls { by_operation, throttled: count(throttled_request_count) };
        Some(calls).filter(|calls| calls.total() > 0)
    }

    fn who(&self, said: Option<&str>) -> Result<String, Failure> {
        let caller = &self.partner.caller;
        match said {
            Some(said) if said != caller => Err(Failure::input(format!(
                "the server records `{caller}`, whom it takes you for, and not `{said}`: leave --by and CARRYOVER_USER out"
            ))),
            _ => Ok(caller.clone()),
        }
    }

    fn line(&self) -> Result<Box<dyn Line + '_>, Failure> {
        Ok(Box::new(self))
    }

    async fn heads(&self) -> Result<Vec<Head>, Refused> {
        let all = "partners/-/customers/-/migrations/-".to_owned();
        let logs = logs::read(self.migrations.clone(), all, View::Unspecified).await?;
        let heads = logs.iter().map(|log| log.chain.head).collect();
        self.ahead.replace(logs.into_iter().map(|log| (log.chain.head.migration, log)).collect());
        Ok(heads)
    }

    async fn load(&self, id: MigrationId) -> Result<Option<Known>, Refused> {
        // What follows from a log follows from it without its users, too.
        let log = self.log(id, View::Unspecified).await?;
        log.map(|log| logs::known(log.chain).map_err(Refused::from)).transpose()
    }

    async fn load_all(&self, ids: &[MigrationId]) -> Result<Loaded, Refused> {
        // They came with the list.
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.push(self.load(*id).await);
        }
        Ok(all)
    }

    async fn first_damage(&self) -> Result<Option<String>, Refused> {
        Ok(None)
    }

    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, Refused> {
        Ok(self.log(id, View::Whole).await?.map(|log| log.chain))
    }

    fn archive(&self) -> Option<Arc<dyn Archive>> {
        None
    }

    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, Refused> {
        let log = logs::one(self.migrations.clone(), id, View::Unspecified).await?;
        Ok(log.map(|log| log.requests).unwrap_or_default())
    }

    async fn import(&self, wish: &ImportArgs, read: &Import, _by: &str) -> Result<Imported, Refused> {
        let messages = upload::messages(wish, request_id())?;
        let taken = self.portfolios.clone().import_portfolio(tokio_stream::iter(messages)).await;
        let taken = taken.map_err(Answered::from)?.into_inner();
        let count = |count: i32| usize::try_from(count).unwrap_or_default();
        Ok(Imported {
            added: count(taken.added_line_count),
            changed: count(taken.changed_line_count),
            kept: count(taken.kept_line_count),
            // The server has read the same files; what else it notes only it can know.
            too_late: taken.notes.into_iter().filter(|note| !read.notes.contains(note)).collect(),
        })
    }

    async fn approve(&self, known: &Known, _by: &str) -> Result<(), Refused> {
        let id = known.migration.plan.as_ref().map(|plan| plan.id).ok_or(carryover_domain::plan::Unplannable);
        let name = format!("{}/plans/{}", named(known), id.map_err(CommandError::from)?);
        let mut migrations = self.migrations.clone();
        let plan = migrations.get_plan(v1::GetPlanRequest { name: name.clone() }).await.map_err(Answered::from)?;
        let etag = plan.into_inner().etag;
        let wish = v1::ApprovePlanRequest { name, etag, request_id: request_id(), hold: false };
        migrations.approve_plan(wish).await.map_err(Answered::from)?;
        Ok(())
    }

    async fn halt(&self, known: &Known, halt: bool, _by: &str) -> Result<(), Refused> {
        let (name, etag, request_id) = (named(known), String::new(), request_id());
        let mut migrations = self.migrations.clone();
        let halted = if halt {
            migrations.pause_migration(v1::PauseMigrationRequest { name, etag, request_id }).await
        } else {
            migrations.resume_migration(v1::ResumeMigrationRequest { name, etag, request_id }).await
        };
        halted.map_err(Answered::from)?;
        Ok(())
    }

    async fn wish(&self, known: &Known, own: OwnPolicy, _by: &str) -> Result<Known, Refused> {
        let migration = v1::Migration {
            name: named(known),
            etag: carryover_grpc::etag(known.version),
            policy: carryover_grpc::customer_policy(&own),
            ..v1::Migration::default()
        };
        let wish = v1::UpdateMigrationRequest {
            migration: Some(migration),
            update_mask: Some(prost_types::FieldMask { paths: vec!["policy".to_owned()] }),
            request_id: request_id(),
        };
        self.migrations.clone().update_migration(wish).await.map_err(Answered::from)?;
        self.anew(known.migration.id).await
    }

    async fn resolve(&self, known: &Known, line: LineId, answer: Answer, _by: &str) -> Result<Known, Refused> {
        let said = match answer {
            Answer::GoOn => Said::GoOn,
            Answer::PlanAgain => Said::PlanAgain,
            Answer::RenewalStopped => Said::RenewalStopped,
            Answer::OldKept => Said::OldKept,
        };
        let wish = v1::ResolveActionItemRequest {
            name: format!("{}/lines/{line}", named(known)),
            answer: said.into(),
            etag: String::new(),
            request_id: request_id(),
        };
        self.migrations.clone().resolve_action_item(wish).await.map_err(Answered::from)?;
        self.anew(known.migration.id).await
    }
}

#[async_trait(?Send)]
impl Line for &Remote {
    async fn assess(&self, known: &Known, _by: &str) -> Result<Known, Refused> {
        let wish = v1::AssessMigrationRequest { name: named(known), request_id: request_id() };
        self.migrations.clone().assess_migration(wish).await.map_err(Answered::from)?;
        self.anew(known.migration.id).await
    }

    async fn survey(&self, known: &Known, _by: &str) -> Result<WhatIf, Refused> {
        let wish = v1::SurveyMigrationRequest { name: named(known), request_id: request_id() };
        let surveyed = self.migrations.clone().survey_migration(wish).await.map_err(Answered::from)?;
        let v1::SurveyMigrationResponse { migration: _, plan, forecast } = surveyed.into_inner();
        let known = self.anew(known.migration.id).await?;
        let forecast = forecast.ok_or_else(|| Answered::odd("the forecast"))?;
        self.now.set(forecast.make_time.as_ref().and_then(instant).ok_or_else(|| Answered::odd("the forecast"))?);
        let prospect = foreseen::prospect(&known.migration, &self.policy, self.now.get(), &forecast)
            .ok_or_else(|| Answered::odd("the forecast"))?;
        // The plan that was made, which is on record.
        let plan = plan.and_then(|_| known.migration.plan.clone());
        Ok(WhatIf { known, plan, prospect })
    }

    async fn matches(&self, known: &Known) -> Result<v1::MatchMigrationResponse, Refused> {
        let wish = v1::MatchMigrationRequest { name: named(known) };
        Ok(self.migrations.clone().match_migration(wish).await.map_err(Answered::from)?.into_inner())
    }
}
