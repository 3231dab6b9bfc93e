//! Days with more customers than people can look after (rule R118).

use crate::fixture::story::Story;
use crate::told::{check, forecast, misses, portfolio, prospect};
use carryover_domain::assess::Outlook;
use carryover_domain::forecast::{Forecast, Prospect};
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

#[test]
fn what_is_moved_takes_no_more_room_than_a_day_has() {
    check(
        "at most 1 customers a day
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line SPB 10 seats until 2026-12-13 open
         == Cedar
         line SPB 7 seats until 2026-12-10 open",
        &[misses],
        expect![[r#"
            missed 2026-12-09 Beech: TOO_MANY_CUSTOMERS 2 customers are to be bought for on 2026-12-09, 1 can be looked after; 2026-12-07 still has room
        "#]],
    );
}

#[test]
fn an_earlier_day_is_looked_at_although_the_last_one_has_room() {
    check(
        "at most 1 customers a day
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line SPB 10 seats until 2026-12-13 open
         == Cedar
         line SPB 7 seats until 2027-01-20 open",
        &[misses],
        expect![[r#"
            missed 2026-12-09 Beech: TOO_MANY_CUSTOMERS 2 customers are to be bought for on 2026-12-09, 1 can be looked after; 2026-12-08 still has room
        "#]],
    );
}

#[test]
fn whose_purchase_has_begun_keeps_its_place_before_those_who_wait_for_approval() {
    // The last day of Beech's old subscription is the day on which Ash and Cedar are to be bought for.
    check(
        "at most 2 customers a day
         == Ash
         line SPB 25 seats until 2026-12-13 open
         == Beech
         line SPB 10 seats until 2026-12-09 open underway
         == Cedar
         line SPB 7 seats until 2026-12-13 open
         line E3 7 seats until 2026-12-09 open underway",
        &[misses],
        expect![[r#"
            missed 2026-12-09 Ash: TOO_MANY_CUSTOMERS 3 customers are to be bought for on 2026-12-09, 2 can be looked after; 2026-12-08 still has room
        "#]],
    );
}

#[test]
fn whoever_is_bought_for_already_takes_no_room() {
    let bought = Story::bought("line SPB 25 seats until 2026-12-13 open");
    let migration = bought.migration();
    let facts = bought.known();
    let outlook = Outlook::of(&migration, &facts, &bought.scene.policy, bought.now);
    let (scenes, policy) =
        portfolio("at most 1 customers a day\ntoday 2026-12-09\n== Ash\nline SPB 25 seats until 2026-12-13 open");
    let both = [Prospect::of(&outlook), prospect(&scenes[0])];
    assert_eq!(misses(&Forecast::of(both, [], &policy, bought.now)), "");
}
