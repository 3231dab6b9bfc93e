//! The port [`Directory`]: the customer's tenant through Graph (fact sheet 21). Reads ids and licences, never names; changes of
//! licences are in their own module.

use crate::PartnerCenter;
use crate::classify::{Meaning, Operation};
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
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Users of whom the services are looked at after the end (rule R125).
const SAMPLE: &str = "5";

/// Where a tenant's subscriptions of every channel are.
const SUBSCRIPTIONS: &[&str] = &["directory", "subscriptions"];

/// Where its licence pools are.
const POOLS: &[&str] = &["subscribedSkus"];

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
        let reads = [(Operation::UserServices, self.sample(sku)), (Operation::GroupErrors, self.groups_with_errors())];
        let mut answers = self.client.get_together(Operation::Aftermath, customer, &reads).await.into_iter();
        let mut next =
            || answers.next().unwrap_or_else(|| Err(Failure::garbled(Operation::Aftermath, "it is not whole")));
        let sample = next().and_then(user_services);
        let sample = readable(sample.map(|users| users.into_iter().map(UserServices::services).collect()))?;
        let groups = match next() {
            Ok(first) => self.count_groups(customer, first).await,
            Err(failure) => Err(failure),
        };
        let groups_with_errors = readable(groups)?;
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
        let url = self.users_services(&[("$filter", &filter)]);
        let read = self.client.get(Operation::UserServices, Pass::Tenant(customer), url).await.and_then(user_services);
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
    /// Subscriptions and pools in one request: one look is one moment, and one call.
    async fn read_tenancy(&self, customer: TenantId) -> Result<Tenancy, Failure> {
        let reads = [
            (Operation::TenantSubscriptions, self.client.at_graph(SUBSCRIPTIONS)),
            (Operation::LicencePools, self.client.at_graph(POOLS)),
        ];
        let mut answers = self.client.get_together(Operation::Tenancy, customer, &reads).await.into_iter();
        let mut next =
            || answers.next().unwrap_or_else(|| Err(Failure::garbled(Operation::Tenancy, "it is not whole")));
        let (subscriptions, pools) = (next()?, next()?);
        let pass = Pass::Tenant(customer);
        let subscriptions = self.client.rest_of_graph(Operation::TenantSubscriptions, pass, subscriptions).await?;
        let subscriptions: Vec<CompanySubscription> = read_all(Operation::TenantSubscriptions, subscriptions)?;
        let found = self.client.rest_of_graph(Operation::LicencePools, pass, pools).await?;
        let found: Vec<SubscribedSku> = read_all(Operation::LicencePools, found)?;
        let mut pools: BTreeMap<SkuId, Pool> = BTreeMap::new();
        for pool in found {
            let (sku, pool) = pool.pool().map_err(|what| Failure::garbled(Operation::LicencePools, what))?;
            // One entry per SKU is documented; a second one would be more of the same.
            let known = pools.entry(sku).or_default();
            known.enabled = known.enabled.saturating_add(pool.enabled);
            known.warning = known.warning.saturating_add(pool.warning);
            known.suspended = known.suspended.saturating_add(pool.suspended);
            known.company_wide |= pool.company_wide;
            known.consumed = known.consumed.saturating_add(pool.consumed);
            known.plans.extend(pool.plans);
        }
        // A user takes no more than one unit of a pool.
        let users = pools.values().filter(|pool| !pool.company_wide).map(|pool| pool.consumed).max();
        self.client.has_users(customer, users.unwrap_or_default());
        let count = subscriptions.len();
        let held = subscriptions.into_iter().map(|it| it.held(self.owner_user)).filter_map(Result::transpose);
        let subscriptions: Result<Vec<_>, _> = held.collect();
        let subscriptions = subscriptions.map_err(|what| Failure::garbled(Operation::TenantSubscriptions, what))?;
        if subscriptions.len() < count {
            let left_out = count - subscriptions.len();
            tracing::warn!(%customer, left_out, "subscriptions without an id or a licence");
        }
        Ok(Tenancy { subscriptions, pools })
    }

    /// Whether the tenant's subscriptions can be read at all.
    pub(crate) async fn first_subscriptions(&self, customer: TenantId) -> Result<(), Failure> {
        let url = self.client.at_graph(SUBSCRIPTIONS);
        self.client.get(Operation::TenantSubscriptions, Pass::Tenant(customer), url).await.map(drop)
    }

    /// Whether its licence pools can.
    pub(crate) async fn first_pools(&self, customer: TenantId) -> Result<(), Failure> {
        let url = self.client.at_graph(POOLS);
        self.client.get(Operation::LicencePools, Pass::Tenant(customer), url).await.map(drop)
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

    /// Where the services of the first users of `sku` are, on one page.
    fn sample(&self, sku: SkuId) -> Url {
        let filter = format!("assignedLicenses/any(x:x/skuId eq {sku})");
        self.users_services(&[("$filter", filter.as_str()), ("$count", "true"), ("$top", SAMPLE)])
    }

    fn users_services(&self, wanted: &[(&str, &str)]) -> Url {
        let url = route::with(self.client.at_graph(&["users"]), &[("$select", graph::SERVICE_FIELDS)]);
        route::with(url, wanted)
    }

    /// Where groups are whose members did not get the group's licences ("group resource type", Microsoft Graph v1.0: the
    /// property can be filtered by and is never returned).
    fn groups_with_errors(&self) -> Url {
        route::with(
            self.client.at_graph(&["groups"]),
            &[("$select", "id"), ("$filter", "hasMembersWithLicenseErrors eq true")],
        )
    }

    /// How many groups there are on the page `first` and those after it.
    async fn count_groups(&self, customer: TenantId, first: Value) -> Result<u32, Failure> {
        let groups = self.client.rest_of_graph(Operation::GroupErrors, Pass::Tenant(customer), first).await?;
        Ok(u32::try_from(groups.len()).unwrap_or(u32::MAX))
    }

    /// Whether groups can be read at all.
    pub(crate) async fn first_groups(&self, customer: TenantId) -> Result<(), Failure> {
        let url = self.groups_with_errors();
        self.client.get(Operation::GroupErrors, Pass::Tenant(customer), url).await.map(drop)
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

/// The services of users on one page.
fn user_services(body: Value) -> Result<Vec<UserServices>, Failure> {
    let operation = Operation::UserServices;
    let (items, _more) = Page::of_graph(body).ok_or_else(|| Failure::garbled(operation, "it is not a list"))?;
    read_all(operation, items)
}

/// What was read; none where we may not look, or the service says that it does not answer such a question. An answer that cannot be
/// understood says neither.
fn readable<T>(read: Result<T, Failure>) -> Result<Option<T>, Unavailable> {
    let failure = match read {
        Ok(value) => return Ok(Some(value)),
        Err(failure) => failure,
    };
    // A page of a gateway has no code.
    let of_nobody = failure.code.is_none() || failure.status.is_none_or(|status| status < 400);
    let garbled = failure.meaning == Meaning::Garbled && of_nobody;
    match failure.unavailable() {
        Unavailable::Forbidden(fault) | Unavailable::Unreadable(fault) if !garbled => {
            tracing::warn!(%fault, "what cannot be read here is left to a person");
            Ok(None)
        }
        unavailable => Err(unavailable),
    }
}
