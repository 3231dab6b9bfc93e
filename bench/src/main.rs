//! Durable steps of the engine with an instant outside world, next to what the same store can do without the engine. `cargo
//! xtask bench engine` runs it, and with `grpc` before its other arguments the API's. What counts are the ratios within one run; the figures beside them are this machine's.
//!
//! A step is a commit that was answered. The work is buying: each customer who is due goes from the last look over cart and
//! checkout to waiting for delivery, in one turn. The raw limit is the very same commits, by as many at once, without anything
//! between them.

mod grpc;
mod place;
mod recorder;
#[expect(dead_code, reason = "the engine's tests need more of it")]
#[path = "../../crates/engine/tests/turns/shop.rs"]
mod shop;
mod town;

use carryover_domain::policy::Policy;
use carryover_engine::{Desk, Driver, Engine, Outside};
use carryover_ports::{Store, Version};
use jiff::Timestamp;
use place::Place;
use recorder::{Recorder, Written};
use std::sync::Arc;
use std::time::{Duration, Instant};
use town::{FixedClock, RandomIds, Town, partner};

/// Customers who are due in a measurement.
const DUE: u64 = 1_000;
/// Turns at once: as many as a partner's budgets would let through, and more than one group of commits needs.
const AT_ONCE: usize = 64;
/// Steps that are committed one by one.
const ALONE: usize = 300;
/// Customers who are due where answers take their time.
const SLOW_DUE: u64 = 90;
/// How long each answer then takes.
const ANSWER: Duration = Duration::from_millis(50);

type Failed = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "the table is the result")]
fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1).peekable();
    let of_api = arguments.next_if(|argument| argument == "grpc").is_some();
    let most: u64 = arguments.next().as_deref().unwrap_or("100000").parse()?;
    let postgres: Vec<String> = arguments.collect();
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a TLS provider is there already")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if of_api {
        return runtime.block_on(grpc::run(most, postgres.first().map(String::as_str)));
    }
    runtime.block_on(async {
        println!("| store | open | engine, steps/s | raw limit | engine / raw | one by one | start | memory/open |");
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        let mut databases = postgres.iter();
        for kind in ["SQLite", "PostgreSQL"] {
            let mut first = None;
            for open in [1_000, 10_000, 100_000].into_iter().filter(|open| *open <= most) {
                let pair = match kind {
                    "SQLite" => [Place::file()?, Place::file()?],
                    _ => match (databases.next(), databases.next()) {
                        (Some(one), Some(other)) => [Place::server(one), Place::server(other)],
                        _ => break,
                    },
                };
                let row = measure(&pair, open).await?;
                let flat = row.engine / *first.get_or_insert(row.engine);
                println!("| {kind} | {open} | {row} (x {flat:.2} of the first) |");
            }
        }
        if let (Some(one), Some(three)) = (databases.next(), databases.next()) {
            let alone = slow(&Place::server(one), 1).await?;
            let together = slow(&Place::server(three), 3).await?;
            let faster = alone.as_secs_f64() / together.as_secs_f64();
            println!(
                "\nanswers in {} ms, {SLOW_DUE} customers, PostgreSQL: one worker {:.2} s, three {:.2} s, {faster:.2} times as fast",
                ANSWER.as_millis(),
                alone.as_secs_f64(),
                together.as_secs_f64(),
            );
        }
        Ok(())
    })
}

/// What was measured, as cells of the table.
struct Row {
    engine: f64,
    raw: f64,
    alone: f64,
    start: Duration,
    memory: f64,
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { engine, raw, alone, start, memory } = self;
        let percent = engine / raw * 100.0;
        let start = start.as_millis();
        write!(f, "{engine:.0} | {raw:.0} | {percent:.0} % | {alone:.0} | {start} ms | {memory:.0} B")
    }
}

/// Lets the engine work in one place, and repeats what it wrote in the other, which began as the first.
async fn measure([worked, repeated]: &[Place; 2], open: u64) -> Result<Row, Failed> {
    let template = town::template().await?;
    for place in [worked, repeated] {
        let store = place.open().await?;
        town::settle(&*store.store, &template, open, DUE).await?;
    }
    let before = resident();
    let began = Instant::now();
    let opened = worked.open().await?;
    // What a worker does before its first turn; nothing is due that early.
    opened.index.next_wake().await?;
    opened.store.lease_due(Timestamp::UNIX_EPOCH, jiff::SignedDuration::from_mins(1), AT_ONCE).await?;
    let start = began.elapsed();
    let memory = resident().saturating_sub(before) as f64 / open as f64;

    let recorder = Arc::new(Recorder::over(opened.store.clone()));
    let engine = engine(recorder.clone(), Arc::new(Town::new(None)));
    let driver = Driver::new(engine, opened.index.clone(), AT_ONCE);
    let began = Instant::now();
    let drained = driver.until_idle(&|_| ()).await?;
    let took = began.elapsed();
    if drained.turns as u64 != DUE || !drained.problems.is_empty() {
        return Err(format!("the work went otherwise than it has to: {drained:?}").into());
    }
    let written = recorder.take();
    let steps: usize = written.iter().map(Vec::len).sum();
    let engine = steps as f64 / took.as_secs_f64();

    let store = repeated.open().await?.store;
    let mut written = written.into_iter();
    let alone: Vec<Vec<Written>> = written.by_ref().take(ALONE / 5).collect();
    let alone = repeat(&store, alone, 1).await?;
    let raw = repeat(&store, written.collect(), AT_ONCE).await?;
    Ok(Row { engine, raw, alone, start, memory })
}

/// Commits what was written by `at_once` at a time, and answers with the steps a second.
async fn repeat(store: &Arc<dyn Store>, logs: Vec<Vec<Written>>, at_once: usize) -> Result<f64, Failed> {
    let steps: usize = logs.iter().map(Vec::len).sum();
    let mut tasks = tokio::task::JoinSet::new();
    let began = Instant::now();
    for log in logs {
        if tasks.len() == at_once {
            tasks.join_next().await.transpose()?.unwrap_or(Ok(Version(0)))?;
        }
        let store = store.clone();
        tasks.spawn(async move {
            let mut version = Version(0);
            for written in &log {
                version = store.commit(written.as_commit()).await.map_err(|error| error.to_string())?;
            }
            Ok::<Version, String>(version)
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(steps as f64 / began.elapsed().as_secs_f64())
}

/// How long `workers` processes' worth of workers take where the outside world takes its time.
async fn slow(place: &Place, workers: usize) -> Result<Duration, Failed> {
    let template = town::template().await?;
    town::settle(&*place.open().await?.store, &template, SLOW_DUE, SLOW_DUE).await?;
    let town = Arc::new(Town::new(Some(ANSWER)));
    let mut drivers = Vec::new();
    for _ in 0..workers {
        let opened = place.open().await?;
        drivers.push(Driver::new(engine(opened.store.clone(), town.clone()), opened.index.clone(), 8));
    }
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for driver in drivers {
        tasks.spawn(async move { driver.until_idle(&|_| ()).await.map_err(|error| error.to_string()) });
    }
    let mut turns = 0;
    while let Some(done) = tasks.join_next().await {
        turns += done??.turns;
    }
    let took = began.elapsed();
    if turns as u64 != SLOW_DUE { Err(format!("{turns} turns and not {SLOW_DUE}").into()) } else { Ok(took) }
}

fn engine(store: Arc<dyn Store>, town: Arc<Town>) -> Engine {
    let desk = Desk::new(store, Arc::new(FixedClock(town::opens())), Arc::new(RandomIds), Policy::rule_book());
    let (commerce, catalogue, customers, directory) = (town.clone(), town.clone(), town.clone(), town);
    Engine::new(desk, Outside { partner: partner(), commerce, catalogue, customers, directory, products: None })
}

/// Bytes of memory that the process has; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default();
    kilobytes * 1024
}
