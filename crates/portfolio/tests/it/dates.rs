//! What a partner is told about a date that cannot be taken. Dates decide when money moves, so none is guessed.

use crate::common::{file, import, summary};
use expect_test::{Expect, expect};

/// Reads the good row with the given changes.
fn check(changes: &str, expect: Expect) {
    expect.assert_eq(&summary(&import(file(&[changes]))));
}

#[test]
fn a_date_in_german_notation() {
    check(
        "end_date=31.12.2026",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `31.12.2026`: this is a locale date; write 2026-12-31
        "#]],
    );
}

#[test]
fn a_date_in_american_notation() {
    check(
        "end_date=12/31/2026",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `12/31/2026`: this is a locale date; write 2026-12-31
        "#]],
    );
}

#[test]
fn a_date_that_can_be_read_in_two_ways() {
    check(
        "end_date=03/04/2026",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `03/04/2026`: this is a locale date, which can be read in two ways; write 2026-04-03 or 2026-03-04
        "#]],
    );
}

#[test]
fn a_date_with_two_digits_for_the_year() {
    check(
        "end_date=31/12/26",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `31/12/26`: this is a locale date; write year-month-day, such as 2026-12-31
        "#]],
    );
}

#[test]
fn a_date_with_slashes_and_the_year_first() {
    check(
        "end_date=2026/12/31",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `2026/12/31`: this is a locale date; write 2026-12-31
        "#]],
    );
}

#[test]
fn a_day_that_no_calendar_has() {
    check(
        "end_date=2026-02-29",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `2026-02-29`: there is no such day from 2000 to 2099; write the last day of service as year-month-day
        "#]],
    );
}

#[test]
fn a_leap_day_is_a_day() {
    check(
        "end_date=2028-02-29",
        expect![[r#"
            1 read, 1 good, 0 rejected
        "#]],
    );
}

#[test]
fn the_year_that_means_no_date() {
    check(
        "end_date=0001-01-01",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `0001-01-01`: there is no such day from 2000 to 2099; write the last day of service as year-month-day
        "#]],
    );
}

#[test]
fn a_date_as_a_spreadsheet_stores_it() {
    check(
        "end_date=46387",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `46387`: this looks like a spreadsheet's day number; format the column as text and write 2026-12-31
        "#]],
    );
}

#[test]
fn a_date_with_a_time() {
    check(
        "end_date=2026-12-31T00:00:00Z",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `2026-12-31T00:00:00Z`: a day without a time is expected; write the last day of service, such as 2026-12-31
        "#]],
    );
}

#[test]
fn no_date() {
    check(
        "end_date=; subscription_id=",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is empty: the last day of service is expected as year-month-day, such as 2026-12-31; only a row with a subscription_id may leave it to the tenant
        "#]],
    );
}

#[test]
fn words_for_a_date() {
    check(
        "end_date=end of year",
        expect![[r#"
            1 read, 0 good, 1 rejected
            contoso.csv:2: end_date is `end of year`: the last day of service is expected as year-month-day, such as 2026-12-31
        "#]],
    );
}
