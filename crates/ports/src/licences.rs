//! Users and licences of a customer as Partner Center shows them (fact sheet 16), for clouds whose Graph knows no admin
//! relationships; elsewhere [`Directory`](crate::Directory) tells more in fewer calls.

use crate::{LicenceChange, Outcome, Read};
use async_trait::async_trait;
use carryover_domain::facts::Pool;
use carryover_domain::ids::{SkuId, TenantId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Licences, by way of Partner Center.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Licences: Send + Sync {
    /// The licence pools, summed over all channels, of the SKUs that Entra manages.
    async fn pools(&self, customer: TenantId) -> Read<BTreeMap<SkuId, Pool>>;

    /// All users that are not deleted. Ids only; no names are read.
    async fn users(&self, customer: TenantId) -> Read<BTreeSet<UserId>>;

    /// The licences that `user` holds, directly or through a group; none when there is no such user.
    async fn licences_of(&self, customer: TenantId, user: UserId) -> Read<Option<BTreeSet<SkuId>>>;

    /// Gives a user licences and takes another one, in one step (rule R101). No money moves. Assigning what is assigned already
    /// succeeds, so it is safe to repeat as long as the old licence is held; look with [`Self::licences_of`] first.
    async fn change_licences(&self, customer: TenantId, change: &LicenceChange) -> Outcome<()>;
}
