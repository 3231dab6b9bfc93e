//! How many requests it takes, and how soon all can be finished under the documented budgets.

use crate::told::{check, finish, forecast, misses};
use carryover_domain::forecast::Budget;
use expect_test::expect;
use jiff::SignedDuration;

#[test]
fn a_line_is_closed_at_its_first_check_where_requests_are_few() {
    check(
        "== Ash\nline SPB 25 seats until 2026-12-13 open",
        &[finish],
        expect![[r#"
        18 requests: 3 numbered, 5 not, 10 reads of 20 units, 0 swaps; finished 2026-12-14T01:00:00Z
    "#]],
    );
}

#[test]
fn each_user_of_another_licence_is_one_call() {
    check(
        "offer SPB\noffer E3\n== Ash\nline SPB 25 seats until 2026-12-13 open wants E3",
        &[finish],
        expect![[r#"
        46 requests: 3 numbered, 5 not, 13 reads of 25 units, 25 swaps; finished 2026-12-14T01:00:00Z
    "#]],
    );
}

#[test]
fn swaps_that_the_budgets_do_not_admit_in_time_are_named() {
    check(
        "today 2026-12-13T23:58:00Z\noffer SPB max 100000\noffer E3 max 100000
         == Ash
         line SPB 7000 seats until 2026-12-13 open wants E3",
        &[finish, |forecast| {
            misses(forecast).lines().filter(|line| line.contains("SWAP")).map(|line| format!("{line}\n")).collect()
        }],
        expect![[r#"
            7028 requests: 3 numbered, 5 not, 20 reads of 32 units, 7000 swaps; finished 2026-12-14T01:00:00Z
            missed 2026-12-13 Ash: SWAP_TOO_LATE the licences of 7000 users cannot be swapped before the end: the request budgets admit the last one on 2026-12-14
        "#]],
    );
}

#[test]
fn nothing_to_close_has_no_finish() {
    assert_eq!(forecast("== Ash\nline SPB 25 seats until unknown open").earliest_finish, None);
}

#[test]
fn a_span_admits_as_many_as_its_limit() {
    let wait = |count| Budget::PARTNER_CENTER.wait(count);
    assert_eq!([wait(0), wait(1), wait(500)], [SignedDuration::ZERO; 3]);
    assert_eq!([wait(501), wait(1_000)], [SignedDuration::from_mins(1); 2]);
    assert_eq!(wait(1_001), SignedDuration::from_mins(2));
}
