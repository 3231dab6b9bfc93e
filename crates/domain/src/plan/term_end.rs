//! The end of a destination's first term: its own, or one that it shares (rules R69 to R71, R124). Chooses nothing else.

use super::{LinePlan, Verdict};
use crate::assess::{Outlook, fitting_sources};
use crate::facts::{OwnStatus, OwnSubscription, Tenancy};
use crate::finding::Finding;
use crate::ids::{LineId, SubscriptionId, TenantId};
use crate::migration::owed::is_moving;
use crate::migration::state::{Line, Migration};
use crate::migration::wake::late_at;
use crate::plan::may_be_planned;
use crate::policy::{Alignment, Policy};
use crate::program::SourceProgram;
use crate::rules::alignment::{Aligned, Anchor, Misaligned, Target, co_terminating, to_calendar};
use crate::rules::product_over;
use crate::time::{Term, days_between, utc_day};
use crate::value::Money;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;

/// An end that moves further than this is another one than was approved.
const MOVE_DAYS_MAX: i64 = 31;

/// A chosen end of the first term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermEnd {
    /// The last day, inclusive, as planned. On the day of the purchase it is that of [`TermEnd::with`] as it stands then.
    pub last_day: Date,
    /// What it ends with.
    pub with: EndsWith,
}

/// What a first term ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndsWith {
    /// A calendar month.
    MonthEnd,
    /// A subscription that we sold the customer before.
    Subscription(SubscriptionId),
    /// The destination of another line, bought before.
    Line(LineId),
}

impl fmt::Display for EndsWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MonthEnd => f.write_str("the calendar month"),
            Self::Subscription(id) => write!(f, "subscription {id}"),
            Self::Line(id) => write!(f, "the new subscription of line {id}"),
        }
    }
}

impl LinePlan {
    /// The last day of the first term, as planned.
    pub fn last_day(&self) -> Date {
        self.term_end.as_ref().map_or_else(|| self.term.last_day(self.day), |end| end.last_day)
    }
}

/// What one seat costs until `last_day`, where a whole term from `start` costs `price`: prorated by the day, exact (rule
/// R71). None where the amount is too large to be reckoned with.
pub fn prorated(price: Money, term: Term, start: Date, last_day: Date) -> Option<Money> {
    let (days, whole) = (days_between(start, last_day) + 1, term.days(start));
    if days >= whole {
        return Some(price);
    }
    let amount = product_over(&[price.amount, days.max(0).into()], whole.into()).ok()?;
    Some(Money { amount, ..price })
}

/// Whether what we, whose tenant is `us`, have sold the customer has to be read: ends are shared with it, or its state decides
/// (rules R51, R69), or `tenancy` shows that what was told as bought elsewhere is ours (rules R4, R5).
pub fn needs_own(migration: &Migration, policy: &Policy, us: TenantId, tenancy: Option<&Tenancy>) -> bool {
    let is_bought = |id: &LineId| migration.lines.get(id).is_some_and(|line| line.bought().is_some());
    let shares = |line: &Line| match line.plan.as_ref().and_then(|plan| plan.term_end.as_ref()).map(|end| &end.with) {
        Some(EndsWith::Subscription(_)) => true,
        // Before that one is bought there is nothing to be seen of it.
        Some(EndsWith::Line(other)) => is_bought(other),
        Some(EndsWith::MonthEnd) | None => false,
    };
    let shown = |line: &Line| {
        let fitting = tenancy.map(|tenancy| fitting_sources(migration, &line.source, tenancy)).unwrap_or_default();
        fitting.iter().any(|held| held.owner == Some(us))
    };
    let ours = |line: &Line| line.source.program == SourceProgram::LegacyCspOurs || shown(line);
    let wanted = match policy.wanted(&migration.own).alignment {
        Alignment::None | Alignment::MonthEnd => false,
        Alignment::First => migration.lines.values().any(|line| line.bought().is_some()),
        Alignment::Oldest => true,
    };
    wanted || migration.lines.values().any(|line| shares(line) || ours(line))
}

/// An end that a destination may share.
struct Shared {
    with: EndsWith,
    last_day: Date,
    anchor: Anchor,
}

impl Shared {
    fn of_own(own: &OwnSubscription) -> Option<Self> {
        let active = own.status == OwnStatus::Active;
        Some(Self {
            with: EndsWith::Subscription(own.id.clone()),
            last_day: own.last_day?,
            anchor: Anchor::Existing(Target { term: own.term, same_partner: true, trial: own.trial, active }),
        })
    }
    fn of_line(id: LineId, term: Term, last_day: Date) -> Self {
        let anchor = Anchor::Existing(Target { term: Some(term), same_partner: true, trial: false, active: true });
        Self { with: EndsWith::Line(id), last_day, anchor }
    }
}

/// Gives each planned line the end that the policy wants, or says why it runs its own term.
pub(super) fn align(outlook: &Outlook<'_>, verdicts: &mut BTreeMap<LineId, Verdict>) {
    let alignment = outlook.wanted.alignment;
    if alignment == Alignment::None {
        return;
    }
    let mut planned: Vec<(LineId, &mut LinePlan, &mut Vec<Finding>)> = verdicts
        .iter_mut()
        .filter_map(|(id, verdict)| match verdict {
            Verdict::Planned { plan, findings } => Some((*id, &mut **plan, findings)),
            Verdict::Blocked { .. } | Verdict::NothingToDo { .. } => None,
        })
        .collect();
    planned.sort_by_key(|(id, plan, _)| (plan.day, *id));
    let mut shared = standing(outlook, alignment);
    for (id, plan, findings) in planned {
        if alignment == Alignment::MonthEnd {
            plan.term_end = month_end(plan, plan.day).map(|last_day| TermEnd { last_day, with: EndsWith::MonthEnd });
            continue;
        }
        match first_of(plan, &shared) {
            Ok(end) => plan.term_end = end,
            Err(refused) => findings.extend(refused),
        }
        if !shared.iter().any(|shared| matches!(shared.with, EndsWith::Line(_))) {
            shared.push(Shared::of_line(id, plan.term, plan.last_day()));
        }
    }
}

/// What a new term may end with before anything new is planned: what stands in new commerce, the oldest first, where the
/// policy wants that, and then what this move has bought or is buying, the first first.
fn standing(outlook: &Outlook<'_>, alignment: Alignment) -> Vec<Shared> {
    let own = outlook.facts.own.as_ref().map(|seen| &seen.value[..]).unwrap_or_default();
    let active = |own: &&OwnSubscription| own.status == OwnStatus::Active && !own.trial && !own.legacy;
    let mut oldest: Vec<&OwnSubscription> = own.iter().filter(active).collect();
    oldest.retain(|_| alignment == Alignment::Oldest);
    oldest.sort_by_key(|own| (own.starts.is_none(), own.starts, &own.id));
    let mut under_way: Vec<(Date, Shared)> = outlook
        .migration
        .lines
        .iter()
        .filter_map(|(id, line)| {
            let plan = line.plan.as_ref().filter(|_| !may_be_planned(line.stage.underlying()))?;
            let seen = line.bought().and_then(|bought| own.iter().find(|own| own.id == *bought));
            // Among the oldest already, or cancelled since.
            let passed = seen.is_some_and(|own| alignment == Alignment::Oldest || !active(&own));
            let last_day = line.term_last_day().unwrap_or_else(|| plan.last_day());
            (!passed).then(|| (plan.day, Shared::of_line(*id, plan.term, last_day)))
        })
        .collect();
    under_way.sort_by_key(|(day, _)| *day);
    oldest.into_iter().filter_map(Shared::of_own).chain(under_way.into_iter().map(|(_, shared)| shared)).collect()
}

/// The first of `shared` that the term of `plan` may end with; none where that is its own end. Otherwise why the first of
/// all may not be.
fn first_of(plan: &LinePlan, shared: &[Shared]) -> Result<Option<TermEnd>, Option<Finding>> {
    let mut refused = None;
    for Shared { with, last_day, anchor } in shared {
        let reason = match co_terminating(plan.day, plan.term, *last_day, *anchor) {
            // It would end before it is needed.
            Ok(Ok(aligned)) if aligned.end < plan.ends.last_whole_day() => Misaligned::NoMatchingEndDate,
            Ok(Ok(aligned)) => {
                return Ok(shorter(aligned).map(|last_day| TermEnd { last_day, with: with.clone() }));
            }
            Ok(Err(reason)) => reason,
            Err(_beyond_the_calendar) => continue,
        };
        let finding = || Finding::EndNotAligned { with: with.to_string(), reason: reason.word().to_owned() };
        refused = refused.or_else(|| Some(finding()));
    }
    Err(refused)
}

/// The month end that a term which starts on `start` may have, where it is not its own end and not before that of the source.
fn month_end(plan: &LinePlan, start: Date) -> Option<Date> {
    let aligned = to_calendar(start, plan.term.months().unsigned_abs()).ok()?;
    shorter(aligned).filter(|end| *end >= plan.ends.last_whole_day())
}

fn shorter(aligned: Aligned) -> Option<Date> {
    (aligned.days < aligned.full_days).then_some(aligned.end)
}

/// How long the first term is to be that is ordered now.
pub(crate) enum ToOrder {
    /// Until this day; none for a whole term.
    Until(Option<Date>),
    /// Not known yet: the destination that it is to end with is on its way.
    Soon,
    /// It cannot end as was approved.
    Not(Finding),
}

/// Whether `plan` is to end with a destination that is being bought and does not stand yet. Waits no longer than until the line
/// would be late.
pub(crate) fn awaits_end(migration: &Migration, plan: &LinePlan, policy: &Policy, now: Timestamp) -> bool {
    let Some(TermEnd { with: EndsWith::Line(id), .. }) = &plan.term_end else { return false };
    let comes = |line: &Line| line.stage.underlying().is_on_its_way() && is_moving(line);
    now < late_at(plan, policy) && migration.lines.get(id).is_some_and(comes)
}

/// The end to order now for what was planned to end with something else. While the day of the purchase has not come, what is
/// not bought yet is no reason; once the line would be late, neither is an end that cannot be shared: a whole term, whose price
/// was approved, is better than users without a licence (rules R114, R124).
pub(crate) fn to_order(outlook: &Outlook<'_>, plan: &LinePlan) -> ToOrder {
    match shared_end(outlook, plan) {
        ToOrder::Not(_) if outlook.now >= late_at(plan, outlook.policy) => ToOrder::Until(None),
        to_order => to_order,
    }
}

fn shared_end(outlook: &Outlook<'_>, plan: &LinePlan) -> ToOrder {
    let Some(TermEnd { last_day: planned, with }) = &plan.term_end else { return ToOrder::Until(None) };
    let gone = |why: String| ToOrder::Not(Finding::TermEndGone { planned: *planned, why });
    let start = utc_day(outlook.now).max(plan.day);
    let own = outlook.facts.own.as_ref().map(|seen| &seen.value[..]).unwrap_or_default();
    if awaits_end(outlook.migration, plan, outlook.policy, outlook.now) {
        return ToOrder::Soon;
    }
    let bought = match with {
        EndsWith::MonthEnd => return ToOrder::Until(month_end(plan, start)),
        EndsWith::Subscription(id) => Some(id),
        EndsWith::Line(id) => outlook.migration.lines.get(id).and_then(Line::bought),
    };
    let Some(bought) = bought else {
        let early = outlook.now < plan.opens;
        return if early { ToOrder::Soon } else { gone(format!("{with} is not bought yet")) };
    };
    let seen = own.iter().find(|own| own.id == *bought).and_then(Shared::of_own);
    let Some(Shared { last_day, anchor, .. }) = seen else {
        return gone(format!("Partner Center shows no end of {with}"));
    };
    match co_terminating(start, plan.term, last_day, anchor) {
        Ok(Ok(aligned)) if days_between(*planned, aligned.end).abs() <= MOVE_DAYS_MAX => {
            ToOrder::Until(shorter(aligned))
        }
        Ok(Ok(aligned)) => gone(format!("with {with} it would end on {}", aligned.end)),
        Ok(Err(reason)) => gone(format!("it may not end with {with}: {}", reason.word())),
        Err(invalid) => gone(invalid.to_string()),
    }
}
