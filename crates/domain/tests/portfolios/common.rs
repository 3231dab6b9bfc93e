//! What the properties look at.

use carryover_domain::facts::{HeldStatus, HeldSubscription};
use carryover_domain::plan::{LinePlan, Verdict, verdicts};
use carryover_domain::portfolio::SourceLine;
use carryover_testkit::strategies::Situation;

/// The planned lines of a situation.
pub(super) fn planned(situation: &Situation) -> Vec<(SourceLine, LinePlan)> {
    let verdicts = situation.look(verdicts);
    let plan = |line: &SourceLine| match verdicts.get(&line.id) {
        Some(Verdict::Planned { plan, .. }) => Some((line.clone(), (**plan).clone())),
        _ => None,
    };
    situation.lines.iter().filter_map(plan).collect()
}

/// The old subscription as the tenant shows it.
pub(super) fn held_now<'a>(situation: &'a Situation, line: &SourceLine) -> Option<&'a HeldSubscription> {
    situation.facts.tenancy.as_ref()?.value.subscription(line.subscription.as_ref()?)
}

/// Whether the old one serves, as far as the tenant shows it.
pub(super) fn serves(situation: &Situation, line: &SourceLine) -> bool {
    held_now(situation, line).is_none_or(|held| held.status == HeldStatus::Enabled)
}
