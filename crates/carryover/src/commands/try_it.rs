//! `carryover try`: the whole job, from a portfolio file to a finished report, against an emulated Microsoft.
//!
//! The same code as for real customers: the same files, HTTP, database and engine. Only time is virtual, and the figures
//! of what was really bought come from the emulator's books.

use super::{emulator, import, report};
use crate::cli::{Format, Try};
use crate::clock::SetClock;
use crate::failure::{Ending, Failure};
use crate::place::Refused;
use crate::render::{self, Figure, count};
use crate::summary::Summary;
use crate::trial::operator::Operator;
use crate::trial::spent::{Spent, times};
use crate::trial::tenancy;
use crate::{find, output, wiring};
use carryover_domain::Answer;
use carryover_domain::facts::Partner;
use carryover_domain::forecast::Forecast;
use carryover_domain::ids::MigrationId;
use carryover_domain::migration::action::Action;
use carryover_domain::policy::{Policy, SellsAs};
use carryover_domain::report::{LineReport, Report, Standing};
use carryover_domain::time::later;
use carryover_emulator::{Auth, Books, Options, Running, Seed};
use carryover_engine::{Driver, Engine, Known};
use carryover_partner_center::{Config, FixedVault, PartnerCenter, Unpaced};
use carryover_portfolio::Given;
use carryover_ports::{Index, Version};
use carryover_store_sqlite::SqliteStore;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The first instant of every trial, so that the same seed makes the same run.
const START: Timestamp = Timestamp::constant(1_793_606_400, 0);
/// How long after the last end a trial goes on watching lines that wait for something.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Turns at once: one, so that the same seed makes the same run down to the number of calls. Calls to this machine take
/// less than a millisecond.
const WORKERS: usize = 1;

pub(super) async fn run(wish: &Try, format: Format) -> Result<Ending, Failure> {
    let began = Instant::now();
    let trial = Trial::prepare(wish).await?;
    let finished = trial.finish(wish).await?;
    finished.show(format, began.elapsed().as_secs_f64())
}

/// A trial that is set up: an emulator that listens, a database that holds the portfolio.
struct Trial {
    world: Running,
    clock: Arc<SetClock>,
    store: Arc<SqliteStore>,
    engine: Engine,
    adapter: PartnerCenter,
    files: Files,
}

/// Who approves, and looks at what no call shows.
const WHO: &str = "the person trying";

/// Where everything is written.
struct Files {
    database: PathBuf,
    html: PathBuf,
    csv: PathBuf,
}

/// A trial that is over.
struct Finished {
    reports: Vec<Report>,
    forecast: Option<Forecast>,
    books: Books,
    ended: Timestamp,
    calls: u64,
    throttled: u64,
    by_operation: BTreeMap<&'static str, u64>,
    /// Calls that only customers took of whom nothing moved.
    unmoved: u64,
    /// The least that all others take.
    floor: u64,
    files: Files,
}

impl Trial {
    async fn prepare(wish: &Try) -> Result<Self, Failure> {
        let dir = &wish.dir;
        std::fs::create_dir_all(dir).map_err(|error| import::cannot_write(dir, &error))?;
        let portfolio = match &wish.portfolio {
            Some(file) => file.clone(),
            None => {
                let seed = Seed::generate(usize::try_from(wish.customers).unwrap_or(usize::MAX), wish.seed, START);
                let file = dir.join("portfolio.csv");
                std::fs::write(&file, seed.portfolio_csv()).map_err(|error| import::cannot_write(&file, &error))?;
                file
            }
        };
        let read = import::read(Given::default(), std::slice::from_ref(&portfolio))?;
        if let Some(problem) = read.problems.first() {
            return Err(Failure::input(format!(
                "{problem} ({} problems in all; `carryover import` sets bad rows aside)",
                read.problems.len()
            )));
        }
        let mut seed = match &wish.portfolio {
            Some(_) => tenancy::of_portfolio(&read.customers, wish.seed, START),
            None => Seed::generate(usize::try_from(wish.customers).unwrap_or(usize::MAX), wish.seed, START),
        };
        let policy = match wish.provider {
            true => Policy {
                sells_as: SellsAs::IndirectProvider,
                resellers: tenancy::through_resellers(&mut seed).map_err(Failure::failed)?,
                ..Policy::rule_book()
            },
            false => Policy::rule_book(),
        };
        let partner = seed.partner.clone();
        let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let options = Options { auth: Auth::Strict, ..Options::frozen() };
        let world = emulator::listen(seed, options, loopback).await?;

        let files = Files { database: dir.join("try.db"), html: dir.join("report.html"), csv: dir.join("report.csv") };
        forget(&files.database)?;
        let store = Arc::new(SqliteStore::open(&files.database)?);
        let clock = Arc::new(SetClock::new(START));
        let desk = wiring::trial_desk(store.clone(), clock.clone(), policy);
        let (adapter, who) = connect(&world, &partner, clock.clone())?;
        import::take_over(&desk, &read, WHO).await?;
        let engine = wiring::engine(desk, who, &adapter, None);
        Ok(Self { world, clock, store, engine, adapter, files })
    }

    /// Assesses, plans and approves as the person trying would, then lets time run from alarm to alarm.
    async fn finish(self, wish: &Try) -> Result<Finished, Failure> {
        let progress = Progress::new(self.reports().await?.iter().map(|report| report.lines.len()).sum());
        for summary in self.store.list().await? {
            let id = summary.migration;
            self.engine.assess(id, WHO).await?;
            match self.engine.plan(id, WHO).await {
                Ok(_) => drop(self.engine.approve(id, WHO).await?),
                // Blocked as a whole: the report says why.
                Err(carryover_engine::CommandError::Unplannable(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut planned = self.known().await?;
        let mut spent = Spent::default();
        spent.count(BTreeSet::new(), self.adapter.meter().calls());
        let driver = Driver::new(self.engine.clone(), self.store.clone(), WORKERS);
        let mut operator = Operator::default();
        let mut seen = Seen::new();
        let last_end =
            self.reports().await?.iter().flat_map(|report| &report.lines).filter_map(|line| line.old_end_instant).max();
        let horizon = later(last_end.unwrap_or(START), AFTERMATH);
        let mut now = START;
        loop {
            let due = self.due(now).await?;
            driver.until_idle(&|_| {}).await?;
            spent.count(due, self.adapter.meter().calls());
            for changed in self.look(&mut seen).await? {
                let report = &seen[&changed].1;
                operator.pass_on(report, &self.world).map_err(Failure::failed)?;
                for item in &report.actions {
                    if let (Action::CheckAfterEnd { .. }, Some(line)) = (&item.action, item.line) {
                        self.engine.resolve(changed, line, Answer::GoOn, WHO).await?;
                    }
                }
            }
            progress.tell(seen.values().map(|(_, report)| report), now);
            match self.store.next_wake().await?.filter(|next| *next <= horizon) {
                Some(next) => now = next.max(now),
                None => break,
            }
            self.world
                .with_ledger(|ledger| ledger.advance_to(now))
                .map_err(|error| Failure::failed(format!("virtual time cannot go on: {error}")))?;
            self.clock.set(now);
        }
        progress.done();
        // People and pools act on after the last line came to rest; the books are drawn up when that is over.
        self.world
            .with_ledger(|ledger| ledger.advance_to(horizon.max(now)))
            .map_err(|error| Failure::failed(format!("virtual time cannot go on: {error}")))?;
        let books = self.world.with_ledger(|ledger| ledger.books());
        let known = self.known().await?;
        let reports = self.reports_of(&known);
        let forecast = report::recorded(&known, self.engine.policy(), now);
        let moved = |known: &Known| {
            reports.iter().any(|report| report.migration == known.migration.id && report.lines.iter().any(is_closed))
        };
        let unmoved: BTreeSet<MigrationId> =
            known.iter().filter(|known| !moved(known)).map(|known| known.migration.id).collect();
        let unmoved_calls = spent.for_nobody_but(&unmoved);
        planned.retain(|planned| !unmoved.contains(&planned.migration.id));
        let floor = report::recorded(&planned, self.engine.policy(), START).map_or(0, |planned| planned.calls.total());
        let (calls, throttled) = (self.adapter.meter().calls(), self.adapter.meter().throttled());
        let by_operation = super::run::by_operation(self.adapter.meter());
        let files = self.files;
        let finished = Finished {
            reports,
            forecast,
            books,
            ended: now,
            calls,
            throttled,
            by_operation,
            unmoved: unmoved_calls,
            floor,
            files,
        };
        finished.write(&format!("Carryover trial, seed {}", wish.seed))?;
        drop(self.world.shutdown().await);
        Ok(finished)
    }

    /// Brings `seen` up to date, and answers which customers have changed: a few, at each of thousands of moments.
    async fn look(&self, seen: &mut Seen) -> Result<Vec<MigrationId>, Failure> {
        let mut changed = Vec::new();
        for carryover_ports::Summary { migration, version, .. } in self.store.list().await? {
            if seen.get(&migration).is_some_and(|(known, _)| *known == version) {
                continue;
            }
            let known = self.engine.load(migration).await?;
            for report in self.reports_of(known.as_slice()) {
                seen.insert(migration, (version, report));
                changed.push(migration);
            }
        }
        Ok(changed)
    }

    /// Whoever is due at `now`.
    async fn due(&self, now: Timestamp) -> Result<BTreeSet<MigrationId>, Failure> {
        let all = self.store.list().await?.into_iter();
        Ok(all.filter(|known| known.wake.is_some_and(|wake| wake <= now)).map(|known| known.migration).collect())
    }

    async fn known(&self) -> Result<Vec<Known>, Failure> {
        let ids: Vec<MigrationId> = self.store.list().await?.into_iter().map(|summary| summary.migration).collect();
        let load = async |ids: &[MigrationId]| {
            Ok(self.engine.load_all(ids).await?.into_iter().map(|known| known.map_err(Refused::from)).collect())
        };
        find::readable(&ids, load).await
    }

    fn reports_of(&self, known: &[Known]) -> Vec<Report> {
        super::reports_at(self.engine.policy(), self.engine.now(), known)
    }

    async fn reports(&self) -> Result<Vec<Report>, Failure> {
        Ok(self.reports_of(&self.known().await?))
    }
}

/// What was last seen of each customer, with the version of the log that it shows.
type Seen = BTreeMap<MigrationId, (Version, Report)>;

/// Signs in to `world` as the partner that it knows.
fn connect(
    world: &Running,
    partner: &carryover_emulator::SeedPartner,
    clock: Arc<SetClock>,
) -> Result<(PartnerCenter, Partner), Failure> {
    let cannot = |error: carryover_partner_center::SetupError| Failure::failed(error.to_string());
    let base = url::Url::parse(&world.base_url())
        .map_err(|error| Failure::failed(format!("the emulator has no address: {error}")))?;
    let country =
        partner.country.parse().map_err(|error| Failure::failed(format!("the partner's country: {error}")))?;
    let tenant = carryover_domain::ids::TenantId::new(partner.tenant_id.0);
    let secret = SecretString::from(partner.client_secret.clone());
    let mut config = Config::commercial(tenant, country, partner.client_id.clone(), secret).map_err(cannot)?;
    config.partner_center = base.clone();
    config.login = base.clone();
    config.graph = base;
    let vault = Arc::new(FixedVault::new(SecretString::from(partner.refresh_token.clone())));
    let adapter = PartnerCenter::try_new(config, vault, clock, Arc::new(Unpaced)).map_err(cannot)?;
    Ok((adapter, Partner { tenant, country }))
}

/// Removes the database of an earlier trial, which is nobody's but ours.
fn forget(database: &Path) -> Result<(), Failure> {
    for ending in ["", "-wal", "-shm", ".lock", ".mark"] {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(import::cannot_write(&path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

impl Finished {
    fn write(&self, title: &str) -> Result<(), Failure> {
        let summary = Summary::of(&self.reports);
        let figures = self.figures();
        let forecast = self.forecast.as_ref();
        report::write(&self.files.html, &self.reports, &summary, &figures, forecast, self.ended, title)?;
        report::write(&self.files.csv, &self.reports, &summary, &figures, None, self.ended, title)
    }

    /// What the emulator's books say, for the report.
    fn figures(&self) -> Vec<Figure> {
        let figure =
            |label: &str, value: String, hint: &str| Figure { label: label.to_owned(), value, hint: hint.to_owned() };
        let Books { purchases, duplicate_purchases, .. } = &self.books;
        vec![
            figure("Purchases", purchases.to_string(), "orders that the emulated Microsoft accepted"),
            figure("Bought twice", duplicate_purchases.to_string(), "by the emulated Microsoft's own books"),
            figure(
                "Gap",
                format!("{} seat hours", self.gap(true)),
                "hours in which a user of a closed line had no licence",
            ),
        ]
    }

    /// Seat hours without a licence, over lines that are closed or over those that are not.
    fn gap(&self, closed: bool) -> u64 {
        let is_closed = |subscription: &str| {
            self.reports.iter().flat_map(|report| &report.lines).any(|line| {
                line.standing == Standing::Closed
                    && line.subscription.as_ref().map_or_else(|| line.line.to_string(), ToString::to_string)
                        == subscription
            })
        };
        let lines = self.books.customers.iter().flat_map(|customer| &customer.lines);
        lines.filter(|line| is_closed(&line.subscription.to_string()) == closed).map(|line| line.gap_seat_hours).sum()
    }

    /// How many times the floor all calls are but those that only customers took of whom nothing moved.
    fn times_floor(&self) -> Option<String> {
        times(self.calls.saturating_sub(self.unmoved), self.floor)
    }

    fn virtual_days(&self) -> i64 {
        self.ended.duration_since(START).as_hours() / 24
    }

    fn show(&self, format: Format, wall_seconds: f64) -> Result<Ending, Failure> {
        let summary = Summary::of(&self.reports);
        let ending = super::ending(&self.reports);
        output::result(
            format,
            || {
                let Books { purchases, duplicate_purchases, licences_swapped, asked_to_end_before_cover, .. } =
                    &self.books;
                [
                    render::table(&self.reports),
                    "By the emulated Microsoft's books:".to_owned(),
                    format!("  {}, {duplicate_purchases} of them twice", count(*purchases, "purchase", "purchases")),
                    format!(
                        "  {} seat hours without a licence on closed lines, {} on lines that wait for a person",
                        self.gap(true),
                        self.gap(false),
                    ),
                    format!("  {} swapped", count(*licences_swapped, "licence", "licences")),
                    format!("  {asked_to_end_before_cover} old subscriptions asked to end before they were replaced"),
                    format!(
                        "{} calls, {} of them answered 429; {} virtual days in {wall_seconds:.1} s",
                        self.calls,
                        self.throttled,
                        self.virtual_days()
                    ),
                    summary.calls_each(self.calls).unwrap_or_else(|| "no line moved".to_owned()),
                    format!(
                        "{} times {}, the least that moved customers take; {} calls for others are left out",
                        self.times_floor().unwrap_or_else(|| "0".to_owned()),
                        self.floor,
                        self.unmoved
                    ),
                    format!("report: {}", self.files.html.display()),
                    format!("    and {}", self.files.csv.display()),
                ]
                .join("\n")
            },
            || self.object(&summary, wall_seconds),
        );
        Ok(ending)
    }

    fn object(&self, summary: &Summary, wall_seconds: f64) -> Value {
        let Books { purchases, duplicate_purchases, licences_swapped, licence_calls, .. } = &self.books;
        json!({
            "customers": summary.customers, "lines": summary.lines, "closed": summary.closed,
            "blocked": summary.blocked, "needs_attention": summary.needs_attention,
            "under_way": summary.under_way, "awaits_plan": summary.awaits_plan, "awaits_approval": summary.awaits_approval,
            "purchases": purchases, "duplicate_purchases": duplicate_purchases,
            "gap_seat_hours": self.gap(true), "gap_seat_hours_not_closed": self.gap(false),
            "asked_to_end_before_cover": self.books.asked_to_end_before_cover,
            "overlap_seat_days": summary.overlap_seat_days, "overlap_cost": summary.overlap_cost,
            "licences_swapped": licences_swapped, "licence_calls": licence_calls,
            "http_calls": self.calls, "http_429": self.throttled,
            "http_calls_unmoved": self.unmoved, "http_calls_floor": self.floor, "http_calls_times_floor": self.times_floor(),
            "http_calls_by_operation": self.by_operation,
            "http_calls_each": summary.calls_each_moved(self.calls),
            "virtual_days": self.virtual_days(), "wall_seconds": wall_seconds,
            "database": self.files.database, "report": self.files.html, "report_csv": self.files.csv,
            "action_items": self.reports.iter().map(|report| report.actions.len()).sum::<usize>(),
            "lines_by_customer": self.reports.iter().flat_map(|report| report.lines.iter().map(move |line| json!({
                "domain": report.customer.domain, "tenant_id": report.customer.tenant.to_string(),
                "line": line.line.to_string(), "product": line.product, "program": line.program.word(),
                "swaps": line.swaps, "licences_swapped": line.swapped, "says": line.says,
                "standing": format!("{:?}", line.standing),
            }))).collect::<Vec<_>>(),
        })
    }
}

fn is_closed(line: &LineReport) -> bool {
    line.standing == Standing::Closed
}

/// A bar on a terminal, a plain line now and then elsewhere.
enum Progress {
    Bar(ProgressBar),
    Lines { last: std::cell::Cell<usize>, of: usize },
}

impl Progress {
    fn new(lines: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { last: std::cell::Cell::new(usize::MAX), of: lines };
        }
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} lines at rest  {msg}  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self::Bar(ProgressBar::new(u64::try_from(lines).unwrap_or(u64::MAX)).with_style(style))
    }

    fn tell<'a>(&self, reports: impl Iterator<Item = &'a Report>, now: Timestamp) {
        let at_rest = |line: &&carryover_domain::report::LineReport| {
            matches!(
                line.standing,
                Standing::Closed
                    | Standing::CameOver
                    | Standing::OldKept
                    | Standing::Blocked
                    | Standing::NeedsAttention
            )
        };
        let rest = reports.flat_map(|report| &report.lines).filter(at_rest).count();
        let day = carryover_domain::time::utc_day(now);
        match self {
            Self::Bar(bar) => {
                bar.set_position(u64::try_from(rest).unwrap_or(u64::MAX));
                bar.set_message(day.to_string());
            }
            // One line for every tenth of the way.
            Self::Lines { last, of } => {
                let tenth = rest * 10 / (*of).max(1);
                if last.replace(tenth) != tenth {
                    output::aside(&format!("{day}: {rest} of {of} lines at rest"));
                }
            }
        }
    }

    fn done(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
