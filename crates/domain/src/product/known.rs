//! Catalogue items whose licence is known beforehand, each with how sure that is. Hints: the catalogue is the truth, and
//! what is joined on is the licence (rules R91, R140).

use super::rows::rows;
use crate::ids::SkuId;
use crate::offer::OfferId;
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// New-commerce items and Entra licences of common offers (rule R140): 45 rows.
static TABLE: LazyLock<Vec<KnownOffer>> = LazyLock::new(|| read(include_str!("../../data/nce-known-ids.csv")));

/// A catalogue item and the licence that it is said to provision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOffer {
    /// The catalogue item.
    pub offer: OfferId,
    /// Its title; for people.
    pub title: &'static str,
    /// The licence.
    pub sku: SkuId,
    /// The licence's short name; for people.
    pub part_number: &'static str,
    /// Whom it is sold to, such as `commercial`.
    pub segment: &'static str,
    /// How sure the pair is.
    pub confidence: Confidence,
    /// What a seat has cost for a year in US dollars. An example, never a price.
    pub example_usd_per_year: Option<Decimal>,
    /// Most seats in one tenant; none where there is no limit (rule R77).
    pub seats_max: Option<u32>,
}

/// How sure a pair of item and licence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Seen in a reply of the catalogue.
    Verified,
    /// Said by several.
    Likely,
    /// Plausible.
    Unverified,
}

impl Confidence {
    fn of_word(word: &str) -> Option<Self> {
        match word {
            "verified" => Some(Self::Verified),
            "likely" => Some(Self::Likely),
            "unverified" => Some(Self::Unverified),
            _ => None,
        }
    }
}

fn read(text: &'static str) -> Vec<KnownOffer> {
    rows(text)
        .filter_map(|[product, item, title, part_number, sku, _name, segment, confidence, price, seats]| {
            Some(KnownOffer {
                offer: format!("{product}:{item}").parse().ok()?,
                title,
                sku: sku.parse().ok()?,
                part_number,
                segment,
                confidence: Confidence::of_word(confidence)?,
                example_usd_per_year: optional(price)?,
                seats_max: optional(seats)?,
            })
        })
        .collect()
}

/// Nothing for an empty cell; none where it holds something that is no such value.
fn optional<T: std::str::FromStr>(cell: &str) -> Option<Option<T>> {
    if cell.is_empty() { Some(None) } else { cell.parse().ok().map(Some) }
}

/// Every known item.
pub fn offers() -> &'static [KnownOffer] {
    &TABLE
}

/// What is known of a catalogue item.
pub fn by_offer(offer: &OfferId) -> Option<&'static KnownOffer> {
    TABLE.iter().find(|known| known.offer == *offer)
}

/// The items that are said to provision `sku`.
pub fn by_sku(sku: SkuId) -> impl Iterator<Item = &'static KnownOffer> {
    TABLE.iter().filter(move |known| known.sku == sku)
}
