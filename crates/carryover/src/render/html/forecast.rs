//! The forecast as a part of the page: a chart over time with a table beside it, money, people, misses. Knows percentages and
//! words; the template draws. No script.

use super::super::count;
use super::super::forecast::{due, finish, kinds, name, remarks, scope, shown};
use super::super::spans::{Span, spans};
use super::super::text::plain;
use super::super::timeline::{Axis, Month, Percent, Week};
use super::grouped;
use carryover_domain::forecast::{Amounts, Cover, Forecast, Who};
use carryover_domain::time::{day_after, start_of};
use carryover_domain::value::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;

/// Rows that are listed at most of people and of misses; the JSON has all.
const MOST: usize = 200;
/// Currencies that have a curve of their own; the table has all.
const MOST_CURVES: usize = 3;
/// Horizontal lines above the ground, at most.
const TICKS: u64 = 5;

/// The forecast as the template needs it.
pub(super) struct Chart {
    pub(super) scope: String,
    pub(super) finish: String,
    pub(super) says: String,
    pub(super) now: Percent,
    pub(super) months: Vec<Month>,
    pub(super) weeks: Vec<Week>,
    pub(super) ticks: Vec<Tick>,
    pub(super) areas: Vec<Area>,
    pub(super) marks: Vec<Mark>,
    /// The most customers of one mark.
    pub(super) most_acting: usize,
    pub(super) curves: Vec<Curve>,
    pub(super) weekly: bool,
    pub(super) rows: Vec<Row>,
    pub(super) currencies: Vec<String>,
    pub(super) money: Vec<(&'static str, Vec<String>)>,
    pub(super) remarks: Vec<String>,
    /// How much people must do, in words; the list itself is long.
    pub(super) to_do: String,
    pub(super) actions: Vec<Entry>,
    pub(super) misses: Vec<Entry>,
    pub(super) unread: Vec<(String, String)>,
    /// How many more there are of people, misses and customers left out; empty where that is all.
    pub(super) left: [String; 3],
}

/// A horizontal line with the number of seats that it stands for.
pub(super) struct Tick {
    pub(super) y: Percent,
    pub(super) label: String,
}

/// A part of the stack.
pub(super) struct Area {
    pub(super) class: &'static str,
    pub(super) x: Percent,
    pub(super) width: Percent,
    pub(super) y: Percent,
    pub(super) height: Percent,
}

/// A day on which people must act; the more customers, the higher.
pub(super) struct Mark {
    pub(super) x: Percent,
    pub(super) width: Percent,
    pub(super) height: Percent,
    pub(super) says: String,
}

/// What paying twice has cost by each day, in one currency.
pub(super) struct Curve {
    pub(super) total: String,
    pub(super) steps: Vec<Area>,
}

/// A day or a week of the table.
pub(super) struct Row {
    pub(super) from: String,
    pub(super) bought: String,
    pub(super) ending: String,
    pub(super) seat_days: String,
    pub(super) to_do: String,
    pub(super) cost: String,
}

/// Something that a person reads by its day.
pub(super) struct Entry {
    pub(super) day: String,
    pub(super) who: String,
    pub(super) domain: String,
    pub(super) what: String,
    pub(super) more: String,
    pub(super) code: &'static str,
}

impl Chart {
    pub(super) fn of(forecast: &Forecast) -> Self {
        let cover = forecast.cover();
        let axis = axis(forecast, &cover);
        let most = cover.iter().map(|cover| cover.old + cover.twice + cover.new).max().unwrap_or_default();
        let step = nice(most);
        // A little air above the highest seat.
        let top = (most + most / 20).max(1);
        let (rows, weekly) = spans(forecast);
        let now = forecast.made_at;
        let actions = forecast.actions.iter().take(MOST);
        let misses = forecast.misses.iter().take(MOST);
        let currencies: Vec<Currency> = forecast.totals.money.keys().copied().collect();
        let amounts = |of: fn(&_) -> Decimal| forecast.totals.money.iter().map(move |(of_it, sums)| (*of_it, of(sums)));
        Self {
            scope: scope(forecast),
            finish: finish(forecast),
            says: says(forecast),
            now: axis.at(forecast.made_at),
            months: axis.months(),
            weeks: if axis.weeks_readable() { axis.weeks() } else { Vec::new() },
            ticks: (1..=top / step)
                .map(|n| Tick { y: share(top - n * step, top), label: grouped(&(n * step).to_string()) })
                .collect(),
            areas: areas(&cover, &axis, top),
            marks: marks(forecast, &axis),
            most_acting: forecast.days.iter().map(|day| day.acting).max().unwrap_or_default(),
            curves: curves(forecast, &axis),
            weekly,
            rows: rows.iter().map(row).collect(),
            money: kinds(forecast)
                .map(|(name, of)| (name, amounts(of).map(|(of_it, sum)| grouped(&shown(of_it, sum))).collect()))
                .collect(),
            currencies: currencies.iter().map(ToString::to_string).collect(),
            remarks: remarks(forecast),
            to_do: to_do(forecast, now),
            actions: actions
                .map(|act| Entry {
                    what: plain(&format!("{}: {}", act.actor, act.text)),
                    more: act.remedy.as_deref().map(plain).unwrap_or_default(),
                    ..entry(due(act, now), &act.who, act.code)
                })
                .collect(),
            misses: misses
                .map(|miss| Entry {
                    what: plain(&miss.text),
                    ..entry(miss.day.map_or("no date".to_owned(), |day| day.to_string()), &miss.who, miss.code)
                })
                .collect(),
            unread: forecast.unread.iter().take(MOST).map(|left| (name(&left.who), plain(&left.why))).collect(),
            left: [&forecast.actions.len(), &forecast.misses.len(), &forecast.unread.len()].map(|all| {
                all.checked_sub(MOST).filter(|left| *left > 0).map_or_else(String::new, |left| left.to_string())
            }),
        }
    }
}

fn to_do(forecast: &Forecast, now: Timestamp) -> String {
    let things = super::super::count(forecast.actions.len(), "thing", "things");
    match forecast.actions.first().map(|first| due(first, now)) {
        Some(first) => format!("{things}, the first {}{first}", if first.starts_with("overdue") { "" } else { "by " }),
        None => things,
    }
}

fn entry(day: String, who: &Who, code: &'static str) -> Entry {
    let (who, domain) = (plain(&who.name), plain(&who.domain));
    Entry { day, who, domain, what: String::new(), more: String::new(), code }
}

fn axis(forecast: &Forecast, cover: &[Cover]) -> Axis {
    let changes = || cover.iter().map(|cover| start_of(cover.from));
    let dues = || forecast.days.iter().map(|day| start_of(day.date));
    let all = || changes().chain(dues()).chain([forecast.made_at]);
    let first = all().min().unwrap_or(forecast.made_at);
    let last = all().chain(forecast.earliest_finish).max().unwrap_or(forecast.made_at);
    Axis::between(first, last, forecast.made_at)
}

/// A round number of seats for one of a few horizontal lines.
fn nice(most: u64) -> u64 {
    let least = most.div_ceil(TICKS).max(1);
    let mut power = 1_u64;
    while power.saturating_mul(10) <= least {
        power = power.saturating_mul(10);
    }
    [1, 2, 5, 10].into_iter().map(|n| power.saturating_mul(n)).find(|step| *step >= least).unwrap_or(least)
}

fn share(part: u64, whole: u64) -> Percent {
    Percent(100.0 * part as f64 / whole.max(1) as f64)
}

/// From the ground up: what is new, what is paid twice, what is old.
fn areas(cover: &[Cover], axis: &Axis, top: u64) -> Vec<Area> {
    let mut areas = Vec::new();
    for (index, now) in cover.iter().enumerate() {
        // What was before the first change reaches to the left edge.
        let begins = if index == 0 { Timestamp::MIN } else { start_of(now.from) };
        let ends = cover.get(index + 1).map_or(Timestamp::MAX, |next| start_of(next.from));
        let (x, right) = (axis.at(begins), axis.at(ends));
        let mut ground = 0;
        for (class, seats) in [("n", now.new), ("x", now.twice), ("o", now.old)] {
            ground += seats;
            if seats > 0 && right.0 > x.0 {
                let (width, y, height) =
                    (Percent(right.0 - x.0), share(top.saturating_sub(ground), top), share(seats, top));
                areas.push(Area { class, x, width, y, height });
            }
        }
    }
    areas
}

fn marks(forecast: &Forecast, axis: &Axis) -> Vec<Mark> {
    let acting = || forecast.days.iter().filter(|day| day.acting > 0);
    let count = |customers: usize| u64::try_from(customers).unwrap_or(u64::MAX);
    let most = acting().map(|day| count(day.acting)).max().unwrap_or_default();
    acting()
        .map(|day| {
            let (x, right) = (axis.at(start_of(day.date)), axis.at(start_of(day_after(day.date))));
            let customers = super::super::count(day.acting, "customer", "customers");
            Mark {
                x,
                width: Percent((right.0 - x.0) * 0.8),
                height: share(count(day.acting), most),
                says: format!("{}: people of {customers} must have acted", day.date),
            }
        })
        .collect()
}

/// One curve for each of the currencies that cost most days.
fn curves(forecast: &Forecast, axis: &Axis) -> Vec<Curve> {
    let mut curves = Vec::new();
    let costly = forecast.totals.money.iter().filter(|(_, sums)| !sums.overlap_cost.is_zero());
    for (currency, sums) in costly.take(MOST_CURVES) {
        let mut by_day: BTreeMap<Date, Decimal> = BTreeMap::new();
        let mut sum = Decimal::ZERO;
        for day in &forecast.days {
            let cost = day.twice_cost.get(*currency).amount;
            if !cost.is_zero() {
                sum = sum.saturating_add(cost);
                by_day.insert(day.date, sum);
            }
        }
        let whole = sum.max(Decimal::new(1, 6));
        let ends = by_day.keys().skip(1).map(|day| start_of(*day)).chain([Timestamp::MAX]);
        let step = |((day, sum), end): ((&Date, &Decimal), Timestamp)| {
            let height = Percent((*sum / whole).to_f64().unwrap_or_default() * 100.0);
            let (x, right) = (axis.at(start_of(*day)), axis.at(end));
            Area { class: "cost", x, width: Percent(right.0 - x.0), y: Percent(100.0 - height.0), height }
        };
        let steps = by_day.iter().zip(ends).map(step).collect();
        curves.push(Curve { total: grouped(&shown(*currency, sums.overlap_cost)), steps });
    }
    curves
}

fn row(span: &Span) -> Row {
    let Span { from, bought, ending, seat_days, cost, to_do } = span;
    let number = |number: u64| if number == 0 { String::new() } else { grouped(&number.to_string()) };
    let of = |count: &carryover_domain::forecast::Count| match count.lines {
        0 => String::new(),
        lines => format!("{lines} / {}", grouped(&count.seats.to_string())),
    };
    Row {
        from: from.map_or("earlier".to_owned(), |day| day.to_string()),
        bought: of(bought),
        ending: of(ending),
        seat_days: number(*seat_days),
        to_do: number(u64::try_from(*to_do).unwrap_or(u64::MAX)),
        cost: listed(cost),
    }
}

fn listed(amounts: &Amounts) -> String {
    amounts.iter().map(|money: Money| grouped(&money.to_string())).collect::<Vec<_>>().join(", ")
}

/// The chart in words, for those who do not see it.
fn says(forecast: &Forecast) -> String {
    let totals = &forecast.totals;
    let days = || forecast.days.iter();
    let span = |mut days: Vec<Date>| {
        days.sort();
        match (days.first(), days.last()) {
            (Some(first), Some(last)) if first < last => format!("between {first} and {last}"),
            (Some(only), _) => format!("on {only}"),
            _ => "on no day".to_owned(),
        }
    };
    let bought = span(days().filter(|day| day.bought.lines > 0).map(|day| day.date).collect());
    let ending = span(days().filter(|day| day.ending.lines > 0).map(|day| day.date).collect());
    format!(
        "{} bought {bought}; old subscriptions end {ending}; {} paid twice. The table below has the figures.",
        count(totals.replaced.seats, "seat is", "seats are"),
        count(totals.overlap_seat_days, "seat-day is", "seat-days are"),
    )
}
