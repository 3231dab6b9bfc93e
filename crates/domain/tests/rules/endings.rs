//! What follows the end of the old subscription: grace, a paid extension, a renewal; and what a legacy one may become.

use crate::fixture::story::plan_id;
use crate::fixture::{Scene, line_id};
use crate::{check, codes, silent};
use carryover_domain::plan::{SourceEnd, plan};
use expect_test::expect;

#[test]
fn a_direct_subscription_of_a_new_term_has_no_grace() {
    let since = |day: &str| format!("line SPB 25 seats until 2027-02-08 direct_mca renews since {day}");
    silent(&since("2026-02-08"));
    check(
        &since("2026-02-09"),
        expect![[r#"
            note NO_GRACE: no free grace follows the end of the old subscription on 2027-02-08 (direct_mca)
        "#]],
    );
}

#[test]
fn a_direct_subscription_of_which_nobody_knows_when_it_began_is_taken_to_have_no_grace() {
    assert!(codes("line SPB 25 seats until unknown direct_mca renews says graph 2026-12-13").contains(&"NO_GRACE"));
    // A year before its end it began in 2025, when grace was free.
    silent("line SPB 25 seats until unknown direct_mca renews says graph 2026-12-13 P1Y");
}

#[test]
fn renewal_off_alone_leads_into_the_paid_extension() {
    let line = |words: &str| codes(&format!("line SPB 25 seats until 2026-12-13 nce_other_partner {words}"));
    let trap = "EST_TRAP";
    assert!(line("ends").contains(&trap));
    assert!(line("ends option extended_term").contains(&trap));
    assert!(!line("ends option cancel_at_end").contains(&trap));
    assert!(!line("ends option renew").contains(&trap));
    assert!(!line("renews").contains(&trap));
    // Before the extension began to exist there is a free grace, and no trap.
    let old = codes("line SPB 25 seats until 2026-12-13 nce_other_partner ends since 2025-03-31");
    assert_eq!(old, ["CANCEL_AT_END_SET_EARLY", "PARTNER_TRANSFER_POSSIBLE"]);
}

#[test]
fn a_renewal_that_is_off_is_a_stop_where_no_extension_follows() {
    let stops = |line: &str| codes(&format!("line SPB 25 seats until {line}")).contains(&"CANCEL_AT_END_SET_EARLY");
    assert!(stops("2026-12-13 direct_mosa ends") && stops("2026-12-13 legacy_csp ends"));
    assert!(!stops("2026-12-13 direct_mosa renews") && !stops("2026-12-13 direct_mosa unclear"));
    assert!(!stops("2026-12-13 direct_mca ends since 2026-03-01"), "a paid extension may follow");
    assert!(!stops("2026-12-13 open ends"), "it never renews, so nobody has set it so");
    assert!(!stops("2026-12-13 trial ends"), "a trial is to be set so");
    assert!(!stops("2026-10-31 direct_mosa ends"), "it has stopped");
    let grace = "2026-12-13 direct_mosa ends\ntenant holds SPB 25 seats until 2027-01-12 grace";
    assert!(!stops(grace), "it has stopped");
}

#[test]
fn a_source_that_is_set_to_stop_is_pointed_out() {
    check(
        "line SPB 25 seats until 2026-12-13 direct_mosa ends option cancel_at_end",
        expect![[r#"
        warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
    "#]],
    );
    silent("line SPB 25 seats until 2026-12-13 direct_mosa renews option renew");
}

#[test]
fn a_choice_for_the_end_answers_whether_it_renews() {
    silent("line SPB 25 seats until 2026-12-13 direct_mosa unclear option renew");
}

#[test]
fn a_day_before_the_end_a_change_of_the_renewal_is_still_trusted_and_later_is_not() {
    let at = |now: &str, words: &str| codes(&format!("today {now}\nline SPB 25 seats until 2026-12-13 {words}"));
    let imminent = "RENEWAL_IMMINENT";
    assert!(!at("2026-12-13T00:00:00Z", "direct_mosa renews").contains(&imminent));
    assert!(at("2026-12-13T00:00:01Z", "direct_mosa renews").contains(&imminent));
    assert!(!at("2026-12-13T00:00:01Z", "direct_mosa ends").contains(&imminent));
    assert!(!at("2026-12-13T00:00:01Z", "open unclear").contains(&imminent));
    check(
        "today 2026-12-13T06:00:00Z\nline SPB 25 seats until 2026-12-13 direct_mosa unclear",
        expect![[r#"
            waits MARGIN_TOO_SMALL: 18 hours are left before the end, fewer than 24
            stays open RENEWAL_STATE_UNKNOWN: nobody has said whether the old subscription renews, and it is too late to change it safely
            warns RENEWAL_IMMINENT: 18 hours are left: too late to trust a change of the renewal
            warns LEAD_TOO_SHORT: the day for buying with the usual lead before the last day, 2026-12-13, has passed
        "#]],
    );
}

#[test]
fn a_legacy_subscription_of_ours_can_be_migrated_after_its_first_month() {
    let since = |day: &str| codes(&format!("line SPB 25 seats until 2026-12-13 legacy_csp_ours renews since {day}"));
    assert_eq!(since("2026-10-01"), ["MIGRATION_POSSIBLE", "NO_GRACE"]);
    assert_eq!(since("2026-10-02"), ["MIGRATION_NOT_ELIGIBLE", "NO_GRACE"]);
    check(
        "line SPB 25 seats until 2026-12-13 legacy_csp_ours renews since 2026-10-20",
        expect![[r#"
            no transfer MIGRATION_NOT_ELIGIBLE: the legacy subscription cannot be migrated to new commerce now: BOUGHT_UNDER_ONE_MONTH_AGO
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp_ours)
        "#]],
    );
}

#[test]
fn the_tenant_knows_better_when_a_legacy_subscription_was_bought() {
    let scene = "line SPB 25 seats until 2026-12-13 legacy_csp_ours renews since 2025-10-20
                 tenant holds SPB 25 seats until 2026-12-13 made 2026-10-20";
    assert_eq!(codes(scene), ["MIGRATION_NOT_ELIGIBLE", "NO_GRACE"]);
}

#[test]
fn in_its_last_day_or_after_it_a_legacy_subscription_cannot_be_migrated() {
    let at = |now: &str| codes(&format!("today {now}\nline SPB 25 seats until 2026-12-13 legacy_csp_ours renews"));
    assert!(at("2026-12-13T00:00:00Z").contains(&"MIGRATION_POSSIBLE"));
    assert!(at("2026-12-13T00:00:01Z").contains(&"MIGRATION_NOT_ELIGIBLE"));
    assert!(at("2026-12-14T00:00:00Z").contains(&"MIGRATION_NOT_ELIGIBLE"));
}

#[test]
fn a_product_without_a_price_needs_no_move() {
    // Of a product that no table knows, the price in the file is all there is.
    assert_eq!(codes("line NOVELTY 25 seats until 2026-12-13 open at 0.00 EUR"), ["FREE_SKU"]);
    assert_eq!(codes("line NOVELTY 25 seats until 2026-12-13 open at 0.01 EUR"), ["SKU_UNKNOWN"]);
    silent("line SPB 25 seats until 2026-12-13 open at 0.00 EUR");
    for name in ["FLOW_FREE", "power_bi_standard_free", "CCIBOTS_PRIVPREV_VIRAL", "X_VIRAL_Y", "WINDOWS_STORE"] {
        let found = codes(&format!("line SPB 25 seats until 2026-12-13 open called {name}"));
        assert_eq!(found, ["FREE_SKU"], "{name}");
    }
    silent("line SPB 25 seats until 2026-12-13 open called FREE_SPB");
}

#[test]
fn a_destination_chosen_by_hand_does_not_tell_what_is_in_an_unknown_licence() {
    let found = codes("line NOVELTY 25 seats until 2026-12-13 open wants E3\noffer E3");
    assert!(found.contains(&"SKU_UNKNOWN"), "nobody can say what users lose: {found:?}");
    let remedy = carryover_domain::finding::FindingKind::SkuUnknown.remedy();
    assert!(!remedy.contains("target_sku"), "what is told to be done removes the finding: {remedy}");
}

#[test]
fn a_trial_and_a_grant_without_a_price_are_not_called_free() {
    for program in ["trial", "nonprofit_grant"] {
        let found = codes(&format!("line NOVELTY 25 seats until 2026-12-13 {program} ends at 0.00 EUR"));
        assert!(!found.contains(&"FREE_SKU"), "{program}: {found:?}");
    }
    check(
        "line SPB 25 seats until 2026-12-13 nonprofit_grant ends at 0.00 EUR",
        expect![[r#"
            warns NONPROFIT_GRANT: the seats are a grant for non-profit organisations
            warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (nonprofit_grant)
        "#]],
    );
}

#[test]
fn a_suspended_subscription_of_another_partner_is_still_billed() {
    check(
        "line SPB 25 seats until 2026-12-13 nce_other_partner renews\ntenant holds SPB 25 seats suspended\nin use SPB 25",
        expect![[r#"
            warns SUSPENDED_SOURCE: the old subscription is suspended: it is billed and its users are blocked
            warns OVERASSIGNED_SOURCE: 25 licences are in use and only 0 are paid
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (nce_other_partner)
        "#]],
    );
}

#[test]
fn two_lines_about_one_subscription_block_each_other() {
    let lines = "line SPB 25 seats until 2026-12-13 open\nline SPB 25 seats until 2026-12-13 open unnamed";
    let one = "tenant holds SPB 25 seats until 2026-12-13 named x-1";
    assert_eq!(codes(&format!("{lines}\n{one}\nin use SPB 25")), ["STATE_CHANGED"]);
    // The first line is known by its id, so the second one is what is left.
    let two =
        "tenant holds SPB 25 seats until 2026-12-13 named x-1\ntenant holds SPB 25 seats until 2026-12-13 named old-1";
    assert_eq!(codes(&format!("{lines}\n{two}")), Vec::<&str>::new());
}

#[test]
fn a_line_that_came_before_them_has_no_part_in_it() {
    let mut scene = Scene::of(
        "line E3 9 seats until 2026-12-13 open\nline SPB 25 seats until 2026-12-13 open\nline SPB 25 seats until 2026-12-13 open
         tenant holds E3 9 seats until 2026-12-13 named old-1\ntenant holds SPB 25 seats until 2026-12-13 named old-2\nin use SPB 25",
    );
    scene.lines[2].subscription = scene.lines[1].subscription.clone();
    let codes = |n| scene.findings(n).iter().map(carryover_domain::finding::Finding::code).collect::<Vec<_>>();
    assert_eq!((codes(1).len(), codes(2)[0], codes(3)[0]), (0, "STATE_CHANGED", "STATE_CHANGED"));
}

#[test]
fn what_a_user_bought_lately_may_go_on_as_a_paid_extension_and_is_ended_by_hand() {
    let ends = |words: &str| {
        let scene = Scene::of(&format!("line SPB 25 seats until {words}"));
        let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
        made.lines[&line_id(1)].source_end
    };
    assert_eq!(ends("2027-02-13 self_service ends since 2026-02-14"), SourceEnd::OwnerStopsRenewal);
    assert_eq!(ends("2026-12-13 self_service ends since 2025-12-14"), SourceEnd::RunsOut);
    assert_eq!(ends("2027-02-13 self_service ends since 2026-02-14 option cancel_at_end"), SourceEnd::RunsOut);
}

#[test]
fn no_grace_is_told_wherever_there_is_none_or_nobody_knows() {
    let told =
        |program: &str| codes(&format!("line SPB 25 seats until 2026-12-13 {program} ends")).contains(&"NO_GRACE");
    for none_or_unknown in ["legacy_csp", "legacy_csp_ours", "self_service", "nonprofit_grant", "nce_other_partner"] {
        assert!(told(none_or_unknown), "{none_or_unknown}");
    }
    for grace in ["direct_mosa", "open", "ea", "mpsa", "trial"] {
        assert!(!told(grace), "{grace}");
    }
    // An adviser's customer may be under the Microsoft Customer Agreement.
    assert!(told("advisor since 2026-02-09 ends") && !told("advisor since 2026-02-08 ends"));
}
