//! Puts the parts together: a desk over the database, and the line to the outside where the settings have one.

use crate::cli::{Cli, ImportArgs};
use crate::clock::{FreshIds, SetClock, SystemClock};
use crate::config::{PartnerSettings, RefreshToken, Settings};
use crate::database::{self, Absent, Claim, Database, WhoseClock};
use crate::failure::Failure;
use crate::place::{Line, Loaded, Place, Refused};
use crate::tally::{Calls, Tally};
use async_trait::async_trait;
use carryover_api::v1;
use carryover_domain::Answer;
use carryover_domain::facts::Partner;
use carryover_domain::ids::{LineId, MigrationId, TenantId};
use carryover_domain::policy::{OwnPolicy, Policy, SellsAs};
use carryover_domain::product::table::ProductTable;
use carryover_engine::{Asked, Changes, Desk, Engine, Imported, Known, Outside, WhatIf};
use carryover_partner_center::{Config, FileVault, FixedVault, MemoryBudgets, PartnerCenter, TokenVault, Unpaced};
use carryover_portfolio::Import;
use carryover_ports::{Archive, Budgets, Chain, Clock, Head, Index, Remembered};
use carryover_store_sqlite::SqliteStore;
use jiff::Timestamp;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What every command works with.
pub(crate) struct Office {
    pub(crate) settings: Settings,
    pub(crate) desk: Desk,
    pub(crate) store: Arc<dyn Index>,
    pub(crate) database: Database,
    /// The database as people know it: a file's name, or an address without its password.
    pub(crate) database_name: String,
    /// Where notes beside the database are kept.
    pub(crate) notes: PathBuf,
    pub(crate) tally: Arc<Tally>,
    pub(crate) clock: Time,
}

/// Where the time comes from.
pub(crate) enum Time {
    System(Arc<SystemClock>),
    /// Followed from an emulator by [`Time::follow`].
    Emulated {
        clock: Arc<SetClock>,
        source: Url,
        http: reqwest::Client,
    },
}

impl Office {
    /// Reads the settings and opens the database; one that is `absent` is made or refused.
    pub(crate) async fn open(cli: &Cli, absent: Absent) -> Result<Self, Failure> {
        let settings = Settings::load(cli.config.as_deref())?;
        let place = place(cli, &settings);
        let database = Database::open(&place, absent).await?;
        let clock = Time::of(&settings).await?;
        let desk = Desk::new(database.store(), clock.clock(), Arc::new(FreshIds), settings.policy()?);
        let (store, notes) = (database.index(), notes(cli, &settings));
        let database_name = database.name(&place);
        let tally = Arc::new(Tally::beside(&notes));
        Ok(Self { settings, desk, store, database, database_name, notes, tally, clock })
    }

    pub(crate) fn index(&self) -> Arc<dyn Index> {
        self.store.clone()
    }

    /// The right to work on the database.
    pub(crate) async fn claim(&self) -> Result<Claim, Failure> {
        self.database.claim(self.whose_clock()).await
    }

    /// Whose time it is that a worker of this office works by.
    pub(crate) fn whose_clock(&self) -> WhoseClock {
        match &self.clock {
            Time::System(_) => WhoseClock::Machine,
            Time::Emulated { .. } => WhoseClock::Shared,
        }
    }

    /// The line to the outside, as the settings have it.
    pub(crate) fn line(&self) -> Result<(Engine, PartnerCenter), Failure> {
        let partner = self.settings.needed_partner()?;
        let adapter = adapter(&self.settings, &self.clock, Some(&self.database))?;
        self.tally.watch(&adapter);
        let who = Partner { tenant: partner.tenant()?, country: partner.country()? };
        let products = crate::reference::loaded(&self.notes)?.map(Arc::new);
        Ok((engine(self.desk.clone(), who, &adapter, products), adapter))
    }
}

#[async_trait(?Send)]
impl Place for Office {
    fn name(&self) -> &str {
        &self.database_name
    }

    fn partner(&self) -> Result<Option<TenantId>, Failure> {
        self.settings.partner.as_ref().map(PartnerSettings::tenant).transpose()
    }

    fn policy(&self) -> &Policy {
        self.desk.policy()
    }

    fn now(&self) -> Timestamp {
        self.desk.now()
    }

    fn calls(&self) -> Option<Calls> {
        self.tally.all()
    }

    fn who(&self, said: Option<&str>) -> Result<String, Failure> {
        Ok(crate::commands::who(said))
    }

    fn line(&self) -> Result<Box<dyn Line + '_>, Failure> {
        let (engine, _) = Self::line(self)?;
        Ok(Box::new(engine))
    }

    async fn heads(&self) -> Result<Vec<Head>, Refused> {
        Ok(self.database.archive().heads().await?)
    }

    async fn load(&self, id: MigrationId) -> Result<Option<Known>, Refused> {
        Ok(self.desk.load(id).await?)
    }

    async fn load_all(&self, ids: &[MigrationId]) -> Result<Loaded, Refused> {
        Ok(self.desk.load_all(ids).await?.into_iter().map(|known| known.map_err(Refused::from)).collect())
    }

    async fn first_damage(&self) -> Result<Option<String>, Refused> {
        match &self.database {
            Database::File(store) => Ok(store.first_damage().await?),
            Database::Server(_) => Ok(None),
        }
    }

    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, Refused> {
        Ok(self.database.archive().chain(id).await?)
    }

    fn archive(&self) -> Option<Arc<dyn Archive>> {
        Some(self.database.archive())
    }

    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, Refused> {
        Ok(self.store.requests(id).await?)
    }

    async fn import(&self, _wish: &ImportArgs, read: &Import, by: &str) -> Result<Imported, Refused> {
        Ok(crate::commands::take_over(&self.desk, read, by).await?)
    }

    async fn approve(&self, known: &Known, by: &str) -> Result<(), Refused> {
        self.desk.approve(known.migration.id, by).await?;
        Ok(())
    }

    async fn halt(&self, known: &Known, halt: bool, by: &str) -> Result<(), Refused> {
        let id = known.migration.id;
        if halt {
            self.desk.pause(id, by).await?
        } else {
            self.desk.resume(id, by).await?
        };
        Ok(())
    }

    async fn wish(&self, known: &Known, own: OwnPolicy, by: &str) -> Result<Known, Refused> {
        let seen = Asked { seen: Some(known.version), request: None };
        let changes = Changes { labels: None, own: Some(own) };
        Ok(self.desk.asked(seen).update(known.migration.id, changes, by).await?)
    }

    async fn resolve(&self, known: &Known, line: LineId, answer: Answer, by: &str) -> Result<Known, Refused> {
        Ok(self.desk.resolve(known.migration.id, line, answer, by).await?)
    }
}

#[async_trait(?Send)]
impl Line for Engine {
    async fn assess(&self, known: &Known, by: &str) -> Result<Known, Refused> {
        Ok(Self::assess(self, known.migration.id, by).await?)
    }

    async fn survey(&self, known: &Known, by: &str) -> Result<WhatIf, Refused> {
        Ok(self.what_if(known.migration.id, by).await?)
    }

    async fn matches(&self, known: &Known) -> Result<v1::MatchMigrationResponse, Refused> {
        let (known, facts) = self.look(known.migration.id).await?;
        Ok(carryover_grpc::matches(None, &known, &facts))
    }
}

/// The database that `cli` names, or else the settings: a file, or the address of a server.
pub(crate) fn place(cli: &Cli, settings: &Settings) -> PathBuf {
    match &cli.database {
        Some(place) => place.clone(),
        None if database::address(&settings.database).is_some() => settings.database.clone(),
        None => settings.resolve(&settings.database),
    }
}

/// The file beside which notes are kept: the database, or where it would be if it were not on a server.
pub(crate) fn notes(cli: &Cli, settings: &Settings) -> PathBuf {
    let place = place(cli, settings);
    match database::address(&place) {
        Some(_) => settings.resolve(&crate::config::usual_database()),
        None => place,
    }
}

/// An engine over `desk` whose outside world is `adapter`.
pub(crate) fn engine(
    desk: Desk,
    partner: Partner,
    adapter: &PartnerCenter,
    products: Option<Arc<ProductTable>>,
) -> Engine {
    let adapter = Arc::new(adapter.clone());
    let provides = desk.policy().sells_as == SellsAs::IndirectProvider;
    let outside = Outside {
        partner,
        commerce: adapter.clone(),
        catalogue: adapter.clone(),
        customers: adapter.clone(),
        directory: adapter.clone(),
        resellers: provides.then_some(adapter),
        products,
    };
    Engine::new(desk, outside)
}

/// A desk in virtual time.
pub(crate) fn trial_desk(store: Arc<SqliteStore>, clock: Arc<SetClock>, policy: Policy) -> Desk {
    Desk::new(store, clock, Arc::new(FreshIds), policy)
}

/// The services as the settings name them, in this time, with the budgets that `database` has for all who work on it.
pub(crate) fn adapter(settings: &Settings, time: &Time, database: Option<&Database>) -> Result<PartnerCenter, Failure> {
    let partner = settings.needed_partner()?;
    let cannot = |error: carryover_partner_center::SetupError| Failure::input(error.to_string());
    let (cloud, credential) = (partner.cloud(), partner.credential(settings)?);
    let (tenant, country) = (partner.tenant()?, partner.country()?);
    let mut config = Config::of_cloud(cloud, tenant, country, partner.client_id.clone(), credential).map_err(cannot)?;
    let endpoints = &settings.endpoints;
    let set = |address: &mut Url, wish: &Option<Url>| {
        if let Some(wish) = wish {
            *address = wish.clone();
        }
    };
    set(&mut config.partner_center, &endpoints.partner_center);
    set(&mut config.login, &endpoints.login);
    set(&mut config.graph, &endpoints.graph);
    config.agreements_settled = partner.agreements_settled;
    config.budgets_lowered.clone_from(&settings.pacing);
    config.log_bodies = settings.log_bodies;
    config.owner_user = partner.owner_user();
    let vault: Arc<dyn TokenVault> = match partner.refresh_token(settings)? {
        RefreshToken::File(path) => Arc::new(FileVault::new(path)),
        RefreshToken::Given(token) => Arc::new(FixedVault::new(token)),
    };
    PartnerCenter::try_new(config, vault, time.clock(), time.budgets(database)).map_err(cannot)
}

impl Time {
    pub(crate) async fn of(settings: &Settings) -> Result<Self, Failure> {
        let Some(source) = &settings.clock_url else { return Ok(Self::System(Arc::new(SystemClock))) };
        if settings.endpoints.partner_center.is_none() {
            return Err(Failure::input(
                "clock_url is for work against an emulator; name its address in endpoints.partner_center, or leave clock_url out",
            ));
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| Failure::failed(format!("the HTTP client cannot be set up: {error}")))?;
        let time =
            Self::Emulated { clock: Arc::new(SetClock::new(Timestamp::UNIX_EPOCH)), source: source.clone(), http };
        time.follow().await?;
        Ok(time)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::System(clock) => clock.clone(),
            Self::Emulated { clock, .. } => clock.clone(),
        }
    }

    /// Budgets for calls in this time. An emulated clock stands still while calls wait, so none is waited for then.
    /// On a server all processes of the partner share them.
    fn budgets(&self, database: Option<&Database>) -> Arc<dyn Budgets> {
        match (self, database) {
            (Self::System(_), Some(Database::Server(store))) => Arc::new(store.budgets()),
            (Self::System(clock), Some(Database::File(_)) | None) => Arc::new(MemoryBudgets::new(clock.clone())),
            (Self::Emulated { .. }, _) => Arc::new(Unpaced),
        }
    }

    /// Sets an emulated clock to what the emulator says now. The system's clock needs nothing.
    pub(crate) async fn follow(&self) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Said {
            now: Timestamp,
        }
        let Self::Emulated { clock, source, http } = self else { return Ok(()) };
        let cannot = |error: reqwest::Error| Failure::failed(format!("the clock at {source} cannot be read: {error}"));
        let said: Said = http.get(source.clone()).send().await.map_err(cannot)?.json().await.map_err(cannot)?;
        clock.set(said.now);
        Ok(())
    }
}
