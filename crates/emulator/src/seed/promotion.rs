//! Promotions that run in the world of a seed (fact sheet 12.6).
//!
//! Plain data: who may have one is decided by the ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Billing, Term};
use crate::ids::SkuId;

/// A price cut for one product, one term and a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPromotion {
    /// Its id, in three parts as real ones: `39NFJQT1X27P:0001:39NFJQT1Q5KL`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The product, which must be on sale.
    pub sku_id: SkuId,
    /// The length of term that it is for.
    pub term: Term,
    /// The billing that it is for; absent takes any.
    #[serde(default)]
    pub billing: Option<Billing>,
    /// Per cent off the list price of the first term, 1 to 100.
    pub percent_off: u8,
    /// When it begins.
    pub starts: Timestamp,
    /// When it is over.
    pub ends: Timestamp,
    /// Fewest seats of a line.
    #[serde(default = "one")]
    pub min_seats: u32,
    /// Most seats of the product with this promotion at one customer; absent means any number.
    #[serde(default)]
    pub max_seats: Option<u32>,
    /// Only for who never had the product from us.
    #[serde(default)]
    pub new_only: bool,
    /// Whether it is applied without being named.
    #[serde(default)]
    pub applies_itself: bool,
}

fn one() -> u32 {
    1
}
