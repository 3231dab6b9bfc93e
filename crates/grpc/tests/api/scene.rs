//! A server, its store and its clients. The store outlives the server, so that a test can restart it.

use crate::shop::{self, Shop};
use carryover_api::v1;
use carryover_domain::facts::Partner;
use carryover_domain::ids::TenantId;
use carryover_domain::policy::Policy;
use carryover_engine::{Desk, Engine, Outside};
use carryover_grpc::{Audit, Gate, Limits, Office, Seal, serve};
use carryover_testkit::{CountingIds, ManualClock, MemoryStore};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
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
    pub(crate) clock: ManualClock,
    pub(crate) shop: Arc<Shop>,
    pub(crate) gate: Gate,
    pub(crate) audit: Audit,
    pub(crate) limits: Limits,
}

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
            clock: ManualClock::starting_at(now),
            shop: Arc::new(Shop::new(now)),
            gate: Gate::open(),
            audit: Audit::default(),
            limits: Limits::usual(),
        }
    }

    /// Starts a server; each of one scene is another process over the same store.
    pub(crate) async fn server(&self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let ids = Arc::new(CountingIds::of_series(address.port().into()));
        let desk = Desk::new(Arc::new(self.store.clone()), Arc::new(self.clock.clone()), ids, Policy::rule_book());
        let tenant = TenantId::new(Uuid::from_u128(0xA1));
        let partner = Partner { tenant, country: "DE".parse().expect("a country") };
        let (commerce, catalogue) = (self.shop.clone(), self.shop.clone());
        let (customers, directory) = (self.shop.clone(), self.shop.clone());
        let engine =
            Engine::new(desk.clone(), Outside { partner, commerce, catalogue, customers, directory, products: None });
        let office = Office {
            desk: desk.clone(),
            index: Arc::new(self.store.clone()),
            engine: Some(engine),
            partner: Some(tenant),
            gate: self.gate.clone(),
            seal: Seal::keyed(b"the same for every server of the scene"),
            audit: self.audit.clone(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let limits = self.limits;
        let done = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(office, listener, limits, stopped).await.expect("it serves");
        });
        Server { address, stop, done, desk }
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
        self.desk.import(&customer, &[line]).await.expect("imported");
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
