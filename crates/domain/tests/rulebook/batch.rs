//! How many users change licence before somebody looks (rule R109).

use carryover_domain::rules::batch::{self, LARGEST, PILOT, stops};
use proptest::prelude::*;

fn sizes(users: usize) -> Vec<usize> {
    batch::sizes(users, 0).collect()
}

#[test]
fn a_pilot_of_five_and_then_as_many_as_went_well_up_to_a_fifth_or_five_hundred() {
    assert_eq!(sizes(3), [3]);
    assert_eq!(sizes(12), [5, 5, 2]);
    assert_eq!(sizes(60), [5, 5, 10, 12, 12, 12, 4]);
    assert_eq!(sizes(3_000)[..9], [5, 5, 10, 20, 40, 80, 160, 320, 500]);
    assert_eq!(sizes(0), []);
    assert_eq!(batch::sizes(60, 20).collect::<Vec<_>>(), [12, 12, 12, 4], "the pilot was long ago");
}

#[test]
fn a_batch_stops_after_more_failures_than_one_per_cent_or_three() {
    assert!(!stops(0, 5) && stops(1, 5) && stops(1, 99));
    assert!(!stops(1, 100) && stops(2, 199));
    assert!(!stops(3, 500) && stops(4, 500));
}

proptest! {
    #[test]
    fn everybody_has_a_turn_and_no_batch_is_larger_than_the_rule_says(users in 1_usize..20_000) {
        let sizes = sizes(users);
        prop_assert_eq!(sizes.iter().sum::<usize>(), users);
        let mut before = 0;
        for size in sizes {
            prop_assert!(size > 0 && size <= LARGEST && size <= before.max(PILOT));
            prop_assert!(size <= PILOT || size * 5 <= users);
            before += size;
        }
    }
}
