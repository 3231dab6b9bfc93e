//! The day of a purchase: business days, lead, the destination's own window (rules R111 to R113).

use super::{Invalid, plus_days, window};
use crate::time::{End, day_after, day_before, overlap_days, utc_day};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;

/// Days that are left out of the count of business days as well; all off by default (rule R112). Each is judged by weekdays
/// and holidays alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Avoid {
    /// The last business day of a month, and so of a quarter.
    pub month_end: bool,
    /// The calendar day before a holiday.
    pub day_before_holiday: bool,
    /// Fridays.
    pub fridays: bool,
}

/// How much time must lie between a purchase and the end.
#[derive(Debug, Clone, Copy)]
pub struct Lead<'a> {
    /// Business days, at least 1; 0 is read as 1.
    pub business_days: u32,
    /// Days that are no business days, of both calendars.
    pub holidays: &'a BTreeSet<Date>,
    /// Days that are avoided as well.
    pub avoid: Avoid,
}

impl Lead<'_> {
    /// Whether the lead may be counted on `day`.
    pub fn counts(&self, day: Date) -> bool {
        let Avoid { month_end, day_before_holiday, fridays } = self.avoid;
        let avoided = month_end && self.is_last_of_month(day)
            || day_before_holiday && self.holidays.contains(&day_after(day))
            || fridays && day.weekday() == Weekday::Friday;
        self.is_business_day(day) && !avoided
    }
    fn is_business_day(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }
    /// Whether no business day of its month comes after `day`.
    fn is_last_of_month(&self, day: Date) -> bool {
        let mut later = day_after(day);
        while later.month() == day.month() && later > day {
            if self.is_business_day(later) {
                return false;
            }
            let next = day_after(later);
            if next == later {
                break;
            }
            later = next;
        }
        true
    }
}

/// When a destination should start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvisionDay {
    /// `D`: the UTC day on which the destination starts.
    pub day: Date,
    /// The day that the lead asks for had passed already.
    pub late: bool,
}

/// The provision day by rules R111 and R112: the last day of the lead, counted backwards from the day before the day of `X`;
/// today when that has passed.
pub fn provision_day(source: End, lead: &Lead<'_>, today: Date) -> ProvisionDay {
    let mut day = utc_day(source.instant());
    let mut left = lead.business_days.max(1);
    // What has passed is late however long the lead is.
    while left > 0 && day >= today && day > Date::MIN {
        day = day_before(day);
        if lead.counts(day) {
            left -= 1;
        }
    }
    if day < today { ProvisionDay { day: today, late: true } } else { ProvisionDay { day, late: false } }
}

/// The first day on which a destination that starts on `day` cannot be cancelled any more, by the safe reading (rule R64).
pub fn window_ends(day: Date) -> Date {
    day.saturating_add(window::DAYS.days())
}

/// Whether a destination that starts on `day` can still be cancelled when the source ends (rule R113).
pub fn window_covers_end(day: Date, source: End) -> bool {
    window_ends(day) > utc_day(source.instant())
}

/// A day of purchase and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provision {
    /// The day, and whether it is late.
    pub on: ProvisionDay,
    /// Days paid twice.
    pub overlap_days: u32,
    /// As [`window_ends`].
    pub window_ends: Date,
    /// As [`window_covers_end`].
    pub window_covers_end: bool,
}

/// The provision day with what follows from it (rules R111 to R113).
///
/// # Errors
/// [`Invalid`] when the lead is no day, or the window lies beyond the calendar.
pub fn provision(source: End, lead: &Lead<'_>, today: Date) -> Result<Provision, Invalid> {
    if lead.business_days == 0 {
        return Err(Invalid::Zero("the number of business days"));
    }
    let on = provision_day(source, lead, today);
    Ok(Provision {
        on,
        overlap_days: overlap_days(source, on.day),
        window_ends: plus_days(on.day, window::DAYS)?,
        window_covers_end: window_covers_end(on.day, source),
    })
}
