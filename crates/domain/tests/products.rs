//! What products are made of, and which can take the place of which.

mod products {
    mod changing;
    mod differences;
    mod items;
    mod matching;
    mod tables;
}

use carryover_domain::ids::{ServicePlanId, SkuId};
use carryover_domain::product::table::ProductTable;
use std::collections::BTreeSet;

/// The licence of a product of the built-in table.
fn sku(name: &str) -> SkuId {
    ProductTable::common().named(name).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// The plans of a product of the built-in table.
fn plans(name: &str) -> &'static BTreeSet<ServicePlanId> {
    &ProductTable::common().product(sku(name)).expect("it was just named").plans
}

/// The plan with that short name in a family.
fn plan(name: &str) -> ServicePlanId {
    use carryover_domain::product::families::{plan_name, tiers};
    let mut found = tiers().map(|(plan, _)| plan).filter(|plan| plan_name(*plan) == Some(name));
    found.next().unwrap_or_else(|| panic!("no plan {name}"))
}
