//! Whether a legacy subscription of ours can be migrated to new commerce now (rule R14).

use super::Invalid;
use super::terms::months_later;
use crate::time::utc_day;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Without a full new term, a migration needs this much before the end.
const LAST_HOURS: SignedDuration = SignedDuration::from_hours(24);

/// Why it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotEligible {
    /// It has been active for a month or less.
    BoughtUnderOneMonthAgo,
    /// Less than a day is left, and no full term is wanted.
    LastHours,
}

impl NotEligible {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::BoughtUnderOneMonthAgo => "BOUGHT_UNDER_ONE_MONTH_AGO",
            Self::LastHours => "LAST_24_HOURS",
        }
    }
    /// Errors of the service that belong to it; for people, never a condition.
    pub fn api_codes(self) -> &'static [u32] {
        match self {
            Self::BoughtUnderOneMonthAgo => &[900_226],
            Self::LastHours => &[900_217],
        }
    }
}

/// Whether a legacy subscription can be migrated at `now`. The first reason that applies.
///
/// # Errors
/// [`Invalid`] when it has ended, or a day lies beyond the calendar.
pub fn legacy_eligibility(
    purchased: Date,
    now: Timestamp,
    end: Timestamp,
    full_term: bool,
) -> Result<Result<(), NotEligible>, Invalid> {
    if now >= end {
        return Err(Invalid::Contradiction("the subscription has ended"));
    }
    if utc_day(now) <= months_later(purchased, 1)? {
        return Ok(Err(NotEligible::BoughtUnderOneMonthAgo));
    }
    if end.duration_since(now) < LAST_HOURS && !full_term {
        return Ok(Err(NotEligible::LastHours));
    }
    Ok(Ok(()))
}
