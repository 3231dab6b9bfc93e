//! `carryover run`: carries out approved plans.

use crate::alarms::{Alarms, Watching};
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
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often an emulated clock is looked at.
const GLANCE: Duration = Duration::from_millis(200);
/// When all is said that a process has to say which was asked to end: what is left of 10 s is for who takes its last spans.
const SAID: Duration = Duration::from_secs(8);

/// What came of the work, and when somebody asked it to end.
struct Worked {
    done: Done,
    asked: Instant,
}

/// What was done.
#[derive(Debug, Clone, Default)]
struct Done {
    turns: usize,
    effects: usize,
    events: usize,
    /// Why something could not be read.
    problems: BTreeSet<String>,
}

impl Done {
    fn of(drained: &Drained) -> Self {
        let problems = drained.problems.iter().map(|problem| problem.why.clone()).collect();
        Self { problems, ..Self::counted(drained) }
    }

    /// Without the problems, of which there may be many in weeks; the log has them.
    fn counted(drained: &Drained) -> Self {
        let Drained { turns, effects, events, problems: _ } = drained;
        Self { turns: *turns, effects: *effects, events: *events, problems: BTreeSet::new() }
    }

    fn and(mut self, more: Self) -> Self {
        self.turns += more.turns;
        self.effects += more.effects;
        self.events += more.events;
        self.problems.extend(more.problems);
        self
    }
}

/// What is done between one rest and the next, and what was done before: each time is counted anew.
#[derive(Default)]
struct Sum {
    before: Done,
    since: Done,
}

impl Sum {
    /// Takes in what was done since the last rest.
    fn told(&mut self, so_far: &Drained) -> Done {
        if so_far.turns <= self.since.turns {
            self.before = self.all();
        }
        self.since = Done::counted(so_far);
        self.all()
    }

    fn all(&self) -> Done {
        self.before.clone().and(self.since.clone())
    }
}

pub(super) async fn run(
    office: &Office,
    until_idle: bool,
    metrics: Option<SocketAddr>,
    webhooks: Option<SocketAddr>,
    format: Format,
) -> Result<Ending, Failure> {
    let (engine, adapter) = office.line()?;
    let _claim = office.claim().await?;
    let _figures = match metrics {
        Some(address) => Some(Figures::serve(address, office, Some(&adapter)).await?),
        None => None,
    };
    let receiver = match webhooks {
        Some(address) => Some(Receiver::open(office, &adapter, address).await?),
        None => None,
    };
    let driver = driver(office, engine);
    let alarms = Alarms::of(office);
    let (done, portfolio) = if until_idle {
        let (done, portfolio) = drain(office, &driver, &alarms).await?;
        (done, Some(portfolio))
    } else {
        let Worked { done, asked } = work(office, &driver, alarms.watch(), receiver).await?;
        (done, in_time(asked, Portfolio::read(office)).await.transpose()?)
    };
    let problems = &done.problems;
    let (calls, throttled) = (adapter.meter().calls(), adapter.meter().throttled());
    output::result(
        format,
        || {
            let mut text: Vec<String> =
                problems.iter().flat_map(|why| hung("", &format!("could not read: {why}"))).collect();
            let turns = count(done.turns, "turn", "turns");
            let events = count(done.events, "event", "events");
            text.push(format!("{turns}, {events}, {}", count(calls, "call", "calls")));
            match &portfolio {
                Some(Portfolio { known, reports, summary }) => {
                    text.extend(summary.calls_each(calls));
                    text.push(crate::render::table(reports));
                    text.push(crate::render::actions(reports, office.desk.now()));
                    text.extend(next_due(known, reports));
                }
                None => text.push("`carryover status` says where every customer stands".to_owned()),
            }
            text.join("\n")
        },
        || {
            let mut object = json!({
                "turns": done.turns, "effects": done.effects, "events": done.events,
                "http_calls": calls, "http_429": throttled, "http_calls_by_operation": by_operation(adapter.meter()),
                "problems": problems,
            });
            if let Some(Portfolio { known, reports, summary }) = &portfolio {
                object["summary"] = json!(summary);
                object["actions"] = Value::from(super::status::actions(known, reports));
                object["next_wake"] = json!(super::status::next_wake(known));
            }
            object
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
    Ok(portfolio.map_or(Ending::Done, |portfolio| super::ending(&portfolio.reports)))
}

/// Where every customer stands.
struct Portfolio {
    known: Vec<Known>,
    reports: Vec<Report>,
    summary: Summary,
}

impl Portfolio {
    async fn read(office: &Office) -> Result<Self, Failure> {
        let known = find::all(office).await?;
        let reports = super::reports(office, &known);
        let summary = Summary::of(&reports);
        Ok(Self { known, reports, summary })
    }
}

/// What comes of `reading`; none where it takes more than half of the time that is left after the process was `asked` to end: the
/// other half is for saying it.
async fn in_time<T>(asked: Instant, reading: impl Future<Output = T>) -> Option<T> {
    let left = SAID.saturating_sub(asked.elapsed());
    tokio::time::timeout(left / 2, reading).await.ok()
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

/// Works until nothing is due, also of those whose alarm is too late, and says where everybody stands then.
async fn drain(office: &Office, driver: &Driver, alarms: &Alarms) -> Result<(Done, Portfolio), Failure> {
    let bar = progress();
    let each = |so_far: &Drained| tell(&bar, &Done::counted(so_far));
    let mut done = Done::of(&driver.until_idle(&each).await?);
    let mut portfolio = Portfolio::read(office).await?;
    if alarms.wake_all(&portfolio.known).await? > 0 {
        done = done.and(Done::of(&driver.until_idle(&each).await?));
        portfolio = Portfolio::read(office).await?;
    }
    Ok((done, portfolio))
}

/// Works until interrupted, or until nobody may work on.
async fn work(
    office: &Office,
    driver: &Driver,
    mut watching: Watching,
    receiver: Option<Receiver>,
) -> Result<Worked, Failure> {
    output::aside("working; Ctrl-C ends it, and nothing is lost by that");
    let bar = progress();
    let sum = Mutex::new(Sum::default());
    let each = |so_far: &Drained| {
        tell(&bar, &sum.lock().unwrap_or_else(PoisonError::into_inner).told(so_far));
        office.tally.now_and_then();
    };
    let (asked, halt) = (OnceLock::new(), OnceLock::new());
    let asked_to_end = async {
        tokio::select! {
            () = interrupted() => {}
            why = watching.halt() => drop(halt.set(why)),
        }
        asked.get_or_init(Instant::now);
    };
    let worked = async {
        match &office.clock {
            Time::System(_) => driver.run(asked_to_end, &each).await.map_err(Failure::from),
            emulated @ Time::Emulated { .. } => {
                tokio::select! {
                    worked = driver.run(asked_to_end, &each) => worked.map_err(Failure::from),
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
    worked?;
    if let Some(why) = halt.into_inner() {
        return Err(why);
    }
    let done = sum.lock().unwrap_or_else(PoisonError::into_inner).all();
    Ok(Worked { done, asked: asked.get().copied().unwrap_or_else(Instant::now) })
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
    indicatif::ProgressBar::new_spinner().with_style(style).with_finish(indicatif::ProgressFinish::AndClear)
}

fn tell(bar: &indicatif::ProgressBar, so_far: &Done) {
    bar.set_message(format!("{} turns, {} effects, {} events", so_far.turns, so_far.effects, so_far.events));
    bar.tick();
}

/// How often each operation was called.
pub(super) fn by_operation(meter: &Meter) -> BTreeMap<&'static str, u64> {
    meter.counts().into_iter().map(|count| (count.operation, count.calls)).collect()
}
