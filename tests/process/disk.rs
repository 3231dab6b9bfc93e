//! A disk that has lost or changed something under the database: it is said in one sentence, and what is left is whole.

use crate::harness::{Dice, Emulator, Process, Said, Workplace, assert_says, items, number, word};
use crate::journey::Journey;
use crate::portfolio::csv;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Bits that are changed, each in a copy of its own.
const FLIPS: usize = 60;

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

/// What a log has lost cannot be brought back, but it is told of before anything is done, until somebody says that it is to go on
/// without; what is left is whole commits.
#[test]
fn a_log_that_was_cut_off_is_told_of_and_what_is_left_is_whole_commits() {
    let workplace = killed();
    let [database, log, mark] = ["", "-wal", ".mark"].map(|ending| workplace.bytes(&format!("carryover.db{ending}")));
    let mut dice = Dice::new(7);
    let mut missed = 0;
    for _ in 0..12 {
        let cut = dice.below(log.len() as u64) as usize;
        put(&workplace, &database, &log[..cut]);
        workplace.write("carryover.db.mark", &mark);
        let said = workplace.run(&["status", "--format", "json"]);
        if said.code == Some(1) {
            missed += 1;
            let sentence = said.refuses(1);
            assert_says(
                &sentence,
                &["event 8 had been confirmed", "is lost", "cut off", "delete", "carryover.db.mark"],
            );
            workplace.run(&["import", "portfolio.csv"]).refuses(1);
            assert_eq!(workplace.bytes("carryover.db-wal"), log[..cut], "it is left as it is");
            std::fs::remove_file(workplace.path("carryover.db.mark")).expect("somebody does without");
            let left = seen(workplace.run(&["status", "--format", "json"]));
            assert!(left.is_some_and(|(customers, lines)| customers < 8 && lines < 13), "cut at {cut}: {left:?}");
            workplace.run(&["verify"]).ends(0);
            let sentence = workplace.run(&["verify", "--against", "sealed.json"]).refuses(1);
            assert_says(&sentence, &["earlier"]);
            workplace.run(&["import", "portfolio.csv"]).ends(0);
        } else {
            workplace.run(&["verify", "--against", "sealed.json"]).ends(0);
        }
        assert_eq!(seen(workplace.run(&["status", "--format", "json"])), Some((8, 13)));
    }
    assert!(missed >= 3, "{missed} cuts took anything away");
}

/// Everything that `status` tells of whom it can tell of.
fn told(workplace: &Workplace) -> (Said, Value) {
    let said = workplace.run(&["status", "--format", "json"]);
    let told = said.json();
    (said, told)
}

/// Wherever the bit is, in a database of approved plans and their alarms: somebody says so, in a sentence that names the customer or the
/// file, or nothing is different. Nobody is ever told anything else than what was recorded, nor is it carried out.
#[test]
fn a_flipped_bit_is_said_or_makes_no_difference() {
    let journey = Journey::begin(&[]);
    let workplace = &journey.workplace;
    journey.work();
    let [database, mark] = ["carryover.db", "carryover.db.mark"].map(|name| workplace.bytes(name));
    let (_, expected) = told(workplace);
    let customers = items(&expected["customers"]);
    let writes = journey.emulator.writes();
    workplace.write("sealed.json", workplace.json(&["verify"], 0).to_string());
    let names: Vec<String> = items(&workplace.json(&["verify"], 0)["logs"])
        .iter()
        .map(|log| word(&log["migration_id"]).to_owned())
        .chain(customers.iter().map(|customer| word(&customer["domain"]).to_owned()))
        .chain(["carryover.db".to_owned(), "the database".to_owned()])
        .collect();
    let names_somebody = |sentence: &str| names.iter().any(|name| sentence.contains(name.as_str()));
    // Half of them anywhere, and half where something is.
    let filled: Vec<usize> = (0..database.len()).filter(|at| database[*at] != 0).collect();
    let mut dice = Dice::new(9);
    let (mut said, mut healed) = (0, 0);
    for flip in 0..FLIPS {
        let at = match flip % 2 {
            0 => dice.below(database.len() as u64) as usize,
            _ => filled[dice.below(filled.len() as u64) as usize],
        };
        let bit = [0x01, 0x40, 0x80][flip % 3];
        let mut flipped = database.clone();
        flipped[at] ^= bit;
        put(workplace, &flipped, &[]);
        workplace.write("carryover.db.mark", &mark);
        let whose = format!("bit {bit:#x} of byte {at}");

        let verified = workplace.run(&["verify", "--against", "sealed.json"]);
        let is_noticed = verified.code != Some(0);
        if is_noticed {
            said += 1;
            let sentence = verified.refuses(1);
            assert!(names_somebody(&sentence), "{whose}: {sentence}");
        }
        let worked = workplace.run(&["run", "--until-idle", "--format", "json"]);
        assert!(!worked.err.contains("panicked"), "{whose}: {worked:?}");
        if worked.code == Some(1) {
            assert!(is_noticed && names_somebody(&worked.err), "{whose}: {worked:?}");
        } else {
            healed += u32::from(is_noticed);
        }
        let seen = workplace.run(&["status", "--format", "json"]);
        assert!(matches!(seen.code, Some(0 | 1 | 3)), "{whose}: {seen:?}");
        let shown = seen.json();
        if let Some(shown) = shown["customers"].as_array() {
            assert!(shown.iter().all(|customer| customers.contains(customer)), "{whose}: {shown:?}");
            let is_whole = shown.len() == customers.len();
            assert!(is_whole || (seen.code == Some(1) && names_somebody(&seen.err)), "{whose}: {seen:?}");
        } else {
            assert!(names_somebody(&seen.refuses(1)), "{whose}");
        }
    }
    assert_eq!(journey.emulator.writes(), writes, "nothing was sent upon it");
    println!("{said} of {FLIPS} flipped bits were noticed, {healed} of them did no harm to the work");
    assert!(said as usize >= FLIPS / 5, "only {said} of {FLIPS} flipped bits were noticed");
}
