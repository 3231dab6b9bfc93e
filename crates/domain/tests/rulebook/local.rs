//! The end on other people's clocks.

use crate::read;
use carryover_domain::rules::Invalid;
use carryover_domain::rules::local::local_action;
use rust_decimal::Decimal;

fn acted(zone: &str, wall_clock: &str) -> String {
    local_action(read("2027-03-27"), zone, read(wall_clock)).expect("an instant").action.to_string()
}

#[test]
fn a_time_that_is_skipped_or_comes_twice_is_the_later_one() {
    assert_eq!(acted("Europe/Berlin", "2027-03-28T02:30:00"), "2027-03-28T01:30:00Z");
    assert_eq!(acted("Europe/Berlin", "2027-10-31T02:30:00"), "2027-10-31T01:30:00Z");
    assert_eq!(acted("America/New_York", "2026-11-01T01:30:00"), "2026-11-01T06:30:00Z");
}

#[test]
fn zones_with_odd_offsets_are_told_to_the_minute() {
    let local = local_action(read("2026-12-13"), "Asia/Kathmandu", read("2026-12-14T05:45:00")).expect("an instant");
    assert_eq!(local.end_local, "2026-12-14T05:45:00+0545");
    assert_eq!((local.gap_hours, local.margin_hours), (Decimal::ZERO, Decimal::ZERO));
    let utc = local_action(read("2026-12-13"), "UTC", read("2026-12-13T23:59:59")).expect("an instant");
    assert_eq!(utc.end_local, "2026-12-14T00:00:00+0000");
}

#[test]
fn a_zone_that_does_not_exist_is_told() {
    let found = local_action(read("2026-12-13"), "Europe/Atlantis", read("2026-12-14T05:45:00"));
    assert_eq!(found, Err(Invalid::Contradiction("there is no time zone of that name")));
    let beyond = local_action(read("9999-12-31"), "UTC", read("2026-12-14T05:45:00"));
    assert_eq!(beyond, Err(Invalid::OutOfCalendar));
}
