//! Gathers what a customer is assessed, planned and bought upon. Judges none of it.

use crate::Engine;
use carryover_domain::Migration;
use carryover_domain::facts::{Facts, Relationship};
use carryover_domain::ids::SkuId;
use carryover_domain::offer::OfferId;
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
        Ok(Facts {
            partner: self.outside.partner,
            standing,
            offers,
            tenancy,
            profile: None,
            access: None,
            credit: None,
            assignments: BTreeMap::new(),
            products: self.outside.products.clone(),
        })
    }
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
