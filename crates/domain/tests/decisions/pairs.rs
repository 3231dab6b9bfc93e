//! One old subscription whose users need two new licences, a suite without Teams and Teams: both are bought, each once, and the old
//! one goes only when both stand (rules R141, R142).

use crate::fixture::story::{Story, holder, purchase, refused, service_plan, user};
use crate::fixture::{SECOND, Scene, line_id, sku, tenancy};
use carryover_domain::facts::{Holder, Tenancy};
use carryover_domain::migration::decide::{import, too_late};
use carryover_domain::migration::state::Change;
use carryover_domain::plan::{Reassign, SourceEnd};
use carryover_domain::policy::NewPlans;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::{Answer, Command, Effect, Stage};
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet};

/// The line of the suite, and that of Teams beside it.
const SUITE: usize = 1;
const TEAMS: usize = SECOND + 1;

const PAIR: &str = "line E3 3 seats until 2026-12-13 ea ends wants E3_ALONE with TEAMS
                    offer E3_ALONE at 240.00 EUR\noffer TEAMS at 60.00 EUR";
const OLD: &str = "tenant holds E3 3 seats until 2026-12-13 named old-1\nin use E3 3";
const SUITE_IS_THERE: &str = "tenant holds E3_ALONE 3 seats until 2027-12-08 named new-1 ours";
const TEAMS_IS_THERE: &str = "tenant holds TEAMS 3 seats until 2027-12-08 named new-101 ours";

fn both_are_there() -> String {
    format!("{OLD}\n{SUITE_IS_THERE}\n{TEAMS_IS_THERE}")
}

/// Both on their day, looked at.
fn on_the_day() -> Story {
    let mut story = Story::approved(PAIR);
    story.at("2026-12-09");
    story.facts(SUITE);
    story.facts(TEAMS);
    story.forget();
    story
}

fn carted() -> Story {
    let mut story = on_the_day();
    story.cart(SUITE, "cart-1");
    story.cart(TEAMS, "cart-2");
    story
}

fn buy(story: &mut Story, n: usize) {
    let product = if n == SUITE { "E3_ALONE" } else { "TEAMS" };
    story.checked_out(n, Outcome::Done(purchase(product, 3, Some(&format!("new-{n}")), "2026-12-09")));
}

/// Both bought; nothing was seen in the tenant.
fn bought() -> Story {
    let mut story = carted();
    buy(&mut story, SUITE);
    buy(&mut story, TEAMS);
    story.forget();
    story
}

fn writes(story: &Story) -> Vec<Effect> {
    story.owed().into_iter().filter(Effect::is_write).collect()
}

#[test]
fn both_are_bought_each_once_and_users_change_to_both_in_one_call_before_the_old_one_goes() {
    let mut story = on_the_day();
    story.cart(SUITE, "cart-1");
    story.tell_owed();
    story.cart(TEAMS, "cart-2");
    story.tell_owed();
    buy(&mut story, SUITE);
    buy(&mut story, TEAMS);
    story.at("2026-12-09T00:45:00Z");
    story.delivered(SUITE, &format!("{OLD}\n{SUITE_IS_THERE}"));
    story.tell_owed();
    story.delivered(TEAMS, &both_are_there());
    story.tell_owed();
    story.holders_among(SUITE, (1..=3).map(holder).collect(), tenancy(&both_are_there()));
    (1..=3).for_each(|n| story.swapped(SUITE, n, Outcome::Done(())));
    story.verified(SUITE);
    let moved = "in use E3 0\nin use E3_ALONE 3\nin use TEAMS 3";
    story.holders_among(SUITE, Vec::new(), tenancy(&format!("{}\n{moved}", both_are_there())));
    story.source(SUITE, &format!("{}\n{moved}", both_are_there()));
    story.tell_owed();
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
          owed: beside-1: make a cart (act 6, try 0)
          next look: 2026-12-09 00:01
        2026-12-09 00:00 making a cart: done
            beside-1: cart-2 recorded
          owed: old-1: check out cart-1 (act 5, try 0)
          owed: beside-1: check out cart-2 (act 6, try 0)
          next look: 2026-12-09 00:01
        2026-12-09 00:00 checking out: done
            old-1: bought 3 seats
        2026-12-09 00:00 checking out: done
            beside-1: bought 3 seats
        2026-12-09 00:45 time passed
        2026-12-09 00:45 the delivery was read
            old-1: covered by new-1
          owed: nothing; next look: 2026-12-09 00:52
        2026-12-09 00:45 the delivery was read
            beside-1: covered by new-101
            beside-1: may go, by itself
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:46
        2026-12-09 00:45 3 hold the old licence
            old-1: 3 users to change, 0 cannot be, each with TEAMS
        2026-12-09 00:45 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:45 changing user 2: done
            old-1: user 2 changed
        2026-12-09 00:45 changing user 3: done
            old-1: user 3 changed
        2026-12-09 01:00 services of 3 users were read
            old-1: services work
        2026-12-09 01:00 0 hold the old licence
            old-1: nobody holds the old licence
        2026-12-09 01:00 the tenant was read
            old-1: may go, by itself
          owed: nothing; next look: 2026-12-13 00:00
          nobody has to act
    "#]]);
}

#[test]
fn both_are_planned_for_one_day_on_the_same_terms_and_priced_each() {
    let story = Story::approved(PAIR);
    let [suite, teams] = [SUITE, TEAMS].map(|n| story.line(n).plan.expect("a plan"));
    assert_eq!((suite.sku, teams.sku), (sku("E3_ALONE"), sku("TEAMS")));
    assert_eq!((suite.day, suite.opens, suite.seats), (teams.day, teams.opens, teams.seats));
    assert_eq!((suite.term, suite.billing, suite.ends), (teams.term, teams.billing, teams.ends));
    assert_eq!(suite.overlap_days, teams.overlap_days);
    let cost = |plan: &carryover_domain::plan::LinePlan| plan.overlap_cost.map(|cost| cost.rounded().to_string());
    assert_eq!([cost(&suite).as_deref(), cost(&teams).as_deref()], [Some("9.86 EUR"), Some("2.47 EUR")]);
    assert_eq!((suite.reassign, teams.reassign), (Reassign::SwapEachUser, Reassign::Nothing));
    assert_eq!(teams.source_end, SourceEnd::RunsOut);
    assert_eq!(teams.advised, None);
}

#[test]
fn while_one_of_them_is_refused_nothing_is_paid_for() {
    let mut story = on_the_day();
    story.cart(SUITE, "cart-1");
    story.cart_reply(TEAMS, refused(RefusalKind::OfferUnavailable));
    assert_eq!(writes(&story), Vec::new());
    story.tell_owed();
    story.tell_actions();
    // Once it is settled, both go on.
    story.resolve(TEAMS, Answer::GoOn);
    story.cart(TEAMS, "cart-2");
    assert_eq!(writes(&story).len(), 2);
    story.reads(expect![[r#"
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
        2026-12-09 00:00 making a cart: refused, OfferUnavailable
            beside-1: needs a person, REFUSED: the service refused: OfferUnavailable (code 4xx)
          owed: nothing; next look: 2026-12-09 00:15
          by 2026-12-14 00:00: REFUSED the service refused: OfferUnavailable (code 4xx). Choose an offer, term and billing that Partner Center sells to this customer, then plan again. Settle what the service says, then `carryover resolve LINE go-on`.
        2026-12-09 00:00 answered GoOn
            beside-1: ana says GoOn
        2026-12-09 00:00 making a cart: done
            beside-1: cart-2 recorded
    "#]]);
}

#[test]
fn planned_again_the_refused_one_keeps_the_other_from_nothing() {
    for (carted, refused_one) in [(SUITE, TEAMS), (TEAMS, SUITE)] {
        let mut story = on_the_day();
        story.cart(carted, "cart-1");
        story.cart_reply(refused_one, refused(RefusalKind::OfferUnavailable));
        assert_eq!(writes(&story), []);
        story.resolve(refused_one, Answer::PlanAgain);
        assert_eq!(story.line(refused_one).stage, Stage::Draft);
        assert!(matches!(writes(&story)[..], [Effect::CheckOut { .. }]), "{:?}", writes(&story));
        buy(&mut story, carted);
        story.plan(2);
        story.approve(2);
        assert!(matches!(story.line(refused_one).stage, Stage::Waiting { .. }), "{:?}", story.line(refused_one).stage);
    }
}

#[test]
fn a_cart_does_not_wait_for_that_of_the_other_until_the_end() {
    let mut story = on_the_day();
    story.cart(SUITE, "cart-1");
    story.cart_reply(TEAMS, refused(RefusalKind::OfferUnavailable));
    story.at("2026-12-13T00:00:00Z");
    story.facts(SUITE);
    assert!(matches!(writes(&story)[..], [Effect::CheckOut { .. }]), "{:?}", writes(&story));
}

#[test]
fn a_cart_waits_for_one_that_stopped_before_it_had_one() {
    let mut story = Story::approved(PAIR);
    story.at("2026-12-09");
    story.facts(SUITE);
    story.change("offer E3_ALONE at 240.00 EUR\noffer TEAMS at 70.00 EUR");
    story.facts(TEAMS);
    story.cart(SUITE, "cart-1");
    assert_eq!((writes(&story), story.actions()), (vec![], vec!["PRICE_CHANGED"]));
    story.resolve(TEAMS, Answer::GoOn);
    assert!(matches!(writes(&story)[..], [Effect::CheckOut { .. }]), "{:?}", writes(&story));
}

#[test]
fn a_cart_waits_for_that_of_the_other_until_it_would_be_late() {
    let mut story = on_the_day();
    story.cart(SUITE, "cart-1");
    story.cart_reply(TEAMS, refused(RefusalKind::OfferUnavailable));
    story.at("2026-12-12T23:59:59Z");
    story.facts(SUITE);
    assert_eq!(writes(&story), []);
}

#[test]
fn what_one_of_them_waits_for_is_told_although_the_other_is_blocked() {
    let mut story = on_the_day();
    story.cart(TEAMS, "cart-2");
    story.cart_reply(SUITE, refused(RefusalKind::OfferUnavailable));
    story.resolve(SUITE, Answer::PlanAgain);
    buy(&mut story, TEAMS);
    story.change("offer TEAMS at 60.00 EUR");
    story.plan(2);
    assert_eq!(story.line(SUITE).stage, Stage::Blocked);
    story.at("2026-12-13T00:00:00Z");
    assert_eq!(story.actions(), ["OFFER_NOT_IN_COUNTRY", "DELIVERY_LATE"]);
}

#[test]
fn a_second_licence_that_was_cancelled_lets_no_old_subscription_go() {
    let mut story = bought();
    story.at("2026-12-09T00:45:00Z");
    story.delivered(SUITE, &both_are_there());
    story.delivered(TEAMS, &both_are_there());
    story.holders_among(SUITE, (1..=3).map(holder).collect(), tenancy(&both_are_there()));
    (1..=3).for_each(|n| story.swapped(SUITE, n, Outcome::Done(())));
    story.verified(SUITE);
    let moved = format!("{}\nin use E3 0\nin use E3_ALONE 3\nin use TEAMS 3", both_are_there());
    story.holders_among(SUITE, Vec::new(), tenancy(&moved));
    let cancelled = moved.replace("named new-101 ours", "named new-101 ours locked");
    story.source(TEAMS, &cancelled);
    assert!(story.actions().contains(&"PURCHASE_CANCELLED"), "{:?}", story.actions());
    story.source(SUITE, &cancelled);
    assert!(matches!(story.line(SUITE).stage.underlying(), Stage::Covered { .. }), "{:?}", story.line(SUITE).stage);
}

#[test]
fn when_one_stands_and_the_other_was_refused_the_old_one_stays_and_a_person_is_told() {
    for (there, refused_one, shows) in [(SUITE, TEAMS, SUITE_IS_THERE), (TEAMS, SUITE, TEAMS_IS_THERE)] {
        let mut story = carted();
        buy(&mut story, there);
        story.checked_out(refused_one, refused(RefusalKind::SeatsNotAllowed));
        story.at("2026-12-09T00:45:00Z");
        let holds = format!("{OLD}\n{shows}");
        story.delivered(there, &holds);
        // Whatever is seen, users keep what they have.
        story.holders_among(SUITE, (1..=3).map(holder).collect(), tenancy(&holds));
        story.source(SUITE, &holds);
        assert!(writes(&story).is_empty() && story.line(SUITE).swapped.is_empty());
        assert!(!matches!(story.line(SUITE).stage.underlying(), Stage::Covered { .. } | Stage::WindingDown { .. }));
        assert_eq!(story.asked_of_owners(), "");
        story.at("2026-12-13T00:00:00Z");
        assert!(story.actions().contains(&"SWAP_LATE") || there == TEAMS, "{:?}", story.actions());
        assert!(
            story.actions().contains(&"SEATS_BELOW_MIN") || story.actions().contains(&"REFUSED"),
            "{:?}",
            story.actions()
        );
    }
}

#[test]
fn what_stops_one_of_them_keeps_the_other_from_being_bought() {
    let mut story = Story::approved(PAIR);
    story.at("2026-12-09");
    // The suite costs more now; Teams does not.
    story.change("offer E3_ALONE at 300.00 EUR\noffer TEAMS at 60.00 EUR");
    story.facts(SUITE);
    story.forget();
    story.facts(TEAMS);
    story.tell_owed();
    story.resolve(SUITE, Answer::GoOn);
    story.facts(SUITE);
    story.facts(TEAMS);
    story.reads(expect![[r#"
        2026-12-09 00:00 facts were read
            beside-1: compared with its plan
          owed: nothing; next look: 2026-12-09 00:15
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 8
        2026-12-09 00:00 facts were read
            beside-1: to be bought as act 9
    "#]]);
}

#[test]
fn planned_again_both_are_taken_back_before_anything_was_checked_out() {
    let mut story = on_the_day();
    story.cart_reply(SUITE, refused(RefusalKind::OfferUnavailable));
    story.resolve(SUITE, Answer::PlanAgain);
    for n in [SUITE, TEAMS] {
        assert_eq!((story.line(n).stage, story.line(n).plan), (Stage::Draft, None));
    }
    assert_eq!(story.owed(), Vec::new());
}

#[test]
fn given_up_after_one_of_them_was_bought_the_other_is_bought_as_well() {
    let mut story = carted();
    buy(&mut story, SUITE);
    story.command("given up", Command::Cancel { by: "ana".to_owned() });
    buy(&mut story, TEAMS);
    assert!(story.line(TEAMS).bought().is_some());
    let mut story = Story::approved(PAIR);
    story.at("2026-12-09");
    story.facts(SUITE);
    story.command("given up", Command::Cancel { by: "ana".to_owned() });
    assert!(matches!(story.line(TEAMS).stage, Stage::Waiting { .. }), "the suite is being bought");
    let mut story = Story::approved(PAIR);
    story.command("given up", Command::Cancel { by: "ana".to_owned() });
    assert_eq!([SUITE, TEAMS].map(|n| story.line(n).stage), [Stage::Draft, Stage::Draft]);
}

#[test]
fn what_came_over_to_us_needs_no_second_licence_either() {
    let mut story = Story::approved(&PAIR.replace(" ea ends ", " nce_other_partner renews "));
    let done = Scene::of(
        "line E3 3 seats until 2026-12-13 nce_other_partner renews\ntransfer of old-1 done
         tenant holds E3 3 seats locked\ntenant holds E3 3 seats until 2027-12-13 named x-7 ours\nin use E3 3",
    );
    story.scene.facts = done.facts;
    story.at("2026-12-09");
    story.facts(SUITE);
    story.at("2026-12-12T12:00:00Z");
    assert_eq!(story.line(TEAMS).stage.word(), "waiting", "it is not late, for nobody needs it");
    story.at("2026-12-14");
    assert_eq!([SUITE, TEAMS].map(|n| story.line(n).stage.word()), ["came_over"; 2]);
    assert_eq!(writes(&story), []);
}

/// What a file says that was read again, with the line changed.
fn told_again(story: &mut Story, change: impl Fn(&mut SourceLine)) {
    let mut lines = story.scene.lines.clone();
    lines.iter_mut().for_each(change);
    let known = story.migration();
    if let Some(event) = import(Some(&known), story.scene.customer.clone(), lines, None) {
        story.log.push((story.now, event));
    }
}

#[test]
fn a_file_can_add_the_second_licence_change_it_or_take_it_back_until_either_is_begun() {
    let mut story =
        Story::approved("line E3 3 seats until 2026-12-13 ea ends wants E3_ALONE\noffer E3_ALONE\noffer TEAMS");
    told_again(&mut story, |line| line.companion = Some(sku("TEAMS")));
    assert_eq!([SUITE, TEAMS].map(|n| story.line(n).stage), [Stage::Draft, Stage::Draft], "to be planned anew");
    told_again(&mut story, |line| line.companion = Some(sku("VISIO")));
    assert_eq!(story.line(TEAMS).source.sku, sku("VISIO"));
    told_again(&mut story, |line| line.companion = None);
    assert!(!story.migration().lines.contains_key(&line_id(TEAMS)));

    let mut story = on_the_day();
    told_again(&mut story, |line| line.companion = None);
    assert!(story.migration().lines.contains_key(&line_id(TEAMS)), "the suite is being bought");
    assert_eq!(story.line(SUITE).source.companion, Some(sku("TEAMS")));
}

#[test]
fn another_number_of_seats_is_planned_anew_for_both_and_a_name_for_none() {
    let mut story = Story::approved(PAIR);
    told_again(&mut story, |line| line.contact_email = Some("it@birchlane.example".to_owned()));
    assert!([SUITE, TEAMS].iter().all(|n| matches!(story.line(*n).stage, Stage::Waiting { .. })));
    told_again(&mut story, |line| line.target_seats = Some(carryover_domain::value::Seats::at_least_one(5)));
    assert_eq!([SUITE, TEAMS].map(|n| story.line(n).stage), [Stage::Draft, Stage::Draft]);
    story.plan(2);
    let plan = story.migration().plan.expect("a plan");
    assert_eq!([SUITE, TEAMS].map(|n| plan.lines[&line_id(n)].seats.get()), [5, 5]);
}

/// Both in the tenant; `holder` is the only one who holds the old licence there.
fn to_change(holder: Holder, there: Tenancy) -> Story {
    let mut story = bought();
    story.delivered(SUITE, &both_are_there());
    story.delivered(TEAMS, &both_are_there());
    story.holders_among(SUITE, vec![holder], there);
    story
}

#[test]
fn what_a_user_had_switched_off_stays_off_in_both() {
    let mut there = tenancy(&both_are_there());
    there.pools.entry(sku("E3_ALONE")).or_default().plans = [1, 2].map(service_plan).into();
    there.pools.entry(sku("TEAMS")).or_default().plans = [3, 4].map(service_plan).into();
    let disabled_plans = [2, 3].map(service_plan).into();
    let mut story = to_change(Holder { disabled_plans, ..holder(1) }, there);
    let off = |n: u128| BTreeSet::from([service_plan(n)]);
    let add = BTreeMap::from([(sku("E3_ALONE"), off(2)), (sku("TEAMS"), off(3))]);
    assert_eq!(story.line(SUITE).change_of(user(1)), Some(Change { add, remove: sku("E3") }));
    story.swapped(SUITE, 1, Outcome::Done(()));
    assert_eq!(story.line(SUITE).swapped[&user(1)].second, Some((sku("TEAMS"), off(3))));
}

#[test]
fn what_only_the_new_licences_have_stays_off_in_both_where_the_policy_says_so() {
    let mut there = tenancy(&both_are_there());
    for (product, plans) in [("E3", [1, 3]), ("E3_ALONE", [1, 2]), ("TEAMS", [3, 4])] {
        there.pools.entry(sku(product)).or_default().plans = plans.map(service_plan).into();
    }
    let mut story = bought();
    story.scene.policy.new_plans = NewPlans::Off;
    story.delivered(SUITE, &both_are_there());
    story.delivered(TEAMS, &both_are_there());
    story.holders_among(SUITE, vec![holder(1)], there);
    let off = |n: u128| BTreeSet::from([service_plan(n)]);
    let add = BTreeMap::from([(sku("E3_ALONE"), off(2)), (sku("TEAMS"), off(4))]);
    assert_eq!(story.line(SUITE).change_of(user(1)), Some(Change { add, remove: sku("E3") }));
}

#[test]
fn what_a_user_has_of_a_new_licence_already_stays_on() {
    let mut there = tenancy(&both_are_there());
    there.pools.entry(sku("E3_ALONE")).or_default().plans = [1, 2].map(service_plan).into();
    there.pools.entry(sku("TEAMS")).or_default().plans = [3, 4].map(service_plan).into();
    let disabled_plans = [1, 2, 3].map(service_plan).into();
    let others = BTreeMap::from([
        (sku("E3_ALONE"), BTreeSet::from([service_plan(2)])),
        (sku("TEAMS"), BTreeSet::from([service_plan(4)])),
    ]);
    let story = to_change(Holder { disabled_plans, others, ..holder(1) }, there);
    let add = BTreeMap::from([(sku("E3_ALONE"), BTreeSet::from([service_plan(2)])), (sku("TEAMS"), BTreeSet::new())]);
    assert_eq!(story.line(SUITE).change_of(user(1)), Some(Change { add, remove: sku("E3") }));
}

#[test]
fn nobody_changes_while_either_of_them_has_no_free_unit() {
    for full in ["E3_ALONE", "TEAMS"] {
        let there = tenancy(&format!("{}\nin use {full} 3", both_are_there()));
        let story = to_change(holder(1), there.clone());
        assert!(story.line(SUITE).change_of(user(1)).is_none(), "{full}");
        assert!(story.line(SUITE).quiet_until.is_some(), "it is looked again");
        // Who holds it already takes no other unit.
        let others = BTreeMap::from([(sku(full), BTreeSet::new())]);
        let story = to_change(Holder { others, ..holder(1) }, there);
        assert!(story.line(SUITE).change_of(user(1)).is_some(), "{full}");
    }
}

#[test]
fn of_what_the_tenant_has_to_spare_nothing_is_bought_and_users_get_it() {
    let spare = format!("{OLD}\ntenant holds TEAMS 5 seats until 2027-12-31 named t-1\nin use TEAMS 2");
    let mut story = Story::approved(&format!("{PAIR}\n{spare}"));
    assert_eq!(story.line(TEAMS).stage, Stage::NothingToDo);
    story.at("2026-12-09");
    story.facts(SUITE);
    story.cart(SUITE, "cart-1");
    buy(&mut story, SUITE);
    let there = format!("{spare}\n{SUITE_IS_THERE}");
    story.delivered(SUITE, &there);
    story.holders_among(SUITE, vec![holder(1)], tenancy(&there));
    let change = story.line(SUITE).change_of(user(1)).expect("a change");
    assert!(change.add.contains_key(&sku("TEAMS")));
    // One less is not enough.
    let scarce = format!("{PAIR}\n{}", spare.replace("TEAMS 5", "TEAMS 4"));
    assert!(matches!(Story::approved(&scarce).line(TEAMS).stage, Stage::Waiting { .. }));
}

#[test]
fn either_of_them_that_cannot_be_bought_blocks_both() {
    for missing in ["offer E3_ALONE", "offer TEAMS"] {
        let story =
            Story::planned(&format!("line E3 3 seats until 2026-12-13 ea ends wants E3_ALONE with TEAMS\n{missing}"));
        assert_eq!([SUITE, TEAMS].map(|n| story.line(n).stage), [Stage::Blocked, Stage::Blocked], "{missing}");
        let told: Vec<&str> = story.actions();
        assert_eq!(told, ["OFFER_NOT_IN_COUNTRY"], "told once: {missing}");
    }
}

#[test]
fn what_users_would_lose_is_judged_of_both_together() {
    let codes = |scene: &str, n: usize| -> Vec<&'static str> {
        Scene::of(scene).findings(n).iter().map(carryover_domain::finding::Finding::code).collect()
    };
    assert_eq!(codes(PAIR, SUITE), ["DIFFERENT_SKU"]);
    assert_eq!(codes(PAIR, TEAMS), [""; 0]);
    let alone = PAIR.replace(" with TEAMS", "");
    assert_eq!(codes(&alone, SUITE), ["CAPABILITY_LOSS", "DIFFERENT_SKU", "COMPANION_NEEDED"]);
}

#[test]
fn what_is_given_back_early_closes_both_and_each_is_looked_at_again() {
    let mut story = Story::approved(
        "line E3 3 seats until 2027-06-30 direct_mosa renews P1Y at 500.00 EUR wants E3_ALONE with TEAMS
         offer E3_ALONE at 240.00 EUR\noffer TEAMS at 60.00 EUR",
    );
    assert_eq!(story.line(SUITE).plan.map(|plan| plan.source_end), Some(SourceEnd::OwnerCancels));
    story.facts(SUITE);
    story.facts(TEAMS);
    story.cart(SUITE, "cart-1");
    story.cart(TEAMS, "cart-2");
    buy(&mut story, SUITE);
    buy(&mut story, TEAMS);
    let old = |status: &str| format!("tenant holds E3 3 seats until 2027-06-30 named old-1 {status}");
    let new = format!("{SUITE_IS_THERE}\n{TEAMS_IS_THERE}\nin use E3_ALONE 3\nin use TEAMS 3");
    let there = format!("{}\n{new}", old(""));
    story.delivered(SUITE, &there);
    story.delivered(TEAMS, &there);
    story.holders_among(SUITE, Vec::new(), tenancy(&there));
    story.source(SUITE, &there);
    assert_eq!(story.owed(), Vec::new());
    story.at("2026-12-20");
    story.source(SUITE, &format!("{}\n{new}", old("locked")));
    story.forget();
    story.tell_owed();
    story.source(TEAMS, &format!("{}\n{new}", old("locked")));
    story.tell_owed();
    story.reads(expect![[r#"
          owed: beside-1: read the old subscription
          next look: 2026-12-20 00:15
        2026-12-20 00:00 the tenant was read
            beside-1: is over
            beside-1: nobody is short after the end
          owed: nothing; next look: 2026-12-21 00:00
    "#]]);
}

#[test]
fn the_old_price_is_compared_with_what_both_new_ones_cost() {
    let ends = |old: &str| {
        let scene = format!(
            "line E3 3 seats until 2027-06-30 direct_mosa renews P1Y at {old} EUR wants E3_ALONE with TEAMS
             offer E3_ALONE at 240.00 EUR\noffer TEAMS at 60.00 EUR"
        );
        Story::approved(&scene).line(SUITE).plan.map(|plan| plan.source_end)
    };
    assert_eq!(ends("299.00"), Some(SourceEnd::OwnerStopsRenewal), "dearer than the suite, and not than both");
    assert_eq!(ends("301.00"), Some(SourceEnd::OwnerCancels));
}

#[test]
fn a_second_licence_whose_cart_was_written_off_is_bought_for_as_many_seats_as_the_first() {
    let mut story = Story::approved(&PAIR.replace("wants E3_ALONE", "targets 2 wants E3_ALONE"));
    story.change("tenant holds E3 3 seats until 2026-12-13 named old-1\nin use E3 2");
    story.plan(2);
    story.approve(2);
    story.at("2026-12-09");
    story.facts(SUITE);
    story.facts(TEAMS);
    story.cart(SUITE, "cart-1");
    story.cart(TEAMS, "cart-2");
    story.checked_out(SUITE, Outcome::Done(purchase("E3_ALONE", 2, Some("new-1"), "2026-12-09")));
    story.checked_out(TEAMS, refused(RefusalKind::CartGone));
    story.at("2026-12-09T04:00:00Z");
    story.orders(TEAMS, Vec::new());
    story.facts(TEAMS);
    assert!(matches!(story.line(TEAMS).stage, Stage::Carting { .. }), "{:?}", story.line(TEAMS).stage);
}

/// Two old subscriptions whose users need Teams beside the suite.
const TWO_PAIRS: &str = "line E3 3 seats until 2026-12-13 ea ends wants E3_ALONE with TEAMS
                         line VISIO 4 seats until 2026-12-20 ea ends wants E3_ALONE with TEAMS";

/// Their tenant, with `spare` seats of Teams that stay, of which two are in use.
fn two_pairs(spare: u32) -> String {
    format!(
        "tenant holds E3 3 seats until 2026-12-13 named old-1\ntenant holds VISIO 4 seats until 2026-12-20 named old-2
         tenant holds TEAMS {spare} seats until 2028-01-31 named t-1\nin use E3 3\nin use VISIO 4\nin use TEAMS 2"
    )
}

#[test]
fn two_pairs_that_draw_on_one_pool_are_counted_together() {
    let bought = |spare: u32| {
        let story = Story::approved(&format!("{TWO_PAIRS}\n{}", two_pairs(spare)));
        [TEAMS, TEAMS + 1].map(|n| matches!(story.line(n).stage, Stage::Waiting { .. }))
    };
    assert_eq!(bought(2 + 3 + 4), [false, false], "enough for both");
    assert_eq!(bought(2 + 3 + 4 - 1), [false, true], "for whose old one ends first");
    assert_eq!(bought(2 + 3 - 1), [true, true], "for neither");
}

#[test]
fn users_on_their_way_to_seats_that_were_to_spare_are_counted_once() {
    let mut story = Story::approved(&format!("{TWO_PAIRS}\n{}", two_pairs(9)));
    story.at("2026-12-09");
    story.facts(SUITE);
    story.cart(SUITE, "cart-1");
    buy(&mut story, SUITE);
    // Planned again before they have come and after it, nothing is bought for the other pair either.
    story.plan(2);
    assert_eq!([TEAMS, TEAMS + 1].map(|n| story.line(n).stage), [Stage::NothingToDo, Stage::NothingToDo]);
    let there = format!("{}\n{SUITE_IS_THERE}", two_pairs(9));
    story.delivered(SUITE, &there);
    story.holders_among(SUITE, (1..=3).map(holder).collect(), tenancy(&there));
    (1..=3).for_each(|n| story.swapped(SUITE, n, Outcome::Done(())));
    story.change(
        &there.replace("in use TEAMS 2", "in use TEAMS 5").replace("in use E3 3", "in use E3 0\nin use E3_ALONE 3"),
    );
    story.plan(3);
    assert_eq!([TEAMS, TEAMS + 1].map(|n| story.line(n).stage), [Stage::NothingToDo, Stage::NothingToDo]);
}

#[test]
fn a_seat_that_a_moved_pair_leaves_free_is_to_spare_for_the_next_one() {
    let mut story = Story::approved(&format!("{TWO_PAIRS}\n{}", two_pairs(9)));
    story.at("2026-12-09");
    story.facts(SUITE);
    story.cart(SUITE, "cart-1");
    buy(&mut story, SUITE);
    // Only one user held the old licence of the first pair, and seven seats of Teams are left for four more.
    let there = format!("{}\n{SUITE_IS_THERE}", two_pairs(7)).replace("in use E3 3", "in use E3 1");
    story.delivered(SUITE, &there);
    story.holders_among(SUITE, vec![holder(1)], tenancy(&there));
    story.swapped(SUITE, 1, Outcome::Done(()));
    story.verified(SUITE);
    let moved =
        there.replace("in use TEAMS 2", "in use TEAMS 3").replace("in use E3 1", "in use E3 0\nin use E3_ALONE 1");
    story.holders_among(SUITE, Vec::new(), tenancy(&moved));
    assert!(matches!(story.line(SUITE).stage, Stage::Covered { .. }), "{:?}", story.line(SUITE).stage);
    story.change(&moved);
    story.plan(2);
    assert_eq!([TEAMS, TEAMS + 1].map(|n| story.line(n).stage), [Stage::NothingToDo, Stage::NothingToDo]);
}

#[test]
fn seats_to_spare_that_an_approved_pair_counts_on_are_not_given_to_one_told_later() {
    let sooner = |rows: &str| rows.replace("2026-12-20", "2026-12-11");
    let (lines, world) = (sooner(TWO_PAIRS), sooner(&two_pairs(2 + 4)));
    let first = lines.lines().next().expect("a line");
    let mut story = Story::approved(&format!("{first}\n{world}"));
    assert_eq!(story.line(TEAMS).stage, Stage::NothingToDo, "enough for the first pair");
    // Another pair is told, whose old one ends before: there is not enough for both.
    story.scene = Scene::of(&format!("{lines}\n{world}"));
    told_again(&mut story, |_| ());
    story.plan(2);
    assert_eq!([TEAMS, TEAMS + 1].map(|n| story.line(n).stage), [Stage::NothingToDo, Stage::Ready]);
    story.at("2026-12-09");
    story.facts(SUITE);
    assert!(matches!(story.line(SUITE).stage, Stage::Carting { .. }), "{:?}", story.line(SUITE).stage);
}

#[test]
fn seats_that_users_are_on_their_way_to_are_to_spare_for_nobody_else() {
    let lines = "line VISIO 3 seats until 2026-12-13 ea ends wants E3_ALONE with TEAMS
                 line E3 4 seats until 2027-02-14 ea ends wants E3_ALONE";
    for (spare, needed) in [(3 + 4, false), (3 + 4 - 1, true)] {
        let world = format!(
            "tenant holds VISIO 3 seats until 2026-12-13 named old-1\ntenant holds E3 4 seats until 2027-02-14 named old-2
             tenant holds TEAMS {} seats until 2028-01-31 named t-1\nin use VISIO 3\nin use E3 4\nin use TEAMS 2",
            2 + spare
        );
        let mut story = Story::approved(&format!("{lines}\n{world}"));
        let asks = |story: &mut Story, plan: u128, when: &str| {
            story.plan(plan);
            let found = story.line(2).findings.iter().any(|found| found.code() == "COMPANION_NEEDED");
            assert_eq!(found, needed, "{spare} to spare, {when}");
        };
        asks(&mut story, 2, "nothing bought");
        story.at("2026-12-09");
        story.facts(SUITE);
        asks(&mut story, 3, "being bought");
        story.cart(SUITE, "cart-1");
        buy(&mut story, SUITE);
        asks(&mut story, 4, "bought");
        let there = format!("{world}\n{SUITE_IS_THERE}");
        story.delivered(SUITE, &there);
        story.holders_among(SUITE, (1..=3).map(holder).collect(), tenancy(&there));
        story.change(&there);
        asks(&mut story, 5, "users are changing");
        (1..=3).for_each(|n| story.swapped(SUITE, n, Outcome::Done(())));
        let moved = there.replace("in use TEAMS 2", "in use TEAMS 5");
        story.change(&moved.replace("in use VISIO 3", "in use VISIO 0\nin use E3_ALONE 3"));
        asks(&mut story, 6, "users have changed");
    }
}

#[test]
fn what_is_not_to_spare_any_more_on_the_day_stops_the_purchase_beside_it() {
    let spare = format!("{OLD}\ntenant holds TEAMS 5 seats until 2027-12-31 named t-1\nin use TEAMS 2");
    let mut story = Story::approved(&format!("{PAIR}\n{spare}"));
    story.change(&spare.replace("in use TEAMS 2", "in use TEAMS 3"));
    story.at("2026-12-09");
    story.facts(SUITE);
    story.resolve(SUITE, Answer::PlanAgain);
    story.plan(2);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, STATE_CHANGED: Microsoft Teams Enterprise (TEAMS) for these users was to come from seats to spare, and they are not enough any more
        2026-12-09 00:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-09 00:00 assessed
            old-1: warns DIFFERENT_SKU: Office 365 E3 (E3) is replaced by Office 365 E3 (no Teams) (E3_ALONE), which has less of DEFENDER_O365
        2026-12-09 00:00 planned
            plan 2 of 2 lines
    "#]]);
}

#[test]
fn seats_that_users_are_on_their_way_to_are_not_let_go() {
    let holds = format!("{OLD}\ntenant holds TEAMS 5 seats until 2026-12-13 named old-2\nin use TEAMS 3");
    let mut story = Story::approved(&format!(
        "{PAIR}\nline TEAMS 5 seats until 2026-12-13 ea ends targets 5
         {holds}\ntenant holds TEAMS 6 seats until 2027-12-31 named t-1"
    ));
    assert_eq!(story.line(TEAMS).stage, Stage::NothingToDo);
    story.at("2026-12-09");
    for (n, product, seats) in [(SUITE, "E3_ALONE", 3), (2, "TEAMS", 5)] {
        story.facts(n);
        story.cart(n, &format!("cart-{n}"));
        story.checked_out(n, Outcome::Done(purchase(product, seats, Some(&format!("new-{n}")), "2026-12-09")));
    }
    // What was to spare has gone meanwhile: three of the five new ones are for the users of the suite.
    let there = format!("{holds}\ntenant holds TEAMS 5 seats until 2027-12-08 named new-2 ours");
    story.delivered(2, &there);
    assert!(matches!(story.line(2).stage.underlying(), Stage::Covered { .. }), "{:?}", story.line(2).stage);
}

#[test]
fn another_second_licence_that_is_told_after_one_of_the_pair_was_begun_is_said_to_come_too_late() {
    let told = |with: &str| {
        let mut told = Scene::of(PAIR).lines;
        told[0].companion = (!with.is_empty()).then(|| sku(with));
        told
    };
    let late = |story: &Story, with: &str| {
        let late = too_late(&story.migration(), &told(with));
        late.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let waiting = Story::approved(PAIR);
    assert_eq!(late(&waiting, "VISIO"), Vec::<String>::new(), "it is taken over and planned anew");
    for begun in [carted(), bought()] {
        assert_eq!(late(&begun, "TEAMS"), Vec::<String>::new(), "as it was");
        let other = late(&begun, "VISIO");
        assert!(matches!(&other[..], [one] if one.starts_with("companion_sku asks for ")), "{other:?}");
        let none = late(&begun, "");
        assert!(matches!(&none[..], [one] if one.contains("is not given") && one.contains("stays")), "{none:?}");
    }
}
