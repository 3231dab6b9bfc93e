//! A disk that has lost or changed something under the database: it is said in one sentence, and what is left is whole.

use crate::harness::{Dice, Emulator, Process, Said, Workplace, assert_says, number};
use crate::portfolio::csv;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Bytes that are changed, each in a copy of its own.
const FLIPS: usize = 40;

/// A database of which all that was imported is in the write-ahead log alone, as it is left by a process that is killed, and
/// `sealed.json`, what `verify` said of it.
fn killed() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    let emulator = Emulator::strict(&workplace, &workplace.path("portfolio.csv"), &[]);
    emulator.configure(&workplace);
    workplace.make_database();
    // Whoever closes a database last empties the log into it, so somebody holds it open and is then killed.
    let mut command = workplace.command(&["run"]);
    let mut worker = Process(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the work starts"));
    let mut line = String::new();
    let mut stderr = BufReader::new(worker.0.stderr.take().expect("its stderr"));
    stderr.read_line(&mut line).expect("it says that it works");
    assert_says(&line, &["working"]);
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace.write("sealed.json", workplace.json(&["verify"], 0).to_string());
    drop(worker);
    // Whose clock it was is gone, too.
    std::fs::remove_file(workplace.path("carryover.toml")).expect("it was written above");
    workplace
}

/// Puts `database` and `log` in place, and takes the index of the log away, which is made anew.
fn put(workplace: &Workplace, database: &[u8], log: &[u8]) {
    workplace.write("carryover.db", database);
    workplace.write("carryover.db-wal", log);
    let _absent = std::fs::remove_file(workplace.path("carryover.db-shm"));
}

/// How many customers and lines there are, as `status` sees it; none where it ends with one clear sentence.
#[track_caller]
fn seen(said: Said) -> Option<(u64, u64)> {
    if said.code == Some(1) {
        said.refuses(1);
        return None;
    }
    assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
    let summary = &said.json()["summary"];
    Some((number(&summary["customers"]), number(&summary["lines"])))
}

#[test]
fn what_a_killed_process_has_confirmed_is_read_out_of_its_log() {
    let workplace = killed();
    assert_eq!(seen(workplace.run(&["status", "--format", "json"])), Some((8, 13)));
    workplace.run(&["verify", "--against", "sealed.json"]).ends(0);
}

/// What a log has lost cannot be brought back, but it can be missed; what is left is whole commits, and the work goes on.
#[test]
fn a_log_that_was_cut_off_leaves_whole_commits_and_what_is_gone_is_missed() {
    let workplace = killed();
    let (database, log) = (workplace.bytes("carryover.db"), workplace.bytes("carryover.db-wal"));
    let mut dice = Dice::new(7);
    let mut missed = 0;
    for _ in 0..12 {
        let cut = dice.below(log.len() as u64) as usize;
        put(&workplace, &database, &log[..cut]);
        let left = seen(workplace.run(&["status", "--format", "json"]));
        assert!(left.is_some_and(|(customers, lines)| customers <= 8 && lines <= 13), "cut at {cut}: {left:?}");
        workplace.run(&["verify"]).ends(0);
        if left != Some((8, 13)) {
            missed += 1;
            let sentence = workplace.run(&["verify", "--against", "sealed.json"]).refuses(1);
            assert_says(&sentence, &["earlier"]);
        }
        workplace.run(&["import", "portfolio.csv"]).ends(0);
        assert_eq!(seen(workplace.run(&["status", "--format", "json"])), Some((8, 13)));
    }
    assert!(missed >= 3, "{missed} cuts took anything away");
}

/// Wherever the byte is: either somebody says so, or nothing is different.
#[test]
fn a_flipped_byte_is_said_or_makes_no_difference() {
    let workplace = killed();
    // Opening and closing empties the log into the database.
    assert_eq!(seen(workplace.run(&["status", "--format", "json"])), Some((8, 13)));
    let whole = workplace.bytes("carryover.db");
    // Letters and digits: most of a page is empty.
    let filled: Vec<usize> = (0..whole.len()).filter(|at| whole[*at].is_ascii_alphanumeric()).collect();
    let mut dice = Dice::new(9);
    let mut said = 0;
    for _ in 0..FLIPS {
        let at = filled[dice.below(filled.len() as u64) as usize];
        let mut flipped = whole.clone();
        flipped[at] ^= 0x40;
        put(&workplace, &flipped, &[]);
        let verified = workplace.run(&["verify", "--against", "sealed.json"]);
        if verified.code == Some(0) {
            assert_eq!(seen(workplace.run(&["status", "--format", "json"])), Some((8, 13)), "byte {at}");
        } else {
            said += 1;
            verified.refuses(1);
            // What else is asked of it is answered, or refused in one sentence.
            seen(workplace.run(&["status", "--format", "json"]));
        }
    }
    assert!(said >= FLIPS / 4, "only {said} of {FLIPS} flipped bytes were noticed");
}
