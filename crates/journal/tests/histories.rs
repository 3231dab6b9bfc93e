//! Records that were written once must be read for ever, and be written the same way while their format is the newest.
//!
//! The lines of `histories/v1.jsonl` are never edited; new ones are added when the format grows.

use carryover_journal::{EVENTS, decode, encode};
use std::collections::BTreeSet;

const V1: &str = include_str!("histories/v1.jsonl");

#[test]
fn every_old_record_is_read_and_would_be_written_with_the_same_bytes() {
    for (number, line) in (1..).zip(V1.lines()) {
        let event = decode(line).unwrap_or_else(|error| panic!("line {number}: {error}"));
        assert_eq!(encode(&event), line, "line {number}");
    }
}

#[test]
fn no_two_old_records_mean_the_same() {
    let lines: BTreeSet<&str> = V1.lines().collect();
    assert_eq!(lines.len(), V1.lines().count());
}

#[test]
fn the_histories_hold_every_event() {
    let missing: Vec<_> =
        EVENTS.iter().filter(|name| !V1.contains(&format!(r#"{{"version":1,"event":"{name}","#))).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}
