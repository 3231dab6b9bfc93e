//! A closed line is looked at again a day and three days after the end (rule R125).

use crate::fixture::story::Story;
use carryover_domain::Answer;
use expect_test::expect;

const OVER: &str = "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours";

/// Bought, let go, and over.
fn closed(words: &str) -> Story {
    let mut story = Story::bought(&format!("line SPB 25 seats until 2026-12-13 {words}"));
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{OVER}\nin use SPB 25"));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.forget();
    story
}

#[test]
fn a_closed_line_is_looked_at_a_day_and_three_days_after_the_end_and_then_no_more() {
    let mut story = closed("open");
    story.tell_owed();
    story.at("2026-12-14T23:59:59Z");
    story.tell_owed();
    story.at("2026-12-15");
    story.tell_owed();
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_owed();
    story.at("2026-12-17");
    story.tell_owed();
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_owed();
    story.tell_actions();
    story.reads(expect![[r#"
          owed: nothing; next look: 2026-12-15 00:00
        2026-12-14 23:59 time passed
          owed: nothing; next look: 2026-12-15 00:00
        2026-12-15 00:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-12-15 00:15
        2026-12-15 00:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-12-17 00:00
        2026-12-17 00:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-12-17 00:15
        2026-12-17 00:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: never
          nobody has to act
    "#]]);
}

#[test]
fn users_without_a_licence_open_a_closed_line_until_they_have_one() {
    let mut story = closed("open");
    story.at("2026-12-15");
    story.source(1, &format!("{OVER}\nin use SPB 27"));
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-15T01:00:00Z");
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 27 licences are in use and 25 would be left without the old subscription
          by 2026-12-14 00:00: SEATS_BELOW_CONSUMPTION 27 licences are in use and 25 would be left without the old subscription. Add seats to the new subscription or take licences from users before the old one ends. Work goes on by itself.
          owed: old-1: read the old subscription
          next look: 2026-12-15 01:00
        2026-12-15 01:00 time passed
        2026-12-15 01:00 the tenant was read
            old-1: goes on
            old-1: nobody is short after the end
          nobody has to act
          owed: nothing; next look: 2026-12-17 00:00
    "#]]);
}

#[test]
fn a_person_who_lets_a_shortage_pass_has_it_looked_at_again() {
    let mut story = closed("open");
    story.at("2026-12-15");
    story.source(1, &format!("{OVER}\nin use SPB 27"));
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 27 licences are in use and 25 would be left without the old subscription
        2026-12-15 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read the old subscription
          next look: 2026-12-15 00:15
    "#]]);
}

#[test]
fn an_old_subscription_that_serves_again_is_told() {
    let mut story = closed("direct_mca renews");
    story.at("2026-12-15");
    let back = format!("tenant holds SPB 25 seats until 2027-12-13\n{OVER}\nin use SPB 25");
    story.source(1, &back);
    story.tell_owed();
    story.at("2026-12-16");
    story.source(1, &back.replace("until 2027-12-13\n", "locked\n"));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: needs a person, SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13
          owed: old-1: read the old subscription
          next look: 2026-12-16 00:00
        2026-12-16 00:00 time passed
        2026-12-16 00:00 the tenant was read
            old-1: goes on
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-12-17 00:00
    "#]]);
}

#[test]
fn what_renewed_first_is_looked_at_from_the_day_on_which_it_was_over() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{OVER}\nin use SPB 25"));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats until 2027-12-13\n{OVER}\nin use SPB 25"));
    story.at("2026-12-19T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats locked\n{OVER}\nin use SPB 25"));
    story.forget();
    story.tell_owed();
    story.at("2026-12-24");
    story.tell_owed();
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_owed();
    story.reads(expect![[r#"
          owed: nothing; next look: 2026-12-20 01:00
        2026-12-24 00:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-12-24 00:15
        2026-12-24 00:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn a_line_that_was_closed_before_looks_were_recorded_is_left_alone() {
    let mut story = closed("open");
    story.log.retain(|(_, event)| event.name() != "end_checked");
    assert!(story.owed().is_empty());
    assert_eq!(story.line(1).next_check(&story.scene.policy), None);
}
