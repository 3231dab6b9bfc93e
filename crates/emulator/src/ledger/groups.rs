//! Groups that give their members licences (fact sheet 21.4). A change is taken at once; whether each member got the licence
//! shows with the member alone.

use std::collections::{BTreeMap, BTreeSet};

use super::Ledger;
use super::licences::{Assignment, Grant, User};
use super::refusal::LicenceRefusal;
use super::tenant::Tenant;
use crate::ids::{GroupId, PlanId, SkuId, TenantId, UserId};

/// A group: who is in it, and what it gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) members: BTreeSet<UserId>,
    /// Licences, each with the plans that it switches off.
    pub(crate) licences: BTreeMap<SkuId, BTreeSet<PlanId>>,
}

impl Tenant {
    /// Puts `user` into the groups that its licences come from.
    pub(super) fn join_groups(&mut self, user: &User) {
        for (sku, held) in &user.licences {
            for (group, off) in &held.groups {
                let group = self.groups.entry(*group).or_default();
                group.members.insert(user.id);
                group.licences.insert(*sku, off.clone());
            }
        }
    }

    /// Members of `group` who lack one of its licences, with what they lack.
    pub(crate) fn unserved(&self, group: GroupId) -> impl Iterator<Item = (UserId, SkuId)> {
        let known = self.groups.get(&group).into_iter();
        let pairs = known.flat_map(|it| it.members.iter().flat_map(|user| it.licences.keys().map(|sku| (*user, *sku))));
        pairs.filter(move |(user, sku)| {
            let held = self.users.get(user).map(|user| user.licences.get(sku));
            held.is_some_and(|held| held.is_none_or(|held| !held.groups.contains_key(&group)))
        })
    }
}

impl Ledger {
    /// A group by its id.
    pub(crate) fn group(&self, tenant: TenantId, id: &str) -> Result<(GroupId, &Group), LicenceRefusal> {
        let unknown = || LicenceRefusal::GroupNotFound(id.to_owned());
        let group: GroupId = id.parse().map_err(|_| unknown())?;
        Ok((group, self.administered(tenant)?.groups.get(&group).ok_or_else(unknown)?))
    }

    /// Changes what a group gives. Members whom no unit is left for, or who may not have one, go without: their states show it.
    pub(crate) fn assign_to_group(
        &mut self,
        tenant: TenantId,
        id: &str,
        add: &[Grant],
        remove: &[SkuId],
    ) -> Result<GroupId, LicenceRefusal> {
        let (group, known) = self.group(tenant, id)?;
        if let Some(sku) = remove.iter().find(|sku| !known.licences.contains_key(sku)) {
            return Err(LicenceRefusal::NotAssigned(*sku));
        }
        for Grant { sku, disabled } in add {
            let plans = self.catalogue.plans(*sku);
            if !self.administered(tenant)?.pools().contains_key(sku) {
                return Err(LicenceRefusal::UnknownSku(*sku));
            }
            if disabled.iter().any(|off| plans.iter().all(|plan| plan.id != *off)) {
                return Err(LicenceRefusal::UnknownPlan(*sku));
            }
        }
        let now = self.now;
        let Some(customer) = self.tenants.get_mut(&tenant) else { return Ok(group) };
        let changed = customer.groups.entry(group).or_default();
        changed.licences.retain(|sku, _| !remove.contains(sku));
        changed.licences.extend(add.iter().map(|grant| (grant.sku, grant.disabled.clone())));
        let members: Vec<UserId> = changed.members.iter().copied().collect();
        let added: Vec<SkuId> = add.iter().map(|grant| grant.sku).collect();
        for member in members {
            let pools = customer.pools();
            let Some(user) = customer.users.get_mut(&member) else { continue };
            for sku in remove {
                if let Some(held) = user.licences.get_mut(sku) {
                    held.groups.remove(&group);
                    if held.direct.is_none() && held.groups.is_empty() {
                        user.licences.remove(sku);
                    }
                }
            }
            let mut got = added.clone();
            for grant in add {
                let is_free = pools.get(&grant.sku).is_some_and(|pool| pool.free() > 0);
                let is_somewhere = user.usage_location.as_deref().is_some_and(|place| !place.is_empty());
                if user.licences.contains_key(&grant.sku) || is_free && is_somewhere {
                    let fresh = || Assignment { direct: None, groups: BTreeMap::new(), since: now };
                    let held = user.licences.entry(grant.sku).or_insert_with(fresh);
                    held.groups.insert(group, grant.disabled.clone());
                } else {
                    got.retain(|sku| *sku != grant.sku);
                }
            }
            customer.diary.swapped(member, &got, remove);
        }
        customer.settle(now);
        Ok(group)
    }
}
