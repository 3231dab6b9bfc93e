//! What can be bought in CSP, and which of it takes the place of a source.

use crate::ids::SkuId;
use crate::portfolio::{SourceLine, Target};
use crate::time::{Billing, Term};
use crate::value::Money;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A catalogue item without its perishable part: `product:sku` (fact sheet 12.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfferId {
    product: String,
    sku: String,
}

/// Text that was meant to be `product:sku` and is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a catalogue item such as CFQ7TTC0LDPB:0001")]
pub struct InvalidOfferId(pub String);

impl OfferId {
    /// The product id, upper case, such as `CFQ7TTC0LDPB`.
    pub fn product(&self) -> &str {
        &self.product
    }
    /// The SKU id inside the product, upper case, such as `0001`.
    pub fn sku(&self) -> &str {
        &self.sku
    }
}

impl std::str::FromStr for OfferId {
    type Err = InvalidOfferId;
    /// Takes `product:sku`, and `product:sku:availability` of which the last part is dropped.
    fn from_str(text: &str) -> Result<Self, InvalidOfferId> {
        let wrong = || InvalidOfferId(text.to_owned());
        let mut parts = text.trim().split(':');
        let (Some(product), Some(sku)) = (parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let fine = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
        if !fine(product) || !fine(sku) || parts.nth(1).is_some() {
            return Err(wrong());
        }
        Ok(Self { product: product.to_ascii_uppercase(), sku: sku.to_ascii_uppercase() })
    }
}

impl fmt::Display for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.product, self.sku)
    }
}

/// One offer of the catalogue, as it stands in the customer's market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The catalogue item.
    pub id: OfferId,
    /// Its title; for people.
    pub title: String,
    /// The licence it provisions (`provisioningId`; rule R91).
    pub sku: SkuId,
    /// Fewest seats of one subscription.
    pub seats_min: u32,
    /// Most seats of one subscription.
    pub seats_max: u32,
    /// Terms on sale, each with its billing frequencies. Empty when the item is not purchasable now.
    pub terms: BTreeMap<Term, BTreeSet<Billing>>,
    /// What one seat costs for one term, where the catalogue says so.
    pub prices: BTreeMap<Term, Money>,
}

/// The offers that `source` may become, best first; empty when nothing in `catalogue` fits.
///
/// Same SKU or the wanted one, joined on `provisioningId` only: names lie (rules R91, R140).
pub fn matching<'a>(source: &SourceLine, catalogue: &'a [Offer]) -> Vec<&'a Offer> {
    let mut found: Vec<&Offer> = catalogue
        .iter()
        .filter(|offer| match &source.target {
            Target::Same => offer.sku == source.sku,
            Target::Sku(sku) => offer.sku == *sku,
            Target::Offer(id) => offer.id == *id,
        })
        .collect();
    found.sort_by_key(|offer| (offer.terms.is_empty(), &offer.id));
    found
}
