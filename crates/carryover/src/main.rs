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

use cli::{Cli, Command, LogFormat};
use failure::{Ending, Failure};
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Runtime;
use traces::Traces;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// How long what still blocks a thread has at the end, such as a look for the address of a name that no resolver answers. It is part of
/// no command, and to wait for it took as long as the resolver has patience.
const LEFT_OVER: Duration = Duration::from_millis(500);

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
    listen_to_logs(&cli, traces.as_ref())?;
    let ended = to_its_end(runtime, commands::run(cli), || {
        if let Some(traces) = traces {
            traces.end();
        }
    });
    ended.map(find::ended)
}

/// What comes of `work`, with `after` it what needs the `runtime` still; whatever nobody waits for any more is left.
fn to_its_end<T>(runtime: Runtime, work: impl Future<Output = T>, after: impl FnOnce()) -> T {
    let done = runtime.block_on(work);
    after();
    runtime.shutdown_timeout(LEFT_OVER);
    done
}

fn listen_to_logs(cli: &Cli, traces: Option<&Traces>) -> Result<(), Failure> {
    let level = match cli.verbose {
        // Nobody sits before these, and what they tell is found in a log or nowhere.
        0 if matches!(cli.command, Command::Run { until_idle: false, .. } | Command::Serve(_)) => "warn",
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
    let logs = match cli.log_format {
        LogFormat::Text => logs.boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    tracing_subscriber::registry().with(logs.with_filter(filter)).with(traces.map(Traces::layer)).init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::to_its_end;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn whoever_still_waits_for_a_name_holds_no_end_up() {
        let (answer, silent) = mpsc::channel::<()>();
        let (tell, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
            let (begun, begins) = tokio::sync::oneshot::channel();
            let work = async move {
                tokio::task::spawn_blocking(move || {
                    begun.send(()).expect("it is waited for");
                    silent.recv()
                });
                begins.await.expect("it begins");
                7
            };
            tell.send(to_its_end(runtime, work, || ())).expect("it is waited for");
        });
        assert_eq!(ended.recv_timeout(Duration::from_secs(5)), Ok(7));
        drop(answer);
    }
}
