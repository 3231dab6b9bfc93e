//! The looks before the purchase: what stops it, and what a person may let pass.

use crate::fixture::story::Story;
use carryover_domain::facts::Resellers;
use carryover_domain::ids::PartnerId;
use carryover_domain::observed::Observed;
use carryover_domain::policy::{SellsAs, Sizing};
use carryover_domain::{Answer, Command, Effect, Stage, wake};
use expect_test::expect;
use jiff::SignedDuration;

#[test]
fn nothing_is_bought_before_its_day() {
    let mut story = Story::approved("");
    story.tell_owed();
    story.at("2026-12-08T23:59:59Z");
    story.facts(1);
    story.tell_owed();
    story.reads(expect![[r#"
          owed: old-1: read the facts
          next look: 2026-11-02 08:15
        2026-12-08 23:59 time passed
        2026-12-08 23:59 facts were read
            old-1: compared with its plan
          owed: nothing; next look: 2026-12-09 00:00
    "#]]);
}

#[test]
fn what_differs_from_the_plan_is_found_before_its_day() {
    let mut story = Story::approved("");
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 26");
    story.at("2026-11-09T08:00:00Z");
    story.facts(1);
    story.tell_owed();
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-09 08:00 time passed
        2026-11-09 08:00 facts were read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and only 25 would be left after the old subscription ends
          owed: nothing; next look: never
          by 2026-12-14 00:00: SEATS_BELOW_CONSUMPTION 26 licences are in use and only 25 would be left after the old subscription ends. Raise target_seats so that at least 26 licences are there, or take licences from users first.
    "#]]);
}

#[test]
fn a_line_that_waits_is_compared_again_and_the_look_on_its_day_stands_for_one_shortly_before_it() {
    let looks = |every: i64| {
        let mut story = Story::approved("");
        story.scene.policy.recheck = SignedDuration::from_hours(24 * every);
        story.facts(1);
        let mut looks: Vec<String> = Vec::new();
        while looks.last().is_none_or(|look| look != "12-09") {
            story.now = wake(&story.migration(), &story.scene.policy, story.now).expect("it waits for its day");
            if story.owed().iter().any(|effect| matches!(effect, Effect::ReadFacts { .. })) {
                looks.push(story.now.strftime("%m-%d").to_string());
                story.facts(1);
            }
        }
        looks.join(", ")
    };
    assert_eq!([looks(30), looks(20), looks(12)], ["12-09", "11-22, 12-09", "11-14, 11-26, 12-09"]);
}

#[test]
fn a_duplicate_that_the_approved_plan_showed_stops_nothing_and_a_later_one_does() {
    let twice = "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 7 seats named x-9 ours\nin use SPB 25";
    let mut shown = Story::approved(twice);
    shown.at("2026-12-09");
    shown.facts(1);
    shown.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
    "#]]);
    let mut story = Story::approved("");
    story.change(twice);
    story.at("2026-12-09");
    story.facts(1);
    story.resolve(1, Answer::GoOn);
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, DUPLICATE_DESTINATION: subscription x-9 with 7 seats of this licence is ours and active already
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 7
    "#]]);
}

#[test]
fn a_duplicate_that_was_found_between_the_plan_and_its_approval_stops_the_purchase() {
    let mut story = Story::planned("");
    story.change("tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 7 seats named x-9 ours\nin use SPB 25");
    let facts = Box::new(story.known());
    story.command("assessed", Command::Assess { facts, by: "mia".to_owned() });
    story.approve(1);
    story.at("2026-12-09");
    story.facts(1);
    let Stage::NeedsAttention { cause, .. } = story.line(1).stage else { panic!("it would be bought") };
    assert_eq!(cause.code(), "DUPLICATE_DESTINATION");
}

#[test]
fn what_we_have_sold_since_the_plan_stops_the_purchase_in_whatever_size_and_what_we_had_sold_before_does_not() {
    for (made, read) in [
        (
            "2026-11-02T08:00:01Z",
            expect![[r#"
                2026-12-08 00:00 time passed
                2026-12-08 00:00 facts were read
                    old-1: needs a person, DUPLICATE_DESTINATION: subscription x-9 with 7 seats of this licence is ours and active already
            "#]],
        ),
        (
            "2026-10-30",
            expect![[r#"
                2026-12-08 00:00 time passed
                2026-12-08 00:00 facts were read
                    old-1: compared with its plan
            "#]],
        ),
    ] {
        let mut story = Story::approved("");
        story.change(&format!(
            "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 7 seats until 2027-10-29 named x-9 ours made {made}\nin use SPB 25"
        ));
        story.at("2026-12-08");
        story.facts(1);
        story.reads(read);
    }
}

#[test]
fn whoever_buys_though_others_cover_the_users_is_still_warned_of_an_order_made_already() {
    let covered = "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-12-31 named x-9\nin use SPB 20";
    let mut story = Story::approved("");
    story.change(covered);
    story.at("2026-12-09");
    story.facts(1);
    story.resolve(1, Answer::GoOn);
    story.change(&format!("{covered}\ntenant holds SPB 25 seats until 2027-12-08 named new-9 ours"));
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 facts were read
            old-1: needs a person, DUPLICATE_DESTINATION: subscription new-9 with 25 seats of this licence is ours and active already
    "#]]);
}

#[test]
fn facts_older_than_a_quarter_of_an_hour_are_not_bought_upon() {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    let mut facts = story.known();
    facts.tenancy.as_mut().expect("seen").at -= SignedDuration::from_secs(15 * 60 + 1);
    story.facts_as(1, facts);
    let mut facts = story.known();
    facts.tenancy.as_mut().expect("seen").at -= SignedDuration::from_secs(15 * 60);
    story.facts_as(1, facts);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 6
    "#]]);
}

#[test]
fn more_licences_in_use_than_planned_stop_the_purchase() {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 26");
    story.facts(1);
    story.resolve(1, Answer::GoOn);
    story.facts(1);
    story.resolve(1, Answer::PlanAgain);
    story.plan(2);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and only 25 would be left after the old subscription ends
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 facts were read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and only 25 would be left after the old subscription ends
        2026-12-09 00:00 answered PlanAgain
            old-1: ana says PlanAgain
        2026-12-09 00:00 assessed
            old-1: warns OVERASSIGNED_SOURCE: 26 licences are in use and only 25 are paid
        2026-12-09 00:00 planned
            plan 2 of 1 lines
    "#]]);
}

#[test]
fn an_end_that_moved_by_a_day_stops_the_purchase() {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.change("tenant holds SPB 25 seats until 2026-12-12\nin use SPB 25");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, STATE_CHANGED: the old subscription's last day is 2026-12-12; the plan was made for 2026-12-13
    "#]]);
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.change("tenant holds SPB 25 seats until 2026-12-11\nin use SPB 25");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, END_DATE_CONFLICT: the tenant says that the last day is 2026-12-11, the file says 2026-12-13; the old subscription's last day is 2026-12-11; the plan was made for 2026-12-13
    "#]]);
}

#[test]
fn a_higher_price_stops_the_purchase_until_a_person_lets_it_pass() {
    let mut story = Story::approved("offer SPB at 264.00 EUR");
    story.at("2026-12-09");
    story.change("offer SPB at 264.01 EUR");
    story.facts(1);
    story.resolve(1, Answer::GoOn);
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, PRICE_CHANGED: one seat costs 264.01 EUR a term; 264.00 EUR was approved
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 7
    "#]]);
}

#[test]
fn a_lower_price_stops_the_purchase_as_well() {
    let mut story = Story::approved("offer SPB at 264.00 EUR");
    story.at("2026-12-09");
    story.change("offer SPB at 263.99 EUR");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, PRICE_CHANGED: one seat costs 263.99 EUR a term; 264.00 EUR was approved
    "#]]);
}

#[test]
fn a_price_that_a_person_let_pass_does_not_let_a_higher_one_pass() {
    let mut story = Story::approved("offer SPB at 264.00 EUR");
    story.at("2026-12-09");
    story.change("offer SPB at 270.00 EUR");
    story.facts(1);
    story.resolve(1, Answer::GoOn);
    story.change("offer SPB at 280.00 EUR");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, PRICE_CHANGED: one seat costs 270.00 EUR a term; 264.00 EUR was approved
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 facts were read
            old-1: needs a person, PRICE_CHANGED: one seat costs 280.00 EUR a term; 264.00 EUR was approved
    "#]]);
}

#[test]
fn another_item_for_the_same_licence_stops_the_purchase() {
    let mut story = Story::approved("");
    story.at("2026-12-09");
    story.change("offer SPB item AAAA:0001");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, STATE_CHANGED: the catalogue now answers with AAAA:0001; the plan was made for CFQ7TTC0ZZ00:0001
    "#]]);
}

#[test]
fn what_was_waited_for_is_seen_before_the_day_as_well() {
    let mut story = Story::approved("tenant unseen");
    story.facts(1);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 25");
    story.facts(1);
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-02 08:00 facts were read
            old-1: needs a person, NO_GDAP: we may sell to the customer but not look into its tenant
        2026-11-02 08:00 facts were read
            old-1: goes on
            old-1: compared with its plan
          nobody has to act
    "#]]);
}

#[test]
fn a_promotion_that_the_plan_counted_on_and_that_is_gone_stops_the_purchase() {
    let mut story = Story::approved("offer SPB at 264.00 EUR\npromotion spring on SPB off 10 until 2026-12-31");
    story.at("2026-12-09");
    story.scene.policy.promotions.clear();
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, PROMO_NOT_ELIGIBLE: the promotion spring does not apply
    "#]]);
}

#[test]
fn a_promotion_that_still_counts_stops_nothing() {
    let mut story = Story::approved("offer SPB at 264.00 EUR\npromotion spring on SPB off 10 until 2026-12-31");
    story.at("2026-12-09");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
    "#]]);
}

#[test]
fn whether_a_promotion_counts_is_judged_by_the_seats_that_were_approved() {
    let mut story = Story::imported(
        "line SPB 25 seats until 2026-12-13 open\ntenant holds SPB 25 seats until 2026-12-13\nin use SPB 22
         offer SPB at 264.00 EUR\npromotion spring on SPB off 10 until 2026-12-31 least 20",
    );
    story.scene.policy.sizing = Sizing::RightSize;
    story.plan(1);
    story.approve(1);
    // Three users fewer since, and 22 seats are bought all the same.
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 19");
    story.at("2026-12-09");
    story.facts(1);
    let line = story.line(1);
    assert_eq!(line.plan.expect("a plan").seats.get(), 22);
    assert!(matches!(line.stage, Stage::Carting { .. }), "{:?}", line.stage);
}

/// A provider's line, planned while its customer was tied to reseller 11, and where it is after the look on its day.
fn on_the_day_tied_to(ids: &[&str]) -> Stage {
    let tied = |ids: &[&str]| {
        let name = |id: &&str| (PartnerId::try_new(id).expect("an id"), format!("Reseller {id}"));
        Resellers { tied: ids.iter().map(name).collect(), ..Resellers::default() }
    };
    let mut story = Story::imported("");
    story.scene.policy.sells_as = SellsAs::IndirectProvider;
    story.scene.facts.resellers = Some(Observed { value: tied(&["11"]), at: story.now });
    story.plan(1);
    story.approve(1);
    story.scene.facts.resellers = Some(Observed { value: tied(ids), at: story.now });
    story.at("2026-12-09");
    story.facts(1);
    story.line(1).stage
}

#[test]
fn another_reseller_than_the_plan_names_stops_the_purchase() {
    assert!(matches!(on_the_day_tied_to(&["11"]), Stage::Carting { .. }));
    let Stage::NeedsAttention { cause, .. } = on_the_day_tied_to(&["12"]) else { panic!("it would be bought") };
    assert_eq!(
        (cause.code(), cause.to_string().as_str()),
        ("STATE_CHANGED", "the purchase would name reseller 12 now; the plan was made with reseller 11")
    );
    let Stage::NeedsAttention { cause, .. } = on_the_day_tied_to(&["11", "12"]) else { panic!("it would be bought") };
    assert_eq!(cause.code(), "RESELLER_UNKNOWN", "said once");
}
