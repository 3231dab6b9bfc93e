//! Who must act by when, so that every line makes its date. Unlike action items, which say what waits today, these look
//! ahead: also what is asked of people only once a replacement stands.

use super::line::{LineForecast, Standing, Who};
use crate::assess::must_be_ended;
use crate::finding::{Action, Finding, FindingKind, Severity};
use crate::ids::LineId;
use crate::migration::action::to_attend;
use crate::migration::state::{Exit, Line, Stage};
use crate::plan::{LinePlan, SourceEnd};
use crate::policy::Policy;
use crate::portfolio::SourceLine;
use crate::program::Owner;
use crate::time::{day_after, day_before, earlier, start_of, utc_day};
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
    /// The code: that of the finding, or `APPROVE_PLAN`, `STOP_RENEWAL`, `CANCEL_FOR_REFUND`, `PARTNER_TRANSFER`,
    /// `NCE_MIGRATION`, `CHANNEL_TRANSFER`, or that of what stopped the line.
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
        let due = self.due?;
        let day = utc_day(due);
        Some(if start_of(day) == due { day_before(day) } else { day })
    }

    pub(super) fn order(&self) -> (bool, Option<Timestamp>, &Who, Option<LineId>, &'static str) {
        (self.due.is_none(), self.due, &self.who, self.line, self.code)
    }
}

/// What a person must do about `forecast` alone, whose old subscription is judged to be `source`: the owner of the old subscription, whoever starts a better way, whoever
/// removes what blocks or has stopped it.
pub(super) fn of_line(
    forecast: &LineForecast,
    line: &Line,
    source: &SourceLine,
    plan: Option<&LinePlan>,
    findings: &[Finding],
    policy: &Policy,
) -> Vec<ActBy> {
    let act = |code, text: String, actor, due| ActBy {
        code,
        text,
        remedy: None,
        actor,
        due,
        who: forecast.who.clone(),
        line: Some(forecast.line),
    };
    let title = &forecast.title;
    if forecast.standing == Standing::Blocked {
        return findings
            .first()
            .map(|finding| ActBy {
                remedy: Some(finding.remedy()),
                ..act(finding.code(), finding.to_string(), actor(finding.kind()), forecast.ends)
            })
            .into_iter()
            .collect();
    }
    let mut acts = Vec::new();
    if let Stage::NeedsAttention { cause, .. } = &line.stage {
        let due = to_attend(line, cause).or(forecast.ends);
        let stopped = act(cause.code(), cause.to_string(), Actor::Us, due);
        acts.push(ActBy { remedy: Some(cause.remedy()), ..stopped });
    }
    let owner = Actor::Owner(source.program.owner());
    let stop = |once: &str| {
        let due = forecast.ends.map(|end| earlier(end, policy.renew_cutoff));
        let what = if source.may_renew() { "stop the renewal of" } else { "choose \"cancel at end of term\" for" };
        act("STOP_RENEWAL", format!("{what} {title}, once {once}"), owner, due)
    };
    let covered = findings.iter().any(|finding| matches!(finding, Finding::AlreadyCovered { .. }));
    if forecast.standing == Standing::NothingToDo && covered && line.beside.is_none() {
        let goes_on = forecast.old_end.filter(|last_day| must_be_ended(source, *last_day));
        acts.extend(goes_on.map(|_| stop("it was looked again whether others cover its users")));
    }
    let Some(plan) = plan.filter(|_| !matches!(forecast.standing, Standing::Closed | Standing::NothingToDo)) else {
        return acts;
    };
    let settled = matches!(
        line.stage.underlying(),
        Stage::WindingDown { exit: Exit::LetExpire | Exit::OwnerConfirmed { .. }, .. }
    );
    match plan.source_end {
        SourceEnd::OwnerStopsRenewal if !settled => acts.push(stop("its replacement stands")),
        // Every day of waiting is a day's refund less (rule R122).
        SourceEnd::OwnerCancels if !settled => {
            let due = forecast.day.map(|day| start_of(day_after(day)));
            let text = format!("cancel {title} for its refund, once its replacement stands");
            acts.push(act("CANCEL_FOR_REFUND", text, owner, due));
        }
        SourceEnd::RunsOut | SourceEnd::OwnerStopsRenewal | SourceEnd::OwnerCancels => {}
    }
    let asked = forecast.advised.and_then(|course| Some((course.word(), course.asks(title, line.judged().program)?)));
    acts.extend(asked.map(|(code, text)| act(code, text, Actor::Us, forecast.opens)));
    acts
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

/// The plan of `who` must be approved before the first of `lines` opens.
pub(super) fn approval(who: &Who, lines: &[LineForecast]) -> Option<ActBy> {
    let planned = || lines.iter().filter(|line| line.standing == Standing::Planned);
    let text = match planned().count() {
        0 => return None,
        1 => "look at the plan of 1 line and approve it".to_owned(),
        lines => format!("look at the plan of {lines} lines and approve it"),
    };
    let due = planned().filter_map(|line| line.opens).min();
    Some(ActBy { code: "APPROVE_PLAN", text, remedy: None, actor: Actor::Us, due, who: who.clone(), line: None })
}

/// One of each thing about a customer as a whole, at its earliest date.
pub(super) fn merged(mut acts: Vec<ActBy>) -> Vec<ActBy> {
    acts.sort_by(|one, other| {
        let key = |act: &ActBy| (act.line, act.code, act.due.is_none(), act.due);
        key(one).cmp(&key(other)).then_with(|| one.text.cmp(&other.text))
    });
    acts.dedup_by(|later, first| later.line.is_none() && (later.line, later.code) == (first.line, first.code));
    acts
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
    finding.severity() == Severity::Blocks(Action::Plan)
}
