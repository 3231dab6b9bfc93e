//! Promises of [`Catalogue`]: what is for sale, by licence and by item.

use super::{Catalogue, Market, Stage, Step, Trouble, none};
use carryover_domain::time::{Billing, Term};
use carryover_ports::Unavailable;
use std::collections::BTreeSet;

/// Makes one test of every promise of `Catalogue`. Takes what `commerce!` takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_catalogue {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            an_offer_is_found_by_the_licence_that_it_provisions
            an_offer_is_found_by_its_item
            nothing_is_found_where_nothing_is_asked_for_or_sold
            a_country_and_a_customer_in_it_see_the_same_offer
            a_catalogue_that_cannot_be_read_is_no_answer
        }
    };
}

/// With its terms.
pub async fn an_offer_is_found_by_the_licence_that_it_provisions<A: Catalogue>(adapter: &A, stage: &impl Stage) {
    let wanted = BTreeSet::from([stage.product()]);
    let offers = adapter.offers(Market::Customer(stage.customer()), &wanted, &none()).await.expect("readable").value;
    assert!(!offers.is_empty() && offers.iter().all(|offer| offer.sku == stage.product()), "{offers:?}");
    assert!(offers.iter().any(|offer| offer.terms.get(&Term::Year).is_some_and(|by| by.contains(&Billing::Monthly))));
}

/// The same one as by licence.
pub async fn an_offer_is_found_by_its_item<A: Catalogue>(adapter: &A, stage: &impl Stage) {
    let market = Market::Customer(stage.customer());
    let by_licence = adapter.offers(market, &BTreeSet::from([stage.product()]), &none()).await.expect("readable").value;
    let item = by_licence.first().expect("for sale").id.clone();
    let by_item = adapter.offers(market, &none(), &BTreeSet::from([item.clone()])).await.expect("readable").value;
    assert!(by_item.iter().any(|offer| offer.id == item && offer.sku == stage.product()), "{by_item:?}");
}

/// An empty answer, not a failure.
pub async fn nothing_is_found_where_nothing_is_asked_for_or_sold<A: Catalogue>(adapter: &A, stage: &impl Stage) {
    let market = Market::Customer(stage.customer());
    assert_eq!(adapter.offers(market, &none(), &none()).await.expect("readable").value, []);
    let unsold = BTreeSet::from([stage.unsold()]);
    assert_eq!(adapter.offers(market, &unsold, &none()).await.expect("readable").value, []);
}

/// A market is a country's.
pub async fn a_country_and_a_customer_in_it_see_the_same_offer<A: Catalogue>(adapter: &A, stage: &impl Stage) {
    let wanted = BTreeSet::from([stage.product()]);
    let own = adapter.offers(Market::Customer(stage.customer()), &wanted, &none()).await.expect("readable").value;
    let country = adapter.offers(Market::Country(stage.country()), &wanted, &none()).await.expect("readable").value;
    assert_eq!(own, country);
}

/// No answer is never taken for "not for sale".
pub async fn a_catalogue_that_cannot_be_read_is_no_answer<A: Catalogue>(adapter: &A, stage: &impl Stage) {
    let wanted = BTreeSet::from([stage.product()]);
    for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled] {
        stage.strike(Step::ReadCatalogue, trouble);
        let read = adapter.offers(Market::Customer(stage.customer()), &wanted, &none()).await;
        stage.calm();
        assert!(
            matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. })),
            "{trouble:?}: {read:?}"
        );
    }
}
