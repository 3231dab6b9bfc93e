//! Promises of [`Customers`]: what is known of a customer beyond whether we may sell to it.

use super::conversions::{legacy, want as conversion};
use super::transfers::want as transfer;
use super::{Conversions, Customers, Stage, Step, Transfers, UNANSWERED, done, is_no_answer, key, mark};
use carryover_domain::offer::Segment;
use carryover_ports::Unavailable;
use std::collections::BTreeSet;

/// Makes one test of every promise of `Customers`. Takes what `commerce!` takes; the adapter implements `Transfers` and
/// `Conversions` as well, which make what this port reads.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_customers {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            a_profile_tells_the_country_and_what_a_customer_is_qualified_for
            an_account_that_may_not_be_sold_to_says_why
            the_profile_of_a_stranger_is_closed_to_us
            a_profile_that_cannot_be_read_is_no_answer
            a_customer_that_lets_us_in_lacks_no_role_and_a_stranger_lacks_some
            rights_that_cannot_be_read_are_no_answer
            a_customer_that_nobody_hands_over_has_no_handovers
            a_transfer_that_was_asked_for_is_a_handover
            handovers_that_cannot_be_read_are_no_answer
            a_migration_is_told_by_the_subscription_that_it_began_from
            migrations_that_cannot_be_read_are_no_answer
        }
    };
}

/// Everybody is commercial, which is no segment of its own.
pub async fn a_profile_tells_the_country_and_what_a_customer_is_qualified_for<A: Customers>(
    adapter: &A,
    stage: &impl Stage,
) {
    let plain = adapter.profile(stage.customer()).await.expect("readable").value;
    assert_eq!((plain.country, plain.segments), (Some(stage.country()), BTreeSet::new()));
    let school = adapter.profile(stage.held_up()).await.expect("readable").value;
    assert_eq!((school.country, school.segments), (Some(stage.country()), BTreeSet::from([Segment::Education])));
}

/// In the service's word; where it may be sold to there is none.
pub async fn an_account_that_may_not_be_sold_to_says_why<A: Customers>(adapter: &A, stage: &impl Stage) {
    assert_eq!(adapter.profile(stage.customer()).await.expect("readable").value.on_hold, None);
    let hold = adapter.profile(stage.held_up()).await.expect("readable").value.on_hold;
    assert!(hold.is_some_and(|word| !word.is_empty()));
}

/// Forbidden, which is no passing fault.
pub async fn the_profile_of_a_stranger_is_closed_to_us<A: Customers>(adapter: &A, stage: &impl Stage) {
    let read = adapter.profile(stage.stranger()).await;
    assert!(matches!(read, Err(Unavailable::Forbidden(_))), "{read:?}");
}

/// Nobody is taken for unqualified, or for free to buy, because nothing was answered.
pub async fn a_profile_that_cannot_be_read_is_no_answer<A: Customers>(adapter: &A, stage: &impl Stage) {
    for step in [Step::ReadCustomer, Step::ReadQualifications, Step::ReadHold] {
        for trouble in UNANSWERED {
            stage.strike(step, trouble);
            let read = adapter.profile(stage.held_up()).await;
            stage.calm();
            assert!(is_no_answer(&read), "{step:?} {trouble:?}: {read:?}");
        }
    }
}

/// By the roles that the work needs.
pub async fn a_customer_that_lets_us_in_lacks_no_role_and_a_stranger_lacks_some<A: Customers>(
    adapter: &A,
    stage: &impl Stage,
) {
    let ours = adapter.access(stage.customer()).await.expect("readable").value;
    assert_eq!(ours.lacks, Vec::<String>::new());
    let stranger = adapter.access(stage.stranger()).await.expect("readable").value;
    assert!(!stranger.lacks.is_empty());
}

/// No answer is never taken for "no rights".
pub async fn rights_that_cannot_be_read_are_no_answer<A: Customers>(adapter: &A, stage: &impl Stage) {
    for trouble in UNANSWERED {
        stage.strike(Step::ReadAccess, trouble);
        let read = adapter.access(stage.customer()).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}

/// An empty answer, not a failure.
pub async fn a_customer_that_nobody_hands_over_has_no_handovers<A: Customers>(adapter: &A, stage: &impl Stage) {
    assert_eq!(adapter.handovers(stage.customer()).await.expect("an answer").value, []);
}

/// At once, whatever was remembered from before.
pub async fn a_transfer_that_was_asked_for_is_a_handover<A: Customers + Transfers>(adapter: &A, stage: &impl Stage) {
    assert_eq!(adapter.handovers(stage.customer()).await.expect("an answer").value, []);
    let asked = done(adapter.ask_for_transfer(key(1), stage.customer(), &transfer()).await);
    let found = adapter.handovers(stage.customer()).await.expect("readable").value;
    assert!(matches!(found.as_slice(), [one] if one.id == asked.id && one.status == asked.status), "{found:?}");
}

/// No answer is never taken for "nobody hands over".
pub async fn handovers_that_cannot_be_read_are_no_answer<A: Customers + Transfers>(adapter: &A, stage: &impl Stage) {
    done(adapter.ask_for_transfer(key(1), stage.customer(), &transfer()).await);
    for trouble in UNANSWERED {
        stage.strike(Step::ReadTransfers, trouble);
        let read = adapter.handovers(stage.customer()).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}

/// And by no other.
pub async fn a_migration_is_told_by_the_subscription_that_it_began_from<A: Customers + Conversions>(
    adapter: &A,
    stage: &impl Stage,
) {
    let (customer, from) = legacy(stage, 0);
    let (_, other) = legacy(stage, 1);
    assert_eq!(adapter.migrations(&from).await.expect("an answer").value, []);
    let begun = done(adapter.convert(key(1), customer, &conversion(&from), &mark(1)).await);
    let found = adapter.migrations(&from).await.expect("readable").value;
    assert!(matches!(found.as_slice(), [one] if one.id == begun.id && one.from == from), "{found:?}");
    assert_eq!(adapter.migrations(&other).await.expect("an answer").value, []);
}

/// No answer is never taken for "none is under way": what is bought beside one would be there twice.
pub async fn migrations_that_cannot_be_read_are_no_answer<A: Customers + Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    done(adapter.convert(key(1), customer, &conversion(&from), &mark(1)).await);
    for trouble in UNANSWERED {
        stage.strike(Step::ReadConversions, trouble);
        let read = adapter.migrations(&from).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}
