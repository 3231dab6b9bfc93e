//! Gets and lists: what is known, a page at a time. Changes nothing.

use crate::board::{AT_ONCE, Shown, Tried};
use crate::caller::Caller;
use crate::convert;
use crate::facade::{Facade, Office};
use crate::fault::{Fault, Reason};
use crate::filter::terms;
use crate::name::Scope;
use crate::page::Page;
use crate::users::UsersOf;
use carryover_api::v1;
use carryover_domain::forecast::Forecast;
use carryover_domain::ids::MigrationId;
use carryover_engine::recorded_forecast;
use carryover_ports::StoreError;
use v1::migration::State;

/// Logs that are read for one page of a list, at most: what a caller waits for stays bounded.
const READ: usize = 2_000;
/// Migrations of one forecast that may be named.
const FORECAST: usize = 500;

/// A page of something for each migration.
struct Gathered<T> {
    items: Vec<T>,
    next: String,
}

impl Facade {
    pub(crate) async fn get_partner(&self, caller: &Caller, wish: v1::GetPartnerRequest) -> Result<v1::Partner, Fault> {
        self.names.read_partner("name", &wish.name)?;
        let Office { desk, partner, policy_json, requests, .. } = &self.office;
        let requests = requests();
        let long = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(v1::Partner {
            name: self.names.partner(),
            tenant_id: partner.map(|tenant| tenant.to_string()).unwrap_or_default(),
            caller: caller.name.clone(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            read_time: Some(convert::instant(desk.now())),
            policy_json: policy_json.clone(),
            request_counts: requests.by_operation.into_iter().map(|(name, count)| (name, long(count))).collect(),
            throttled_request_count: long(requests.throttled),
        })
    }

    pub(crate) async fn match_migration(
        &self,
        wish: v1::MatchMigrationRequest,
    ) -> Result<v1::MatchMigrationResponse, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        self.known(id, &wish.name).await?;
        let (known, facts) = self.engine()?.look(id).await?;
        Ok(convert::matches(self.office.partner, &known, &facts))
    }

    pub(crate) async fn get_portfolio(&self, wish: v1::GetPortfolioRequest) -> Result<v1::Portfolio, Fault> {
        self.names.read_portfolio("name", &wish.name)?;
        self.portfolio().await
    }

    pub(crate) async fn portfolio(&self) -> Result<v1::Portfolio, Fault> {
        let all = self.board.all().await?;
        Ok(convert::portfolio(&self.names, all.iter().map(|shown| &shown.tally), self.board.next_wake()))
    }

    pub(crate) async fn forecast(&self, wish: v1::ForecastPortfolioRequest) -> Result<v1::Forecast, Fault> {
        use v1::forecast_portfolio_request::View;
        self.names.read_portfolio("name", &wish.name)?;
        if wish.migrations.len() > FORECAST {
            return Err(Fault::field("migrations", "at most 500 names"));
        }
        let full = match View::try_from(wish.view) {
            Ok(View::Unspecified | View::Basic) => false,
            Ok(View::Full) => true,
            Err(_) => return Err(Fault::field("view", "BASIC or FULL")),
        };
        let mut named = Vec::new();
        for (at, name) in wish.migrations.iter().enumerate() {
            let id = self.names.read_migration(&format!("migrations[{at}]"), name)?;
            named.push(self.known(id, name).await?);
        }
        let (policy, now) = (self.office.desk.policy(), self.office.desk.now());
        let mut users: UsersOf = named.iter().collect();
        let forecast = if wish.look {
            if named.is_empty() {
                return Err(Fault::field("migrations", "at least one name where `look` is set"));
            }
            let engine = self.engine()?;
            let mut prospects = Vec::new();
            for known in &named {
                prospects.push(engine.foresee(known.migration.id).await?);
            }
            Forecast::of(prospects, [], policy, now)
        } else {
            if wish.migrations.is_empty() {
                self.recorded_forecast(&mut users).await?
            } else {
                recorded_forecast(&named, policy, now)
            }
        };
        Ok(convert::forecast(&self.names, &users, &forecast, full))
    }

    /// The forecast of all that is recorded, out of a few logs at a time, with the `users` whom it may name. One that is damaged
    /// is left out, and the server's log names it.
    async fn recorded_forecast(&self, users: &mut UsersOf) -> Result<Forecast, Fault> {
        let (policy, now) = (self.office.desk.policy(), self.office.desk.now());
        let (mut prospects, mut unread) = (Vec::new(), Vec::new());
        let ids: Vec<MigrationId> =
            self.office.index.list().await?.into_iter().map(|summary| summary.migration).collect();
        for ids in ids.chunks(AT_ONCE) {
            for known in self.office.desk.load_all(ids).await? {
                let known = match known {
                    Err(error @ StoreError::Damaged { .. }) => {
                        tracing::error!(%error, "left out of a forecast");
                        continue;
                    }
                    known => known?,
                };
                let Some(known) = known else { continue };
                users.note(&known);
                match known.prospect(policy, now) {
                    Ok(prospect) => prospects.push(prospect),
                    Err(left_out) => unread.push(left_out),
                }
            }
        }
        Ok(Forecast::of(prospects, unread, policy, now))
    }

    pub(crate) async fn get_customer(&self, wish: v1::GetCustomerRequest) -> Result<v1::Customer, Fault> {
        let id = self.names.read_customer("name", &wish.name)?;
        Ok(self.shown(id, &wish.name).await?.customer.clone())
    }

    pub(crate) async fn list_customers(
        &self,
        wish: v1::ListCustomersRequest,
    ) -> Result<v1::ListCustomersResponse, Fault> {
        self.names.read_partner("parent", &wish.parent)?;
        let page = Page::read(&self.office.seal, &["ListCustomers"], wish.page_size, &wish.page_token)?;
        let one = |shown: &Shown| Some(shown.customer.clone());
        let Gathered { items, next } = self.gather(&page, Scope::All, &wish.parent, one).await?;
        Ok(v1::ListCustomersResponse { customers: items, next_page_token: next })
    }

    pub(crate) async fn get_migration(&self, wish: v1::GetMigrationRequest) -> Result<v1::Migration, Fault> {
        let id = self.names.read_migration("name", &wish.name)?;
        Ok(self.shown(id, &wish.name).await?.migration.clone())
    }

    pub(crate) async fn list_migrations(
        &self,
        wish: v1::ListMigrationsRequest,
    ) -> Result<v1::ListMigrationsResponse, Fault> {
        let scope = self.names.read_scope("parent", &wish.parent)?;
        let terms = terms(&wish.filter, &["state", "domain"])?;
        if let Some((_, state)) = terms.iter().find(|(field, _)| *field == "state")
            && State::from_str_name(state).is_none()
        {
            let message = format!("the filter cannot be used: there is no state {state}");
            return Err(Fault::new(Reason::FilterInvalid, message).at("filter", "a name of Migration.State"));
        }
        let purpose = ["ListMigrations", &wish.parent, &wish.filter];
        let page = Page::read(&self.office.seal, &purpose, wish.page_size, &wish.page_token)?;
        let wanted = |migration: &v1::Migration| {
            terms.iter().all(|(field, value)| match *field {
                "state" => migration.state().as_str_name() == *value,
                _ => migration.domain.eq_ignore_ascii_case(value),
            })
        };
        let one = |shown: &Shown| wanted(&shown.migration).then(|| shown.migration.clone());
        let Gathered { items, next } = self.gather(&page, scope, &wish.parent, one).await?;
        Ok(v1::ListMigrationsResponse { migrations: items, next_page_token: next })
    }

    /// What `one` makes of the migrations of `scope`, a page of it.
    async fn gather<T>(
        &self,
        page: &Page<'_>,
        scope: Scope,
        parent: &str,
        one: impl Fn(&Shown) -> Option<T>,
    ) -> Result<Gathered<T>, Fault> {
        if let Scope::One(id) = scope {
            let (items, next) = page.cut(one(&*self.shown(id, parent).await?).into_iter().collect());
            return Ok(Gathered { items, next });
        }
        let (count, mut read) = (self.board.count().await?, 0);
        let (mut items, mut tried) = (Vec::new(), Tried::new());
        let mut taken = page.from;
        while items.len() < page.size {
            let Some((id, shown)) = self.board.row_at(taken) else { break };
            let shown = match shown.map(Some).or_else(|| tried.remove(&id)) {
                Some(shown) => shown,
                None if read == READ => break,
                // Those behind it are wanted next. It may have been read for another caller meanwhile.
                None => {
                    let mut ids = self.board.unread_from(&mut taken.clone(), AT_ONCE.min(READ - read));
                    ids.retain(|id| !tried.contains_key(id));
                    read += ids.len();
                    self.board.try_each(&ids, &mut tried).await?;
                    tried.remove(&id).or_else(|| Some(self.board.row_at(taken)?.1)).flatten()
                }
            };
            taken += 1;
            items.extend(shown.and_then(|shown| one(&shown)));
        }
        Ok(Gathered { items, next: page.next(taken, count) })
    }

    pub(crate) async fn get_plan(&self, wish: v1::GetPlanRequest) -> Result<v1::Plan, Fault> {
        let (id, plan) = self.names.read_plan("name", &wish.name)?;
        self.plan_of(&self.known(id, &wish.name).await?, plan, &wish.name)
    }

    pub(crate) async fn list_plans(&self, wish: v1::ListPlansRequest) -> Result<v1::ListPlansResponse, Fault> {
        let id = self.names.read_migration("parent", &wish.parent)?;
        let purpose = ["ListPlans", &wish.parent];
        let page = Page::read(&self.office.seal, &purpose, wish.page_size, &wish.page_token)?;
        let known = self.paged(id, &wish.parent).await?;
        let (proposals, next) = page.cut(convert::proposals(&known));
        let tenant = known.migration.customer.tenant;
        let plans = proposals.iter().map(|proposal| convert::plan(&self.names, tenant, proposal)).collect();
        Ok(v1::ListPlansResponse { plans, next_page_token: next })
    }

    pub(crate) async fn get_line(&self, wish: v1::GetLineRequest) -> Result<v1::Line, Fault> {
        let (id, line) = self.names.read_line("name", &wish.name)?;
        let known = self.known(id, &wish.name).await?;
        let desk = &self.office.desk;
        convert::line(&self.names, &known, line, desk.policy(), desk.now()).ok_or_else(|| Fault::not_found(&wish.name))
    }

    pub(crate) async fn list_lines(&self, wish: v1::ListLinesRequest) -> Result<v1::ListLinesResponse, Fault> {
        let id = self.names.read_migration("parent", &wish.parent)?;
        let purpose = ["ListLines", &wish.parent];
        let page = Page::read(&self.office.seal, &purpose, wish.page_size, &wish.page_token)?;
        let known = self.paged(id, &wish.parent).await?;
        let desk = &self.office.desk;
        let (lines, next) = page.cut(convert::lines(&self.names, &known, desk.policy(), desk.now()));
        Ok(v1::ListLinesResponse { lines, next_page_token: next })
    }

    pub(crate) async fn list_events(
        &self,
        wish: v1::ListMigrationEventsRequest,
    ) -> Result<v1::ListMigrationEventsResponse, Fault> {
        let id = self.names.read_migration("parent", &wish.parent)?;
        let terms = terms(&wish.filter, &["kind", "line"])?;
        let purpose = ["ListMigrationEvents", &wish.parent, &wish.filter];
        let page = Page::read(&self.office.seal, &purpose, wish.page_size, &wish.page_token)?;
        let known = self.paged(id, &wish.parent).await?;
        let tenant = known.migration.customer.tenant;
        let events = known.log.events.iter().map(|recorded| convert::event(&self.names, tenant, recorded));
        let wanted = |event: &v1::Event| {
            terms
                .iter()
                .all(|(field, value)| if *field == "kind" { event.kind == *value } else { event.line == *value })
        };
        let (events, next_page_token) = page.cut(events.filter(wanted).collect());
        Ok(v1::ListMigrationEventsResponse { events, next_page_token })
    }

    pub(crate) async fn list_action_items(
        &self,
        wish: v1::ListActionItemsRequest,
    ) -> Result<v1::ListActionItemsResponse, Fault> {
        let scope = self.names.read_migrations("parent", &wish.parent)?;
        let purpose = ["ListActionItems", &wish.parent];
        let page = Page::read(&self.office.seal, &purpose, wish.page_size, &wish.page_token)?;
        let all = match scope {
            Scope::All => self.board.all().await?,
            Scope::One(id) => vec![self.shown(id, &wish.parent).await?],
        };
        let items = || all.iter().flat_map(|shown| &shown.migration.action_items);
        let next_page_token = page.next(page.from.saturating_add(page.size), items().count());
        let action_items = items().skip(page.from).take(page.size).cloned().collect();
        Ok(v1::ListActionItemsResponse { action_items, next_page_token })
    }

    pub(crate) async fn get_report(&self, wish: v1::GetReportRequest) -> Result<v1::Report, Fault> {
        use v1::get_report_request::View;
        let id = self.names.read_report("name", &wish.name)?;
        let full = match View::try_from(wish.view) {
            Ok(View::Unspecified | View::Basic) => false,
            Ok(View::Full) => true,
            Err(_) => return Err(Fault::field("view", "BASIC or FULL")),
        };
        let known = self.known(id, &wish.name).await?;
        let desk = &self.office.desk;
        Ok(convert::report(&self.names, &known, &known.report(desk.policy(), desk.now()), full))
    }
}
