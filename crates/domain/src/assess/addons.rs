//! Rules about add-ons and their bases: on what an add-on stands when it is bought, and which of the two lasts longer.

use super::{Outlook, is_blocked};
use crate::facts::{HeldStatus, HeldSubscription};
use crate::finding::Finding;
use crate::ids::LineId;
use crate::migration::owed::is_moving;
use crate::migration::state::{Line, Migration};
use crate::migration::wake::late_at;
use crate::offer::Offer;
use crate::plan::{LinePlan, Route, may_be_planned};
use crate::policy::Policy;
use crate::portfolio::{Kind, SourceLine};
use crate::time::{End, start_of};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

impl Outlook<'_> {
    /// The lines that `source` stands on as an add-on: the one that the file names, else those that buy what its offer needs.
    pub(crate) fn bases(&self, source: &SourceLine) -> impl Iterator<Item = &Line> {
        let needs = self.offer(source).map(|offer| &offer.needs);
        let is_base = move |line: &&Line| match &source.kind {
            Kind::AddOn { base: Some(base) } => {
                line.source.subscription.as_ref() == Some(base)
                    || self.held(&line.source).is_some_and(|held| held.id == *base)
            }
            Kind::AddOn { base: None } | Kind::Base => {
                let bought = self.offer(&line.source).map(|offer| offer.sku);
                bought.zip(needs).is_some_and(|(sku, needs)| needs.contains(&sku))
            }
        };
        self.migration.lines.values().filter(|line| line.source.id != source.id).filter(is_base)
    }

    /// Add-ons with the bases that the file names, where both are bought as late as is safe, and second licences with what they
    /// stand beside (rules R118, R141).
    pub(crate) fn together(&self) -> Vec<[LineId; 2]> {
        let seconds = self.migration.lines.values().filter_map(|line| Some([line.source.id, line.beside?]));
        let waits = |line: &&Line| self.timing(&line.source).is_some_and(|timing| timing.route == Route::BuyAtEnd);
        let add_ons = self.migration.lines.values().filter(|line| matches!(line.source.kind, Kind::AddOn { .. }));
        let with_base = |line: &Line| {
            let base = self.bases(&line.source).find(waits)?;
            Some([line.source.id, base.source.id])
        };
        add_ons.filter(waits).filter_map(with_base).chain(seconds).collect()
    }

    /// Rule R26: whether no base of the add-on `source` stands yet: none of this move has arrived, and the tenant holds none but what
    /// is to be replaced by the day of `plan`. Sent before its base, an add-on is refused.
    pub(crate) fn awaits_base(&self, source: &SourceLine, plan: &LinePlan) -> bool {
        let Some(offer) = self.offer(source).filter(|_| self.is_add_on(source)) else { return false };
        let has_arrived = |line: &Line| line.stage.underlying().has_arrived();
        let to_come = |line: &&Line| is_to_come(line, plan);
        let goes: BTreeSet<_> = self
            .bases(source)
            .filter(to_come)
            .filter_map(|line| self.held(&line.source))
            .map(|held| &held.id)
            .collect();
        let stands = |held: &HeldSubscription| {
            self.carries(held, source, offer) && held.status == HeldStatus::Enabled && !goes.contains(&held.id)
        };
        // Once it would be late, one refusal is better than users without a licence.
        self.now < late_at(plan, self.policy)
            && !self.bases(source).any(has_arrived)
            && !self.tenancy.is_some_and(|tenancy| tenancy.subscriptions.iter().any(stands))
    }

    /// The base that the add-on `source` waits for, where each that is to come by the day of `plan` has stopped.
    pub(crate) fn stopped_base(&self, source: &SourceLine, plan: &LinePlan) -> Option<LineId> {
        first_stopped(self.bases(source).filter(|line| is_to_come(line, plan)))
    }

    /// Whether the add-on `source` can stand on `held`: the base that the file names, else one of a licence that its offer needs.
    fn carries(&self, held: &HeldSubscription, source: &SourceLine, offer: &Offer) -> bool {
        match &source.kind {
            Kind::AddOn { base: Some(base) } => {
                held.id == *base && self.held(source).is_none_or(|own| own.id != held.id)
            }
            Kind::AddOn { base: None } | Kind::Base => offer.needs.contains(&held.sku),
        }
    }

    /// Rule R80: what is bought for an add-on outlasts the first term of what is bought for its base.
    pub(crate) fn outlives_base(
        &self,
        source: &SourceLine,
        last_day: impl Fn(&Line) -> Option<Date>,
    ) -> Option<Finding> {
        let own = last_day(self.migration.lines.get(&source.id)?)?;
        let add_on = self.is_add_on(source).then_some(own)?;
        let base = self.bases(source).filter_map(last_day).max()?;
        (add_on > base).then_some(Finding::AddOnOutlivesBase { add_on, base })
    }

    /// Rules R26 and R80: when an add-on is bought its base stands in the tenant, or moves as well, and it does not outlive it.
    pub(super) fn base(&self, source: &SourceLine, offer: &Offer) -> Option<Finding> {
        if !self.is_add_on(source) {
            return None;
        }
        let named = match &source.kind {
            Kind::AddOn { base } => base.clone(),
            Kind::Base => None,
        };
        let day = self.timing(source).map(|timing| start_of(timing.day));
        let lives = |held: &HeldSubscription| held.next_lifecycle.is_none_or(|end| day.is_none_or(|day| end > day));
        // What is blocked ends and has no successor: neither it nor what it is to become is a base.
        let goes = |held: &HeldSubscription| self.told(&held.id).any(|line| self.stuck.contains(&line));
        let stands = |held: &&HeldSubscription| {
            self.carries(held, source, offer) && held.status == HeldStatus::Enabled && lives(held) && !goes(held)
        };
        let standing = self.tenancy.and_then(|tenancy| tenancy.subscriptions.iter().find(stands));
        // One that needs no move stays, or others cover its users.
        let moving = self.bases(source).find(|line| !self.stuck.contains(&line.source.id));
        if moving.is_none() && standing.is_none() {
            return Some(Finding::PrerequisiteMissing { base: named, needs: offer.needs.iter().copied().collect() });
        }
        named?;
        let base_end = moving.and_then(|moving| self.end(&moving.source));
        let base = base_end.or_else(|| standing?.next_lifecycle.map(End::at))?.last_whole_day();
        let add_on = self.end(source)?.last_whole_day();
        (add_on > base).then_some(Finding::AddOnOutlivesBase { add_on, base })
    }

    /// Finds the bases that are blocked themselves. A base may be an add-on, so what is found once is looked at again with that.
    pub(super) fn find_stuck_bases(&mut self) {
        let lines = &self.migration.lines;
        let add_ons = lines.values().map(|line| &line.source).filter(|source| self.is_add_on(source));
        let bases: BTreeSet<LineId> =
            add_ons.flat_map(|source| self.bases(source)).map(|line| line.source.id).collect();
        loop {
            let blocked =
                |line: &Line| may_be_planned(line.stage.underlying()) && is_blocked(&self.findings(&line.source));
            let is_stuck = |id: &&LineId| lines.get(id).is_some_and(blocked);
            let stuck: BTreeSet<LineId> = bases.iter().filter(is_stuck).copied().collect();
            if stuck == self.stuck {
                break;
            }
            self.stuck = stuck;
        }
    }

    fn is_add_on(&self, source: &SourceLine) -> bool {
        matches!(source.kind, Kind::AddOn { .. }) || self.offer(source).is_some_and(|offer| !offer.needs.is_empty())
    }
}

/// Whether the base that `source` names is a line that is to be bought by the day of `plan` and has not arrived, as far as the log
/// tells (rule R26).
pub(crate) fn awaits_named_base(
    migration: &Migration,
    source: &SourceLine,
    plan: &LinePlan,
    policy: &Policy,
    now: Timestamp,
) -> bool {
    now < late_at(plan, policy) && named_base(migration, source).any(|line| is_to_come(line, plan))
}

/// The base that `source` names, where it is to be bought by the day of `plan` and has stopped, as far as the log tells (rule R26).
pub(crate) fn stopped_base(migration: &Migration, source: &SourceLine, plan: &LinePlan) -> Option<LineId> {
    first_stopped(named_base(migration, source).filter(|line| is_to_come(line, plan)))
}

/// The lines that are the base which `source` names.
fn named_base<'a>(migration: &'a Migration, source: &'a SourceLine) -> impl Iterator<Item = &'a Line> {
    let named = match &source.kind {
        Kind::AddOn { base } => base.as_ref(),
        Kind::Base => None,
    };
    let is_named =
        move |line: &&Line| named.is_some() && line.source.subscription.as_ref().or(line.held.as_ref()) == named;
    migration.lines.values().filter(is_named)
}

/// The first of `bases`, where none of them goes on by itself.
fn first_stopped<'a>(bases: impl Iterator<Item = &'a Line>) -> Option<LineId> {
    let mut first = None;
    for base in bases {
        if is_moving(base) {
            return None;
        }
        first = first.or(Some(base.source.id));
    }
    first
}

/// Whether `line` is to be bought by the day of `plan` and has not arrived.
fn is_to_come(line: &Line, plan: &LinePlan) -> bool {
    line.stage.underlying().is_on_its_way() && line.plan.as_ref().is_some_and(|own| own.day <= plan.day)
}
