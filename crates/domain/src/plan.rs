//! The plan: what will be done for each line, leaving execution no meaningful choice.

use crate::ids::{LineId, PlanId, SkuId};
use crate::offer::OfferId;
use crate::time::{Billing, End, Term};
use crate::value::{Money, Seats};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What will be done for one customer. Immutable; a newer one takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The plan that it was made to replace.
    pub parent: Option<PlanId>,
    /// What will be done, per line. Lines that are blocked are not in it.
    pub lines: BTreeMap<LineId, LinePlan>,
}

/// What will be done for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePlan {
    /// How cover is obtained.
    pub route: Route,
    /// What is bought.
    pub offer: OfferId,
    /// The licence that it provisions.
    pub sku: SkuId,
    /// How many seats.
    pub seats: Seats,
    /// Committed term.
    pub term: Term,
    /// Billing frequency.
    pub billing: Billing,
    /// The most that one seat may cost for one term; none where no price was known when the plan was approved.
    pub price_ceiling: Option<Money>,
    /// The UTC day on which the destination starts.
    pub day: Date,
    /// The purchase happens at this instant or later.
    pub opens: Timestamp,
    /// The end of the source.
    pub ends: End,
    /// What happens to the users' licences.
    pub reassign: Reassign,
    /// Days that are paid twice.
    pub overlap_days: u32,
    /// What they cost, where a price is known. An estimate until the order gives the price.
    pub overlap_cost: Option<Money>,
}

/// How cover is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Buy again, as late as is safe before the end of the source.
    BuyAtEnd,
    /// Buy again at once.
    BuyNow,
}

/// What happens to the users' licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reassign {
    /// Same licence: nobody is touched (rule R92).
    Nothing,
    /// Another licence: each user is swapped.
    SwapEachUser,
}
