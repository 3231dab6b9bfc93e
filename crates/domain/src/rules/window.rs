//! The seven days in which a purchase or renewal can be cancelled for money (rules R64, R66).

use super::{Invalid, hours, midnight, plus, plus_days, product_over};
use crate::time::{days_between, utc_day};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// Calendar days of the window, the day of its start counted (rule R64).
pub const DAYS: i64 = 7;

/// Whether a subscription can be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cancellable {
    /// Inside both readings of seven days.
    Yes,
    /// Between the two readings: the live field decides.
    AskApi,
    /// Past both.
    No,
}

impl Cancellable {
    /// The rule book's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "YES",
            Self::AskApi => "ASK_API",
            Self::No => "NO",
        }
    }
}

/// What stands in the window, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Seven calendar days, by UTC.
    pub safe_end: Timestamp,
    /// 168 hours.
    pub hard_end: Timestamp,
    /// Whether it can be cancelled now.
    pub cancellable: Cancellable,
    /// Until the safe end, for reading.
    pub safe_hours_left: Decimal,
    /// Days used, the day of cancelling counted; none unless it can surely be cancelled.
    pub days_used: Option<i64>,
}

/// The window that opened at `opened`, as it stands at `now`.
///
/// # Errors
/// [`Invalid`] when `now` is before it opened, or the end lies beyond the calendar.
pub fn window(opened: Timestamp, now: Timestamp) -> Result<Window, Invalid> {
    if now < opened {
        return Err(Invalid::Contradiction("the window has not opened yet"));
    }
    let safe_end = midnight(plus_days(utc_day(opened), DAYS)?)?;
    let hard_end = plus(opened, SignedDuration::from_hours(24 * DAYS))?;
    let cancellable = match now {
        now if now < safe_end => Cancellable::Yes,
        now if now < hard_end => Cancellable::AskApi,
        _ => Cancellable::No,
    };
    Ok(Window {
        safe_end,
        hard_end,
        cancellable,
        safe_hours_left: hours(safe_end.duration_since(now)),
        days_used: (cancellable == Cancellable::Yes).then(|| days_between(utc_day(opened), utc_day(now)) + 1),
    })
}

impl Window {
    /// What comes back when it is cancelled now: the days that are not used; none unless it surely can be (rule R66).
    ///
    /// # Errors
    /// [`Invalid`] when the term has no days or the amount is too large.
    pub fn refund(&self, price_per_term: Decimal, seats: u32, term_days: u32) -> Result<Option<Decimal>, Invalid> {
        if term_days == 0 {
            return Err(Invalid::Zero("the number of days of the term"));
        }
        let Some(used) = self.days_used else { return Ok(None) };
        let left = (i64::from(term_days) - used).max(0);
        product_over(&[price_per_term, seats.into(), left.into()], term_days.into()).map(Some)
    }
}
