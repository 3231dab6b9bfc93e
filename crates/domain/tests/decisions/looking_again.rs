//! Money is spent upon a fresh look (rule R127): where a cart is not made or checked out soon after one, all is looked at again.

use crate::fixture::story::{Story, no, purchase, refused};
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::{Answer, Command};
use expect_test::expect;
use jiff::SignedDuration;

const MORE_IN_USE: &str = "tenant holds SPB 25 seats until 2026-12-13\nin use SPB 26";

/// Its day has come and it is to be bought; no cart is recorded.
fn carting() -> Story {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.facts(1);
    story.forget();
    story
}

#[test]
fn a_worker_that_died_before_the_cart_leaves_no_old_look_behind() {
    let mut story = carting();
    story.at("2026-12-09T00:15:00Z");
    story.tell_owed();
    story.at("2026-12-09T00:15:01Z");
    story.tell_owed();
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:15 time passed
          owed: old-1: make a cart (act 5, try 0)
          next look: 2026-12-09 00:16
        2026-12-09 00:15 time passed
          owed: old-1: read the facts
          next look: 2026-12-09 00:30
        2026-12-09 00:15 facts were read
            old-1: compared with its plan
          owed: old-1: make a cart (act 5, try 0)
          next look: 2026-12-09 00:16
    "#]]);
}

#[test]
fn what_has_changed_since_the_decision_stops_the_cart_and_the_line_can_be_planned_again() {
    let mut story = carting();
    story.at("2026-12-10");
    story.change(MORE_IN_USE);
    story.facts(1);
    story.tell_owed();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.facts(1);
    story.resolve(1, Answer::PlanAgain);
    story.reads(expect![[r#"
        2026-12-10 00:00 time passed
        2026-12-10 00:00 facts were read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and only 25 would be left after the old subscription ends
          owed: nothing; next look: never
        2026-12-10 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read the facts
          next look: 2026-12-10 00:15
        2026-12-10 00:00 facts were read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and only 25 would be left after the old subscription ends
        2026-12-10 00:00 answered PlanAgain
            old-1: ana says PlanAgain
    "#]]);
}

#[test]
fn a_refused_cart_is_asked_for_again_only_upon_a_fresh_look() {
    let mut story = carting();
    story.cart_reply(1, refused(RefusalKind::AccountOnHold));
    story.at("2026-12-11T09:00:00Z");
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 making a cart: refused, AccountOnHold
            old-1: needs a person, REFUSED: the service refused: AccountOnHold (code 4xx)
        2026-12-11 09:00 time passed
        2026-12-11 09:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read the facts
          next look: 2026-12-11 09:15
        2026-12-11 09:00 facts were read
            old-1: compared with its plan
          owed: old-1: make a cart (act 5, try 1)
          next look: 2026-12-11 09:01
    "#]]);
}

#[test]
fn nothing_is_bought_after_the_end_though_it_was_decided_before() {
    let mut story = carting();
    story.command("pause", Command::Pause { by: "ana".to_owned() });
    story.at("2026-12-20");
    story.command("resume", Command::Resume { by: "ana".to_owned() });
    story.at("2026-12-20");
    story.tell_owed();
    story.resolve(1, Answer::PlanAgain);
    story.reads(expect![[r#"
        2026-12-09 00:00 pause
            ana paused it
        2026-12-20 00:00 time passed
        2026-12-20 00:00 resume
            ana resumed it
        2026-12-20 00:00 time passed
            old-1: needs a person, WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought
          owed: nothing; next look: never
        2026-12-20 00:00 answered PlanAgain
            old-1: ana says PlanAgain
    "#]]);
}

#[test]
fn looks_do_not_end_the_pauses_between_tries() {
    let mut story = carting();
    story.cart_reply(1, Outcome::InDoubt(no()));
    story.at("2026-12-09T00:20:00Z");
    story.facts(1);
    story.cart_reply(1, Outcome::InDoubt(no()));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 making a cart: no answer
            old-1: put off until 2026-12-09 00:01
        2026-12-09 00:20 time passed
        2026-12-09 00:20 facts were read
            old-1: compared with its plan
        2026-12-09 00:20 making a cart: no answer
            old-1: put off until 2026-12-09 00:22
          owed: nothing; next look: 2026-12-09 00:22
    "#]]);
}

#[test]
fn a_recorded_cart_waits_for_a_look_at_the_orders_and_at_everything_else() {
    let mut story = Story::buying("");
    story.at("2026-12-09T09:00:00Z");
    story.tell_owed();
    story.orders(1, vec![]);
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 09:00 time passed
          owed: old-1: find orders of act 4 since 2026-12-08 00:00
          owed: old-1: read the facts
          next look: 2026-12-09 09:15
        2026-12-09 09:00 order history shows 0
        2026-12-09 09:00 facts were read
            old-1: compared with its plan
          owed: old-1: check out cart-1 (act 4, try 0)
          next look: 2026-12-09 09:01
    "#]]);
}

#[test]
fn a_checkout_that_nobody_lived_to_record_is_found_and_not_judged() {
    let mut story = Story::buying("");
    story.at("2026-12-09T09:00:00Z");
    story.change(MORE_IN_USE);
    story.orders(1, vec![purchase("SPB", 25, Some("new-1"), "2026-12-09")]);
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 09:00 time passed
        2026-12-09 09:00 order history shows 1
            old-1: bought 25 seats
        2026-12-09 09:00 facts were read
          owed: old-1: read the delivery of new-1
          next look: 2026-12-09 13:00
    "#]]);
}

#[test]
fn a_recorded_cart_that_is_not_right_any_more_is_bought_only_if_a_person_says_so_and_never_planned_again() {
    let mut story = Story::buying("");
    story.at("2026-12-10");
    story.change(MORE_IN_USE);
    story.orders(1, vec![]);
    story.facts(1);
    story.tell_owed();
    story.resolve(1, Answer::PlanAgain);
    story.resolve(1, Answer::GoOn);
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-10 00:00 time passed
        2026-12-10 00:00 order history shows 0
        2026-12-10 00:00 facts were read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and only 25 would be left after the old subscription ends
          owed: nothing; next look: never
        2026-12-10 00:00 answered PlanAgain
            rejected: line old-1 cannot be answered with plan-again now: it has stopped (SEATS_BELOW_CONSUMPTION); it may be ordered already, and a new plan could buy it twice: settle what stopped it, then answer go-on
        2026-12-10 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-10 00:00 facts were read
            old-1: compared with its plan
          owed: old-1: check out cart-1 (act 4, try 0)
          next look: 2026-12-10 00:01
    "#]]);
}

#[test]
fn a_line_that_is_late_stays_so_while_it_is_looked_at() {
    let mut story = carting();
    story.at("2026-12-13T01:00:00Z");
    story.facts(1);
    story.tell_owed();
    story.at("2026-12-13T01:00:00Z");
    story.reads(expect![[r#"
        2026-12-13 01:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
        2026-12-13 01:00 facts were read
            old-1: compared with its plan
          owed: old-1: make a cart (act 5, try 0)
          next look: 2026-12-13 01:01
        2026-12-13 01:00 time passed
    "#]]);
}

#[test]
fn a_source_that_is_over_earlier_than_planned_stops_the_purchase_and_is_replaced_at_once() {
    let over = |status: &str| {
        let mut story = Story::approved("");
        story.at("2026-12-09");
        story.change(&format!("tenant holds SPB 25 seats until 2026-12-13 {status}\nin use SPB 25"));
        story.facts(1);
        story
    };
    assert_eq!(over("suspended").actions(), ["STATE_CHANGED"]);
    assert_eq!(over("locked").actions(), ["STATE_CHANGED"]);
    let mut story = over("grace");
    story.resolve(1, Answer::PlanAgain);
    story.plan(2);
    story.approve(2);
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, STATE_CHANGED: the old subscription is in grace now; the plan was made while it served
        2026-12-09 00:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-09 00:00 assessed
            old-1: warns OVERASSIGNED_SOURCE: 25 licences are in use and only 0 are paid; old-1: note SOURCE_IN_GRACE: the old subscription has ended and is in grace until 2026-12-13
        2026-12-09 00:00 planned
            plan 2 of 1 lines
        2026-12-09 00:00 approved
            ana approved plan 2
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 10
    "#]]);
}

#[test]
fn what_somebody_else_bought_before_the_plan_stops_nothing_and_after_it_does() {
    let bought = |when: &str| {
        format!(
            "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 5 seats named x-9 made {when}\nin use SPB 30"
        )
    };
    let mut before = Story::approved(&bought("2026-11-01"));
    before.at("2026-12-09");
    before.facts(1);
    before.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
    "#]]);
    let mut after = Story::approved(&bought("2026-11-01"));
    after.at("2026-12-09");
    after.change(&bought("2026-11-20"));
    after.facts(1);
    after.resolve(1, Answer::PlanAgain);
    after.plan(2);
    after.approve(2);
    after.facts(1);
    after.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, STATE_CHANGED: somebody else has bought 5 seats of this licence since the plan: subscription x-9
        2026-12-09 00:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-09 00:00 assessed
            nothing found
        2026-12-09 00:00 planned
            plan 2 of 1 lines
        2026-12-09 00:00 approved
            ana approved plan 2
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 10
    "#]]);
}

#[test]
fn what_we_hold_already_is_not_explained_by_a_line_without_a_cart() {
    let mut story = carting();
    story.at("2026-12-09T01:00:00Z");
    story.change("tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats named x-9 ours\nin use SPB 25");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 01:00 time passed
        2026-12-09 01:00 facts were read
            old-1: needs a person, DUPLICATE_DESTINATION: subscription x-9 with 25 seats of this licence is ours and active already
    "#]]);
}

#[test]
fn a_term_that_would_end_otherwise_by_now_is_ordered_anew() {
    let mut story = Story::approved("align month_end\nline SPB 25 seats until 2027-01-03 open");
    story.at("2026-12-30");
    story.facts(1);
    story.at("2027-01-01");
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-30 00:00 time passed
        2026-12-30 00:00 facts were read
            old-1: to be bought as act 5 until 2027-11-30
        2027-01-01 00:00 time passed
        2027-01-01 00:00 facts were read
            old-1: to be bought as act 7
          owed: old-1: make a cart (act 7, try 0)
          next look: 2027-01-01 00:01
    "#]]);
}

#[test]
fn a_price_that_is_told_no_more_stops_the_purchase() {
    let mut story = Story::approved("offer SPB at 264.00 EUR");
    story.at("2026-12-09");
    story.change("offer SPB");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, STATE_CHANGED: the catalogue tells no price any more; 264.00 EUR was approved
    "#]]);
}

#[test]
fn an_old_price_is_not_bought_upon_and_an_old_list_without_prices_is() {
    let old = |scene: &str| {
        let mut story = Story::approved(scene);
        story.at("2026-12-09");
        let mut facts = story.known();
        facts.offers.at = story.now - SignedDuration::from_hours(20);
        story.facts_as(1, facts);
        story
    };
    old("offer SPB at 264.00 EUR").reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
    "#]]);
    old("offer SPB").reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
    "#]]);
}

#[test]
fn a_line_that_is_late_though_the_customer_lets_us_sell_is_not_blamed_on_the_customer() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 direct_mca ends");
    story.at("2026-12-13");
    assert_eq!(story.actions(), ["KEEP_ALIVE", "DELIVERY_LATE"]);
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-13 00:00 time passed
            old-1: needs a person, DELIVERY_LATE: the purchase is not usable in time
        2026-12-13 00:00 facts were read
            old-1: goes on
            old-1: to be bought as act 5
    "#]]);
}
