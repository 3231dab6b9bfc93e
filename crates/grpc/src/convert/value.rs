//! Instants, days, amounts and counts.

use carryover_api::google::r#type;
use carryover_domain::value::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

const NANOS: i128 = 1_000_000_000;

pub(crate) fn instant(at: Timestamp) -> prost_types::Timestamp {
    let nanos = at.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).unwrap_or_default();
    prost_types::Timestamp { seconds, nanos: i32::try_from(nanos.rem_euclid(NANOS)).unwrap_or_default() }
}

pub(super) fn day(day: Date) -> r#type::Date {
    r#type::Date { year: day.year().into(), month: day.month().into(), day: day.day().into() }
}

/// Rounded to the minor unit of the currency.
pub(super) fn money(money: Money) -> r#type::Money {
    let Money { amount, currency } = money.rounded();
    let whole = amount.trunc();
    let nanos = ((amount - whole) * Decimal::from(1_000_000_000))
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i32();
    r#type::Money {
        currency_code: currency.as_str().to_owned(),
        // No sum of licences comes near these bounds.
        units: whole.to_i64().unwrap_or(i64::MAX),
        nanos: nanos.unwrap_or_default(),
    }
}

pub(super) fn count(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

pub(super) fn long(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{instant, money};
    use carryover_domain::value::Money;
    use jiff::Timestamp;

    #[test]
    fn amounts_keep_their_cents() {
        let said = |amount: &str, currency: &str| {
            let money =
                money(Money { amount: amount.parse().expect("a number"), currency: currency.parse().expect("a code") });
            (money.units, money.nanos)
        };
        assert_eq!(said("12.345", "EUR"), (12, 350_000_000));
        assert_eq!(said("-1.75", "EUR"), (-1, -750_000_000));
        assert_eq!(said("1234.4", "JPY"), (1234, 0));
    }

    #[test]
    fn instants_before_the_epoch_have_nanoseconds_that_count_forward() {
        let said = instant(Timestamp::from_nanosecond(-1).expect("an instant"));
        assert_eq!((said.seconds, said.nanos), (-1, 999_999_999));
    }
}
