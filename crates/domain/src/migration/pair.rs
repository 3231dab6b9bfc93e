//! Two lines that are one act: what takes the place of an old subscription, and the second licence that is bought beside it
//! (rules R141, R142). Each is bought once, under an intent of its own; here stands what one waits for of the other.
//!
//! Neither is bought while the other does not go on, the cart of one waits for that of the other while there is time, no
//! user changes before both stand, and the old subscription is let go only then.

use super::state::{Cause, Line, Migration, Stage};
use super::wake::late_at;
use crate::ids::LineId;
use crate::plan::may_be_planned;
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use jiff::Timestamp;

/// Whether something stands in the way of buying `line`, beside that it is late.
fn is_stopped(line: &Line) -> bool {
    match &line.stage {
        Stage::NeedsAttention { cause, .. } => {
            !matches!(cause, Cause::CustomerLate | Cause::DeliveryLate | Cause::SwapLate)
        }
        _ => false,
    }
}

impl Migration {
    /// The other line of the pair that `line` is one of.
    pub fn paired(&self, line: &Line) -> Option<&Line> {
        let second = || line.source.companion.map(|_| LineId::beside(line.source.id));
        self.lines.get(&line.beside.or_else(second)?)
    }

    /// The lines that leave an old subscription: all but second licences.
    pub fn leaving(&self) -> impl Iterator<Item = &Line> {
        self.lines.values().filter(|line| line.beside.is_none())
    }

    /// All lines, each second licence right after what it stands beside.
    pub fn in_pairs(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lines.values().collect();
        lines.sort_by_key(|line| (line.beside.unwrap_or(line.source.id), line.beside));
        lines
    }

    /// The old subscriptions, as they were told; second licences are told with them.
    pub fn told(self) -> Vec<SourceLine> {
        self.lines.into_values().filter(|line| line.beside.is_none()).map(|line| line.source).collect()
    }

    /// Whether `line` may still be planned, and the other one of its pair, if it is in one.
    pub(crate) fn may_be_told(&self, line: &Line) -> bool {
        let open = |line: &Line| may_be_planned(line.stage.underlying());
        open(line) && self.paired(line).is_none_or(open)
    }

    /// Whether the other one of its pair goes on, so that `line` may be bought as well: it is on its way or stands, or is a second
    /// licence of which the tenant has enough.
    pub(crate) fn goes_together(&self, line: &Line) -> bool {
        self.paired(line).is_none_or(|other| match other.stage.underlying() {
            Stage::NothingToDo => other.beside.is_some(),
            stage if stage.is_on_its_way() => !is_stopped(other) || !other.purchases.is_empty(),
            stage => stage.has_arrived(),
        })
    }

    /// Whether `line`, which has its cart, waits for the other one of its pair, which is to have one or has stopped before it: what
    /// is refused is mostly refused before any money moves. Not longer than until `line` would be late, for what stands alone lets no
    /// old subscription go.
    pub(super) fn awaits_cart(&self, line: &Line, policy: &Policy, now: Timestamp) -> bool {
        let on_time = line.plan.as_ref().is_some_and(|plan| now < late_at(plan, policy));
        on_time
            && self.paired(line).is_some_and(|other| match other.stage.underlying() {
                Stage::Carting { .. } => true,
                Stage::Waiting { .. } => is_stopped(other),
                _ => false,
            })
    }

    /// Whether what is bought beside what takes the place of `line` stands, as far as it has to be bought.
    pub(crate) fn second_stands(&self, line: &Line) -> bool {
        let stands = |other: &Line| {
            let cancelled = matches!(other.stage, Stage::NeedsAttention { cause: Cause::PurchaseCancelled { .. }, .. });
            other.stage.underlying().has_arrived() && !cancelled || other.stage == Stage::NothingToDo
        };
        line.beside.is_some() || self.paired(line).is_none_or(stands)
    }

    /// Whether the old subscription is over that the second licence `line` follows, and nobody is short without it.
    pub(super) fn is_over_with(&self, line: &Line) -> bool {
        let main = line.beside.and_then(|main| self.lines.get(&main));
        main.is_some_and(|main| matches!(main.stage, Stage::Closed { .. }))
    }

    /// Whether nothing was bought for the second licence `line` because the tenant has enough to spare, and what it stands beside is
    /// being bought or stands: its users come to seats that are there already.
    pub(crate) fn draws_on_spare(&self, line: &Line) -> bool {
        let main = line.beside.and_then(|main| self.lines.get(&main)).map(|main| main.stage.underlying());
        let comes = |main: &Stage| !may_be_planned(main) && (main.is_on_its_way() || main.has_arrived());
        line.stage == Stage::NothingToDo && main.is_some_and(comes)
    }

    /// Users who are still to come to the seats that `line` has bought or draws on, at most: those who change licence for it, or for
    /// the one that it stands beside.
    pub(crate) fn to_come(&self, line: &Line) -> u32 {
        let mover = line.beside.and_then(|main| self.lines.get(&main)).unwrap_or(line);
        let seats = line.plan.as_ref().or(mover.plan.as_ref()).map_or(0, |plan| plan.seats.get());
        match mover.stage.underlying() {
            Stage::Covered { .. } | Stage::WindingDown { .. } | Stage::Closed { .. } => 0,
            _ => seats.saturating_sub(u32::try_from(mover.swapped.len()).unwrap_or(u32::MAX)),
        }
    }
}
