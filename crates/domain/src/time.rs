//! Terms and ends, in UTC days (rule R60). Reads no clock.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::fmt;

/// How long a subscription is committed (rule R63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// One month, `P1M`.
    Month,
    /// One year, `P1Y`.
    Year,
    /// Three years, `P3Y`.
    ThreeYears,
}

impl Term {
    /// Every term, shortest first.
    pub const ALL: [Self; 3] = [Self::Month, Self::Year, Self::ThreeYears];
    /// The word of Partner Center and of portfolio files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "P1M",
            Self::Year => "P1Y",
            Self::ThreeYears => "P3Y",
        }
    }
    /// The term of that word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.word().eq_ignore_ascii_case(word.trim()))
    }
    /// Its length in calendar months.
    pub fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Year => 12,
            Self::ThreeYears => 36,
        }
    }
    /// The last day of a term that starts on `start`: clamp to the month, then subtract a day (rules R61, L.3).
    pub fn last_day(self, start: Date) -> Date {
        day_before(start.saturating_add(self.months().months()))
    }
    /// The real number of days of a term that starts on `start` (rule R120).
    pub fn days(self, start: Date) -> i64 {
        days_between(start, self.last_day(start)) + 1
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How often a subscription is invoiced (rule R63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Billing {
    /// Every month.
    Monthly,
    /// Every year.
    Annual,
    /// Every three years.
    Triennial,
}

impl Billing {
    /// Every billing frequency, shortest first.
    pub const ALL: [Self; 3] = [Self::Monthly, Self::Annual, Self::Triennial];
    /// The word of Partner Center and of portfolio files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Annual => "annual",
            Self::Triennial => "triennial",
        }
    }
    /// The billing of that word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|billing| billing.word().eq_ignore_ascii_case(word.trim()))
    }
}

impl fmt::Display for Billing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The UTC day of an instant.
pub fn utc_day(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// 00:00 UTC of `day`.
pub fn start_of(day: Date) -> Timestamp {
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

/// The day after.
pub fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}

/// The day before.
pub fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(Date::MIN)
}

/// The last day on which it is not too late for what is due at `at`: midnight belongs to the day before.
pub fn due_day(at: Timestamp) -> Date {
    let day = utc_day(at);
    if start_of(day) == at { day_before(day) } else { day }
}

/// Whole days from `from` to `to`; negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// `at` plus `by`, at most the end of time.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` minus `by`, at least the beginning of time.
pub fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// When a source stops: `X`, `E` and `B` of the rule book (rule section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    instant: Timestamp,
}

impl End {
    /// The end of a source whose last whole day, typed or exported, is `last_day`: midnight UTC after it.
    pub fn after_day(last_day: Date) -> Self {
        Self { instant: start_of(day_after(last_day)) }
    }
    /// The end that a live record gives, whatever the time of day.
    pub fn at(instant: Timestamp) -> Self {
        Self { instant }
    }
    /// `X`: the exclusive end instant.
    pub fn instant(self) -> Timestamp {
        self.instant
    }
    /// `E`: the last whole UTC day of service.
    pub fn last_whole_day(self) -> Date {
        day_before(utc_day(self.instant))
    }
    /// `B`: the last UTC day on which the source serves at all.
    pub fn billing_last_day(self) -> Date {
        let day = utc_day(self.instant);
        if start_of(day) == self.instant { day_before(day) } else { day }
    }
}

/// Days that both the source and the destination are paid (rule R120).
pub fn overlap_days(source: End, destination_start: Date) -> u32 {
    let days = days_between(destination_start, source.billing_last_day()) + 1;
    u32::try_from(days.max(0)).unwrap_or(u32::MAX)
}

/// Days that neither serves whole (rule R120).
pub fn gap_days(source: End, destination_start: Date) -> u32 {
    let days = days_between(source.last_whole_day(), destination_start) - 1;
    u32::try_from(days.max(0)).unwrap_or(u32::MAX)
}
