//! The documented budgets of requests, as sliding windows on virtual time (fact sheet 7).
//!
//! A request that is turned away counts, too. What has no published number is not limited.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Ledger, calendar};

/// A budget: so many units in so many seconds. A unit is a request, but for reads of Graph, which may cost more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) units: usize,
    pub(crate) seconds: i64,
}

/// What a request makes of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent {
    /// How much of the budget is used, this request counted in; 0 where budgets are not kept.
    pub(crate) percent: usize,
    /// Seconds until there is room, where there is none; rounded up, because whoever comes back earlier is turned away again, and that
    /// counts, too.
    pub(crate) wait: Option<u32>,
}

/// Requests of late, by what shares a budget.
#[derive(Debug, Clone, Default)]
pub(crate) struct Budgets(BTreeMap<String, VecDeque<Timestamp>>);

impl Ledger {
    /// Counts a request of `cost` units against the budget that `sharing` names.
    pub(crate) fn spend(&mut self, sharing: String, budget: Budget, cost: usize) -> Spent {
        if !self.rules.readings.budgets {
            return Spent { percent: 0, wait: None };
        }
        let now = self.now;
        let window = SignedDuration::from_secs(budget.seconds);
        let spent = self.budgets.0.entry(sharing).or_default();
        while spent.front().is_some_and(|at| now.duration_since(*at) >= window) {
            spent.pop_front();
        }
        spent.extend(std::iter::repeat_n(now, cost));
        let percent = spent.len() * 100 / budget.units;
        if spent.len() <= budget.units {
            return Spent { percent, wait: None };
        }
        // Room is where all but the newest requests of a full budget have left the window.
        let leaves = spent[spent.len() - budget.units] + window;
        Spent { percent, wait: Some(calendar::wait(now, leaves)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Rules;
    use crate::seed::Seed;

    const TWO_A_MINUTE: Budget = Budget { units: 2, seconds: 60 };

    /// A ledger that keeps budgets, and the half second at which it stands.
    fn ledger() -> (Ledger, Timestamp) {
        let start = "2026-03-02T08:00:00.5Z".parse().unwrap();
        let rules = Rules::usual().with("budgets", "true").unwrap();
        (Ledger::new(Seed::generate(0, 9, start), rules).unwrap(), start)
    }

    #[test]
    fn whoever_waits_exactly_as_long_as_told_is_let_in() {
        let (mut ledger, start) = ledger();
        let ask = |ledger: &mut Ledger| ledger.spend("orders".to_owned(), TWO_A_MINUTE, 1).wait;
        assert_eq!((ask(&mut ledger), ask(&mut ledger)), (None, None));
        // A fraction of a second later, 59 seconds and a fraction are left; the refusal itself takes a place as well.
        ledger.advance_to(start + SignedDuration::from_millis(100)).unwrap();
        let told = ask(&mut ledger).unwrap();
        assert_eq!(told, 60);
        ledger.advance_to(ledger.now() + SignedDuration::from_secs(told.into())).unwrap();
        assert_eq!(ask(&mut ledger), None, "and not turned away once more");
    }
}
