//! The binary: command line, configuration and wiring. Holds no rules.

mod alarms;
mod cli;
mod clock;
mod commands;
mod config;
mod database;
mod failure;
mod figures;
mod find;
mod output;
mod pages;
mod place;
mod receiver;
mod reference;
mod remote;
mod render;
mod summary;
mod tally;
mod traces;
mod trial;
mod wiring;

use cli::{Cli, LogFormat};
use failure::{Ending, Failure};
use std::process::ExitCode;
use traces::Traces;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Keeps what is of one size together: a portfolio of a million lines leaves holes in which others look for room.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(usage) => return cli::refuse(&usage),
    };
    let format = cli.format;
    match run(cli) {
        Ok(ending) => ending.into(),
        Err(failure) => {
            output::failed(&failure, format);
            failure.ending().into()
        }
    }
}

fn run(cli: Cli) -> Result<Ending, Failure> {
    // The one TLS provider of the process; a second attempt would mean that somebody else installed one.
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| Failure::failed("the TLS provider is installed already"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime cannot start: {error}")))?;
    let traces = {
        // The exporter belongs to the runtime that it sends on.
        let _inside = runtime.enter();
        Traces::asked()?
    };
    listen_to_logs(cli.verbose, cli.log_format, traces.as_ref())?;
    let ended = runtime.block_on(commands::run(cli)).map(find::ended);
    if let Some(traces) = traces {
        traces.end();
    }
    ended
}

fn listen_to_logs(verbose: u8, form: LogFormat, traces: Option<&Traces>) -> Result<(), Failure> {
    let level = match verbose {
        0 => "error",
        1 => "warn,carryover=info,carryover_engine=info",
        2 => "info",
        _ => "debug,hyper=info,h2=info",
    };
    let filter = match std::env::var("CARRYOVER_LOG") {
        Ok(wish) => EnvFilter::try_new(&wish).map_err(|error| {
            Failure::input(format!("CARRYOVER_LOG is `{wish}`, which is not a log filter such as `info`: {error}"))
        })?,
        Err(_) => EnvFilter::new(level),
    };
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let logs = match form {
        LogFormat::Text => logs.boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    tracing_subscriber::registry().with(logs.with_filter(filter)).with(traces.map(Traces::layer)).init();
    Ok(())
}
