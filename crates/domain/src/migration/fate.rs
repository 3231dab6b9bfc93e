//! What is known of an old subscription once its end has come. Only a witness tells that it is over: a date that somebody gave
//! before says when it was to end, and a renewal may have moved it since. Looks at nothing itself.

use super::state::{Cause, Line, Stage};
use crate::finding::{Finding, FindingKind};
use crate::portfolio::Witness;
use crate::time::utc_day;
use jiff::Timestamp;

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
        let ends = self.plan.as_ref().map(|plan| plan.ends).or_else(|| self.source.end())?;
        (ends.instant() <= now).then(|| self.seen_as(now))
    }

    fn seen_as(&self, now: Timestamp) -> Fate {
        // A live record is trusted more than what was told before.
        let live = |witness: Witness| matches!(witness, Witness::PartnerCenter | Witness::Graph);
        let later = |finding: &Finding| matches!(finding, Finding::EndDateConflict { other, seen, .. } if live(*other) && *seen >= utc_day(now));
        let over = |finding: &Finding| {
            matches!(
                finding.kind(),
                FindingKind::SourceInGrace | FindingKind::SourceDisabled | FindingKind::SourceDeleted
            )
        };
        match &self.stage {
            Stage::NeedsAttention { cause: Cause::SourceRenewed { .. }, .. } => Fate::GoesOn,
            _ if self.over.is_some() || self.found().any(over) => Fate::Over,
            _ if self.found().any(later) => Fate::GoesOn,
            _ => Fate::Unseen,
        }
    }

    /// Whether the last look showed that we may not look into the tenant (rule R88).
    pub(super) fn is_out_of_sight(&self) -> bool {
        let shut =
            |finding: &Finding| matches!(finding, Finding::NoDelegatedAdmin | Finding::ConditionalAccessBlock { .. });
        // Without a relationship nobody looks; one that came later is compared with.
        let unrelated = |finding: &Finding| matches!(finding, Finding::NoRelationship) && self.compared.is_none();
        self.found().any(|finding| shut(finding) || unrelated(finding))
    }

    /// What was found when it was last looked at.
    fn found(&self) -> impl Iterator<Item = &Finding> {
        let stopped: &[Finding] = match &self.stage {
            Stage::NeedsAttention { cause: Cause::Found(found), .. } => found,
            _ => &[],
        };
        stopped.iter().chain(&self.findings)
    }
}
