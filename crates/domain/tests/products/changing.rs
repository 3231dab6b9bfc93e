//! A user's change from one licence to another: what was off stays off, rules R101 to R104.

use crate::{plan, plans, sku};
use carryover_domain::facts::Via;
use carryover_domain::ids::ServicePlanId;
use carryover_domain::product::exclusive::excluded;
use carryover_domain::product::families;
use carryover_domain::product::swap::SwapBlocked::*;
use carryover_domain::product::swap::{disabled_after_swap, new_plans, swap_plan, swap_plan_blocked, user_blocked};
use carryover_domain::product::table::ProductTable;
use std::collections::BTreeSet;
use uuid::Uuid;

fn all(names: &[&str]) -> Vec<ServicePlanId> {
    names.iter().map(|name| plan(name)).collect()
}

/// What stays off in the product `target`, by short name, for a user of `source` without `off`.
fn stays_off(source: &str, off: &[&str], target: &str) -> Vec<&'static str> {
    let found = disabled_after_swap(&all(off), plans(source), plans(target));
    found.into_iter().map(|plan| families::plan_name(plan).expect("a plan of a family")).collect()
}

#[test]
fn a_plan_that_the_new_product_has_as_well_stays_off() {
    assert_eq!(stays_off("O365_BUSINESS_PREMIUM", &["TEAMS1"], "SPB"), ["TEAMS1"]);
    assert_eq!(stays_off("SPB", &["YAMMER_ENTERPRISE", "TEAMS1"], "SPE_E3"), ["YAMMER_ENTERPRISE", "TEAMS1"]);
}

#[test]
fn nobody_gets_a_mailbox_through_a_higher_tier() {
    assert_eq!(stays_off("O365_BUSINESS_PREMIUM", &["EXCHANGE_S_STANDARD"], "SPE_E3"), ["EXCHANGE_S_ENTERPRISE"]);
    assert_eq!(stays_off("SPE_E3", &["EXCHANGE_S_ENTERPRISE"], "O365_BUSINESS_PREMIUM"), ["EXCHANGE_S_STANDARD"]);
}

#[test]
fn a_capability_that_was_half_on_is_not_switched_off() {
    let old: BTreeSet<_> = all(&["POWERAPPS_O365_P1", "BI_AZURE_P0", "BI_AZURE_P2"]).into_iter().collect();
    let new: BTreeSet<_> = all(&["BI_AZURE_P3"]).into_iter().collect();
    assert_eq!(disabled_after_swap(&all(&["BI_AZURE_P0"]), &old, &new), []);
    assert_eq!(disabled_after_swap(&all(&["BI_AZURE_P0", "BI_AZURE_P2"]), &old, &new), all(&["BI_AZURE_P3"]));
}

#[test]
fn all_tiers_of_the_new_product_stay_off_in_order_of_rank_and_none_comes_twice() {
    let old: BTreeSet<_> = all(&["EXCHANGE_S_DESKLESS", "RMS_S_BASIC", "TEAMS1"]).into_iter().collect();
    let new: BTreeSet<_> =
        all(&["RMS_S_PREMIUM2", "RMS_S_ENTERPRISE", "RMS_S_PREMIUM", "TEAMS1", "EXCHANGE_S_STANDARD"])
            .into_iter()
            .collect();
    let off = all(&["TEAMS1", "RMS_S_BASIC", "EXCHANGE_S_DESKLESS", "RMS_S_BASIC", "TEAMS1"]);
    assert_eq!(
        disabled_after_swap(&off, &old, &new),
        all(&["TEAMS1", "RMS_S_ENTERPRISE", "RMS_S_PREMIUM", "RMS_S_PREMIUM2", "EXCHANGE_S_STANDARD"]),
    );
}

#[test]
fn plans_of_one_rank_stay_off_in_the_order_of_their_ids() {
    let old: BTreeSet<_> = all(&["FORMS_PLAN_E1"]).into_iter().collect();
    let new: BTreeSet<_> = all(&["OFFICE_FORMS_PLAN_2", "FORMS_PLAN_E3", "FORMS_PLAN_K"]).into_iter().collect();
    let expected = all(&["FORMS_PLAN_K", "FORMS_PLAN_E3", "OFFICE_FORMS_PLAN_2"]);
    assert_eq!(disabled_after_swap(&all(&["FORMS_PLAN_E1"]), &old, &new), expected);
}

#[test]
fn without_the_old_products_plans_only_the_same_plan_stays_off() {
    let nothing = BTreeSet::new();
    let off = all(&["EXCHANGE_S_STANDARD", "TEAMS1"]);
    assert_eq!(disabled_after_swap(&off, &nothing, plans("SPE_E3")), all(&["TEAMS1"]));
    // A plan that the old product does not list says nothing about its family either.
    assert_eq!(stays_off("EXCHANGEENTERPRISE", &["EXCHANGE_S_STANDARD"], "SPE_E3"), [""; 0]);
}

#[test]
fn a_plan_of_no_family_that_the_new_product_lacks_is_dropped() {
    let odd = ServicePlanId::new(Uuid::from_u128(7));
    assert_eq!(disabled_after_swap(&[odd], &[odd].into(), plans("SPE_E3")), []);
}

#[test]
fn a_plan_is_new_where_the_old_product_has_neither_it_nor_another_tier_of_its_family() {
    let new = |old: &[&str], target: &[&str]| {
        let sets = [old, target].map(|names| all(names).into_iter().collect());
        new_plans(&sets[0], &sets[1])
            .into_iter()
            .map(|plan| families::plan_name(plan).expect("a plan of a family"))
            .collect::<Vec<_>>()
    };
    assert_eq!(new(&["EXCHANGE_S_STANDARD"], &["EXCHANGE_S_ENTERPRISE", "TEAMS1"]), ["TEAMS1"]);
    assert_eq!(new(&["EXCHANGE_S_STANDARD", "TEAMS1"], &["TEAMS1"]), [""; 0]);
    assert_eq!(new(&[], &["TEAMS1"]), [""; 0], "nobody knows what the old product has");
}

#[test]
fn any_two_plans_of_a_group_exclude_each_other_and_none_of_two_groups() {
    let list = include_str!("../../data/exclusive-plans.csv");
    let row = |row: &'static str| match row.split(',').collect::<Vec<_>>()[..] {
        [group, id, name] => (group, id.parse::<ServicePlanId>().expect("an id"), name),
        _ => panic!("{row}"),
    };
    let rows: Vec<_> = list.lines().skip(1).map(row).collect();
    for (group, id, name) in &rows {
        for (other_group, other, other_name) in &rows {
            let said = excluded(&BTreeSet::from([*id]), &BTreeSet::from([*other])).map(|pair| pair.to_string());
            let expected = format!("{name} and {other_name} exclude each other");
            assert_eq!(said, (group == other_group && id != other).then_some(expected));
        }
        let alone = rows.iter().filter(|(other, ..)| other == group).count();
        assert!(alone > 1, "{group} has one plan only");
    }
    let mailboxes = all(&["EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"]).into_iter().collect();
    assert_eq!(excluded(&mailboxes, &mailboxes), None, "since 2024 (rule R105)");
}

#[test]
fn no_product_has_two_plans_that_exclude_each_other() {
    for (_, product) in ProductTable::common().products() {
        assert_eq!(excluded(&product.plans, &product.plans), None, "{}", product.name);
    }
}

#[test]
fn one_call_adds_and_takes_away() {
    let call = swap_plan(
        sku("SMB_BUSINESS_PREMIUM"),
        &all(&["TEAMS1"]),
        plans("SMB_BUSINESS_PREMIUM"),
        sku("SPB"),
        plans("SPB"),
    );
    assert_eq!((call.add, call.remove), (sku("SPB"), sku("SMB_BUSINESS_PREMIUM")));
    assert_eq!(call.disabled_plans, all(&["TEAMS1"]));
}

#[test]
fn the_first_reason_not_to_change_a_user_is_said() {
    assert_eq!(swap_plan_blocked(false, Via::Both, 0), Some(UsageLocationMissing));
    assert_eq!(swap_plan_blocked(true, Via::Group, 0), Some(AssignedByGroup));
    assert_eq!(swap_plan_blocked(true, Via::Both, -3), Some(AssignedByGroupAndDirect));
    assert_eq!(swap_plan_blocked(true, Via::Direct, 0), Some(NoFreeUnits));
    assert_eq!(swap_plan_blocked(true, Via::Direct, -1), Some(NoFreeUnits));
    assert_eq!(swap_plan_blocked(true, Via::Direct, 1), None);
    assert_eq!(user_blocked(true, Via::Direct), None);
}
