//! Ends that are chosen.

use crate::read;
use carryover_domain::rules::Invalid;
use carryover_domain::rules::alignment::{
    Anchor, Misaligned, Target, co_terminating, to_calendar, to_subscription, validate,
};
use carryover_domain::time::Term;
use rust_decimal::Decimal;

const NEXT_TO: Anchor = Anchor::Existing(Target { term: None, same_partner: true, trial: false, active: true });

fn next_to(term: Term) -> Anchor {
    Anchor::Existing(Target { term: Some(term), same_partner: true, trial: false, active: true })
}

/// What is said to a term that is to end on a chosen day.
fn said(start: &str, term: Term, custom_end: &str, anchor: Anchor) -> &'static str {
    match validate(read(start), term, read(custom_end), anchor).expect("an answer") {
        Ok(()) => "fine",
        Err(reason) => reason.word(),
    }
}

#[test]
fn the_last_month_end_can_be_the_start_or_the_end_itself() {
    let end = |start, months| to_calendar(read(start), months).map(|aligned| (aligned.end.to_string(), aligned.days));
    assert_eq!(end("2027-01-31", 1), Ok(("2027-01-31".to_owned(), 1)));
    assert_eq!(end("2027-02-01", 1), Ok(("2027-02-28".to_owned(), 28)));
    assert_eq!(end("2028-02-29", 12), Ok(("2029-01-31".to_owned(), 338)));
    assert_eq!(end("2027-02-01", 0), Err(Invalid::Zero("the number of months")));
}

#[test]
fn a_shorter_term_costs_its_days() {
    let aligned = to_calendar(read("2026-07-15"), 12).expect("an end");
    let cost = |price: &str, seats| aligned.prorated(read(price), seats);
    assert_eq!(cost("0", 10), Ok(Decimal::ZERO));
    assert_eq!(cost("365", 1), Ok(read("351")));
    assert_eq!(cost("9999999999999999999999999999", u32::MAX), Err(Invalid::TooLarge));
}

#[test]
fn a_year_is_aligned_to_the_last_anniversary_inside_the_term() {
    let end = |start, months, end, term| {
        to_subscription(read(start), months, read(end), term).map(|aligned| aligned.end.to_string())
    };
    assert_eq!(end("2026-07-01", 36, "2026-07-01", Term::Year).as_deref(), Ok("2028-07-01"));
    assert_eq!(end("2026-07-01", 36, "2026-06-30", Term::Year), outside());
    assert_eq!(end("2026-07-01", 12, "2027-06-30", Term::Year).as_deref(), Ok("2027-06-30"));
    assert_eq!(end("2026-07-01", 12, "2027-07-01", Term::Year), outside());
    assert_eq!(end("2026-07-01", 36, "2026-10-01", Term::ThreeYears).as_deref(), Ok("2026-10-01"));
    assert_eq!(end("2026-07-01", 36, "2026-07-31", Term::Month).as_deref(), Ok("2026-07-31"));
}

fn outside() -> Result<String, Invalid> {
    Err(Invalid::Contradiction("the existing subscription does not end inside the term"))
}

#[test]
fn a_leap_day_comes_back_after_four_years() {
    let end = |months| to_subscription(read("2028-02-01"), months, read("2028-02-29"), Term::Year);
    assert_eq!(end(36).map(|aligned| aligned.end), Ok(read("2030-02-28")));
    assert_eq!(end(60).map(|aligned| aligned.end), Ok(read("2032-02-29")));
}

#[test]
fn a_month_may_end_on_day_28_only_where_that_is_its_last() {
    let month = |start, end| said(start, Term::Month, end, next_to(Term::Year));
    assert_eq!(month("2027-02-10", "2027-02-28"), "fine");
    assert_eq!(month("2028-02-10", "2028-02-28"), "MONTHLY_DAY_28_30");
    assert_eq!(month("2028-02-10", "2028-02-29"), "fine");
    assert_eq!(month("2026-11-10", "2026-11-30"), "fine");
    assert_eq!(month("2026-12-10", "2026-12-27"), "fine");
    assert_eq!(month("2026-12-10", "2026-12-30"), "MONTHLY_DAY_28_30");
}

#[test]
fn the_first_reason_that_applies_is_the_one_given() {
    let wrong = Anchor::Existing(Target { term: Some(Term::Month), same_partner: false, trial: true, active: false });
    assert_eq!(said("2026-11-15", Term::Year, "2027-11-15", wrong), "ANNUAL_TO_MONTHLY_TARGET");
    assert_eq!(said("2026-11-15", Term::Month, "2026-12-15", wrong), "BEYOND_FIRST_TERM");
    assert_eq!(said("2026-11-15", Term::Month, "2026-12-14", wrong), "TARGET_NOT_SAME_PARTNER");
    let trial = Anchor::Existing(Target { term: None, same_partner: true, trial: true, active: false });
    assert_eq!(said("2026-11-15", Term::Year, "2027-03-09", trial), "TARGET_IS_TRIAL");
    assert_eq!(said("2026-11-15", Term::Year, "2027-03-09", NEXT_TO), "fine");
    assert_eq!(
        said("2026-11-15", Term::Year, "2027-03-09", Anchor::Calendar(Target::default())),
        "NO_MATCHING_END_DATE"
    );
    assert_eq!(said("2026-11-15", Term::Year, "2027-03-31", Anchor::Nothing(Target::default())), "fine");
}

#[test]
fn the_last_day_of_the_term_is_still_inside_it() {
    assert_eq!(said("2026-11-15", Term::Year, "2027-11-14", NEXT_TO), "fine");
    assert_eq!(said("2026-11-15", Term::Year, "2027-11-15", NEXT_TO), "BEYOND_FIRST_TERM");
}

#[test]
fn nothing_ends_before_it_starts() {
    let found = validate(read("2026-11-15"), Term::Year, read("2026-11-14"), NEXT_TO);
    assert_eq!(found, Err(Invalid::Contradiction("a term cannot end before it starts")));
}

#[test]
fn later_destinations_end_with_the_first_where_they_may() {
    let shared = |start, term, first_end, first_term| {
        let found = co_terminating(read(start), term, read(first_end), next_to(first_term));
        found.expect("within the calendar").map(|aligned| aligned.end.to_string())
    };
    assert_eq!(shared("2026-12-10", Term::Year, "2027-11-30", Term::Year).as_deref(), Ok("2027-11-30"));
    assert_eq!(shared("2026-12-10", Term::Year, "2027-12-09", Term::Year).as_deref(), Ok("2027-12-09"));
    assert_eq!(shared("2026-12-10", Term::ThreeYears, "2027-11-30", Term::Year).as_deref(), Ok("2029-11-30"));
    // A year may not end with a monthly subscription, nor a term after its own last day or before its first.
    assert_eq!(shared("2026-12-10", Term::Year, "2027-01-05", Term::Month), Err(Misaligned::AnnualToMonthlyTarget));
    assert_eq!(shared("2026-12-10", Term::Month, "2027-11-30", Term::Year), Err(Misaligned::BeyondFirstTerm));
    assert_eq!(shared("2026-12-10", Term::Year, "2026-12-09", Term::Year), Err(Misaligned::NoMatchingEndDate));
    // Nobody knows that it goes on by the year, so its own end counts.
    let unknown = co_terminating(read("2026-12-10"), Term::ThreeYears, read("2027-11-30"), NEXT_TO);
    assert_eq!(unknown.expect("an answer").map(|aligned| aligned.end), Ok(read("2027-11-30")));
}

#[test]
fn what_speaks_against_a_target_counts_whatever_the_end_is_aligned_to() {
    let (year, month_end, other_day) = (Term::Year, "2027-03-31", "2027-03-09");
    let elsewhere = Target { same_partner: false, ..Target::default() };
    let inactive = Target { active: false, ..Target::default() };
    assert_eq!(said("2026-11-15", year, month_end, Anchor::Calendar(elsewhere)), "TARGET_NOT_SAME_PARTNER");
    assert_eq!(said("2026-11-15", year, other_day, Anchor::Nothing(elsewhere)), "TARGET_NOT_SAME_PARTNER");
    assert_eq!(said("2026-11-15", year, month_end, Anchor::Nothing(inactive)), "TARGET_NOT_ACTIVE");
    // A month ends with a subscription of a month only where the end is that of one.
    let monthly = Target { term: Some(Term::Month), ..Target::default() };
    assert_eq!(said("2026-11-15", year, month_end, Anchor::Calendar(monthly)), "fine");
}
