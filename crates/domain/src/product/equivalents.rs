//! Which licence can take the place of which other one (rule R140, section H). Only pairs of different licences stand
//! here: the same licence needs no table.
//!
//! The non-profit donation of Business Premium is left out: what it may become depends on a qualification, and no licence
//! of it is known beforehand.

use super::rows::rows;
use crate::ids::SkuId;
use crate::offer::OfferId;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The pairs of section H, with full ids.
static TABLE: LazyLock<Vec<Equivalent>> = LazyLock::new(|| read(include_str!("../../data/equivalents.csv")));

/// A licence and what can take its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Equivalent {
    /// The licence that is left.
    pub source: SkuId,
    /// The licence that takes its place.
    pub target: SkuId,
    /// Licences that must be bought with it, or too much is lost: Teams beside a suite without it (rule R142).
    pub companions: Vec<SkuId>,
    /// The catalogue item that is said to provision the target. A hint; the catalogue is joined on the licence.
    pub offer: Option<OfferId>,
    /// The rule that says so, such as `R140`.
    pub rule: &'static str,
    /// Why, in a few words for people.
    pub note: &'static str,
}

fn read(text: &'static str) -> Vec<Equivalent> {
    rows(text)
        .filter_map(|[source, target, companions, offer, rule, note]| {
            Some(Equivalent {
                source: source.parse().ok()?,
                target: target.parse().ok()?,
                companions: companions.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?,
                offer: if offer.is_empty() { None } else { Some(offer.parse().ok()?) },
                rule,
                note,
            })
        })
        .collect()
}

/// Every pair.
pub fn all() -> &'static [Equivalent] {
    &TABLE
}

/// What must be bought beside `target` where it takes the place of `source` (rule R142).
pub fn beside(source: SkuId, target: SkuId) -> BTreeSet<SkuId> {
    of(source).filter(|row| row.target == target).flat_map(|row| row.companions.iter().copied()).collect()
}

/// What can take the place of `source`, in the order of the table.
pub fn of(source: SkuId) -> impl Iterator<Item = &'static Equivalent> {
    TABLE.iter().filter(move |row| row.source == source)
}
