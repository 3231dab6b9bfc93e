//! The arithmetic of the rule book, one file a theme: what its section L defines, and what plans and findings are made by.
//!
//! Each function takes checked values and answers with a value or with [`Invalid`]; none of them looks at a customer.

pub mod alignment;
pub mod ending;
pub mod legacy;
pub mod local;
pub mod money;
pub mod renewal;
pub mod schedule;
pub mod seats;
pub mod terms;
pub mod window;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};

/// An input for which the rule book has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A day or an instant lies beyond the calendar.
    #[error("the date lies beyond the years that can be reckoned with")]
    OutOfCalendar,
    /// An amount has more digits than can be reckoned with exactly.
    #[error("the amount is too large to be reckoned with exactly")]
    TooLarge,
    /// A count that must be at least 1.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// Two inputs that contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// `day` plus whole days.
pub(crate) fn plus_days(day: Date, days: i64) -> Result<Date, Invalid> {
    day.checked_add(days.days()).map_err(|_| Invalid::OutOfCalendar)
}

/// `at` plus a duration.
pub(crate) fn plus(at: Timestamp, by: SignedDuration) -> Result<Timestamp, Invalid> {
    at.checked_add(by).map_err(|_| Invalid::OutOfCalendar)
}

/// The hours of `left` for reading: rounded half up to two decimals, and none when it has passed (section L.1). Never
/// compared with: that takes the duration itself.
pub fn hours(left: SignedDuration) -> Decimal {
    let seconds = Decimal::from(left.as_millis()) / Decimal::from(3_600_000);
    seconds.max(Decimal::ZERO).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize()
}

/// `factors` multiplied and then divided: one rounding at most, at the very end (rule R129).
pub(crate) fn product_over(factors: &[Decimal], over: Decimal) -> Result<Decimal, Invalid> {
    let product = factors.iter().try_fold(Decimal::ONE, |product, factor| product.checked_mul(*factor));
    product.and_then(|product| product.checked_div(over)).ok_or(Invalid::TooLarge)
}
