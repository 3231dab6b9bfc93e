//! Whole logs that were written at work are replayed for ever: their digests hold, every event fits where it stands, and each line comes
//! to stand where it stood, with the same report.
//!
//! The logs in `histories/logs/` were written by trials and are never edited: a line for each event, with when it was recorded, the
//! digest that it carries, and its record. What a log came to stands beside it. A field that is new shows there, with what it is where
//! nobody told it; whatever else changes there is what an old customer would lose.

use carryover_domain::policy::Policy;
use carryover_domain::report::{LineReport, report};
use carryover_domain::{Event, Migration, replay};
use carryover_journal::chain::{Digest, Link, Walk};
use carryover_journal::decode;
use expect_test::expect_file;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Each with how many events it has.
const LOGS: [(&str, &str, u64); 3] = [
    ("closed", include_str!("histories/logs/closed.log"), 20),
    ("swapped", include_str!("histories/logs/swapped.log"), 75),
    ("doubted", include_str!("histories/logs/doubted.log"), 113),
];

/// An event of a log, and when it was recorded.
type Recorded = (Timestamp, Event);

/// The events of `log`, whose digests hold, and its digest.
fn read(log: &str) -> (Vec<Recorded>, Digest) {
    let mut events: Vec<Recorded> = Vec::new();
    let mut walk: Option<Walk> = None;
    for (number, line) in (1..).zip(log.lines()) {
        let [at, before, record] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else { panic!("line {number}") };
        let (at, event) = (at.parse().expect("an instant"), decode(record).expect("a record"));
        let migration = || replay([&event]).expect("it begins with an import").id;
        let walk = walk.get_or_insert_with(|| Walk::begin(migration()));
        assert_eq!(walk.digest().to_string(), before, "line {number}");
        walk.step(Link { number, at, record, before: walk.digest() }).expect("the next one");
        events.push((at, event));
    }
    (events, walk.expect("a log").digest())
}

fn migration(events: &[Recorded]) -> Migration {
    replay(events.iter().map(|(_, event)| event)).expect("it begins with an import")
}

/// Where everything stands at the end of `events`, by the rule book's settings; sentences aside, which are worded anew now and then.
fn came_to(events: &[Recorded], digest: Digest) -> String {
    let (migration, policy) = (migration(events), Policy::rule_book());
    let now = events.last().expect("a log").0;
    let mut text = format!("{} events, digest {digest}\n", events.len());
    for (id, line) in &migration.lines {
        writeln!(text, "\nline {id}: {:#?}", line.stage).expect("text");
        writeln!(text, "purchases {:#?}\nswapped {:#?}", line.purchases, line.swapped).expect("text");
    }
    let report = report(&migration, events.iter().map(|(at, event)| (*at, event)), &policy, now);
    for line in report.lines {
        writeln!(text, "\n{:#?}", LineReport { says: String::new(), ..line }).expect("text");
    }
    text
}

#[test]
fn every_event_of_an_old_log_fits_and_its_lines_stand_where_they_stood() {
    for (name, log, count) in LOGS {
        let (events, digest) = read(log);
        assert_eq!(events.len() as u64, count, "{name}");
        assert_eq!(migration(&events).misfits, 0, "{name}");
        expect_file![format!("histories/logs/{name}.txt")].assert_eq(&came_to(&events, digest));
    }
}

#[test]
fn the_logs_tell_of_all_that_money_hangs_upon() {
    let names: BTreeSet<&str> =
        LOGS.iter().flat_map(|(_, log, _)| read(log).0).map(|(_, event)| event.name()).collect();
    for name in [
        "imported",
        "assessed",
        "plan_proposed",
        "plan_approved",
        "window_opened",
        "cart_recorded",
        "cart_gone",
        "cart_written_off",
        "purchase_confirmed",
        "cover_confirmed",
        "user_swapped",
        "end_checked",
        "source_released",
        "source_ended",
        "put_off",
    ] {
        assert!(names.contains(name), "{name} is in none: {names:?}");
    }
}
