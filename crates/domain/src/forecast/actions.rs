//! Who must act by when, so that every line makes its date: the action items, which say what waits today, and what is foreseen
//! beside them, such as what is asked of people only once a replacement stands. Decides nothing.

use super::line::{LineForecast, Standing, Who};
use crate::assess::must_be_ended;
use crate::finding::{Action as Blocked, Finding, FindingKind, Severity};
use crate::ids::LineId;
use crate::migration::action::{Action, ActionItem};
use crate::migration::asks::{Stop, is_stopped, stop};
use crate::migration::state::{Line, Stage};
use crate::plan::{LinePlan, SourceEnd};
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::program::Owner;
use crate::time::{End, day_after, due_day, start_of};
use jiff::Timestamp;
use jiff::civil::Date;
use std::fmt;

/// Who can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// An administrator of the customer.
    Customer,
    /// Our own people.
    Us,
    /// Whoever can end the old subscription.
    Owner(Owner),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.write_str("the customer's administrator"),
            Self::Us => f.write_str("our own people"),
            Self::Owner(owner) => owner.fmt(f),
        }
    }
}

/// One thing that a person must do by a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActBy {
    /// The code, as that of an action item ([`Action::code`]).
    pub code: &'static str,
    /// What is to be done, or what is in the way, in a sentence.
    pub text: String,
    /// How to remove it, where something is in the way.
    pub remedy: Option<String>,
    /// Who can.
    pub actor: Actor,
    /// By when; none where nobody knows.
    pub due: Option<Timestamp>,
    /// Whose line it is.
    pub who: Who,
    /// The line; none where it is about the customer as a whole.
    pub line: Option<LineId>,
}

impl ActBy {
    /// The last day on which it is not too late: midnight belongs to the day before.
    pub fn due_day(&self) -> Option<Date> {
        self.due.map(due_day)
    }

    pub(super) fn order(&self) -> (bool, Option<Timestamp>, &Who, Option<LineId>, &'static str) {
        (self.due.is_none(), self.due, &self.who, self.line, self.code)
    }
}

/// What waits for a person today about `who`, of whom the plans of so many lines are to be approved.
pub(super) fn waiting(who: &Who, items: Vec<ActionItem>, planned: usize) -> Vec<ActBy> {
    let act = |ActionItem { line, action, due, contact: _ }: ActionItem| ActBy {
        code: action.code(),
        text: match (&action, planned) {
            // The id of a plan that is only foreseen means nothing to anybody.
            (Action::ApprovePlan { .. }, 0) => "look at the newest plan and approve it".to_owned(),
            (Action::ApprovePlan { .. }, 1) => "look at the plan of 1 line and approve it".to_owned(),
            (Action::ApprovePlan { .. }, lines) => format!("look at the plan of {lines} lines and approve it"),
            (action, _) => action.what(),
        },
        remedy: action.remedy(),
        actor: match &action {
            Action::StopRenewal { ask, .. } | Action::KeepAlive { ask, .. } => Actor::Owner(ask.program.owner()),
            Action::Unblock { finding } => actor(finding.kind()),
            _ => Actor::Us,
        },
        due,
        who: who.clone(),
        line,
    };
    items.into_iter().map(act).collect()
}

/// What will be asked about `forecast` later, of the owner of the old subscription, which is judged to be `source`: whatever waits
/// today comes with the action items.
pub(super) fn of_owner(
    forecast: &LineForecast,
    line: &Line,
    source: &SourceLine,
    plan: Option<&LinePlan>,
    findings: &[Finding],
    policy: &Policy,
    now: Timestamp,
) -> Option<ActBy> {
    let title = &forecast.title;
    let act = |text, due| ActBy {
        code: "STOP_RENEWAL",
        text,
        remedy: None,
        actor: Actor::Owner(source.program.owner()),
        due: Some(due),
        who: forecast.who.clone(),
        line: Some(forecast.line),
    };
    let ends = End::at(forecast.ends?);
    let stop_once = |at: Timestamp, once: &str| {
        let (by, due) = stop(source, ends, policy, at);
        let what = match by {
            Stop::CancelAtEnd => format!("choose \"cancel at end of term\" for {title}"),
            Stop::AfterRenewal => format!("if {title} renews, cancel it within seven days of that"),
            Stop::IfItGoesOn { refunded: true } => {
                format!("if {title} has gone on after its last day, cancel it within seven days of that")
            }
            Stop::IfItGoesOn { refunded: false } => format!("if {title} has gone on after its last day, end it"),
            Stop::Renewal | Stop::RenewalIfOn | Stop::CancelNow { .. } => format!("stop the renewal of {title}"),
        };
        act(format!("{what}, once {once}"), due)
    };
    if line.beside.is_some() {
        return None;
    }
    let covered = findings.iter().any(|finding| matches!(finding, Finding::AlreadyCovered { .. }));
    if forecast.standing == Standing::NothingToDo && covered {
        let goes_on = now < ends.instant() && must_be_ended(source, ends.last_whole_day()) && !is_stopped(line);
        return goes_on.then(|| stop_once(now, "it was looked again whether others cover its users"));
    }
    // From the letting go on it is asked today, was answered, or is over.
    let let_go =
        |stage: &Stage| matches!(stage, Stage::WindingDown { .. } | Stage::Closed { .. } | Stage::Settled { .. });
    let plan = plan.filter(|_| !let_go(line.stage.underlying()) && forecast.standing != Standing::NothingToDo)?;
    match plan.source_end {
        SourceEnd::OwnerStopsRenewal => {
            Some(stop_once(forecast.opens.unwrap_or(now).max(now), "its replacement stands"))
        }
        // Every day of waiting is a day's refund less (rule R122).
        SourceEnd::OwnerCancels => {
            let due = start_of(day_after(forecast.day?));
            Some(act(format!("cancel {title} for its refund, once its replacement stands"), due))
        }
        SourceEnd::RunsOut => None,
    }
}

/// What a person must do before `forecast` may be bought: each finding that stops the purchase and that approving the plan
/// does not let pass. Told of the customer where it is about the customer.
pub(super) fn before_purchase(forecast: &LineForecast, findings: &[Finding]) -> Vec<ActBy> {
    let stops = |finding: &&Finding| {
        (finding.stops_purchase() && !finding.can_be_waived() && finding.kind() != FindingKind::PendingOperation)
            || finding.kind() == FindingKind::GdapExpiring
    };
    let act = |finding: &Finding| ActBy {
        code: finding.code(),
        text: finding.to_string(),
        remedy: Some(finding.remedy()),
        actor: actor(finding.kind()),
        due: forecast.opens,
        who: forecast.who.clone(),
        line: (!about_customer(finding.kind())).then_some(forecast.line),
    };
    findings.iter().filter(stops).map(act).collect()
}

/// What waits `today` with what is `foreseen` beside it: not what is asked today already, and one of each thing about a customer as a
/// whole, at its earliest date.
pub(super) fn merged(today: Vec<ActBy>, foreseen: Vec<ActBy>) -> Vec<ActBy> {
    let asked = |act: &ActBy| {
        today.iter().any(|one| one.line == act.line && (one.code == act.code || removes(one.code, act.code)))
    };
    let foreseen: Vec<ActBy> = foreseen.into_iter().filter(|act| !asked(act)).collect();
    let mut acts: Vec<ActBy> = today.into_iter().chain(foreseen).collect();
    acts.sort_by(|one, other| {
        let key = |act: &ActBy| (act.line, act.code, act.due.is_none(), act.due);
        key(one).cmp(&key(other)).then_with(|| one.text.cmp(&other.text))
    });
    acts.dedup_by(|later, first| later.line.is_none() && (later.line, later.code) == (first.line, first.code));
    acts
}

/// Whether the finding of code `found` goes once what is asked as `code` is done.
fn removes(code: &str, found: &str) -> bool {
    let kinds: &[FindingKind] = match code {
        "SEND_INVITATION" => &[FindingKind::NoRelationship],
        "OBTAIN_AGREEMENT" => &[FindingKind::AgreementMissing, FindingKind::AgreementOutdated],
        _ => &[],
    };
    kinds.iter().any(|kind| kind.code() == found)
}

/// Who removes it.
fn actor(kind: FindingKind) -> Actor {
    match kind {
        FindingKind::NoRelationship
        | FindingKind::AgreementMissing
        | FindingKind::AgreementOutdated
        | FindingKind::NoDelegatedAdmin
        | FindingKind::GdapRoleMissing
        | FindingKind::GdapExpiring
        | FindingKind::ConditionalAccessBlock => Actor::Customer,
        _ => Actor::Us,
    }
}

/// Whether it concerns all lines of a customer alike: what blocks at the level of the customer.
fn about_customer(kind: FindingKind) -> bool {
    actor(kind) == Actor::Customer
        || matches!(
            kind,
            FindingKind::PartnerNotOnboarded
                | FindingKind::PartnerAgreementMissing
                | FindingKind::RegistrationIdMissing
                | FindingKind::AddressInvalid
                | FindingKind::ContactMissing
                | FindingKind::CreditExceeded
                | FindingKind::ResellerUnknown
                | FindingKind::AccountUnderReview
                | FindingKind::RiskBlocked
        )
}

/// Whether `finding` forbids planning.
pub(super) fn blocks_planning(finding: &Finding) -> bool {
    finding.severity() == Severity::Blocks(Blocked::Plan)
}
