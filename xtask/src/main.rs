//! Tools of this repository: `cargo xtask --help`.

use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tools of this repository")]
struct Flags {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks what the compiler does not: walls between crates, pages of codes, invariants and their tests, file heads.
    ///
    /// Prints one line for each failure and exits with 1 if there is any. `cargo test` runs the same checks.
    Tidy,
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

fn main() -> anyhow::Result<ExitCode> {
    match Flags::parse().task {
        Task::Tidy => tidy(&mut io::stdout().lock()),
        Task::Vectors { files, service_plans } => {
            let tally = xtask::vectors::run(&files, service_plans.as_deref(), &mut io::stdout().lock())?;
            Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn tidy(out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let failures = xtask::tidy::check(root)?;
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
