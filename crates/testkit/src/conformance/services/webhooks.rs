//! Promises of [`Webhooks`]: one registration, replaced and never doubled, and its test.

use super::{OPEN, Outcome, Stage, Step, Trouble, Webhooks, done, key};
use carryover_ports::{Registration, Unavailable};
use std::collections::BTreeSet;

/// Makes one test of every promise of `Webhooks`. Takes what `commerce!` takes; the adapter implements this port alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_webhooks {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            a_partner_that_never_registered_has_no_registration
            what_is_registered_is_read_and_what_is_registered_later_takes_its_place
            only_events_that_there_are_can_be_registered_for
            a_registration_without_an_answer_is_settled_by_its_repeat
            a_registration_that_is_throttled_changed_nothing
            a_registration_that_cannot_be_read_is_no_answer
            a_test_event_is_known_by_its_correlation
            a_test_event_that_nobody_sent_is_none
        }
    };
}

/// None, not a failure.
pub async fn a_partner_that_never_registered_has_no_registration<A: Webhooks>(adapter: &A, _stage: &impl Stage) {
    assert_eq!(adapter.registration().await.expect("an answer").value, None);
}

/// There is one at a time.
pub async fn what_is_registered_is_read_and_what_is_registered_later_takes_its_place<A: Webhooks>(
    adapter: &A,
    _stage: &impl Stage,
) {
    for number in [1, 1, 2] {
        let want = at(adapter, number).await;
        done(adapter.register(key(number.into()), &want).await);
        assert_eq!(adapter.registration().await.expect("readable").value, Some(want));
    }
}

/// An event that nobody knows is refused, and what was registered stays.
pub async fn only_events_that_there_are_can_be_registered_for<A: Webhooks>(adapter: &A, _stage: &impl Stage) {
    let want = at(adapter, 1).await;
    done(adapter.register(key(1), &want).await);
    let unknown = Registration { events: BTreeSet::from(["nobodys-event".to_owned()]), ..want.clone() };
    let outcome = adapter.register(key(2), &unknown).await;
    assert!(!matches!(outcome, Outcome::Done(())), "{outcome:?}");
    assert_eq!(adapter.registration().await.expect("readable").value, Some(want));
}

/// Whether it was done or not, and whether there was one before or not.
pub async fn a_registration_without_an_answer_is_settled_by_its_repeat<A: Webhooks>(adapter: &A, stage: &impl Stage) {
    for (number, trouble) in (1..).zip(OPEN) {
        let want = at(adapter, number).await;
        stage.strike(Step::Register, trouble);
        let outcome = adapter.register(key(number.into()), &want).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        done(adapter.register(key(number.into()), &want).await);
        assert_eq!(adapter.registration().await.expect("readable").value, Some(want), "{trouble:?}");
    }
}

/// There is none.
pub async fn a_registration_that_is_throttled_changed_nothing<A: Webhooks>(adapter: &A, stage: &impl Stage) {
    let want = at(adapter, 1).await;
    stage.strike(Step::Register, Trouble::Throttled);
    let outcome = adapter.register(key(1), &want).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { .. }), "{outcome:?}");
    assert_eq!(adapter.registration().await.expect("readable").value, None);
}

/// No answer is never taken for "none".
pub async fn a_registration_that_cannot_be_read_is_no_answer<A: Webhooks>(adapter: &A, stage: &impl Stage) {
    let want = at(adapter, 1).await;
    done(adapter.register(key(1), &want).await);
    for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled] {
        stage.strike(Step::ReadRegistration, trouble);
        let read = adapter.registration().await;
        stage.calm();
        let is_none = matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. }));
        assert!(is_none, "{trouble:?}: {read:?}");
    }
}

/// From the moment on at which it was asked for.
pub async fn a_test_event_is_known_by_its_correlation<A: Webhooks>(adapter: &A, _stage: &impl Stage) {
    let want = at(adapter, 1).await;
    done(adapter.register(key(1), &want).await);
    let correlation = done(adapter.send_test_event(key(2)).await);
    let told = adapter.test_event(&correlation).await.expect("readable").value.expect("known");
    assert!(!told.status.is_empty());
}

/// None, not a failure.
pub async fn a_test_event_that_nobody_sent_is_none<A: Webhooks>(adapter: &A, _stage: &impl Stage) {
    let want = at(adapter, 1).await;
    done(adapter.register(key(1), &want).await);
    assert_eq!(adapter.test_event(super::NOBODYS).await.expect("an answer").value, None);
}

/// An address of that number, where nobody listens, for the first event that there is.
async fn at<A: Webhooks>(adapter: &A, number: u32) -> Registration {
    let known = adapter.event_names().await.expect("readable").value;
    let events = known.into_iter().take(1).collect();
    Registration { url: format!("https://localhost:9/{number}").parse().expect("an address"), events }
}
