//! Where a line stands, in the words that a person reads, at each step of its way.

use crate::fixture::line_id;
use crate::fixture::story::{Story, holder, names, purchase, refused, short};
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::report::report;
use carryover_domain::{Command, Stage};
use expect_test::{Expect, expect};

/// A line for each line: where it stands, in a sentence, and when its old subscription ends.
fn standings(story: &Story) -> String {
    let log = story.log.iter().map(|(at, event)| (*at, event));
    let told = report(&story.migration(), log, &story.scene.policy, story.now);
    let rows = told.lines.iter().map(|line| {
        let end = line.old_end_instant.map_or("unknown".to_owned(), short);
        format!("{:?}, {} [until {end}]\n", line.standing, names(&line.says))
    });
    rows.collect()
}

fn check(story: &Story, expected: Expect) {
    expected.assert_eq(&standings(story));
}

fn pause(story: &mut Story) {
    story.command("paused", Command::Pause { by: "ana".to_owned() });
}

#[test]
fn a_line_that_is_bought_at_once_has_no_day_to_wait_for() {
    check(
        &Story::approved("line SPB 25 seats until 2026-11-01 open"),
        expect![[r#"
        UnderWay, waits to be bought at once [until 2026-11-02 00:00]
    "#]],
    );
    // It opens with the last day itself: that is still its day.
    check(
        &Story::approved("today 2026-12-13\nlead 0\nline SPB 25 seats until 2026-12-13 open"),
        expect![[r#"
        UnderWay, waits for its day, 2026-12-13 [until 2026-12-14 00:00]
    "#]],
    );
    check(
        &Story::approved("line SPB 25 seats until 2026-12-13 open"),
        expect![[r#"
        UnderWay, waits for its day, 2026-12-09 [until 2026-12-14 00:00]
    "#]],
    );
}

#[test]
fn while_it_is_not_known_whether_an_order_was_accepted_that_is_said() {
    let mut story = Story::buying("");
    check(
        &story,
        expect![[r#"
        UnderWay, is being bought [until 2026-12-14 00:00]
    "#]],
    );
    story.checked_out(1, refused(RefusalKind::CartGone));
    check(
        &story,
        expect![[r#"
        UnderWay, it is being found out whether the order was accepted [until 2026-12-14 00:00]
    "#]],
    );
}

#[test]
fn users_who_change_licence_are_counted_and_then_the_old_seats_are_needed_no_more() {
    let mut story = Story::bought("line SPB 3 seats until 2026-12-13 direct_mca renews wants E3");
    let holds = |in_use| {
        format!(
            "tenant holds SPB 3 seats until 2026-12-13
             tenant holds E3 3 seats until 2027-12-08 named new-1 ours\nin use SPB {in_use}"
        )
    };
    story.delivered(1, &holds(3));
    story.holders(1, vec![holder(1), holder(2)]);
    story.swapped(1, 1, Outcome::Done(()));
    check(
        &story,
        expect![[r#"
        UnderWay, users change licence; 1 done [until 2026-12-14 00:00]
    "#]],
    );
    story.swapped(1, 2, Outcome::Done(()));
    story.verified(1);
    story.holders(1, vec![]);
    check(
        &story,
        expect![[r#"
        UnderWay, the new seats stand; the old ones are still needed [until 2026-12-14 00:00]
    "#]],
    );
    story.source(1, &holds(0));
    check(
        &story,
        expect![[r#"
            UnderWay, SOURCE_WILL_RENEW: the replacement stands and the old subscription still renews after 2026-12-13. Ask the owner to choose "cancel at end of term". [until 2026-12-14 00:00]
        "#]],
    );
    // A day before the end it is too late to stop the renewal by the cutoff; the last word is the gravest.
    story.at("2026-12-13");
    check(
        &story,
        expect![[r#"
        UnderWay, FOREIGN_SOURCE_NO_ACTION: the customer's billing administrator was asked to end the old subscription by 2026-12-13 and has not. Escalate to the named contact. [until 2026-12-14 00:00]
    "#]],
    );
}

#[test]
fn what_runs_out_by_itself_is_said_to_run_out_and_what_renewed_has_another_end() {
    let holds = |end| {
        format!(
            "tenant holds SPB 25 seats until {end}\ntenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25"
        )
    };
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 open");
    story.delivered(1, &holds("2026-12-13"));
    check(
        &story,
        expect![[r#"
        UnderWay, the old subscription may run out [until 2026-12-14 00:00]
    "#]],
    );
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &holds("2027-01-13"));
    check(
        &story,
        expect![[r#"
            NeedsAttention, SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-01-13. Have the owner cancel it, for a prorated refund until 2026-12-20; or cancel the new subscription in Partner Center, for one until 2026-12-15, and keep the old one, once its users have its licence again. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled. [until 2027-01-14 00:00]
        "#]],
    );
}

#[test]
fn of_a_halted_customer_only_what_was_on_its_way_is_paused() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-11-12 open");
    story.at("2026-11-13");
    pause(&mut story);
    check(
        &story,
        expect![[r#"
            Paused, paused; waits for its day, 2026-12-09 [until 2026-12-14 00:00]
            NeedsAttention, paused; WINDOW_MISSED: the planned last day of the old subscription passed before anything could be bought. Look whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve. [until 2026-11-13 00:00]
        "#]],
    );
}

#[test]
fn where_there_is_nothing_to_do_the_note_that_settles_it_is_told() {
    let mut story = Story::imported(
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-11-30 named x-9\nin use SPB 20",
    );
    story.plan(1);
    check(
        &story,
        expect![[r#"
        NothingToDo, ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription. Let the old subscription end; no purchase is needed. [until 2026-12-14 00:00]
    "#]],
    );
}

#[test]
fn without_a_finding_on_record_a_line_is_still_said_to_be_blocked_or_settled() {
    let story = Story::imported("line SPB 25 seats until 2026-12-13 open\nline E3 9 seats until 2026-12-31 open");
    let mut migration = story.migration();
    for (n, stage) in [(1, Stage::Blocked), (2, Stage::NothingToDo)] {
        migration.lines.get_mut(&line_id(n)).expect("a line").stage = stage;
    }
    let told = report(&migration, [], &story.scene.policy, story.now);
    let says: Vec<&str> = told.lines.iter().map(|line| line.says.as_str()).collect();
    assert_eq!(says, ["blocked", "nothing to do"]);
}

#[test]
fn the_old_price_is_the_estimate_of_an_order_that_came_later_than_planned() {
    for term in ["P1Y", ""] {
        let mut story = Story::buying(&format!("line SPB 25 seats until 2026-12-13 open {term} at 150.00 EUR"));
        story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-11")));
        let told = report(&story.migration(), [], &story.scene.policy, story.now);
        let cost = told.lines[0].overlap_cost.map(|cost| cost.to_string());
        assert_eq!(cost.as_deref(), Some("30.82 EUR"), "three days and not five");
    }
}

#[test]
fn a_blocked_line_of_which_nothing_is_found_any_more_is_known_and_not_planned() {
    let mut story = Story::imported("offer E3");
    let assess = |story: &mut Story| {
        let facts = Box::new(story.known());
        story.command("assessed", carryover_domain::Command::Assess { facts, by: "mia".to_owned() });
        story.line(1).stage.word()
    };
    assert_eq!(assess(&mut story), "blocked");
    story.change("offer SPB");
    assert_eq!(assess(&mut story), "draft");
    // What is planned stays so.
    story.plan(1);
    assert_eq!(assess(&mut story), "ready");
    story.approve(1);
    assert_eq!(assess(&mut story), "waiting");
}
