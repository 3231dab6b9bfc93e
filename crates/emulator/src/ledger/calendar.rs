//! Whole days, terms and grids on the UTC calendar (rules R60 to R62).
//!
//! Saturates at the end of the calendar instead of failing: no run gets there.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::seed::Term;

/// The UTC day that `at` falls on.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// First instant of `day`.
pub(crate) fn midnight(day: Date) -> Timestamp {
    day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The instant at which service ends whose last day is `last`: the midnight after it.
pub(crate) fn end_after(last: Date) -> Timestamp {
    midnight(last.saturating_add(Span::new().days(1)))
}

/// Last day of a term that starts on `first`, by the earlier of the two readings of month ends.
/// From the first of a month both readings reach the last day of a month (R62).
pub(crate) fn last_day(first: Date, term: Term) -> Date {
    last_day_of_months(first, term.months())
}

/// Last day of so many months that start on `first`, by the same reading.
pub(crate) fn last_day_of_months(first: Date, months: i32) -> Date {
    let months = Span::new().months(months);
    let day = Span::new().days(1);
    let after = first.saturating_add(months).saturating_sub(day);
    if first.day() == 1 {
        return after;
    }
    let before = first.saturating_sub(day).saturating_add(months);
    after.min(before)
}

/// `minutes` after `at`.
pub(crate) fn minutes(at: Timestamp, minutes: u32) -> Timestamp {
    later(at, SignedDuration::from_mins(i64::from(minutes)))
}

/// `hours` after `at`.
pub(crate) fn hours(at: Timestamp, hours: u32) -> Timestamp {
    later(at, SignedDuration::from_hours(i64::from(hours)))
}

/// `days` of 24 hours after `at`.
pub(crate) fn days(at: Timestamp, days: u32) -> Timestamp {
    later(at, SignedDuration::from_hours(24 * i64::from(days)))
}

/// The first quarter of an hour that is not before `at`.
pub(crate) fn quarter(at: Timestamp) -> Timestamp {
    const QUARTER: i64 = 15 * 60;
    let second = at.as_second() + i64::from(at.subsec_nanosecond() > 0);
    let grid = second.div_euclid(QUARTER) + i64::from(second.rem_euclid(QUARTER) > 0);
    Timestamp::from_second(grid * QUARTER).unwrap_or(Timestamp::MAX)
}

/// Whole seconds from `now` until `then`, rounded up: whoever waits so long does not come too early. Never none.
pub(crate) fn wait(now: Timestamp, then: Timestamp) -> u32 {
    let left = then.duration_since(now);
    let begun = i64::from(left.subsec_nanos() > 0);
    u32::try_from(left.as_secs() + begun).unwrap_or(0).max(1)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn published_terms_end_on_the_published_days() {
        for (first, term, last) in [
            ("2021-01-14", Term::P1Y, "2022-01-13"),
            ("2021-09-14", Term::P3Y, "2024-09-13"),
            ("2023-05-18", Term::P1Y, "2024-05-17"),
            ("2027-03-01", Term::P1Y, "2028-02-29"),
        ] {
            assert_eq!(last_day(date(first), term), date(last), "{first}");
        }
    }

    #[test]
    fn provisioning_is_reported_on_the_quarter_hour() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(quarter(at("2026-03-02T08:00:00Z")), at("2026-03-02T08:00:00Z"));
        assert_eq!(quarter(at("2026-03-02T08:00:01Z")), at("2026-03-02T08:15:00Z"));
    }
}
