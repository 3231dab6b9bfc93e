//! What stands in the way of moving a line: facts in, findings out. Never fails, may find nothing.
//!
//! One function per rule; each finding carries the values that made it. The codes are those of the blocker table
//! (section F of the rule book). [`Outlook`] is what the rules look at, found once for each customer.

mod addons;
mod customer;
mod outlook;
mod product;
mod schedule;
mod seats;
mod selling;
mod source;
mod waves;

pub(crate) use addons::{awaits_named_base, stopped_base};
pub use outlook::{Outlook, fitting_sources};
pub use product::{chosen_offer, looks_at_nonprofit, qualified};
pub(crate) use source::{is_over, is_to_be_cancelled, may_be_extended, may_only_be_extended, must_be_ended};
pub use source::{needs_transfers, to_migrate, unfinished};

use crate::facts::Facts;
use crate::finding::{Action, Finding, Severity};
use crate::migration::state::Migration;
use crate::plan::may_be_planned;
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use jiff::Timestamp;

/// Everything that stands in the way of `source`, worst first; a line of `migration` that is not being moved counts too.
pub fn assess(
    migration: &Migration,
    source: &SourceLine,
    facts: &Facts,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Finding> {
    Outlook::of(migration, facts, policy, now).findings(source)
}

impl Outlook<'_> {
    /// Everything that stands in the way of `source`, worst first. Where there is nothing to buy, what is about a purchase is
    /// left out.
    pub fn findings(&self, source: &SourceLine) -> Vec<Finding> {
        let mut found = self.own_findings(source);
        // One of a pair is not planned without the other, so what blocks that one blocks this one.
        let other = self.paired(source).filter(|other| may_be_planned(other.stage.underlying()));
        if let Some(other) = other.filter(|_| !is_settled(&found)) {
            let blocks = |finding: &Finding| {
                let is_told = found.iter().any(|own| own.kind() == finding.kind());
                finding.severity() == Severity::Blocks(Action::Plan) && !is_told
            };
            let of_other: Vec<Finding> = self.own_findings(&other.source).into_iter().filter(blocks).collect();
            found.extend(of_other);
        }
        found.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
        found
    }

    fn own_findings(&self, source: &SourceLine) -> Vec<Finding> {
        let source = &*self.judged(source);
        let settled = self.settled(source);
        let mut found = match settled {
            Some(why) if !self.is_let_pass(source, why) => self.about_settled(source, why),
            _ => self.about_purchase(source),
        };
        found.extend(settled.cloned());
        found
    }

    fn about_purchase(&self, source: &SourceLine) -> Vec<Finding> {
        let mut found = self.of_customer.clone();
        found.extend(self.credit(source));
        if !self.is_second(source) {
            found.extend(self.access(source));
            found.extend(self.about_source(source));
        }
        found.extend(self.about_seats(source));
        found.extend(self.about_product(source));
        found.extend(self.about_schedule(source));
        found
    }
}

/// Whether any of `findings` forbids to plan.
pub fn is_blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity() == Severity::Blocks(Action::Plan))
}

/// Whether `findings` say that there is nothing to move.
pub fn is_settled(findings: &[Finding]) -> bool {
    !is_blocked(findings) && findings.iter().any(Finding::settles)
}
