//! What the rule book calls things, and which errors of the service belong to them: read by machines, so they stay.

use crate::read;
use carryover_domain::portfolio::EndOption;
use carryover_domain::rules::alignment::Misaligned;
use carryover_domain::rules::ending::{DirectState, EndOfTerm, end_of_term};
use carryover_domain::rules::legacy::NotEligible;
use carryover_domain::rules::money::{BuyingDay, SecondNet};

#[test]
fn the_days_to_buy_on_and_the_nets_below_a_late_destination_have_names() {
    assert_eq!([BuyingDay::Early, BuyingDay::Late].map(BuyingDay::word), ["EARLY", "LATE"]);
    assert_eq!([SecondNet::RenewThenCancel, SecondNet::Est].map(SecondNet::word), ["RENEW_THEN_CANCEL", "EST"]);
}

#[test]
fn each_state_after_a_direct_end_asks_for_something_else() {
    let states = [DirectState::Active, DirectState::Expired, DirectState::Disabled, DirectState::Deleted];
    assert_eq!(
        states.map(DirectState::action),
        ["PLAN_BEFORE_END", "PROVISION_NOW", "PROVISION_NOW_SERVICE_DOWN", "NEW_CUSTOMER_NO_DATA"]
    );
}

#[test]
fn only_an_extended_term_goes_on_as_something_and_only_a_stop_is_final() {
    let end = |bought, last, chosen| end_of_term(read(bought), read(last), chosen).expect("within the calendar");
    let told = |end: EndOfTerm| (end.becomes(), end.recoverable());
    assert_eq!(told(end("2026-03-20", "2027-03-19", None)), (Some("EST_MONTHLY"), Some(true)));
    assert_eq!(told(end("2026-03-20", "2027-03-19", Some(EndOption::CancelAtEnd))), (None, Some(false)));
    assert_eq!(told(end("2025-03-20", "2026-03-19", None)), (None, None));
}

#[test]
fn the_errors_of_the_service_are_named_with_what_they_are_about() {
    assert_eq!(Misaligned::MonthlyDay28To30.api_codes(), [0_u32; 0]);
    assert_eq!(Misaligned::AnnualToMonthlyTarget.api_codes(), [0_u32; 0]);
    assert_eq!(Misaligned::BeyondFirstTerm.api_codes(), [900_245, 900_291]);
    assert_eq!(Misaligned::NoMatchingEndDate.api_codes(), [900_242]);
    assert_eq!(Misaligned::TargetNotSamePartner.api_codes(), [900_242]);
    assert_eq!(Misaligned::TargetNotActive.api_codes(), [900_242]);
    assert_eq!(Misaligned::TargetIsTrial.api_codes(), [900_246]);
    assert_eq!(NotEligible::BoughtUnderOneMonthAgo.api_codes(), [900_226]);
    assert_eq!(NotEligible::LastHours.api_codes(), [900_217]);
}
