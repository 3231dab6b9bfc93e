//! Where a source was bought: what the file says, and what Partner Center and the tenant show against it.

use crate::fixture::story::{Story, purchase};
use crate::fixture::{Scene, line_id};
use crate::{check, codes};
use carryover_domain::plan::{Route, SourceEnd, plan};
use carryover_domain::program::SourceProgram;
use carryover_domain::reply::Outcome;
use expect_test::expect;

/// What contradicts `told`, where the tenant shows the subscription with `words`.
fn contradicted(told: &str, words: &str) -> Option<String> {
    let scene = format!(
        "line SPB 25 seats until 2026-12-13 {told} ends\ntenant holds SPB 25 seats until 2026-12-13 {words}\nin use SPB 25"
    );
    let found = Scene::of(&scene).findings(1);
    found.iter().find(|one| one.code() == "PROGRAM_CONFLICT").map(ToString::to_string)
}

#[test]
fn a_trial_and_a_users_own_purchase_contradict_every_other_program() {
    for program in SourceProgram::ALL {
        let told = program.word();
        let trial = contradicted(told, "trial");
        let expected = format!("the tenant shows a subscription of the program trial, the file says {told}");
        assert_eq!(trial, (program != SourceProgram::Trial).then_some(expected));
        let by_user = contradicted(told, "by_user");
        let expected = format!("the tenant shows a subscription of the program self_service, the file says {told}");
        assert_eq!(by_user, (program != SourceProgram::SelfService).then_some(expected));
    }
}

#[test]
fn another_partners_subscription_is_neither_direct_nor_volume_nor_ours() {
    let shown = |told: &str| contradicted(told, "theirs");
    for told in ["direct_mosa", "direct_mca", "open", "ea", "mpsa", "advisor", "self_service", "trial"] {
        let expected =
            format!("the tenant shows a subscription of the program nce_other_partner, the file says {told}");
        assert_eq!(shown(told), Some(expected));
    }
    assert_eq!(
        shown("legacy_csp_ours").as_deref(),
        Some("the tenant shows a subscription of the program legacy_csp, the file says legacy_csp_ours")
    );
    for told in ["legacy_csp", "nce_other_partner", "nonprofit_grant"] {
        assert_eq!(shown(told), None, "{told}");
    }
}

#[test]
fn that_the_tenant_names_no_partner_contradicts_nothing_but_a_trial() {
    for program in SourceProgram::ALL {
        let shown = contradicted(program.word(), "");
        let expected = "the tenant shows a subscription of the program direct_mca, the file says trial".to_owned();
        assert_eq!(shown, (program == SourceProgram::Trial).then_some(expected));
    }
}

#[test]
fn partner_center_knows_better_than_the_tenant_what_is_a_legacy_subscription_of_ours() {
    check(
        "line SPB 25 seats until 2026-12-13 direct_mca ends\nown old-1 legacy\ntenant holds SPB 25 seats until 2026-12-13 trial",
        expect![[r#"
            warns PROGRAM_CONFLICT: Partner Center shows a subscription of the program legacy_csp_ours, the file says direct_mca
            warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp_ours)
        "#]],
    );
}

#[test]
fn what_is_shown_is_planned_with() {
    let planned = |told: &str, words: &str| {
        let scene = Scene::of(&format!(
            "line SPB 25 seats until 2026-12-13 {told} renews\ntenant holds SPB 25 seats until 2026-12-13 {words}\nin use SPB 25"
        ));
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, crate::fixture::story::plan_id(1), scene.now);
        let line = made.expect("a plan").lines[&line_id(1)].clone();
        (line.route, line.source_end)
    };
    assert_eq!(planned("open", "trial"), (Route::BuyNow, SourceEnd::OwnerStopsRenewal));
    assert_eq!(planned("trial", ""), (Route::BuyAtEnd, SourceEnd::OwnerStopsRenewal), "nothing is paid twice for long");
    assert_eq!(planned("open", ""), (Route::BuyAtEnd, SourceEnd::RunsOut));
    assert_eq!(
        codes("line SPB 9 seats until 2026-12-13 open\ntenant holds SPB 9 seats until 2026-12-13 trial\nin use SPB 0"),
        ["PROGRAM_CONFLICT", "ALREADY_COVERED"]
    );
}

#[test]
fn whoever_can_stop_what_is_shown_is_asked_to_once_the_plan_was_approved() {
    let mut story = Story::approved(
        "line SPB 25 seats until 2026-12-13 open renews\ntenant holds SPB 25 seats until 2026-12-13 theirs\nin use SPB 25",
    );
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, Some("new-1"), "2026-12-09")));
    story.delivered(
        1,
        "tenant holds SPB 25 seats until 2026-12-13 theirs
         tenant holds SPB 25 seats until 2027-12-08 named new-1 ours\nin use SPB 25",
    );
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
        2026-12-09 00:00 checking out: done
            old-1: bought 25 seats
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
            old-1: may go, by its owner's hand
          by 2026-12-13 00:00: STOP_RENEWAL ask the partner that sold it to stop the renewal of SPB ("cancel at end of term" where that exists), in Partner Center
    "#]]);
}

#[test]
fn a_contradiction_that_nobody_has_approved_stops_the_purchase() {
    let mut story = Story::approved("line SPB 25 seats until 2026-12-13 open renews");
    story.change("tenant holds SPB 25 seats until 2026-12-13 theirs\nin use SPB 25");
    story.at("2026-12-09");
    story.facts(1);
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: needs a person, PROGRAM_CONFLICT: the tenant shows a subscription of the program nce_other_partner, the file says open
    "#]]);
}

#[test]
fn what_was_bought_under_the_old_agreement_and_has_renewed_is_under_the_newer_one() {
    let found = |told: &str, shown: &str| {
        codes(&format!(
            "line SPB 25 seats until {told} direct_mosa renews P1Y at 300.00 EUR since 2025-10-14\noffer SPB at 264.00 EUR
             tenant holds SPB 25 seats until {shown}"
        ))
    };
    assert_eq!(found("2026-12-13", "2026-12-13"), ["CHEAPER_NOW"]);
    assert_eq!(found("2026-10-13", "2027-10-13"), ["PROGRAM_CONFLICT", "END_DATE_CONFLICT"]);
}
