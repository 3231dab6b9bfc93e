//! `carryover run`: carries out approved plans.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::figures::Figures;
use crate::receiver::Receiver;
use crate::render::{count, hung, minute};
use crate::summary::Summary;
use crate::wiring::{Office, Time};
use crate::{find, output};
use carryover_domain::report::{LineReport, Report, Standing};
use carryover_engine::{Drained, Driver, Engine, Known};
use carryover_partner_center::Meter;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// How often an emulated clock is looked at.
const GLANCE: std::time::Duration = std::time::Duration::from_millis(200);

pub(super) async fn run(
    office: &Office,
    until_idle: bool,
    metrics: Option<SocketAddr>,
    webhooks: Option<SocketAddr>,
    format: Format,
) -> Result<Ending, Failure> {
    let (engine, adapter) = office.line()?;
    let _claim = office.database.claim().await?;
    let _figures = match metrics {
        Some(address) => Some(Figures::serve(address, office, Some(&adapter)).await?),
        None => None,
    };
    let receiver = match webhooks {
        Some(address) => Some(Receiver::open(office, &adapter, address).await?),
        None => None,
    };
    let driver = driver(office, engine);
    let done = if until_idle { drain(&driver).await? } else { work(office, &driver, receiver).await? };
    let known = find::all(office).await?;
    let reports = super::reports(office, &known);
    let summary = Summary::of(&reports);
    let problems = distinct(&done);
    let (calls, throttled) = (adapter.meter().calls(), adapter.meter().throttled());
    output::result(
        format,
        || {
            let mut text: Vec<String> =
                problems.iter().flat_map(|why| hung("", &format!("could not read: {why}"))).collect();
            let turns = count(done.turns, "turn", "turns");
            let events = count(done.events, "event", "events");
            text.push(format!("{turns}, {events}, {}", count(calls, "call", "calls")));
            text.extend(summary.calls_each(calls));
            text.push(crate::render::table(&reports));
            text.push(crate::render::actions(&reports, office.desk.now()));
            text.extend(next_due(&known, &reports));
            text.join("\n")
        },
        || {
            json!({
                "turns": done.turns, "effects": done.effects, "events": done.events,
                "http_calls": calls, "http_429": throttled, "http_calls_by_operation": by_operation(adapter.meter()),
                "problems": problems, "summary": summary, "actions": super::status::actions(&known, &reports),
                "next_wake": super::status::next_wake(&known),
            })
        },
    );
    if let (true, Some(first)) = (until_idle, problems.first()) {
        let others = match problems.len() {
            1 => String::new(),
            count => format!(" ({} other reasons on stdout)", count - 1),
        };
        output::aside(&format!(
            "carryover: not everything could be read, nothing is lost, and the next run tries again: {first}{others}"
        ));
        return Ok(Ending::Failed);
    }
    Ok(super::ending(&reports))
}

/// When something is due next, and of whom what: batches of users, for one, are looked at before the others have their turn.
fn next_due(known: &[Known], reports: &[Report]) -> Vec<String> {
    let due = known.iter().zip(reports).filter_map(|(known, report)| Some((known.log.wake?, known, report)));
    let Some((at, known, report)) = due.min_by_key(|(at, ..)| *at) else { return Vec::new() };
    // Before its day a line waits for the customer, who is looked at again and again.
    let may_sell = known.migration.standing.as_ref().is_some_and(carryover_domain::facts::Standing::may_sell);
    let moves = |line: &&LineReport| matches!(line.standing, Standing::UnderWay | Standing::NeedsAttention);
    let asks = !may_sell && report.lines.iter().filter(moves).any(|line| line.new_start.is_none());
    let look = if asks { ", a look whether the customer has accepted" } else { "" };
    let mut text = hung("", &format!("next due: {} UTC, {}{look}", minute(at), report.customer.domain));
    text.extend(
        report.lines.iter().filter(moves).flat_map(|line| hung("  ", &format!("{}: {}", line.product, line.says))),
    );
    text
}

/// What works in this time: an emulated clock may pass days within a second.
pub(super) fn driver(office: &Office, engine: Engine) -> Driver {
    let driver = Driver::new(engine, office.index(), office.settings.workers);
    match &office.clock {
        Time::System(_) => driver,
        Time::Emulated { .. } => driver.looking_every(GLANCE),
    }
}

/// Works until nothing is due.
async fn drain(driver: &Driver) -> Result<Drained, Failure> {
    let bar = progress();
    let drained = driver.until_idle(&|so_far| tell(&bar, so_far)).await;
    bar.finish_and_clear();
    Ok(drained?)
}

/// Works until interrupted.
async fn work(office: &Office, driver: &Driver, receiver: Option<Receiver>) -> Result<Drained, Failure> {
    output::aside("working; Ctrl-C ends it, and nothing is lost by that");
    let bar = progress();
    let each = |so_far: &Drained| {
        tell(&bar, so_far);
        office.tally.now_and_then();
    };
    let worked = async {
        match &office.clock {
            Time::System(_) => driver.run(interrupted(), &each).await.map_err(Failure::from),
            emulated @ Time::Emulated { .. } => {
                tokio::select! {
                    worked = driver.run(interrupted(), &each) => worked.map_err(Failure::from),
                    failure = follow(emulated) => Err(failure),
                }
            }
        }
    };
    let worked = tokio::select! {
        worked = worked => worked,
        failure = receive(receiver) => Err(failure),
    };
    bar.finish_and_clear();
    worked.map(|()| Drained::default())
}

/// Takes notices where somebody listens for them; ends only when that cannot go on.
pub(super) async fn receive(receiver: Option<Receiver>) -> Failure {
    if let Some(receiver) = receiver
        && let Err(failure) = receiver.serve().await
    {
        return failure;
    }
    std::future::pending().await
}

/// Keeps an emulated clock going; ends only when it cannot.
pub(super) async fn follow(time: &Time) -> Failure {
    loop {
        tokio::time::sleep(GLANCE).await;
        if let Err(failure) = time.follow().await {
            return failure;
        }
    }
}

/// Ctrl-C, or what a service manager sends to end a process.
pub(super) async fn interrupted() {
    let heard = tokio::select! {
        heard = tokio::signal::ctrl_c() => heard,
        heard = terminated() => heard,
    };
    if heard.is_err() {
        // Without signals the process can only be killed, which loses nothing either.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminated() -> std::io::Result<()> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> std::io::Result<()> {
    std::future::pending().await
}

fn progress() -> indicatif::ProgressBar {
    let style = indicatif::ProgressStyle::with_template("{spinner} {elapsed} {msg}")
        .unwrap_or_else(|_| indicatif::ProgressStyle::default_spinner());
    indicatif::ProgressBar::new_spinner().with_style(style)
}

fn tell(bar: &indicatif::ProgressBar, so_far: &Drained) {
    bar.set_message(format!("{} turns, {} effects, {} events", so_far.turns, so_far.effects, so_far.events));
    bar.tick();
}

/// How often each operation was called.
pub(super) fn by_operation(meter: &Meter) -> BTreeMap<&'static str, u64> {
    meter.counts().into_iter().map(|count| (count.operation, count.calls)).collect()
}

fn distinct(done: &Drained) -> BTreeSet<String> {
    done.problems.iter().map(|problem| problem.why.clone()).collect()
}
