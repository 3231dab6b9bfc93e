//! The customer's tenant: what it holds, who uses it, and changing licences of users.

use crate::{Outcome, Read};
use async_trait::async_trait;
use carryover_domain::aftermath::{Service, Services};
use carryover_domain::facts::{Holder, Tenancy};
use carryover_domain::ids::{RequestId, ServicePlanId, SkuId, TenantId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Microsoft Graph in a customer's tenant.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync {
    /// Subscriptions of every channel and the licence pools (fact sheet 21.2, 21.3).
    async fn tenancy(&self, customer: TenantId) -> Read<Tenancy>;

    /// Users who hold `sku`, directly or through a group. Ids only; no names are read (fact sheet 21.4).
    async fn holders(&self, customer: TenantId, sku: SkuId) -> Read<Vec<Holder>>;

    /// How services work for some users of `sku`, and whether groups of the tenant could give their members their licences (rule
    /// R125). What may not be read, or cannot be asked for there, is absent from the answer and no failure.
    async fn services(&self, customer: TenantId, sku: SkuId) -> Read<Services>;

    /// How services work for `users`, a handful of them; one who does not exist any more is left out. None where it may not be
    /// read, or cannot be asked for there (rule R109).
    async fn services_of(
        &self,
        customer: TenantId,
        users: &BTreeSet<UserId>,
    ) -> Read<Option<BTreeMap<UserId, Vec<Service>>>>;

    /// Changes the licences of some users, each in one step that gives and takes (rule R101). No money moves.
    ///
    /// Each user has a fate of its own, and one whom the answer leaves out is in doubt. Safe to repeat: when a user already
    /// holds all that is added and no longer what is removed, the answer is [`Outcome::Done`]. `Refused` names what is wrong with
    /// this user. Never sends a removal alone. A user stands in `changes` once.
    async fn swap(&self, customer: TenantId, changes: &[LicenceChange]) -> BTreeMap<UserId, Outcome<()>>;
}

/// One user's change of licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceChange {
    /// What the request is traced by.
    pub request: RequestId,
    /// The account.
    pub user: UserId,
    /// The licences that it gets, each with the plans of it that are switched off; at least one.
    pub add: BTreeMap<SkuId, BTreeSet<ServicePlanId>>,
    /// The licence that it gives up.
    pub remove: SkuId,
}
