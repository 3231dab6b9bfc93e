//! An add-on is bought once what it stands on is there (rule R26).

use crate::fixture::story::{Story, purchase, refused};
use carryover_domain::Answer;
use carryover_domain::reply::{Outcome, RefusalKind};
use expect_test::expect;

const BASE: &str = "line SPB 25 seats until 2026-12-13 open";
const ADD_ON: &str = "line BASIC 5 seats until 2026-12-13 open needs old-1";
const OLD: &str = "tenant holds SPB 25 seats until 2026-12-13\ntenant holds BASIC 5 seats until 2026-12-13";

/// Base and add-on on their day.
fn on_the_day(scene: &str) -> Story {
    let mut story = Story::approved(scene);
    story.at("2026-12-09");
    story.facts(1);
    story
}

fn buys_the_base(story: &mut Story) {
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
}

#[test]
fn an_add_on_waits_until_its_base_has_arrived() {
    let mut story = on_the_day(&format!("{BASE}\n{ADD_ON}"));
    story.facts(2);
    buys_the_base(&mut story);
    story.tell_owed();
    story.at("2026-12-09T00:52:30Z");
    story.delivered(1, &format!("{OLD}\ntenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25"));
    story.tell_owed();
    story.facts(2);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 facts were read
            old-2: compared with its plan
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
        2026-12-09 00:00 checking out: done
            old-1: bought 25 seats
          owed: nothing; next look: 2026-12-09 00:15
        2026-12-09 00:52 time passed
        2026-12-09 00:52 the delivery was read
            old-1: covered by new-1
            old-1: may go, by itself
          owed: old-2: read the facts
          next look: 2026-12-09 01:07
        2026-12-09 00:52 facts were read
            old-2: to be bought as act 11
    "#]]);
}

#[test]
fn an_add_on_whose_base_has_stopped_waits_and_is_shown_to_a_person_once_it_is_late() {
    let mut story = on_the_day(&format!("{BASE}\n{ADD_ON}"));
    story.cart_reply(1, refused(RefusalKind::Other));
    story.forget();
    story.facts(2);
    story.tell_owed();
    story.at("2026-12-13");
    story.facts(2);
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.facts(1);
    buys_the_base(&mut story);
    story.delivered(1, &format!("{OLD}\ntenant holds SPB 25 seats until 2027-12-12 named new-1 ours\nin use SPB 25"));
    story.facts(2);
    story.reads(expect![[r#"
        2026-12-09 00:00 facts were read
            old-2: compared with its plan
            old-2: needs a person, PREREQUISITE_MISSING: the base that it needs, line old-1, has stopped
          owed: nothing; next look: 2026-12-09 00:15
        2026-12-13 00:00 time passed
        2026-12-13 00:00 facts were read
            old-2: goes on
            old-2: to be bought as act 9
          by 2026-12-14 00:00: REFUSED the service refused: Other (code 4xx). Read the words of the service, and give its support the code. Settle what the service says, then `carryover resolve LINE go-on`.
        2026-12-13 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-13 00:00 facts were read
            old-1: compared with its plan
        2026-12-13 00:00 making a cart: done
            old-1: cart-1 recorded
        2026-12-13 00:00 checking out: done
            old-1: bought 25 seats
        2026-12-13 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by itself
        2026-12-13 00:00 facts were read
            old-2: compared with its plan
    "#]]);
}

/// Whether the second line of `scene` is bought on its day, before anything else is.
fn goes_at_once(scene: &str) -> bool {
    let mut story = Story::approved(scene);
    story.at("2026-12-09");
    story.facts(2);
    story.line(2).stage.word() == "carting"
}

#[test]
fn an_add_on_waits_for_no_base_that_is_there_and_stays() {
    let ours = OLD.replacen("2026-12-13", "2026-12-13 ours", 1);
    assert!(goes_at_once(&format!("{BASE}\n{ADD_ON}\n{ours}")), "it is ours already");
    let needs = "line BASIC 5 seats until 2026-12-13 open\noffer BASIC needs SPB\noffer SPB";
    assert!(!goes_at_once(&format!("{BASE}\n{needs}\n{OLD}")), "any base would do, and each is to be replaced");
    let another = "tenant holds SPB 25 seats until 2027-06-30 named x-9\nin use SPB 50";
    assert!(goes_at_once(&format!("{BASE}\n{needs}\n{OLD}\n{another}")));
}

#[test]
fn an_add_on_waits_for_no_line_that_is_not_its_base() {
    let outside = "tenant holds E3 5 seats until 2027-06-30 named base-9\nin use E3 5";
    assert!(goes_at_once(&format!("{BASE}\nline BASIC 5 seats until 2026-12-13 open needs base-9\n{OLD}\n{outside}")));
}

#[test]
fn an_add_on_that_is_over_waits_for_no_base_that_is_replaced_later() {
    let mut story = Story::approved(&format!(
        "{BASE}\nline BASIC 5 seats until 2026-10-31 open needs old-1
         tenant holds SPB 25 seats until 2026-12-13\ntenant holds BASIC 5 seats grace\nin use BASIC 5"
    ));
    story.facts(2);
    assert_eq!(story.line(2).stage.word(), "carting");
}

#[test]
fn that_a_named_base_has_stopped_and_goes_on_is_told_without_another_look() {
    let mut story = Story::approved(&format!("{BASE}\n{ADD_ON}"));
    story.at("2026-12-08");
    story.facts(2);
    story.at("2026-12-09");
    story.facts(1);
    story.cart_reply(1, refused(RefusalKind::Other));
    story.at("2026-12-09T01:00:00Z");
    assert_eq!(story.actions(), ["REFUSED", "PREREQUISITE_MISSING"]);
    assert_eq!(story.owed(), []);
    story.resolve(1, Answer::GoOn);
    story.at("2026-12-09T02:00:00Z");
    assert_eq!((story.line(2).stage.word(), story.actions()), ("waiting", vec![]));
}

#[test]
fn that_a_base_has_stopped_is_told_of_its_add_on_from_the_day_of_the_add_on_on() {
    let mut story = Story::approved(&format!("{BASE}\n{ADD_ON}"));
    story.change(&format!("{OLD}\nin use SPB 26\nin use BASIC 5"));
    story.facts(1);
    story.at("2026-12-08T23:59:59Z");
    assert_eq!(story.actions(), ["SEATS_BELOW_CONSUMPTION"]);
    story.at("2026-12-09");
    assert_eq!(story.actions(), ["SEATS_BELOW_CONSUMPTION", "PREREQUISITE_MISSING"]);
}
