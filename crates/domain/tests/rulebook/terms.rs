//! Ends of terms and the notations of records.

use crate::read;
use carryover_domain::rules::Invalid;
use carryover_domain::rules::terms::{
    EndNotation, days_counting_both, end_after, end_of_record, months_later, term_ends,
};
use carryover_domain::time::Term;
use jiff::civil::Date;

/// Both readings of the end of a term, and a mark where they differ.
fn ends(start: &str, months: u32) -> String {
    let ends = term_ends(read(start), months).expect("within the calendar");
    let mark = if ends.ambiguous() { " ambiguous" } else { "" };
    assert_eq!(ends.safe(), ends.clamped_first.min(ends.clamped_last));
    format!("{} {}{mark}", ends.clamped_first, ends.clamped_last)
}

#[test]
fn a_term_that_starts_on_the_first_ends_with_a_month() {
    assert_eq!(ends("2027-03-01", 12), "2028-02-29 2028-02-29");
    assert_eq!(ends("2026-03-01", 12), "2027-02-28 2027-02-28");
    assert_eq!(ends("2026-12-01", 1), "2026-12-31 2026-12-31");
}

#[test]
fn a_month_end_is_ambiguous_only_where_its_day_is_missing_later() {
    assert_eq!(ends("2027-01-31", 1), "2027-02-27 2027-02-28 ambiguous");
    assert_eq!(ends("2027-01-30", 1), "2027-02-27 2027-02-28 ambiguous");
    assert_eq!(ends("2027-01-29", 1), "2027-02-27 2027-02-28 ambiguous");
    assert_eq!(ends("2027-01-28", 1), "2027-02-27 2027-02-27");
    assert_eq!(ends("2028-01-30", 1), "2028-02-28 2028-02-29 ambiguous");
    assert_eq!(ends("2028-01-29", 1), "2028-02-28 2028-02-28");
    assert_eq!(ends("2024-02-29", 12), "2025-02-27 2025-02-28 ambiguous");
    assert_eq!(ends("2024-02-29", 48), "2028-02-28 2028-02-28");
}

#[test]
fn months_are_counted_from_the_day_itself() {
    let leap: Date = read("2028-02-29");
    let in_months = |months| months_later(leap, months).map(|day| day.to_string());
    assert_eq!(in_months(12).as_deref(), Ok("2029-02-28"));
    assert_eq!(in_months(48).as_deref(), Ok("2032-02-29"));
}

#[test]
fn a_term_without_months_or_beyond_the_calendar_has_no_end() {
    assert_eq!(term_ends(read("2026-01-01"), 0), Err(Invalid::Zero("the number of months")));
    assert_eq!(term_ends(read("9999-06-01"), 12), Err(Invalid::OutOfCalendar));
    assert_eq!(term_ends(read("2026-01-01"), u32::MAX), Err(Invalid::OutOfCalendar));
    assert_eq!(end_after(read("9999-12-31")), Err(Invalid::OutOfCalendar));
    assert_eq!(end_after(read("9999-12-30")), Err(Invalid::OutOfCalendar));
}

#[test]
fn the_terms_that_are_sold_agree_with_the_arithmetic() {
    for start in ["2026-01-31", "2027-02-28", "2028-02-29", "2026-08-01"] {
        for term in Term::ALL {
            let day: Date = read(start);
            let end = term_ends(day, term.months().unsigned_abs()).expect("within the calendar").clamped_first;
            assert_eq!(end, term.last_day(day));
            assert_eq!(days_counting_both(day, end), term.days(day));
        }
    }
}

#[test]
fn an_inclusive_record_is_stamped_at_the_beginning_or_the_end_of_its_day() {
    let end = |notation, value: &str| end_of_record(notation, read(value)).map(|end| end.instant().to_string());
    for stamp in ["2028-02-29T00:00:00Z", "2028-02-29T23:59:59Z"] {
        assert_eq!(end(EndNotation::NceInclusive, stamp).as_deref(), Ok("2028-03-01T00:00:00Z"));
    }
    for stamp in ["2028-02-29T12:00:00Z", "2028-02-29T23:59:58Z", "2028-02-29T23:59:59.5Z"] {
        assert!(matches!(end(EndNotation::NceInclusive, stamp), Err(Invalid::Contradiction(_))), "{stamp}");
    }
}

#[test]
fn a_live_end_is_taken_to_the_second() {
    let end = end_of_record(EndNotation::GraphNextLifecycle, read("2026-12-13T23:59:59Z")).expect("any instant");
    assert_eq!(end.instant(), read("2026-12-13T23:59:59Z"));
    assert_eq!(end.last_whole_day(), read("2026-12-12"));
    assert_eq!(end.billing_last_day(), read("2026-12-13"));
}
