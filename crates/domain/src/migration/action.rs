//! What only a person can do: derived from state, like everything that is owed.

pub use super::asks::{Ask, Keep, Stop};
use super::asks::{OwnerActs, asked, is_covered, is_covered_for_good};
use super::state::{Cause, Line, Migration, Stage};
use crate::aftermath::comes_by;
use crate::facts::{Agreement, Relationship};
use crate::finding::{Action as Blocked, Finding, Severity};
use crate::ids::{LineId, PlanId};
use crate::plan::{LinePlan, Plan, Reassign, Route, may_be_planned};
use crate::policy::Policy;
use crate::program::SourceProgram;
use crate::route::Course;
use crate::rules::window::window;
use crate::time::{End, day_after, earlier, later, start_of, utc_day};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Whether others still cover users has been looked at so long before the end: its owner needs days to stop a renewal.
const LOOK_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A plan should be there so long before the first end: the customer has to accept, and a window of seven days to cancel
/// should cover the end (rule R113).
pub(super) const PLAN_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// By when after the end what was found has to be looked at: a renewal can be cancelled for seven days (rule R64).
const LOOK_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One thing that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionItem {
    /// The line, where it is about one.
    pub line: Option<LineId>,
    /// What is to be done.
    pub action: Action,
    /// By when, where there is a date.
    pub due: Option<Timestamp>,
    /// Whom to write to, where the file says so. Personal data.
    pub contact: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send the customer the invitation.
    SendInvitation {
        /// The link.
        link: String,
    },
    /// Have the customer accept the Microsoft Customer Agreement.
    ObtainAgreement,
    /// Let a halted customer go on.
    Resume,
    /// Assess and plan lines that have no plan.
    MakePlan {
        /// How many.
        lines: usize,
    },
    /// Look at the plan and approve it.
    ApprovePlan {
        /// Which one.
        plan: PlanId,
    },
    /// Remove what blocks the line, or do what its plan leaves to people.
    Unblock {
        /// What blocks it.
        finding: Finding,
    },
    /// Ask the owner of the old subscription to let it end. Never asked before the line is covered.
    StopRenewal {
        /// What, and whom.
        ask: Ask,
        /// How.
        by: Stop,
    },
    /// Ask the owner of the old subscription to keep it alive: its replacement does not stand yet (rule R116).
    KeepAlive {
        /// What, and whom.
        ask: Ask,
        /// How.
        by: Keep,
    },
    /// Assess once more shortly before the end whether others still cover the users of a line that is not bought.
    LookAgain {
        /// The product.
        product: String,
        /// The first day on which a look counts; none where nobody tells the end.
        from: Option<Date>,
    },
    /// Look by hand at what was found after the end, or could not be looked at by us (rule R125).
    CheckAfterEnd {
        /// What.
        findings: Vec<Finding>,
    },
    /// Take a way that is better than buying again and that only a person can take (rule R17).
    TakeCourse {
        /// Which one.
        course: Course,
        /// Where it was bought.
        program: SourceProgram,
        /// The product.
        product: String,
    },
    /// Settle what made the line stop.
    Attend {
        /// Why it stopped.
        cause: Cause,
        /// What a person can do about it, as of the moment at which it was asked: what has passed by then is told as passed.
        remedy: String,
    },
}

/// Everything that waits for a person at `now`, most urgent first.
pub fn action_items(migration: &Migration, policy: &Policy, now: Timestamp) -> Vec<ActionItem> {
    let mut items = customer_items(migration, now);
    // Of what was given up nobody has to do anything.
    let given_up = |line: &Line| migration.cancelled && may_be_planned(line.stage.underlying());
    for (id, line) in migration.lines.iter().filter(|(_, line)| !given_up(line)) {
        // What blocks a second licence blocks the line beside which it stands, and is told there.
        let main = line.beside.and_then(|main| migration.lines.get(&main));
        if main.is_none_or(|main| line.stage != Stage::Blocked || main.stage != Stage::Blocked) {
            items.extend(line_items(migration, *id, line, now));
        }
        if line.beside.is_none() {
            items.extend(owner_item(migration, *id, line, policy, now));
            items.extend(better_way(*id, line, planned(migration, line)));
            items.extend(beside(*id, line));
        }
        items.extend(dearer_order(migration, *id, line, now));
    }
    items.sort_by_key(|item| (item.due.is_none(), item.due));
    items
}

fn customer_items(migration: &Migration, now: Timestamp) -> Vec<ActionItem> {
    let mut items = Vec::new();
    let waiting = || migration.lines.values().filter(|line| matches!(line.stage.underlying(), Stage::Waiting { .. }));
    // On the day of the purchase all must be there.
    let due = waiting().filter_map(|line| line.plan.as_ref()).map(|plan| plan.opens).min();
    let contact = migration.lines.values().find_map(|line| line.source.contact_email.clone());
    let item = |action| ActionItem { line: None, action, due, contact: contact.clone() };
    if migration.paused {
        items.push(item(Action::Resume));
    } else if waiting().next().is_some() {
        let standing = migration.standing.as_ref();
        match (&migration.invitation, standing) {
            (_, Some(seen)) if seen.relationship == Relationship::Reseller => {
                if seen.agreement == Agreement::Missing || seen.is_outdated() {
                    items.push(item(Action::ObtainAgreement));
                }
            }
            (Some(link), _) => items.push(item(Action::SendInvitation { link: link.clone() })),
            (None, _) => {}
        }
    }
    let takes = |id: &LineId| {
        let stage = migration.lines.get(id).map(|line| &line.stage);
        matches!(stage, Some(Stage::Ready | Stage::Waiting { .. }))
    };
    let awaits = |plan: &&Plan| migration.awaits_approval(plan.id) && plan.lines.keys().any(takes);
    if let Some(plan) = migration.plan.as_ref().filter(awaits) {
        let due = approve_by(migration, plan, takes, now);
        items.push(ActionItem { line: None, action: Action::ApprovePlan { plan: plan.id }, due, contact: None });
    }
    let unplanned: Vec<&Line> = migration.lines.values().filter(|line| lacks_plan(migration, line)).collect();
    if !unplanned.is_empty() && !migration.cancelled {
        let first_end = unplanned.iter().filter_map(|line| line.source.end()).min();
        // What should have been planned by now is to be planned today.
        let end_of_today = start_of(day_after(utc_day(now)));
        let due = first_end
            .map(|end| earlier(end.instant(), PLAN_BEFORE))
            .map(|due| if due < now { end_of_today } else { due });
        items.push(ActionItem { line: None, action: Action::MakePlan { lines: unplanned.len() }, due, contact: None });
    }
    items
}

/// By when `plan` is to be approved for the lines that it `takes`: before the first of its purchases, or on the day of one at once; and
/// before the next purchase of what was approved before it, for that goes by the older plan until then.
fn approve_by(
    migration: &Migration,
    plan: &Plan,
    takes: impl Fn(&LineId) -> bool,
    now: Timestamp,
) -> Option<Timestamp> {
    let end_of = |moment: Timestamp| start_of(day_after(utc_day(moment)));
    let by = |(id, line): (&LineId, &LinePlan)| {
        let first = if line.route == Route::BuyNow { end_of(line.opens) } else { line.opens };
        match migration.lines.get(id)?.stage {
            // It can begin at any moment.
            Stage::Waiting { opens } if opens <= now => Some(end_of(now)),
            Stage::Waiting { opens } => Some(first.min(opens)),
            _ => Some(first),
        }
    };
    plan.lines.iter().filter(|(id, _)| takes(id)).filter_map(by).min()
}

/// What is to be done for a line: by the newest plan while that waits for approval, else by the approved one.
fn planned<'a>(migration: &'a Migration, line: &'a Line) -> Option<&'a LinePlan> {
    let newest = migration.plan.as_ref().filter(|plan| migration.awaits_approval(plan.id));
    newest.and_then(|plan| plan.lines.get(&line.source.id)).or(line.plan.as_ref())
}

/// Whether a line neither has a plan nor stands in one that waits for approval.
fn lacks_plan(migration: &Migration, line: &Line) -> bool {
    let proposed = |plan: &Plan| migration.awaits_approval(plan.id) && plan.lines.contains_key(&line.source.id);
    matches!(line.stage, Stage::Draft | Stage::Ready) && !migration.plan.as_ref().is_some_and(proposed)
}

/// What its owner is asked to do with the old subscription of `line`.
fn owner_item(migration: &Migration, id: LineId, line: &Line, policy: &Policy, now: Timestamp) -> Option<ActionItem> {
    let (acts, due) = asked(line, migration.standing.as_ref(), policy, now)?;
    let source = &line.source;
    let ask =
        Ask { subscription: source.subscription.clone(), program: line.judged().program, product: source.title() };
    let action = match acts {
        OwnerActs::Stops(by) => Action::StopRenewal { ask, by },
        OwnerActs::Keeps(by) => Action::KeepAlive { ask, by },
    };
    Some(ActionItem { line: Some(id), action, due: Some(due), contact: source.contact_email.clone() })
}

/// The first day that begins at `at` or later.
fn whole_day_from(at: Timestamp) -> Date {
    let day = utc_day(at);
    if start_of(day) == at { day } else { day_after(day) }
}

fn line_items(migration: &Migration, id: LineId, line: &Line, now: Timestamp) -> Vec<ActionItem> {
    let item = |action, due| ActionItem { line: Some(id), action, due, contact: line.source.contact_email.clone() };
    let ends = line.plan.as_ref().map(|plan| plan.ends.instant());
    match &line.stage {
        Stage::Blocked => line
            .findings
            .iter()
            .filter(|finding| finding.severity() == Severity::Blocks(Blocked::Plan))
            .map(|finding| item(Action::Unblock { finding: finding.clone() }, line.source.end().map(End::instant)))
            .collect(),
        // Others cover its users today; nobody is asked to let it go before that was looked at once more.
        Stage::NothingToDo if line.beside.is_none() && is_covered(line) && !is_covered_for_good(line, now) => {
            let end = line.source.end().map(End::instant);
            let from = end.map(|end| whole_day_from(earlier(end, PLAN_BEFORE)));
            let due = end.map(|end| earlier(end, LOOK_BEFORE));
            vec![item(Action::LookAgain { product: line.source.title(), from }, due)]
        }
        Stage::Closed { .. } => {
            let mut items: BTreeMap<Option<Timestamp>, Vec<Finding>> = BTreeMap::new();
            for finding in line.to_look_at() {
                let comes = comes_by(finding).map(|day| start_of(day_after(day)));
                items.entry(comes.or(ends.map(|ends| later(ends, LOOK_AFTER)))).or_default().push(finding.clone());
            }
            items.into_iter().map(|(due, findings)| item(Action::CheckAfterEnd { findings }, due)).collect()
        }
        Stage::NeedsAttention { cause, .. } => {
            let due = to_attend(line, cause, ends);
            vec![item(
                Action::Attend { cause: cause.clone(), remedy: cause.remedy(line, migration.standing.as_ref(), now) },
                due,
            )]
        }
        _ => Vec::new(),
    }
}

/// An order that costs more than was approved, as long as it can be cancelled (invariant I4, rule R64). The line goes on.
fn dearer_order(migration: &Migration, id: LineId, line: &Line, now: Timestamp) -> Option<ActionItem> {
    let (plan, bought) = (line.plan.as_ref()?, line.purchases.last()?);
    let paid = bought.price_per_seat.filter(|paid| plan.is_exceeded_by(*paid))?;
    let approved = plan.price_ceiling?.rounded();
    let let_pass = |finding: &Finding| match finding {
        Finding::PriceChanged { now, .. } => now.currency == paid.currency && paid.amount <= now.rounded().amount,
        Finding::PromoNotEligible { .. } => true,
        _ => false,
    };
    let closes = window_end(bought.ordered_at);
    if line.waived.iter().any(let_pass) || now >= closes {
        return None;
    }
    let what = format!("order {} costs {paid} a seat and term; {approved} was approved", bought.order);
    let cause = Cause::PurchaseDiffers { what };
    let action = Action::Attend { remedy: cause.remedy(line, migration.standing.as_ref(), now), cause };
    Some(ActionItem { line: Some(id), action, due: Some(closes), contact: line.source.contact_email.clone() })
}

/// Until when `cause` has to be settled: by the end of the old subscription, where it `ends`, or within seven days from a purchase or a
/// renewal, in which it can be cancelled for money (rules R64, R126). Users who wait for their new licence wait no longer than the
/// old one serves, and of a reactivation nobody knows the day.
fn to_attend(line: &Line, cause: &Cause, ends: Option<Timestamp>) -> Option<Timestamp> {
    let plan = line.plan.as_ref()?;
    match cause {
        Cause::SourceRenewed { .. } if line.was_over() => None,
        Cause::SourceRenewed { .. } => ends.map(window_end),
        Cause::PurchaseDiffers { .. } | Cause::OrderedTwice { .. } => {
            let closes = line.purchases.last().map(|bought| window_end(bought.ordered_at));
            if plan.reassign == Reassign::SwapEachUser { closes.into_iter().chain(ends).min() } else { closes.or(ends) }
        }
        _ => ends,
    }
}

/// The end of the seven days that began at `opened`, by their safe reading in whole UTC days (rule R64).
pub(crate) fn window_end(opened: Timestamp) -> Timestamp {
    window(opened, opened).map_or(opened, |window| window.safe_end)
}

/// What is better than buying again and only a person can do, until the purchase begins (rule R17).
fn better_way(id: LineId, line: &Line, plan: Option<&LinePlan>) -> Option<ActionItem> {
    let open = may_be_planned(&line.stage) && line.stage != Stage::NothingToDo;
    let course = line.findings.iter().filter(|_| open).find_map(Finding::advises)?;
    let action = Action::TakeCourse { course, program: line.judged().program, product: line.source.title() };
    let due = plan.map(|plan| plan.opens).or(line.source.end().map(End::instant));
    Some(ActionItem { line: Some(id), action, due, contact: line.source.contact_email.clone() })
}

/// What has to be bought beside the plan, until its users have changed licence (rule R142).
fn beside(id: LineId, line: &Line) -> Option<ActionItem> {
    let changing = line.bought().is_none()
        || matches!(line.stage.underlying(), Stage::Provisioning { .. } | Stage::Reassigning { .. });
    let plan = line.plan.as_ref().filter(|_| changing)?;
    let needed = |finding: &&Finding| matches!(finding, Finding::CompanionNeeded { .. });
    let action = Action::Unblock { finding: line.findings.iter().find(needed)?.clone() };
    Some(ActionItem { line: Some(id), action, due: Some(plan.opens), contact: line.source.contact_email.clone() })
}
