//! A plan that is made again and differs in nothing is no new plan: what was approved stays approved.

use crate::fixture::story::{Story, plan_id};
use carryover_domain::Stage;
use carryover_domain::ids::PlanId;
use carryover_domain::migration::action::action_items;
use carryover_domain::plan::is_upheld;
use carryover_domain::reply::Outcome;
use expect_test::expect;

/// The newest plan and the approved one.
fn plans(story: &Story) -> (Option<PlanId>, Option<PlanId>) {
    let migration = story.migration();
    (migration.plan.map(|plan| plan.id), migration.approved)
}

#[test]
fn a_plan_that_says_the_same_stays_the_newest_and_stays_approved() {
    let mut story = Story::planned("");
    story.now = "2026-11-20T08:00:00Z".parse().expect("a time");
    story.plan(2);
    assert_eq!(plans(&story), (Some(plan_id(1)), None));
    story.approve(1);
    let before = story.line(1).stage;
    story.plan(3);
    assert_eq!(plans(&story), (Some(plan_id(1)), Some(plan_id(1))));
    assert_eq!(story.line(1).stage, before);
    assert!(is_upheld(&story.migration()));
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-20 08:00 assessed
            nothing found
        2026-11-20 08:00 planned
        2026-11-20 08:00 approved
            ana approved plan 1
        2026-11-20 08:00 assessed
            nothing found
        2026-11-20 08:00 planned
          nobody has to act
    "#]]);
}

/// The plan on record after `change` and planning once more: 1, the one that was approved, or 2.
fn after(scene: &str, change: impl Fn(&mut Story)) -> u128 {
    let mut story = Story::approved(scene);
    change(&mut story);
    story.plan(2);
    let (newest, approved) = plans(&story);
    assert_eq!(approved, Some(plan_id(1)));
    [1, 2].into_iter().find(|n| newest == Some(plan_id(*n))).expect("one of the two")
}

#[test]
fn whatever_differs_makes_a_new_plan_to_approve() {
    let priced = "offer SPB at 264.00 EUR";
    let dearer = |story: &mut Story| {
        let offer = &mut story.scene.facts.offers.value[0];
        offer.prices.values_mut().for_each(|price| price.amount += price.amount);
    };
    assert_eq!((after(priced, |_| {}), after(priced, dearer)), (1, 2), "another price");
    assert_eq!(after("", |story| story.scene.policy.lead_business_days = 5), 2, "another day");
    let lines = "line SPB 25 seats until 2026-12-13 open\nline E3 5 seats until 2026-12-20 open";
    let seats = |story: &mut Story| {
        let tenancy = story.scene.facts.tenancy.as_mut().expect("seen");
        tenancy.value.pools.values_mut().for_each(|pool| pool.consumed += 5);
    };
    assert_eq!((after(lines, |_| {}), after(lines, seats)), (1, 2), "more seats");
}

#[test]
fn what_whoever_approves_has_to_see_makes_a_new_plan_and_what_is_only_noted_does_not() {
    let unclear = |story: &mut Story| {
        let tenancy = story.scene.facts.tenancy.as_mut().expect("seen");
        // A later end by a less trusted witness is not planned with, and has to be known.
        tenancy.value.subscriptions[0].next_lifecycle = "2027-01-14T00:00:00Z".parse().ok();
    };
    assert_eq!(after("", unclear), 2, "END_DATE_CONFLICT");
    let noted = |story: &mut Story| {
        let sold_by_us = carryover_domain::facts::HeldSubscription {
            next_lifecycle: "2027-06-30T00:00:00Z".parse().ok(),
            ..carryover_domain::facts::HeldSubscription::least(
                crate::fixture::subscription("x-9"),
                crate::fixture::sku("VISIO"),
                1,
            )
        };
        story.scene.facts.tenancy.as_mut().expect("seen").value.subscriptions.push(sold_by_us);
    };
    assert_eq!(after("", noted), 1, "what has nothing to do with it");
}

#[test]
fn a_purchase_at_once_that_waits_for_the_customer_stays_the_one_that_was_approved() {
    let over = "line SPB 25 seats until 2026-10-31 open\ntenant holds SPB 25 seats grace\nin use SPB 25";
    let later = |story: &mut Story| story.now = "2026-11-05T09:00:00Z".parse().expect("a time");
    assert_eq!(after(over, later), 1);
    let unknown = "line SPB 25 seats until unknown open\ntenant holds SPB 25 seats grace\nin use SPB 25";
    assert_eq!(after(unknown, later), 1, "nobody tells when it ended");
    // While nobody has approved it, the day is to be seen as it is.
    let mut story = Story::planned(over);
    later(&mut story);
    story.plan(2);
    assert_eq!(plans(&story).0, Some(plan_id(2)));
}

#[test]
fn the_lead_that_passes_while_an_approved_line_waits_is_nothing_new() {
    let late = |story: &mut Story| story.now = "2026-12-11T09:00:00Z".parse().expect("a time");
    assert_eq!(after("", late), 1);
    let mut story = Story::planned("");
    late(&mut story);
    story.plan(2);
    assert_eq!(plans(&story).0, Some(plan_id(2)), "nobody has seen that it is late");
}

#[test]
fn fewer_days_paid_twice_than_were_approved_are_nothing_new() {
    // What is late is bought on the day on which it is planned: four days twice on the 10th, three on the 11th.
    let late = "overlap 1\ntoday 2026-12-10\nline SPB 25 seats until 2026-12-13 open";
    let next_day = |story: &mut Story| story.now = "2026-12-11T09:00:00Z".parse().expect("a time");
    assert_eq!(after(late, next_day), 1);
}

#[test]
fn what_was_bought_since_is_in_no_new_plan_to_approve() {
    let mut story =
        Story::approved("line SPB 25 seats until 2026-12-13 open\nline E3 5 seats until 2027-02-14 open\nalign none");
    story.now = "2026-12-09T00:00:00Z".parse().expect("a time");
    story.facts(1);
    story.cart(1, "cart-1");
    let bought = crate::fixture::story::purchase("SPB", 25, Some("new-1"), "2026-12-09");
    story.checked_out(1, Outcome::Done(bought));
    story.plan(2);
    assert_eq!(plans(&story), (Some(plan_id(1)), Some(plan_id(1))));
    assert!(matches!(story.line(2).stage, Stage::Waiting { .. }));
}

#[test]
fn a_plan_is_upheld_while_one_of_its_lines_can_be_planned_by_what_was_found_last() {
    let upheld = |sold: usize| {
        let mut story = Story::approved(
            "line SPB 25 seats until 2026-12-13 open\nline E3 5 seats until 2026-12-20 open\noffer SPB\noffer E3",
        );
        story.scene.facts.offers.value.truncate(sold);
        story.plan(2);
        is_upheld(&story.migration())
    };
    assert_eq!([2, 1, 0].map(upheld), [true, true, false]);
    assert!(!is_upheld(&Story::imported("").migration()), "there is none");
}

#[test]
fn a_line_that_was_taken_out_of_its_plan_is_planned_anew() {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.facts(1);
    story.cart_reply(1, crate::fixture::story::refused(carryover_domain::reply::RefusalKind::Other));
    story.resolve(1, carryover_domain::Answer::PlanAgain);
    story.plan(2);
    assert_eq!(plans(&story), (Some(plan_id(2)), Some(plan_id(1))));
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    assert!(items.iter().any(|item| item.action.code() == "APPROVE_PLAN"));
}

#[test]
fn a_plan_that_nobody_has_approved_is_made_anew_without_a_line_that_came_to_be_blocked() {
    let lines = "line SPB 25 seats until 2026-12-13 open\nline E3 5 seats until 2026-12-20 open\noffer SPB\noffer E3";
    let mut story = Story::planned(lines);
    story.scene.facts.offers.value.pop();
    story.plan(2);
    assert_eq!(plans(&story).0, Some(plan_id(2)));
    // Of what is approved nothing is taken back by planning without it.
    assert_eq!(after(lines, |story| drop(story.scene.facts.offers.value.pop())), 1);
}
