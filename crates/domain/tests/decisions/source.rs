//! The old subscription: kept while it is needed, let go when it is not, watched until it is over.

use crate::fixture::story::{Story, holder, purchase};
use carryover_domain::Answer;
use carryover_domain::assess::unfinished;
use carryover_domain::reply::Outcome;
use expect_test::expect;

const BESIDE: &str = "tenant holds SPB 25 seats until 2026-12-13
                      tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25";

/// Covered and let go, of a program and renewal.
fn winding_down(words: &str) -> Story {
    let mut story = Story::bought(&format!("line SPB 25 seats until 2026-12-13 {words}"));
    story.delivered(1, BESIDE);
    story.forget();
    story
}

/// `BESIDE` with other words for the old subscription.
fn old_is(words: &str) -> String {
    BESIDE.replace("SPB 25 seats until 2026-12-13", words)
}

/// What is open on the line now that its replacement stands.
fn open_points(story: &Story) -> Vec<&'static str> {
    unfinished(&story.line(1), &story.scene.policy, story.now).iter().map(|finding| finding.code()).collect()
}

#[test]
fn a_source_that_does_not_renew_runs_out_by_itself() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 open");
    story.delivered(1, BESIDE);
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-13");
    story.tell_owed();
    story.source(1, BESIDE);
    story.at("2026-12-14T01:00:00Z");
    story.tell_owed();
    story.source(1, &old_is("SPB 25 seats until 2027-01-13 grace"));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by itself
          nobody has to act
          owed: nothing; next look: 2026-12-13 00:00
        2026-12-13 00:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-12-14 00:00
        2026-12-13 00:00 the tenant was read
        2026-12-14 01:00 time passed
          owed: old-1: read the old subscription and the users of SPB
          next look: 2026-12-15 01:00
        2026-12-14 01:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end; note LEFTOVER_UNITS: Microsoft 365 Business Premium (SPB) still has 25 seats in grace and 0 switched off
          owed: nothing; next look: 2026-12-15 00:00
    "#]]);
}

#[test]
fn an_unknown_renewal_is_asked_about_like_one_that_is_on() {
    let mut story = winding_down("direct_mosa unclear");
    story.tell_actions();
    story.resolve(1, Answer::RenewalStopped);
    story.tell_actions();
    story.reads(expect![[r#"
          by 2026-12-13 00:00: STOP_RENEWAL ask the customer's billing administrator whether SPB renews, and to stop that ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        2026-12-09 00:00 answered RenewalStopped
            old-1: ana says RenewalStopped
          nobody has to act
    "#]]);
}

#[test]
fn a_shortfall_keeps_the_source_and_is_shown_a_day_before_its_end() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    let short = BESIDE.replace("in use SPB 25", "in use SPB 26");
    story.delivered(1, &short);
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-12T23:59:59Z");
    story.source(1, &short);
    story.at("2026-12-13");
    story.source(1, &short);
    story.tell_actions();
    story.tell_owed();
    story.source(1, BESIDE);
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
          nobody has to act
          owed: old-1: read the old subscription
          next look: 2026-12-09 00:52
        2026-12-12 23:59 time passed
        2026-12-12 23:59 the tenant was read
        2026-12-13 00:00 time passed
        2026-12-13 00:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and 25 would be left without the old subscription
          by 2026-12-13 00:00: KEEP_ALIVE ask an owner or contributor of the customer's billing account or billing profile to leave the renewal on for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
          by 2026-12-14 00:00: SEATS_BELOW_CONSUMPTION 26 licences are in use and 25 would be left without the old subscription. Add seats to the new subscription or take licences from users before the old one ends. Work goes on by itself.
          owed: old-1: read the old subscription
          next look: 2026-12-13 03:00
        2026-12-13 00:00 the tenant was read
            old-1: goes on
            old-1: may go, by its owner's hand
    "#]]);
}

#[test]
fn a_source_whose_renewal_is_off_is_kept_from_a_paid_extension_by_its_owner() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 nce_other_partner ends");
    story.delivered(1, BESIDE);
    story.tell_actions();
    assert_eq!(open_points(&story), ["EST_TRAP"]);
    story.at("2026-12-13");
    assert_eq!(open_points(&story), ["EST_TRAP", "FOREIGN_SOURCE_NO_ACTION"]);
    story.resolve(1, Answer::RenewalStopped);
    assert!(open_points(&story).is_empty());
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by its owner's hand
          by 2026-12-13 00:00: STOP_RENEWAL ask the partner that sold it to choose "cancel at end of term" for SPB, in Partner Center: its renewal is off, and a paid extension would follow
        2026-12-13 00:00 time passed
        2026-12-13 00:00 answered RenewalStopped
            old-1: ana says RenewalStopped
          nobody has to act
    "#]]);
}

#[test]
fn a_shortfall_that_comes_after_the_release_is_seen_by_the_last_look_and_goes_with_it() {
    let mut story = winding_down("open");
    story.at("2026-12-13");
    story.source(1, &BESIDE.replace("in use SPB 25", "in use SPB 26"));
    story.tell_actions();
    story.source(1, BESIDE);
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-13 00:00 time passed
        2026-12-13 00:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and 25 would be left without the old subscription
          by 2026-12-14 00:00: SEATS_BELOW_CONSUMPTION 26 licences are in use and 25 would be left without the old subscription. Add seats to the new subscription or take licences from users before the old one ends. Work goes on by itself.
        2026-12-13 00:00 the tenant was read
            old-1: goes on
          nobody has to act
    "#]]);
}

#[test]
fn a_source_that_renewed_is_watched_until_it_is_cancelled() {
    let mut story = winding_down("direct_mca renews");
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &old_is("SPB 25 seats until 2027-12-13"));
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-15T01:00:00Z");
    story.source(1, &old_is("SPB 25 seats until 2027-12-13"));
    story.source(1, &old_is("SPB 25 seats locked"));
    story.tell_owed();
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: needs a person, SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13
          by 2026-12-21 00:00: SOURCE_RENEWED the old subscription renewed; its last day is now 2027-12-13. Have the owner cancel it, for a prorated refund until 2026-12-20; or cancel the new subscription in Partner Center, for one until 2026-12-15, and keep the old one, once its users have its licence again. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.
          owed: old-1: read the old subscription
          next look: 2026-12-15 01:00
        2026-12-15 01:00 time passed
        2026-12-15 01:00 the tenant was read
        2026-12-15 01:00 the tenant was read
            old-1: goes on
            old-1: is over
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-12-16 01:00
          nobody has to act
    "#]]);
}

#[test]
fn no_answer_but_going_on_fits_a_source_that_renewed() {
    let mut story = winding_down("direct_mca renews");
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &old_is("SPB 25 seats until 2027-12-13"));
    story.forget();
    story.resolve(1, Answer::RenewalStopped);
    story.resolve(1, Answer::PlanAgain);
    story.reads(expect![[r#"
        2026-12-14 01:00 answered RenewalStopped
            rejected: line old-1 cannot be answered with renewal-stopped now: it has stopped (SOURCE_RENEWED); the old subscription has renewed, which no answer changes: have its owner cancel it, or cancel the new one in Partner Center; once either is seen, work goes on by itself
        2026-12-14 01:00 answered PlanAgain
            rejected: line old-1 cannot be answered with plan-again now: it has stopped (SOURCE_RENEWED); the old subscription has renewed, which no answer changes: have its owner cancel it, or cancel the new one in Partner Center; once either is seen, work goes on by itself
    "#]]);
}

#[test]
fn an_end_that_moved_by_a_day_is_a_correction_and_no_renewal() {
    let mut story = winding_down("open");
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &old_is("SPB 25 seats until 2026-12-14"));
    story.source(1, &old_is("SPB 25 seats until 2026-12-15T00:00:01Z"));
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
        2026-12-14 01:00 the tenant was read
            old-1: needs a person, SOURCE_RENEWED: the old subscription renewed; its last day is now 2026-12-14
    "#]]);
}

#[test]
fn a_source_of_which_nothing_is_seen_for_three_days_needs_a_person() {
    let mut story = winding_down("open");
    story.at("2026-12-16T23:59:59Z");
    story.source(1, BESIDE);
    story.at("2026-12-17");
    story.tell_owed();
    story.source(1, &old_is("SPB 25 seats deleted"));
    story.reads(expect![[r#"
        2026-12-16 23:59 time passed
        2026-12-16 23:59 the tenant was read
        2026-12-17 00:00 time passed
            old-1: needs a person, SOURCE_UNCLEAR: it cannot be seen whether the old subscription has ended
          owed: old-1: read the old subscription
          next look: 2026-12-18 00:00
        2026-12-17 00:00 the tenant was read
            old-1: goes on
            old-1: is over
            old-1: nobody is short after the end
    "#]]);
}

#[test]
fn a_source_that_is_gone_from_the_tenant_is_over() {
    let mut story = winding_down("open");
    story.at("2026-12-14T01:00:00Z");
    story.source(1, "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25");
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end
    "#]]);
}

#[test]
fn a_source_is_seen_to_be_over_from_its_very_end_on_and_not_before_it() {
    let after = |at: &str| {
        let mut story = winding_down("open");
        story.at(at);
        story.source(1, &old_is("SPB 25 seats deleted"));
        story.line(1).stage.word()
    };
    assert_eq!(["2026-12-13T23:59:59Z", "2026-12-14"].map(after), ["winding_down", "closed"]);
}

#[test]
fn a_source_without_an_id_is_not_over_while_two_could_be_it() {
    let mut story = Story::bought(
        "line SPB 25 seats until 2026-12-13 open unnamed
         tenant holds SPB 25 seats until 2026-12-13 named x-1\nin use SPB 25",
    );
    story.delivered(1, &BESIDE.replace("2026-12-13", "2026-12-13 named x-1"));
    story.at("2026-12-14T01:00:00Z");
    story.source(
        1,
        &format!("{}\ntenant holds SPB 25 seats named x-2", BESIDE.replace("2026-12-13", "2026-12-13 named x-1")),
    );
    story.source(1, "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25");
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by itself
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
        2026-12-14 01:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end
    "#]]);
}

#[test]
fn a_source_without_an_id_is_kept_while_either_of_two_is_needed() {
    let mut story = Story::bought(
        "line SPB 25 seats until 2026-12-13 open unnamed
         tenant holds SPB 25 seats until 2026-12-13 named x-1\nin use SPB 25",
    );
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13 named x-1\ntenant holds SPB 25 seats named x-2
         tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 60",
    );
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
          owed: old-1: read the old subscription
          next look: 2026-12-09 00:52
    "#]]);
}

#[test]
fn two_sources_of_one_licence_are_not_both_let_go_on_the_strength_of_each_other() {
    let mut story =
        Story::bought("line SPB 5 seats until 2026-12-13 open\nline SPB 7 seats until 2026-12-13 open\nin use SPB 12");
    let holds = |in_use| {
        format!(
            "tenant holds SPB 5 seats until 2026-12-13\ntenant holds SPB 7 seats until 2026-12-13
             tenant holds SPB 5 seats until 2027-12-08 named new-1 ours
             tenant holds SPB 7 seats until 2027-12-08 named new-2 ours\nin use SPB {in_use}"
        )
    };
    // Two more users than seats were bought: either old subscription alone could be spared, both cannot.
    story.delivered(1, &holds(14));
    story.delivered(2, &holds(14));
    story.tell_owed();
    story.source(2, &holds(12));
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
        2026-12-09 00:00 the delivery was read
            old-2: covered by new-2
          owed: old-1: read the old subscription
          owed: old-2: read the old subscription
          next look: 2026-12-09 00:52
        2026-12-09 00:00 the tenant was read
            old-2: may go, by itself
    "#]]);
}

/// Whether the first of two sources of one licence is let go once its replacement stands, while nothing is bought for the second,
/// which is told as `second`.
fn is_let_go_beside(second: &str) -> bool {
    let mut story = Story::approved(&format!(
        "line SPB 25 seats until 2026-12-13 direct_mosa renews\nline SPB 9 seats until {second}\nin use SPB 34"
    ));
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 9 seats until 2026-12-13
        tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 34",
    );
    story.line(1).stage.word() == "winding_down"
}

#[test]
fn a_source_is_not_let_go_upon_another_one_that_runs_out_no_later() {
    assert!(!is_let_go_beside("2026-12-13 open"));
    assert!(!is_let_go_beside("2026-12-12 direct_mosa ends"));
    assert!(!is_let_go_beside("2026-12-13 direct_mosa unclear"), "nobody knows whether it renews");
    assert!(is_let_go_beside("2026-12-13 direct_mosa renews"), "it goes on");
    assert!(is_let_go_beside("2026-12-14 open"), "it serves longer");
}

#[test]
fn a_line_is_not_closed_over_users_who_have_no_licence() {
    let mut story = winding_down("open");
    story.at("2026-12-14T01:00:00Z");
    let over = |in_use| format!("tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB {in_use}");
    story.source(1, &over(26));
    story.tell_actions();
    story.tell_owed();
    story.source(1, &over(25));
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and 25 would be left without the old subscription
          by 2026-12-14 00:00: SEATS_BELOW_CONSUMPTION 26 licences are in use and 25 would be left without the old subscription. Add seats to the new subscription or take licences from users: the last day of the old one has passed. Work goes on by itself.
          owed: old-1: read the old subscription
          next look: 2026-12-14 02:00
        2026-12-14 01:00 the tenant was read
            old-1: goes on
            old-1: is over
            old-1: nobody is short after the end
    "#]]);
}

#[test]
fn seats_that_users_of_another_licence_are_to_have_do_not_let_a_source_go() {
    let mut story = Story::bought(
        "line SPB 3 seats until 2026-12-13 open wants E3\nline E3 5 seats until 2026-12-13 open\nin use SPB 3\nin use E3 5",
    );
    let holds = |old, new| {
        format!(
            "tenant holds SPB 3 seats until 2026-12-13\ntenant holds E3 5 seats until 2026-12-13
             tenant holds E3 3 seats until 2027-12-08 named new-1 ours
             tenant holds E3 5 seats until 2027-12-08 named new-2 ours\nin use SPB {old}\nin use E3 {new}"
        )
    };
    story.delivered(1, &holds(3, 5));
    story.holders(1, (1..=3).map(holder).collect());
    // One more was hired: six use E3, and three are about to.
    story.delivered(2, &holds(3, 6));
    (1..=3).for_each(|n| story.swapped(1, n, Outcome::Done(())));
    story.forget();
    story.source(2, &holds(0, 9));
    story.source(2, &holds(0, 8));
    story.reads(expect![[r#"
        2026-12-09 00:00 the tenant was read
        2026-12-09 00:00 the tenant was read
            old-2: may go, by itself
    "#]]);
}
