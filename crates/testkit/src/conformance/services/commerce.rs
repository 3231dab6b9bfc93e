//! Promises of [`Commerce`]: standing, carts, the one checkout, orders by mark, what was sold.

use super::{
    Catalogue, Commerce, OPEN, Outcome, RETRY_AFTER, SEATS, Stage, Step, Trouble, bought, cart, done, key, mark, want,
};
use carryover_domain::facts::{Agreement, OwnStatus, Relationship};
use carryover_domain::ids::{CartId, SubscriptionId};
use carryover_domain::offer::OfferId;
use carryover_domain::time::{Billing, Term};
use carryover_ports::{RefusalKind, Unavailable};

/// Makes one test of every promise of `Commerce`.
///
/// Takes an async function or closure without arguments that answers with a fresh adapter, which also implements
/// `Catalogue`, and the [`Stage`] behind it.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_commerce {
    ($fresh:expr) => {
        $crate::__conformance_services! { $fresh =>
            standing_tells_a_customer_from_a_stranger
            an_agreement_that_is_not_signed_is_missing
            a_standing_that_cannot_be_read_is_no_answer
            the_invitation_link_is_the_same_for_everybody
            a_cart_is_what_was_asked_for
            no_cart_is_made_for_a_stranger
            no_cart_is_made_without_an_agreement
            no_cart_is_made_of_what_is_not_for_sale
            a_cart_whose_answer_is_lost_buys_nothing
            a_cart_that_is_throttled_is_told_for_how_long
            a_checkout_buys_what_is_in_the_cart
            a_second_checkout_never_buys_again
            a_checkout_without_an_answer_is_in_doubt_and_its_repeat_buys_once
            a_checkout_that_is_throttled_bought_nothing
            a_cart_that_never_was_is_gone
            a_cart_past_its_time_is_gone
            orders_are_found_by_their_mark_and_by_no_other
            orders_that_cannot_be_read_are_no_answer
            what_we_sold_is_listed_and_what_others_sold_is_not
            a_delivery_is_told_once_it_is_there
            what_we_did_not_sell_is_not_delivered
        }
    };
}

/// Relationship and agreement of a customer are told; a tenant that Partner Center does not know is an answer, too.
pub async fn standing_tells_a_customer_from_a_stranger<A: Commerce>(adapter: &A, stage: &impl Stage) {
    let ours = adapter.standing(stage.customer()).await.expect("readable").value;
    assert_eq!((ours.relationship, ours.agreement), (Relationship::Reseller, Agreement::Accepted));
    let stranger = adapter.standing(stage.stranger()).await.expect("an answer, not a failure").value;
    assert_eq!(stranger.relationship, Relationship::None);
    assert_ne!(stranger.agreement, Agreement::Accepted);
}

/// Acceptance is one thing, the agreement another.
pub async fn an_agreement_that_is_not_signed_is_missing<A: Commerce>(adapter: &A, stage: &impl Stage) {
    let standing = adapter.standing(stage.unsigned()).await.expect("readable").value;
    assert_eq!((standing.relationship, standing.agreement), (Relationship::Reseller, Agreement::Missing));
}

/// No answer is never taken for "no relationship".
pub async fn a_standing_that_cannot_be_read_is_no_answer<A: Commerce>(adapter: &A, stage: &impl Stage) {
    for trouble in [Trouble::RequestLost, Trouble::Failed] {
        stage.strike(Step::ReadCustomer, trouble);
        let read = adapter.standing(stage.customer()).await;
        stage.calm();
        assert!(matches!(read, Err(Unavailable::Unreachable(_))), "{trouble:?}: {read:?}");
    }
    stage.strike(Step::ReadCustomer, Trouble::Throttled);
    let read = adapter.standing(stage.customer()).await;
    stage.calm();
    assert!(matches!(read, Err(Unavailable::Throttled { retry_after }) if retry_after >= RETRY_AFTER), "{read:?}");
}

/// The link names no customer.
pub async fn the_invitation_link_is_the_same_for_everybody<A: Commerce>(adapter: &A, _stage: &impl Stage) {
    let first = adapter.invitation_link(None).await.expect("readable").value;
    assert!(first.starts_with("https://"), "{first}");
    assert_eq!(adapter.invitation_link(None).await.expect("readable").value, first);
}

/// Offer, seats, term and billing are those of the request.
pub async fn a_cart_is_what_was_asked_for<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let want = want(adapter, stage, &mark(1)).await;
    let cart = done(adapter.create_cart(key(1), stage.customer(), &want).await);
    assert_eq!((cart.offer, cart.seats), (want.offer, SEATS));
    assert_eq!((cart.term, cart.billing), (Some(Term::Year), Some(Billing::Monthly)));
    assert_eq!(stage.purchases(), 0, "no money moves");
}

/// Refused, and by its kind.
pub async fn no_cart_is_made_for_a_stranger<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let want = want(adapter, stage, &mark(1)).await;
    let outcome = adapter.create_cart(key(1), stage.stranger(), &want).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::NoRelationship), "{outcome:?}");
}

/// Refused, and by its kind.
pub async fn no_cart_is_made_without_an_agreement<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let want = want(adapter, stage, &mark(1)).await;
    let outcome = adapter.create_cart(key(1), stage.unsigned(), &want).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::AgreementMissing), "{outcome:?}");
}

/// Refused, and by its kind.
pub async fn no_cart_is_made_of_what_is_not_for_sale<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let mut want = want(adapter, stage, &mark(1)).await;
    want.offer = "CFQ7TTC0ZZZZ:0001".parse::<OfferId>().expect("well formed");
    let outcome = adapter.create_cart(key(1), stage.customer(), &want).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::OfferUnavailable), "{outcome:?}");
}

/// In doubt; and whatever carts that leaves behind, nothing is bought by them.
pub async fn a_cart_whose_answer_is_lost_buys_nothing<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let want = want(adapter, stage, &mark(1)).await;
    for trouble in OPEN {
        stage.strike(Step::CreateCart, trouble);
        let outcome = adapter.create_cart(key(1), stage.customer(), &want).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
    }
    let again = done(adapter.create_cart(key(1), stage.customer(), &want).await);
    done(adapter.check_out(key(2), stage.customer(), &again.id, &mark(1)).await);
    assert_eq!(stage.purchases(), 1);
}

/// The time that the service asked for is handed on.
pub async fn a_cart_that_is_throttled_is_told_for_how_long<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let want = want(adapter, stage, &mark(1)).await;
    stage.strike(Step::CreateCart, Trouble::Throttled);
    let outcome = adapter.create_cart(key(1), stage.customer(), &want).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { retry_after } if retry_after >= RETRY_AFTER), "{outcome:?}");
}

/// The purchase names offer and seats, and the service's account has it.
pub async fn a_checkout_buys_what_is_in_the_cart<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let cart = cart(adapter, stage, 1).await;
    let purchase = done(adapter.check_out(key(2), stage.customer(), &cart.id, &mark(1)).await);
    assert_eq!((purchase.offer, purchase.seats), (cart.offer, SEATS));
    assert_eq!(stage.purchases(), 1);
}

/// With the same key or another: the first purchase, or doubt until it shows.
pub async fn a_second_checkout_never_buys_again<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let cart = cart(adapter, stage, 1).await;
    let first = done(adapter.check_out(key(2), stage.customer(), &cart.id, &mark(1)).await);
    for number in [2, 3, 4] {
        match adapter.check_out(key(number), stage.customer(), &cart.id, &mark(1)).await {
            Outcome::Done(again) => assert_eq!(again.order, first.order),
            Outcome::InDoubt(_) => {}
            other => panic!("neither the purchase nor doubt: {other:?}"),
        }
    }
    stage.pass(stage.settled_after());
    let settled = done(adapter.check_out(key(5), stage.customer(), &cart.id, &mark(1)).await);
    assert_eq!(settled.order, first.order);
    assert_eq!(stage.purchases(), 1);
}

/// Whether it was done or not, the repeat with the same key brings exactly one purchase.
pub async fn a_checkout_without_an_answer_is_in_doubt_and_its_repeat_buys_once<A: Catalogue + Commerce>(
    adapter: &A,
    stage: &impl Stage,
) {
    for (number, trouble) in (1_u128..).zip(OPEN) {
        let cart = cart(adapter, stage, 10 * number).await;
        stage.strike(Step::CheckOut, trouble);
        let check_out = async |by| adapter.check_out(key(by), stage.customer(), &cart.id, &mark(10 * number)).await;
        let outcome = check_out(100 * number).await;
        stage.calm();
        assert!(matches!(outcome, Outcome::InDoubt(_)), "{trouble:?}: {outcome:?}");
        match check_out(100 * number).await {
            Outcome::Done(_) | Outcome::InDoubt(_) => {}
            other => panic!("{trouble:?}: {other:?}"),
        }
        stage.pass(stage.settled_after());
        done(check_out(100 * number + 1).await);
        assert_eq!(stage.purchases(), usize::try_from(number).expect("few"), "{trouble:?}");
    }
}

/// The time is handed on, and the same cart is still good.
pub async fn a_checkout_that_is_throttled_bought_nothing<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let cart = cart(adapter, stage, 1).await;
    stage.strike(Step::CheckOut, Trouble::Throttled);
    let outcome = adapter.check_out(key(2), stage.customer(), &cart.id, &mark(1)).await;
    stage.calm();
    assert!(matches!(outcome, Outcome::Throttled { retry_after } if retry_after >= RETRY_AFTER), "{outcome:?}");
    assert_eq!(stage.purchases(), 0);
    stage.pass(RETRY_AFTER);
    done(adapter.check_out(key(3), stage.customer(), &cart.id, &mark(1)).await);
    assert_eq!(stage.purchases(), 1);
}

/// Gone, not in doubt: it can never become an order.
pub async fn a_cart_that_never_was_is_gone<A: Commerce>(adapter: &A, stage: &impl Stage) {
    let nobodys = CartId::try_new("00000000-0000-4000-8000-00000000dead").expect("an id");
    let outcome = adapter.check_out(key(1), stage.customer(), &nobodys, &mark(1)).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::CartGone), "{outcome:?}");
}

/// Gone, and nothing bought.
pub async fn a_cart_past_its_time_is_gone<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let cart = cart(adapter, stage, 1).await;
    stage.pass(stage.cart_life());
    let outcome = adapter.check_out(key(2), stage.customer(), &cart.id, &mark(1)).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.kind == RefusalKind::CartGone), "{outcome:?}");
    assert_eq!(stage.purchases(), 0);
}

/// Late, but each under its own mark, with offer, seats and subscription.
pub async fn orders_are_found_by_their_mark_and_by_no_other<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let (first, second) = (bought(adapter, stage, 10).await, bought(adapter, stage, 20).await);
    let early = adapter.orders_marked(stage.customer(), &mark(10), first.ordered_at).await.expect("readable").value;
    assert!(early.len() <= 1, "{early:?}");
    stage.pass(stage.settled_after());
    for (number, bought) in [(10, &first), (20, &second)] {
        let found = adapter.orders_marked(stage.customer(), &mark(number), bought.ordered_at).await;
        let found = found.expect("readable").value;
        let [found] = found.as_slice() else { panic!("one order, not {found:?}") };
        assert_eq!((&found.order, &found.offer, found.seats), (&bought.order, &bought.offer, SEATS));
        assert!(found.subscription.is_some(), "named by now");
    }
    let other = adapter.orders_marked(stage.customer(), &mark(30), first.ordered_at).await.expect("readable").value;
    assert_eq!(other, []);
}

/// No answer is never taken for "no order".
pub async fn orders_that_cannot_be_read_are_no_answer<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let bought = bought(adapter, stage, 10).await;
    stage.pass(stage.settled_after());
    for trouble in [Trouble::RequestLost, Trouble::AnswerLost, Trouble::Failed, Trouble::Throttled] {
        stage.strike(Step::ReadOrders, trouble);
        let read = adapter.orders_marked(stage.customer(), &mark(10), bought.ordered_at).await;
        stage.calm();
        assert!(
            matches!(read, Err(Unavailable::Unreachable(_) | Unavailable::Throttled { .. })),
            "{trouble:?}: {read:?}"
        );
    }
}

/// The list is of our sales alone, with state and term.
pub async fn what_we_sold_is_listed_and_what_others_sold_is_not<A: Catalogue + Commerce>(
    adapter: &A,
    stage: &impl Stage,
) {
    let before = adapter.own_subscriptions(stage.customer()).await.expect("readable").value;
    assert_eq!(before, []);
    bought(adapter, stage, 10).await;
    stage.pass(stage.settled_after());
    let sold = adapter.own_subscriptions(stage.customer()).await.expect("readable").value;
    let [sold] = sold.as_slice() else { panic!("one subscription, not {sold:?}") };
    assert_eq!((sold.status, sold.legacy, sold.trial), (OwnStatus::Active, false, false));
    assert_eq!(sold.term, Some(Term::Year));
    assert_eq!(sold.last_day, sold.starts.map(|first| Term::Year.last_day(first)));
}

/// Until then it is not there, or not provisioned.
pub async fn a_delivery_is_told_once_it_is_there<A: Catalogue + Commerce>(adapter: &A, stage: &impl Stage) {
    let bought = bought(adapter, stage, 10).await;
    stage.pass(stage.settled_after());
    let orders = adapter.orders_marked(stage.customer(), &mark(10), bought.ordered_at).await.expect("readable").value;
    let id = orders.first().and_then(|order| order.subscription.clone()).expect("named by now");
    let delivery = adapter.delivery(stage.customer(), &id).await.expect("readable").value.expect("known by now");
    assert!(delivery.active && delivery.provisioned, "{delivery:?}");
    assert_eq!((delivery.subscription, delivery.seats), (id, SEATS));
}

/// None, not a failure.
pub async fn what_we_did_not_sell_is_not_delivered<A: Commerce>(adapter: &A, stage: &impl Stage) {
    let nobodys = SubscriptionId::try_new("00000000-0000-4000-8000-00000000dead").expect("an id");
    assert_eq!(adapter.delivery(stage.customer(), &nobodys).await.expect("an answer").value, None);
}
