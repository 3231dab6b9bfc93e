//! The real path, command by command: import, doctor, assess, plan, approve, run, and people who do what they are asked.

use crate::harness::{items, word};
use crate::journey::Journey;
use crate::portfolio::{BLOCKED, BOUGHT};

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
