//! Gathers what a customer is assessed, planned and bought upon. Judges none of it.

use crate::Engine;
use carryover_domain::Migration;
use carryover_domain::assess::chosen_offer;
use carryover_domain::facts::{Assignments, Facts, Holder, Relationship, Via};
use carryover_domain::finding::Finding;
use carryover_domain::ids::SkuId;
use carryover_domain::offer::OfferId;
use carryover_domain::plan::{may_be_planned, needs_own};
use carryover_domain::portfolio::Target;
use carryover_domain::product::matching::candidates;
use carryover_ports::{Market, Observed, Read, Unavailable};
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// Everything that can be read about the customer now. The tenant is read only where there is a relationship, and its
    /// absence is a fact when it may not be read.
    pub(crate) async fn gather(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        self.gather_upon(migration, wanted(migration)).await
    }

    async fn gather_upon(
        &self,
        migration: &Migration,
        (skus, items): (BTreeSet<SkuId>, BTreeSet<OfferId>),
    ) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let standing = self.outside.commerce.standing(tenant).await?;
        let related = standing.value.relationship == Relationship::Reseller;
        // The country's view is shared by all its customers; the customer's own is read when its cart is made.
        let market = Market::Country(migration.customer.country);
        let offers = self.outside.catalogue.offers(market, &skus, &items).await?;
        let tenancy = if related { where_allowed(self.outside.directory.tenancy(tenant).await)? } else { None };
        let own = if related && needs_own(migration, &self.policy) {
            Some(self.outside.commerce.own_subscriptions(tenant).await?)
        } else {
            None
        };
        Ok(Facts {
            partner: self.outside.partner,
            standing,
            offers,
            tenancy,
            profile: None,
            access: None,
            own,
            transfers: BTreeMap::new(),
            credit: None,
            assignments: BTreeMap::new(),
            products: self.outside.products.clone(),
        })
    }
}

impl Engine {
    /// What a line is bought upon: everything that can be read, and the profile and our rights again where something was found
    /// in them. What was fine there is not asked again: it changes slowly, and the service refuses what it must.
    pub(crate) async fn look_again(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let mut facts = self.gather_upon(migration, planned(migration)).await?;
        if facts.standing.value.relationship == Relationship::Reseller {
            let was_found =
                |of: fn(&Finding) -> bool| migration.lines.values().any(|line| line.findings.iter().any(of));
            if was_found(Finding::is_of_profile) {
                facts.profile = Some(self.outside.customers.profile(tenant).await?);
            }
            if was_found(Finding::is_of_access) {
                facts.access = Some(self.outside.customers.access(tenant).await?);
            }
        }
        Ok(facts)
    }

    /// What a plan is made upon: everything that can be read, also what changes slowly or takes many calls: the customer's
    /// profile, our rights in its tenant, and how the old licence comes to the users of lines that change it. It is read when
    /// people look, not at every turn.
    pub(crate) async fn survey(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let mut facts = self.gather(migration).await?;
        if facts.standing.value.relationship == Relationship::Reseller {
            facts.profile = where_known(self.outside.customers.profile(tenant).await)?;
            facts.access = where_known(self.outside.customers.access(tenant).await)?;
        }
        if facts.tenancy.is_none() {
            return Ok(facts);
        }
        for sku in changing(migration, &facts) {
            // Who may not look at users cannot count them.
            let Some(holders) = where_allowed(self.outside.directory.holders(tenant, sku).await)? else { continue };
            let holders = holders.value;
            let count = |what: &dyn Fn(&Holder) -> bool| {
                u32::try_from(holders.iter().filter(|holder| what(holder)).count()).unwrap_or(u32::MAX)
            };
            let counted = Assignments {
                by_group: count(&|holder| holder.via != Via::Direct),
                without_location: count(&|holder| !holder.has_usage_location),
            };
            facts.assignments.insert(sku, counted);
        }
        Ok(facts)
    }
}

/// What was read; none where we may not read it.
fn where_allowed<T>(read: Read<T>) -> Result<Option<Observed<T>>, Unavailable> {
    match read {
        Ok(seen) => Ok(Some(seen)),
        Err(Unavailable::Forbidden(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What was read; none where we may not read it or the cloud does not have it, as one without admin relationships.
fn where_known<T>(read: Read<T>) -> Result<Option<Observed<T>>, Unavailable> {
    match read {
        Err(Unavailable::Unreadable(fault)) => {
            tracing::warn!(%fault, "assessed without it");
            Ok(None)
        }
        read => where_allowed(read),
    }
}

/// Old licences of lines whose users would change to another one.
fn changing(migration: &Migration, facts: &Facts) -> BTreeSet<SkuId> {
    let sources = migration.lines.values().filter(|line| may_be_planned(&line.stage)).map(|line| &line.source);
    sources
        .filter(|source| chosen_offer(source, &facts.offers.value).is_some_and(|offer| offer.sku != source.sku))
        .map(|source| source.sku)
        .collect()
}

/// The catalogue items that were planned, which is all that a purchase is decided upon; what lines without a plan ask for is
/// looked for when they are planned.
fn planned(migration: &Migration) -> (BTreeSet<SkuId>, BTreeSet<OfferId>) {
    let plans = migration.lines.values().filter_map(|line| line.plan.as_ref());
    (BTreeSet::new(), plans.map(|plan| plan.offer.clone()).collect())
}

/// The licences and catalogue items that the lines ask for, or that may take the place of what is not sold.
fn wanted(migration: &Migration) -> (BTreeSet<SkuId>, BTreeSet<OfferId>) {
    let (mut skus, mut items) = (BTreeSet::new(), BTreeSet::new());
    for line in migration.lines.values() {
        match &line.source.target {
            Target::Same | Target::Sku(_) => skus.extend(candidates(&line.source)),
            Target::Offer(item) => drop(items.insert(item.clone())),
        }
    }
    (skus, items)
}
