//! What the old subscription is, and what the tenant says about it.

use crate::fixture::Scene;
use crate::{check, codes, silent};
use carryover_domain::assess::Outlook;
use expect_test::expect;

#[test]
fn a_trial_is_noted() {
    check(
        "line SPB 25 seats until 2026-12-13 trial ends",
        expect![[r#"
        note TRIAL_SOURCE: the old subscription is a trial
    "#]],
    );
}

#[test]
fn a_purchase_by_a_user_is_pointed_out() {
    check(
        "line SPB 25 seats until 2026-12-13 self_service ends",
        expect![[r#"
            warns SELF_SERVICE_OWNER: a user bought the old subscription
            warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (self_service)
        "#]],
    );
}

#[test]
fn a_subscription_of_another_partner_could_be_transferred() {
    check(
        "line SPB 25 seats until 2026-12-13 nce_other_partner ends",
        expect![[r#"
            warns EST_TRAP: renewal is off and nothing else was chosen: after 2026-12-13 the old subscription goes on as a paid monthly extension
            note PARTNER_TRANSFER_POSSIBLE: another partner sold the old subscription
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (nce_other_partner)
        "#]],
    );
    check(
        "line SPB 25 seats until 2026-12-13 legacy_csp ends",
        expect![[r#"
            warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            note MIGRATION_POSSIBLE: the partner that sold it can migrate the legacy subscription to new commerce
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-13 (legacy_csp)
        "#]],
    );
}

#[test]
fn the_other_programs_need_no_remark() {
    for program in ["direct_mosa", "direct_mca", "open", "ea", "mpsa", "advisor"] {
        silent(&format!("line SPB 25 seats until 2026-12-13 {program} renews"));
    }
}

#[test]
fn a_renewal_that_nobody_knows_about_is_asked_for() {
    check(
        "line SPB 25 seats until 2026-12-13 direct_mosa unclear",
        expect![[r#"
        warns RENEWAL_STATE_UNKNOWN: nobody has said whether the old subscription renews
    "#]],
    );
}

#[test]
fn a_renewal_that_is_known_needs_no_question() {
    silent("line SPB 25 seats until 2026-12-13 direct_mosa renews");
    assert_eq!(codes("line SPB 25 seats until 2026-12-13 direct_mosa ends"), ["CANCEL_AT_END_SET_EARLY"]);
}

#[test]
fn a_prepaid_program_cannot_renew_so_nobody_is_asked() {
    for program in ["open", "ea", "mpsa"] {
        silent(&format!("line SPB 25 seats until 2026-12-13 {program} unclear"));
    }
}

#[test]
fn a_source_in_grace_is_noted_as_having_none() {
    check(
        "today 2026-12-14\ntenant holds SPB 25 seats until 2027-01-12 grace\nin use SPB 0",
        expect![[r#"
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
            note SOURCE_IN_GRACE: the old subscription has ended and is in grace until 2027-01-12
        "#]],
    );
}

#[test]
fn a_source_that_is_disabled_is_pointed_out() {
    check(
        "today 2027-01-20\ntenant holds SPB 25 seats until 2027-04-12 suspended\nin use SPB 0",
        expect![[r#"
            warns SOURCE_DISABLED: the old subscription is disabled; users are without service; its data are there until 2027-04-12
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
        "#]],
    );
}

#[test]
fn a_source_that_is_deleted_or_locked_out_blocks() {
    check(
        "today 2027-05-20\ntenant holds SPB 25 seats deleted\nin use SPB 0",
        expect![[r#"
            blocks SOURCE_DELETED: the old subscription is deleted
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
        "#]],
    );
    check(
        "today 2027-05-20\ntenant holds SPB 25 seats locked\nin use SPB 0",
        expect![[r#"
            warns SOURCE_DISABLED: the old subscription is disabled; users are without service
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
        "#]],
    );
}

#[test]
fn a_state_that_nobody_knows_counts_as_neither_serving_nor_ended() {
    check(
        "tenant holds SPB 25 seats until 2026-12-13 puzzling\nin use SPB 0",
        expect![[r#"
        warns NO_CONSUMPTION_REVIEW: nobody uses the licence
    "#]],
    );
}

#[test]
fn a_source_that_the_tenant_does_not_hold_blocks() {
    check(
        "tenant holds VISIO 25 seats named x-1\nin use SPB 0",
        expect![[r#"
            blocks STATE_CHANGED: the tenant holds no subscription of SPB that fits the file
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
        "#]],
    );
}

#[test]
fn a_source_of_another_licence_than_the_file_says_blocks() {
    check(
        "tenant holds E3 25 seats until 2026-12-13\nin use SPB 0",
        expect![[r#"
            blocks STATE_CHANGED: subscription old-1 is of licence E3, the file says SPB
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
        "#]],
    );
}

#[test]
fn a_source_without_an_id_is_the_only_one_of_its_licence_and_seats() {
    silent("line SPB 25 seats until 2026-12-13 open unnamed\ntenant holds SPB 25 seats named x-1");
    check(
        "line SPB 25 seats until 2026-12-13 open unnamed\ntenant holds SPB 24 seats named x-1\nin use SPB 24",
        expect![[r#"
            blocks STATE_CHANGED: the tenant holds no subscription of SPB that fits the file
        "#]],
    );
}

#[test]
fn a_source_without_an_id_that_could_be_either_of_two_blocks() {
    check(
        "line SPB 25 seats until 2026-12-13 open unnamed
         tenant holds SPB 25 seats named x-1\ntenant holds SPB 25 seats named x-2",
        expect![[r#"
            blocks STATE_CHANGED: the tenant holds no subscription of SPB that fits the file
        "#]],
    );
}

#[test]
fn a_source_without_an_id_is_not_what_another_line_names() {
    check(
        "line SPB 25 seats until 2026-12-13 open unnamed
         line SPB 25 seats until 2026-12-13 open
         tenant holds SPB 25 seats until 2026-12-13 named x-1\ntenant holds SPB 25 seats until 2026-12-13 named old-2",
        expect![[r#"
            line 1 nothing in the way
            line 2 nothing in the way
        "#]],
    );
}

#[test]
fn ends_that_differ_by_a_day_agree() {
    silent("tenant holds SPB 25 seats until 2026-12-12");
    silent("tenant holds SPB 25 seats until 2026-12-14");
    silent("tenant holds SPB 25 seats until 2026-12-13T15:42:10Z");
}

#[test]
fn ends_that_differ_by_two_days_are_in_conflict() {
    check(
        "tenant holds SPB 25 seats until 2026-12-11",
        expect![[r#"
            warns END_DATE_CONFLICT: the tenant says that the last day is 2026-12-11, the file says 2026-12-13
        "#]],
    );
    check(
        "tenant holds SPB 25 seats until 2026-12-15",
        expect![[r#"
        warns END_DATE_CONFLICT: the file says that the last day is 2026-12-13, the tenant says 2026-12-15
    "#]],
    );
    check(
        "tenant holds SPB 25 seats until 2026-12-12T15:42:10Z",
        expect![[r#"
            warns END_DATE_CONFLICT: the tenant says that the last day is 2026-12-11, the file says 2026-12-13
        "#]],
    );
}

#[test]
fn partner_center_says_first_when_a_subscription_of_ours_ends() {
    let scene = |own: &str| {
        format!(
            "line SPB 25 seats until 2026-12-13 legacy_csp_ours\nown old-1 legacy {own}\ntenant holds SPB 25 seats until 2026-12-13 ours"
        )
    };
    let ends = |own: &str| {
        let scene = Scene::of(&scene(own));
        let migration = scene.migration();
        let outlook = Outlook::of(&migration, &scene.facts, &scene.policy, scene.now);
        outlook.end(&scene.lines[0]).map(|end| end.last_whole_day().to_string())
    };
    assert_eq!(ends("until 2026-12-14").as_deref(), Some("2026-12-14"), "a day apart, the first witness counts");
    assert_eq!(ends("until 2026-12-20").as_deref(), Some("2026-12-13"), "further apart, the earliest end does");
    assert_eq!(ends("until 2026-11-20 suspended").as_deref(), Some("2026-12-13"), "its term is over");
    check(
        &scene("until 2026-12-11"),
        expect![[r#"
            warns CANCEL_AT_END_SET_EARLY: the old subscription is set to stop at its end, and its replacement does not stand yet
            warns END_DATE_CONFLICT: Partner Center says that the last day is 2026-12-11, the file says 2026-12-13
            note MIGRATION_POSSIBLE: our own team in Partner Center can migrate the legacy subscription to new commerce
            note NO_GRACE: no free grace follows the end of the old subscription on 2026-12-11 (legacy_csp_ours)
        "#]],
    );
}

#[test]
fn an_end_that_has_passed_contradicts_a_later_one_that_is_used() {
    check(
        "today 2026-12-20\ntenant holds SPB 25 seats until 2027-12-13",
        expect![[r#"
            warns END_DATE_CONFLICT: the tenant says that the last day is 2027-12-13, the file says 2026-12-13
        "#]],
    );
    assert_eq!(
        codes("today 2026-12-14\ntenant holds SPB 25 seats until 2026-12-14"),
        ["LEAD_TOO_SHORT"],
        "a day apart is no contradiction"
    );
}

#[test]
fn the_end_of_grace_is_not_compared_with_the_end_of_service() {
    check(
        "today 2026-12-14\ntenant holds SPB 25 seats until 2027-03-13 grace\nin use SPB 0",
        expect![[r#"
            warns NO_CONSUMPTION_REVIEW: nobody uses the licence
            note SOURCE_IN_GRACE: the old subscription has ended and is in grace until 2027-03-13
        "#]],
    );
}
