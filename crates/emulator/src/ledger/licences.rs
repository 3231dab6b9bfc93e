//! Who holds which licence. One call adds and removes together, or does nothing (fact sheet 21.5).
//!
//! Shrinking pools never take a licence from a user: users are then in violation, and the books see it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::refusal::LicenceRefusal;
use super::tenant::Tenant;
use super::{Ledger, Refusal};
use crate::ids::{GroupId, PlanId, SkuId, TenantId, UserId};
use crate::regions;
use crate::seed::SeedUser;

/// An account of a customer's tenant.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) upn: String,
    pub(crate) usage_location: Option<String>,
    pub(crate) licences: BTreeMap<SkuId, Assignment>,
}

/// How a user holds a product: directly, through groups, or both; it consumes one unit either way.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    /// Plans switched off on the direct path; `None` where there is no direct path.
    pub(crate) direct: Option<BTreeSet<PlanId>>,
    /// Groups, each with the plans it switches off.
    pub(crate) groups: BTreeMap<GroupId, BTreeSet<PlanId>>,
    /// Since when the user has held the product without a break.
    pub(crate) since: Timestamp,
}

impl Assignment {
    /// Plans that are off: those that every path switches off.
    pub(crate) fn disabled(&self) -> BTreeSet<PlanId> {
        let mut paths = self.direct.iter().chain(self.groups.values());
        let first = paths.next().cloned().unwrap_or_default();
        paths.fold(first, |off, path| off.intersection(path).copied().collect())
    }
}

impl User {
    pub(super) fn new(seed: &SeedUser, since: Timestamp) -> User {
        let mut licences: BTreeMap<SkuId, Assignment> = BTreeMap::new();
        for held in &seed.licences {
            let assignment = licences.entry(held.sku_id).or_insert_with(|| Assignment {
                direct: None,
                groups: BTreeMap::new(),
                since,
            });
            let off = held.disabled_plans.iter().copied().collect();
            match held.assigned_by_group {
                Some(group) => {
                    assignment.groups.insert(group, off);
                }
                None => assignment.direct = Some(off),
            }
        }
        User { id: seed.id, upn: seed.upn.clone(), usage_location: seed.usage_location.clone(), licences }
    }
}

/// One product to give to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The product.
    pub sku: SkuId,
    /// Plans to switch off.
    pub disabled: BTreeSet<PlanId>,
}

impl Ledger {
    /// The tenant of a customer that lets us administer it.
    pub(crate) fn administered(&self, tenant: TenantId) -> Result<&Tenant, LicenceRefusal> {
        self.tenants
            .get(&tenant)
            .filter(|customer| customer.delegated_admin)
            .ok_or(LicenceRefusal::NoDelegatedAdmin(tenant))
    }

    /// A user by id or principal name.
    pub(crate) fn user(&self, tenant: TenantId, name: &str) -> Result<&User, LicenceRefusal> {
        let customer = self.administered(tenant)?;
        let id = match name.parse() {
            Ok(id) => Some(id),
            Err(_) => customer.names.get(&name.to_lowercase()).copied(),
        };
        id.and_then(|id| customer.users.get(&id)).ok_or_else(|| LicenceRefusal::UserNotFound(name.to_owned()))
    }

    /// Says where a user is, without which no licence can be given (fact sheet 16).
    pub fn set_usage_location(&mut self, tenant: TenantId, name: &str, country: &str) -> Result<(), Refusal> {
        let id = self.user(tenant, name)?.id;
        let country = regions::region(country).map(|_| country.to_uppercase());
        let country = country.ok_or_else(|| Refusal::InvalidProperty("usageLocation".to_owned()))?;
        if let Some(user) = self.tenants.get_mut(&tenant).and_then(|customer| customer.users.get_mut(&id)) {
            user.usage_location = Some(country);
        }
        Ok(())
    }

    /// Adds and removes licences of one user in one step: all of it, or nothing.
    pub fn assign_licences(
        &mut self,
        tenant: TenantId,
        user: &str,
        add: &[Grant],
        remove: &[SkuId],
    ) -> Result<UserId, LicenceRefusal> {
        let id = self.user(tenant, user)?.id;
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.diary.licence_call();
        }
        let present = self.user(tenant, user)?;
        self.check_removals(present, add, remove)?;
        self.check_grants(tenant, present, add)?;

        let now = self.now;
        let Some(customer) = self.tenants.get_mut(&tenant) else { return Ok(id) };
        let Some(user) = customer.users.get_mut(&id) else { return Ok(id) };
        for sku in remove {
            if let Some(assignment) = user.licences.get_mut(sku) {
                assignment.direct = None;
                if assignment.groups.is_empty() {
                    user.licences.remove(sku);
                }
            }
        }
        for grant in add {
            user.licences
                .entry(grant.sku)
                .or_insert_with(|| Assignment { direct: None, groups: BTreeMap::new(), since: now })
                .direct = Some(grant.disabled.clone());
        }
        let added: Vec<SkuId> = add.iter().map(|grant| grant.sku).collect();
        customer.diary.swapped(id, &added, remove);
        customer.settle(now);
        Ok(id)
    }

    fn check_removals(&self, user: &User, add: &[Grant], remove: &[SkuId]) -> Result<(), LicenceRefusal> {
        for sku in remove {
            if add.iter().any(|grant| grant.sku == *sku) {
                return Err(LicenceRefusal::AddedAndRemoved(*sku));
            }
            match user.licences.get(sku) {
                None => return Err(LicenceRefusal::NotAssigned(*sku)),
                Some(held) if held.direct.is_none() => {
                    return Err(LicenceRefusal::FromGroup(*sku));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn check_grants(&self, tenant: TenantId, user: &User, add: &[Grant]) -> Result<(), LicenceRefusal> {
        if add.is_empty() {
            return Ok(());
        }
        if user.usage_location.as_deref().is_none_or(str::is_empty) {
            return Err(LicenceRefusal::UsageLocation(user.id));
        }
        let pools = self.administered(tenant)?.pools();
        for grant in add {
            let pool = pools.get(&grant.sku).ok_or(LicenceRefusal::UnknownSku(grant.sku))?;
            let plans = self.catalogue.plans(grant.sku);
            if grant.disabled.iter().any(|off| plans.iter().all(|plan| plan.id != *off)) {
                return Err(LicenceRefusal::UnknownPlan(grant.sku));
            }
            if pool.free() == 0 && !user.licences.contains_key(&grant.sku) {
                return Err(LicenceRefusal::NoFreeUnits { sku: grant.sku });
            }
        }
        Ok(())
    }
}
