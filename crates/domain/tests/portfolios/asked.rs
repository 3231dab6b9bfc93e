//! What people are asked is the same wherever one looks.

use carryover_domain::assess::Outlook;
use carryover_domain::forecast::{ActBy, Forecast, Prospect};
use carryover_domain::ids::{IntentId, PlanId};
use carryover_domain::migration::action::action_items;
use carryover_domain::plan::{proposed, verdicts};
use carryover_domain::time::later;
use carryover_domain::{Command, Input, Migration, Moment, decide, evolve};
use carryover_testkit::strategies::{Situation, situation};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What `command` makes of `migration` at `now`.
fn after(migration: Migration, input: Input, situation: &Situation, now: Timestamp) -> Migration {
    let at = Moment { now, fresh: IntentId::new(Uuid::from_u128(7)) };
    let events = decide(&migration, input, at, &situation.policy).expect("it fits");
    events.iter().fold(migration, evolve)
}

/// The migration once it was assessed and planned at `now`, and what was foreseen with that.
fn surveyed(migration: Migration, situation: &Situation, now: Timestamp, id: u128) -> (Migration, Vec<ActBy>) {
    let outlook = Outlook::of(&migration, &situation.facts, &situation.policy, now);
    let verdicts = verdicts(&outlook);
    let foreseen = Forecast::of([Prospect::judged(&outlook, &verdicts)], [], &situation.policy, now).actions;
    let survey = Command::Survey {
        standing: situation.facts.standing.value.clone(),
        findings: verdicts.iter().map(|(id, verdict)| (*id, verdict.findings().to_vec())).collect(),
        plan: proposed(&migration, &verdicts, PlanId::new(Uuid::from_u128(id))).ok(),
        by: "mia".to_owned(),
    };
    (after(migration, Input::Command(survey), situation, now), foreseen)
}

/// Whether all that waits for a person at `now` is in `foreseen`, by the same day, and nothing twice.
fn all_are_in(
    foreseen: &[ActBy],
    migration: &Migration,
    situation: &Situation,
    now: Timestamp,
) -> Result<(), TestCaseError> {
    none_is_asked_twice(foreseen)?;
    for item in action_items(migration, &situation.policy, now) {
        let told = |act: &ActBy| (act.line, act.code, act.due) == (item.line, item.action.code(), item.due);
        prop_assert!(foreseen.iter().any(told), "{item:?} is not in {foreseen:?}");
    }
    Ok(())
}

/// Whether nothing in `foreseen` is asked twice: once of each line, and once of the customer.
fn none_is_asked_twice(foreseen: &[ActBy]) -> Result<(), TestCaseError> {
    let mut asked = BTreeSet::new();
    for act in foreseen {
        prop_assert!(asked.insert((act.line, act.code)), "{act:?} is asked twice in {foreseen:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_status_asks_today_is_in_what_the_forecast_asks(situation in situation(), days in prop::collection::vec(0_i64..90, 1..4)) {
        let (migration, foreseen) = surveyed(situation.migration(), &situation, situation.now, 1);
        all_are_in(&foreseen, &migration, &situation, situation.now)?;
        let mut migration = migration;
        if let Some(plan) = migration.plan.as_ref().map(|plan| plan.id) {
            let approve = Command::Approve { plan, by: "ana".to_owned() };
            migration = after(migration, Input::Command(approve), &situation, situation.now);
        }
        let mut now = situation.now;
        for (n, days) in (2_u128..).zip(days) {
            now = later(now, SignedDuration::from_hours(24 * days));
            migration = after(migration, Input::Tick, &situation, now);
            if let Some(recorded) = Prospect::recorded(&migration, &situation.policy, now) {
                let recorded = Forecast::of([recorded], [], &situation.policy, now).actions;
                all_are_in(&recorded, &migration, &situation, now)?;
            }
            let (again, foreseen) = surveyed(migration, &situation, now, n);
            all_are_in(&foreseen, &again, &situation, now)?;
            migration = again;
        }
    }
}
