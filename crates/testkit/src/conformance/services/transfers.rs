//! Promises of [`Transfers`]: asking another partner to hand over, once, and withdrawing it.

use super::{OPEN, Outcome, Stage, Step, Transfers, Trouble, done, key};
use carryover_domain::handover::{Transfer, TransferRequest, TransferStatus};
use carryover_domain::ids::TenantId;
use carryover_ports::Unavailable;
use uuid::Uuid;

/// Makes one test of every promise of `Transfers`. Takes what `commerce!` takes; the adapter implements this port alone.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_transfers {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            a_transfer_is_asked_for_and_waits_for_the_other_partner
            a_transfer_that_is_asked_for_twice_is_one
            a_transfer_without_an_answer_is_found_by_a_look_and_asked_for_once
            a_transfer_that_is_throttled_was_not_asked_for
            transfers_that_cannot_be_read_are_no_answer
            a_transfer_that_nobody_knows_is_none
            what_is_withdrawn_is_cancelled_and_withdrawn_once_more_without_harm
            withdrawing_without_an_answer_is_settled_by_its_repeat
        }
    };
}

/// With the other partner and the day on which it lapses.
pub async fn a_transfer_is_asked_for_and_waits_for_the_other_partner<A: Transfers>(adapter: &A, stage: &impl Stage) {
    assert_eq!(listed(adapter, stage).await, []);
    let asked = done(adapter.ask_for_transfer(key(1), stage.customer(), &want()).await);
    assert_eq!((&asked.status, asked.from), (&TransferStatus::Pending, Some(other())));
    assert!(asked.created < asked.expires, "{asked:?}");
    let found = listed(adapter, stage).await;
    assert!(matches!(found.as_slice(), [one] if one.id == asked.id), "{found:?}");
    let by_id = adapter.transfer(stage.customer(), &asked.id).await.expect("readable").value.expect("known");
    assert_eq!((by_id.id, by_id.status), (asked.id, TransferStatus::Pending));
}

/// Whatever the second one is told.
pub async fn a_transfer_that_is_asked_for_twice_is_one<A: Transfers>(adapter: &A, stage: &impl Stage) {
    done(adapter.ask_for_transfer(key(1), stage.customer(), &want()).await);
    let second = adapter.ask_for_transfer(key(2), stage.customer(), &want()).await;
    assert!(!matches!(second, Outcome::Done(_)), "{second:?}");
    assert_eq!(pending(adapter, stage).await.len(), 1);
}

/// Whether it was asked for or not, looking before asking anew leaves exactly one that waits.
pub async fn a_transfer_without_an_answer_is_found_by_a_look_and_asked_for_once<A: Transfers>(
    adapter: &A,
    stage: &impl Stage,
) {
    for (number, trouble) in (1_u128..).zip(OPEN) {
        stage.strike(Step::AskTransfer, trouble);
        let outcome = adapter.ask_for_transfer(key(10 * number), stage.customer(), &want()).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        let happened = matches!(trouble, Trouble::AnswerLost | Trouble::FailedAfter);
        assert_eq!(pending(adapter, stage).await.len(), usize::from(happened), "{trouble:?}");
        if !happened {
            done(adapter.ask_for_transfer(key(10 * number + 1), stage.customer(), &want()).await);
        }
        let waits = pending(adapter, stage).await;
        let [waits] = waits.as_slice() else { panic!("{trouble:?}: one, not {waits:?}") };
        done(adapter.withdraw_transfer(key(10 * number + 2), stage.customer(), &waits.id).await);
    }
}

/// Nobody was asked.
pub async fn a_transfer_that_is_throttled_was_not_asked_for<A: Transfers>(adapter: &A, stage: &impl Stage) {
    stage.strike(Step::AskTransfer, Trouble::Throttled);
    let outcome = adapter.ask_for_transfer(key(1), stage.customer(), &want()).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { .. }), "{outcome:?}");
    assert_eq!(listed(adapter, stage).await, []);
}

/// No answer is never taken for "none".
pub async fn transfers_that_cannot_be_read_are_no_answer<A: Transfers>(adapter: &A, stage: &impl Stage) {
    done(adapter.ask_for_transfer(key(1), stage.customer(), &want()).await);
    for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled] {
        stage.strike(Step::ReadTransfers, trouble);
        let read = adapter.transfers(stage.customer()).await;
        stage.calm();
        let is_none = matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. }));
        assert!(is_none, "{trouble:?}: {read:?}");
    }
}

/// None, not a failure.
pub async fn a_transfer_that_nobody_knows_is_none<A: Transfers>(adapter: &A, stage: &impl Stage) {
    let read = adapter.transfer(stage.customer(), super::NOBODYS).await;
    assert_eq!(read.expect("an answer").value, None);
}

/// Once more finds it cancelled.
pub async fn what_is_withdrawn_is_cancelled_and_withdrawn_once_more_without_harm<A: Transfers>(
    adapter: &A,
    stage: &impl Stage,
) {
    let asked = done(adapter.ask_for_transfer(key(1), stage.customer(), &want()).await);
    for number in [2, 3] {
        let withdrawn = done(adapter.withdraw_transfer(key(number), stage.customer(), &asked.id).await);
        assert_eq!(withdrawn.status, TransferStatus::Cancelled);
    }
    assert_eq!(pending(adapter, stage).await, []);
    done(adapter.ask_for_transfer(key(4), stage.customer(), &want()).await);
}

/// Whether it was done or not.
pub async fn withdrawing_without_an_answer_is_settled_by_its_repeat<A: Transfers>(adapter: &A, stage: &impl Stage) {
    for (number, trouble) in (1_u128..).zip(OPEN) {
        let asked = done(adapter.ask_for_transfer(key(10 * number), stage.customer(), &want()).await);
        stage.strike(Step::WithdrawTransfer, trouble);
        let outcome = adapter.withdraw_transfer(key(10 * number + 1), stage.customer(), &asked.id).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        let again = adapter.withdraw_transfer(key(10 * number + 1), stage.customer(), &asked.id).await;
        assert_eq!(done(again).status, TransferStatus::Cancelled, "{trouble:?}");
        assert_eq!(pending(adapter, stage).await, [], "{trouble:?}");
    }
}

/// A partner that is neither us nor a customer.
fn other() -> TenantId {
    TenantId::new(Uuid::from_u128(0x0A))
}

pub(super) fn want() -> TransferRequest {
    TransferRequest {
        from: other(),
        from_name: "Other".to_owned(),
        customer_email: "ana@customer.example".to_owned(),
        customer_name: "Customer".to_owned(),
    }
}

async fn listed<A: Transfers>(adapter: &A, stage: &impl Stage) -> Vec<Transfer> {
    adapter.transfers(stage.customer()).await.expect("readable").value
}

async fn pending<A: Transfers>(adapter: &A, stage: &impl Stage) -> Vec<Transfer> {
    let mut all = listed(adapter, stage).await;
    all.retain(|transfer| transfer.status == TransferStatus::Pending);
    all
}
