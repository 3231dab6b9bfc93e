//! Durable steps of the engine with an instant outside world, next to what the same store can do without the engine. `cargo
//! xtask bench engine` runs it, and with `grpc` before its other arguments the API's. What counts are the ratios within one run; the figures beside them are this machine's.
//!
//! A step is a commit that was answered. The work is buying: each customer who is due goes from the last look over cart and
//! checkout to waiting for delivery, in one turn. The raw limit is the very same commits, by as many at once, without anything
//! between them. Every size is measured once in each round, the engine and the limit right after each other, and what is told is
//! the median over the rounds: what else the machine does befalls all of them alike.

mod grpc;
mod place;
mod recorder;
#[expect(dead_code, reason = "the engine's tests need more of it")]
#[path = "../../crates/engine/tests/turns/shop.rs"]
mod shop;
mod town;
mod watch;

use carryover_domain::Event;
use carryover_domain::policy::Policy;
use carryover_engine::{Desk, Driver, Engine, Outside};
use carryover_ports::{Store, Version};
use jiff::{SignedDuration, Timestamp};
use place::{Opened, Place};
use recorder::{Recorder, Written};
use std::sync::Arc;
use std::time::{Duration, Instant};
use town::{FixedClock, RandomIds, Town, Wakes, partner};
use watch::{Pace, Watch, mean, median, resident};

/// Open customers besides those who are due.
const SIZES: [u64; 3] = [1_000, 10_000, 100_000];
/// How often everything is measured.
const ROUNDS: usize = 7;
/// Customers who come due in a round: so many that how the work begins and ends counts little.
const DUE: u64 = 2_000;
/// Turns at once: as many as a partner's budgets would let through, and more than one group of commits needs.
const AT_ONCE: usize = 64;
/// Customers whose steps are committed one by one.
const ALONE: usize = 10;
/// Customers who are due where answers take their time.
const SLOW_DUE: u64 = 90;
/// How long each answer then takes.
const ANSWER: Duration = Duration::from_millis(50);

/// That of the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
        println!("| store | open | steps/s: engine | limit | engine / limit | one by one | µs of processor: engine | limit | start | memory/open | flat |");
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        let mut databases = postgres.iter();
        let template = town::template().await?;
        for kind in ["SQLite", "PostgreSQL"] {
            let mut sizes = Vec::new();
            for open in SIZES.into_iter().filter(|open| *open <= most) {
                let pair = match kind {
                    "SQLite" => [Place::file()?, Place::file()?],
                    _ => match (databases.next(), databases.next()) {
                        (Some(one), Some(other)) => [Place::server(one), Place::server(other)],
                        _ => break,
                    },
                };
                sizes.push(Size::settled(pair, open, &template).await?);
            }
            for _ in 0..ROUNDS {
                for size in &mut sizes {
                    size.measure(&template).await?;
                }
            }
            if let Some(smallest) = sizes.first() {
                sizes.iter().for_each(|size| println!("| {kind} | {} |", size.cells(smallest)));
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

/// Two places with the same customers, and what was measured there.
struct Size {
    open: u64,
    /// Where the engine works.
    worked: Opened,
    /// Where what it wrote is written again.
    repeated: Opened,
    customers: u64,
    start: Duration,
    /// Bytes.
    memory: f64,
    rounds: Vec<Round>,
    _places: [Place; 2],
}

/// What was measured in one round.
struct Round {
    engine: Pace,
    limit: Pace,
    one_by_one: Pace,
}

impl Size {
    /// `open` customers who wait, in both of `places`, and a worker that has just begun there.
    async fn settled(places: [Place; 2], open: u64, template: &[Event]) -> Result<Self, Failed> {
        let [first, second] = &places;
        for place in [first, second] {
            town::settle(&*place.open().await?.store, template, 0..open, Wakes::Later).await?;
        }
        let before = resident();
        let began = Instant::now();
        let worked = first.open().await?;
        // What a worker does before its first turn; nothing is due that early.
        worked.index.next_wake().await?;
        worked.store.lease_due(Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1), AT_ONCE).await?;
        let start = began.elapsed();
        let memory = resident().saturating_sub(before) as f64 / open as f64;
        let repeated = second.open().await?;
        Ok(Self { open, worked, repeated, customers: open, start, memory, rounds: Vec::new(), _places: places })
    }

    /// Lets the engine work for those who come due now, and repeats what it wrote where nothing lies between the commits.
    async fn measure(&mut self, template: &[Event]) -> Result<(), Failed> {
        let due = self.customers..self.customers + DUE;
        self.customers = due.end;
        for opened in [&self.worked, &self.repeated] {
            town::settle(&*opened.store, template, due.clone(), Wakes::AtOnce).await?;
        }
        let recorder = Arc::new(Recorder::over(self.worked.store.clone()));
        let engine = engine(recorder.clone(), Arc::new(Town::of(due, None)));
        let driver = Driver::new(engine, self.worked.index.clone(), AT_ONCE);
        let watch = Watch::started();
        let drained = driver.until_idle(&|_| ()).await?;
        let watch = watch.stopped();
        if drained.turns as u64 != DUE || !drained.problems.is_empty() {
            return Err(format!("the work went otherwise than it has to: {drained:?}").into());
        }
        let written = recorder.take().await?;
        let engine = watch.pace(written.iter().map(Vec::len).sum());

        let store = &self.repeated.store;
        let mut written = written.into_iter();
        let alone: Vec<Vec<Written>> = written.by_ref().take(ALONE).collect();
        let one_by_one = repeat(store, alone, 1).await?;
        let limit = repeat(store, written.collect(), AT_ONCE).await?;
        self.rounds.push(Round { engine, limit, one_by_one });
        Ok(())
    }

    /// The cells of its row, next to the `smallest` size.
    fn cells(&self, smallest: &Self) -> String {
        let of = |figure: fn(&Round) -> f64| median(self.rounds.iter().map(figure).collect());
        let engine = of(|round| round.engine.steps_per_second);
        let limit = of(|round| round.limit.steps_per_second);
        let percent = of(|round| round.engine.steps_per_second / round.limit.steps_per_second) * 100.0;
        let one_by_one = of(|round| round.one_by_one.steps_per_second);
        // The system counts it coarsely.
        let microseconds = |figure: fn(&Round) -> f64| mean(self.rounds.iter().map(figure).collect()) * 1e6;
        let engine_processor = microseconds(|round| round.engine.processor_seconds);
        let limit_processor = microseconds(|round| round.limit.processor_seconds);
        let both = self.rounds.iter().zip(&smallest.rounds);
        let flat =
            median(both.map(|(one, first)| one.engine.steps_per_second / first.engine.steps_per_second).collect());
        let Self { open, start, memory, .. } = self;
        let start = start.as_millis();
        format!(
            "{open} | {engine:.0} | {limit:.0} | {percent:.0} % | {one_by_one:.0} | {engine_processor:.0} | {limit_processor:.0} \
             | {start} ms | {memory:.0} B | {flat:.2}"
        )
    }
}

/// Commits what was written, by `at_once` at a time.
async fn repeat(store: &Arc<dyn Store>, logs: Vec<Vec<Written>>, at_once: usize) -> Result<Pace, Failed> {
    let steps: usize = logs.iter().map(Vec::len).sum();
    let mut tasks = tokio::task::JoinSet::new();
    let watch = Watch::started();
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
    Ok(watch.stopped().pace(steps))
}

/// How long `workers` processes' worth of workers take where the outside world takes its time.
async fn slow(place: &Place, workers: usize) -> Result<Duration, Failed> {
    let template = town::template().await?;
    town::settle(&*place.open().await?.store, &template, 0..SLOW_DUE, Wakes::AtOnce).await?;
    let town = Arc::new(Town::of(0..SLOW_DUE, Some(ANSWER)));
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
    let (partner, resellers, products) = (partner(), None, None);
    Engine::new(desk, Outside { partner, commerce, catalogue, customers, directory, resellers, products })
}
