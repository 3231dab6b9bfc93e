//! Nothing is lost on the way into a record and back.

use carryover_journal::{decode, encode};
use carryover_testkit::strategies;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_encoded_decodes_to_the_same_event(event in strategies::event()) {
        prop_assert_eq!(decode(&encode(&event)), Ok(event));
    }

    #[test]
    fn a_record_is_one_line_and_its_bytes_are_stable(event in strategies::event()) {
        let record = encode(&event);
        prop_assert!(!record.contains(['\n', '\r']));
        let again = decode(&record).map(|event| encode(&event));
        prop_assert_eq!(again, Ok(record));
    }

    #[test]
    fn a_record_that_was_cut_off_is_refused(event in strategies::event(), part in 0.0..1.0) {
        let record = encode(&event);
        let end = record.floor_char_boundary((record.len() as f64 * part) as usize);
        prop_assert!(decode(&record[..end]).is_err());
    }
}
