//! Plans as functions: what they depend on and what they do not, and that every line gets one verdict.

use carryover_domain::finding::{Action, Finding, FindingKind, Severity};
use carryover_domain::forecast::{Forecast, LineForecast, Prospect, Who};
use carryover_domain::ids::{LineId, PlanId};
use carryover_domain::plan::{Unplannable, Verdict, plan, verdicts};
use carryover_domain::policy::{Credit, Policy};
use carryover_domain::time::utc_day;
use carryover_testkit::strategies::{Situation, portfolio, situation};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn judged(situation: &Situation) -> BTreeMap<LineId, Verdict> {
    situation.look(verdicts)
}

/// What is foretold of `customers`, where our credit leaves so much for all of them.
fn foretold(customers: &[Situation], credit: Option<Credit>) -> Forecast {
    let prospects = customers.iter().map(|customer| customer.look(Prospect::of));
    Forecast::of(prospects, [], &Policy { credit, ..customers[0].policy.clone() }, customers[0].now)
}

fn others(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|finding| finding.kind() != FindingKind::CreditExceeded).cloned().collect()
}

proptest! {
    #[test]
    fn every_line_is_planned_or_blocked_with_a_finding_or_has_nothing_to_do(situation in situation()) {
        let verdicts = judged(&situation);
        let lines: Vec<LineId> = situation.migration().lines.keys().copied().collect();
        prop_assert_eq!(verdicts.keys().copied().collect::<Vec<_>>(), lines);
        for verdict in verdicts.values() {
            let blocks = verdict.findings().iter().any(|one| one.severity() == Severity::Blocks(Action::Plan));
            let settles = verdict.findings().iter().any(|one| one.settles());
            match verdict {
                Verdict::Planned { .. } => prop_assert!(!blocks && !settles, "{:?}", verdict),
                Verdict::Blocked { .. } => prop_assert!(blocks, "{:?}", verdict),
                Verdict::NothingToDo { .. } => prop_assert!(settles && !blocks, "{:?}", verdict),
            }
            // Where nothing has to be bought, nothing that forbids to buy is in the way; only that it is not what was told.
            let buying = |one: &&Finding| {
                one.severity() >= Severity::Blocks(Action::Buy) && one.kind() != FindingKind::StateChanged
            };
            prop_assert!(!settles || !verdict.findings().iter().any(|one| buying(&one)), "{:?}", verdict);
        }
    }

    #[test]
    fn a_plan_is_a_function_of_its_inputs(situation in situation()) {
        prop_assert_eq!(judged(&situation), judged(&situation));
    }

    #[test]
    fn a_plan_does_not_depend_on_the_order_in_which_things_are_told(situation in situation()) {
        let mut other = situation.clone();
        other.lines.reverse();
        other.facts.offers.value.reverse();
        if let Some(tenancy) = &mut other.facts.tenancy {
            tenancy.value.subscriptions.reverse();
        }
        prop_assert_eq!(judged(&situation), judged(&other));
    }

    #[test]
    fn the_plan_holds_just_the_lines_that_are_planned(situation in situation()) {
        let id = PlanId::new(Uuid::from_u128(1));
        let planned: BTreeMap<LineId, _> = judged(&situation)
            .into_iter()
            .filter_map(|(id, verdict)| match verdict {
                Verdict::Planned { plan, .. } => Some((id, *plan)),
                _ => None,
            })
            .collect();
        match plan(&situation.migration(), &situation.facts, &situation.policy, id, situation.now) {
            Ok(made) => prop_assert_eq!(made.lines, planned),
            Err(Unplannable) => prop_assert!(planned.is_empty()),
        }
    }

    #[test]
    fn findings_are_worst_first_and_none_is_told_twice(situation in situation()) {
        for verdict in judged(&situation).values() {
            let weights: Vec<Severity> = verdict.findings().iter().map(|one| one.severity()).collect();
            prop_assert!(weights.is_sorted_by(|one, next| one >= next), "{weights:?}");
            let mut once = verdict.findings().to_vec();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), weights.len(), "{:?}", verdict.findings());
        }
    }

    #[test]
    fn adding_unrelated_customers_changes_nothing_that_is_foretold_of_one(customers in portfolio()) {
        let foretell = |customers: &[Situation]| foretold(customers, None);
        let among = foretell(&customers);
        for customer in &customers {
            let alone = foretell(std::slice::from_ref(customer));
            let its = |who: &Who| who.tenant == customer.customer.tenant;
            let lines: Vec<_> = among.lines.iter().filter(|line| its(&line.who)).cloned().collect();
            prop_assert_eq!(lines, alone.lines);
            let actions: Vec<_> = among.actions.iter().filter(|act| its(&act.who)).cloned().collect();
            prop_assert_eq!(actions, alone.actions);
            let misses: Vec<_> = among.misses.iter().filter(|miss| its(&miss.who)).cloned().collect();
            prop_assert_eq!(misses, alone.misses);
        }
    }

    #[test]
    fn credit_that_customers_share_only_adds_that_it_is_exceeded(
        customers in portfolio(), euros in 0..50_000_u32, paid_after_days in option::of(0..60_u32),
    ) {
        let available = BTreeMap::from([("EUR".parse().expect("a currency"), euros.into())]);
        let seen = utc_day(customers[0].now);
        let bounded = foretold(&customers, Some(Credit { available, seen, paid_after_days }));
        let without = |lines: &[LineForecast]| {
            let told = |line: &LineForecast| LineForecast { findings: others(&line.findings), ..line.clone() };
            lines.iter().map(told).collect::<Vec<_>>()
        };
        prop_assert_eq!(without(&bounded.lines), without(&foretold(&customers, None).lines));
        for line in &bounded.lines {
            let exceeded = line.findings.len() - others(&line.findings).len();
            prop_assert!(exceeded <= 1, "{:?}", line.findings);
        }
    }
}
