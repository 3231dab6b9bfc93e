//! What can be bought in CSP, and which of it takes the place of a source.

use crate::ids::SkuId;
use crate::portfolio::{SourceLine, Target};
use crate::time::{Billing, Term};
use crate::value::Money;
use jiff::civil::Date;
use rust_decimal::Decimal;
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

/// Whom an offer is for (rule R83).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Anybody.
    Commercial,
    /// Schools and universities.
    Education,
    /// The government community cloud.
    Government,
    /// Non-profit organisations.
    Nonprofit,
}

impl Segment {
    /// Every segment.
    pub const ALL: [Self; 4] = [Self::Commercial, Self::Education, Self::Government, Self::Nonprofit];
    /// One word for people and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Education => "education",
            Self::Government => "government",
            Self::Nonprofit => "nonprofit",
        }
    }
    /// The segment of that word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|segment| segment.word().eq_ignore_ascii_case(word.trim()))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
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
    /// What one seat costs for one term that is paid at once, where the catalogue says so.
    pub prices: BTreeMap<Term, Money>,
    /// Whom it is for.
    pub segment: Segment,
    /// Existing subscriptions renew, new ones cannot be bought (rule R82).
    pub end_of_sale: bool,
    /// It needs a base in the tenant: any one of these licences (rule R26). Empty when it stands alone.
    pub needs: BTreeSet<SkuId>,
    /// Promotions of it that run and apply themselves (rule R76).
    pub promotions: Vec<Promotion>,
}

/// A lower price for a while (rule R76).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// What the service is asked about it by; none of one that people have told.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub offer: OfferId,
    /// For this term only; another one silently gets the normal price.
    pub term: Term,
    /// For this billing frequency only.
    pub billing: Billing,
    /// Its last day.
    pub until: Date,
    /// What is taken off the price, in per cent, 0 to 100.
    pub off_pct: Decimal,
    /// The fewest seats of an order, at least 1.
    pub seats_min: u32,
    /// The most seats that it takes, those of all partners and of web direct counted; none without a bound.
    pub seats_max: Option<u32>,
}

impl Offer {
    /// A commercial offer that is known and not for sale: the least that a catalogue can say.
    pub fn least(id: OfferId, sku: SkuId) -> Self {
        Self {
            title: id.to_string(),
            id,
            sku,
            seats_min: 1,
            seats_max: u32::MAX,
            terms: BTreeMap::new(),
            prices: BTreeMap::new(),
            segment: Segment::Commercial,
            end_of_sale: false,
            needs: BTreeSet::new(),
            promotions: Vec::new(),
        }
    }
}

/// The offers that `source` may become, in the order of `catalogue`.
pub(crate) fn fitting<'a>(source: &SourceLine, catalogue: &'a [Offer]) -> impl Iterator<Item = &'a Offer> {
    catalogue.iter().filter(|offer| match &source.target {
        Target::Same => offer.sku == source.sku,
        Target::Sku(sku) => offer.sku == *sku,
        Target::Offer(id) => offer.id == *id,
    })
}

/// The offers that `source` may become, best first; empty when nothing in `catalogue` fits.
///
/// Same SKU or the wanted one, joined on `provisioningId` only: names lie (rules R91, R140).
pub fn matching<'a>(source: &SourceLine, catalogue: &'a [Offer]) -> Vec<&'a Offer> {
    let mut found: Vec<&Offer> = fitting(source, catalogue).collect();
    found.sort_by_key(|offer| (offer.terms.is_empty(), &offer.id));
    found
}
