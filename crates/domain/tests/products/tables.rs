//! The tables that are part of the product parse whole, and what is asked of several is asked in order of trust.

use crate::{plan, plans, sku};
use carryover_domain::facts::{Pool, Tenancy};
use carryover_domain::ids::{ServicePlanId, SkuId};
use carryover_domain::product::families::{self, Family, Impact, Tier};
use carryover_domain::product::known::{self, Confidence};
use carryover_domain::product::table::{NoOneProduct, ProductTable, Products};
use carryover_domain::product::{equivalents, swap};
use std::collections::BTreeSet;
use uuid::Uuid;

fn id(n: u128) -> SkuId {
    SkuId::new(Uuid::from_u128(n))
}

fn made_up(n: u128) -> ServicePlanId {
    ServicePlanId::new(Uuid::from_u128(n))
}

/// Rows below the header of a table.
fn rows(table: &str) -> usize {
    table.lines().count() - 1
}

#[test]
fn the_table_of_families_parses_whole() {
    let table = include_str!("../../data/plan-families.csv");
    assert_eq!((Family::all().count(), families::tiers().count(), rows(table)), (38, 144, 144));
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [name, rank, id, plan_name, _, impact] = cells[..] else { panic!("{line}") };
        let family = Family::named(name).unwrap_or_else(|| panic!("{line}"));
        let plan = id.parse().expect("a GUID");
        assert_eq!(families::tier(plan), Some(Tier { family, rank: rank.parse().expect("a number") }), "{line}");
        assert_eq!((family.impact().word(), families::plan_name(plan)), (impact, Some(plan_name)), "{line}");
    }
    assert_eq!(Family::named("exchange"), None);
}

#[test]
fn the_highest_tier_of_a_capability_counts() {
    let of = |names: &[&str]| families::ranks(&names.iter().map(|name| plan(name)).collect());
    let exchange = Family::named("EXCHANGE").expect("a family");
    assert_eq!(of(&["EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_DESKLESS"]), [(exchange, 3)].into());
    assert_eq!(families::ranks(&BTreeSet::from([made_up(1)])), [].into(), "a plan of no family counts nowhere");
    assert_eq!(exchange.impact(), Impact::Mailbox);
}

#[test]
fn the_table_of_known_items_parses_whole() {
    let table = include_str!("../../data/nce-known-ids.csv");
    assert_eq!((known::offers().len(), rows(table)), (45, 45));
    let basic = known::by_offer(&"cfq7ttc0lh18:0001".parse().expect("an item")).expect("it is known");
    assert_eq!((basic.sku, basic.confidence), (sku("O365_BUSINESS_ESSENTIALS"), Confidence::Verified));
    assert_eq!(
        (basic.seats_max, basic.example_usd_per_year.map(|usd| usd.to_string())),
        (Some(300), Some("72.00".into()))
    );
    let premium: Vec<String> = known::by_sku(sku("SPB")).map(|known| known.offer.to_string()).collect();
    assert_eq!(premium, ["CFQ7TTC0LCHC:0002"]);
    assert!(known::by_sku(sku("Office_365_E3_(no_Teams)")).all(|known| known.example_usd_per_year.is_none()));
}

#[test]
fn each_item_of_the_equivalents_that_sells_the_same_licence_is_known() {
    for (name, item) in [
        ("O365_BUSINESS_ESSENTIALS", "CFQ7TTC0LH18:0001"),
        ("O365_BUSINESS_PREMIUM", "CFQ7TTC0LDPB:0001"),
        ("O365_BUSINESS", "CFQ7TTC0LH1G:0001"),
        ("SPB", "CFQ7TTC0LCHC:0002"),
        ("STANDARDPACK", "CFQ7TTC0LF8Q:0001"),
        ("ENTERPRISEPACK", "CFQ7TTC0LF8R:0001"),
        ("ENTERPRISEPREMIUM", "CFQ7TTC0LF8S:0002"),
        ("SPE_E3", "CFQ7TTC0LFLX:0001"),
        ("SPE_E5", "CFQ7TTC0LFLZ:0002"),
        ("DESKLESSPACK", "CFQ7TTC0LGZW:0001"),
        ("M365_F1_COMM", "CFQ7TTC0MBMD:0002"),
        ("SPE_F1", "CFQ7TTC0LH05:0001"),
        ("EXCHANGESTANDARD", "CFQ7TTC0LH16:0001"),
        ("EXCHANGEENTERPRISE", "CFQ7TTC0LH1P:0001"),
        ("OFFICESUBSCRIPTION", "CFQ7TTC0LGZT:0001"),
        ("AAD_PREMIUM", "CFQ7TTC0LFLS:0002"),
        ("AAD_PREMIUM_P2", "CFQ7TTC0LFK5:0001"),
        ("INTUNE_A", "CFQ7TTC0LCH4:0009"),
    ] {
        let offer = item.parse().expect("an item");
        assert_eq!(known::by_offer(&offer).map(|known| known.sku), Some(sku(name)), "{name}");
    }
}

#[test]
fn the_built_in_table_and_the_equivalents_parse_whole() {
    let table = include_str!("../../data/common-products.csv");
    let common = ProductTable::common();
    assert_eq!((common.len(), rows(table)), (33, 33));
    let pairs: usize =
        table.lines().skip(1).filter_map(|line| line.rsplit(',').next()).map(|p| p.split(' ').count()).sum();
    assert_eq!(common.row_count(), pairs);
    assert_eq!(plans("EXCHANGEENTERPRISE"), &BTreeSet::from([plan("EXCHANGE_S_ENTERPRISE")]));
    assert_eq!(equivalents::all().len(), rows(include_str!("../../data/equivalents.csv")));
    for row in equivalents::all() {
        assert_ne!(row.source, row.target, "the same licence needs no table");
        if let Some(known) = row.offer.as_ref().and_then(known::by_offer) {
            assert_eq!(known.sku, row.target, "{row:?}");
        }
    }
}

#[test]
fn two_products_with_one_short_name_stay_two() {
    let mut table = ProductTable::new();
    table.add(id(1), "MCOPSTN5", "Calling plan", made_up(1));
    table.add(id(2), "MCOPSTN5", "Calling plan", made_up(2));
    table.add(id(3), "O365_w/o Teams Bundle_M3", "Suite", made_up(1));
    assert_eq!((table.len(), table.plan_count(), table.row_count()), (3, 2, 3));
    let among = vec![id(1), id(2)];
    assert_eq!(table.named("MCOPSTN5"), Err(NoOneProduct::Ambiguous { name: "MCOPSTN5".into(), among: among.clone() }));
    assert_eq!(table.named("mcopstn5"), Err(NoOneProduct::Ambiguous { name: "mcopstn5".into(), among }));
    assert_eq!(table.named("O365_W/O TEAMS BUNDLE_M3"), Ok(id(3)), "Graph may spell it in another case");
    assert_eq!(table.named("Suite"), Err(NoOneProduct::Unknown("Suite".into())), "a name in shops is no key");
}

#[test]
fn a_pair_that_stands_twice_counts_once() {
    let mut table = ProductTable::new();
    table.add(id(1), "ONE", "First", made_up(1));
    table.add(id(1), "ONE", "Renamed", made_up(1));
    table.name_plan(made_up(1), "FIRST_PLAN");
    table.name_plan(made_up(1), "SECOND_PLAN");
    assert_eq!((table.len(), table.row_count()), (1, 1));
    assert_eq!(table.product(id(1)).map(|product| product.name.as_str()), Some("First"));
    assert_eq!(table.plan_name(made_up(1)), Some("FIRST_PLAN"));
    assert_eq!(table.plan_name(plan("TEAMS1")), Some("TEAMS1"), "a plan of a family has a name without any table");
}

#[test]
fn the_tenant_is_asked_before_the_loaded_table_and_that_before_the_built_in_one() {
    let spb = sku("SPB");
    let mut loaded = ProductTable::new();
    loaded.add(spb, "SPB", "As loaded", made_up(1));
    let mut tenancy = Tenancy::default();
    tenancy.pools.insert(spb, Pool { plans: [made_up(2)].into(), ..Pool::default() });
    let asked = |tenancy: Option<&Tenancy>, loaded: Option<&ProductTable>| {
        Products::new(tenancy, loaded).plans_of(spb).cloned()
    };
    assert_eq!(asked(Some(&tenancy), Some(&loaded)), Some([made_up(2)].into()));
    assert_eq!(asked(None, Some(&loaded)), Some([made_up(1)].into()));
    assert_eq!(asked(None, None).as_ref(), Some(plans("SPB")));
    tenancy.pools.insert(spb, Pool::default());
    assert_eq!(asked(Some(&tenancy), Some(&loaded)), Some([made_up(1)].into()), "a pool without plans says nothing");
    let products = Products::new(Some(&tenancy), Some(&loaded));
    assert_eq!((products.plans_of(id(9)), products.name_of(spb)), (None, Some("As loaded")));
}

#[test]
fn the_reasons_not_to_change_a_user_say_what_to_do() {
    use swap::SwapBlocked::*;
    for reason in [UsageLocationMissing, AssignedByGroup, AssignedByGroupAndDirect, NoFreeUnits] {
        let sentence = reason.to_string();
        assert!(sentence.starts_with(&format!("{}: ", reason.word())) && sentence.contains("; "), "{sentence}");
    }
}

#[test]
fn a_table_lists_all_its_products() {
    let common = ProductTable::common();
    assert_eq!(common.products().count(), common.len());
    assert!(common.products().all(|(sku, product)| common.product(sku) == Some(product)));
    assert!(!common.is_empty());
    assert!(ProductTable::default().is_empty());
}
