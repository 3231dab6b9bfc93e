//! Promises of [`Stock`]: what is left of what is for sale.

use super::{Catalogue, Stage, Step, Stock, UNANSWERED, is_no_answer, none, offer};
use carryover_domain::offer::OfferId;
use std::collections::BTreeSet;

/// Makes one test of every promise of `Stock`. Takes what `commerce!` takes; the adapter implements `Catalogue` as well.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_stock {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            nothing_is_said_against_what_there_is_and_what_has_run_out_says_why
            an_item_that_nobody_knows_is_left_out
            nothing_is_asked_about_nothing
            a_stock_that_cannot_be_read_is_no_answer
        }
    };
}

/// One answer for each.
pub async fn nothing_is_said_against_what_there_is_and_what_has_run_out_says_why<A: Catalogue + Stock>(
    adapter: &A,
    stage: &impl Stage,
) {
    let (there, gone) = (offer(adapter, stage).await, stage.sold_out());
    let asked = BTreeSet::from([there.clone(), gone.clone()]);
    let told = adapter.stock(stage.country(), stage.customer(), &asked).await.expect("readable").value;
    assert_eq!(told.get(&there), Some(&Vec::new()));
    assert!(told.get(&gone).is_some_and(|why| !why.is_empty()), "{told:?}");
    assert_eq!(told.len(), 2);
}

/// It is not said to be there.
pub async fn an_item_that_nobody_knows_is_left_out<A: Stock>(adapter: &A, stage: &impl Stage) {
    let unknown: OfferId = "CFQ7TTC0DEAD:0001".parse().expect("an item");
    let asked = BTreeSet::from([unknown, stage.sold_out()]);
    let told = adapter.stock(stage.country(), stage.customer(), &asked).await.expect("readable").value;
    assert!(told.keys().eq([&stage.sold_out()]), "{told:?}");
}

/// An empty answer, not a failure.
pub async fn nothing_is_asked_about_nothing<A: Stock>(adapter: &A, stage: &impl Stage) {
    let told = adapter.stock(stage.country(), stage.customer(), &none()).await;
    assert!(told.expect("an answer").value.is_empty());
}

/// No answer is never taken for "there is enough", nor for "nothing is left".
pub async fn a_stock_that_cannot_be_read_is_no_answer<A: Stock>(adapter: &A, stage: &impl Stage) {
    let asked = BTreeSet::from([stage.sold_out()]);
    for trouble in UNANSWERED {
        stage.strike(Step::ReadStock, trouble);
        let read = adapter.stock(stage.country(), stage.customer(), &asked).await;
        stage.calm();
        assert!(is_no_answer(&read), "{trouble:?}: {read:?}");
    }
}
