//! Days with more customers than people can look after (rule R118).

use crate::told::{check, forecast, misses};
use expect_test::expect;

#[test]
fn who_does_not_fit_is_named_with_an_earlier_day() {
    check(
        "at most 1 customers a day
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line SPB 10 seats until 2026-12-13 open
         == Cedar
         line SPB 7 seats until 2026-12-13 open
         == Dogwood
         line SPB 7 seats until 2026-12-11 open",
        &[misses],
        expect![[r#"
            missed 2026-12-09 Beech: TOO_MANY_CUSTOMERS 4 customers are to be bought for on 2026-12-09, 1 can be looked after; 2026-12-08 still has room
            missed 2026-12-09 Cedar: TOO_MANY_CUSTOMERS 4 customers are to be bought for on 2026-12-09, 1 can be looked after; 2026-12-07 still has room
            missed 2026-12-09 Dogwood: TOO_MANY_CUSTOMERS 4 customers are to be bought for on 2026-12-09, 1 can be looked after; 2026-12-04 still has room
        "#]],
    );
}

#[test]
fn where_no_earlier_day_has_room_that_is_said() {
    check(
        "today 2026-12-09\nat most 1 customers a day
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line SPB 10 seats until 2026-12-13 open",
        &[misses],
        expect![[r#"
            missed 2026-12-09 Beech: TOO_MANY_CUSTOMERS 2 customers are to be bought for on 2026-12-09, 1 can be looked after; no business day before it has room
        "#]],
    );
}

#[test]
fn two_lines_of_one_customer_are_one_customer() {
    let forecast = forecast(
        "at most 1 customers a day
         == Ash
         line SPB 25 seats until 2026-12-13 open
         line E3 25 seats until 2026-12-13 open",
    );
    assert_eq!(forecast.misses, []);
}
