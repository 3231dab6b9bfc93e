//! Promises of [`Subscriptions`]: reading what was sold, and changing it by absolute values.

use super::{Catalogue, Commerce, OPEN, Outcome, SEATS, Stage, Step, Subscriptions, Trouble, bought, done, key, mark};
use carryover_domain::ids::SubscriptionId;
use carryover_domain::sold::{EndOfTerm, Sold, SoldChange, SoldStatus};
use carryover_domain::value::Seats;

/// Makes one test of every promise of `Subscriptions`. Takes what `commerce!` takes; the adapter implements all three ports.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_subscriptions {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            what_was_sold_is_read_whole
            what_we_did_not_sell_is_none_of_ours
            seats_are_added_by_an_absolute_number
            a_renewal_is_stopped_and_started_again
            what_is_cancelled_in_its_window_is_gone
            a_change_without_an_answer_is_settled_by_its_repeat
            a_change_that_is_throttled_changed_nothing
        }
    };
}

/// Seats, state, term and mark.
pub async fn what_was_sold_is_read_whole<A: Catalogue + Commerce + Subscriptions>(adapter: &A, stage: &impl Stage) {
    let id = sold(adapter, stage).await;
    let read = read(adapter, stage, &id).await;
    assert_eq!((read.seats, read.status, read.trial), (SEATS, SoldStatus::Active, false));
    assert!(read.name.is_some_and(|name| mark(10).is(&name)), "it carries our mark");
    assert!(read.starts.is_some() && read.last_day.is_some());
}

/// None, not a failure.
pub async fn what_we_did_not_sell_is_none_of_ours<A: Subscriptions>(adapter: &A, stage: &impl Stage) {
    let nobodys = SubscriptionId::try_new("00000000-0000-4000-8000-00000000dead").expect("an id");
    assert_eq!(adapter.sold(stage.customer(), &nobodys).await.expect("an answer").value, None);
}

/// And once more adds none.
pub async fn seats_are_added_by_an_absolute_number<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Subscriptions,
{
    let id = sold(adapter, stage).await;
    for number in [50, 51] {
        assert_eq!(changed(adapter, stage, number, &id, &more()).await.seats, SEATS + 2);
    }
    assert_eq!(read(adapter, stage, &id).await.seats, SEATS + 2);
}

/// What follows the end is what was asked for, as the service shows it.
pub async fn a_renewal_is_stopped_and_started_again<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Subscriptions,
{
    let id = sold(adapter, stage).await;
    assert_eq!(read(adapter, stage, &id).await.at_end, Some(EndOfTerm::Renew), "new commerce renews by itself");
    for (number, end) in [(50, EndOfTerm::Cancel), (51, EndOfTerm::Renew)] {
        let changed = changed(adapter, stage, number, &id, &SoldChange::AtEnd(end)).await;
        assert_eq!(changed.at_end, Some(end));
        assert_eq!(read(adapter, stage, &id).await.at_end, Some(end));
    }
}

/// Money comes back, and it serves nobody.
pub async fn what_is_cancelled_in_its_window_is_gone<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Subscriptions,
{
    let id = sold(adapter, stage).await;
    assert!(read(adapter, stage, &id).await.cancellable_until.is_some());
    let gone = changed(adapter, stage, 50, &id, &SoldChange::Cancel).await;
    assert_eq!(gone.status, SoldStatus::Deleted);
}

/// Whether it was done or not, the repeat ends with what was asked for.
pub async fn a_change_without_an_answer_is_settled_by_its_repeat<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Subscriptions,
{
    for (number, trouble) in (1_u32..).zip(OPEN) {
        let id = sold_as(adapter, stage, u128::from(10 * number)).await;
        stage.strike(Step::ChangeSubscription, trouble);
        let request = u128::from(100 * number);
        let outcome = adapter.change(key(request), stage.customer(), &id, &more()).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        assert_eq!(changed(adapter, stage, request, &id, &more()).await.seats, SEATS + 2, "{trouble:?}");
    }
}

/// The seats are as they were.
pub async fn a_change_that_is_throttled_changed_nothing<A>(adapter: &A, stage: &impl Stage)
where
    A: Catalogue + Commerce + Subscriptions,
{
    let id = sold(adapter, stage).await;
    stage.strike(Step::ChangeSubscription, Trouble::Throttled);
    let outcome = adapter.change(key(50), stage.customer(), &id, &more()).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { .. }), "{outcome:?}");
    assert_eq!(read(adapter, stage, &id).await.seats, SEATS);
}

/// What `change` made of it. A service may take a change and show it only later: until then it is in doubt, and its repeat settles
/// it.
async fn changed<A>(adapter: &A, stage: &impl Stage, number: u128, id: &SubscriptionId, change: &SoldChange) -> Sold
where
    A: Subscriptions,
{
    let outcome = adapter.change(key(number), stage.customer(), id, change).await;
    if !matches!(outcome, Outcome::InDoubt(_)) {
        return done(outcome);
    }
    stage.pass(stage.settled_after());
    done(adapter.change(key(number), stage.customer(), id, change).await)
}

fn more() -> SoldChange {
    SoldChange::Seats(Seats::try_new(SEATS + 2).expect("seats"))
}

async fn sold<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) -> SubscriptionId {
    sold_as(adapter, stage, 10).await
}

/// Bought under the mark of that number, and active by now.
async fn sold_as<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage, number: u128) -> SubscriptionId {
    let bought = bought(adapter, stage, number).await;
    stage.pass(stage.settled_after());
    let orders = adapter.orders_marked(stage.customer(), &mark(number), bought.ordered_at).await;
    let orders = orders.expect("readable").value;
    orders.first().and_then(|order| order.subscription.clone()).expect("named by now")
}

async fn read<A: Subscriptions>(adapter: &A, stage: &impl Stage, id: &SubscriptionId) -> Sold {
    adapter.sold(stage.customer(), id).await.expect("readable").value.expect("ours")
}
