//! The arithmetic of the rule book, one file a theme: what its section L defines, and what plans and findings are made by.
//!
//! Each function takes checked values and answers with a value or with [`Invalid`]; none of them looks at a customer.

pub mod alignment;
pub mod batch;
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
use jiff::tz::TimeZone;
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

/// 00:00 UTC of `day`.
pub(crate) fn midnight(day: Date) -> Result<Timestamp, Invalid> {
    day.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp()).map_err(|_| Invalid::OutOfCalendar)
}

/// The hours of `left` for reading: rounded half up to two decimals, and none when it has passed (section L.1). Never
/// compared with: that takes the duration itself.
pub fn hours(left: SignedDuration) -> Decimal {
    let seconds = Decimal::from(left.as_millis()) / Decimal::from(3_600_000);
    seconds.max(Decimal::ZERO).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize()
}

/// An amount for reading where no currency is named: rounded once, half up, to two places (section L.1).
///
/// # Errors
/// [`Invalid::TooLarge`] when it has no room for two places.
pub fn two_places(amount: Decimal) -> Result<Decimal, Invalid> {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    if rounded.scale() == 2 { Ok(rounded) } else { Err(Invalid::TooLarge) }
}

/// `factors` multiplied, to the last digit.
pub(crate) fn product(factors: &[Decimal]) -> Result<Decimal, Invalid> {
    let exact = |product: Decimal, factor: &Decimal| {
        let (product, factor) = (product.normalize(), factor.normalize());
        // Digits that have no room are dropped without a word, and then the scale is not the sum.
        product.checked_mul(factor).filter(|all| all.is_zero() || all.scale() == product.scale() + factor.scale())
    };
    factors.iter().try_fold(Decimal::ONE, exact).ok_or(Invalid::TooLarge)
}

/// `factors` multiplied and then divided: one rounding at most, at the very end (rule R129).
pub(crate) fn product_over(factors: &[Decimal], over: Decimal) -> Result<Decimal, Invalid> {
    product(factors)?.checked_div(over).ok_or(Invalid::TooLarge)
}
