//! A server, its store and its clients. The store outlives the server, so that a test can restart it.

use crate::shop::{self, Shop};
use async_trait::async_trait;
use carryover_api::v1;
use carryover_domain::Event;
use carryover_domain::facts::{Hope, Partner};
use carryover_domain::ids::{MigrationId, SkuId, TenantId};
use carryover_domain::offer::{Offer, OfferId};
use carryover_domain::policy::Policy;
use carryover_domain::time::Term;
use carryover_domain::value::Money;
use carryover_engine::{Desk, Engine, Outside};
use carryover_grpc::{ApprovalRules, Audit, Gate, Limits, Office, Requests, Seal, Tls, Transport, serve};
use carryover_ports::{Catalogue, Commit, CommitError, Lease, Log, Market, Read, Store, StoreError, Version};
use carryover_testkit::{CountingIds, ManualClock, MemoryStore};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;
use v1::customer_service_client::CustomerServiceClient;
use v1::migration_service_client::MigrationServiceClient;
use v1::portfolio_service_client::PortfolioServiceClient;

/// Our own tenant.
pub(crate) const PARTNER: &str = "partners/00000000-0000-0000-0000-0000000000a1";

/// What stays when a server stops.
pub(crate) struct Scene {
    pub(crate) store: MemoryStore,
    /// How many logs the servers have read.
    pub(crate) loads: Arc<AtomicUsize>,
    /// Whose logs servers that start from now on find damaged.
    pub(crate) damaged: BTreeSet<MigrationId>,
    pub(crate) clock: ManualClock,
    pub(crate) shop: Arc<Shop>,
    pub(crate) gate: Gate,
    pub(crate) audit: Audit,
    pub(crate) limits: Limits,
    /// Whether and how the server speaks TLS.
    pub(crate) tls: Option<Arc<dyn Fn() -> Tls + Send + Sync>>,
    /// Whose web pages may call.
    pub(crate) web: Option<Vec<String>>,
    pub(crate) approvals: ApprovalRules,
    /// Whether the catalogue knows prices.
    pub(crate) priced: bool,
}

/// Turns of others while an approval is committed.
const APPROVING: usize = 2_000;

/// A server that runs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
    pub(crate) desk: Desk,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let now: Timestamp = "2026-11-02T08:00:00Z".parse().expect("an instant");
        Self {
            store: MemoryStore::new(),
            loads: Arc::default(),
            damaged: BTreeSet::new(),
            clock: ManualClock::starting_at(now),
            shop: Arc::new(Shop::new(now)),
            gate: Gate::open(),
            audit: Audit::default(),
            limits: Limits::usual(),
            tls: None,
            web: None,
            approvals: ApprovalRules::default(),
            priced: false,
        }
    }

    /// Starts a server; each of one scene is another process over the same store.
    pub(crate) async fn server(&self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let ids = Arc::new(CountingIds::of_series(address.port().into()));
        let store =
            Arc::new(Counted { store: self.store.clone(), loads: self.loads.clone(), damaged: self.damaged.clone() });
        let desk = Desk::new(store, Arc::new(self.clock.clone()), ids, Policy::rule_book());
        let tenant = TenantId::new(Uuid::from_u128(0xA1));
        let partner = Partner { tenant, country: "DE".parse().expect("a country") };
        let commerce = self.shop.clone();
        let catalogue = Arc::new(Prices { shop: self.shop.clone(), known: self.priced });
        let (customers, directory) = (self.shop.clone(), self.shop.clone());
        let (resellers, products) = (None, None);
        let outside = Outside { partner, commerce, catalogue, customers, directory, resellers, products };
        let engine = Engine::new(desk.clone(), outside);
        let office = Office {
            desk: desk.clone(),
            index: Arc::new(self.store.clone()),
            archive: Arc::new(self.store.clone()),
            engine: Some(engine),
            partner: Some(tenant),
            gate: self.gate.clone(),
            seal: Seal::keyed(b"the same for every server of the scene"),
            audit: self.audit.clone(),
            approvals: self.approvals.clone(),
            policy_json: "{}".to_owned(),
            requests: Arc::new(Requests::default),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let limits = self.limits;
        let transport = Transport { tls: self.tls.as_ref().map(|tls| tls()), web: self.web.clone() };
        let done = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(office, listener, limits, transport, stopped).await.expect("it serves");
        });
        Server { address, stop, done, desk }
    }
}

/// A store that counts how often logs are read, some of which are damaged.
struct Counted {
    store: MemoryStore,
    loads: Arc<AtomicUsize>,
    damaged: BTreeSet<MigrationId>,
}

/// The shop's catalogue, with prices where they are known: 90 EUR for a seat and a year.
struct Prices {
    shop: Arc<Shop>,
    known: bool,
}

#[async_trait]
impl Catalogue for Prices {
    async fn offers(&self, market: Market, skus: &BTreeSet<SkuId>, offers: &BTreeSet<OfferId>) -> Read<Vec<Offer>> {
        let mut read = self.shop.offers(market, skus, offers).await?;
        let price = Money { amount: 90.into(), currency: "EUR".parse().expect("a currency") };
        for offer in read.value.iter_mut().filter(|_| self.known) {
            offer.prices = BTreeMap::from([(Term::Year, price)]);
        }
        Ok(read)
    }

    async fn promotions_for(&self, customer: TenantId, hopes: &[Hope]) -> Read<Vec<BTreeSet<String>>> {
        self.shop.promotions_for(customer, hopes).await
    }
}

#[async_trait]
impl Store for Counted {
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let log = |(id, log): (&MigrationId, Log)| match self.damaged.contains(id) {
            true => Err(StoreError::Damaged { migration: *id, number: 1, detail: "it is torn".to_owned() }),
            false => log,
        };
        Ok(ids.iter().zip(self.store.load_all(ids).await?).map(log).collect())
    }
    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError> {
        // As on a disk, others go on before an approval is there.
        if commit.events.iter().any(|event| matches!(event, Event::PlanApproved { .. })) {
            for _ in 0..APPROVING {
                tokio::task::yield_now().await;
            }
        }
        self.store.commit(commit).await
    }
    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError> {
        self.store.lease_due(now, ttl, max).await
    }
    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease).await
    }
}

impl Server {
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).expect("an address");
        endpoint.connect().await.expect("a connection")
    }

    pub(crate) async fn migrations(&self) -> MigrationServiceClient<Channel> {
        MigrationServiceClient::new(self.channel().await)
    }

    pub(crate) async fn portfolios(&self) -> PortfolioServiceClient<Channel> {
        PortfolioServiceClient::new(self.channel().await)
    }

    pub(crate) async fn customers(&self) -> CustomerServiceClient<Channel> {
        CustomerServiceClient::new(self.channel().await)
    }

    /// Imports the shop's one customer. Answers with the name of its migration.
    pub(crate) async fn with_customer(&self) -> String {
        let (customer, line) = shop::portfolio();
        self.desk.import(&customer, &[line], "mia").await.expect("imported");
        let wish = v1::ListMigrationsRequest { parent: format!("{PARTNER}/customers/-"), ..Default::default() };
        let listed = self.migrations().await.list_migrations(wish).await.expect("a list").into_inner();
        listed.migrations[0].name.clone()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        self.ask_to_stop().await.expect("it ends well");
    }

    /// Asks it to stop.
    pub(crate) fn ask_to_stop(self) -> JoinHandle<()> {
        self.stop.send(()).expect("it runs");
        self.done
    }
}

/// The code of `status` and its reason, which every fault has exactly once.
#[track_caller]
pub(crate) fn reason(status: &Status) -> (Code, String) {
    let details = status.check_error_details_vec().expect("details that can be read");
    let mut reasons = details.into_iter().filter_map(|detail| match detail {
        tonic_types::ErrorDetail::ErrorInfo(info) => Some(info),
        _ => None,
    });
    let info = reasons.next().unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
    assert!(reasons.next().is_none(), "two reasons: {status:?}");
    assert_eq!(info.domain, "carryover.dev");
    (status.code(), info.reason)
}

/// A request id that is told apart by `number`.
pub(crate) fn request_id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// A plan of the migration `name`.
pub(crate) async fn planned(server: &Server, name: &str) -> v1::Plan {
    let wish = v1::PlanMigrationRequest { name: name.to_owned(), request_id: request_id(1) };
    server.migrations().await.plan_migration(wish).await.expect("a plan").into_inner()
}

/// The approval of `plan`.
pub(crate) fn approval(plan: &v1::Plan, request: u128) -> v1::ApprovePlanRequest {
    let (name, etag) = (plan.name.clone(), plan.etag.clone());
    v1::ApprovePlanRequest { name, etag, request_id: request_id(request), hold: false }
}

/// Where the migration `name` stands.
pub(crate) async fn state(server: &Server, name: &str) -> v1::migration::State {
    let wish = v1::GetMigrationRequest { name: name.to_owned() };
    server.migrations().await.get_migration(wish).await.expect("it is there").into_inner().state()
}
