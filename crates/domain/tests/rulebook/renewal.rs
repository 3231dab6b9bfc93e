//! Renewals shortly before the end.

use crate::read;
use carryover_domain::portfolio::Renewal::{self, Off, On, Unknown};
use carryover_domain::rules::renewal::{CUTOFF, at_cutoff, fail_safe};
use carryover_domain::rules::terms::end_after;
use carryover_domain::rules::{Invalid, hours};
use jiff::SignedDuration;

fn at(now: &str, renewal: Renewal) -> String {
    let end = end_after(read("2026-12-13")).expect("within the calendar");
    let (left, decision) = at_cutoff(end, renewal, CUTOFF, read(now));
    format!("{left} {}", decision.word())
}

#[test]
fn exactly_at_the_cutoff_is_in_time_and_a_second_later_is_not() {
    assert_eq!(at("2026-12-13T00:00:00Z", On), "24 ACT_NOW");
    // For reading it is still 24 hours; the decision is taken by the second.
    assert_eq!(at("2026-12-13T00:00:01Z", On), "24 LET_IT_RENEW_THEN_CANCEL_IN_WINDOW");
}

#[test]
fn unknown_is_read_as_renewing_and_off_as_nothing_to_stop() {
    assert_eq!(at("2026-12-13T12:00:00Z", Unknown), "12 LET_IT_RENEW_THEN_CANCEL_IN_WINDOW");
    assert_eq!(at("2026-12-01T00:00:00Z", Unknown), "312 ACT_NOW");
    assert_eq!(at("2026-12-13T12:00:00Z", Off), "12 NOT_RENEWING");
}

#[test]
fn at_the_end_itself_it_is_too_late_for_everything() {
    for renewal in [On, Off, Unknown] {
        assert_eq!(at("2026-12-14T00:00:00Z", renewal), "0 ALREADY_RENEWED_OR_ENDED");
        assert_eq!(at("2027-12-14T00:00:00Z", renewal), "0 ALREADY_RENEWED_OR_ENDED");
    }
    assert_eq!(at("2026-12-13T23:59:59Z", On), "0 LET_IT_RENEW_THEN_CANCEL_IN_WINDOW");
}

#[test]
fn hours_are_rounded_half_up_for_reading() {
    assert_eq!(hours(SignedDuration::from_secs(18)), read("0.01"));
    assert_eq!(hours(SignedDuration::from_secs(17)), read("0"));
    assert_eq!(hours(SignedDuration::from_secs(-3600)), read("0"));
    assert_eq!(hours(SignedDuration::from_secs(5400)).to_string(), "1.5");
}

fn safe(verified: bool, renewal: Renewal, left: SignedDuration) -> &'static str {
    fail_safe(verified, renewal, left, CUTOFF).expect("before the end").word()
}

#[test]
fn until_the_destination_stands_the_source_is_kept_alive() {
    for left in [SignedDuration::from_hours(100), CUTOFF, SignedDuration::from_secs(1)] {
        assert_eq!(safe(false, On, left), "KEEP_AUTO_RENEW_ON");
        for renewal in [Off, Unknown] {
            assert_eq!(safe(false, renewal, left), "ASK_SOURCE_OWNER_TO_TURN_AUTO_RENEW_ON_OR_RENEW");
        }
    }
}

#[test]
fn once_it_stands_the_source_is_let_go_as_long_as_there_is_time() {
    let inside = CUTOFF - SignedDuration::from_nanos(1);
    assert_eq!(safe(true, On, CUTOFF), "ASK_SOURCE_OWNER_TO_TURN_AUTO_RENEW_OFF");
    assert_eq!(safe(true, On, inside), "LET_IT_RENEW_THEN_CANCEL_IN_WINDOW");
    assert_eq!(safe(true, Unknown, CUTOFF), "ASK_SOURCE_OWNER_TO_CONFIRM_RENEWAL_SETTING");
    assert_eq!(safe(true, Unknown, inside), "LET_IT_RENEW_THEN_CANCEL_IN_WINDOW");
    assert_eq!(safe(true, Off, CUTOFF), "WAIT_FOR_END");
    assert_eq!(safe(true, Off, inside), "WAIT_FOR_END");
}

#[test]
fn after_the_end_there_is_no_fail_safe() {
    let found = fail_safe(true, On, SignedDuration::ZERO, CUTOFF);
    assert_eq!(found, Err(Invalid::Contradiction("the end has passed")));
}
