//! The customer's tenant: what it holds, who uses it, and changing one user's licence.

use crate::{Outcome, Read};
use async_trait::async_trait;
use carryover_domain::aftermath::Services;
use carryover_domain::facts::{Holder, Tenancy};
use carryover_domain::ids::{ServicePlanId, SkuId, TenantId, UserId};
use std::collections::BTreeSet;

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

    /// Gives `user` the licence `add`, with `disabled` plans switched off, and takes `remove`, in one call (rule R101).
    /// No money moves.
    ///
    /// Safe to repeat: when the user already holds `add` and no longer `remove`, the answer is [`Outcome::Done`].
    /// `Refused` names what is wrong with this user. Never sends the removal alone.
    async fn swap(
        &self,
        customer: TenantId,
        user: UserId,
        add: SkuId,
        disabled: &BTreeSet<ServicePlanId>,
        remove: SkuId,
    ) -> Outcome<()>;
}
