//! The port [`Directory`]: the customer's tenant through Graph (fact sheet 21). Reads ids and licences, never names; changes of
//! licences are in their own module.

use crate::PartnerCenter;
use crate::classify::Operation;
use crate::failure::Failure;
use crate::identity::Pass;
use crate::route;
use crate::wire::graph::{self, CompanySubscription, SubscribedSku, User, UserServices};
use crate::wire::page::Page;
use crate::wire::read_all;
use async_trait::async_trait;
use carryover_domain::aftermath::{Service, Services};
use carryover_domain::facts::{Holder, Pool, Tenancy};
use carryover_domain::ids::{SkuId, TenantId, UserId};
use carryover_ports::{Directory, LicenceChange, Observed, Outcome, Read, Unavailable};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Users of whom the services are looked at after the end (rule R125).
const SAMPLE: &str = "5";

#[async_trait]
impl Directory for PartnerCenter {
    async fn tenancy(&self, customer: TenantId) -> Read<Tenancy> {
        let read = self.read_tenancy(customer);
        self.tenancies.get(customer, || self.client.now(), read).await.map_err(Failure::unavailable)
    }

    async fn holders(&self, customer: TenantId, sku: SkuId) -> Read<Vec<Holder>> {
        let at = self.client.now();
        self.read_holders(customer, sku).await.map(|value| Observed { value, at }).map_err(Failure::unavailable)
    }

    async fn services(&self, customer: TenantId, sku: SkuId) -> Read<Services> {
        let at = self.client.now();
        let sample = readable(self.read_sample(customer, sku).await)?;
        let groups_with_errors = readable(self.read_group_errors(customer).await)?;
        Ok(Observed { value: Services { sample, groups_with_errors }, at })
    }

    async fn services_of(
        &self,
        customer: TenantId,
        users: &BTreeSet<UserId>,
    ) -> Read<Option<BTreeMap<UserId, Vec<Service>>>> {
        let at = self.client.now();
        let ids: Vec<String> = users.iter().map(|user| format!("'{user}'")).collect();
        let filter = format!("id in ({})", ids.join(","));
        let read = self.read_services(customer, &[("$filter", &filter)]).await;
        Ok(Observed {
            value: readable(read)?.map(|seen| seen.into_iter().filter_map(UserServices::of_user).collect()),
            at,
        })
    }

    async fn swap(&self, customer: TenantId, changes: &[LicenceChange]) -> BTreeMap<UserId, Outcome<()>> {
        self.swap_all(customer, changes).await
    }
}

impl PartnerCenter {
    async fn read_tenancy(&self, customer: TenantId) -> Result<Tenancy, Failure> {
        let subscriptions = self.tenant_subscriptions(customer).await?;
        let mut pools: BTreeMap<SkuId, Pool> = BTreeMap::new();
        for (sku, pool) in self.licence_pools(customer).await?.into_iter().filter_map(SubscribedSku::pool) {
            // One entry per SKU is documented; a second one would be more of the same.
            let known = pools.entry(sku).or_default();
            known.enabled = known.enabled.saturating_add(pool.enabled);
            known.warning = known.warning.saturating_add(pool.warning);
            known.suspended = known.suspended.saturating_add(pool.suspended);
            known.company_wide |= pool.company_wide;
            known.consumed = known.consumed.saturating_add(pool.consumed);
            known.plans.extend(pool.plans);
        }
        let count = subscriptions.len();
        let subscriptions: Vec<_> = subscriptions.into_iter().filter_map(CompanySubscription::held).collect();
        if subscriptions.len() < count {
            let left_out = count - subscriptions.len();
            tracing::warn!(%customer, left_out, "subscriptions without an id or a licence");
        }
        Ok(Tenancy { subscriptions, pools })
    }

    pub(crate) async fn tenant_subscriptions(&self, customer: TenantId) -> Result<Vec<CompanySubscription>, Failure> {
        let operation = Operation::TenantSubscriptions;
        let url = self.client.at_graph(&["directory", "subscriptions"]);
        let items = self.client.list_graph(operation, Pass::Tenant(customer), url).await?;
        read_all(operation, items)
    }

    pub(crate) async fn licence_pools(&self, customer: TenantId) -> Result<Vec<SubscribedSku>, Failure> {
        let operation = Operation::LicencePools;
        let url = self.client.at_graph(&["subscribedSkus"]);
        let items = self.client.list_graph(operation, Pass::Tenant(customer), url).await?;
        read_all(operation, items)
    }

    async fn read_holders(&self, customer: TenantId, sku: SkuId) -> Result<Vec<Holder>, Failure> {
        let operation = Operation::Users;
        let url = route::with(
            self.users(),
            &[("$filter", &format!("assignedLicenses/any(x:x/skuId eq {sku})")), ("$count", "true"), ("$top", "999")],
        );
        let items = self.client.list_graph(operation, Pass::Tenant(customer), url).await?;
        let users: Vec<User> = read_all(operation, items)?;
        // A page boundary may show a user twice.
        let mut holders = BTreeMap::new();
        for user in users {
            let holder = user.holder(sku);
            let holder = holder.map_err(|what| Failure::garbled(operation, what))?;
            holders.extend(holder.map(|holder| (holder.user, holder)));
        }
        Ok(holders.into_values().collect())
    }

    /// Services of the first users of `sku`, on one page.
    async fn read_sample(&self, customer: TenantId, sku: SkuId) -> Result<Vec<Vec<Service>>, Failure> {
        let filter = format!("assignedLicenses/any(x:x/skuId eq {sku})");
        let wanted = [("$filter", filter.as_str()), ("$count", "true"), ("$top", SAMPLE)];
        Ok(self.read_services(customer, &wanted).await?.into_iter().map(UserServices::services).collect())
    }

    /// Services of the users that `wanted` describes, on one page.
    async fn read_services(&self, customer: TenantId, wanted: &[(&str, &str)]) -> Result<Vec<UserServices>, Failure> {
        let operation = Operation::UserServices;
        let url = route::with(self.client.at_graph(&["users"]), &[("$select", graph::SERVICE_FIELDS)]);
        let body = self.client.get(operation, Pass::Tenant(customer), route::with(url, wanted)).await?;
        let (items, _more) = Page::of_graph(body).ok_or_else(|| Failure::garbled(operation, "it is not a list"))?;
        read_all(operation, items)
    }

    /// How many groups have members who did not get the group's licences ("group resource type", Microsoft Graph v1.0: the
    /// property can be filtered by and is never returned).
    pub(crate) async fn read_group_errors(&self, customer: TenantId) -> Result<u32, Failure> {
        let url = route::with(
            self.client.at_graph(&["groups"]),
            &[("$select", "id"), ("$filter", "hasMembersWithLicenseErrors eq true")],
        );
        let items = self.client.list_graph(Operation::GroupErrors, Pass::Tenant(customer), url).await?;
        Ok(u32::try_from(items.len()).unwrap_or(u32::MAX))
    }

    /// Whether users can be read at all.
    pub(crate) async fn first_user(&self, customer: TenantId) -> Result<(), Failure> {
        let url = route::with(self.users(), &[("$top", "1")]);
        self.client.get(Operation::Users, Pass::Tenant(customer), url).await.map(|_| ())
    }

    fn users(&self) -> Url {
        let url = self.client.at_graph(&["users"]);
        route::with(url, &[("$select", graph::USER_FIELDS)])
    }
}

/// What was read; none where we may not look, or the service does not answer such a question.
fn readable<T>(read: Result<T, Failure>) -> Result<Option<T>, Unavailable> {
    match read.map_err(Failure::unavailable) {
        Err(Unavailable::Forbidden(fault) | Unavailable::Unreadable(fault)) => {
            tracing::warn!(%fault, "what cannot be read here is left to a person");
            Ok(None)
        }
        read => read.map(Some),
    }
}
