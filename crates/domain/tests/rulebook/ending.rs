//! Life after the end.

use crate::read;
use carryover_domain::portfolio::EndOption;
use carryover_domain::rules::Invalid;
use carryover_domain::rules::ending::{
    EndOfTerm, Regime, after_agreement, after_direct, end_of_term, nce_regime, retention,
};
use carryover_domain::rules::legacy::legacy_eligibility;
use carryover_domain::time::Term;

#[test]
fn both_boundary_days_belong_to_the_extended_terms() {
    let regime = |last, end| Regime::of(read(last), read(end)).word();
    assert_eq!(regime("2025-04-01", "2026-05-04"), "EST");
    assert_eq!(regime("2025-03-31", "2026-05-04"), "FREE_GRACE");
    assert_eq!(regime("2025-04-01", "2026-05-03"), "FREE_GRACE");
}

#[test]
fn the_regime_is_known_without_the_purchase_where_the_dates_leave_no_choice() {
    let known = |end, term| nce_regime(None, read(end), term);
    assert_eq!(known("2026-05-03", None), Some(Regime::FreeGrace));
    assert_eq!(known("2026-12-13", Some(Term::Year)), Some(Regime::Est));
    assert_eq!(known("2026-12-13", Some(Term::ThreeYears)), None);
    assert_eq!(known("2026-12-13", None), None);
}

#[test]
fn in_the_free_grace_nobody_can_choose_to_stop() {
    let end = |chosen| end_of_term(read("2025-03-20"), read("2028-02-29"), chosen);
    assert_eq!(end(Some(EndOption::CancelAtEnd)), end(None));
    let Ok(EndOfTerm::Grace { access_ends, expired_until, disabled_until, deleted_on }) = end(None) else {
        panic!("no free grace")
    };
    assert_eq!(access_ends, read("2028-03-31T00:00:00Z"));
    assert_eq!(expired_until, read("2028-03-30"));
    assert_eq!((disabled_until, deleted_on), (read("2028-06-28"), read("2028-06-29")));
}

#[test]
fn without_a_choice_an_extended_term_goes_on_for_money() {
    let end = |chosen| end_of_term(read("2026-03-20"), read("2027-03-19"), chosen).expect("within the calendar");
    assert!(end(None).billed_after_end());
    assert_eq!(end(None).users_grace_days(), None);
    let stopped = end(Some(EndOption::CancelAtEnd));
    assert!(!stopped.billed_after_end());
    assert_eq!((stopped.users_grace_days(), stopped.access_ends()), (Some(0), Some(read("2027-03-20T00:00:00Z"))));
}

#[test]
fn a_direct_subscription_changes_state_at_midnight() {
    let state = |now| after_direct(read("2026-10-23"), read(now)).expect("within the calendar").state.word();
    assert_eq!(state("2026-10-23T23:59:59Z"), "ACTIVE");
    assert_eq!(state("2026-10-24T00:00:00Z"), "EXPIRED");
    assert_eq!(state("2026-11-22T23:59:59Z"), "EXPIRED");
    assert_eq!(state("2026-11-23T00:00:00Z"), "DISABLED");
    assert_eq!(state("2027-02-20T23:59:59Z"), "DISABLED");
    assert_eq!(state("2027-02-21T00:00:00Z"), "DELETED");
}

#[test]
fn what_lies_beyond_the_calendar_is_told_and_not_moved() {
    let last = read("9999-12-30");
    assert_eq!(after_direct(last, read("2026-11-22T00:00:00Z")), Err(Invalid::OutOfCalendar));
    assert_eq!(after_agreement(last), Err(Invalid::OutOfCalendar));
    assert_eq!(retention(last), Err(Invalid::OutOfCalendar));
    assert_eq!(end_of_term(read("2026-01-01"), last, Some(EndOption::CancelAtEnd)), Err(Invalid::OutOfCalendar));
}

/// Whether a legacy subscription can be migrated.
fn legacy(purchased: &str, now: &str, end: &str, full_term: bool) -> &'static str {
    match legacy_eligibility(read(purchased), read(now), read(end), full_term) {
        Ok(Ok(())) => "yes",
        Ok(Err(reason)) => reason.word(),
        Err(Invalid::Contradiction(what)) => what,
        Err(_) => "beyond the calendar",
    }
}

#[test]
fn a_legacy_subscription_is_too_young_for_a_month_and_its_day() {
    let end = "2027-01-31T00:00:00Z";
    assert_eq!(legacy("2026-10-22", "2026-11-22T23:59:59Z", end, true), "BOUGHT_UNDER_ONE_MONTH_AGO");
    assert_eq!(legacy("2026-10-22", "2026-11-23T00:00:00Z", end, true), "yes");
    // A month from 31 January ends with February.
    assert_eq!(legacy("2026-01-31", "2026-02-28T12:00:00Z", end, false), "BOUGHT_UNDER_ONE_MONTH_AGO");
    assert_eq!(legacy("2026-01-31", "2026-03-01T00:00:00Z", end, false), "yes");
}

#[test]
fn in_the_last_24_hours_only_a_full_term_helps() {
    let end = "2026-11-23T08:00:00Z";
    assert_eq!(legacy("2025-11-23", "2026-11-22T08:00:00Z", end, false), "yes");
    assert_eq!(legacy("2025-11-23", "2026-11-22T08:00:01Z", end, false), "LAST_24_HOURS");
    assert_eq!(legacy("2025-11-23", "2026-11-22T08:00:01Z", end, true), "yes");
    assert_eq!(legacy("2025-11-23", "2026-11-23T08:00:00Z", end, true), "the subscription has ended");
}
