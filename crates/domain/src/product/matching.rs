//! Which offers of the live catalogue can take the place of a source, best first, each with the rule that says so and
//! what users lose and gain (rules R91, R100, R140, R142).
//!
//! Ids in tables are hints and the catalogue is the truth: an offer is recognised by the licence that it provisions.
//! Chooses nothing: another licence than the wanted one is for people to choose.

use super::difference::{Difference, Severity, implied, plan_diff};
use super::equivalents::{self, Equivalent};
use super::known;
use super::table::Products;
use crate::ids::{ServicePlanId, SkuId};
use crate::offer::Offer;
use crate::portfolio::{SourceLine, Target};
use std::collections::BTreeSet;

/// An offer that can take the place of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// The offer.
    pub offer: &'a Offer,
    /// How it relates to the source.
    pub relation: Relation,
    /// The rule that says so, such as `R140`.
    pub rule: &'static str,
    /// What users lose and gain, with all that must be bought beside it. None where the plans of one of the licences are
    /// not known.
    pub difference: Option<Difference>,
    /// Licences that must be bought beside it (rule R142).
    pub companions: Vec<SkuId>,
    /// Whether it can be bought now, with a companion of each kind; what is wanted alone, alone.
    pub purchasable: bool,
}

/// How an offer relates to a source. The earlier, the better it ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It is what the portfolio asks for.
    Wanted,
    /// It provisions the very licence of the source: nobody has to be touched.
    SameSku,
    /// The table of equivalents has the pair.
    Equivalent {
        /// Its row.
        row: &'static Equivalent,
    },
}

/// What the matches come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Something can be bought.
    Purchasable,
    /// Offers are known and none of them is for sale: discontinued, at least in this market.
    Discontinued,
    /// The catalogue has nothing for this source.
    None,
}

/// The licences that the catalogue has to be asked about, so that [`matches()`] can find all that there is.
pub fn candidates(source: &SourceLine) -> BTreeSet<SkuId> {
    let wanted = match &source.target {
        Target::Sku(sku) => Some(*sku),
        Target::Same | Target::Offer(_) => None,
    };
    let equivalent =
        equivalents::of(source.sku).flat_map(|row| std::iter::once(row.target).chain(row.companions.clone()));
    std::iter::once(source.sku).chain(wanted).chain(equivalent).collect()
}

/// The offers of `catalogue` that can take the place of `source`, best first; empty when there is none.
///
/// What the portfolio asks for comes first, then the same licence, then equivalents. Among those of one kind: what can be
/// bought before what cannot, then the least loss, the fewest companions, and the surest id.
pub fn matches<'a>(source: &SourceLine, catalogue: &'a [Offer], products: &Products<'_>) -> Vec<Match<'a>> {
    let mut found: Vec<Match<'a>> = catalogue
        .iter()
        .flat_map(|offer| {
            let relations = relations(source, offer);
            relations.into_iter().map(move |relation| matched(source, offer, relation, catalogue, products))
        })
        .collect();
    found.sort_by_cached_key(rank);
    found
}

/// What `matches` come to.
pub fn outcome(matches: &[Match<'_>]) -> Outcome {
    match matches {
        [] => Outcome::None,
        _ if matches.iter().any(|found| found.purchasable) => Outcome::Purchasable,
        _ => Outcome::Discontinued,
    }
}

/// How `offer` relates to `source`; several rows of the table can lead to one licence.
fn relations(source: &SourceLine, offer: &Offer) -> Vec<Relation> {
    let wanted = match &source.target {
        Target::Same => false,
        Target::Sku(sku) => offer.sku == *sku,
        Target::Offer(id) => offer.id == *id,
    };
    if wanted {
        return vec![Relation::Wanted];
    }
    if offer.sku == source.sku {
        return vec![Relation::SameSku];
    }
    equivalents::of(source.sku).filter(|row| row.target == offer.sku).map(|row| Relation::Equivalent { row }).collect()
}

fn matched<'a>(
    source: &SourceLine,
    offer: &'a Offer,
    relation: Relation,
    catalogue: &[Offer],
    products: &Products<'_>,
) -> Match<'a> {
    let (rule, companions) = match relation {
        Relation::SameSku => ("R91", Vec::new()),
        // The second licence that is wanted with it, or what the table has beside it.
        Relation::Wanted => match source.companion {
            Some(second) => ("R91", vec![second]),
            None => ("R91", equivalents::beside(source.sku, offer.sku).into_iter().collect()),
        },
        Relation::Equivalent { row } => (row.rule, row.companions.clone()),
    };
    // Whoever wants the first one alone may buy it alone.
    let alone = relation == Relation::Wanted && source.companion.is_none();
    let sold = |sku: SkuId| catalogue.iter().any(|other| other.sku == sku && is_for_sale(other));
    Match {
        offer,
        relation,
        rule,
        difference: difference(source.sku, offer.sku, &companions, products),
        purchasable: is_for_sale(offer) && (alone || companions.iter().all(|sku| sold(*sku))),
        companions,
    }
}

/// Whether a new subscription of `offer` can be bought now (rule R82).
fn is_for_sale(offer: &Offer) -> bool {
    !offer.terms.is_empty() && !offer.end_of_sale
}

/// From `source` to `target` and its companions together; none where the plans of one of them are not known.
fn difference(source: SkuId, target: SkuId, companions: &[SkuId], products: &Products<'_>) -> Option<Difference> {
    let nothing = BTreeSet::new();
    if source == target && companions.is_empty() {
        // The same licence is the same whatever is in it.
        let plans = products.plans_of(source).unwrap_or(&nothing);
        return Some(plan_diff(plans, plans, &[]));
    }
    let old = products.plans_of(source)?;
    let all: Option<Vec<&BTreeSet<ServicePlanId>>> =
        std::iter::once(&target).chain(companions).map(|sku| products.plans_of(*sku)).collect();
    let new: BTreeSet<ServicePlanId> = all?.into_iter().flatten().copied().collect();
    Some(plan_diff(old, &new, implied()))
}

/// Less is better. A difference that nobody knows counts as the heaviest.
fn rank(found: &Match<'_>) -> impl Ord + use<> {
    let kind = match found.relation {
        Relation::Wanted => 0,
        Relation::SameSku => 1,
        Relation::Equivalent { .. } => 2,
    };
    let loss = found.difference.as_ref().map_or((Severity::Block, usize::MAX, usize::MAX), |difference| {
        (difference.severity, difference.lost.len(), difference.downgraded.len())
    });
    let sure =
        known::by_offer(&found.offer.id).filter(|known| known.sku == found.offer.sku).map(|known| known.confidence);
    (kind, !found.purchasable, loss, found.companions.len(), sure.is_none(), sure, found.offer.id.clone())
}
