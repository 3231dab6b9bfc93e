//! What is known of an old subscription once its end has come. Only a witness tells that it is over: a date that somebody gave
//! before says when it was to end, and a renewal may have moved it since. Looks at nothing itself.

use super::state::{Cause, Line, Stage};
use crate::facts::{Relationship, Standing};
use crate::finding::{Finding, FindingKind};
use crate::plan::{LinePlan, Route, SourceEnd};
use crate::portfolio::Witness;
use crate::time::utc_day;
use jiff::Timestamp;
use jiff::civil::Date;

/// What is known of an old subscription whose end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It was seen to be over.
    Over,
    /// It was seen to go on: it has renewed, or ends later than was told.
    GoesOn,
    /// Nobody has seen it since.
    Unseen,
}

impl Line {
    /// What is known at `now` of its old subscription; none while its end is to come, or where nobody has told one.
    pub fn fate(&self, now: Timestamp) -> Option<Fate> {
        let ends = self.plan.as_ref().map(|plan| plan.ends).or_else(|| self.source.end())?.instant();
        (ends <= now).then(|| self.seen_as(ends, now))
    }

    /// What is known at `now` of what was to end at `ends`.
    fn seen_as(&self, ends: Timestamp, now: Timestamp) -> Fate {
        // A live record is trusted more than what was told before.
        let live = |witness: Witness| matches!(witness, Witness::PartnerCenter | Witness::Graph);
        let still = |(by, last_day): (Witness, Date)| live(by) && last_day >= utc_day(now);
        let later = |finding: &Finding| match finding {
            Finding::EndDateConflict { by, told, other, seen } => {
                [(*by, *told), (*other, *seen)].into_iter().any(still)
            }
            _ => false,
        };
        let over = |finding: &Finding| {
            matches!(
                finding.kind(),
                FindingKind::SourceInGrace | FindingKind::SourceDisabled | FindingKind::SourceDeleted
            )
        };
        // What was suspended before its end may have been paid for since.
        let since = self.assessed.is_some_and(|assessed| assessed >= ends);
        match &self.stage {
            Stage::NeedsAttention { cause: Cause::SourceRenewed { .. }, .. } => Fate::GoesOn,
            _ if self.over.is_some() || since && self.findings.iter().any(over) => Fate::Over,
            _ if self.findings.iter().any(later) => Fate::GoesOn,
            _ => Fate::Unseen,
        }
    }

    /// Whether the last look showed that we may not look into the tenant (rule R88), as far as our `standing` since does not say more.
    pub(super) fn is_out_of_sight(&self, standing: Option<&Standing>) -> bool {
        let related = standing.is_some_and(|standing| standing.relationship == Relationship::Reseller);
        let shut = |finding: &Finding| match finding {
            Finding::NoDelegatedAdmin | Finding::ConditionalAccessBlock { .. } => true,
            // Without a relationship nobody looks; one that came later lets us.
            Finding::NoRelationship => !related,
            _ => false,
        };
        self.findings.iter().any(shut)
    }

    /// Whether its old subscription was over before, so that one which goes on was reactivated, on a day that nobody has recorded, and
    /// has not renewed at its end.
    pub(super) fn was_over(&self) -> bool {
        let planned_after = |plan: &LinePlan| plan.made.is_none_or(|made| plan.ends.instant() <= made);
        let replaced = |plan: &LinePlan| {
            plan.route == Route::BuyNow && (plan.source_end == SourceEnd::RunsOut || planned_after(plan))
        };
        self.over.is_some() || self.plan.as_ref().is_some_and(replaced)
    }
}
