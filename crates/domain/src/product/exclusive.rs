//! Service plans that one user cannot have at once (rule R105): Microsoft's own list of the most common ones, which it does not keep up
//! to date, never the whole. Where it is silent, the service says so.
//!
//! Its group of Exchange Online is left out: Plan 1 and Plan 2 get along since 2024 (rule R105), and of the others no document says which
//! still exclude each other. Its plans of Entra ID can all be assigned together. No product of Microsoft's table has two plans of a group.

use super::rows::rows;
use crate::ids::ServicePlanId;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

/// In the order of the file: the plans of a group stand together.
static PLANS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let row = |[group, id, name]: [&'static str; 3]| Some(Row { group, id: id.parse().ok()?, name });
    rows(include_str!("../../data/exclusive-plans.csv")).filter_map(row).collect()
});

/// A plan, and the group of which a user can have one.
struct Row {
    group: &'static str,
    id: ServicePlanId,
    name: &'static str,
}

/// Two plans that exclude each other, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exclusive {
    new: &'static str,
    kept: &'static str,
}

impl fmt::Display for Exclusive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {} exclude each other", self.new, self.kept)
    }
}

/// The first two plans of one group of which one is in `new` and the other in `kept`.
pub fn excluded(new: &BTreeSet<ServicePlanId>, kept: &BTreeSet<ServicePlanId>) -> Option<Exclusive> {
    let kept_of = |new: &Row| {
        PLANS
            .iter()
            .find(|row| row.group == new.group && row.id != new.id && kept.contains(&row.id))
            .map(|row| row.name)
    };
    let coming = PLANS.iter().filter(|row| new.contains(&row.id));
    coming.filter_map(|row| Some(Exclusive { new: row.name, kept: kept_of(row)? })).next()
}
