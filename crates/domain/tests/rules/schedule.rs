//! The lead before the end, and the days that are paid twice.

use crate::{check, silent};
use expect_test::expect;

#[test]
fn the_last_day_with_the_full_lead_is_in_time_and_the_next_is_not() {
    // The 13th is a Sunday: the third business day before the 14th is Wednesday, the 9th.
    silent("today 2026-12-09T23:59:59Z");
    check(
        "today 2026-12-10",
        expect![[r#"
            warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-13, has passed
        "#]],
    );
}

#[test]
fn a_holiday_takes_a_day_from_the_lead() {
    check(
        "today 2026-12-09\nholiday 2026-12-10",
        expect![[r#"
            warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-13, has passed
        "#]],
    );
    silent("today 2026-12-08\nholiday 2026-12-10");
}

#[test]
fn a_source_that_has_ended_is_past_every_lead() {
    check(
        "today 2026-12-14",
        expect![[r#"
            warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-13, has passed
        "#]],
    );
}

#[test]
fn a_trial_is_bought_at_once_so_no_lead_is_missed() {
    check(
        "today 2026-12-13\nline SPB 25 seats until 2026-12-13 trial ends",
        expect![[r#"
        note TRIAL_SOURCE: the old subscription is a trial
    "#]],
    );
}

#[test]
fn as_many_days_paid_twice_as_the_policy_allows_pass_and_one_more_is_pointed_out() {
    silent("overlap 5");
    check(
        "overlap 4",
        expect![[r#"
        warns OVERLAP_TOO_LONG: 5 days would be paid twice, more than 4
    "#]],
    );
}

#[test]
fn a_long_lead_is_a_long_overlap() {
    check(
        "lead 10",
        expect![[r#"
        note WINDOW_NOT_COVERING: the new subscription can be cancelled until the day before 2026-12-07, the old one lasts until 2026-12-13
    "#]],
    );
    check(
        "lead 11",
        expect![[r#"
            warns OVERLAP_TOO_LONG: 17 days would be paid twice, more than 14
            note WINDOW_NOT_COVERING: the new subscription can be cancelled until the day before 2026-12-04, the old one lasts until 2026-12-13
        "#]],
    );
}

#[test]
fn the_earlier_end_is_planned_with_where_records_are_in_conflict() {
    check(
        "today 2026-12-05\ntenant holds SPB 25 seats until 2026-12-08",
        expect![[r#"
            warns END_DATE_CONFLICT: the tenant says that the last day is 2026-12-08, the file says 2026-12-13
            warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-08, has passed
        "#]],
    );
    check(
        "today 2026-12-05\ntenant holds SPB 25 seats until 2026-12-31",
        expect![[r#"
        warns END_DATE_CONFLICT: the file says that the last day is 2026-12-13, the tenant says 2026-12-31
    "#]],
    );
}

#[test]
fn the_heaviest_finding_comes_first() {
    check(
        "today 2026-12-10\nagreement missing\noffer SPB max 24
         line SPB 25 seats until 2026-12-13 nce_other_partner unclear",
        expect![[r#"
            blocks SEATS_ABOVE_MAX: 25 seats would be bought, more than the product's maximum of 24
            waits MCA_MISSING: the customer has not accepted the Microsoft Customer Agreement
            warns RENEWAL_STATE_UNKNOWN: nobody has said whether the old subscription renews
            warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-13, has passed
            note PARTNER_TRANSFER_POSSIBLE: another partner sold the old subscription
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (nce_other_partner)
        "#]],
    );
}
