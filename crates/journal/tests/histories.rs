//! Records that were written once must be read for ever; those of the newest form are written with the same bytes.
//!
//! The lines of `histories/` are never edited by hand. A form that grows gets a new file, and the older ones stay.

use carryover_journal::{EVENTS, decode, encode};
use expect_test::expect_file;
use std::collections::BTreeSet;

/// Before an end had witnesses, and lines their provenance.
const FIRST: &str = include_str!("histories/v1.jsonl");
/// Before a first term could have a chosen end, and lines were looked at again after they had closed.
const SECOND: &str = include_str!("histories/v1_2.jsonl");
/// Before it was recorded who asked for a plan, and migrations could be cancelled and labelled.
const THIRD: &str = include_str!("histories/v1_3.jsonl");
/// Before looks after the end told what else was found.
const FOURTH: &str = include_str!("histories/v1_4.jsonl");
/// Before it was recorded when a plan was made, and how old the last look before a purchase was.
const FIFTH: &str = include_str!("histories/v1_5.jsonl");
/// Before users changed licence in batches that are looked at, and what takes a change back was kept; and before
/// successors had companions.
const SIXTH: &str = include_str!("histories/v1_6.jsonl");
/// Before some findings told the values that made them.
const SEVENTH: &str = include_str!("histories/v1_7.jsonl");
/// Before it was recorded who gave a file, and who asked for an assessment.
const EIGHTH: &str = include_str!("histories/v1_8.jsonl");
/// Before a plan said whom an offer is for.
const NINTH: &str = include_str!("histories/v1_9.jsonl");
/// Before it was recorded when lines were assessed, and until when a renewal can be answered.
const TENTH: &str = include_str!("histories/v1_10.jsonl");
/// Before lines could end without a purchase that stands, and a stopped base, free units and a cancelled purchase were told.
const ELEVENTH: &str = include_str!("histories/v1_11.jsonl");
/// Before a purchase could name a reseller.
const TWELFTH: &str = include_str!("histories/v1_12.jsonl");
/// Before users got a second licence in the call that gives them the first.
const THIRTEENTH: &str = include_str!("histories/v1_13.jsonl");
/// Before a customer could be planned by wishes of its own.
const FOURTEENTH: &str = include_str!("histories/v1_14.jsonl");
/// Before users who are late were told from a purchase that is.
const FIFTEENTH: &str = include_str!("histories/v1_15.jsonl");
/// Before an agreement could be settled where no call tells of it.
const SIXTEENTH: &str = include_str!("histories/v1_16.jsonl");
const NEWEST: &str = include_str!("histories/v1_17.jsonl");

/// All but the newest, oldest first.
const OLD: [(&str, &str); 16] = [
    ("v1", FIRST),
    ("v1_2", SECOND),
    ("v1_3", THIRD),
    ("v1_4", FOURTH),
    ("v1_5", FIFTH),
    ("v1_6", SIXTH),
    ("v1_7", SEVENTH),
    ("v1_8", EIGHTH),
    ("v1_9", NINTH),
    ("v1_10", TENTH),
    ("v1_11", ELEVENTH),
    ("v1_12", TWELFTH),
    ("v1_13", THIRTEENTH),
    ("v1_14", FOURTEENTH),
    ("v1_15", FIFTEENTH),
    ("v1_16", SIXTEENTH),
];

/// Every record of `history`, read and written again.
fn rewritten(history: &str) -> String {
    let again = |(number, line): (usize, &str)| {
        let event = decode(line).unwrap_or_else(|error| panic!("line {number}: {error}"));
        let line = encode(&event);
        assert_eq!(
            decode(&line).expect("what was written"),
            event,
            "line {number} means something else when rewritten"
        );
        line + "\n"
    };
    (1..).zip(history.lines()).map(again).collect()
}

#[test]
fn every_old_record_is_read_and_means_the_same_in_the_newest_form() {
    for (_, old) in OLD {
        assert_eq!(rewritten(old).lines().count(), old.lines().count());
    }
}

/// What a record has no word for is what it was where nobody told it. A field that is new shows in `meanings.txt` with that value in
/// every record of its kind; where anything else changes there, old logs mean something else than they did.
#[test]
fn every_old_record_means_what_it_meant() {
    let (mut seen, mut meanings) = (BTreeSet::new(), String::new());
    for (name, old) in OLD {
        for (number, line) in (1..).zip(old.lines()).filter(|(_, line)| seen.insert(*line)) {
            let event = decode(line).unwrap_or_else(|error| panic!("{name}, line {number}: {error}"));
            meanings += &format!("{name}:{number} {event:?}\n");
        }
    }
    expect_file!["histories/meanings.txt"].assert_eq(&meanings);
}

#[test]
fn a_day_of_old_is_what_the_file_said_of_the_end() {
    let record = FIRST.lines().next().expect("a record").replace("2027-01-31", "2028-02-29");
    let again = encode(&decode(&record).expect("readable"));
    assert!(again.contains(r#""ends":{"typed":"2028-03-01T00:00:00Z"}"#), "{again}");
}

#[test]
fn every_record_of_the_newest_form_is_written_with_the_same_bytes() {
    expect_file!["histories/v1_17.jsonl"].assert_eq(&rewritten(NEWEST));
}

#[test]
fn no_two_records_mean_the_same() {
    let lines: BTreeSet<&str> = NEWEST.lines().collect();
    assert_eq!(lines.len(), NEWEST.lines().count());
}

#[test]
fn the_histories_hold_every_event() {
    let missing: Vec<_> =
        EVENTS.iter().filter(|name| !NEWEST.contains(&format!(r#"{{"version":1,"event":"{name}","#))).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}
