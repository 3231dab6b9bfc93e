//! Tools of this repository: `cargo xtask --help`.

use carryover_testkit::model::Bounds;
use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xtask::torture::Wanted;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tools of this repository")]
struct Flags {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Bench {
    /// Durable steps of the engine on SQLite and PostgreSQL, next to what the same store can do without it.
    ///
    /// What counts are the ratios of one run. PostgreSQL is a throw-away cluster; without it only SQLite is measured.
    Engine {
        /// Open customers at most: of 1,000, 10,000 and 100,000 those up to it are measured.
        #[arg(long, default_value_t = 100_000)]
        most: u64,
    },
    /// The API next to a bare echo of messages of the same size: calls, lists, watches, and callers who mean no good.
    ///
    /// What counts are the ratios of one run. PostgreSQL is a throw-away cluster; without it no second process is watched.
    Grpc {
        /// Customers that are listed.
        #[arg(long, default_value_t = 100_000)]
        customers: u64,
    },
}

#[derive(Subcommand)]
enum Task {
    /// Measures, in a build as it is shipped.
    #[command(subcommand)]
    Bench(Bench),
    /// Checks what the compiler does not: walls between crates, pages of codes, invariants and their tests, file heads.
    ///
    /// Prints one line for each failure and exits with 1 if there is any. `cargo test` runs the same checks.
    Tidy,
    /// Makes the Rust of `crates/api` from the contract under `proto/`.
    Codegen {
        /// Change nothing; exit with 1 if the files are not what the contract says.
        #[arg(long)]
        check: bool,
    },
    /// Checks the contract under `proto/`: form, style, and that it breaks no client built against what was released.
    ///
    /// Uses buf, which npm installs under `target` at the first run. Exits with 1 if anything is wrong.
    ProtoLint {
        /// Take the contract as it stands for released. Every later one has to be compatible with it.
        #[arg(long)]
        accept: bool,
    },
    /// Runs what needs more than this repository: whole ways through the program from outside.
    E2e {
        #[command(subcommand)]
        what: E2e,
    },
    /// Explores every state of the purchase protocol within bounds: two workers, the clock, the owner, crashes, lost answers.
    ///
    /// Prints how many states there are, and the way to one that violates an invariant if there is any; then does the same for
    /// deliberate mistakes, each of which must be found. Exits with 1 if anything comes out otherwise.
    Model {
        /// Lines of the customer, which feed one pool.
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
        lines: u8,
        /// Workers that may die.
        #[arg(long, default_value_t = 1)]
        crashes: u8,
        /// Writes that may go unanswered, before or after their effect.
        #[arg(long, default_value_t = 1)]
        losses: u8,
        /// How often everybody may sleep although something is owed.
        #[arg(long, default_value_t = 0)]
        idles: u8,
    },
    /// Runs the engine in simulated worlds: workers that die, sleep and wake with stale knowledge, lost and late answers, people
    /// who act late or never. After every operation the invariants are judged by the books of the outside world.
    ///
    /// Prints one line of figures. Where something does not hold, prints the shrunk schedule and its seed, keeps it below
    /// `target/sim`, and exits with 1.
    Sim {
        /// How many worlds, each from a seed of its own.
        #[arg(long, default_value_t = 1_000)]
        seeds: u64,
        /// Operations in each.
        #[arg(long, default_value_t = 80)]
        ops: usize,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Workers in each world.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=16))]
        workers: u8,
        /// Run the schedule in this file and show everything that is committed.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["seeds", "ops", "seed", "workers"])]
        replay: Option<PathBuf>,
    },
    /// Moves a made-up portfolio with real processes on a bad line, kills them at random, and reads the emulator's books in the end.
    ///
    /// Prints one JSON object of figures. Exits with 1 unless nothing was bought twice, nobody went without, no line was lost, and
    /// all kills hit.
    Torture {
        /// Kills that hit a living process.
        #[arg(long, default_value_t = 50)]
        kills: u32,
        /// Worker processes at once; a SQLite file has one. From three on one is stopped past its lease now and then.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
        workers: u8,
        /// Where the database is.
        #[arg(long, value_enum, default_value = "sqlite")]
        store: xtask::torture::Kind,
        /// How bad the line is: none, mild, rough or cruel.
        #[arg(long, default_value = "rough", value_parser = ["none", "mild", "rough", "cruel"])]
        faults: String,
        /// Customers of the made-up portfolio [default: as many as kills, from 20 to 200].
        #[arg(long)]
        customers: Option<usize>,
        /// Decides the portfolio, the faults and the moments of the kills; processes still differ from run to run.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Stop the database server in the middle of work now and then, and start it again.
        #[arg(long)]
        restart_database: bool,
        /// Give up after so many minutes.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// The program [default: the one beside this tool].
        #[arg(long, value_name = "FILE")]
        binary: Option<PathBuf>,
    },
    /// Runs worked cases of the rule book through the rules of the product.
    ///
    /// Prints one line for each case that does not come out as expected, then how many passed and failed. Exits with 1 if
    /// any failed, if a kind is unknown or a file cannot be read.
    Vectors {
        /// Files of cases, as the rule book's section L describes them.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Microsoft's table of products and service plans [default: service-plans.csv beside the cases, else built in]
        #[arg(long, value_name = "FILE")]
        service_plans: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum E2e {
    /// The API, called from Python and from Node.js: from the import to the report, over cut streams and repeated requests.
    ///
    /// Makes their environments under `target/e2e` at the first run. Exits with 1 if a client does not come to the end.
    Clients,
}

fn main() -> anyhow::Result<ExitCode> {
    match Flags::parse().task {
        Task::Bench(Bench::Engine { most }) => Ok(code(xtask::bench::engine(root(), most)?)),
        Task::Bench(Bench::Grpc { customers }) => Ok(code(xtask::bench::grpc(root(), customers)?)),
        Task::Tidy => tidy(&mut io::stdout().lock()),
        Task::Codegen { check } => codegen(check, &mut io::stdout().lock()),
        Task::ProtoLint { accept } => Ok(code(xtask::proto_lint::run(root(), accept, &mut io::stdout().lock())?)),
        Task::E2e { what: E2e::Clients } => Ok(code(xtask::e2e::clients(root(), &mut io::stdout().lock())?)),
        Task::Model { lines, crashes, losses, idles } => {
            let bounds = Bounds { lines: lines.into(), crashes, losses, idles };
            Ok(code(xtask::model::run(bounds, &mut io::stdout().lock())?))
        }
        Task::Sim { replay: Some(file), .. } => Ok(code(xtask::sim::replay(&file, &mut io::stdout().lock())?)),
        Task::Sim { seeds, ops, seed, workers, replay: None } => {
            let wanted = xtask::sim::Wanted { seed, seeds, ops, workers: workers.into() };
            Ok(code(xtask::sim::run_all(wanted, &root().join("target/sim"), &mut io::stdout().lock())?))
        }
        Task::Torture { kills, workers, store, faults, customers, seed, restart_database, minutes, binary } => {
            let binary = binary.map_or_else(beside, Ok)?;
            let workers = workers.into();
            let customers = customers.unwrap_or((kills as usize).clamp(20, 200));
            let wanted = Wanted { kills, workers, store, faults, customers, seed, restart_database, minutes, binary };
            let figures = xtask::torture::run(&wanted)?;
            writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&figures)?)?;
            Ok(code(figures.promises_kept() && figures.disturbed_as(&wanted)))
        }
        Task::Vectors { files, service_plans } => {
            let tally = xtask::vectors::run(&files, service_plans.as_deref(), &mut io::stdout().lock())?;
            Ok(code(tally.failed == 0))
        }
    }
}

/// The program that was built beside this tool.
fn beside() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("carryover"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

fn code(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn codegen(check: bool, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if !check {
        writeln!(out, "{} files written", xtask::codegen::write(root())?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let stale = xtask::codegen::check(root())?;
    for line in &stale {
        writeln!(out, "{line}")?;
    }
    Ok(code(stale.is_empty()))
}

fn tidy(out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let failures = xtask::tidy::check(root())?;
    for failure in &failures {
        writeln!(out, "{failure}")?;
    }
    if failures.is_empty() {
        writeln!(out, "tidy")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{} failures", failures.len())?;
    Ok(ExitCode::FAILURE)
}
