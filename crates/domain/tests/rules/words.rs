//! Words that people read beside a finding.

use carryover_domain::finding::{Finding, Phase};
use carryover_domain::portfolio::Witness;
use carryover_domain::reply::Fault;

#[test]
fn each_phase_has_a_word() {
    assert_eq!([Phase::Plan, Phase::Execute, Phase::End].map(Phase::word), ["plan", "execute", "end"]);
}

#[test]
fn one_day_is_no_days() {
    assert_eq!(Finding::Gap { days: 1 }.to_string(), "users are without service for 1 day");
    assert_eq!(Finding::Gap { days: 2 }.to_string(), "users are without service for 2 days");
}

#[test]
fn a_witness_is_told_by_its_word_and_a_fault_in_its_own_sentence() {
    assert_eq!(Witness::Graph.to_string(), Witness::Graph.word());
    assert_eq!(Fault::new("the line was cut").to_string(), "the line was cut");
}
