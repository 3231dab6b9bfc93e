//! Whom the calls of a trial were made for: customers of whom nothing moved take calls, too, and no floor of a move counts these.
//! Counts; decides nothing.

use carryover_domain::ids::MigrationId;
use std::collections::BTreeSet;

/// The calls of each moment of a trial, with whoever was due then.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    moments: Vec<(BTreeSet<MigrationId>, u64)>,
    counted: u64,
}

impl Spent {
    /// All `calls` so far that were not counted before were made for whoever was `due`.
    pub(crate) fn count(&mut self, due: BTreeSet<MigrationId>, calls: u64) {
        self.moments.push((due, calls.saturating_sub(self.counted)));
        self.counted = calls;
    }

    /// Calls of moments at which nobody was due but some of `these`. What others shared with them counts as theirs.
    pub(crate) fn for_nobody_but(&self, these: &BTreeSet<MigrationId>) -> u64 {
        let alone = |due: &BTreeSet<MigrationId>| !due.is_empty() && due.is_subset(these);
        self.moments.iter().filter(|(due, _)| alone(due)).map(|(_, calls)| calls).sum()
    }
}

/// How many times `floor` are `calls`, with two decimals, rounded up; none where there is no floor.
pub(crate) fn times(calls: u64, floor: u64) -> Option<String> {
    let hundredths = calls.saturating_mul(100).div_ceil(Some(floor).filter(|floor| *floor > 0)?);
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use carryover_domain::ids::TenantId;
    use uuid::Uuid;

    fn customers(which: &[u128]) -> BTreeSet<MigrationId> {
        which.iter().map(|n| MigrationId::of(TenantId::new(Uuid::from_u128(*n)))).collect()
    }

    #[test]
    fn calls_that_somebody_who_moved_had_a_part_in_are_not_left_out() {
        let mut spent = Spent::default();
        spent.count(customers(&[]), 10);
        spent.count(customers(&[1, 2]), 15);
        spent.count(customers(&[2]), 18);
        spent.count(customers(&[2, 3]), 25);
        spent.count(customers(&[1]), 30);
        assert_eq!(spent.for_nobody_but(&customers(&[2])), 3);
        assert_eq!(spent.for_nobody_but(&customers(&[2, 3])), 10);
        assert_eq!(spent.for_nobody_but(&customers(&[])), 0);
    }

    #[test]
    fn a_ratio_is_never_told_smaller_than_it_is() {
        assert_eq!(times(1030, 897).as_deref(), Some("1.15"));
        assert_eq!(times(1149, 1000).as_deref(), Some("1.15"));
        assert_eq!(times(1000, 1000).as_deref(), Some("1.00"));
        assert_eq!(times(5, 0), None);
    }
}
