//! What is for sale in place of the old subscription.

use crate::fixture::story::plan_id;
use crate::fixture::{Scene, line_id};
use crate::{check, codes, silent};
use carryover_domain::finding::Finding;
use carryover_domain::plan::plan;
use carryover_domain::time::Billing;
use expect_test::expect;

#[test]
fn a_licence_that_is_not_sold_blocks() {
    check(
        "offer E3",
        expect![[r#"
            blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Premium (SPB) is not sold in the customer's country
        "#]],
    );
}

#[test]
fn an_item_that_cannot_be_bought_now_counts_as_not_sold() {
    check(
        "offer SPB unsold",
        expect![[r#"
            blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Premium (SPB) is not sold in the customer's country
        "#]],
    );
}

#[test]
fn an_item_that_can_be_bought_goes_before_one_that_cannot() {
    silent("offer SPB item AAA:0001 unsold\noffer SPB item ZZZ:0001");
}

#[test]
fn an_offer_for_everybody_goes_before_one_for_a_segment() {
    silent("offer SPB item AAA:0001 for education\noffer SPB item ZZZ:0001\nprofile");
    check(
        "offer SPB item AAA:0001 for education\nprofile",
        expect![[r#"
        blocks SEGMENT_NOT_QUALIFIED: the offer is for education customers, and this one is not qualified as such
    "#]],
    );
}

#[test]
fn who_is_qualified_gets_the_offer_for_its_segment_and_nobody_else_does() {
    let chosen = |profile: &str| {
        let scene = Scene::of(&format!("offer SPB item AAA:0001\noffer SPB item ZZZ:0001 for nonprofit\n{profile}"));
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        let line = &made.lines[&line_id(1)];
        format!("{} for {}", line.offer, line.segment)
    };
    assert_eq!(chosen("profile segment nonprofit"), "ZZZ:0001 for nonprofit");
    for other in ["profile", "profile segment education", ""] {
        assert_eq!(chosen(other), "AAA:0001 for commercial", "{other}");
    }
}

#[test]
fn a_grant_needs_the_qualification_unless_people_choose_a_commercial_offer() {
    let grant = "line SPB 10 seats until 2026-12-13 nonprofit_grant ends";
    let blocks = |more: &str| codes(&format!("{grant}{more}")).contains(&"SEGMENT_NOT_QUALIFIED");
    assert!(blocks("\nprofile") && blocks("\nprofile segment education"));
    assert!(!blocks("\nprofile segment nonprofit"));
    assert!(!blocks(" wants SPB\nprofile"), "chosen by people");
    assert!(!blocks(""), "nobody has read what the customer is qualified for");
}

#[test]
fn what_takes_the_place_of_an_old_licence_is_named_only_for_whom_it_is_sold() {
    let old = "line SMB_BASIC 25 seats until 2026-12-13 open\noffer BASIC for education\n";
    let named = |profile: &str| {
        let found = Scene::of(&format!("{old}{profile}")).findings(1);
        found
            .iter()
            .any(|finding| matches!(finding, Finding::OfferNotInCountry { equivalents, .. } if !equivalents.is_empty()))
    };
    assert!(named("profile segment education") && !named("profile"));
}

#[test]
fn a_wanted_licence_that_is_not_sold_is_named() {
    check(
        "line SPB 25 seats until 2026-12-13 open wants E3\noffer SPB",
        expect![[r#"
            blocks OFFER_NOT_IN_COUNTRY: the wanted Office 365 E3 (E3) is not sold in the customer's country; in its place there is Microsoft 365 Business Premium (SPB)
        "#]],
    );
}

#[test]
fn a_wanted_item_that_is_not_sold_is_named() {
    check(
        "line SPB 25 seats until 2026-12-13 open wants item CFQ7TTC0LF8Q:0001\noffer SPB",
        expect![[r#"
            blocks OFFER_NOT_IN_COUNTRY: the wanted item CFQ7TTC0LF8Q:0001 is not sold in the customer's country; in its place there is Microsoft 365 Business Premium (SPB)
        "#]],
    );
}

#[test]
fn another_licence_is_pointed_out() {
    check(
        "line SPB 25 seats until 2026-12-13 open wants E3",
        expect![[r#"
            warns DIFFERENT_SKU: Microsoft 365 Business Premium (SPB) is replaced by Office 365 E3 (E3), which has less of CLOUD_APP_SECURITY, DEFENDER_ENDPOINT, ENTRA, INTUNE, RMS
        "#]],
    );
}

#[test]
fn the_wanted_licence_that_the_users_hold_already_is_no_change() {
    silent("line SPB 25 seats until 2026-12-13 open wants SPB");
}

#[test]
fn an_item_of_the_same_licence_is_no_change_whatever_its_name() {
    silent("line SPB 25 seats until 2026-12-13 open wants item CFQ7TTC0LCHC:0002\noffer SPB item CFQ7TTC0LCHC:0002");
}

#[test]
fn two_licences_of_one_name_are_still_two_licences() {
    check(
        "line SMB_BASIC 25 seats until 2026-12-13 open wants BASIC",
        expect![[r#"
            warns DIFFERENT_SKU: Microsoft 365 Business Basic (SMB_BASIC) is replaced by Microsoft 365 Business Basic (BASIC)
        "#]],
    );
    check(
        "line SMB_STANDARD 25 seats until 2026-12-13 open wants STANDARD",
        expect![[r#"
            warns DIFFERENT_SKU: Microsoft 365 Business Standard - Prepaid Legacy (SMB_STANDARD) is replaced by Microsoft 365 Business Standard (STANDARD)
        "#]],
    );
    check(
        "line SMB_BASIC 25 seats until 2026-12-13 open\noffer BASIC",
        expect![[r#"
            blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Basic (SMB_BASIC) is not sold in the customer's country; in its place there is Microsoft 365 Business Basic (BASIC)
        "#]],
    );
}

#[test]
fn a_term_that_is_on_sale_passes() {
    silent("line SPB 25 seats until 2026-12-13 open P1M\noffer SPB term P1M/monthly term P1Y/annual");
}

#[test]
fn a_term_that_is_not_on_sale_blocks_and_names_those_that_are() {
    check(
        "line SPB 25 seats until 2026-12-13 open P3Y\noffer SPB term P1M/monthly term P1Y/annual",
        expect![[r#"
            blocks SEATS_BELOW_MIN: 25 seats would be bought, fewer than the product's minimum of 100
            blocks TERM_NOT_OFFERED: the term P3Y is not offered; there is P1M, P1Y
        "#]],
    );
}

#[test]
fn without_a_wish_the_term_is_a_year() {
    check(
        "offer SPB term P1M/monthly",
        expect![[r#"
        blocks TERM_NOT_OFFERED: the term P1Y is not offered; there is P1M
    "#]],
    );
}

#[test]
fn a_billing_that_is_on_sale_for_the_term_passes() {
    silent("line SPB 25 seats until 2026-12-13 open P1Y annual\noffer SPB term P1Y/annual");
}

#[test]
fn a_billing_that_is_on_sale_for_another_term_only_blocks() {
    check(
        "line SPB 25 seats until 2026-12-13 open P1Y monthly\noffer SPB term P1M/monthly term P1Y/annual",
        expect![[r#"
            blocks BILLING_NOT_OFFERED: monthly billing is not offered for P1Y
        "#]],
    );
}

#[test]
fn without_a_wish_any_billing_will_do() {
    silent("offer SPB term P1Y/annual");
}

#[test]
fn a_licence_that_the_catalogue_lacks_has_its_equivalents_named() {
    check(
        "line SMB_BASIC 25 seats until 2026-12-13 open\noffer BASIC\noffer BASIC item AAA:0001\noffer SPB",
        expect![[r#"
            blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Basic (SMB_BASIC) is not sold in the customer's country; in its place there is Microsoft 365 Business Basic (BASIC)
        "#]],
    );
    check(
        "line SMB_BASIC 25 seats until 2026-12-13 open\noffer BASIC unsold",
        expect![[r#"
        blocks OFFER_NOT_IN_COUNTRY: Microsoft 365 Business Basic (SMB_BASIC) is not sold in the customer's country
    "#]],
    );
}

#[test]
fn a_suite_that_is_not_sold_any_more_is_named_with_all_that_takes_its_place() {
    check(
        "line E3 25 seats until 2026-12-13 open\noffer E3 ended\noffer E3_ALONE\noffer TEAMS",
        expect![[r#"
        blocks OFFER_END_OF_SALE: Office 365 E3 (E3) is not sold any more; in its place there is Office 365 E3 (no Teams) (E3_ALONE) with Microsoft Teams Enterprise (TEAMS)
    "#]],
    );
    check(
        "line E3 25 seats until 2026-12-13 open\noffer E3 ended\noffer E3_ALONE",
        expect![[r#"
        blocks OFFER_END_OF_SALE: Office 365 E3 (E3) is not sold any more; in its place there is nothing
    "#]],
    );
}

#[test]
fn what_users_lose_by_a_licence_that_no_table_knows_is_a_question_and_not_nothing() {
    check(
        "line SPB 25 seats until 2026-12-13 open wants NOVELTY",
        expect![[r#"
        warns SKU_UNKNOWN: no table knows licence NOVELTY
        warns DIFFERENT_SKU: Microsoft 365 Business Premium (SPB) is replaced by licence NOVELTY
    "#]],
    );
    check(
        "line NOVELTY 25 seats until 2026-12-13 open wants SPB",
        expect![[r#"
        warns SKU_UNKNOWN: no table knows licence NOVELTY
        warns DIFFERENT_SKU: licence NOVELTY is replaced by Microsoft 365 Business Premium (SPB)
    "#]],
    );
    check(
        "line NOVELTY 25 seats until 2026-12-13 open",
        expect![[r#"
        warns SKU_UNKNOWN: no table knows licence NOVELTY
    "#]],
    );
}

#[test]
fn without_a_wish_a_year_is_paid_at_once_unless_the_settings_say_otherwise() {
    let billing = |scene: &str| {
        let scene = Scene::of(scene);
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        made.lines[&line_id(1)].billing
    };
    let open = "line SPB 25 seats until 2026-12-13 open";
    assert_eq!(billing(open), Billing::Annual);
    assert_eq!(billing(&format!("{open} monthly")), Billing::Monthly);
    assert_eq!(billing(&format!("billing monthly\n{open}")), Billing::Monthly);
    assert_eq!(billing(&format!("{open} P1M\noffer SPB term P1M/monthly")), Billing::Monthly);
    assert_eq!(billing(&format!("{open}\noffer SPB term P1Y/monthly")), Billing::Monthly);
}

#[test]
fn what_belongs_beside_the_new_licence_is_asked_for_unless_it_is_there_or_comes() {
    let line = "line E3 25 seats until 2026-12-13 open wants E3_ALONE\noffer E3_ALONE\noffer TEAMS\noffer VISIO";
    check(
        line,
        expect![[r#"
            waits CAPABILITY_LOSS: users would lose TEAMS
            warns DIFFERENT_SKU: Office 365 E3 (E3) is replaced by Office 365 E3 (no Teams) (E3_ALONE)
            warns COMPANION_NEEDED: 25 seats of Microsoft Teams Enterprise (TEAMS) must stand beside Office 365 E3 (no Teams) (E3_ALONE), and no line buys them
        "#]],
    );
    let asks = |more: &str| codes(&format!("{line}\n{more}")).contains(&"COMPANION_NEEDED");
    let spare = |n: u32| {
        format!("tenant holds E3 25 seats until 2026-12-13\ntenant holds TEAMS {n} seats named t-1\nin use TEAMS 3")
    };
    assert!(asks(&spare(27)) && !asks(&spare(28)), "so many are free");
    let two = |n: u32| format!("line E3 4 seats until 2026-12-20 open wants E3_ALONE\nin use E3 29\n{}", spare(n));
    assert!(asks(&two(31)) && !asks(&two(32)), "free for the users of both lines");
    let beside = |n: u32| format!("line VISIO {n} seats until 2026-12-13 open wants TEAMS");
    assert!(asks(&beside(24)) && !asks(&beside(25)), "another line buys them");
}
