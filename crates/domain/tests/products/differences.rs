//! What users lose and gain on the way from one product to another: rules R91, R100, R141.

use crate::{plan, plans, sku};
use carryover_domain::ids::{ServicePlanId, SkuId};
use carryover_domain::product::difference::{Difference, Severity, SkuMatch, implied, plan_diff, sku_match};
use carryover_domain::product::families::Family;
use carryover_domain::product::table::Products;
use expect_test::{Expect, expect};
use std::collections::BTreeSet;
use uuid::Uuid;

fn between(source: &str, target: &str) -> Difference {
    plan_diff(plans(source), plans(target), implied())
}

fn of(source: &[&str], target: &[&str]) -> Difference {
    let plans = |names: &[&str]| -> BTreeSet<ServicePlanId> { names.iter().map(|name| plan(name)).collect() };
    plan_diff(&plans(source), &plans(target), implied())
}

#[track_caller]
fn check(difference: &Difference, expected: Expect) {
    expected.assert_eq(&format!("{}: {difference}", difference.severity.word()));
}

fn names(families: impl IntoIterator<Item = Family>) -> Vec<&'static str> {
    families.into_iter().map(Family::name).collect()
}

#[test]
fn upwards_no_capability_is_lost() {
    for (from, to) in [
        ("O365_BUSINESS_ESSENTIALS", "O365_BUSINESS_PREMIUM"),
        ("O365_BUSINESS_PREMIUM", "SPB"),
        ("STANDARDPACK", "ENTERPRISEPACK"),
        ("ENTERPRISEPACK", "ENTERPRISEPREMIUM"),
        ("ENTERPRISEPACK", "SPE_E3"),
        ("SPE_E3", "SPE_E5"),
    ] {
        let difference = between(from, to);
        assert_eq!(names(difference.lost.clone()), [""; 0], "{from} to {to}");
        assert_eq!(difference.severity, Severity::Info, "{from} to {to}: {difference}");
    }
}

#[test]
fn business_premium_to_e3_is_a_question_about_protection() {
    let difference = between("SPB", "SPE_E3");
    assert_eq!(names(difference.lost_raw.clone()), ["DLP_AND_RETENTION", "EXCHANGE_ARCHIVE", "SHARED_COMPUTER"]);
    assert_eq!(names(difference.lost.clone()), [""; 0], "the higher tiers of E3 cover all three");
    assert_eq!(names(difference.heaviest()), ["DEFENDER_ENDPOINT"]);
    assert_eq!((difference.severity, difference.common_plans), (Severity::Warn, 30));
}

#[test]
fn a_suite_without_teams_takes_the_conversations_away() {
    for (with, without) in [
        ("STANDARDPACK", "Office_365_E1_(no_Teams)"),
        ("ENTERPRISEPACK", "Office_365_E3_(no_Teams)"),
        ("SPE_E3", "Microsoft_365_E3_(no_Teams)"),
        ("SPE_E5", "Microsoft_365_E5_(no_Teams)"),
    ] {
        let difference = between(with, without);
        assert_eq!(names(difference.heaviest()), ["TEAMS"], "{with}: {difference}");
        assert_eq!(difference.severity, Severity::Block);
    }
}

#[test]
fn downwards_mail_and_files_shrink() {
    let difference = between("ENTERPRISEPACK", "STANDARDPACK");
    assert_eq!(names(difference.heaviest()), ["EXCHANGE", "SHAREPOINT"]);
    assert_eq!(difference.severity, Severity::Block);
    assert!(difference.less().any(|family| family.name() == "OFFICE_APPS"));
}

#[test]
fn exchange_plan_1_to_plan_2_is_only_a_question() {
    check(
        &between("EXCHANGESTANDARD", "EXCHANGEENTERPRISE"),
        expect!["WARN: loses INTUNE, TODO; has more of EXCHANGE"],
    );
}

#[test]
fn products_of_one_name_differ_by_little() {
    check(&between("SMB_BUSINESS_ESSENTIALS", "O365_BUSINESS_ESSENTIALS"), expect!["INFO: has more of YAMMER"]);
    check(&between("SMB_BUSINESS", "O365_BUSINESS"), expect!["INFO: the same capabilities"]);
}

#[test]
fn an_archive_is_covered_by_the_highest_exchange_only() {
    check(
        &of(&["EXCHANGE_S_STANDARD", "EXCHANGE_S_ARCHIVE_ADDON"], &["EXCHANGE_S_ENTERPRISE"]),
        expect!["INFO: has more of EXCHANGE"],
    );
    check(
        &of(&["EXCHANGE_S_STANDARD", "EXCHANGE_S_ARCHIVE_ADDON"], &["EXCHANGE_S_STANDARD"]),
        expect!["BLOCK: loses EXCHANGE_ARCHIVE"],
    );
    assert_eq!(implied().len(), 3);
}

#[test]
fn the_heaviest_family_decides_the_weight() {
    check(&of(&["FORMS_PLAN_E3"], &[]), expect!["INFO: loses FORMS"]);
    check(&of(&["FORMS_PLAN_E3", "AAD_PREMIUM"], &["FORMS_PLAN_E1"]), expect!["WARN: loses ENTRA; has less of FORMS"]);
    check(
        &of(&["AAD_PREMIUM", "MCOEV"], &["AAD_PREMIUM_P2", "TEAMS1"]),
        expect!["BLOCK: loses PHONE_SYSTEM; has more of ENTRA; gains TEAMS"],
    );
    check(&of(&["KAIZALA_O365_P3"], &["KAIZALA_O365_P1"]), expect!["INFO: has less of KAIZALA"]);
}

#[test]
fn the_same_offer_is_the_same_licence_and_nothing_else() {
    let products = Products::new(None, None);
    let matched = |one: &str, other: &str| sku_match(sku(one), sku(other), &products);
    assert_eq!(matched("O365_BUSINESS_PREMIUM", "O365_BUSINESS_PREMIUM"), SkuMatch::Same);
    let other = SkuMatch::Different { loses_teams: false };
    assert_eq!(matched("SMB_BUSINESS_ESSENTIALS", "O365_BUSINESS_ESSENTIALS"), other, "though their names are equal");
    assert_eq!(matched("SPE_E3", "Microsoft_365_E3_(no_Teams)"), SkuMatch::Different { loses_teams: true });
    assert_eq!(matched("Microsoft_365_E3_(no_Teams)", "SPE_E3"), other);
    let unheard_of = SkuId::new(Uuid::from_u128(9));
    assert_eq!(sku_match(sku("SPE_E3"), unheard_of, &products), other, "nothing is said of what nobody knows");
}

#[test]
fn what_users_would_have_more_of_is_told_as_well() {
    let difference = of(&["EXCHANGE_S_STANDARD"], &["EXCHANGE_S_ENTERPRISE", "TEAMS1"]);
    assert_eq!(names(difference.more()), ["EXCHANGE", "TEAMS"]);
    assert_eq!(names(difference.less()), [""; 0]);
}

#[test]
fn what_else_than_teams_is_lost_is_no_loss_of_teams() {
    let products = Products::new(None, None);
    for (from, to, loses_teams) in [
        ("SPE_E5", "SPE_E3", false),
        ("ENTERPRISEPACK", "STANDARDPACK", false),
        ("SPE_E3", "Microsoft_365_E3_(no_Teams)", true),
    ] {
        assert!(loses_teams || !names(between(from, to).less()).is_empty(), "{from} to {to} loses something");
        assert_eq!(sku_match(sku(from), sku(to), &products), SkuMatch::Different { loses_teams }, "{from} to {to}");
    }
}
