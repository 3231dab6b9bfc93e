//! The forecast by day: what is bought, ends, is paid twice and waits for people. Adds up lines; decides nothing.

use super::actions::ActBy;
use super::line::{LineForecast, Standing};
use super::totals::{Amounts, Count};
use crate::ids::TenantId;
use crate::time::day_after;
use crate::value::Money;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// A day on which something happens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Day {
    /// The day, in UTC.
    pub date: Date,
    /// What is bought, with the seats of the new subscriptions.
    pub bought: Count,
    /// What the first terms cost of what is bought.
    pub first_term: Amounts,
    /// Old subscriptions whose last day it is, with their seats. Not those that need no move.
    pub ending: Count,
    /// What is paid twice on this day, with the seats of the new subscriptions. A second licence is not counted, for its users are with
    /// what it stands beside.
    pub twice: Count,
    /// What this day of double payment costs, with second licences. All days add up to what the lines cost.
    pub twice_cost: Amounts,
    /// Customers of whom somebody must have acted by the end of this day.
    pub acting: usize,
}

/// How seats are covered from one day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cover {
    /// The first day on which it is so.
    pub from: Date,
    /// Seats of old subscriptions whose replacement does not stand yet.
    pub old: u64,
    /// Seats of new subscriptions that are paid twice.
    pub twice: u64,
    /// Seats of new subscriptions that stand alone.
    pub new: u64,
}

pub(super) fn days(lines: &[LineForecast], actions: &[ActBy]) -> Vec<Day> {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    let mut on = |date: Date, change: &mut dyn FnMut(&mut Day)| {
        change(days.entry(date).or_insert_with(|| Day { date, ..Day::default() }));
    };
    for line in lines {
        if let (Some(day), Some(seats)) = (line.day, line.new_seats) {
            on(day, &mut |day| {
                day.bought.add(seats);
                day.first_term.extend(line.first_term);
            });
        }
        if let Some(end) = line.old_end.filter(|_| line.standing != Standing::NothingToDo) {
            on(end, &mut |day| day.ending.add(line.seats));
        }
        for (date, cost) in shares(line) {
            on(date, &mut |day| {
                if let Some(seats) = line.seats_twice() {
                    day.twice.add(seats);
                }
                day.twice_cost.extend(cost);
            });
        }
    }
    let mut acting: BTreeMap<Date, BTreeSet<TenantId>> = BTreeMap::new();
    for action in actions {
        if let Some(day) = action.due_day() {
            acting.entry(day).or_default().insert(action.who.tenant);
        }
    }
    for (date, tenants) in acting {
        on(date, &mut |day| day.acting = tenants.len());
    }
    days.into_values().collect()
}

/// The days on which a line is paid twice, each with its share of the cost. The shares add up to the whole exactly: each is
/// the difference of what has come together by its end and by its beginning.
fn shares(line: &LineForecast) -> Vec<(Date, Option<Money>)> {
    let Some((first, after)) = line.paid_twice() else { return Vec::new() };
    let days = Decimal::from(line.overlap_days);
    let until = |n: u32, cost: Money| {
        if n == line.overlap_days { cost.amount } else { cost.amount / days * Decimal::from(n) }
    };
    let dates = std::iter::successors(Some(first), |day| Some(day_after(*day)).filter(|next| next > day));
    let share = |(n, date): (u32, Date)| {
        let cost = line.overlap_cost.map(|cost| Money { amount: until(n + 1, cost) - until(n, cost), ..cost });
        (date, cost)
    };
    (0..line.overlap_days).zip(dates.take_while(|date| *date < after)).map(share).collect()
}

/// Seats that come and go at the beginning of a day.
#[derive(Default)]
struct Change {
    old: i64,
    twice: i64,
    new: i64,
}

pub(super) fn cover(lines: &[LineForecast]) -> Vec<Cover> {
    let mut changes: BTreeMap<Date, Change> = BTreeMap::new();
    let mut first = None;
    let mut old = 0_i64;
    for line in lines.iter().filter(|line| line.standing != Standing::NothingToDo) {
        // What has no end is not shown: nobody knows until when it covers anybody. Nor is a second licence: its users are shown with
        // what it stands beside.
        let Some(end) = line.old_end else { continue };
        let seats = i64::from(line.seats);
        let new = i64::from(line.new_seats.unwrap_or_default());
        old += seats;
        let uncovered = day_after(end);
        let gone = line.day.map_or(uncovered, |day| day.min(uncovered));
        changes.entry(gone).or_default().old -= seats;
        if let Some(day) = line.day {
            match line.paid_twice() {
                None => changes.entry(day).or_default().new += new,
                Some((_, after)) => {
                    changes.entry(day).or_default().twice += new;
                    let change = changes.entry(after).or_default();
                    change.twice -= new;
                    change.new += new;
                }
            }
        }
        first = first.into_iter().chain([gone]).min();
    }
    let Some(first) = first else { return Vec::new() };
    let count = |seats: i64| u64::try_from(seats).unwrap_or_default();
    let mut now = Change { old, ..Change::default() };
    let before = Cover { from: crate::time::day_before(first), old: count(old), ..Cover::default() };
    let then = changes.into_iter().map(|(from, change)| {
        now.old += change.old;
        now.twice += change.twice;
        now.new += change.new;
        Cover { from, old: count(now.old), twice: count(now.twice), new: count(now.new) }
    });
    std::iter::once(before).chain(then).collect()
}
