//! What only a person can do: derived from state, like everything that is owed.

pub use super::asks::{Ask, Keep, Stop};
use super::asks::{OwnerActs, asked, is_covered, is_covered_for_good, keep_text, stop_text};
use super::state::{Cause, Line, Migration, Stage};
use crate::aftermath::{INVOICED_WITHIN, is_of_invoice};
use crate::facts::{Agreement, Relationship};
use crate::finding::{Action as Blocked, Finding, FindingKind, Severity, count, in_use};
use crate::ids::{LineId, PlanId};
use crate::plan::{Plan, Reassign, may_be_planned};
use crate::policy::Policy;
use crate::program::SourceProgram;
use crate::route::Course;
use crate::rules::window::window;
use crate::time::{End, day_after, earlier, later, start_of, utc_day};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

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
            items.extend(line_items(*id, line, now));
        }
        if line.beside.is_none() {
            items.extend(owner_item(*id, line, policy, now));
            items.extend(better_way(*id, line));
            items.extend(beside(*id, line));
        }
        items.extend(dearer_order(*id, line, now));
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
    if let Some(plan) = migration.plan.as_ref().filter(|plan| migration.awaits_approval(plan.id)) {
        let opens = plan.lines.values().map(|line| line.opens).min();
        items.push(ActionItem { line: None, action: Action::ApprovePlan { plan: plan.id }, due: opens, contact: None });
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

/// Whether a line neither has a plan nor stands in one that waits for approval.
fn lacks_plan(migration: &Migration, line: &Line) -> bool {
    let proposed = |plan: &Plan| migration.awaits_approval(plan.id) && plan.lines.contains_key(&line.source.id);
    matches!(line.stage, Stage::Draft | Stage::Ready) && !migration.plan.as_ref().is_some_and(proposed)
}

/// What its owner is asked to do with the old subscription of `line`.
fn owner_item(id: LineId, line: &Line, policy: &Policy, now: Timestamp) -> Option<ActionItem> {
    let (acts, due) = asked(line, policy, now)?;
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

fn line_items(id: LineId, line: &Line, now: Timestamp) -> Vec<ActionItem> {
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
            let findings: Vec<Finding> = line.to_look_at().cloned().collect();
            let pause = if findings.iter().all(is_of_invoice) { INVOICED_WITHIN } else { LOOK_AFTER };
            let due = ends.map(|ends| later(ends, pause));
            if findings.is_empty() { Vec::new() } else { vec![item(Action::CheckAfterEnd { findings }, due)] }
        }
        Stage::NeedsAttention { cause, .. } => {
            vec![item(Action::Attend { cause: cause.clone() }, to_attend(line, cause).or(ends))]
        }
        _ => Vec::new(),
    }
}

/// An order that costs more than was approved, as long as it can be cancelled (invariant I4, rule R64). The line goes on.
fn dearer_order(id: LineId, line: &Line, now: Timestamp) -> Option<ActionItem> {
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
    let action = Action::Attend { cause: Cause::PurchaseDiffers { what } };
    Some(ActionItem { line: Some(id), action, due: Some(closes), contact: line.source.contact_email.clone() })
}

/// Until when `cause` has to be settled where it is not the end of the old subscription: seven days from a purchase or a
/// renewal it can be cancelled for money (rules R64, R126). Users who wait for their new licence wait no longer than the old one
/// serves.
pub(crate) fn to_attend(line: &Line, cause: &Cause) -> Option<Timestamp> {
    let plan = line.plan.as_ref()?;
    let ends = plan.ends.instant();
    match cause {
        Cause::SourceRenewed { .. } => Some(window_end(ends)),
        Cause::PurchaseDiffers { .. } | Cause::OrderedTwice { .. } => {
            let closes = window_end(line.purchases.last()?.ordered_at);
            Some(if plan.reassign == Reassign::SwapEachUser { closes.min(ends) } else { closes })
        }
        _ => None,
    }
}

/// The end of the seven days that began at `opened`, by their safe reading in whole UTC days (rule R64).
pub(super) fn window_end(opened: Timestamp) -> Timestamp {
    window(opened, opened).map_or(opened, |window| window.safe_end)
}

/// What is better than buying again and only a person can do, until the purchase begins (rule R17).
fn better_way(id: LineId, line: &Line) -> Option<ActionItem> {
    let open = may_be_planned(&line.stage) && line.stage != Stage::NothingToDo;
    let course = line.findings.iter().filter(|_| open).find_map(Finding::advises)?;
    let action = Action::TakeCourse { course, program: line.judged().program, product: line.source.title() };
    let due = line.plan.as_ref().map(|plan| plan.opens).or(line.source.end().map(End::instant));
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

impl Action {
    /// A code for filters and machines, and the name of its page under `docs/actions`; that of a finding or of what stopped
    /// the line has its page there.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SendInvitation { .. } => "SEND_INVITATION",
            Self::ObtainAgreement => "OBTAIN_AGREEMENT",
            Self::Resume => "RESUME",
            Self::MakePlan { .. } => "MAKE_PLAN",
            Self::ApprovePlan { .. } => "APPROVE_PLAN",
            Self::Unblock { finding } => finding.code(),
            Self::StopRenewal { .. } => "STOP_RENEWAL",
            Self::KeepAlive { .. } => "KEEP_ALIVE",
            Self::LookAgain { .. } => "LOOK_AGAIN",
            Self::CheckAfterEnd { .. } => "CHECK_AFTER_END",
            Self::TakeCourse { course, .. } => match course {
                Course::PartnerTransfer => "PARTNER_TRANSFER",
                Course::NceMigration => "NCE_MIGRATION",
                Course::ChannelTransfer => "CHANNEL_TRANSFER",
                course => course.word(),
            },
            Self::Attend { cause } => cause.code(),
        }
    }
}

impl Cause {
    /// The code, and the name of its page under `docs/errors`, or under `docs/findings` where a finding has the same.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Found(findings) => findings.first().map_or("STATE_CHANGED", Finding::code),
            Self::CustomerLate => "CUSTOMER_LATE",
            Self::WindowMissed => "WINDOW_MISSED",
            Self::Refused(refusal) => FindingKind::of_refusal(refusal).map_or("REFUSED", FindingKind::code),
            Self::CartDiffers { .. } => "CART_DIFFERS",
            Self::PurchaseDiffers { .. } => "PURCHASE_DIFFERS",
            Self::OrderedTwice { .. } => "ORDERED_TWICE",
            Self::DeliveryLate => "DELIVERY_LATE",
            Self::SwapLate => "SWAP_LATE",
            Self::BaseStopped { .. } => FindingKind::PrerequisiteMissing.code(),
            Self::NoFreeUnits { .. } => "NO_FREE_UNITS",
            Self::PurchaseCancelled { .. } => "PURCHASE_CANCELLED",
            Self::SwapStopped { .. } => "SWAP_STOPPED",
            Self::Shortfall { .. } => "SEATS_BELOW_CONSUMPTION",
            Self::SourceRenewed { .. } => "SOURCE_RENEWED",
            Self::SourceUnclear => "SOURCE_UNCLEAR",
        }
    }

    /// What a person can do, in a sentence or two.
    pub fn remedy(&self) -> String {
        let text = match self {
            Self::Found(findings) => {
                return findings.first().map_or_else(|| "Plan again.".to_owned(), Finding::remedy);
            }
            Self::CustomerLate => {
                "Call the customer: it must accept the invitation and the agreement before the old subscription ends."
            }
            Self::WindowMissed => {
                "Look whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve."
            }
            Self::Refused(refusal) => {
                let settle = "Settle what the service says, then `carryover resolve LINE go-on`.";
                return format!("{} {settle}", refusal.remedy());
            }
            Self::CartDiffers { .. } => {
                "Look at the offer in Partner Center, then `carryover resolve LINE go-on` for a new cart."
            }
            Self::PurchaseDiffers { .. } => {
                "Correct the new subscription in Partner Center within seven days, or have the customer accept it as it is. A line that has stopped goes on with `carryover resolve LINE go-on`."
            }
            Self::OrderedTwice { .. } => {
                "Cancel one of the orders in Partner Center within seven days, then `carryover resolve LINE go-on`."
            }
            Self::DeliveryLate => {
                "Look in Partner Center whether there is an order, and open a support request where there is; leave the old subscription's renewal on. Work goes on by itself."
            }
            Self::SwapLate => {
                "Leave the old subscription's renewal on until all users have changed. `carryover show` says how far they are. Work goes on by itself."
            }
            Self::BaseStopped { base } => {
                return format!(
                    "Settle what stopped the base, line {base}; work goes on by itself after that. Shortly before the end the add-on is tried all the same."
                );
            }
            Self::NoFreeUnits { .. } => {
                "Free units of the new licence: take it from users who do not need it, or add seats to the new subscription. Work goes on by itself."
            }
            Self::PurchaseCancelled { .. } => {
                "Leave the old subscription's renewal on. To buy again, `carryover resolve LINE plan-again`, plan and approve; where the old subscription stays, give users who have changed its licence again, then `carryover resolve LINE old-kept`."
            }
            Self::SwapStopped { .. } => {
                "Correct what is wrong with these users, or give them back what they had (`carryover show` has it), then `carryover resolve LINE go-on`."
            }
            Self::Shortfall { .. } => {
                "Add seats to the new subscription or take licences from users before the old one ends. Work goes on by itself."
            }
            Self::SourceRenewed { old_by, new_by, .. } => {
                let by = |day: &Option<Date>| day.map_or("for seven days".to_owned(), |day| format!("until {day}"));
                return format!(
                    "Have the owner cancel it, for a prorated refund {}; or cancel the new subscription in Partner Center, for one {}, and keep the old one, once its users have its licence again. What is not cancelled in time lasts and is paid until the end of its term. Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.",
                    by(old_by),
                    by(new_by)
                );
            }
            Self::SourceUnclear => {
                "Look at the old subscription in the customer's admin centre. Work goes on by itself."
            }
        };
        text.to_owned()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(findings) => {
                let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join("; "))
            }
            Self::CustomerLate => f.write_str("the customer has not let us sell in time"),
            Self::WindowMissed => {
                f.write_str("the last day of the old subscription passed before anything could be bought")
            }
            Self::Refused(refusal) => write!(f, "the service refused: {refusal}"),
            Self::CartDiffers { what } | Self::PurchaseDiffers { what } => f.write_str(what),
            Self::OrderedTwice { orders } => write!(f, "more than one order carries our mark: {}", orders.join(", ")),
            Self::DeliveryLate => f.write_str("the purchase is not usable in time"),
            Self::SwapLate => f.write_str("not all users were seen to work with the new licence in time"),
            Self::BaseStopped { base } => write!(f, "the base that it needs, line {base}, has stopped"),
            Self::NoFreeUnits { users } => {
                let users = count(users, "user who is", "users who are");
                write!(f, "the new licence has no free unit for {users} to change")
            }
            Self::PurchaseCancelled { subscription } => {
                write!(f, "the new subscription {subscription} was cancelled")
            }
            Self::SwapStopped { failed } => match failed.iter().next() {
                Some((user, reason)) if failed.len() == 1 => {
                    write!(f, "the change of 1 user did not go well, {user}: {reason}")
                }
                Some((user, reason)) => {
                    write!(f, "the change of {} users did not go well, the first {user}: {reason}", failed.len())
                }
                None => f.write_str("the change of users did not go well"),
            },
            Self::Shortfall { consumed, pool_after } => {
                write!(f, "{} and {pool_after} would be left without the old subscription", in_use(*consumed))
            }
            Self::SourceRenewed { until, .. } => {
                write!(f, "the old subscription renewed; its last day is now {}", End::at(*until).last_whole_day())
            }
            Self::SourceUnclear => f.write_str("it cannot be seen whether the old subscription has ended"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SendInvitation { link } => write!(f, "send the customer the invitation: {link}"),
            Self::ObtainAgreement => f.write_str("have the customer accept the Microsoft Customer Agreement"),
            Self::Resume => f.write_str("let this halted customer go on: `carryover resume`"),
            Self::MakePlan { lines: 1 } => f.write_str("assess and plan 1 line, then approve its plan"),
            Self::MakePlan { lines } => write!(f, "assess and plan {lines} lines, then approve their plan"),
            Self::ApprovePlan { plan } => write!(f, "approve plan {plan}"),
            Self::Unblock { finding } => write!(f, "{finding}. {}", finding.remedy()),
            Self::LookAgain { product, from } => {
                let from = from.map_or_else(|| "shortly before the end".to_owned(), |from| format!("from {from} on"));
                write!(
                    f,
                    "assess once more, {from}, whether others still cover the users of {product}; then have its renewal stopped, or plan"
                )
            }
            Self::StopRenewal { ask, by } => stop_text(f, ask, *by),
            Self::KeepAlive { ask, by } => keep_text(f, ask, *by),
            Self::CheckAfterEnd { findings } => {
                let told: Vec<String> = findings.iter().map(|one| format!("{one} ({})", one.code())).collect();
                write!(f, "look after the end: {}", told.join("; "))
            }
            Self::TakeCourse { course, program, product } => {
                f.write_str(&course.asks(product, *program).unwrap_or_default())
            }
            Self::Attend { cause } => write!(f, "{cause}. {}", cause.remedy()),
        }
    }
}
