//! Ends of terms and the notations in which records give an end (rules R60 to R62). Reads no clock.

use super::{Invalid, midnight, plus_days};
use crate::time::{End, days_between, utc_day};
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The last day of a term, by both readings of month-end arithmetic (rule R62).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermEnds {
    /// The anniversary is clamped to its month, then a day is subtracted.
    pub clamped_first: Date,
    /// A day is subtracted, then the day is clamped to its month.
    pub clamped_last: Date,
}

impl TermEnds {
    /// The earlier of the two: what a source is planned with when nobody tells its end.
    pub fn safe(self) -> Date {
        self.clamped_first.min(self.clamped_last)
    }
    /// Whether the readings differ.
    pub fn ambiguous(self) -> bool {
        self.clamped_first != self.clamped_last
    }
}

/// `day`, `months` later: the same day number, clamped to that month's last day (section L.1).
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn months_later(day: Date, months: u32) -> Result<Date, Invalid> {
    let months = i32::try_from(months).map_err(|_| Invalid::OutOfCalendar)?;
    day.checked_add(months.months()).map_err(|_| Invalid::OutOfCalendar)
}

/// The last day of a term of `months` that starts on `start` (rule R61).
///
/// # Errors
/// [`Invalid`] when `months` is 0 or the day lies beyond the calendar.
pub fn last_day(start: Date, months: u32) -> Result<Date, Invalid> {
    if months == 0 {
        return Err(Invalid::Zero("the number of months"));
    }
    plus_days(months_later(start, months)?, -1)
}

/// Both readings of the last day of a term.
///
/// # Errors
/// As [`last_day`].
pub fn term_ends(start: Date, months: u32) -> Result<TermEnds, Invalid> {
    let clamped_first = last_day(start, months)?;
    let anniversary = months_later(start, months)?;
    let clamped_last = match start.day() {
        // On the first of a month there is nothing to clamp.
        1 => clamped_first,
        day => {
            let last = anniversary.last_of_month();
            if day - 1 < last.day() { plus_days(anniversary.first_of_month(), i64::from(day) - 2)? } else { last }
        }
    };
    Ok(TermEnds { clamped_first, clamped_last })
}

/// The end of a source whose last whole day, typed or exported, is `last_day`: as [`End::after_day`], but never moved.
///
/// # Errors
/// [`Invalid::OutOfCalendar`].
pub fn end_after(last_day: Date) -> Result<End, Invalid> {
    midnight(plus_days(last_day, 1)?).map(End::at)
}

/// Days from `from` to `to`, both counted (section L.1).
pub fn days_counting_both(from: Date, to: Date) -> i64 {
    days_between(from, to) + 1
}

/// How a record writes the end of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndNotation {
    /// New commerce: the last day of service, stamped at its beginning or end.
    NceInclusive,
    /// Legacy: the first instant without service.
    LegacyExclusive,
    /// Graph: the instant at which the state changes.
    GraphNextLifecycle,
}

/// The end that a record means (rule R61).
///
/// # Errors
/// [`Invalid`] when a new-commerce record has another time of day than 00:00:00 or 23:59:59.
pub fn end_of_record(notation: EndNotation, value: Timestamp) -> Result<End, Invalid> {
    match notation {
        EndNotation::LegacyExclusive | EndNotation::GraphNextLifecycle => Ok(End::at(value)),
        EndNotation::NceInclusive => {
            let time = value.to_zoned(TimeZone::UTC).time();
            let stamps = [(0, 0, 0), (23, 59, 59)];
            if time.subsec_nanosecond() != 0 || !stamps.contains(&(time.hour(), time.minute(), time.second())) {
                return Err(Invalid::Contradiction("an inclusive end is stamped 00:00:00 or 23:59:59"));
            }
            end_after(utc_day(value))
        }
    }
}
