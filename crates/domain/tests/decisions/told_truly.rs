//! What people are told is true on the day on which they are told it: no end that nobody saw, and nothing that has passed as if it
//! were to come.

use crate::fixture::story::{Story, names};
use carryover_domain::Answer;
use carryover_domain::facts::{Agreement, Relationship};
use carryover_domain::forecast::{Forecast, Prospect};
use carryover_domain::ids::LineId;
use carryover_domain::migration::action::action_items;
use carryover_domain::migration::fate::Fate;
use carryover_domain::report::report;
use expect_test::expect;

/// Approved and never bought, until the first day after the end of what `scene` tells.
fn missed(scene: &str) -> Story {
    let mut story = Story::approved(&format!("relationship none\nagreement unreadable\n{scene}"));
    story.at("2026-12-14");
    story
}

/// What each thing that waits is, and what can be done about it.
fn told(story: &Story) -> String {
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    let text = |remedy: Option<String>| remedy.map_or(String::new(), |remedy| format!(". {remedy}"));
    let rows = items.iter().map(|item| {
        format!("{}: {}{}\n", item.action.code(), names(&item.action.what()), names(&text(item.action.remedy())))
    });
    rows.collect()
}

#[test]
fn of_a_source_that_nobody_could_see_since_its_end_nobody_says_that_it_has_run_out() {
    for renews in ["renews", "unclear", "ends"] {
        let story = missed(&format!("line SPB 25 seats until 2026-12-13 direct_mca {renews}\ntenant unseen"));
        assert_eq!(story.line(1).fate(story.now), Some(Fate::Unseen), "{renews}");
        expect![[r#"
            WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought. Ask its owner whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve. We may not look ourselves before the customer's administrator lets us into the tenant.
            KEEP_ALIVE: ask an owner or contributor of the customer's billing account or billing profile whether SPB, whose planned last day has passed, has renewed or run out, in the Microsoft 365 admin centre under Billing, Your products: nobody has seen that here. Where it has run out, it is reactivated as the last resort, for its replacement does not stand yet: a new paid term begins, which can be cancelled within seven days. We cannot look ourselves before the customer's administrator lets us into the tenant
        "#]]
        .assert_eq(&told(&story));
    }
}

#[test]
fn who_may_look_into_the_tenant_is_not_told_to_ask_to_be_let_in() {
    let story = missed("line SPB 25 seats until 2026-12-13 direct_mca ends\nrelationship reseller\nagreement accepted");
    let told = told(&story);
    assert!(!told.contains("let us") && !told.contains("lets us"), "{told}");
    assert!(told.contains("WINDOW_MISSED") && told.contains("Look whether it has renewed"), "{told}");
}

#[test]
fn who_was_let_in_too_late_is_not_told_to_ask_to_be_let_in() {
    let mut story = Story::approved(
        "relationship none\nagreement unreadable\nline SPB 25 seats until 2026-12-13 direct_mca renews\ntenant unseen",
    );
    story.at("2026-12-14");
    assert!(told(&story).contains("lets us into the tenant"), "{}", told(&story));
    story.standing(Relationship::Reseller, Agreement::Accepted);
    story.facts(1);
    assert_eq!(story.actions(), ["WINDOW_MISSED", "KEEP_ALIVE"]);
    let told = told(&story);
    assert!(!told.contains("let us") && !told.contains("lets us"), "{told}");
}

#[test]
fn a_source_that_the_tenant_shows_to_go_on_is_not_kept_alive() {
    let mut story = Story::approved(
        "line SPB 25 seats until 2026-12-13 direct_mosa renews\ntenant holds SPB 25 seats until 2027-12-13\nin use SPB 25",
    );
    story.at("2026-12-14");
    assert_eq!((story.line(1).fate(story.now), story.actions()), (Some(Fate::GoesOn), vec!["WINDOW_MISSED"]));
    // Looked at after its end.
    story.resolve(1, Answer::PlanAgain);
    story.plan(2);
    assert_eq!((story.line(1).fate(story.now), story.actions()), (Some(Fate::GoesOn), vec!["APPROVE_PLAN"]));
}

/// Lines whose end a file has told, and a saved answer of the tenant.
const TOLD: [&str; 2] = [
    "line SPB 25 seats until 2026-12-13 direct_mca renews",
    "line SPB 25 seats until unknown direct_mca renews says graph 2026-12-13",
];
const RENEWED: &str = "tenant holds SPB 25 seats until 2027-12-13\nin use SPB 25";

#[test]
fn a_source_that_a_look_after_its_end_shows_to_go_on_is_not_told_to_be_unseen() {
    for (line, stopped) in TOLD.into_iter().zip([
        "the tenant says that the last day is 2027-12-13, the file says 2026-12-13; ",
        "the tenant says that the last day is 2027-12-13, and said 2026-12-13 before; ",
    ]) {
        // Planned again before anybody could look, and looked at before it is bought.
        let mut story = missed(&format!("{line}\ntenant unseen"));
        story.at("2026-12-16");
        story.resolve(1, Answer::PlanAgain);
        story.standing(Relationship::Reseller, Agreement::Accepted);
        story.plan(2);
        story.approve(2);
        assert_eq!(story.line(1).fate(story.now), Some(Fate::Unseen), "{line}");
        story.at("2026-12-17");
        story.change(RENEWED);
        story.facts(1);
        assert_eq!((story.line(1).fate(story.now), story.actions()), (Some(Fate::GoesOn), vec!["END_DATE_CONFLICT"]));
        let why = "the old subscription's last day is 2027-12-13; the plan was made for 2026-12-13";
        assert!(told(&story).starts_with(&format!("END_DATE_CONFLICT: {stopped}{why}. ")), "{}", told(&story));
    }
}

#[test]
fn a_line_that_waits_for_approval_after_its_end_is_not_drawn_as_unseen_where_it_goes_on() {
    for line in TOLD {
        let mut story = missed(&format!("{line}\ntenant unseen"));
        story.at("2026-12-17");
        story.resolve(1, Answer::PlanAgain);
        story.standing(Relationship::Reseller, Agreement::Accepted);
        story.change(RENEWED);
        story.plan(2);
        let log = story.log.iter().map(|(at, event)| (*at, event));
        let shown = report(&story.migration(), log, &story.scene.policy, story.now);
        assert_eq!(shown.lines[0].fate, Some(Fate::GoesOn), "{line}");
    }
}

#[test]
fn a_source_that_was_disabled_before_its_end_is_not_told_to_have_run_out_after_it() {
    let mut story = Story::approved(
        "relationship none\nagreement unreadable\nline SPB 25 seats until 2026-12-13 direct_mca renews",
    );
    story.at("2026-12-05");
    story.change("tenant holds SPB 25 seats until 2027-03-01 suspended\nin use SPB 25");
    story.plan(2);
    // The customer pays, and nobody looks again before it has renewed.
    story.at("2026-12-14");
    assert_eq!(story.line(1).fate(story.now), Some(Fate::Unseen));
    let asked = story.asked_of_owners();
    assert!(asked.contains("KEEP_ALIVE") && asked.contains("has renewed or run out"), "{asked}");
    // Seen after the end, it counts.
    story.resolve(1, Answer::PlanAgain);
    story.plan(3);
    assert_eq!(story.line(1).fate(story.now), Some(Fate::Over));
}

#[test]
fn a_source_that_was_seen_to_be_over_is_told_so() {
    let over = "line SPB 25 seats until 2026-10-31 direct_mosa ends\ntenant holds SPB 25 seats grace\nin use SPB 25";
    let mut story = Story::approved(over);
    story.at("2026-11-03T08:00:00Z");
    assert_eq!(story.line(1).fate(story.now), Some(Fate::Over));
    assert!(story.asked_of_owners().contains("it has run out"), "{}", story.asked_of_owners());
    // Nothing is known of what is still to end.
    assert_eq!(Story::approved("").line(1).fate(story.now), None);
}

/// Planned again on 2026-12-16, two whole days after the end, when the tenant shows `holds`: what was found, and what the forecast asks
/// of whom and calls late.
fn planned_again(line: &str, holds: &str) -> String {
    let mut story = Story::approved(&format!("relationship none\nagreement unreadable\ntenant unseen\n{line}"));
    story.at("2026-12-16");
    story.resolve(1, Answer::PlanAgain);
    story.standing(Relationship::Reseller, Agreement::Accepted);
    story.change(holds);
    story.plan(2);
    let prospect = Prospect::recorded(&story.migration(), &story.scene.policy, story.now).expect("it is planned");
    let shown = Forecast::of([prospect], [], &story.scene.policy, story.now);
    let found: Vec<&str> = story.line(1).findings.iter().map(|finding| finding.code()).collect();
    let acts = shown.actions.iter().map(|act| {
        format!("{} by {}: {}\n", act.code, act.due.map_or("any time".to_owned(), |due| due.to_string()), act.text)
    });
    let misses = shown.misses.iter().map(|miss| format!("missed: {} {}\n", miss.code, miss.text));
    format!("{}\n{}", found.join(" "), acts.chain(misses).collect::<String>())
}

#[test]
fn what_is_planned_again_after_its_end_is_told_by_what_has_passed() {
    let renews = "line SPB 25 seats until 2026-12-13 direct_mca renews";
    // Nobody can look: it has most likely renewed, and that can still be undone.
    expect![[r#"
        NO_GDAP LEAD_TOO_SHORT
        NO_GDAP by 2026-12-16T00:00:00Z: we may sell to the customer but not look into its tenant
        APPROVE_PLAN by 2026-12-17T00:00:00Z: look at the plan of 1 line and approve it
        STOP_RENEWAL by 2026-12-21T00:00:00Z: if SPB has gone on after its last day, cancel it within seven days of that, once its replacement stands
        missed: LEAD_TOO_SHORT the day for buying with the usual lead before the last day, 2026-12-13, has passed
    "#]].assert_eq(&planned_again(renews, ""));
    // Nobody can look, and it was to end.
    expect![[r#"
        NO_GDAP GAP
        NO_GDAP by 2026-12-16T00:00:00Z: we may sell to the customer but not look into its tenant
        APPROVE_PLAN by 2026-12-17T00:00:00Z: look at the plan of 1 line and approve it
        missed: GAP users are without service for 2 days
    "#]]
    .assert_eq(&planned_again("line SPB 25 seats until 2026-12-13 open", ""));
    // It is over: nothing is left that could be stopped.
    expect![[r#"
        OVERASSIGNED_SOURCE SOURCE_IN_GRACE
        APPROVE_PLAN by 2026-12-17T00:00:00Z: look at the plan of 1 line and approve it
        missed: SOURCE_IN_GRACE the old subscription has ended and is in grace until 2027-01-12
    "#]]
    .assert_eq(&planned_again(renews, "tenant holds SPB 25 seats until 2027-01-12 grace\nin use SPB 25"));
    // Its users are blocked, and it is billed on.
    let suspended = "tenant holds SPB 25 seats until 2026-12-14 theirs suspended\nin use SPB 25";
    expect![[r#"
        SUSPENDED_SOURCE OVERASSIGNED_SOURCE NO_GRACE
        APPROVE_PLAN by 2026-12-17T00:00:00Z: look at the plan of 1 line and approve it
        STOP_RENEWAL by 2026-12-21T00:00:00Z: if SPB has gone on after its last day, cancel it within seven days of that, once its replacement stands
        missed: SUSPENDED_SOURCE the old subscription is suspended: it is billed and its users are blocked
    "#]]
    .assert_eq(&planned_again("line SPB 25 seats until 2026-12-13 nce_other_partner renews", suspended));
    // It serves on.
    expect![[r#"
        END_DATE_CONFLICT
        APPROVE_PLAN by 2027-12-09T00:00:00Z: look at the plan of 1 line and approve it
        STOP_RENEWAL by 2027-12-13T00:00:00Z: stop the renewal of SPB, once its replacement stands
    "#]]
    .assert_eq(&planned_again(renews, "tenant holds SPB 25 seats until 2027-12-13\nin use SPB 25"));
}

#[test]
fn the_days_of_two_refunds_are_told_as_passed_once_they_have() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    let new = "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{new}"));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats until 2027-12-13\n{new}"));
    let mut on = |day: &str| {
        story.at(day);
        format!("{day} {}", told(&story))
    };
    let days = ["2026-12-15T23:59:59Z", "2026-12-16", "2026-12-20T23:59:59Z", "2026-12-21"];
    expect![[r#"
        2026-12-15T23:59:59Z SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13. Have the owner cancel it, for a prorated refund until 2026-12-20; or cancel the new subscription in Partner Center, for one until 2026-12-15, and keep the old one, once its users have its licence again. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.
        2026-12-16 SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13. Have the owner cancel it, for a prorated refund until 2026-12-20; the last day to cancel the new subscription for one was 2026-12-15. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.
        2026-12-20T23:59:59Z SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13. Have the owner cancel it, for a prorated refund until 2026-12-20; the last day to cancel the new subscription for one was 2026-12-15. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.
        2026-12-21 SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13. The last days for a prorated refund have passed, 2026-12-20 for the old subscription and 2026-12-15 for the new one: both last and are paid until the ends of their terms. Have the owner stop the next renewal. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.
    "#]].assert_eq(&days.map(&mut on).concat());
}

#[test]
fn no_day_is_told_for_the_refund_of_what_was_reactivated_on_a_day_that_nobody_knows() {
    let over = "tenant holds SPB 25 seats until 2026-11-30 grace";
    let mut story = Story::bought(&format!(
        "today 2026-11-03\nline SPB 25 seats until 2026-10-31 direct_mosa ends\n{over}\nin use SPB 25"
    ));
    story.at("2026-11-04");
    assert!(story.asked_of_owners().contains("to reactivate SPB"), "{}", story.asked_of_owners());
    // Reactivated on 2026-11-09, a day before what was bought has come.
    story.at("2026-11-10T08:00:00Z");
    let both = "tenant holds SPB 25 seats until 2027-11-08\ntenant holds SPB 25 seats until 2027-11-02 named new-1 ours\nin use SPB 25";
    story.delivered(1, both);
    story.source(1, both);
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    assert_eq!((items.len(), items[0].due), (1, None));
    expect![[r#"
        SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-11-08. Have the owner cancel it, for a prorated refund within seven days of its reactivation; the last day to cancel the new subscription for one was 2026-11-09. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.
    "#]].assert_eq(&told(&story));
}

#[test]
fn no_day_is_told_for_the_refund_of_what_serves_again_after_it_was_seen_to_be_over() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca ends");
    let new = "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{new}"));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats until 2027-01-12 grace\n{new}"));
    story.at("2026-12-17T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats until 2027-12-15\n{new}"));
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    assert_eq!(items.iter().map(|item| (item.action.code(), item.due)).collect::<Vec<_>>(), [("SOURCE_RENEWED", None)]);
    assert!(told(&story).contains("for a prorated refund within seven days of its reactivation"), "{}", told(&story));
}

#[test]
fn a_customer_who_is_late_after_the_end_is_not_told_to_accept_before_it() {
    let over = "line SPB 25 seats until 2026-10-31 open\ntenant holds SPB 25 seats grace\nin use SPB 25";
    let mut story = Story::approved(over);
    story.standing(Relationship::None, Agreement::Unreadable);
    story.at("2026-11-03T08:00:00Z");
    let told = told(&story);
    assert!(told.contains("CUSTOMER_LATE: the customer has not let us sell in time. Call the customer: the last day of the old subscription has passed"), "{told}");
    assert!(!told.contains("before the old subscription ends"), "{told}");
}

#[test]
fn a_renewal_is_not_to_be_stopped_any_more_once_its_end_has_passed() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    let new = "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{new}"));
    let mut on = |day: &str| {
        story.at(day);
        format!("{day} {}\n", story.asked_of_owners())
    };
    expect![[r#"
        2026-12-13T12:00:00Z by 2026-12-21 00:00 STOP_RENEWAL, it is too late to trust a change of the renewal of SPB: let it renew, and if it has, ask an owner or contributor of the customer's billing account or billing profile to cancel it within seven days, in the Microsoft 365 admin centre under Billing, Your products
        2026-12-14 by 2026-12-21 00:00 STOP_RENEWAL, the planned last day of SPB has passed: if it goes on all the same, ask an owner or contributor of the customer's billing account or billing profile to end it, in the Microsoft 365 admin centre under Billing, Your products; what it has paid comes back in part within seven days of a renewal
        2026-12-21 
    "#]].assert_eq(&["2026-12-13T12:00:00Z", "2026-12-14", "2026-12-21"].map(&mut on).concat());
}

#[test]
fn a_newer_plan_made_while_the_older_purchase_can_begin_at_any_moment_is_to_be_approved_that_day() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open\noffer SPB at 200.00 EUR");
    story.at("2026-12-10");
    story.scene.policy.lead_business_days = 1;
    story.plan(2);
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    let due = items.iter().find(|item| item.action.code() == "APPROVE_PLAN").and_then(|item| item.due);
    assert_eq!(due.expect("a day").to_string(), "2026-12-11T00:00:00Z");
}

#[test]
fn a_newer_plan_is_to_be_approved_before_the_next_purchase_by_the_older_one() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open\noffer SPB at 200.00 EUR");
    // Fewer days before the end: bought on 2026-12-11 by the newer plan, and on 2026-12-09 by the approved one.
    story.scene.policy.lead_business_days = 1;
    story.plan(2);
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    let due = items.iter().find(|item| item.action.code() == "APPROVE_PLAN").and_then(|item| item.due);
    assert_eq!(
        story.migration().plan.expect("planned").lines.values().next().expect("one").day.to_string(),
        "2026-12-11"
    );
    assert_eq!(due.expect("a day").to_string(), "2026-12-09T00:00:00Z");
}

#[test]
fn a_purchase_at_once_is_to_be_approved_on_the_day_on_which_it_is_planned() {
    let over = "line SPB 25 seats until 2026-10-31 open\ntenant holds SPB 25 seats grace\nin use SPB 25";
    let story = Story::planned(over);
    let items = action_items(&story.migration(), &story.scene.policy, story.now);
    assert_eq!(items[0].due.expect("a day").to_string(), "2026-11-03T00:00:00Z");
}

#[test]
fn nobody_is_asked_to_approve_a_plan_of_which_every_line_has_come_to_be_blocked() {
    let mut story = Story::planned("line SPB 25 seats until 2026-12-13 open");
    assert_eq!(story.actions(), ["APPROVE_PLAN"]);
    story.change("offer SPB unsold");
    story.plan(2);
    assert_eq!(story.actions(), ["OFFER_NOT_IN_COUNTRY"]);
}

#[test]
fn a_second_licence_stands_right_below_what_it_is_bought_beside() {
    let pair = "line E3 3 seats until 2026-12-13 ea ends wants E3_ALONE with TEAMS\n";
    let story = Story::imported(&pair.repeat(4));
    let log = story.log.iter().map(|(at, event)| (*at, event));
    let shown = report(&story.migration(), log, &story.scene.policy, story.now);
    let order: Vec<(LineId, Option<LineId>)> = shown.lines.iter().map(|line| (line.line, line.beside)).collect();
    assert_eq!(order.len(), 8);
    for two in order.chunks(2) {
        assert_eq!((two[0].1, two[1].1), (None, Some(two[0].0)));
    }
}
