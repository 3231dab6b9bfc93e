//! `carryover emulator`: stands in for Microsoft on this machine.

use super::import;
use crate::cli::{Auth, EmulatorArgs, Faults, World};
use crate::failure::{Ending, Failure};
use crate::output;
use crate::trial::tenancy;
use carryover_emulator::{Emulator, Options, Outside, Rules, Running, SWITCHES, Seed};
use carryover_portfolio::Given;
use jiff::Timestamp;
use std::path::Path;
use tokio::net::TcpListener;

pub(super) async fn run(wish: &EmulatorArgs) -> Result<Ending, Failure> {
    if wish.readings {
        output::result(crate::cli::Format::Text, readings, || serde_json::Value::Null);
        return Ok(Ending::Done);
    }
    if !wish.listen.ip().is_loopback() {
        return Err(Failure::input(format!(
            "{} is not a loopback address; the emulator listens on this machine only, such as 127.0.0.1:8440",
            wish.listen
        )));
    }
    let start = wish.start.unwrap_or_else(Timestamp::now);
    let seed = match (&wish.portfolio, &wish.seed_file) {
        (None, None) => Seed::small(start),
        (None, Some(file)) => seed_of(file)?,
        (Some(file), _) => {
            let read = import::read(Given::default(), std::slice::from_ref(file))?;
            if let Some(problem) = read.problems.first() {
                return Err(Failure::input(format!("{problem} ({} problems in all)", read.problems.len())));
            }
            tenancy::of_portfolio(&read.customers, wish.seed, start)
        }
    };
    let seed = seed.in_world(match wish.world {
        World::Still => Outside::Still,
        World::Lively => Outside::Lively,
        World::Contrary => Outside::Contrary,
    });
    let options = Options {
        auth: match wish.auth {
            Auth::Lenient => carryover_emulator::Auth::Lenient,
            Auth::Strict => carryover_emulator::Auth::Strict,
        },
        faults: match wish.faults {
            Faults::None => carryover_emulator::Faults::None,
            Faults::Mild => carryover_emulator::Faults::Mild,
            Faults::Rough => carryover_emulator::Faults::Rough,
            Faults::Cruel => carryover_emulator::Faults::Cruel,
        },
        speed: wish.speed,
        rules: rules(&wish.reading)?,
    };
    let world = listen(seed, options, wish.listen).await?;
    let base = world.base_url();
    output::result(
        crate::cli::Format::Text,
        || {
            format!(
                "listening on {base}: Partner Center, sign-in and Graph (/v1, /v1.0, /TENANT/oauth2/token); \
                 clock {base}/emulator/clock, portfolio {base}/emulator/portfolio.csv, \
                 books {base}/emulator/books, sign-in data {base}/emulator/seed, a page for people {base}/emulator/"
            )
        },
        || serde_json::Value::Null,
    );
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    // What is under way is answered; nothing is kept, so nothing can be lost.
    drop(world.shutdown().await);
    Ok(Ending::Done)
}

/// The usual rules, with those set that were named.
fn rules(wanted: &[String]) -> Result<Rules, Failure> {
    wanted.iter().try_fold(Rules::usual(), |rules, wish| {
        let (name, value) = wish
            .split_once('=')
            .ok_or_else(|| Failure::input(format!("--reading {wish}: give NAME=VALUE, such as line_codes=pascal")))?;
        rules.with(name.trim(), value.trim()).map_err(|error| Failure::input(format!("--reading: {error}")))
    })
}

/// Every reading, one a line: name, what it is usually, what it can be.
fn readings() -> String {
    let usual = Rules::usual();
    let lines = SWITCHES.iter().map(|it| format!("{}={}  ({})", it.name, usual.reading(it), it.values));
    lines.collect::<Vec<_>>().join("\n")
}

fn seed_of(file: &Path) -> Result<Seed, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::input(format!("cannot read the seed {name}: {error}; check the name")))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::input(format!("{name} is no seed: {error}; take an answer of GET /emulator/seed for a pattern"))
    })
}

/// Serves `seed` at `address`.
pub(super) async fn listen(seed: Seed, options: Options, address: std::net::SocketAddr) -> Result<Running, Failure> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::failed(format!("cannot listen on {address}: {error}; choose another port")))?;
    Emulator::start(seed, options, listener).map_err(|error| {
        let why = std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
        Failure::input(format!("{error}{why}"))
    })
}
