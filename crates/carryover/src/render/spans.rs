//! The days of a forecast as rows that fit on a page: each day by itself, or by week where there are many. Adds up only.

use carryover_domain::forecast::{Amounts, Count, Day, Forecast};
use carryover_domain::time::utc_day;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Up to this many days each has a row of its own.
const DAYS_MAX: usize = 20;

/// A day or a week.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Span {
    /// The day, or the Monday of the week; none for all that has passed.
    pub(super) from: Option<Date>,
    /// What is bought.
    pub(super) bought: Count,
    /// Old subscriptions whose last day it has.
    pub(super) ending: Count,
    /// Seats times days that are paid twice.
    pub(super) seat_days: u64,
    /// What they cost.
    pub(super) cost: Amounts,
    /// What people must have done by then.
    pub(super) to_do: usize,
}

/// The rows, in order, and whether each is a week. All that was before today is one row.
pub(super) fn spans(forecast: &Forecast) -> (Vec<Span>, bool) {
    let today = utc_day(forecast.made_at);
    let weekly = forecast.days.iter().filter(|day| day.date >= today).count() > DAYS_MAX;
    let from = |day: Date| match day {
        day if day < today => None,
        day if weekly => Some(day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())),
        day => Some(day),
    };
    let mut spans: BTreeMap<Option<Date>, Span> = BTreeMap::new();
    for Day { date, bought, ending, twice, twice_cost, .. } in &forecast.days {
        let span = spans.entry(from(*date)).or_default();
        more(&mut span.bought, *bought);
        more(&mut span.ending, *ending);
        span.seat_days += twice.seats;
        span.cost.add_all(twice_cost);
    }
    for day in forecast.actions.iter().filter_map(|action| action.due_day()) {
        spans.entry(from(day)).or_default().to_do += 1;
    }
    (spans.into_iter().map(|(from, span)| Span { from, ..span }).collect(), weekly)
}

fn more(sum: &mut Count, count: Count) {
    sum.lines += count.lines;
    sum.seats += count.seats;
}
