//! One customer's part of the forecast, made from that customer alone.

use super::actions::{self, ActBy};
use super::budget;
use super::line::{LineForecast, Seen, Standing, Who};
use super::misses::{self, Miss};
use super::pools::{self, PoolForecast};
use super::reckon::swaps_left;
use crate::assess::Outlook;
use crate::finding::{Finding, FindingKind};
use crate::ids::{LineId, PlanId};
use crate::migration::action::action_items;
use crate::migration::event::Event;
use crate::migration::evolve::evolve;
use crate::migration::state::{Line, Migration, Stage};
use crate::migration::wake::late_at;
use crate::plan::{LinePlan, SourceEnd, Verdict, may_be_planned, proposed, still_stands, verdicts};
use crate::policy::{OwnPolicy, Policy, Sizing, Wanted};
use crate::portfolio::SourceLine;
use crate::report::real_end;
use crate::route::Course;
use crate::time::later;
use jiff::Timestamp;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One customer's part of the forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prospect {
    pub(super) who: Who,
    pub(super) lines: Vec<LineForecast>,
    pub(super) actions: Vec<ActBy>,
    pub(super) misses: Vec<Miss>,
    pub(super) pools: Vec<PoolForecast>,
}

impl Prospect {
    /// As `outlook` shows it: lines that may still be planned count as planning would have them now, all others by their
    /// approved plan and their purchase.
    pub fn of(outlook: &Outlook<'_>) -> Self {
        Self::judged(outlook, &verdicts(outlook))
    }

    /// As [`Self::of`], where the verdicts of `outlook` were found already.
    pub fn judged(outlook: &Outlook<'_>, verdicts: &BTreeMap<LineId, Verdict>) -> Self {
        let lesser = Wanted { sizing: Sizing::RightSize, ..outlook.wanted };
        let lesser = Outlook::wanting(lesser, outlook.migration, outlook.facts, outlook.policy, outlook.now);
        let seen = |source: &SourceLine| {
            let users = outlook.tenancy.map(|tenancy| tenancy.pool(source.sku).consumed).or(source.assigned_seats);
            let saved = outlook.seats(source).get().saturating_sub(lesser.seats(source).get());
            let course = Some(outlook.courses(source).first);
            Seen { saved: users.map(|_| saved), users, course, ends: outlook.end(source) }
        };
        let looked = looked(outlook, verdicts);
        let made = Self::made(outlook.migration, &looked, outlook.policy, outlook.now, verdicts, seen);
        Self { pools: pools::of(outlook, &made.who, &made.lines), ..made }
    }

    /// As the log of `migration` has it at `now`, without a look outside: newest plan, findings, purchases. None where a line
    /// was never planned, for then only facts could tell.
    pub fn recorded(migration: &Migration, policy: &Policy, now: Timestamp) -> Option<Self> {
        let verdicts = recorded_verdicts(migration, still_found)?;
        let known = |source: &SourceLine| Seen { users: source.assigned_seats, ends: source.end(), ..Seen::default() };
        Some(Self::made(migration, migration, policy, now, &verdicts, known))
    }

    /// What [`Self::judged`] made, for whoever has the log right after the look and what it showed beside: of each line, and of
    /// pools. None where a line was never planned.
    pub fn seen(
        migration: &Migration,
        policy: &Policy,
        now: Timestamp,
        lines: &BTreeMap<LineId, Seen>,
        pools: Vec<PoolForecast>,
    ) -> Option<Self> {
        let verdicts = recorded_verdicts(migration, |_, line| line.findings.clone())?;
        let seen = |source: &SourceLine| lines.get(&source.id).copied().unwrap_or_default();
        Some(Self { pools, ..Self::made(migration, migration, policy, now, &verdicts, seen) })
    }

    /// `looked` is `migration` once what was found is on record: what waits today is asked of that.
    fn made(
        migration: &Migration,
        looked: &Migration,
        policy: &Policy,
        now: Timestamp,
        verdicts: &BTreeMap<LineId, Verdict>,
        known: impl Fn(&SourceLine) -> Seen,
    ) -> Self {
        let who = Who::of(&migration.customer);
        let (mut lines, mut acts, mut missed) = (Vec::new(), Vec::new(), Vec::new());
        for (id, line) in &migration.lines {
            let source = &line.source;
            let (plan, findings) = match verdicts.get(id) {
                Some(Verdict::Planned { plan, findings }) => (Some(&**plan), findings),
                Some(Verdict::Blocked { findings } | Verdict::NothingToDo { findings }) => (None, findings),
                None => (line.plan.as_ref(), &line.findings),
            };
            let standing = standing(line, verdicts.get(id), &migration.own);
            let known = known(source);
            let judged = line.judged_upon(findings);
            // Nobody knows when a line that has stopped is bought.
            let goes = standing != Standing::Stopped || !line.purchases.is_empty();
            let plan = plan.filter(|_| goes);
            let made = match plan {
                Some(plan) => {
                    let going = LineForecast::going(&who, line, &judged, plan, standing, known, now);
                    with_work(going, line, plan, known, policy, now)
                }
                None => {
                    let ends = if standing == Standing::Stopped { real_end(line) } else { known.ends };
                    let course = match standing {
                        Standing::NothingToDo => Some(Course::NothingToDo),
                        Standing::Stopped => None,
                        _ => known.course,
                    };
                    LineForecast { course, ..LineForecast::resting(&who, &judged, standing, ends) }
                }
            };
            let made = LineForecast { findings: findings.clone(), ..made };
            // A second licence leaves nothing that could end.
            let made = match line.beside {
                Some(_) => LineForecast { beside: line.beside, seats: 0, old_end: None, ..made },
                None => made,
            };
            // What blocks it blocks the line beside which it stands, and is told there.
            let told = line.beside.is_some_and(|main| matches!(verdicts.get(&main), Some(Verdict::Blocked { .. })));
            if made.is_open() && !made.bought {
                acts.extend(actions::before_purchase(&made, findings));
            }
            if !told {
                let line = looked.lines.get(id).unwrap_or(line);
                acts.extend(actions::of_owner(&made, line, &judged, plan, findings, policy, now));
                missed.extend(misses::of_findings(&made, findings));
            }
            missed.extend(misses::of_stop(&made, line));
            lines.push(made);
        }
        let planned = lines.iter().filter(|line| line.standing == Standing::Planned).count();
        let today = actions::waiting(&who, action_items(looked, policy, now), planned);
        Self { who, lines, actions: actions::merged(today, acts), misses: missed, pools: Vec::new() }
    }
}

/// The migration of `outlook` as it stands once what was found and planned is on record: then its action items are what waits.
fn looked(outlook: &Outlook<'_>, verdicts: &BTreeMap<LineId, Verdict>) -> Migration {
    let findings = verdicts.iter().map(|(id, verdict)| (*id, verdict.findings().to_vec())).collect();
    let standing = outlook.facts.standing.value.clone();
    let assessed = Event::Assessed { standing, findings, by: None, at: Some(outlook.now) };
    // Nobody reads the id of a plan that is only foreseen.
    let plan = proposed(outlook.migration, verdicts, PlanId::new(Uuid::nil()));
    let known = |id: PlanId| outlook.migration.plan.as_ref().is_some_and(|newest| newest.id == id);
    let planned = plan.ok().filter(|plan| !known(plan.id)).map(|plan| Event::PlanProposed { plan, by: None });
    [assessed].iter().chain(&planned).fold(outlook.migration.clone(), evolve)
}

fn with_work(
    mut line: LineForecast,
    of: &Line,
    plan: &LinePlan,
    known: Seen,
    policy: &Policy,
    now: Timestamp,
) -> LineForecast {
    line.over = match plan.source_end {
        SourceEnd::OwnerCancels => line.opens.map(|bought| later(bought, policy.source_poll).max(now)),
        SourceEnd::RunsOut | SourceEnd::OwnerStopsRenewal => line.ends.map(|ends| later(ends, policy.first_check)),
    };
    line.swaps = swaps_left(of, plan, known.users);
    let start = line.opens.unwrap_or(now).max(now);
    line.pauses = budget::pauses(of, plan, line.swaps, policy, start);
    line.late = Some(late_at(plan, policy));
    let compared = line.standing == Standing::UnderWay && of.compared.is_some();
    line.unseen = !line.bought && !compared && line.opens.is_some_and(|opens| now < opens);
    line.calls_to_buy = budget::to_buy(of, plan, line.swaps);
    line.calls_to_close = budget::to_close(of, plan);
    line.finish = if line.is_open() { budget::finish_alone(&line) } else { None };
    line
}

fn standing(line: &Line, verdict: Option<&Verdict>, own: &OwnPolicy) -> Standing {
    match verdict {
        Some(Verdict::Blocked { .. }) => Standing::Blocked,
        Some(Verdict::NothingToDo { .. }) => Standing::NothingToDo,
        Some(Verdict::Planned { plan, .. }) if line.plan.as_ref() == Some(plan) => Standing::UnderWay,
        Some(Verdict::Planned { plan, findings }) if still_stands(line, plan, findings, own) => Standing::UnderWay,
        Some(Verdict::Planned { .. }) => Standing::Planned,
        None => match &line.stage {
            Stage::Closed { .. } => Standing::Closed,
            Stage::Settled { .. } => Standing::NothingToDo,
            Stage::NeedsAttention { .. } => Standing::Stopped,
            _ => Standing::UnderWay,
        },
    }
}

/// The verdicts that were recorded, upon what was `found`; none where a line was never planned.
fn recorded_verdicts(
    migration: &Migration,
    found: impl Fn(&Migration, &Line) -> Vec<Finding>,
) -> Option<BTreeMap<LineId, Verdict>> {
    let plannable = migration.lines.iter().filter(|(_, line)| may_be_planned(&line.stage));
    plannable.map(|(id, line)| Some((*id, recorded_verdict(migration, line, found(migration, line))?))).collect()
}

/// The verdict that was recorded: by the newest plan while it waits for approval, else by the approved one.
fn recorded_verdict(migration: &Migration, line: &Line, findings: Vec<Finding>) -> Option<Verdict> {
    match &line.stage {
        Stage::Blocked => Some(Verdict::Blocked { findings }),
        Stage::NothingToDo => Some(Verdict::NothingToDo { findings }),
        _ => {
            let proposed = migration.plan.as_ref().filter(|plan| migration.awaits_approval(plan.id));
            let plan = proposed.and_then(|plan| plan.lines.get(&line.source.id)).or(line.plan.as_ref())?.clone();
            // A plan that was made before something came to block it is none any more.
            if findings.iter().any(actions::blocks_planning) {
                return Some(Verdict::Blocked { findings });
            }
            Some(Verdict::Planned { plan: Box::new(plan), findings })
        }
    }
}

/// What was found when the line was last assessed, save what the standing that was seen since has settled.
fn still_found(migration: &Migration, line: &Line) -> Vec<Finding> {
    let may_sell = migration.standing.as_ref().is_some_and(crate::facts::Standing::may_sell);
    let settled = |finding: &Finding| {
        may_sell
            && matches!(
                finding.kind(),
                FindingKind::NoRelationship | FindingKind::AgreementMissing | FindingKind::AgreementOutdated
            )
    };
    line.findings.iter().filter(|finding| !settled(finding)).cloned().collect()
}
