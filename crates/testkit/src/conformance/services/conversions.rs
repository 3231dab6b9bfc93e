//! Promises of [`Conversions`]: migrations of our legacy subscriptions, found again by their mark and never begun twice.

use super::{Conversions, OPEN, Outcome, Stage, Step, Trouble, done, key, mark};
use carryover_domain::handover::{Conversion, ConversionDay, ConversionStatus, Converted, ScheduledConversion};
use carryover_domain::ids::{RequestId, SubscriptionId, TenantId};
use carryover_domain::time::{Billing, Term};
use carryover_ports::Unavailable;

/// Makes one test of every promise of `Conversions`. Takes what `commerce!` takes; the adapter implements this port alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_conversions {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            what_can_be_converted_is_eligible_and_asking_changes_nothing
            a_conversion_is_begun_under_our_mark_and_completes
            what_is_converted_cannot_be_converted_again
            a_conversion_that_is_asked_for_twice_is_made_once
            a_conversion_without_an_answer_is_found_by_its_mark_and_made_once
            a_conversion_that_is_throttled_was_not_begun
            conversions_that_cannot_be_read_are_no_answer
            a_conversion_that_nobody_knows_is_none
            a_conversion_is_put_off_under_our_mark_and_begins_on_its_day
            a_schedule_without_an_answer_is_found_by_its_mark_and_made_once
            a_schedule_that_is_throttled_was_not_made
            what_is_called_off_never_begins_and_is_called_off_once_more_without_harm
            calling_off_without_an_answer_is_settled_by_its_repeat
        }
    };
}

/// Yes, and there is still nothing under way.
pub async fn what_can_be_converted_is_eligible_and_asking_changes_nothing<A: Conversions>(
    adapter: &A,
    stage: &impl Stage,
) {
    let (customer, from) = legacy(stage, 0);
    let told = adapter.eligibility(customer, &want(&from)).await.expect("readable").value;
    assert!(told.eligible && told.reasons.is_empty() && told.subscription == from, "{told:?}");
    assert_eq!(conversions(adapter, &from).await, []);
}

/// With the id that a later look finds it by, and in the end with the new subscription and its order.
pub async fn a_conversion_is_begun_under_our_mark_and_completes<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    let begun = done(adapter.convert(key(1), customer, &want(&from), &mark(1)).await);
    assert_eq!(begun.from, from);
    stage.pass(stage.settled_after());
    let found = conversions(adapter, &from).await;
    let [found] = found.as_slice() else { panic!("one conversion, not {found:?}") };
    assert_eq!((&found.id, &found.status), (&begun.id, &ConversionStatus::Completed));
    assert!(is_ours(found, 1) && found.to.is_some() && found.order.is_some(), "{found:?}");
    let by_id = adapter.conversion(customer, &begun.id).await.expect("readable").value.expect("known");
    assert_eq!((by_id.id, by_id.to), (begun.id, found.to.clone()));
}

/// Not eligible is an answer, and an attempt all the same begins nothing.
pub async fn what_is_converted_cannot_be_converted_again<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    done(adapter.convert(key(1), customer, &want(&from), &mark(1)).await);
    stage.pass(stage.settled_after());
    let told = adapter.eligibility(customer, &want(&from)).await.expect("readable").value;
    assert!(!told.eligible && !told.reasons.is_empty(), "{told:?}");
    let again = adapter.convert(key(2), customer, &want(&from), &mark(2)).await;
    assert!(matches!(again, Outcome::Refused(_)), "{again:?}");
    assert_eq!(conversions(adapter, &from).await.len(), 1);
}

/// Whatever the second one is told, it is not done.
pub async fn a_conversion_that_is_asked_for_twice_is_made_once<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    done(adapter.convert(key(1), customer, &want(&from), &mark(1)).await);
    let second = adapter.convert(key(2), customer, &want(&from), &mark(2)).await;
    assert!(!matches!(second, Outcome::Done(_)), "{second:?}");
    stage.pass(stage.settled_after());
    let found = conversions(adapter, &from).await;
    assert!(matches!(found.as_slice(), [one] if is_ours(one, 1)), "{found:?}");
}

/// Whether it was begun or not, looking for the mark before asking anew brings exactly one.
pub async fn a_conversion_without_an_answer_is_found_by_its_mark_and_made_once<A: Conversions>(
    adapter: &A,
    stage: &impl Stage,
) {
    for (nth, trouble) in OPEN.into_iter().enumerate() {
        let (customer, from) = legacy(stage, nth);
        stage.strike(Step::Convert, trouble);
        let outcome = adapter.convert(first(nth), customer, &want(&from), &mark(10)).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        let begun = conversions(adapter, &from).await;
        assert_eq!(begun.len(), usize::from(happened(trouble)), "{trouble:?}: {begun:?}");
        if !begun.iter().any(|it| is_ours(it, 10)) {
            done(adapter.convert(second(nth), customer, &want(&from), &mark(10)).await);
        }
        stage.pass(stage.settled_after());
        let found = conversions(adapter, &from).await;
        let completed = |it: &Converted| is_ours(it, 10) && it.status == ConversionStatus::Completed;
        assert!(matches!(found.as_slice(), [one] if completed(one)), "{trouble:?}: {found:?}");
    }
}

/// Nothing is under way.
pub async fn a_conversion_that_is_throttled_was_not_begun<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    stage.strike(Step::Convert, Trouble::Throttled);
    let outcome = adapter.convert(key(1), customer, &want(&from), &mark(1)).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { .. }), "{outcome:?}");
    assert_eq!(conversions(adapter, &from).await, []);
}

/// No answer is never taken for "none".
pub async fn conversions_that_cannot_be_read_are_no_answer<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    done(adapter.convert(key(1), customer, &want(&from), &mark(1)).await);
    for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled] {
        stage.strike(Step::ReadConversions, trouble);
        let read = adapter.conversions(&from).await;
        stage.calm();
        let is_none = matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. }));
        assert!(is_none, "{trouble:?}: {read:?}");
    }
}

/// None, not a failure.
pub async fn a_conversion_that_nobody_knows_is_none<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, _) = legacy(stage, 0);
    assert_eq!(adapter.conversion(customer, super::NOBODYS).await.expect("an answer").value, None);
}

/// Nothing moves before, and then it is one conversion.
pub async fn a_conversion_is_put_off_under_our_mark_and_begins_on_its_day<A: Conversions>(
    adapter: &A,
    stage: &impl Stage,
) {
    let (customer, from) = legacy(stage, 0);
    let day = ConversionDay::On(in_ten_days(stage));
    let made = done(adapter.schedule(key(1), customer, &want(&from), day, &mark(1)).await);
    assert_eq!((&made.from, made.conversion.as_ref()), (&from, None));
    let found = schedules(adapter, &from).await;
    assert!(
        matches!(found.as_slice(), [one] if one.id == made.id && is_put_off(one, 1) && one.day == Some(day)),
        "{found:?}"
    );
    assert_eq!(conversions(adapter, &from).await, []);
    stage.pass(jiff::SignedDuration::from_hours(11 * 24));
    assert_eq!(conversions(adapter, &from).await.len(), 1);
}

/// Whether it was made or not, looking for the mark before asking anew brings exactly one.
pub async fn a_schedule_without_an_answer_is_found_by_its_mark_and_made_once<A: Conversions>(
    adapter: &A,
    stage: &impl Stage,
) {
    for (nth, trouble) in OPEN.into_iter().enumerate() {
        let (customer, from) = legacy(stage, nth);
        let day = ConversionDay::AtRenewal;
        stage.strike(Step::ScheduleConversion, trouble);
        let outcome = adapter.schedule(first(nth), customer, &want(&from), day, &mark(10)).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        let made = schedules(adapter, &from).await;
        assert_eq!(made.len(), usize::from(happened(trouble)), "{trouble:?}: {made:?}");
        if !made.iter().any(|it| is_put_off(it, 10)) {
            done(adapter.schedule(second(nth), customer, &want(&from), day, &mark(10)).await);
        }
        let found = schedules(adapter, &from).await;
        assert!(matches!(found.as_slice(), [one] if is_put_off(one, 10)), "{trouble:?}: {found:?}");
    }
}

/// There is none.
pub async fn a_schedule_that_is_throttled_was_not_made<A: Conversions>(adapter: &A, stage: &impl Stage) {
    let (customer, from) = legacy(stage, 0);
    stage.strike(Step::ScheduleConversion, Trouble::Throttled);
    let outcome = adapter.schedule(key(1), customer, &want(&from), ConversionDay::AtRenewal, &mark(1)).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { .. }), "{outcome:?}");
    assert_eq!(schedules(adapter, &from).await, []);
}

/// Once more finds it called off, and its day passes without a conversion.
pub async fn what_is_called_off_never_begins_and_is_called_off_once_more_without_harm<A: Conversions>(
    adapter: &A,
    stage: &impl Stage,
) {
    let (customer, from) = legacy(stage, 0);
    let day = ConversionDay::On(in_ten_days(stage));
    let made = done(adapter.schedule(key(1), customer, &want(&from), day, &mark(1)).await);
    for number in [2, 3] {
        assert_eq!(done(adapter.call_off(key(number), customer, &made.id).await).status, "Cancelled");
    }
    stage.pass(jiff::SignedDuration::from_hours(11 * 24));
    assert_eq!(conversions(adapter, &from).await, []);
}

/// Whether it was done or not.
pub async fn calling_off_without_an_answer_is_settled_by_its_repeat<A: Conversions>(adapter: &A, stage: &impl Stage) {
    for (nth, trouble) in OPEN.into_iter().enumerate() {
        let (customer, from) = legacy(stage, nth);
        let made = adapter.schedule(first(nth), customer, &want(&from), ConversionDay::AtRenewal, &mark(1)).await;
        let made = done(made);
        stage.strike(Step::CallOff, trouble);
        let outcome = adapter.call_off(second(nth), customer, &made.id).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        assert_eq!(done(adapter.call_off(second(nth), customer, &made.id).await).status, "Cancelled", "{trouble:?}");
        let found = schedules(adapter, &from).await;
        assert!(matches!(found.as_slice(), [one] if one.id == made.id && one.status == "Cancelled"), "{found:?}");
    }
}

/// A day that is far enough from today and from the end of what is held.
fn in_ten_days(stage: &impl Stage) -> jiff::civil::Date {
    stage.today().saturating_add(jiff::Span::new().days(10))
}

/// The key of the first request under the trouble of that number; an id that was answered is never used again.
fn first(nth: usize) -> RequestId {
    key(100 + 10 * nth as u128)
}

/// The key of the second one.
fn second(nth: usize) -> RequestId {
    key(101 + 10 * nth as u128)
}

/// Whether the service did it in spite of the trouble.
fn happened(trouble: Trouble) -> bool {
    matches!(trouble, Trouble::AnswerLost | Trouble::FailedAfter)
}

pub(super) fn legacy(stage: &impl Stage, nth: usize) -> (TenantId, SubscriptionId) {
    let (customer, mut held) = stage.legacy();
    assert!(held.len() >= OPEN.len(), "one for each trouble: {held:?}");
    (customer, held.swap_remove(nth))
}

/// A whole new year, billed by the month, with as many seats as before.
pub(super) fn want(from: &SubscriptionId) -> Conversion {
    Conversion {
        from: from.clone(),
        term: Term::Year,
        billing: Billing::Monthly,
        full_term: true,
        seats: None,
        addons: Vec::new(),
    }
}

fn is_ours(found: &Converted, number: u128) -> bool {
    found.mark.as_deref().is_some_and(|name| mark(number).is(name))
}

fn is_put_off(found: &ScheduledConversion, number: u128) -> bool {
    found.status == "Created" && found.mark.as_deref().is_some_and(|name| mark(number).is(name))
}

async fn conversions<A: Conversions>(adapter: &A, from: &SubscriptionId) -> Vec<Converted> {
    adapter.conversions(from).await.expect("readable").value
}

async fn schedules<A: Conversions>(adapter: &A, from: &SubscriptionId) -> Vec<ScheduledConversion> {
    adapter.scheduled(from).await.expect("readable").value
}
