//! The page for people: what the world looks like now, on one page that needs nothing else.
//!
//! Only looks. The template escapes all text; no script, no font, no picture comes from anywhere.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::call::Reply;
use super::control::Log;
use super::faults::Dice;
use crate::books::{LineBooks, PurchaseEntry, Statement, Unserved};
use crate::ids::{SubscriptionId, TenantId};
use crate::ledger::subscriptions::{Channel, State, Subscription};
use crate::ledger::tenant::{Standing, Tenant};
use crate::ledger::{Ledger, calendar};
use crate::seed::Program;

/// Customers that are drawn at most; browsers stay quick, and the JSON has all.
const MOST: usize = 200;
/// Calls and acts that are listed.
const CALLS: usize = 40;
const ACTS: usize = 15;

/// The page as it is now.
pub(super) fn page(ledger: &Ledger, dice: &Dice, log: &Log) -> Reply {
    match Page::of(ledger, dice, log).render() {
        Ok(html) => Reply::text(200, "text/html; charset=utf-8", html),
        Err(error) => Reply::text(500, "text/plain; charset=utf-8", error.to_string()),
    }
}

#[derive(Template)]
#[template(path = "page.html", whitespace = "minimize")]
struct Page {
    now: String,
    since: String,
    faults: Vec<String>,
    tiles: Vec<Tile>,
    axis: Axis,
    customers: Vec<Row>,
    left_off: usize,
    calls: Vec<CallRow>,
    acts: Vec<(String, String, String)>,
}

struct Tile {
    label: &'static str,
    value: String,
    bad: bool,
}

/// One customer.
struct Row {
    name: String,
    domain: String,
    country: String,
    id: TenantId,
    standing: &'static str,
    users: usize,
    remarks: Vec<String>,
    bars: Vec<Bar>,
    gaps: Vec<Stretch>,
}

/// One subscription.
struct Bar {
    product: String,
    seats: u32,
    /// Who sold it: `old`, `ours` or `other`.
    seller: &'static str,
    sold_by: String,
    /// What is served, from the begin of its life.
    served: Option<Stretch>,
    /// Paid but not in the tenant yet.
    awaited: Option<Stretch>,
    /// Over, in grace or shut out.
    after: Option<Stretch>,
    /// The moment its owner was asked to let it end.
    asked: Option<f64>,
    says: String,
}

/// A stretch of the axis, in per cent of its width.
struct Stretch {
    x: f64,
    width: f64,
}

struct CallRow {
    at: String,
    method: &'static str,
    path: String,
    status: String,
    bad: bool,
    faults: String,
}

/// The time that is drawn.
struct Axis {
    from: Timestamp,
    seconds: f64,
    now: f64,
    months: Vec<(f64, String)>,
}

impl Axis {
    fn new(start: Timestamp, now: Timestamp) -> Axis {
        let from = calendar::midnight(calendar::day(start).saturating_sub(Span::new().days(7)));
        let to = calendar::days(now.max(calendar::days(start, 75)), 30);
        let seconds = to.duration_since(from).as_secs_f64();
        let mut axis = Axis { from, seconds, now: 0.0, months: Vec::new() };
        axis.now = axis.at(now);
        let mut first: Date = calendar::day(from).first_of_month().saturating_add(Span::new().months(1));
        // A label needs some room: long runs are labelled by quarters and years.
        let step = match seconds / 86_400.0 / 30.0 {
            months if months <= 12.0 => 1,
            months if months <= 36.0 => 3,
            _ => 12,
        };
        while calendar::midnight(first) < to {
            axis.months.push((axis.at(calendar::midnight(first)), first.strftime("%b %Y").to_string()));
            first = first.saturating_add(Span::new().months(step));
        }
        axis
    }

    fn at(&self, at: Timestamp) -> f64 {
        let share = at.duration_since(self.from).as_secs_f64() / self.seconds * 100.0;
        (share.clamp(0.0, 100.0) * 100.0).round() / 100.0
    }

    /// The part of a time that is drawn; nothing where none of it is.
    fn stretch(&self, from: Timestamp, to: Timestamp) -> Option<Stretch> {
        let (x, end) = (self.at(from), self.at(to));
        let visible = to > from && end > 0.0 && x < 100.0;
        visible.then_some(Stretch { x, width: ((end - x).max(0.2) * 100.0).round() / 100.0 })
    }
}

impl Page {
    fn of(ledger: &Ledger, dice: &Dice, log: &Log) -> Page {
        let statement = ledger.statement();
        let (start, now) = (ledger.seed().start, ledger.now());
        let axis = Axis::new(start, now);
        let books = ledger.books();
        let lines = books.customers.iter().flat_map(|customer| &customer.lines);
        let lines = lines.map(|line| (line.subscription, line)).collect();
        let drawing = Drawing { axis: &axis, now, statement: &statement, lines };
        let mut customers: Vec<Row> = ledger.customers().map(|customer| drawing.row(customer)).collect();
        // What went wrong comes first.
        customers.sort_by_key(|row| (row.remarks.is_empty(), row.name.clone()));
        let left_off = customers.len().saturating_sub(MOST);
        customers.truncate(MOST);
        let acts = ledger.happened().iter().rev().take(ACTS).map(|it| {
            let act = serde_json::to_value(&it.act).unwrap_or_default();
            let kind = act["kind"].as_str().unwrap_or_default().replace('_', " ");
            (minute(it.at), kind, it.failed.clone().unwrap_or_default())
        });
        Page {
            now: minute(now),
            since: minute(start),
            faults: faults(dice),
            tiles: tiles(ledger, &statement),
            acts: acts.collect(),
            calls: log.latest(CALLS).map(call).collect(),
            customers,
            left_off,
            axis,
        }
    }
}

/// What rows are drawn from.
struct Drawing<'a> {
    axis: &'a Axis,
    now: Timestamp,
    statement: &'a Statement,
    /// What the books say of old subscriptions.
    lines: BTreeMap<SubscriptionId, &'a LineBooks>,
}

impl Drawing<'_> {
    fn row(&self, customer: &Tenant) -> Row {
        let own = |purchase: &&PurchaseEntry| purchase.tenant == customer.id;
        let duplicates = self.statement.purchases.iter().filter(own).filter(|purchase| purchase.duplicate).count();
        let unserved = || self.statement.unserved.iter().filter(|gap| gap.tenant == customer.id);
        let without = unserved().filter(|gap| gap.to.is_none()).map(|gap| gap.user).collect::<BTreeSet<_>>().len();
        let hours: u64 = unserved().map(|gap| gap.hours).sum();
        let mut remarks = Vec::new();
        if duplicates > 0 {
            remarks.push(format!("{duplicates} bought twice"));
        }
        if without > 0 {
            remarks.push(format!("{} without a licence now", plural(without as u64, "user")));
        }
        if hours > 0 {
            remarks.push(format!("{hours} hours without"));
        }
        let mut held: Vec<&Subscription> = customer.subscriptions.values().collect();
        held.sort_by_key(|held| (held.created, held.id));
        Row {
            name: customer.name.clone(),
            domain: customer.domain.clone(),
            country: customer.country.clone(),
            id: customer.id,
            standing: match (&customer.standing, customer.agreement.is_some()) {
                (Standing::Reseller { .. }, true) => "ours, agreement on record",
                (Standing::Reseller { .. }, false) => "ours, no agreement",
                _ => "not ours yet",
            },
            users: customer.users.len(),
            remarks,
            bars: held.into_iter().map(|held| self.bar(held)).collect(),
            gaps: self.gaps(unserved()),
        }
    }

    fn bar(&self, held: &Subscription) -> Bar {
        let bought = self.statement.purchases.iter().find(|purchase| purchase.subscription == held.id);
        // What the tenant has not got yet is awaited from its purchase on.
        let arrived = bought.map(|bought| bought.arrived_at);
        let begins = arrived.map_or(held.created, |arrived| arrived.unwrap_or(self.now));
        let line = self.lines.get(&held.id);
        let over = match held.state {
            State::Enabled => None,
            _ => {
                let known = bought.map_or_else(|| line.and_then(|line| line.ended_at), |bought| bought.ended_at);
                Some(known.unwrap_or(held.ends).min(self.now))
            }
        };
        let (seller, sold_by) = match &held.channel {
            Channel::Bought(_) => ("ours", "us".to_owned()),
            Channel::Old(Program::NceOtherPartner) => ("other", "another partner".to_owned()),
            Channel::Old(program) => ("old", program.word().replace('_', " ")),
        };
        let last = held.last_day();
        Bar {
            product: held.name.clone(),
            seats: held.seats,
            seller,
            sold_by,
            served: arrived
                .is_none_or(|arrived| arrived.is_some())
                .then(|| self.axis.stretch(begins, over.unwrap_or(held.ends)))
                .flatten(),
            awaited: bought.and_then(|bought| self.axis.stretch(bought.at, begins)),
            after: over.and_then(|over| self.axis.stretch(over, held.next_step.unwrap_or(self.now))),
            asked: line.and_then(|line| line.asked_to_end_at).map(|at| self.axis.at(at)),
            says: match (held.state, held.auto_renew) {
                (State::Enabled, _) if held.units == 0 => "on its way".to_owned(),
                (State::Enabled, true) => format!("renews after {last}"),
                (State::Enabled, false) => format!("ends with {last}"),
                (State::Warning, _) => "over, in grace".to_owned(),
                (State::Suspended, _) => "over, users shut out".to_owned(),
                (State::LockedOut, _) => "cancelled".to_owned(),
                (State::Deleted, _) => "gone".to_owned(),
            },
        }
    }

    /// When anybody was without, drawn once however many they were.
    fn gaps<'a>(&self, unserved: impl Iterator<Item = &'a Unserved>) -> Vec<Stretch> {
        let mut times: Vec<(Timestamp, Timestamp)> =
            unserved.map(|gap| (gap.from, gap.to.unwrap_or(self.now))).collect();
        times.sort_unstable();
        let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in times {
            match joined.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => joined.push((from, to)),
            }
        }
        joined.into_iter().filter_map(|(from, to)| self.axis.stretch(from, to)).collect()
    }
}

fn tiles(ledger: &Ledger, statement: &Statement) -> Vec<Tile> {
    let tile = |label, value: String| Tile { label, value, bad: false };
    let bad = |label, count: u64| Tile { label, value: count.to_string(), bad: count > 0 };
    let without: BTreeSet<_> =
        statement.unserved.iter().filter(|gap| gap.to.is_none()).map(|gap| (gap.tenant, gap.user)).collect();
    let mut tiles = vec![
        tile("customers", ledger.customers().count().to_string()),
        tile("of them ours", ledger.customers().filter(|customer| customer.is_reseller()).count().to_string()),
        tile("purchases", statement.purchases.len().to_string()),
        bad("bought twice", statement.duplicate_purchases),
        bad("users without a licence now", without.len() as u64),
        bad("hours without, in all", statement.gap_seat_hours),
    ];
    for (currency, money) in &statement.money {
        let value = format!("{} {currency}", money.ordered - money.given_back);
        tiles.push(tile("list value ordered", value));
    }
    tiles
}

fn faults(dice: &Dice) -> Vec<String> {
    let preset = serde_json::to_value(dice.preset()).unwrap_or_default();
    let preset = format!("preset {}", preset.as_str().unwrap_or_default());
    let rules = dice.in_force().map(|(fault, struck)| format!("{fault}, struck {}", plural(struck, "time")));
    std::iter::once(preset).chain(rules).collect()
}

fn call(entry: &super::control::Entry) -> CallRow {
    CallRow {
        at: entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        method: entry.method,
        path: entry.path.clone(),
        status: entry.status.map_or_else(|| "closed".to_owned(), |status| status.to_string()),
        bad: entry.status.is_none_or(|status| status >= 400),
        faults: entry.faults.join(", ").replace('_', " "),
    }
}

fn plural(count: impl Into<u128> + Copy, what: &str) -> String {
    let count: u128 = count.into();
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
