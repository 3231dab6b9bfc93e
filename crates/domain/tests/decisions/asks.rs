//! What people are asked to do, by whom, and until when.

use crate::fixture::story::Story;
use carryover_domain::assess::unfinished;
use carryover_domain::{Answer, Stage};
use expect_test::expect;
use jiff::SignedDuration;

const OTHERS_COVER: &str = "tenant holds SPB 25 seats until 2026-12-13
                            tenant holds SPB 25 seats named x-9 until 2027-12-31\nin use SPB 20";

#[test]
fn whoever_is_covered_by_others_is_looked_at_again_two_weeks_before_the_end() {
    let mut story = Story::imported(OTHERS_COVER);
    story.plan(1);
    assert_eq!(story.line(1).stage, Stage::NothingToDo);
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
          by 2026-12-07 00:00: LOOK_AGAIN assess once more, from 2026-11-30 on, whether others still cover the users of SPB; then have its renewal stopped, or plan
          owed: nothing; next look: never
    "#]]);
}

/// What is asked about a source that others cover, told and seen so, once it was assessed on each of `days`.
fn asked_when_covered(line: &str, days: &[&str]) -> String {
    let mut story = Story::imported(&format!("{line}\n{OTHERS_COVER}"));
    let mut asked = String::new();
    for day in days {
        story.at(day);
        story.plan(1);
        asked += &format!("{day}: {:?} {}\n", story.actions(), story.asked_of_owners());
    }
    asked
}

#[test]
fn a_source_that_others_cover_and_that_renews_is_stopped_by_its_owner_once_that_was_seen_shortly_before_its_end() {
    let days = ["2026-11-29T23:59:59Z", "2026-11-30", "2026-12-13T00:01:00Z"];
    let asked = |how: &str| asked_when_covered(&format!("line SPB 25 seats until 2026-12-13 {how}"), &days);
    expect![[r#"
        2026-11-29T23:59:59Z: ["LOOK_AGAIN"] 
        2026-11-30: ["STOP_RENEWAL"] by 2026-12-13 00:00 STOP_RENEWAL, ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        2026-12-13T00:01:00Z: ["STOP_RENEWAL"] by 2026-12-21 00:00 STOP_RENEWAL, it is too late to trust a change of the renewal of SPB: let it renew, and if it has, ask an owner or contributor of the customer's billing account or billing profile to cancel it within seven days, in the Microsoft 365 admin centre under Billing, Your products
    "#]].assert_eq(&asked("direct_mca renews"));
    expect![[r#"
        2026-11-29T23:59:59Z: ["LOOK_AGAIN"] 
        2026-11-30: ["STOP_RENEWAL"] by 2026-12-13 00:00 STOP_RENEWAL, ask an owner or contributor of the customer's billing account or billing profile whether SPB renews, and to stop that ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        2026-12-13T00:01:00Z: ["STOP_RENEWAL"] by 2026-12-21 00:00 STOP_RENEWAL, it is too late to trust a change of the renewal of SPB: let it renew, and if it has, ask an owner or contributor of the customer's billing account or billing profile to cancel it within seven days, in the Microsoft 365 admin centre under Billing, Your products
    "#]].assert_eq(&asked("trial unclear"));
    expect![[r#"
        2026-11-29T23:59:59Z: ["LOOK_AGAIN"] 
        2026-11-30: ["STOP_RENEWAL"] by 2026-12-13 00:00 STOP_RENEWAL, ask the partner that sold it to choose "cancel at end of term" for SPB, in Partner Center: its renewal is off, and a paid extension would follow
        2026-12-13T00:01:00Z: ["STOP_RENEWAL"] by 2026-12-13 00:00 STOP_RENEWAL, ask the partner that sold it to choose "cancel at end of term" for SPB, in Partner Center: its renewal is off, and a paid extension would follow
    "#]].assert_eq(&asked("nce_other_partner ends"));
    expect![[r#"
        2026-11-29T23:59:59Z: ["LOOK_AGAIN"] 
        2026-11-30: [] 
        2026-12-13T00:01:00Z: [] 
    "#]]
    .assert_eq(&asked("direct_mosa ends"));
}

#[test]
fn whoever_was_seen_covered_long_before_the_end_has_nobody_asked_to_stop_anything() {
    let mut story = Story::imported(&format!("line SPB 25 seats until 2026-12-13 direct_mca renews\n{OTHERS_COVER}"));
    story.plan(1);
    story.at("2026-12-12");
    assert_eq!(story.actions(), ["LOOK_AGAIN"]);
}

#[test]
fn nobody_is_asked_to_stop_what_was_last_seen_covered_more_than_a_day_ago() {
    let mut story = Story::imported(&format!("line SPB 25 seats until 2026-12-13 direct_mca renews\n{OTHERS_COVER}"));
    story.at("2026-12-01");
    story.plan(1);
    story.at("2026-12-02");
    assert_eq!(story.actions(), ["STOP_RENEWAL"]);
    story.at("2026-12-02T00:00:01Z");
    assert_eq!(story.actions(), ["LOOK_AGAIN"]);
}

#[test]
fn a_line_with_nothing_to_do_is_planned_once_the_others_go() {
    let mut story = Story::imported(OTHERS_COVER);
    story.plan(1);
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 20");
    story.plan(2);
    assert_eq!(story.line(1).stage, Stage::Ready);
    story.change(OTHERS_COVER);
    story.plan(3);
    assert_eq!(story.line(1).stage, Stage::NothingToDo);
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
        2026-11-02 08:00 assessed
            nothing found
        2026-11-02 08:00 planned
            plan 2 of 1 lines
        2026-11-02 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-11-02 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
    "#]]);
}

#[test]
fn a_better_way_than_buying_again_is_asked_for_until_the_purchase_begins() {
    let mut story = Story::imported(
        "line SPB 25 seats until 2026-12-13 nce_other_partner renews\nline E3 9 seats until 2026-12-13 legacy_csp_ours renews
         line VISIO 2 seats until 2026-12-13 ea ends\noffer SPB\noffer E3\noffer VISIO ended",
    );
    story.plan(1);
    story.tell_actions();
    story.approve(1);
    story.tell_actions();
    story.at("2026-12-09");
    story.facts(1);
    story.facts(2);
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-02 08:00 assessed
            old-1: note PARTNER_TRANSFER_POSSIBLE: another partner sold the old subscription; old-1: note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (nce_other_partner); old-2: note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce; old-2: note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp_ours); old-3: blocks OFFER_END_OF_SALE: licence VISIO is not sold any more; in its place there is nothing; old-3: warns SKU_UNKNOWN: no table knows licence VISIO; old-3: note CHANNEL_TRANSFER_POSSIBLE: the volume agreement can be renewed to CSP in the partner portal
        2026-11-02 08:00 planned
            plan 1 of 2 lines
          by 2026-12-09 00:00: APPROVE_PLAN approve plan 1
          by 2026-12-09 00:00: PARTNER_TRANSFER ask the other partner to hand SPB over, which pays nothing twice
          by 2026-12-09 00:00: NCE_MIGRATION start the migration of E3 to new commerce, which pays nothing twice
          by 2026-12-14 00:00: OFFER_END_OF_SALE licence VISIO is not sold any more; in its place there is nothing. Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.
          by 2026-12-14 00:00: CHANNEL_TRANSFER schedule "renew to CSP" for VISIO in the partner portal
        2026-11-02 08:00 approved
            ana approved plan 1
          by 2026-12-09 00:00: PARTNER_TRANSFER ask the other partner to hand SPB over, which pays nothing twice
          by 2026-12-09 00:00: NCE_MIGRATION start the migration of E3 to new commerce, which pays nothing twice
          by 2026-12-14 00:00: OFFER_END_OF_SALE licence VISIO is not sold any more; in its place there is nothing. Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.
          by 2026-12-14 00:00: CHANNEL_TRANSFER schedule "renew to CSP" for VISIO in the partner portal
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 facts were read
            old-2: to be bought as act 6
          by 2026-12-14 00:00: OFFER_END_OF_SALE licence VISIO is not sold any more; in its place there is nothing. Put a successor into the column target_sku; a volume-licensing customer can renew to CSP in the partner portal instead.
          by 2026-12-14 00:00: CHANNEL_TRANSFER schedule "renew to CSP" for VISIO in the partner portal
    "#]]);
}

#[test]
fn what_belongs_beside_a_new_licence_is_asked_for_until_its_users_have_changed() {
    let mut story = Story::bought("line E3 1 seats until 2026-12-13 open wants E3_ALONE\noffer E3_ALONE\noffer TEAMS");
    story.forget();
    story.delivered(
        1,
        "tenant holds E3 1 seats until 2026-12-13\ntenant holds E3_ALONE 1 seats until 2027-12-08 named new-1 ours\nin use E3 1",
    );
    story.tell_actions();
    story.holders(1, vec![]);
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
          by 2026-12-09 00:00: COMPANION_NEEDED 1 seat of Microsoft Teams Enterprise (TEAMS) must stand beside Office 365 E3 (no Teams) (E3_ALONE), and no line buys them. Put its SKU into the column companion_sku and import the file again: both are bought, and each user gets both in one call. Or buy it in Partner Center and assign it before users change.
        2026-12-09 00:00 0 hold the old licence
            old-1: nobody holds the old licence
          nobody has to act
    "#]]);
}

#[test]
fn a_source_that_is_given_back_is_to_be_cancelled_at_once() {
    let mut story = Story::bought(
        "line SPB 25 seats until 2026-12-13 direct_mosa renews P1Y at 300.00 EUR\noffer SPB at 264.00 EUR",
    );
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13\ntenant holds SPB 25 seats until 2027-11-01 named new-1 ours\nin use SPB 25",
    );
    story.tell_actions();
    story.reads(expect![[r#"
        2026-11-02 08:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by its owner's hand
          by 2026-11-03 00:00: STOP_RENEWAL ask the customer's billing administrator to cancel SPB now, for the refund, in the Microsoft 365 admin centre under Billing, Your products: the new subscription stands. Domains and data stay as they are
    "#]]);
}

/// What the owner is asked, for each way in which a source of `program` can renew, in the last hours before it ends.
fn asks(story: impl Fn(&str) -> Story, program: &str) -> String {
    let mut told = String::new();
    for renews in ["renews", "unclear", "ends"] {
        for at in ["2026-12-12T23:59:00Z", "2026-12-13T00:01:00Z"] {
            let mut story = story(&format!("line SPB 26 seats until 2026-12-13 {program} {renews}"));
            story.at(at);
            let asked = story.asked_of_owners();
            told += &format!("{renews}, {}: {asked}\n", if at < "2026-12-13" { "in time" } else { "too late" });
        }
    }
    told
}

/// Its replacement stands.
fn standing(line: &str) -> Story {
    let mut story = Story::bought(line);
    let new = "tenant holds SPB 26 seats until 2027-12-08 named new-1 ours";
    story.delivered(1, &format!("tenant holds SPB 26 seats until 2026-12-13\n{new}\nin use SPB 26"));
    story
}

/// Nothing can be bought for it.
fn waiting(line: &str) -> Story {
    Story::approved(&format!("relationship none\nagreement unreadable\ntenant unseen\n{line}"))
}

#[test]
fn the_owner_of_a_source_whose_replacement_stands_is_asked_by_how_it_renews_and_how_late_it_is() {
    expect![[r#"
        renews, in time: by 2026-12-13 00:00 STOP_RENEWAL, ask the customer's billing administrator to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        renews, too late: by 2026-12-21 00:00 STOP_RENEWAL, it is too late to trust a change of the renewal of SPB: let it renew, and if it has, ask the customer's billing administrator to cancel it within seven days, in the Microsoft 365 admin centre under Billing, Your products
        unclear, in time: by 2026-12-13 00:00 STOP_RENEWAL, ask the customer's billing administrator whether SPB renews, and to stop that ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        unclear, too late: by 2026-12-21 00:00 STOP_RENEWAL, it is too late to trust a change of the renewal of SPB: let it renew, and if it has, ask the customer's billing administrator to cancel it within seven days, in the Microsoft 365 admin centre under Billing, Your products
        ends, in time: 
        ends, too late: 
    "#]].assert_eq(&asks(standing, "direct_mosa"));
}

#[test]
fn the_owner_of_a_source_whose_replacement_does_not_stand_is_asked_to_keep_it_once_it_is_late() {
    expect![[r#"
        renews, in time: 
        renews, too late: by 2026-12-13 00:00 KEEP_ALIVE, ask the customer's billing administrator to leave the renewal on for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
        unclear, in time: 
        unclear, too late: by 2026-12-13 00:00 KEEP_ALIVE, ask the customer's billing administrator to turn the renewal on, or renew, for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
        ends, in time: 
        ends, too late: by 2026-12-13 00:00 KEEP_ALIVE, ask the customer's billing administrator to turn the renewal on, or renew, for SPB, in the Microsoft 365 admin centre under Billing, Your products: its replacement does not stand yet
    "#]].assert_eq(&asks(waiting, "direct_mosa"));
    expect![[r#"
        renews, in time: 
        renews, too late: by 2026-12-13 00:00 KEEP_ALIVE, ask the partner that sold it to leave the renewal on for SPB, in Partner Center: its replacement does not stand yet
        unclear, in time: 
        unclear, too late: by 2026-12-13 00:00 KEEP_ALIVE, ask the partner that sold it to turn the renewal on, or choose the extended term, for SPB, in Partner Center: its replacement does not stand yet
        ends, in time: 
        ends, too late: by 2026-12-13 00:00 KEEP_ALIVE, ask the partner that sold it to turn the renewal on, or choose the extended term, for SPB, in Partner Center: its replacement does not stand yet
    "#]].assert_eq(&asks(waiting, "nce_other_partner"));
    expect![[r#"
        renews, in time: 
        renews, too late: 
        unclear, in time: 
        unclear, too late: 
        ends, in time: 
        ends, too late: 
    "#]]
    .assert_eq(&asks(waiting, "open"));
}

#[test]
fn a_direct_source_that_has_run_out_before_anything_stands_is_reactivated_as_the_last_resort() {
    let after = |program: &str| {
        let mut story = waiting(&format!("line SPB 26 seats until 2026-12-13 {program} ends"));
        story.at("2026-12-14");
        story.asked_of_owners()
    };
    expect!["by 2026-12-14 00:00 KEEP_ALIVE, ask the customer's billing administrator whether SPB, whose planned last day has passed, has renewed or run out, in the Microsoft 365 admin centre under Billing, Your products: nobody has seen that here. Where it has run out, it is reactivated as the last resort, for its replacement does not stand yet: a new paid term begins, which can be cancelled within seven days. We cannot look ourselves before the customer's administrator lets us into the tenant"].assert_eq(&after("direct_mosa"));
    assert!(after("direct_mca").contains("reactivate") && after("advisor").contains("reactivate"));
    // Of what another partner has sold nothing comes back, nor of what was prepaid (rule R41).
    assert_eq!(["nce_other_partner", "legacy_csp", "open", "ea"].map(after), [""; 4]);
    assert_eq!(standing_after_the_end(), "", "its replacement stands");
}

fn standing_after_the_end() -> String {
    let mut story = standing("line SPB 26 seats until 2026-12-13 direct_mosa ends");
    story.at("2026-12-14");
    story.asked_of_owners()
}

#[test]
fn what_is_over_already_is_bought_at_once_before_anybody_reactivates_it() {
    let over = "line SPB 26 seats until 2026-10-31 direct_mosa ends\ntenant holds SPB 26 seats grace\nin use SPB 26";
    let mut story = Story::approved(over);
    assert_eq!(story.asked_of_owners(), "");
    story.at("2026-11-03T08:00:00Z");
    assert!(story.asked_of_owners().contains("reactivate"));
}

#[test]
fn the_cutoff_of_the_policy_says_from_when_on_a_source_is_kept_alive() {
    let mut story = waiting("line SPB 26 seats until 2026-12-13 direct_mosa ends");
    story.scene.policy.renew_cutoff = SignedDuration::from_hours(72);
    story.at("2026-12-10T23:59:59Z");
    assert_eq!(story.asked_of_owners(), "");
    story.at("2026-12-11");
    assert_eq!(story.actions(), ["KEEP_ALIVE"]);
}

#[test]
fn each_program_has_its_own_people_and_places() {
    let asked = |program: &str| {
        let mut story = standing(&format!("line SPB 26 seats until 2026-12-13 {program} renews"));
        story.at("2026-12-10");
        format!("{program}: {}\n", story.asked_of_owners())
    };
    let programs = ["direct_mca", "advisor", "legacy_csp", "nce_other_partner", "legacy_csp_ours", "self_service"];
    expect![[r#"
        direct_mca: by 2026-12-13 00:00 STOP_RENEWAL, ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        advisor: by 2026-12-13 00:00 STOP_RENEWAL, ask the customer's billing administrator (under the Microsoft Customer Agreement an owner or contributor of its billing account) to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
        legacy_csp: by 2026-12-13 00:00 STOP_RENEWAL, ask the partner that sold it to stop the renewal of SPB ("cancel at end of term" where that exists), in Partner Center
        nce_other_partner: by 2026-12-13 00:00 STOP_RENEWAL, ask the partner that sold it to stop the renewal of SPB ("cancel at end of term" where that exists), in Partner Center
        legacy_csp_ours: by 2026-12-13 00:00 STOP_RENEWAL, ask our own admin or sales agent to stop the renewal of SPB ("cancel at end of term" where that exists), in Partner Center
        self_service: by 2026-12-13 00:00 STOP_RENEWAL, ask the user who bought it or an administrator who takes it over to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
    "#]].assert_eq(&programs.map(asked).concat());
}

#[test]
fn a_large_source_is_reduced_before_it_can_be_cancelled_online() {
    let asked = |program: &str, seats: u32| {
        let line =
            format!("line SPB {seats} seats until 2026-12-13 {program} renews P1Y at 300.00 EUR since 2025-12-14");
        let mut story = Story::bought(&format!("{line}\noffer SPB at 264.00 EUR"));
        let new = format!("tenant holds SPB {seats} seats until 2027-11-01 named new-1 ours");
        story.delivered(1, &format!("tenant holds SPB {seats} seats until 2026-12-13\n{new}\nin use SPB {seats}"));
        story.asked_of_owners()
    };
    assert!(!asked("direct_mosa", 25).contains("reduce"));
    expect!["by 2026-11-03 00:00 STOP_RENEWAL, ask the customer's billing administrator to reduce its seats to 25 or fewer, or ask support, and then to cancel SPB now, for the refund, in the Microsoft 365 admin centre under Billing, Your products: the new subscription stands. Domains and data stay as they are"].assert_eq(&asked("direct_mosa", 26));
}

#[test]
fn who_is_to_cancel_for_the_refund_is_not_told_to_wait_for_the_end() {
    let line = "line SPB 25 seats until 2026-12-13 direct_mosa renews P1Y at 300.00 EUR since 2025-12-14";
    let mut story = Story::bought(&format!("{line}\noffer SPB at 264.00 EUR"));
    let new = "tenant holds SPB 25 seats until 2027-11-01 named new-1 ours";
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{new}\nin use SPB 25"));
    let open = |story: &Story| {
        unfinished(&story.line(1), &story.scene.policy, story.now).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(open(&story), Vec::<String>::new());
    story.at("2026-11-03");
    expect!["the customer's billing administrator was asked to end the old subscription by 2026-11-03 and has not"]
        .assert_eq(&open(&story).join("\n"));
}

/// Bought early on 2026-11-02 because `program` gives the old one back for money, and standing.
fn given_back(program: &str, until: &str, since: &str) -> Story {
    let line = format!("line SPB 25 seats until {until} {program} renews P1Y at 300.00 EUR since {since}");
    let mut story = Story::bought(&format!("{line}\noffer SPB at 264.00 EUR"));
    story.delivered(1, &beside(&format!("until {until}")));
    story.forget();
    story
}

/// The old subscription, as the tenant shows it, beside the new one.
fn beside(old: &str) -> String {
    format!(
        "tenant holds SPB 25 seats {old}\ntenant holds SPB 25 seats until 2027-11-01 named new-1 ours\nin use SPB 25"
    )
}

#[test]
fn whether_it_was_cancelled_for_the_refund_is_looked_at_each_day_and_after_that_twice_more() {
    let mut story = given_back("direct_mosa", "2027-03-13", "2026-03-14");
    story.tell_owed();
    story.at("2026-11-03T08:00:00Z");
    story.tell_owed();
    story.source(1, &beside("until 2027-03-13"));
    story.tell_actions();
    story.at("2026-11-04T08:00:00Z");
    story.tell_owed();
    story.source(1, &beside("until 2027-01-13 locked"));
    story.tell_owed();
    story.tell_actions();
    story.at("2026-11-05T08:00:00Z");
    story.tell_owed();
    story.source(1, &beside("until 2027-01-13 locked"));
    story.tell_owed();
    story.reads(expect![[r#"
          owed: nothing; next look: 2026-11-03 08:00
        2026-11-03 08:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-11-04 08:00
        2026-11-03 08:00 the tenant was read
          by 2026-11-03 00:00: STOP_RENEWAL ask the customer's billing administrator to cancel SPB now, for the refund, in the Microsoft 365 admin centre under Billing, Your products: the new subscription stands. Domains and data stay as they are
        2026-11-04 08:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-11-05 08:00
        2026-11-04 08:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-11-05 08:00
          nobody has to act
        2026-11-05 08:00 time passed
          owed: old-1: read the old subscription and the users of SPB
          next look: 2026-11-05 08:15
        2026-11-05 08:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-11-07 08:00
    "#]]);
}

#[test]
fn what_is_only_disabled_before_its_end_is_looked_at_until_its_cancelling_is_seen_or_said() {
    let suspended = beside("until 2027-01-13 suspended");
    let mut story = given_back("direct_mosa", "2027-03-13", "2026-03-14");
    // Weeks later a refund may still come.
    for day in ["2026-11-04T08:00:00Z", "2026-11-12T08:00:00Z", "2026-12-24T08:00:00Z"] {
        story.at(day);
        story.source(1, &suspended);
        assert_eq!((story.line(1).stage.word(), story.actions()), ("winding_down", vec!["STOP_RENEWAL"]), "{day}");
        assert_eq!(story.owed().len(), 1, "{day}");
    }
    // Paid again, it serves as before.
    story.source(1, &beside("until 2027-03-13"));
    assert_eq!(story.actions(), ["STOP_RENEWAL"]);
    story.resolve(1, Answer::RenewalStopped);
    story.source(1, &beside("until 2027-03-13"));
    assert_eq!(story.line(1).stage.word(), "winding_down");
    story.source(1, &suspended);
    assert_eq!((story.line(1).stage.word(), story.actions()), ("closed", vec![]));
}

#[test]
fn a_request_to_stop_what_others_cover_is_answered_and_holds_until_a_look_shows_otherwise() {
    let mut story = Story::imported(&format!("line SPB 25 seats until 2026-12-13 direct_mca renews\n{OTHERS_COVER}"));
    story.plan(1);
    story.resolve(1, Answer::RenewalStopped);
    story.at("2026-12-01");
    story.plan(2);
    story.forget();
    story.resolve(1, Answer::RenewalStopped);
    for day in ["2026-12-01", "2026-12-05", "2026-12-14T08:00:00Z"] {
        story.at(day);
        assert_eq!(story.actions(), [""; 0], "{day}");
    }
    story.plan(3);
    assert_eq!(story.actions(), [""; 0], "told once, it is not asked again by a look that shows nothing new");
    story.change(&OTHERS_COVER.replacen("2026-12-13", "2027-12-13", 1).replace("2027-12-31", "2029-12-31"));
    story.plan(4);
    assert_eq!(story.actions(), ["STOP_RENEWAL"], "it has renewed after all");
    story.reads(expect![[r#"
        2026-12-01 00:00 answered RenewalStopped
            old-1: ana says RenewalStopped
        2026-12-01 00:00 time passed
        2026-12-05 00:00 time passed
        2026-12-14 08:00 time passed
        2026-12-14 08:00 assessed
            old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-12-14 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
        2026-12-14 08:00 assessed
            old-1: warns END_DATE_CONFLICT: the tenant says that the last day is 2027-12-13, the file says 2026-12-13; old-1: note ALREADY_COVERED: 20 licences are in use and 25 stay without this subscription
        2026-12-14 08:00 not planned: no line can be planned: each is blocked, bought or on its way; one that stopped needs `carryover resolve LINE plan-again` first
    "#]]);
}

#[test]
fn that_a_renewal_is_stopped_is_no_answer_before_anybody_was_asked() {
    let mut story = Story::imported(&format!("line SPB 25 seats until 2026-12-13 direct_mca renews\n{OTHERS_COVER}"));
    story.plan(1);
    assert_eq!(story.actions(), ["LOOK_AGAIN"], "six weeks before the end");
    story.resolve(1, Answer::RenewalStopped);
    assert_eq!(story.line(1).stopped, None);
    story.at("2026-12-01");
    story.plan(2);
    story.resolve(1, Answer::RenewalStopped);
    assert_ne!(story.line(1).stopped, None);
}

#[test]
fn what_others_cover_is_to_be_stopped_again_where_the_tenant_shows_another_end_than_it_did_before() {
    let line = "line SPB 25 seats until unknown direct_mca renews says graph 2026-12-13";
    let mut story = Story::imported(&format!("{line}\n{OTHERS_COVER}"));
    story.at("2026-12-01");
    story.plan(1);
    story.resolve(1, Answer::RenewalStopped);
    story.at("2026-12-14T08:00:00Z");
    story.plan(2);
    assert_eq!(story.actions(), [""; 0]);
    story.change(&OTHERS_COVER.replacen("2026-12-13", "2027-12-13", 1).replace("2027-12-31", "2029-12-31"));
    story.plan(3);
    assert_eq!(story.actions(), ["STOP_RENEWAL"], "it has renewed after all");
}

#[test]
fn what_others_cover_and_a_look_shows_to_be_over_is_not_to_be_stopped() {
    let mut story = Story::imported(&format!("line SPB 25 seats until 2026-12-13 direct_mca renews\n{OTHERS_COVER}"));
    story.at("2026-12-14T08:00:00Z");
    story.plan(1);
    assert_eq!(story.actions(), ["STOP_RENEWAL"]);
    for over in ["grace", "suspended", "locked"] {
        story.change(&OTHERS_COVER.replacen("2026-12-13", &format!("2027-01-13 {over}"), 1));
        story.plan(2);
        assert_eq!(story.actions(), [""; 0], "{over}");
    }
}

#[test]
fn the_answer_that_a_renewal_is_stopped_goes_with_the_cover_that_it_was_given_upon() {
    let mut story = Story::imported(&format!("line SPB 25 seats until 2026-12-13 direct_mca renews\n{OTHERS_COVER}"));
    story.at("2026-12-01");
    story.plan(1);
    story.resolve(1, Answer::RenewalStopped);
    assert_eq!(story.line(1).stopped.as_deref(), Some("ana"));
    story.change("tenant holds SPB 25 seats until 2026-12-13\nin use SPB 20");
    story.plan(2);
    assert_eq!((story.line(1).stage, story.line(1).stopped), (Stage::Ready, None));
}

#[test]
fn once_the_days_to_cancel_are_over_nobody_looks_again_before_the_end() {
    let mut story = given_back("direct_mca", "2027-11-01", "2026-11-02");
    story.at("2026-11-08T08:00:00Z");
    story.tell_owed();
    story.at("2026-11-09T08:00:00Z");
    story.tell_owed();
    story.reads(expect![[r#"
        2026-11-08 08:00 time passed
          owed: old-1: read the old subscription
          next look: 2026-11-09 08:00
        2026-11-09 08:00 time passed
          owed: nothing; next look: 2027-11-01 00:00
    "#]]);
}

#[test]
fn what_was_cancelled_leaves_nobody_without_a_licence_unseen_and_what_serves_again_is_told() {
    let mut story = given_back("direct_mosa", "2027-03-13", "2026-03-14");
    story.at("2026-11-03T08:00:00Z");
    story.source(1, &beside("locked").replace("in use SPB 25", "in use SPB 26"));
    story.tell_owed();
    story.source(1, &beside("locked"));
    story.at("2026-11-04T08:00:00Z");
    story.source(1, &beside("until 2027-03-13"));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-11-03 08:00 time passed
        2026-11-03 08:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 26 licences are in use and 25 would be left without the old subscription
          owed: old-1: read the old subscription
          next look: 2026-11-03 09:00
        2026-11-03 08:00 the tenant was read
            old-1: goes on
            old-1: is over
            old-1: nobody is short after the end
        2026-11-04 08:00 time passed
        2026-11-04 08:00 the tenant was read
            old-1: needs a person, SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-03-13
          owed: old-1: read the old subscription
          next look: 2026-11-05 08:00
    "#]]);
}

#[test]
fn what_is_only_not_listed_or_in_grace_before_its_end_was_not_cancelled() {
    for seen in ["tenant holds SPB 25 seats until 2027-11-01 named new-1 ours\nin use SPB 25", &beside("grace")] {
        let mut story = given_back("direct_mosa", "2027-03-13", "2026-03-14");
        story.at("2026-11-03T08:00:00Z");
        story.source(1, seen);
        assert_eq!(story.line(1).stage.word(), "winding_down", "{seen}");
    }
}

#[test]
fn once_there_is_no_refund_any_more_the_renewal_is_to_be_stopped() {
    let line = "line SPB 25 seats until 2027-11-01 direct_mca renews P1Y at 300.00 EUR since 2026-11-02";
    let mut story = Story::bought(&format!("{line}\noffer SPB at 264.00 EUR"));
    let new = "tenant holds SPB 25 seats until 2027-11-01 named new-1 ours";
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2027-11-01\n{new}\nin use SPB 25"));
    let mut asked = |day: &str| {
        story.at(day);
        let open = unfinished(&story.line(1), &story.scene.policy, story.now);
        format!("{day}: {}; {:?}\n", story.asked_of_owners(), open.iter().map(|one| one.code()).collect::<Vec<_>>())
    };
    expect![[r#"
        2026-11-08: by 2026-11-03 00:00 STOP_RENEWAL, ask an owner or contributor of the customer's billing account or billing profile to cancel SPB now, for the refund, in the Microsoft 365 admin centre under Billing, Your products: the new subscription stands. Domains and data stay as they are; ["FOREIGN_SOURCE_NO_ACTION"]
        2026-11-09: by 2027-11-01 00:00 STOP_RENEWAL, ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products; ["SOURCE_WILL_RENEW"]
    "#]].assert_eq(&["2026-11-08", "2026-11-09"].map(&mut asked).concat());
}

#[test]
fn a_source_that_is_needed_after_all_is_kept_alive_by_who_was_asked_to_stop_it() {
    let mut story = standing("line SPB 26 seats until 2026-12-13 direct_mosa renews");
    let new = "tenant holds SPB 26 seats until 2027-12-08 named new-1 ours";
    story.at("2026-12-13");
    story.source(1, &format!("tenant holds SPB 26 seats until 2026-12-13\n{new}\nin use SPB 30"));
    assert_eq!(story.actions(), ["KEEP_ALIVE", "SEATS_BELOW_CONSUMPTION"]);
}

#[test]
fn nobody_escalates_to_ourselves() {
    let open = |program: &str| {
        let mut story = standing(&format!("line SPB 26 seats until 2026-12-13 {program} renews"));
        story.at("2026-12-13");
        let found = unfinished(&story.line(1), &story.scene.policy, story.now);
        found.iter().map(|finding| finding.code()).collect::<Vec<_>>()
    };
    assert_eq!(open("legacy_csp_ours"), ["SOURCE_WILL_RENEW"]);
    assert_eq!(open("legacy_csp"), ["SOURCE_WILL_RENEW", "FOREIGN_SOURCE_NO_ACTION"]);
}

#[test]
fn an_outdated_agreement_asks_for_a_new_one() {
    let ask = |agreement: &str| Story::approved(&format!("agreement {agreement}")).actions();
    assert_eq!(ask("accepted on 2023-03-31"), ["OBTAIN_AGREEMENT"]);
    assert_eq!(ask("accepted on 2023-04-01"), Vec::<&str>::new());
    assert_eq!(ask("missing"), ["OBTAIN_AGREEMENT"]);
}
