//! The seven days.

use crate::read;
use carryover_domain::rules::Invalid;
use carryover_domain::rules::window::window;
use rust_decimal::Decimal;

fn cancellable(opened: &str, now: &str) -> String {
    let found = window(read(opened), read(now)).expect("an open window");
    format!("{} {}", found.cancellable.word(), found.days_used.map_or("-".to_owned(), |days| days.to_string()))
}

#[test]
fn a_window_that_opens_at_midnight_has_one_end() {
    assert_eq!(cancellable("2028-02-27T00:00:00Z", "2028-02-27T00:00:00Z"), "YES 1");
    assert_eq!(cancellable("2028-02-27T00:00:00Z", "2028-03-04T23:59:59Z"), "YES 7");
    assert_eq!(cancellable("2028-02-27T00:00:00Z", "2028-03-05T00:00:00Z"), "NO -");
}

#[test]
fn between_seven_calendar_days_and_168_hours_the_service_is_asked() {
    assert_eq!(cancellable("2026-12-14T23:59:59Z", "2026-12-20T23:59:59Z"), "YES 7");
    assert_eq!(cancellable("2026-12-14T23:59:59Z", "2026-12-21T00:00:00Z"), "ASK_API -");
    assert_eq!(cancellable("2026-12-14T23:59:59Z", "2026-12-21T23:59:58Z"), "ASK_API -");
    assert_eq!(cancellable("2026-12-14T23:59:59Z", "2026-12-21T23:59:59Z"), "NO -");
}

#[test]
fn what_comes_back_is_never_negative_and_never_guessed() {
    let open = window(read("2026-12-14T00:00:00Z"), read("2026-12-20T12:00:00Z")).expect("open");
    assert_eq!(open.refund(read("70"), 1, 7), Ok(Some(Decimal::ZERO)));
    assert_eq!(open.refund(read("70"), 1, 3), Ok(Some(Decimal::ZERO)));
    assert_eq!(open.refund(read("70"), 1, 14), Ok(Some(read("35"))));
    assert_eq!(open.refund(read("70"), 1, 0), Err(Invalid::Zero("the number of days of the term")));
    let past = window(read("2026-12-14T00:00:00Z"), read("2026-12-30T12:00:00Z")).expect("past");
    assert_eq!(past.refund(read("70"), 1, 14), Ok(None));
    assert_eq!(past.safe_hours_left, Decimal::ZERO);
}

#[test]
fn a_window_is_not_looked_at_before_it_opens() {
    let found = window(read("2026-12-14T00:00:01Z"), read("2026-12-14T00:00:00Z"));
    assert_eq!(found, Err(Invalid::Contradiction("the window has not opened yet")));
    let late = window(read("9999-12-28T00:00:00Z"), read("9999-12-28T00:00:00Z"));
    assert_eq!(late, Err(Invalid::OutOfCalendar));
}
