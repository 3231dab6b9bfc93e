//! The time axis that all lines share: from instants to places. Knows days and percentages, no pixels.

use carryover_domain::report::{LineReport, Report};
use carryover_domain::time::{day_after, days_between, earlier, later, start_of, utc_day};
use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::fmt;

/// The picture reaches at most this far to either side of its day. What lies farther is cut and says so: one line that
/// ends in ten years must not press all others together, and a day of a year is two pixels wide.
const REACH: SignedDuration = SignedDuration::from_hours(24 * 184);
/// The same of a forecast, whose bars add up and whose longest terms are three years.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3 * 366);
/// The shortest axis, so that a week or two do not look like a year.
const LEAST_DAYS: i64 = 28;
/// Up to this many days, weeks are numbered and drawn through all rows; beyond, they are marked on the axis only.
const WEEKS_READABLE: i64 = 130;
/// Percent of the axis that the name of a month needs, and that of a month with its year.
const ROOM_FOR_MONTH: f64 = 4.0;
const ROOM_FOR_YEAR: f64 = 9.0;
/// More ticks than the longest axis has.
const MOST_TICKS: usize = 200;

/// A place or a width on the axis, in percent of it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Percent(pub(super) f64);

/// Where the picture begins and ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    from: Timestamp,
    to: Timestamp,
}

/// A month of the axis.
#[derive(Debug)]
pub(super) struct Month {
    /// Where it begins.
    pub(super) x: Percent,
    /// Its share of the axis.
    pub(super) width: Percent,
    /// Its name, where there is room for it.
    pub(super) label: String,
    /// Whether its background is shaded, in turns.
    pub(super) shaded: bool,
}

/// A Monday.
#[derive(Debug)]
pub(super) struct Week {
    /// Where it is.
    pub(super) x: Percent,
    /// The day of the month, where there is room for it.
    pub(super) label: String,
}

impl Axis {
    /// An axis on which `lines`, `reports`' beginnings and `as_of` have room, and labels beside them.
    pub(super) fn of(reports: &[Report], as_of: Timestamp) -> Self {
        let lines = || reports.iter().flat_map(|report| &report.lines);
        let early = reports.iter().filter_map(|report| report.started);
        let ends = || lines().filter_map(|line| line.old_end_instant);
        let first = early.chain(ends()).chain(starts(lines())).chain([as_of]).min().unwrap_or(as_of);
        let last = ends().chain(starts(lines())).chain([as_of]).max().unwrap_or(as_of);
        let first = first.clamp(earlier(as_of, REACH), later(as_of, REACH));
        let last = last.clamp(first, later(as_of, REACH));
        let days = days_between(utc_day(first), utc_day(last)).max(LEAST_DAYS);
        Self { from: earlier(first, whole_days(3 + days / 12)), to: later(first, whole_days(days + 4 + days / 7)) }
    }

    /// An axis from `first` to `last`, which `as_of` lies near, with a little room beside them. What lies beyond three years
    /// is cut.
    pub(super) fn between(first: Timestamp, last: Timestamp, as_of: Timestamp) -> Self {
        let first = first.clamp(earlier(as_of, LONGEST), later(as_of, LONGEST));
        let last = last.clamp(first, later(as_of, LONGEST));
        let days = days_between(utc_day(first), utc_day(last)).max(LEAST_DAYS);
        let room = whole_days(1 + days / 30);
        Self { from: earlier(start_of(utc_day(first)), room), to: later(later(first, whole_days(days)), room) }
    }

    /// Where `at` is, at least the left edge and at most the right one.
    pub(super) fn at(&self, at: Timestamp) -> Percent {
        let (whole, part) = (self.to.duration_since(self.from), at.duration_since(self.from));
        Percent((100.0 * part.as_secs_f64() / whole.as_secs_f64().max(1.0)).clamp(0.0, 100.0))
    }

    /// Whether `at` is on the axis.
    pub(super) fn shows(&self, at: Timestamp) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// Its months, the first one from the left edge.
    pub(super) fn months(&self) -> Vec<Month> {
        let first = utc_day(self.from).first_of_month();
        let starts: Vec<Date> = (0..MOST_TICKS as i64)
            .map(|n| first.saturating_add(n.months()))
            .take_while(|day| self.begins(*day))
            .collect();
        // Every month, every other one, and so on, always with January, so that at most ten are named.
        let every = [1, 2, 3, 6, 12].into_iter().find(|every| starts.len() <= 10 * every).unwrap_or(12);
        let mut year = None;
        let month = |(index, start): (usize, &Date)| {
            let (x, end) = (self.at(start_of(*start)), self.at(start_of(start.saturating_add(1.month()))));
            let width = Percent(end.0 - x.0);
            let in_turn = (usize::from(start.month().unsigned_abs()) - 1) % every == 0;
            let same_year = year == Some(start.year());
            let room = width.0 * every as f64 > if same_year { ROOM_FOR_MONTH } else { ROOM_FOR_YEAR };
            let label = match (in_turn && room, same_year) {
                (false, _) => String::new(),
                (true, true) => start.strftime("%b").to_string(),
                (true, false) => start.strftime("%b %Y").to_string(),
            };
            if !label.is_empty() {
                year = Some(start.year());
            }
            Month { x, width, label, shaded: index % 2 == 1 }
        };
        starts.iter().enumerate().map(month).collect()
    }

    /// Its Mondays.
    pub(super) fn weeks(&self) -> Vec<Week> {
        let readable = self.weeks_readable();
        let mut day = utc_day(self.from);
        while day.weekday() != Weekday::Monday && day < Date::MAX {
            day = day_after(day);
        }
        let mondays = (0..MOST_TICKS as i64).map(|n| day.saturating_add(n.weeks())).take_while(|day| self.begins(*day));
        let label = |day: Date| if readable { day.day().to_string() } else { String::new() };
        mondays.map(|day| Week { x: self.at(start_of(day)), label: label(day) }).collect()
    }

    /// Whether there is room for the weeks in every row.
    pub(super) fn weeks_readable(&self) -> bool {
        days_between(utc_day(self.from), utc_day(self.to)) <= WEEKS_READABLE
    }

    fn begins(&self, day: Date) -> bool {
        start_of(day) < self.to
    }
}

fn starts<'a>(lines: impl Iterator<Item = &'a LineReport>) -> impl Iterator<Item = Timestamp> {
    lines.filter_map(|line| line.new_start).map(start_of)
}

fn whole_days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hundredth of a percent is less than a pixel on any screen.
        write!(f, "{}", (self.0 * 100.0).round() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::made_up::{at, customer, ending, line, today};

    fn labels(axis: &Axis) -> Vec<String> {
        axis.months().into_iter().map(|month| month.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn the_axis_holds_beginning_ends_and_today() {
        let axis = Axis::of(&[customer("Contoso", vec![line("E3", 5)])], today());
        for instant in ["2026-03-02T08:00:00Z", "2026-04-01T00:00:00Z", "2026-04-02T09:30:00Z"] {
            assert!(axis.shows(at(instant)), "{instant}");
            assert!((1.0..=90.0).contains(&axis.at(at(instant)).0), "{instant}");
        }
        assert_eq!(labels(&axis), ["Mar 2026", "Apr"]);
        let weeks: Vec<_> = axis.weeks().into_iter().map(|week| week.label).collect();
        assert_eq!(weeks, ["2", "9", "16", "23", "30", "6"]);
    }

    #[test]
    fn a_far_end_does_not_press_the_others_together() {
        let far = ending(line("far", 5), "9999-12-31");
        let axis = Axis::of(&[customer("Contoso", vec![far, line("near", 5)])], today());
        assert!(!axis.shows(at("2028-01-01T00:00:00Z")));
        assert_eq!(axis.at(Timestamp::MAX), Percent(100.0));
        assert_eq!(axis.at(Timestamp::MIN), Percent(0.0));
        assert_eq!(labels(&axis), ["Mar 2026", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"]);
    }

    #[test]
    fn no_customers_have_an_axis_all_the_same() {
        for as_of in [today(), Timestamp::MIN, Timestamp::MAX] {
            let axis = Axis::of(&[], as_of);
            assert!(axis.months().len() <= 4 && axis.weeks().len() <= 10, "{axis:?}");
        }
    }
}
