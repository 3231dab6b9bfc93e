//! The port for licences by way of Partner Center, over the ledger in memory.

use super::service::{Outside, theirs};
use super::wire::{Wire, silence, tenancy, tenant};
use async_trait::async_trait;
use carryover_domain::facts::Pool;
use carryover_domain::ids::{SkuId, TenantId, UserId};
use carryover_ports::{LicenceChange, Licences, Outcome, Read};
use std::collections::{BTreeMap, BTreeSet};

#[async_trait]
impl Licences for Wire {
    async fn pools(&self, customer: TenantId) -> Read<BTreeMap<SkuId, Pool>> {
        self.read(customer, |view, _| Ok(tenancy(tenant(view)?).pools)).await
    }

    async fn users(&self, customer: TenantId) -> Read<BTreeSet<UserId>> {
        self.read(customer, |view, _| Ok(tenant(view)?.users.iter().map(|user| UserId::new(user.id.0)).collect())).await
    }

    async fn licences_of(&self, customer: TenantId, user: UserId) -> Read<Option<BTreeSet<SkuId>>> {
        self.read(customer, |view, _| {
            let found = tenant(view)?.users.iter().find(|one| one.id.0 == user.as_uuid());
            Ok(found.map(|found| found.licences.keys().map(|sku| SkuId::new(sku.0)).collect()))
        })
        .await
    }

    async fn change_licences(&self, customer: TenantId, change: &LicenceChange) -> Outcome<()> {
        let LicenceChange { user, add, remove, .. } = change.clone();
        self.write(move |outside: &mut Outside| outside.swap(theirs(customer), user, &add, remove), silence).await
    }
}
