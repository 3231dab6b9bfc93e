//! What can take the place of old subscriptions.

use crate::name::Names;
use carryover_api::v1;
use carryover_domain::facts::Facts;
use carryover_domain::ids::TenantId;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::product::difference::Difference;
use carryover_domain::product::families::Family;
use carryover_domain::product::matching::{Match, Outcome, Relation, matches as found, outcome};
use carryover_domain::product::table::Products;
use carryover_engine::Known;
use std::collections::BTreeSet;
use v1::line_matches::Outcome as Said;

/// What can take the place of each old subscription of `known`, as `facts` show it. Names are those under `partner`.
pub fn matches(partner: Option<TenantId>, known: &Known, facts: &Facts) -> v1::MatchMigrationResponse {
    let names = Names::new(partner);
    let products = Products::new(facts.tenancy.as_ref().map(|seen| &seen.value), facts.products.as_deref());
    let line = |source: &SourceLine| {
        let found = found(source, &facts.offers.value, &products);
        let outcome = match outcome(&found) {
            Outcome::Purchasable => Said::Purchasable,
            Outcome::Discontinued => Said::Discontinued,
            Outcome::None => Said::None,
        };
        v1::LineMatches {
            line: names.line(known.migration.customer.tenant, source.id),
            product: source.title(),
            sku_id: source.sku.to_string(),
            outcome: outcome.into(),
            matches: found.iter().map(|one| offer(one, &products)).collect(),
        }
    };
    v1::MatchMigrationResponse { lines: known.migration.leaving().map(|known| line(&known.source)).collect() }
}

fn offer(one: &Match<'_>, products: &Products<'_>) -> v1::OfferMatch {
    let Match { offer, relation, rule, difference: between, companions, purchasable } = one;
    let relation = match relation {
        Relation::Wanted => "wanted",
        Relation::SameSku => "the same licence",
        Relation::Equivalent { .. } => "equivalent",
    };
    let companion = |sku: &_| v1::Companion {
        sku_id: ToString::to_string(sku),
        display_name: products.name_of(*sku).map_or_else(|| ToString::to_string(sku), ToOwned::to_owned),
    };
    v1::OfferMatch {
        offer: offer.id.to_string(),
        title: offer.title.clone(),
        sku_id: offer.sku.to_string(),
        relation: relation.to_owned(),
        rule: (*rule).to_owned(),
        purchasable: *purchasable,
        companions: companions.iter().map(companion).collect(),
        difference: between.as_ref().map(difference),
    }
}

fn difference(between: &Difference) -> v1::Difference {
    let names = |of: &BTreeSet<Family>| of.iter().map(|family| family.name().to_owned()).collect();
    v1::Difference {
        severity: between.severity.word().to_owned(),
        text: between.to_string(),
        lost: names(&between.lost),
        downgraded: names(&between.downgraded),
        upgraded: names(&between.upgraded),
        gained: names(&between.gained),
    }
}
