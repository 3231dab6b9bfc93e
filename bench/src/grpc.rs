//! The API next to a bare echo that answers messages of the same size over the same transport: calls, lists, watches, and callers
//! who mean no good. `cargo xtask bench grpc` runs it.
//!
//! Client and server share this machine and this process, as those of the echo do. What counts are the ratios within one run.

use crate::place::{Opened, Place};
use crate::town::{self, FixedClock, RandomIds, Town, Wakes, tenant};
use crate::watch::resident;
use crate::{Failed, engine};
use carryover_api::v1;
use carryover_domain::ids::MigrationId;
use carryover_domain::policy::Policy;
use carryover_engine::{Desk, Driver};
use carryover_grpc::{ApprovalRules, Audit, Gate, Limits, Office, Requests, Seal, Transport, serve};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{Service, http};
use tonic::server::{NamedService, UnaryService};
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use uuid::Uuid;
use v1::migration_service_client::MigrationServiceClient;
use v1::watch_migrations_response::Content;

/// Calls at once.
const IN_FLIGHT: usize = 64;
/// Calls of one round.
const CALLS: usize = 20_000;
/// Rounds, of which the median counts.
const ROUNDS: usize = 5;
/// Resources of one page.
const PAGE: i32 = 500;
/// Watches at once.
const WATCHES: usize = 1_000;
/// Connections that they share.
const CONNECTIONS: usize = 4;
/// Events that are told to all of them.
const EVENTS: usize = 20;
/// Events that nobody reads.
const UNREAD: usize = 5_000;
/// Connections that say nothing.
const SILENT: usize = 5_000;
/// Changes that are made at one process and watched at another.
const CHANGES: usize = 40;

/// Measures with `customers` on a file, and where two processes share a database on the server at `postgres`.
#[expect(clippy::print_stdout, reason = "the figures are the result")]
pub(crate) async fn run(customers: u64, postgres: Option<&str>) -> Result<(), Failed> {
    let place = Place::file()?;
    let opened = place.open().await?;
    town::settle(&*opened.store, &town::template().await?, 0..customers, Wakes::Later).await?;
    let api = Api::start(&opened).await?;

    let channel = connect(api.address).await?;
    let mut migrations = MigrationServiceClient::new(channel.clone());
    let wish = v1::GetMigrationRequest { name: name(0) };
    let began = Instant::now();
    list(&mut migrations).await?;
    println!("first list of {customers} after the start: {:.1} s", began.elapsed().as_secs_f64());
    let answer = migrations.get_migration(wish.clone()).await?.into_inner();
    let echo = connect(start_echo(answer).await?).await?;
    let (mut echoes, mut gets) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        echoes.push(calls_per_second(&echo, "/bench.Echo/Get", &wish).await?);
        gets.push(calls_per_second(&channel, "/carryover.migration.v1.MigrationService/GetMigration", &wish).await?);
    }
    let (echoes, gets) = (median(&mut echoes), median(&mut gets));
    let percent = gets / echoes * 100.0;
    println!("GetMigration, {IN_FLIGHT} at once: {gets:.0} calls/s, echo {echoes:.0}, {percent:.0} % (aim 50)");

    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let count = list(&mut migrations).await?;
        rates.push(count as f64 / began.elapsed().as_secs_f64());
    }
    println!("ListMigrations, {PAGE} a page: {:.0} resources/s (aim 100000)", median(&mut rates));

    let before = resident();
    let (mut all, mut last) = fan_out(&api).await?;
    let memory = resident().saturating_sub(before) / WATCHES as u64;
    println!(
        "one event to {WATCHES} watches: {:.1} ms at the median (aim 50), {:.1} ms to the last; {memory} B a watch, both sides",
        median(&mut all) * 1e3,
        median(&mut last) * 1e3
    );

    let before = resident();
    let silent = silent(api.address).await?;
    let while_open = resident().saturating_sub(before);
    migrations.get_migration(wish).await?;
    println!(
        "{} connections that say nothing: {} B each, both sides; others are answered",
        silent.len(),
        while_open / SILENT as u64
    );
    drop(silent);

    let before = resident();
    let watches = deaf(&api).await?;
    let grown = resident().saturating_sub(before) >> 20;
    println!("{WATCHES} watches that nobody reads, after {UNREAD} events: {grown} MiB");
    drop(watches);

    if let Some(address) = postgres {
        let mut seen = elsewhere(&Place::server(address)).await?;
        println!(
            "a change at one process, seen by a watch at another: {:.0} ms at the median (aim 1000)",
            median(&mut seen) * 1e3
        );
    }
    Ok(())
}

/// The name of the customer `number`.
fn customer(number: u64) -> String {
    format!("partners/local/customers/{}", tenant(number))
}

fn name(number: u64) -> String {
    format!("{}/migrations/{}", customer(number), MigrationId::of(tenant(number)))
}

/// A server, and the desk that it works at.
struct Api {
    address: SocketAddr,
    desk: Desk,
    _serving: JoinSet<()>,
}

impl Api {
    async fn start(opened: &Opened) -> Result<Self, Failed> {
        let clock = Arc::new(FixedClock(town::opens()));
        let desk = Desk::new(opened.store.clone(), clock, Arc::new(RandomIds), Policy::rule_book());
        let office = Office {
            desk: desk.clone(),
            index: opened.index.clone(),
            archive: opened.archive.clone(),
            engine: None,
            partner: None,
            gate: Gate::open(),
            seal: Seal::fresh()?,
            audit: Audit::default(),
            approvals: ApprovalRules::default(),
            policy_json: "{}".to_owned(),
            requests: Arc::new(Requests::default),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let served = serve(office, listener, Limits::usual(), Transport::default(), std::future::pending()).await;
            served.expect("it serves");
        });
        Ok(Self { address, desk, _serving: serving })
    }

    /// Halts the customer `number`, or lets it go on: one event.
    async fn change(&self, number: u64, halt: bool) -> Result<(), Failed> {
        let id = MigrationId::of(tenant(number));
        if halt {
            self.desk.pause(id, "ana").await?
        } else {
            self.desk.resume(id, "ana").await?
        };
        Ok(())
    }
}

async fn connect(address: SocketAddr) -> Result<Channel, Failed> {
    Ok(Endpoint::from_shared(format!("http://{address}"))?.connect().await?)
}

/// Answers every call with the same message, and does nothing else.
#[derive(Clone)]
struct Echo(Arc<v1::Migration>);

impl UnaryService<v1::GetMigrationRequest> for Echo {
    type Response = v1::Migration;
    type Future = Ready<Result<Response<v1::Migration>, Status>>;

    fn call(&mut self, _request: Request<v1::GetMigrationRequest>) -> Self::Future {
        ready(Ok(Response::new(v1::Migration::clone(&self.0))))
    }
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        Box::pin(async move { Ok(tonic::server::Grpc::new(ProstCodec::default()).unary(echo, request).await) })
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "bench.Echo";
}

async fn start_echo(answer: v1::Migration) -> Result<SocketAddr, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(Server::builder().add_service(Echo(Arc::new(answer))).serve_with_incoming(incoming));
    Ok(address)
}

/// Calls `path`, so many at once.
async fn calls_per_second(
    channel: &Channel,
    path: &'static str,
    wish: &v1::GetMigrationRequest,
) -> Result<f64, Failed> {
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..IN_FLIGHT {
        let (mut client, wish) = (tonic::client::Grpc::new(channel.clone()), wish.clone());
        tasks.spawn(async move {
            for _ in 0..CALLS / IN_FLIGHT {
                client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
                let codec = ProstCodec::<v1::GetMigrationRequest, v1::Migration>::default();
                client.unary(Request::new(wish.clone()), PathAndQuery::from_static(path), codec).await?;
            }
            Ok::<(), Status>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(CALLS as f64 / began.elapsed().as_secs_f64())
}

/// Lists all migrations, and counts them.
async fn list(migrations: &mut MigrationServiceClient<Channel>) -> Result<usize, Failed> {
    let (mut count, mut page_token) = (0, String::new());
    loop {
        let parent = "partners/local/customers/-".to_owned();
        let wish = v1::ListMigrationsRequest { parent, page_size: PAGE, page_token, filter: String::new() };
        let page = migrations.list_migrations(wish).await?.into_inner();
        count += page.migrations.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(count);
        }
    }
}

/// A watch of `parent` that has begun.
async fn watch(channel: Channel, parent: &str) -> Result<Streaming<v1::WatchMigrationsResponse>, Failed> {
    let wish = v1::WatchMigrationsRequest { parent: parent.to_owned(), ..Default::default() };
    let mut said = MigrationServiceClient::new(channel).watch_migrations(wish).await?.into_inner();
    // Its first message says that it has begun.
    said.message().await?;
    Ok(said)
}

/// The next event.
async fn next_event(said: &mut Streaming<v1::WatchMigrationsResponse>) -> Result<v1::Event, Failed> {
    loop {
        let message = said.message().await?.ok_or("a watch ended")?;
        if let Some(Content::Event(event)) = message.content {
            return Ok(event);
        }
    }
}

/// How long each of many watches waits for each of some events once these were committed; and the last of them.
async fn fan_out(api: &Api) -> Result<(Vec<f64>, Vec<f64>), Failed> {
    let (told, mut heard) = mpsc::unbounded_channel();
    let mut watching = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let channel = connect(api.address).await?;
        for _ in 0..WATCHES / CONNECTIONS {
            let (mut said, told) = (watch(channel.clone(), "partners/local/customers/-").await?, told.clone());
            watching.spawn(
                async move { while next_event(&mut said).await.is_ok() && told.send(Instant::now()).is_ok() {} },
            );
        }
    }
    let (mut all, mut last) = (Vec::new(), Vec::new());
    for event in 0..EVENTS {
        api.change(0, event % 2 == 0).await?;
        let committed = Instant::now();
        let mut latest: f64 = 0.0;
        for _ in 0..WATCHES {
            let at = heard.recv().await.ok_or("a watch ended")?;
            let took = at.saturating_duration_since(committed).as_secs_f64();
            all.push(took);
            latest = latest.max(took);
        }
        last.push(latest);
    }
    Ok((all, last))
}

/// Connections that say nothing.
async fn silent(address: SocketAddr) -> Result<Vec<TcpStream>, Failed> {
    let mut open = Vec::new();
    for _ in 0..SILENT {
        open.push(TcpStream::connect(address).await?);
    }
    Ok(open)
}

/// Watches that nobody reads, after many events.
async fn deaf(api: &Api) -> Result<Vec<Streaming<v1::WatchMigrationsResponse>>, Failed> {
    let mut watches = Vec::new();
    for _ in 0..CONNECTIONS {
        let channel = connect(api.address).await?;
        for _ in 0..WATCHES / CONNECTIONS {
            watches.push(watch(channel.clone(), "partners/local/customers/-").await?);
        }
    }
    for event in 0..UNREAD {
        api.change(1, event % 2 == 0).await?;
    }
    Ok(watches)
}

/// How long it takes from a call at one process to its event at another, while three workers work.
async fn elsewhere(place: &Place) -> Result<Vec<f64>, Failed> {
    const OPEN: u64 = 1_000;
    town::settle(&*place.open().await?.store, &town::template().await?, 0..OPEN, Wakes::AtOnce).await?;
    let (one, other) = (Api::start(&place.open().await?).await?, Api::start(&place.open().await?).await?);
    let mut workers = JoinSet::new();
    let town = Arc::new(Town::of(0..OPEN, Some(Duration::from_millis(50))));
    for _ in 0..3 {
        let opened = place.open().await?;
        let driver = Driver::new(engine(opened.store.clone(), town.clone()), opened.index.clone(), 8);
        workers
            .spawn(async move { driver.run(std::future::pending(), &|_| ()).await.map_err(|error| error.to_string()) });
    }
    let mut said = watch(connect(other.address).await?, &customer(0)).await?;
    let mut migrations = MigrationServiceClient::new(connect(one.address).await?);
    let mut took = Vec::new();
    for change in 0..CHANGES {
        let (name, etag, request_id) = (name(0), String::new(), Uuid::from_u128(change as u128 + 1).to_string());
        let began = Instant::now();
        let kind = if change % 2 == 0 {
            migrations.pause_migration(v1::PauseMigrationRequest { name, etag, request_id }).await?;
            "paused"
        } else {
            migrations.resume_migration(v1::ResumeMigrationRequest { name, etag, request_id }).await?;
            "resumed"
        };
        while next_event(&mut said).await?.kind != kind {}
        took.push(began.elapsed().as_secs_f64());
    }
    Ok(took)
}

fn median(of: &mut [f64]) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}
