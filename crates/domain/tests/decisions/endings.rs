//! Lines that end otherwise than by a purchase that stands: what came over, what was cancelled again, what is kept.

use crate::fixture::story::{Story, plan_id};
use carryover_domain::overall::{Overall, overall};
use carryover_domain::report::{Standing, report};
use carryover_domain::{Answer, Command, Exit, Stage};
use expect_test::expect;

/// Old and new, both serving.
const BESIDE: &str = "tenant holds SPB 25 seats until 2026-12-13
                      tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";

/// The new one is cancelled, in one word of the tenant.
fn cancelled(word: &str) -> String {
    BESIDE.replace("named new-1 ours", &format!("named new-1 ours {word}"))
}

/// Covered by `new-1` and let go.
fn winding_down(words: &str) -> Story {
    let mut story = Story::bought(&format!("line SPB 25 seats until 2026-12-13 {words}"));
    story.delivered(1, BESIDE);
    story.forget();
    story
}

/// Where the first line stands, in the report.
fn reported(story: &Story) -> (Standing, String) {
    let log = story.log.iter().map(|(at, event)| (*at, event));
    let report = report(&story.migration(), log, &story.scene.policy, story.now);
    let line = &report.lines[0];
    (line.standing, line.says.clone())
}

#[test]
fn what_came_over_by_a_transfer_is_done_once_its_planned_end_has_passed() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 nce_other_partner renews");
    let done = crate::fixture::Scene::of(
        "line SPB 25 seats until 2026-12-13 nce_other_partner renews\ntransfer of old-1 done
         tenant holds SPB 25 seats locked\ntenant holds SPB 25 seats until 2027-12-13 named x-7 ours\nin use SPB 25",
    );
    story.scene.facts = done.facts;
    story.at("2026-12-09");
    story.facts(1);
    assert_eq!(story.actions(), ["SOURCE_IS_OURS"]);
    story.at("2026-12-13T23:59:59Z");
    story.at("2026-12-14");
    story.tell_actions();
    story.tell_owed();
    assert_eq!((story.line(1).stage.word(), overall(&story.migration())), ("came_over", Overall::Succeeded));
    let (standing, says) = reported(&story);
    assert_eq!(
        (standing, says.as_str()),
        (Standing::CameOver, "done without a purchase: it came over to us, subscription old-1")
    );
    assert_eq!(story.line(1).plan, None, "nothing is to be done by its plan any more");
    story.plan(2);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, SOURCE_IS_OURS: subscription old-1 is ours in new commerce already
        2026-12-13 23:59 time passed
        2026-12-14 00:00 time passed
            old-1: done, it came over as old-1
          nobody has to act
          owed: nothing; next look: never
        2026-12-14 00:00 assessed
            nothing found
        2026-12-14 00:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
    "#]]);
}

#[test]
fn what_did_not_come_over_has_missed_its_window() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 nce_other_partner renews\nrelationship none");
    story.at("2026-12-14");
    assert_eq!(story.line(1).stage.word(), "needs_attention");
    assert_eq!(story.actions(), ["WINDOW_MISSED"]);
}

#[test]
fn a_line_whose_new_subscription_was_cancelled_asks_a_person_and_is_planned_and_bought_again() {
    let mut story = winding_down("direct_mca renews");
    story.at("2026-12-13");
    story.source(1, &cancelled("locked"));
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.resolve(1, Answer::PlanAgain);
    story.change(&cancelled("locked"));
    story.plan(2);
    story.approve(2);
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-13 00:00 time passed
        2026-12-13 00:00 the tenant was read
            old-1: needs a person, PURCHASE_CANCELLED: the new subscription new-1 was cancelled
          by 2026-12-13 00:00: KEEP_ALIVE ask an owner or contributor of the customer's billing account or billing profile to leave the renewal on for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
          by 2026-12-14 00:00: PURCHASE_CANCELLED the new subscription new-1 was cancelled. Leave the old subscription's renewal on. To buy again, `carryover resolve LINE plan-again`, plan and approve; where the old subscription stays, give users who have changed its licence again, then `carryover resolve LINE old-kept`.
        2026-12-13 00:00 answered GoOn
            rejected: line old-1 cannot be answered with go-on now: it has stopped (PURCHASE_CANCELLED); answer plan-again to buy anew, or old-kept where the old subscription stays
        2026-12-13 00:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-13 00:00 assessed
            old-1: warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-13, has passed
        2026-12-13 00:00 planned
            plan 2 of 1 lines
        2026-12-13 00:00 approved
            ana approved plan 2
        2026-12-13 00:00 facts were read
            old-1: to be bought as act 15
    "#]]);
}

#[test]
fn a_suspended_new_subscription_is_still_paid_for_and_no_cancelled_one() {
    for word in ["suspended", "grace", ""] {
        let mut story = winding_down("direct_mca renews");
        story.at("2026-12-13");
        story.source(1, &cancelled(word));
        assert!(!story.actions().contains(&"PURCHASE_CANCELLED"), "{word}");
        story.resolve(1, Answer::PlanAgain);
        story.resolve(1, Answer::OldKept);
        assert_ne!(story.line(1).plan, None, "{word}");
    }
}

#[test]
fn only_of_what_others_cover_it_is_kept_who_has_said_that_the_renewal_is_stopped() {
    let mut story = winding_down("direct_mca renews");
    story.resolve(1, Answer::RenewalStopped);
    let line = story.line(1);
    let exit = Exit::OwnerConfirmed { by: "ana".to_owned() };
    assert!(matches!(line.stage, Stage::WindingDown { exit: told, .. } if told == exit));
    assert_eq!(line.stopped, None);
}

#[test]
fn a_new_subscription_that_serves_again_after_it_was_cancelled_lets_its_line_go_on() {
    let mut story = winding_down("direct_mca renews");
    story.at("2026-12-13");
    story.source(1, &cancelled("locked"));
    story.source(1, &cancelled("suspended"));
    assert_eq!(story.line(1).stage.word(), "needs_attention", "it serves nobody");
    story.source(1, BESIDE);
    assert_eq!(story.line(1).stage.word(), "winding_down");
    story.reads(expect![[r#"
        2026-12-13 00:00 time passed
        2026-12-13 00:00 the tenant was read
            old-1: needs a person, PURCHASE_CANCELLED: the new subscription new-1 was cancelled
        2026-12-13 00:00 the tenant was read
        2026-12-13 00:00 the tenant was read
            old-1: goes on
    "#]]);
}

#[test]
fn an_assessment_sees_at_once_that_the_new_subscription_is_cancelled() {
    let mut story = winding_down("direct_mca renews");
    story.change(&cancelled("locked"));
    let facts = story.known();
    story.command("assessed", Command::Assess { facts: Box::new(facts.clone()), by: "mia".to_owned() });
    story.command("assessed", Command::Assess { facts: Box::new(facts), by: "mia".to_owned() });
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 assessed
            nothing found
            old-1: needs a person, PURCHASE_CANCELLED: the new subscription new-1 was cancelled
        2026-12-09 00:00 assessed
            nothing found
          owed: nothing; next look: 2026-12-13 00:00
    "#]]);
}

#[test]
fn a_person_ends_a_line_whose_old_subscription_is_kept() {
    let mut story = winding_down("direct_mca renews");
    story.resolve(1, Answer::OldKept);
    story.at("2026-12-13");
    story.source(1, &cancelled("locked"));
    story.resolve(1, Answer::OldKept);
    assert_eq!(story.line(1).stage.word(), "old_kept");
    let (standing, says) = reported(&story);
    assert_eq!(
        (standing, says.as_str()),
        (Standing::OldKept, "the old subscription is kept and the new one cancelled, says ana")
    );
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 answered OldKept
            rejected: line old-1 cannot be answered with old-kept now: it is bought, and its owner is asked to end the old subscription; its new subscription was not seen to be cancelled: cancel it in Partner Center, then `carryover assess`, which looks at once
        2026-12-13 00:00 time passed
        2026-12-13 00:00 the tenant was read
            old-1: needs a person, PURCHASE_CANCELLED: the new subscription new-1 was cancelled
        2026-12-13 00:00 answered OldKept
            old-1: ana says OldKept
          nobody has to act
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn where_the_old_one_has_renewed_and_the_new_one_is_cancelled_the_old_one_is_kept_and_can_be_planned_for_its_next_end()
{
    let mut story = winding_down("direct_mca renews");
    story.at("2026-12-14T01:00:00Z");
    let renewed = |text: &str| text.replacen("2026-12-13", "2027-12-13", 1);
    story.source(1, &renewed(BESIDE));
    assert_eq!(story.actions(), ["SOURCE_RENEWED"]);
    story.at("2026-12-15T01:00:00Z");
    // Somebody would be without a licence.
    story.source(1, &renewed(&cancelled("locked")).replace("in use SPB 25", "in use SPB 26"));
    assert_eq!(story.actions(), ["PURCHASE_CANCELLED"]);
    story.source(1, &renewed(&cancelled("locked")));
    let (standing, says) = reported(&story);
    assert_eq!(
        (standing, says.as_str()),
        (Standing::OldKept, "the old subscription is kept and the new one cancelled")
    );
    assert_eq!(overall(&story.migration()), Overall::Succeeded);
    story.tell_owed();
    story.resolve(1, Answer::PlanAgain);
    story.change(&renewed(&cancelled("locked")));
    story.plan(2);
    let made = story.migration().plan.expect("a plan");
    assert_eq!(made.id, plan_id(2));
    assert!(made.lines.values().all(|line| line.ends.last_whole_day().to_string() == "2027-12-13"));
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: needs a person, SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13
        2026-12-15 01:00 time passed
        2026-12-15 01:00 the tenant was read
            old-1: needs a person, PURCHASE_CANCELLED: the new subscription new-1 was cancelled
        2026-12-15 01:00 the tenant was read
            old-1: goes on
            old-1: done, the old one is kept
          owed: nothing; next look: never
        2026-12-15 01:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-15 01:00 assessed
            old-1: warns END_DATE_CONFLICT: the tenant says that the last day is 2027-12-13, the file says 2026-12-13
        2026-12-15 01:00 planned
            plan 2 of 1 lines
    "#]]);
}

#[test]
fn a_kept_subscription_covers_its_users_and_is_not_counted_as_one_that_goes() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    story.delivered(1, BESIDE);
    story.at("2026-12-13");
    story.source(1, &cancelled("locked"));
    story.resolve(1, Answer::OldKept);
    let more = crate::fixture::Scene::of(
        "line SPB 25 seats until 2026-12-13 direct_mca renews\nline SPB 5 seats until 2027-02-14 open
         tenant holds SPB 25 seats until 2027-12-13\ntenant holds SPB 5 seats until 2027-02-14\nin use SPB 25",
    );
    let told = carryover_domain::migration::decide::import(
        Some(&story.migration()),
        more.customer.clone(),
        more.lines.clone(),
        None,
    );
    story.log.push((story.now, told.expect("a new line")));
    story.scene.facts.tenancy = more.facts.tenancy;
    story.plan(2);
    assert_eq!(story.line(2).stage.word(), "nothing_to_do", "25 seats stay for 25 users");
}
