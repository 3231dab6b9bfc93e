//! How fast a portfolio is read, and how fast it is assessed and planned: time a line, the ratio of the two, and memory.
//!
//! `cargo bench` measures all sizes and ends with one table. `cargo bench --bench lines -- --quick` takes fewer samples.
//! Any other run, such as `cargo test --benches`, takes each step once with few lines. Judges nothing: the machine decides
//! how long things take.

mod made_up;
mod table;

use carryover_domain::assess::Outlook;
use carryover_domain::finding::Finding;
use carryover_domain::migration::decide::import;
use carryover_domain::plan::{Verdict, verdicts};
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::replay;
use carryover_portfolio::Import;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use made_up::{Services, Size};
use std::cell::LazyCell;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use table::{Measured, Table};

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const fn size(customers: u64, lines_each: u64) -> Size {
    Size { customers, lines_each }
}

/// Ten lines a customer, and last a few customers that have as many subscriptions as a tenant may hold. Ascending, because
/// the peak of memory is that of the process.
const SIZES: [Size; 5] = [size(100, 10), size(100, 300), size(1_000, 10), size(10_000, 10), size(100_000, 10)];

fn main() -> Result<(), Box<dyn Error>> {
    let measures = std::env::args().any(|word| word == "--bench") && !std::env::args().any(|word| word == "--test");
    let sizes = if measures { &SIZES[..] } else { &SIZES[..1] };
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut table = Table::default();
    for size in sizes {
        table.rows.push(measure(&mut criterion, *size)?);
    }
    criterion.final_summary();
    if measures {
        table.show(&mut std::io::stdout())?;
    }
    Ok(())
}

/// Reads the file of `size` and plans what it holds, as often as `criterion` asks for; not at all where a filter on the
/// command line leaves it out.
fn measure(criterion: &mut Criterion, size: Size) -> Result<Measured, Box<dyn Error>> {
    let name = format!("{}x{}", size.customers, size.lines_each);
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.csv"));
    let file = LazyCell::new(|| {
        let mut file = BufWriter::new(File::create(&path).expect("the target folder can be written to"));
        made_up::write(size, &mut file).and_then(|()| file.flush()).expect("the disk has room");
        &path
    });
    let mut group = criterion.benchmark_group("lines");
    group.throughput(Throughput::Elements(size.lines()));
    group.sampling_mode(SamplingMode::Flat);
    let large = size.lines() >= 100_000;
    group.warm_up_time(Duration::from_millis(if large { 1 } else { 500 }));
    group.measurement_time(Duration::from_secs(if large { 1 } else { 3 }));

    let mut measured = Measured::of(size);
    let mut read: Option<Import> = None;
    group.bench_function(BenchmarkId::new("read", &name), |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                // Two portfolios at once would be twice the memory.
                read = None;
                let file = File::open(*file).expect("it was written");
                let start = Instant::now();
                let import = read_all(file);
                spent += start.elapsed();
                assert_eq!(import.rows_good, size.lines(), "every made-up row is good");
                read = Some(import);
            }
            measured.read.push(each(spent, times));
            spent
        });
    });

    let (policy, mut services) = (Policy::rule_book(), Services::open()?);
    group.bench_function(BenchmarkId::new("plan", &name), |bencher| {
        let read = read.get_or_insert_with(|| read_all(File::open(*file).expect("it was written")));
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let mut counts = Counts::default();
                for (customer, lines) in &read.customers {
                    spent += plan(customer.clone(), lines.clone(), &mut services, &policy, &mut counts);
                }
                assert_eq!(counts.lines(), size.lines(), "each line has a verdict");
                measured.counts = counts;
            }
            measured.plan.push(each(spent, times));
            spent
        });
    });
    group.finish();
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    measured.peak_kib = table::peak_kib();
    Ok(measured)
}

fn read_all(file: File) -> Import {
    carryover_portfolio::read([("portfolio.csv", file)]).expect("the file can be read")
}

fn each(spent: Duration, times: u64) -> Duration {
    spent / u32::try_from(times).expect("few iterations")
}

/// What planning came to.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    planned: u64,
    blocked: u64,
    nothing_to_do: u64,
    findings: u64,
}

impl Counts {
    fn lines(&self) -> u64 {
        self.planned + self.blocked + self.nothing_to_do
    }
    fn add(&mut self, verdict: &Verdict) {
        let count = match verdict {
            Verdict::Planned { .. } => &mut self.planned,
            Verdict::Blocked { .. } => &mut self.blocked,
            Verdict::NothingToDo { .. } => &mut self.nothing_to_do,
        };
        *count += 1;
        let findings: &[Finding] = verdict.findings();
        self.findings += findings.len() as u64;
    }
}

/// How long it takes to import, assess and plan one customer, and to let go of all that. What the services say of it comes
/// from elsewhere and is not counted.
fn plan(
    customer: Customer,
    lines: Vec<SourceLine>,
    services: &mut Services,
    policy: &Policy,
    counts: &mut Counts,
) -> Duration {
    let start = Instant::now();
    let imported = import(None, customer, lines, None);
    let migration = replay(&imported).expect("an import makes a migration");
    drop(imported);
    let mut spent = start.elapsed();

    let now = services.now;
    let facts = services.facts(&migration).expect("every country has offers");
    let start = Instant::now();
    let verdicts = verdicts(&Outlook::of(&migration, facts, policy, now));
    black_box(&verdicts).values().for_each(|verdict| counts.add(verdict));
    drop(verdicts);
    drop(migration);
    spent += start.elapsed();
    spent
}
