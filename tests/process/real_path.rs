//! The real path, command by command: import, doctor, assess, plan, approve, run, and people who do what they are asked.

use crate::harness::{Emulator, items, word};
use crate::journey::Journey;
use crate::portfolio::{BLOCKED, BOUGHT};
use std::collections::BTreeSet;

#[test]
fn a_portfolio_arrives_with_nothing_bought_twice_and_nobody_without_a_licence() {
    let mut journey = Journey::begin(&[]);
    journey.finish(Journey::work);
    journey.assert_promises_kept();
    let status = journey.workplace.status();
    let stages: Vec<&str> = items(&status["customers"])
        .iter()
        .flat_map(|customer| items(&customer["lines"]))
        .map(|line| word(&line["stage"]))
        .collect();
    assert_eq!(stages.iter().filter(|stage| **stage == "closed").count() as u64, BOUGHT, "{stages:?}");
    assert_eq!(stages.iter().filter(|stage| **stage == "blocked").count() as u64, BLOCKED, "{stages:?}");
    let codes: Vec<&str> = items(&status["actions"]).iter().map(|action| word(&action["code"])).collect();
    assert_eq!(codes, ["CUSTOMER_IN_OTHER_REGION"]);
}

/// Purchases that were made and whose answer was lost, among the latest requests.
fn lost_purchases(emulator: &Emulator) -> Vec<String> {
    let log = emulator.get("/emulator/log");
    let lost = items(&log).iter().filter(|entry| word(&entry["path"]).ends_with("/checkout") && entry["status"] == 504);
    lost.map(|entry| word(&entry["path"]).to_owned()).collect()
}

#[test]
fn a_purchase_whose_answer_is_lost_is_found_and_not_made_again() {
    let mut lost = BTreeSet::new();
    for seed in ["1", "2"] {
        let mut journey = Journey::begin(&["--faults", "rough", "--seed", seed]);
        journey.finish(|journey| {
            let done = journey.work();
            lost.extend(lost_purchases(&journey.emulator));
            done
        });
        journey.assert_promises_kept();
    }
    assert!(!lost.is_empty(), "no answer to a purchase was lost: nothing was tried here");
}
