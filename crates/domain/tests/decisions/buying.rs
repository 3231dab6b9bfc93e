//! From the cart to the arrival of the purchase, with everything that can go wrong on the way.

use crate::fixture::story::{Story, cart, no, purchase, refused, user};
use crate::fixture::{item, line_id, read, sku, tenancy};
use carryover_domain::facts::{Cart, Purchase};
use carryover_domain::ids::{IntentId, Mark};
use carryover_domain::migration::action::action_items;
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::time::Term;
use carryover_domain::value::Money;
use carryover_domain::{Answer, Effect, wake};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

#[test]
fn the_same_licence_is_bought_on_its_day_and_no_user_is_touched() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 direct_mca renews");
    story.tell_owed();
    story.at("2026-12-09");
    story.tell_owed();
    story.facts(1);
    story.tell_owed();
    story.cart(1, "cart-1");
    story.tell_owed();
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    story.tell_actions();
    story.tell_owed();
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13
         tenant holds SPB 25 seats until 2027-12-08 named new-1 ours
         in use SPB 25",
    );
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
          owed: old-1: read the facts
          next look: 2026-11-02 08:15
        2026-12-09 00:00 time passed
          owed: old-1: read the facts
          next look: 2026-12-09 00:15
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
          owed: old-1: make a cart (act 5, try 0)
          next look: 2026-12-09 00:01
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
          owed: old-1: check out cart-1 (act 5, try 0)
          next look: 2026-12-09 00:01
        2026-12-09 00:00 checking out: done
            old-1: bought 25 seats
          nobody has to act
          owed: nothing; next look: 2026-12-09 00:52
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by its owner's hand
          by 2026-12-13 00:00: STOP_RENEWAL ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
          owed: nothing; next look: 2026-12-13 00:00
    "#]]);
}

#[test]
fn a_cart_that_is_not_what_was_planned_is_never_checked_out() {
    let planned = |seats, term| Cart {
        id: cart("cart-1"),
        offer: read(&item("SPB")),
        seats,
        term: Some(term),
        billing: None,
        term_end: None,
        expires: None,
    };
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.facts(1);
    story.cart_reply(1, Outcome::Done(planned(26, Term::Year)));
    story.tell_owed();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.cart_reply(1, Outcome::Done(planned(25, Term::Month)));
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 making a cart: done
            old-1: needs a person, CART_DIFFERS: the cart holds 26 × CFQ7TTC0ZZ00:0001, P1Y; the plan says 25 × CFQ7TTC0ZZ00:0001, P1Y, annual
          owed: nothing; next look: never
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: make a cart (act 5, try 1)
          next look: 2026-12-09 00:01
        2026-12-09 00:00 making a cart: done
            old-1: needs a person, CART_DIFFERS: the cart holds 25 × CFQ7TTC0ZZ00:0001, P1M; the plan says 25 × CFQ7TTC0ZZ00:0001, P1Y, annual
    "#]]);
}

#[test]
fn a_refused_checkout_is_sent_again_with_a_new_request_id_once_a_person_says_so() {
    let mut story = Story::buying("");
    let before = story.owed()[0].request_id();
    story.checked_out(1, refused(RefusalKind::AccountOnHold));
    story.tell_owed();
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    assert_ne!(story.owed()[0].request_id(), before);
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: refused, AccountOnHold
            old-1: needs a person, REFUSED: the service refused: AccountOnHold (code 4xx)
          owed: nothing; next look: never
          by 2026-12-14 00:00: REFUSED the service refused: AccountOnHold (code 4xx). Look at the state and the credit of our account in Partner Center. Settle what the service says, then `carryover resolve LINE go-on`.
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: check out cart-1 (act 4, try 1)
          next look: 2026-12-09 00:01
    "#]]);
}

#[test]
fn a_lost_reply_is_asked_for_again_with_the_same_request_id() {
    let mut story = Story::buying("");
    let before = story.owed()[0].request_id();
    story.checked_out(1, Outcome::InDoubt(no()));
    story.tell_owed();
    story.at("2026-12-09T00:01:00Z");
    story.tell_owed();
    assert_eq!(story.owed()[0].request_id(), before);
    story.checked_out(1, Outcome::NotSent(no()));
    story.tell_owed();
    story.at("2026-12-09T00:03:00Z");
    assert_eq!(story.owed()[0].request_id(), before);
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: no answer
            old-1: put off until 2026-12-09 00:01
          owed: nothing; next look: 2026-12-09 00:01
        2026-12-09 00:01 time passed
          owed: old-1: check out cart-1 (act 4, try 0)
          next look: 2026-12-09 00:02
        2026-12-09 00:01 checking out: not sent
            old-1: put off until 2026-12-09 00:03
          owed: nothing; next look: 2026-12-09 00:03
        2026-12-09 00:03 time passed
    "#]]);
}

#[test]
fn a_throttled_write_waits_as_long_as_it_was_told_and_carries_a_new_request_id() {
    let mut story = Story::buying("");
    let before = story.owed()[0].request_id();
    story.checked_out(1, Outcome::Throttled { retry_after: SignedDuration::from_secs(300) });
    story.tell_owed();
    story.at("2026-12-09T00:05:00Z");
    story.tell_owed();
    assert_ne!(story.owed()[0].request_id(), before);
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: not before 5m
            old-1: put off until 2026-12-09 00:05, answered
          owed: nothing; next look: 2026-12-09 00:05
        2026-12-09 00:05 time passed
          owed: old-1: check out cart-1 (act 4, try 1)
          next look: 2026-12-09 00:06
    "#]]);
}

#[test]
fn a_relationship_that_is_not_known_everywhere_yet_is_waited_for() {
    let mut story = Story::buying("");
    story.checked_out(1, refused(RefusalKind::NoRelationship));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: refused, NoRelationship
            old-1: put off until 2026-12-09 00:15, answered
          owed: nothing; next look: 2026-12-09 00:15
    "#]]);
}

#[test]
fn a_dead_cart_is_written_off_after_the_settle_time_and_all_is_looked_at_again() {
    let mut story = Story::buying("");
    story.checked_out(1, refused(RefusalKind::CartGone));
    story.tell_owed();
    story.orders(1, vec![]);
    story.at("2026-12-09T01:00:00Z");
    story.orders(1, vec![]);
    story.tell_owed();
    story.at("2026-12-09T01:00:01Z");
    story.orders(1, vec![]);
    story.tell_owed();
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: refused, CartGone
            old-1: cart-1 is dead
          owed: old-1: find orders of act 4 since 2026-12-08 00:00
          next look: 2026-12-09 00:15
        2026-12-09 00:00 order history shows 0
        2026-12-09 01:00 time passed
        2026-12-09 01:00 order history shows 0
          owed: old-1: find orders of act 4 since 2026-12-08 00:00
          next look: 2026-12-09 01:15
        2026-12-09 01:00 time passed
        2026-12-09 01:00 order history shows 0
            old-1: act 4 written off
          owed: old-1: read the facts
          next look: 2026-12-09 01:15
        2026-12-09 01:00 facts were read
            old-1: to be bought as act 12
          owed: old-1: make a cart (act 12, try 0)
          next look: 2026-12-09 01:01
    "#]]);
}

#[test]
fn an_item_that_is_not_for_sale_any_more_is_shown_to_a_person() {
    let mut story = Story::buying("");
    story.checked_out(1, refused(RefusalKind::OfferUnavailable));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: refused, OfferUnavailable
            old-1: needs a person, REFUSED: the service refused: OfferUnavailable (code 4xx)
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn an_order_that_history_shows_late_is_taken_for_the_purchase() {
    let mut story = Story::buying("");
    story.checked_out(1, Outcome::InDoubt(no()));
    story.at("2026-12-09T00:15:00Z");
    story.checked_out(1, refused(RefusalKind::CartGone));
    story.orders(1, vec![]);
    story.at("2026-12-09T00:50:00Z");
    story.orders(1, vec![purchase("SPB", 25, Some("new-1"), "2026-12-09")]);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: no answer
            old-1: put off until 2026-12-09 00:01
        2026-12-09 00:15 time passed
        2026-12-09 00:15 checking out: refused, CartGone
            old-1: cart-1 is dead
        2026-12-09 00:15 order history shows 0
        2026-12-09 00:50 time passed
        2026-12-09 00:50 order history shows 1
            old-1: bought 25 seats
          owed: nothing; next look: 2026-12-09 00:52
    "#]]);
}

#[test]
fn an_order_without_a_subscription_is_looked_for_until_it_is_named() {
    let mut story = Story::buying("");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, None, "2026-12-09")));
    story.tell_owed();
    story.at("2026-12-09T00:52:30Z");
    story.tell_owed();
    story.orders(1, vec![purchase("SPB", 25, None, "2026-12-09")]);
    story.orders(1, vec![purchase("SPB", 25, Some("new-1"), "2026-12-09")]);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: done
            old-1: bought 25 seats
          owed: nothing; next look: 2026-12-09 00:52
        2026-12-09 00:52 time passed
          owed: old-1: find orders of act 4 since 2026-12-08 00:00
          next look: 2026-12-09 01:45
        2026-12-09 00:52 order history shows 1
        2026-12-09 00:52 order history shows 1
            old-1: named new-1
          owed: old-1: read the delivery of new-1
          next look: 2026-12-09 01:45
    "#]]);
}

#[test]
fn a_purchase_is_looked_for_once_it_can_have_come_and_then_ever_more_seldom() {
    let mut story = Story::buying("");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    let mut looks = Vec::new();
    while looks.len() < 8 {
        let next = wake(&story.migration(), &story.scene.policy, story.now).expect("it is looked for");
        story.now = next;
        let looked = story.owed().iter().any(|effect| matches!(effect, Effect::ReadDelivery { .. }));
        looks.push(format!("{} {looked}", next.strftime("%d %H:%M")));
        story.delivery(1, Some((true, false)), "");
    }
    expect![[r#"
        09 00:52 true
        09 01:45 true
        09 03:30 true
        09 07:00 true
        09 11:00 true
        09 15:00 true
        09 19:00 true
        09 23:00 true
    "#]]
    .assert_eq(&(looks.join("\n") + "\n"));
}

#[test]
fn an_order_that_is_bigger_than_planned_is_recorded_and_shown_to_a_person() {
    let mut story = Story::buying("");
    story.checked_out(1, Outcome::Done(purchase("SPB", 30, Some("new-1"), "2026-12-09")));
    story.tell_owed();
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: done
            old-1: bought 30 seats
            old-1: needs a person, PURCHASE_DIFFERS: order order-of-new-1 is for 30 × CFQ7TTC0ZZ00:0001, the plan says 25 × CFQ7TTC0ZZ00:0001
          owed: nothing; next look: never
          by 2026-12-16 00:00: PURCHASE_DIFFERS order order-of-new-1 is for 30 × CFQ7TTC0ZZ00:0001, the plan says 25 × CFQ7TTC0ZZ00:0001. Correct the new subscription in Partner Center within seven days, or have the customer accept it as it is. A line that has stopped goes on with `carryover resolve LINE go-on`.
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
          owed: nothing; next look: 2026-12-09 00:52
    "#]]);
}

/// What becomes of an order of three seats, approved at 264.00 EUR each, that costs `price`.
fn ordered_at(price: &str, line: &str) -> Story {
    let mut story = Story::buying(&format!(
        "line SPB 3 seats until 2026-12-13 direct_mca renews {line}\noffer SPB at 264.00 EUR\noffer E3 at 264.00 EUR"
    ));
    let (amount, currency) = price.split_once(' ').expect("an amount and its currency");
    let price_per_seat = Some(Money { amount: read(amount), currency: read(currency) });
    let product = if line.is_empty() { "SPB" } else { "E3" };
    let bought = purchase(product, 3, Some("new-1"), "2026-12-09");
    story.checked_out(1, Outcome::Done(Purchase { price_per_seat, ..bought }));
    story
}

/// How many items tell of an order that is not as approved.
fn dear(story: &Story) -> usize {
    story.actions().into_iter().filter(|code| *code == "PURCHASE_DIFFERS").count()
}

#[test]
fn an_order_that_is_dearer_than_was_approved_is_shown_while_it_can_be_cancelled_and_stops_nobody() {
    let mut story = ordered_at("264.01 EUR", "");
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-16T00:00:00Z");
    assert_eq!(dear(&story), 0, "nothing can be done about it any more");
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: done
            old-1: bought 3 seats
          by 2026-12-16 00:00: PURCHASE_DIFFERS order order-of-new-1 costs 264.01 EUR a seat and term; 264.00 EUR was approved. Correct the new subscription in Partner Center within seven days, or have the customer accept it as it is. A line that has stopped goes on with `carryover resolve LINE go-on`.
          owed: nothing; next look: 2026-12-09 00:52
        2026-12-16 00:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
    "#]]);
    assert_eq!(dear(&ordered_at("1.00 USD", "")), 1, "in another currency nobody knows");
    assert_eq!(dear(&ordered_at("264.00 EUR", "")), 0);
    assert_eq!(dear(&ordered_at("263.99 EUR", "")), 0);
}

#[test]
fn a_dearer_order_is_not_shown_again_to_whoever_let_its_price_pass_before() {
    let let_pass = |price: &str| {
        let mut story = Story::approved("line SPB 3 seats until 2026-12-13 direct_mca renews\noffer SPB at 264.00 EUR");
        story.at("2026-12-09");
        story.change("offer SPB at 280.00 EUR");
        story.facts(1);
        story.resolve(1, Answer::GoOn);
        story.facts(1);
        story.cart(1, "cart-1");
        let (amount, currency) = price.split_once(' ').expect("an amount and its currency");
        let price_per_seat = Some(Money { amount: read(amount), currency: read(currency) });
        let bought = purchase("SPB", 3, Some("new-1"), "2026-12-09");
        story.checked_out(1, Outcome::Done(Purchase { price_per_seat, ..bought }));
        story
    };
    assert_eq!(dear(&let_pass("280.00 EUR")), 0);
    assert_eq!(dear(&let_pass("279.99 EUR")), 0);
    assert_eq!(dear(&let_pass("280.01 EUR")), 1, "dearer than what was let pass");
    assert_eq!(dear(&let_pass("1.00 USD")), 1, "in another currency nobody knows");
}

#[test]
fn whoever_bought_without_a_promotion_that_was_planned_with_is_not_told_that_the_order_costs_as_much_more() {
    let ordered = |gone: bool| {
        let mut story = Story::approved(
            "line SPB 3 seats until 2026-12-13 direct_mca renews\noffer SPB at 264.00 EUR
             promotion spring on SPB off 10 until 2026-12-31",
        );
        story.at("2026-12-09");
        if gone {
            story.scene.policy.promotions.clear();
            story.facts(1);
            assert_eq!(story.actions(), ["PROMO_NOT_ELIGIBLE"]);
            story.resolve(1, Answer::GoOn);
        }
        story.facts(1);
        story.cart(1, "cart-1");
        let price_per_seat = Some(Money { amount: read("264.00"), currency: read("EUR") });
        let bought = purchase("SPB", 3, Some("new-1"), "2026-12-09");
        story.checked_out(1, Outcome::Done(Purchase { price_per_seat, ..bought }));
        story
    };
    assert_eq!(dear(&ordered(true)), 0);
    assert_eq!(dear(&ordered(false)), 1, "it was to cost 237.60 EUR");
}

#[test]
fn users_who_are_to_change_licence_wait_for_an_answer_no_longer_than_the_old_one_serves() {
    let due = |line: &str, product: &str| {
        let mut story = Story::buying(&format!(
            "line SPB 3 seats until 2026-12-13 direct_mca renews {line}\noffer SPB at 264.00 EUR\noffer E3 at 264.00 EUR"
        ));
        story.checked_out(1, Outcome::Done(purchase(product, 4, Some("new-1"), "2026-12-09")));
        let items = action_items(&story.migration(), &story.scene.policy, story.now);
        items.iter().filter_map(|item| item.due).map(|due| due.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due("", "SPB"), ["2026-12-16T00:00:00Z"]);
    assert_eq!(due("wants E3", "E3"), ["2026-12-14T00:00:00Z"]);
}

#[test]
fn two_orders_under_one_mark_are_shown_to_a_person() {
    let mut story = Story::buying("");
    story.checked_out(1, refused(RefusalKind::CartGone));
    story.at("2026-12-09T00:50:00Z");
    let order = |new| purchase("SPB", 25, Some(new), "2026-12-09");
    story.orders(1, vec![order("new-1"), order("new-2")]);
    story.tell_owed();
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 checking out: refused, CartGone
            old-1: cart-1 is dead
        2026-12-09 00:50 time passed
        2026-12-09 00:50 order history shows 2
            old-1: bought 25 seats
            old-1: needs a person, ORDERED_TWICE: more than one order carries our mark: order-of-new-1, order-of-new-2
          owed: nothing; next look: never
          by 2026-12-16 00:00: ORDERED_TWICE more than one order carries our mark: order-of-new-1, order-of-new-2. Cancel one of the orders in Partner Center within seven days, then `carryover resolve LINE go-on`.
    "#]]);
}

#[test]
fn a_purchase_that_is_not_seen_everywhere_is_no_cover() {
    let whole = "tenant holds SPB 25 seats until 2026-12-13
                 tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    let mut story = Story::bought("");
    story.delivery(1, None, whole);
    story.delivery(1, Some((true, false)), whole);
    story.delivery(1, Some((false, true)), whole);
    story.delivery(1, Some((true, true)), "tenant holds SPB 25 seats until 2026-12-13\nin use SPB 25");
    story.delivery(1, Some((true, true)), &whole.replace("SPB 25 seats until 2027", "SPB 24 seats until 2027"));
    let mut lagging = tenancy(whole);
    lagging.pools.get_mut(&sku("SPB")).expect("a pool").enabled = 49;
    story.delivery_in(1, Some((true, true)), lagging);
    story.delivery(1, Some((true, true)), &format!("{whole}\ntenant holds SPB 5 seats named ghost grace"));
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
        2026-12-09 00:00 the delivery was read
        2026-12-09 00:00 the delivery was read
        2026-12-09 00:00 the delivery was read
        2026-12-09 00:00 the delivery was read
        2026-12-09 00:00 the delivery was read
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by itself
    "#]]);
}

#[test]
fn two_lines_of_one_licence_are_bought_side_by_side() {
    let mut story = Story::approved(
        "line SPB 5 seats until 2026-12-13 open\nline SPB 7 seats until 2026-12-13 open\nin use SPB 12",
    );
    story.at("2026-12-09");
    for (n, seats) in [(1, 5), (2, 7)] {
        story.facts(n);
        story.cart(n, &format!("cart-{n}"));
        let new = format!("new-{n}");
        story.checked_out(n, Outcome::Done(purchase("SPB", seats, Some(&new), "2026-12-09")));
    }
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
        2026-12-09 00:00 checking out: done
            old-1: bought 5 seats
        2026-12-09 00:00 facts were read
            old-2: to be bought as act 8
        2026-12-09 00:00 making a cart: done
            old-2: cart-2 recorded
        2026-12-09 00:00 checking out: done
            old-2: bought 7 seats
    "#]]);
}

#[test]
fn a_purchase_is_known_again_by_its_mark_however_the_service_writes_it() {
    let mark = Mark::of(IntentId::new(Uuid::from_u128(0xAB)));
    assert_eq!(mark.as_str(), "carryover-000000000000000000000000000000ab");
    assert!(mark.is(" Carryover-000000000000000000000000000000AB "));
    assert!(!mark.is("carryover-000000000000000000000000000000ac"));
}

#[test]
fn a_write_carries_the_mark_and_a_request_id_and_a_read_only_looks_for_the_mark() {
    let (line, intent) = (line_id(1), IntentId::new(Uuid::from_u128(0xAB)));
    let made = Effect::CreateCart { line, intent, attempt: 0 };
    let paid = Effect::CheckOut { line, intent, cart: cart("cart-1"), attempt: 0 };
    let found = Effect::FindOrders { line, intent, since: Timestamp::UNIX_EPOCH };
    for effect in [&made, &paid] {
        assert!(effect.is_write() && effect.mark() == Some(Mark::of(intent)));
    }
    assert!(!found.is_write() && found.mark() == Some(Mark::of(intent)) && found.request_id().is_none());
    assert!(Effect::SwapLicence { line, user: user(1) }.is_write());
    assert_eq!(Effect::ReadStanding.mark(), None);
    let again = Effect::CreateCart { line, intent, attempt: 1 };
    let ids: BTreeSet<_> = [&made, &paid, &again].map(|effect| effect.request_id().expect("a write of ours")).into();
    assert_eq!(ids.len(), 3, "each act and each new try has its own");
    assert_eq!(made.request_id(), made.clone().request_id());
}
