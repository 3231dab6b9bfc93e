//! The documented budgets of requests, as sliding windows on virtual time (fact sheet 7).
//!
//! A request that is turned away counts, too. What has no published number is not limited.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::Ledger;

/// A budget: so many units in so many seconds. A unit is a request, but for reads of Graph, which may cost more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) units: usize,
    pub(crate) seconds: i64,
}

/// Requests of late, by what shares a budget.
#[derive(Debug, Clone, Default)]
pub(crate) struct Budgets(BTreeMap<String, VecDeque<Timestamp>>);

impl Ledger {
    /// Counts a request of `cost` units against the budget that `sharing` names. `Err` holds the seconds until there is room.
    pub(crate) fn spend(&mut self, sharing: String, budget: Budget, cost: usize) -> Result<(), u32> {
        if !self.rules.readings.budgets {
            return Ok(());
        }
        let now = self.now;
        let window = SignedDuration::from_secs(budget.seconds);
        let spent = self.budgets.0.entry(sharing).or_default();
        while spent.front().is_some_and(|at| now.duration_since(*at) >= window) {
            spent.pop_front();
        }
        spent.extend(std::iter::repeat_n(now, cost));
        if spent.len() <= budget.units {
            return Ok(());
        }
        // Room is where all but the newest requests of a full budget have left the window.
        let leaves = spent[spent.len() - budget.units] + window;
        let wait = u32::try_from(leaves.duration_since(now).as_secs()).unwrap_or(0);
        Err(wait.max(1))
    }
}
