//! Gathers what a customer is assessed, planned and bought upon. Judges none of it.

use crate::Engine;
use carryover_domain::Migration;
use carryover_domain::assess::chosen_offer;
use carryover_domain::facts::{Assignments, Facts, Holder, Relationship, Via};
use carryover_domain::ids::SkuId;
use carryover_domain::offer::OfferId;
use carryover_domain::plan::{may_be_planned, needs_own};
use carryover_domain::portfolio::Target;
use carryover_domain::product::matching::candidates;
use carryover_ports::{Market, Unavailable};
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// Everything that can be read about the customer now. The tenant is read only where there is a relationship, and its
    /// absence is a fact when it may not be read.
    pub(crate) async fn gather(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let tenant = migration.customer.tenant;
        let standing = self.outside.commerce.standing(tenant).await?;
        let related = standing.value.relationship == Relationship::Reseller;
        // The country's view is shared by all its customers; the customer's own is read when its cart is made.
        let market = Market::Country(migration.customer.country);
        let (skus, items) = wanted(migration);
        let offers = self.outside.catalogue.offers(market, &skus, &items).await?;
        let tenancy = if related {
            match self.outside.directory.tenancy(tenant).await {
                Ok(tenancy) => Some(tenancy),
                Err(Unavailable::Forbidden(_)) => None,
                Err(failure) => return Err(failure),
            }
        } else {
            None
        };
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
            credit: None,
            assignments: BTreeMap::new(),
            products: self.outside.products.clone(),
        })
    }
}

impl Engine {
    /// What a plan is made upon: everything that can be read, and how the old licence comes to the users of lines that change
    /// it. That takes a call for each such licence, so it is read when people look, not at every turn.
    pub(crate) async fn survey(&self, migration: &Migration) -> Result<Facts, Unavailable> {
        let mut facts = self.gather(migration).await?;
        if facts.tenancy.is_none() {
            return Ok(facts);
        }
        for sku in changing(migration, &facts) {
            let holders = match self.outside.directory.holders(migration.customer.tenant, sku).await {
                Ok(holders) => holders.value,
                // Who may not look at users cannot count them.
                Err(Unavailable::Forbidden(_)) => continue,
                Err(failure) => return Err(failure),
            };
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

/// Old licences of lines whose users would change to another one.
fn changing(migration: &Migration, facts: &Facts) -> BTreeSet<SkuId> {
    let sources = migration.lines.values().filter(|line| may_be_planned(&line.stage)).map(|line| &line.source);
    sources
        .filter(|source| chosen_offer(source, &facts.offers.value).is_some_and(|offer| offer.sku != source.sku))
        .map(|source| source.sku)
        .collect()
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
