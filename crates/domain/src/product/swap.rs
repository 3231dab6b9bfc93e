//! One user's change from one licence to another: what stays switched off, and what stands in the way (rules R101 to
//! R104). One call adds and removes, so that nobody is ever without.

use super::exclusive::Exclusive;
use super::families::{Tier, tier};
use crate::facts::Via;
use crate::ids::{ServicePlanId, SkuId};
use std::collections::BTreeSet;
use std::fmt;

/// The one call that changes a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwapPlan {
    /// The licence to assign.
    pub add: SkuId,
    /// The plans of it to leave switched off, in the order of [`disabled_after_swap`].
    pub disabled_plans: Vec<ServicePlanId>,
    /// The licence to take away, in the same call.
    pub remove: SkuId,
}

/// The call that moves a user from the licence `from`, of which `old_disabled` is switched off, to `to`.
pub fn swap_plan(
    from: SkuId,
    old_disabled: &[ServicePlanId],
    old_plans: &BTreeSet<ServicePlanId>,
    to: SkuId,
    target_plans: &BTreeSet<ServicePlanId>,
) -> SwapPlan {
    SwapPlan { add: to, disabled_plans: disabled_after_swap(old_disabled, old_plans, target_plans), remove: from }
}

/// Rule R103: what a user had switched off stays off. For each plan of `old_disabled`, in its order:
///
/// 1. the target has the same plan: it;
/// 2. otherwise, when every plan of its family in the old product is off: all plans of that family in the target, by
///    rank, then by id. A user without mail must not get a mailbox through a higher tier;
/// 3. otherwise nothing.
///
/// No plan comes twice. `old_plans` is what the old product holds; for a plan that it does not list, and so for all plans
/// where it is empty, only the first step is taken.
pub fn disabled_after_swap(
    old_disabled: &[ServicePlanId],
    old_plans: &BTreeSet<ServicePlanId>,
    target_plans: &BTreeSet<ServicePlanId>,
) -> Vec<ServicePlanId> {
    let mut off = Vec::new();
    for &plan in old_disabled {
        let stays_off = if target_plans.contains(&plan) {
            vec![plan]
        } else {
            tier(plan)
                .filter(|_| old_plans.contains(&plan))
                .map(|Tier { family, .. }| (of_family(old_plans, family), of_family(target_plans, family)))
                .filter(|(old, _)| old.iter().all(|plan| old_disabled.contains(plan)))
                .map(|(_, new)| new)
                .unwrap_or_default()
        };
        for plan in stays_off {
            if !off.contains(&plan) {
                off.push(plan);
            }
        }
    }
    off
}

/// Plans of the target that are new: the old product has neither the plan nor another tier of its family (rule R103). None where it
/// is not known what the old product has.
pub fn new_plans(
    old_plans: &BTreeSet<ServicePlanId>,
    target_plans: &BTreeSet<ServicePlanId>,
) -> BTreeSet<ServicePlanId> {
    if old_plans.is_empty() {
        return BTreeSet::new();
    }
    let known = |plan: &ServicePlanId| {
        old_plans.contains(plan) || tier(*plan).is_some_and(|tier| !of_family(old_plans, tier.family).is_empty())
    };
    target_plans.iter().filter(|plan| !known(plan)).copied().collect()
}

/// The plans of `family` among `plans`, by rank, then by id.
fn of_family(plans: &BTreeSet<ServicePlanId>, family: super::families::Family) -> Vec<ServicePlanId> {
    let mut found: Vec<(u8, ServicePlanId)> = plans
        .iter()
        .filter_map(|plan| tier(*plan).filter(|tier| tier.family == family).map(|tier| (tier.rank, *plan)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, plan)| plan).collect()
}

/// Why a user cannot be changed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SwapBlocked {
    /// The user has no usage location (rule R98).
    UsageLocationMissing,
    /// The licence is inherited from a group and cannot be edited on the user (rule R104).
    AssignedByGroup,
    /// It is assigned directly and by a group: taking the direct one alone would leave the group's.
    AssignedByGroupAndDirect,
    /// The target and what the user keeps have plans that exclude each other (rule R105).
    PlanConflict(Exclusive),
    /// The target's pool has no free unit (rule R102).
    NoFreeUnits,
}

impl SwapBlocked {
    /// The rule book's word (section L.7).
    pub fn word(self) -> &'static str {
        match self {
            Self::UsageLocationMissing => "USAGE_LOCATION_MISSING",
            Self::AssignedByGroup => "ASSIGNED_BY_GROUP",
            Self::AssignedByGroupAndDirect => "ASSIGNED_BY_GROUP_AND_DIRECT",
            Self::PlanConflict(_) => "PLAN_CONFLICT",
            Self::NoFreeUnits => "NO_FREE_UNITS",
        }
    }
}

impl fmt::Display for SwapBlocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::PlanConflict(pair) => {
                return write!(f, "{}: {pair}; switch one off for the user, or take the other licence", self.word());
            }
            Self::UsageLocationMissing => "the user has no usage location; set it",
            Self::AssignedByGroup => "the licence comes from a group; change it on the group",
            Self::AssignedByGroupAndDirect => "the licence comes from a group as well; change it on the group",
            Self::NoFreeUnits => "the new licence has no free unit; wait for the purchase, or free one",
        };
        write!(f, "{}: {what}", self.word())
    }
}

/// What about the user itself stands in the way: the first of the reasons of [`swap_plan_blocked`] that are not about
/// units.
pub fn user_blocked(has_usage_location: bool, via: Via) -> Option<SwapBlocked> {
    match via {
        _ if !has_usage_location => Some(SwapBlocked::UsageLocationMissing),
        Via::Group => Some(SwapBlocked::AssignedByGroup),
        Via::Both => Some(SwapBlocked::AssignedByGroupAndDirect),
        Via::Direct => None,
    }
}

/// Rules R98, R102 and R104, in the order of section L.6: the first reason not to change a user. `free_target_units` is
/// what the target's pool has enabled less what is assigned, and may be negative.
pub fn swap_plan_blocked(has_usage_location: bool, via: Via, free_target_units: i64) -> Option<SwapBlocked> {
    user_blocked(has_usage_location, via).or_else(|| (free_target_units < 1).then_some(SwapBlocked::NoFreeUnits))
}
