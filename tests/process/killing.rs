//! Kills the program, again and again and at any moment, and asks the emulated Microsoft what came of it: the same as
//! when nobody kills it.

use crate::harness::{Dice, Process, number};
use crate::journey::Journey;
use serde_json::Value;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

/// Requests after which to kill, at most.
const REQUESTS: u64 = 12;
/// Half of the kills that wait for writes strike at once, before the program's first line; others after fewer writes than this.
const WRITES: u64 = 4;
/// Kills that came too late, after which the work of the moment is taken to be done.
const MISSES_MAX: u32 = 4;
/// Users after whose change to kill, at most.
const USERS: u64 = 5;

/// Kills what is at work, and counts.
struct Killer {
    dice: Dice,
    /// Kills at one moment of virtual time, after which the work is let through: a run must come to an end.
    at_one_moment: usize,
    hits: u32,
}

impl Killer {
    /// Work that is killed some times before it is let through.
    fn disturb(&mut self, journey: &Journey) -> Value {
        let mut misses = 0;
        for _ in 0..self.at_one_moment {
            misses += u32::from(!self.strike(journey));
            if misses == MISSES_MAX {
                break;
            }
        }
        journey.work()
    }

    /// Starts the work, kills it, and answers whether it was still alive by then.
    fn strike(&mut self, journey: &Journey) -> bool {
        let emulator = &journey.emulator;
        let mut command = journey.workplace.command(&["run", "--until-idle"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the work starts");
        let mut process = Process(child);
        let Self { dice, .. } = self;
        match dice.below(4) {
            0 => wait_for(&mut process, dice.below(WRITES).saturating_sub(1), || emulator.writes()),
            1 => wait_for(&mut process, 1 + dice.below(REQUESTS), || emulator.calls()),
            // The worst moment: money has moved, and the program may not have written it down.
            2 => wait_for(&mut process, 1, || number(&emulator.books()["purchases"])),
            _ => wait_for(&mut process, 1 + dice.below(USERS), || number(&emulator.books()["licence_calls"])),
        }
        process.0.kill().expect("it is ours");
        let hit = process.0.wait().expect("it is over").signal() == Some(9);
        self.hits += u32::from(hit);
        hit
    }
}

/// Until what is counted has grown by so much, or the process is over.
fn wait_for(process: &mut Process, more: u64, count: impl Fn() -> u64) {
    let wanted = count() + more;
    while process.0.try_wait().expect("it is ours").is_none() && count() < wanted {}
}

/// Kills at least `hits_min` times on the way, and answers how often.
#[track_caller]
fn check(seed: u64, at_one_moment: usize, trouble: &[&str], hits_min: u32) -> u32 {
    let mut journey = Journey::begin(trouble);
    let mut killer = Killer { dice: Dice::new(seed), at_one_moment, hits: 0 };
    journey.finish(|journey| killer.disturb(journey));
    assert!(killer.hits >= hits_min, "only {} kills hit a living process", killer.hits);
    journey.assert_promises_kept();
    killer.hits
}

#[test]
fn killed_again_and_again_it_ends_as_if_nobody_had() {
    println!("{} kills hit a living process", check(1, 16, &[], 20));
}

#[test]
fn killed_on_a_bad_line_it_ends_as_if_all_had_been_well() {
    let trouble = ["--faults", "rough", "--seed", "2"];
    println!("{} kills hit a living process", check(2, 4, &trouble, 10));
}
