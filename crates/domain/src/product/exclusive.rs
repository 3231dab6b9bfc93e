//! Service plans that one user cannot have at once (rule R105). A list of what partners have met, never the whole: where it is
//! silent, the service says so. Exchange Online Plan 1 and Plan 2 get along since 2024 and do not stand in it.

use super::rows::rows;
use crate::ids::ServicePlanId;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

static PAIRS: LazyLock<Vec<(Exclusive, ServicePlanId, ServicePlanId)>> = LazyLock::new(|| {
    let pair = |[one, name, other, other_name]: [&'static str; 4]| {
        Some((Exclusive { one: name, other: other_name }, one.parse().ok()?, other.parse().ok()?))
    };
    rows(include_str!("../../data/exclusive-plans.csv")).filter_map(pair).collect()
});

/// Two plans that exclude each other, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exclusive {
    one: &'static str,
    other: &'static str,
}

impl fmt::Display for Exclusive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {} exclude each other", self.one, self.other)
    }
}

/// The first pair of which one plan is in `new` and the other in `kept`.
pub fn excluded(new: &BTreeSet<ServicePlanId>, kept: &BTreeSet<ServicePlanId>) -> Option<Exclusive> {
    let meets = |one, other| new.contains(one) && kept.contains(other);
    PAIRS.iter().find(|(_, one, other)| meets(one, other) || meets(other, one)).map(|(pair, ..)| *pair)
}
