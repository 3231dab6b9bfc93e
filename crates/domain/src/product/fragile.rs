//! Products that take something away soon after a licence is gone (rule R108): a Cloud PC within a week, a phone number, capacity.

use super::rows::rows;
use crate::ids::ServicePlanId;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Old and new have to stand beside each other for so many days (rule R108).
pub const OVERLAP_DAYS_MIN: u32 = 3;

/// In the order of ids, as those of products are.
static PLANS: LazyLock<Vec<(ServicePlanId, &'static str)>> = LazyLock::new(|| {
    let plan = |[id, _name, what]: [&'static str; 3]| Some((id.parse().ok()?, what));
    let mut plans: Vec<_> = rows(include_str!("../../data/fragile-plans.csv")).filter_map(plan).collect();
    plans.sort_unstable();
    plans
});

/// What users of a product with these `plans` lose soon after its licence is gone; none where nothing is known to be.
pub fn fragile(plans: &BTreeSet<ServicePlanId>) -> Option<&'static str> {
    let mut fragile = PLANS.iter().peekable();
    plans.iter().find_map(|plan| {
        while fragile.next_if(|(id, _)| id < plan).is_some() {}
        fragile.next_if(|(id, _)| id == plan).map(|(_, what)| *what)
    })
}
