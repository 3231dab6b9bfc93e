//! Amounts: exact to the last digit, rounded once.

use crate::read;
use carryover_domain::program::SourceProgram;
use carryover_domain::rules::money::{
    BuyingDay, Daily, ExtendedBase, RisingPrice, SecondNet, bought_on, compare_routes, early_end, extended_term,
    late_cost, overlap_cost, price_forms, useful_day_cost,
};
use carryover_domain::rules::{Invalid, two_places};
use carryover_domain::time::Term;
use carryover_domain::value::Money;
use rust_decimal::Decimal;

/// An amount as a person reads it.
fn written(amount: Result<Decimal, Invalid>) -> String {
    amount.and_then(two_places).expect("an amount").to_string()
}

#[test]
fn half_a_cent_goes_up_and_everything_has_two_places() {
    assert_eq!(written(Ok(read("0.005"))), "0.01");
    assert_eq!(written(Ok(read("0.0049999999999999999999999999"))), "0.00");
    assert_eq!(written(Ok(read("150"))), "150.00");
    assert_eq!(two_places(read("79228162514264337593543950335")), Err(Invalid::TooLarge));
}

#[test]
fn double_payment_is_divided_last() {
    assert_eq!(written(overlap_cost(read("0.005"), 73, 1, 365)), "0.00");
    assert_eq!(written(overlap_cost(read("1.825"), 1, 1, 365)), "0.01");
    assert_eq!(written(overlap_cost(read("10"), 3, 1, 3)), "10.00");
    assert_eq!(written(overlap_cost(read("150"), 25, 0, 365)), "0.00");
    assert_eq!(overlap_cost(read("150"), 25, 3, 0), Err(Invalid::Zero("the number of days of the term")));
}

#[test]
fn digits_are_never_dropped_on_the_way() {
    let long: Decimal = read("0.1234567890123456789012345678");
    assert_eq!(overlap_cost(long, 1100, 3, 365), Err(Invalid::TooLarge));
    assert_eq!(overlap_cost(Decimal::MAX, u32::MAX, u32::MAX, 365), Err(Invalid::TooLarge));
    assert_eq!(price_forms(long), Err(Invalid::TooLarge));
    assert_eq!(extended_term(ExtendedBase::Annual(long), 1, 1, 30), Err(Invalid::TooLarge));
}

#[test]
fn the_rate_of_an_extended_term_is_told_exactly() {
    let rate = |base| extended_term(base, 1, 30, 30).expect("an amount").rate.to_string();
    assert_eq!(rate(ExtendedBase::Monthly(read("7.20"))), "7.416");
    assert_eq!(rate(ExtendedBase::Annual(read("360.00"))), "36.9");
    assert_eq!(rate(ExtendedBase::Annual(read("100"))), "10.25");
    assert_eq!(rate(ExtendedBase::Annual(read("0.01"))), "0.001025");
    assert_eq!(rate(ExtendedBase::Monthly(read("100"))), "103");
    assert_eq!(rate(ExtendedBase::Monthly(read("0"))), "0");
    let no_days = extended_term(ExtendedBase::Monthly(read("7.20")), 1, 30, 0);
    assert_eq!(no_days, Err(Invalid::Zero("the number of days of the month")));
}

#[test]
fn what_comes_back_depends_on_the_programme_and_the_window() {
    let refund = |program, in_window| {
        let found = early_end(program, in_window, read("365"), 1, 100, 365).expect("an amount");
        assert_eq!(found.remaining, found.refund + found.lost);
        found.refund.to_string()
    };
    for (program, inside, outside) in [
        (SourceProgram::DirectMosa, "100", "100"),
        (SourceProgram::DirectMca, "100", "0"),
        (SourceProgram::NceOtherPartner, "100", "0"),
        (SourceProgram::Open, "0", "0"),
        (SourceProgram::Ea, "0", "0"),
        (SourceProgram::LegacyCsp, "0", "0"),
        (SourceProgram::Trial, "0", "0"),
    ] {
        assert_eq!((refund(program, true).as_str(), refund(program, false).as_str()), (inside, outside), "{program:?}");
    }
}

#[test]
fn a_transfer_wins_even_where_nothing_would_be_paid_twice() {
    let found = compare_routes(read("264"), 120, 0, 365).expect("an amount");
    assert_eq!((found.repurchase_overlap_cost, found.choice()), (Decimal::ZERO, "PARTNER_TRANSFER"));
}

fn rising(price: &str, day: &str, source_last_day: &str) -> Result<RisingPrice, Invalid> {
    bought_on(read(day), read(price), 10, read(source_last_day))
}

#[test]
fn where_both_days_cost_the_same_the_later_one_is_bought() {
    // 365 less 5 days at 360 and 365 less 1 day at 364: one a day, both.
    let early = rising("360", "2026-07-01", "2026-07-05").expect("a price");
    let late = rising("364", "2026-07-05", "2026-07-05").expect("a price");
    assert_eq!((early.overlap_days, late.overlap_days), (5, 1));
    assert_eq!(BuyingDay::cheaper(&early, &late), BuyingDay::Late);
    let cheaper = rising("359.99", "2026-07-01", "2026-07-05").expect("a price");
    assert_eq!(BuyingDay::cheaper(&cheaper, &late), BuyingDay::Early);
}

#[test]
fn thirds_are_compared_exactly() {
    let third = |amount: &str, days| Daily::of(read(amount), 1, days).expect("an amount");
    assert_eq!(third("1", 3).cmp(&third("2", 6)), std::cmp::Ordering::Equal);
    assert!(third("1.0000000000000000000001", 3).is_dearer_than(&third("2", 6)));
}

#[test]
fn the_useful_days_of_any_term_are_compared() {
    // A month of 31 days with one paid twice, against a year with none: 30 a month and 365 a year cost one a day.
    let month = useful_day_cost(read("30"), Term::Month, read("2026-12-01"), 1);
    let year = useful_day_cost(read("365"), Term::Year, read("2026-12-01"), 0);
    assert_eq!(month.map(|cost| cost.per_day()), year.map(|cost| cost.per_day()));
    assert_eq!(useful_day_cost(read("30"), Term::Month, read("2026-12-01"), 31), None);
}

#[test]
fn a_day_after_the_end_and_an_overlap_as_long_as_the_term_have_no_answer() {
    assert!(matches!(rising("276", "2026-07-21", "2026-07-20"), Err(Invalid::Contradiction(_))));
    assert!(rising("276", "2026-07-20", "2026-07-20").is_ok());
    assert!(matches!(rising("276", "2026-07-01", "2027-06-30"), Err(Invalid::Contradiction(_))));
    assert!(rising("276", "2026-07-01", "2027-06-29").is_ok());
}

#[test]
fn after_the_seventh_day_the_whole_term_is_lost() {
    let late = |days| late_cost(read("365"), read("30"), 1, days, 30, 365).expect("an amount");
    assert_eq!((late(7).renew_then_cancel, late(7).cliff), (read("7"), false));
    assert_eq!((late(8).renew_then_cancel, late(8).cliff), (read("365"), true));
    assert_eq!((late(7).cheaper, late(8).cheaper), (SecondNet::RenewThenCancel, SecondNet::Est));
    assert_eq!(late(60).extended, read("61.8"));
}

#[test]
fn where_both_nets_cost_the_same_the_one_without_a_cliff_is_taken() {
    // 1.03 a day, both, though neither 375.95 / 365 nor 30.9 / 30 tells that by itself.
    let found = late_cost(read("375.95"), read("30"), 7, 1, 30, 365).expect("an amount");
    assert_eq!(found.cheaper, SecondNet::Est);
    let found = late_cost(read("375.9499999"), read("30"), 7, 1, 30, 365).expect("an amount");
    assert_eq!(found.cheaper, SecondNet::RenewThenCancel);
}

#[test]
fn days_that_are_none_or_more_than_the_term_have_no_answer() {
    let late = |days, month, term| late_cost(read("365"), read("30"), 1, days, month, term);
    assert_eq!(late(0, 30, 365), Err(Invalid::Zero("the number of days")));
    assert!(matches!(late(366, 30, 365), Err(Invalid::Contradiction(_))));
    assert!(late(365, 30, 365).is_ok());
    assert_eq!(late(3, 0, 365), Err(Invalid::Zero("the number of days of the month")));
}

#[test]
fn an_amount_is_rounded_half_up_to_the_decimals_of_its_currency() {
    let rounded =
        |code: &str, amount: &str| Money { amount: read(amount), currency: read(code) }.rounded().amount.to_string();
    assert_eq!(rounded("JPY", "1234.5"), "1235");
    assert_eq!(rounded("EUR", "1.005"), "1.01");
    assert_eq!(rounded("KWD", "1.00049"), "1.000");
    assert_eq!(rounded("KWD", "1.0005"), "1.001");
    assert_eq!(rounded("CLF", "1.00005"), "1.0001");
}

#[test]
fn a_day_is_its_share_and_what_is_too_large_to_cross_is_compared_by_the_day() {
    let of = |amount: &str, days| Daily::of(read(amount), 1, days).expect("an amount");
    assert_eq!(of("365", 365).per_day(), Decimal::ONE);
    assert_eq!(of("10", 4).per_day(), read("2.5"));
    let (huge, larger) = ("70000000000000000000000000000", "79000000000000000000000000000");
    assert!(of(larger, 365).is_dearer_than(&of(huge, 365)));
    assert!(!of(huge, 365).is_dearer_than(&of(larger, 365)));
    assert!(of(huge, 365).is_dearer_than(&of(larger, 730)), "half as much by the day");
}

#[test]
fn days_are_compared_exactly_where_one_day_cannot_be_written() {
    let (third, written) = (Daily::of(read("1"), 1, 3).expect("days"), read("0.3333333333333333333333333333"));
    let written = Daily::of(written, 1, 1).expect("a day");
    assert_eq!(third.per_day(), written.per_day(), "as close as an amount can be written");
    assert!(third.is_dearer_than(&written) && !written.is_dearer_than(&third));
}
