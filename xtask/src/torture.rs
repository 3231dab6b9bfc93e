//! `cargo xtask torture`: real processes on a bad line, killed at random, and what the emulated Microsoft's books say in the end, next to
//! the same world undisturbed.
//!
//! Ends only processes that it started, by their own ids. Bounded in time.

mod loopback;
mod office;
mod verdict;

use anyhow::{Context, bail};
use carryover_testkit::postgres::{self, Cluster, Flush};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use loopback::Emulator;
use office::{Office, Worker};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// Virtual time between two looks at least: calls that a bad line loses would otherwise be tried again every minute.
const REST: SignedDuration = SignedDuration::from_hours(1);
/// Whatever would go wrong after the last end goes wrong within days.
const AFTERMATH: SignedDuration = SignedDuration::from_hours(5 * 24);
/// Longer than a lease.
const PAST_A_LEASE: SignedDuration = SignedDuration::from_mins(11);
/// Milliseconds after which to kill, at most: from before the first line of a process to the end of much work. Less where work
/// is over sooner.
const KILL_WITHIN: u32 = 400;
/// The least of it: a process has hardly begun.
const KILL_WITHIN_MIN: u32 = 25;
/// Kills at one moment of virtual time, at most; then the work is let through.
const KILLS_AT_ONCE: u32 = 4;
/// The same where fewer have hit than should have by now.
const KILLS_BEHIND: u32 = 16;
/// How often the leases of the dead are waited for, so that there is work again among which to kill.
const ROUNDS: u32 = 6;
/// Every so many moments a worker sleeps past its lease, and the database is restarted.
const SOMETIMES: u32 = 8;

/// Where the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// In a file, which one process works on.
    Sqlite,
    /// On a throw-away PostgreSQL server, which several processes share.
    Postgres,
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Kills that hit a living process.
    pub kills: u32,
    /// Worker processes at once.
    pub workers: usize,
    /// The database.
    pub store: Kind,
    /// How bad the line is: `none`, `mild`, `rough` or `cruel`.
    pub faults: String,
    /// Customers.
    pub customers: usize,
    /// Decides the portfolio, the faults and the moments of the kills.
    pub seed: u64,
    /// Whether the database server is stopped in the middle of work, and started again.
    pub restart_database: bool,
    /// Minutes of real time after which it gives up.
    pub minutes: u64,
    /// The program.
    pub binary: PathBuf,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Kills that hit a living process.
    pub kills: u32,
    /// Workers that were stopped while they held a lease, until it had lapsed and others had done the work, and that went on then.
    pub stalls: u32,
    /// Restarts of the database server while workers were at work.
    pub database_restarts: u32,
    /// Purchases that the emulated Microsoft accepted.
    pub purchases: u64,
    /// Purchases that should not exist, by its books.
    pub duplicate_purchases: u64,
    /// Living purchases that no line accounts for by its exported history, each for one.
    pub purchases_not_accounted_for: u64,
    /// Hours in which users were not served, by its books, whose subscriptions are replaced, or are in the same world undisturbed.
    pub gap_seat_hours: u64,
    /// The same of all others: those that cannot be planned, or whose people never act.
    pub gap_seat_hours_not_replaced: u64,
    /// Subscriptions that are replaced in the same world undisturbed, and are not here.
    pub not_replaced: u64,
    /// Old subscriptions that were asked to end before their replacement had arrived.
    pub asked_to_end_before_cover: u64,
    /// Lines of the portfolio that are neither closed, nor before a person, nor blocked, nor without anything to do.
    pub lost_lines: u64,
    /// Lines that are closed.
    pub closed: u64,
    /// Lines that wait for a person.
    pub needs_attention: u64,
    /// Lines that cannot be planned.
    pub blocked: u64,
    /// Days of virtual time.
    pub virtual_days: i64,
    /// Seconds of real time.
    pub wall_seconds: f64,
}

impl Figures {
    /// Whether all happened that was `wanted`, to work that came to something: who disturbs nothing proves nothing.
    #[must_use]
    pub fn disturbed_as(&self, wanted: &Wanted) -> bool {
        let stalled = wanted.workers < 3 || self.stalls > 0;
        let restarted = !wanted.restart_database || self.database_restarts > 0;
        self.purchases > 0 && self.kills >= wanted.kills && stalled && restarted
    }

    /// Whether nothing was bought twice, nobody went without, and no line was lost.
    #[must_use]
    pub fn promises_kept(&self) -> bool {
        let twice = self.duplicate_purchases + self.purchases_not_accounted_for;
        let without = self.gap_seat_hours + self.asked_to_end_before_cover;
        twice + without + self.lost_lines == 0
    }
}

/// Does what is `wanted`, until every line is at rest.
///
/// # Errors
/// When a process cannot be started, does not end by itself, or nothing is at rest in time.
pub fn run(wanted: &Wanted) -> anyhow::Result<Figures> {
    if wanted.store == Kind::Sqlite && (wanted.workers != 1 || wanted.restart_database) {
        bail!(
            "a SQLite file has one process at work and no server: give --workers 1 without --restart-database, or --store postgres"
        );
    }
    let cluster = match wanted.store {
        Kind::Sqlite => None,
        Kind::Postgres => {
            let flush = if wanted.restart_database { Flush::Yes } else { Flush::No };
            Some(postgres::own(flush).context("PostgreSQL is not there")?)
        }
    };
    let peace = Wanted { kills: 0, workers: 1, faults: "none".to_owned(), restart_database: false, ..wanted.clone() };
    let mut peaceful = Torture::begin(&peace, None)?;
    peaceful.finish()?;
    let in_peace = verdict::replaced(&peaceful.emulator.get("/emulator/books")?);
    drop(peaceful);
    let mut torture = Torture::begin(wanted, cluster)?;
    torture.finish()?;
    torture.figures(&in_peace)
}

/// Numbers that follow from the seed: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(bound.max(1))).unwrap_or(0)
    }
}

struct Torture<'a> {
    wanted: &'a Wanted,
    office: Office,
    emulator: Emulator,
    cluster: Option<Cluster>,
    lines: u64,
    dice: Dice,
    bar: ProgressBar,
    began: Instant,
    /// Milliseconds within which a kill is likely to hit.
    kill_within: u32,
    /// Lines that need no more work, when it was last looked.
    at_rest: u64,
    figures: Figures,
}

impl<'a> Torture<'a> {
    fn begin(wanted: &'a Wanted, cluster: Option<Cluster>) -> anyhow::Result<Self> {
        let database = cluster.as_ref().map(Cluster::database);
        let office = Office::new(&wanted.binary, database)?;
        let seed = office::world(wanted.customers, wanted.seed);
        // A second licence beside the first is a line of its own.
        let bought = seed.customers.iter().flat_map(|customer| &customer.subscriptions);
        let lines = bought.map(|line| 1 + u64::from(line.companion_sku.is_some())).sum();
        let emulator = Emulator::start(&office, &seed, &wanted.faults)?;
        office.configure(&emulator, &seed)?;
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        let began = Instant::now();
        let (dice, figures, kill_within, at_rest) = (Dice(wanted.seed), Figures::default(), KILL_WITHIN, 0);
        let torture =
            Self { wanted, office, emulator, cluster, lines, dice, bar, began, kill_within, at_rest, figures };
        torture.office.say(&["import", "portfolio.csv"], &[0])?;
        torture.office.patiently("assess", "unreadable")?;
        torture.office.patiently("plan", "not_planned")?;
        torture.office.say(&["approve", "--all", "--by", "mia"], &[0, 3])?;
        Ok(torture)
    }

    /// Lets time run from alarm to alarm, and disturbs the work at each, until every line is at rest.
    fn finish(&mut self) -> anyhow::Result<()> {
        for moment in 1.. {
            if self.began.elapsed() > Duration::from_secs(60 * self.wanted.minutes) {
                bail!("not done after {} minutes: {:?}", self.wanted.minutes, self.figures);
            }
            let due = self.is_due()?;
            if due {
                self.disturb()?;
                // What did not meet anybody at work is tried again at the next moment.
                let wanted = moment / SOMETIMES;
                if self.figures.stalls < wanted {
                    self.stall()?;
                }
                if self.figures.database_restarts < wanted {
                    self.restart_database()?;
                }
            }
            let done = self.office.work()?;
            self.emulator.pass_on(&done["actions"])?;
            let summary = &done["summary"];
            self.at_rest = at_rest(summary)?;
            self.bar.set_message(format!(
                "{} kills, {} stalls, {} of {} lines closed",
                self.figures.kills, self.figures.stalls, summary["closed"], self.lines
            ));
            self.bar.tick();
            let rested = self.emulator.now()? + REST;
            if summary["under_way"] == 0 && summary["awaits_approval"] == 0 {
                self.emulator.advance_to(rested + AFTERMATH)?;
                self.bar.finish_and_clear();
                return Ok(());
            }
            let next: Timestamp =
                done["next_wake"].as_str().context("lines are under way and nothing is due")?.parse()?;
            self.emulator.advance_to(next.max(rested))?;
        }
        Ok(())
    }

    /// Whether anything is to be done now.
    fn is_due(&self) -> anyhow::Result<bool> {
        let status = self.office.say(&["status"], &[0, 3])?;
        let next: Option<Timestamp> = status["next_wake"].as_str().map(str::parse).transpose()?;
        let now = self.emulator.now()?;
        Ok(next.is_some_and(|next| next <= now))
    }

    /// Workers at work, and kills among them.
    fn disturb(&mut self) -> anyhow::Result<()> {
        let left = self.wanted.kills - self.figures.kills;
        let kills = self.dice.below(KILLS_AT_ONCE + 1).max(self.behind().min(KILLS_BEHIND)).min(left);
        let enough = self.figures.kills + kills;
        for _ in 0..ROUNDS {
            if self.figures.kills == enough {
                break;
            }
            self.kill_until(enough)?;
            // What the dead held is due again when their leases have lapsed.
            if self.figures.kills < enough {
                self.emulator.advance_to(self.emulator.now()? + PAST_A_LEASE)?;
                if !self.is_due()? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Kills that should have hit by now and have not: all of them should have when half of the lines are at rest.
    fn behind(&self) -> u32 {
        let share = (2 * self.at_rest).min(self.lines);
        let due = u64::from(self.wanted.kills) * share / self.lines.max(1);
        u32::try_from(due).unwrap_or(u32::MAX).saturating_sub(self.figures.kills)
    }

    /// Starts workers and kills some of them, until `enough` kills have hit or all workers are over, because nothing is due that
    /// is not held by the dead.
    fn kill_until(&mut self, enough: u32) -> anyhow::Result<()> {
        let mut workers = self.start_all()?;
        while self.figures.kills < enough && !workers.is_empty() {
            self.wait(self.kill_within);
            let nth = self.dice.below(u32::try_from(workers.len())?) as usize;
            if workers[nth].kill()? {
                self.figures.kills += 1;
                self.kill_within = (self.kill_within * 5 / 4).min(KILL_WITHIN);
                workers[nth] = self.office.worker()?;
            } else {
                self.kill_within = (self.kill_within / 2).max(KILL_WITHIN_MIN);
                drop(workers.swap_remove(nth));
            }
        }
        // Whoever is still at it finishes, as it does where nobody kills.
        workers.into_iter().try_for_each(|worker| worker.wait().map(drop))
    }

    /// With several workers, one is stopped until its lease has lapsed and others have done its work; then it goes on.
    fn stall(&mut self) -> anyhow::Result<()> {
        if self.wanted.workers < 3 {
            return Ok(());
        }
        let mut workers = self.start_all()?;
        self.wait(self.kill_within);
        let sleeper = workers.swap_remove(0);
        let asleep = sleeper.stop()?;
        workers.into_iter().try_for_each(|worker| worker.wait().map(drop))?;
        // The others have ended, so what is still due is leased by whoever sleeps.
        let holds_a_lease = asleep && self.is_due()?;
        self.emulator.advance_to(self.emulator.now()? + PAST_A_LEASE)?;
        self.office.work()?;
        if asleep {
            self.figures.stalls += u32::from(sleeper.go_on()? && holds_a_lease);
        }
        sleeper.wait().map(drop)
    }

    /// The server ends in the middle of work and comes back. Workers that were at it end, or wait; nothing is lost by either.
    fn restart_database(&mut self) -> anyhow::Result<()> {
        if !self.wanted.restart_database {
            return Ok(());
        }
        let mut workers = self.start_all()?;
        self.wait(self.kill_within);
        if let Some(cluster) = &self.cluster {
            let mut at_work = false;
            for worker in &mut workers {
                at_work |= worker.is_alive()?;
            }
            cluster.stop_at_once();
            cluster.start_again();
            self.figures.database_restarts += u32::from(at_work);
        }
        workers.into_iter().try_for_each(|worker| worker.wait().map(drop))
    }

    fn start_all(&self) -> anyhow::Result<Vec<Worker>> {
        (0..self.wanted.workers).map(|_| self.office.worker()).collect()
    }

    fn wait(&mut self, most: u32) {
        thread::sleep(Duration::from_millis(u64::from(self.dice.below(most))));
    }

    fn figures(mut self, in_peace: &BTreeSet<String>) -> anyhow::Result<Figures> {
        let books = self.emulator.get("/emulator/books")?;
        let ledger = self.emulator.get("/emulator/ledger")?;
        let status = self.office.say(&["status"], &[0, 3])?;
        let mut lines = BTreeMap::new();
        for customer in status["customers"].as_array().into_iter().flatten() {
            let domain = customer["domain"].as_str().context("a customer has no domain")?;
            lines.extend(verdict::marks(&self.office.history(domain)?));
        }
        let purchases = ledger["purchases"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (gap_seat_hours, gap_seat_hours_not_replaced) = verdict::gaps(&books, in_peace)?;
        let summary = &status["summary"];
        let started: Timestamp = ledger["since"].as_str().context("no start")?.parse()?;
        self.figures = Figures {
            purchases: purchases.len() as u64,
            duplicate_purchases: figure(&ledger, "duplicate_purchases")?,
            purchases_not_accounted_for: verdict::not_accounted_for(purchases, &lines),
            gap_seat_hours,
            gap_seat_hours_not_replaced,
            not_replaced: in_peace.difference(&verdict::replaced(&books)).count() as u64,
            asked_to_end_before_cover: figure(&books, "asked_to_end_before_cover")?,
            lost_lines: self.lines.abs_diff(at_rest(summary)?),
            closed: figure(summary, "closed")?,
            needs_attention: figure(summary, "needs_attention")?,
            blocked: figure(summary, "blocked")?,
            virtual_days: self.emulator.now()?.duration_since(started).as_hours() / 24,
            wall_seconds: self.began.elapsed().as_secs_f64(),
            ..self.figures
        };
        Ok(self.figures)
    }
}

fn figure(of: &Value, name: &str) -> anyhow::Result<u64> {
    of[name].as_u64().with_context(|| format!("no {name} in {of}"))
}

/// Lines of a `summary` that need no more work.
fn at_rest(summary: &Value) -> anyhow::Result<u64> {
    ["closed", "needs_attention", "blocked", "nothing_to_do"].into_iter().map(|name| figure(summary, name)).sum()
}
