//! The day of a purchase.

use crate::read;
use carryover_domain::rules::Invalid;
use carryover_domain::rules::schedule::{Avoid, Lead, provision};
use carryover_domain::rules::terms::end_after;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// A purchase for a source whose last day is `last_day`, seen from long before.
fn bought(last_day: &str, business_days: u32, holidays: &[&str], avoid: Avoid) -> String {
    seen_on("2026-01-01", last_day, business_days, holidays, avoid)
}

fn seen_on(today: &str, last_day: &str, business_days: u32, holidays: &[&str], avoid: Avoid) -> String {
    let holidays: BTreeSet<Date> = holidays.iter().map(|day| read(day)).collect();
    let lead = Lead { business_days, holidays: &holidays, avoid };
    let end = end_after(read(last_day)).expect("within the calendar");
    let found = provision(end, &lead, read(today)).expect("a day");
    let late = if found.on.late { " late" } else { "" };
    let open = if found.window_covers_end { "" } else { " window closed" };
    format!("{} {} days twice{late}{open}", found.on.day, found.overlap_days)
}

const NO: Avoid = Avoid { month_end: false, day_before_holiday: false, fridays: false };

#[test]
fn the_day_of_the_end_is_not_part_of_the_lead() {
    // 14 December 2026 is a Monday.
    assert_eq!(bought("2026-12-14", 1, &[], NO), "2026-12-14 1 days twice");
    assert_eq!(bought("2026-12-13", 1, &[], NO), "2026-12-11 3 days twice");
}

#[test]
fn a_holiday_on_a_weekend_changes_nothing() {
    assert_eq!(bought("2026-12-13", 3, &["2026-12-12", "2026-12-13"], NO), bought("2026-12-13", 3, &[], NO));
}

#[test]
fn the_window_covers_the_end_up_to_six_days() {
    // The end is a Thursday: bought on the Friday before, the window is open until then; bought on the Thursday, it is not.
    assert_eq!(bought("2026-12-16", 4, &[], NO), "2026-12-11 6 days twice");
    assert_eq!(bought("2026-12-16", 5, &[], NO), "2026-12-10 7 days twice window closed");
}

#[test]
fn today_is_not_late_and_the_day_after_is() {
    assert_eq!(seen_on("2026-12-09", "2026-12-13", 3, &[], NO), "2026-12-09 5 days twice");
    assert_eq!(seen_on("2026-12-10", "2026-12-13", 3, &[], NO), "2026-12-10 4 days twice late");
    // A late day may be a Sunday, and after the end nothing is paid twice.
    assert_eq!(seen_on("2026-12-13", "2026-12-13", 3, &[], NO), "2026-12-13 1 days twice late");
    assert_eq!(seen_on("2026-12-14", "2026-12-13", 3, &[], NO), "2026-12-14 0 days twice late");
}

#[test]
fn fridays_are_left_out_where_somebody_wants_that() {
    assert_eq!(bought("2026-12-13", 1, &[], Avoid { fridays: true, ..NO }), "2026-12-10 4 days twice");
}

#[test]
fn the_last_business_day_of_a_month_is_left_out_where_somebody_wants_that() {
    let avoid = Avoid { month_end: true, ..NO };
    // 30 October 2026 is a Friday, and the month ends on a Saturday.
    assert_eq!(bought("2026-11-01", 1, &[], NO), "2026-10-30 3 days twice");
    assert_eq!(bought("2026-11-01", 1, &[], avoid), "2026-10-29 4 days twice");
    // Judged by weekdays and holidays alone: with the 30th a holiday it is the 29th that closes the month.
    assert_eq!(bought("2026-11-01", 1, &["2026-10-30"], avoid), "2026-10-28 5 days twice");
}

#[test]
fn the_day_before_a_holiday_is_left_out_where_somebody_wants_that() {
    let avoid = Avoid { day_before_holiday: true, ..NO };
    assert_eq!(bought("2026-12-26", 1, &["2026-12-25"], NO), "2026-12-24 3 days twice");
    assert_eq!(bought("2026-12-26", 1, &["2026-12-25"], avoid), "2026-12-23 4 days twice");
}

#[test]
fn a_lead_of_no_days_and_a_window_beyond_the_calendar_have_no_answer() {
    let holidays = BTreeSet::new();
    let lead = |business_days| Lead { business_days, holidays: &holidays, avoid: NO };
    let end = end_after(read("2026-12-13")).expect("within the calendar");
    let zero = provision(end, &lead(0), read("2026-01-01"));
    assert_eq!(zero, Err(Invalid::Zero("the number of business days")));
    assert_eq!(provision(end, &lead(1), read("9999-12-28")), Err(Invalid::OutOfCalendar));
    let long = provision(end, &lead(u32::MAX), read("2026-01-01")).expect("a day");
    assert!(long.on.late);
}
