//! What waits for a person, as sentences: what it is, and what can be done about it. Decides nothing.

use super::action::{Action, window_end};
use super::asks::{keep_text, stop_text};
use super::state::{Cause, Line};
use crate::facts::Standing;
use crate::finding::{Finding, FindingKind, count, in_use};
use crate::route::Course;
use crate::time::{End, utc_day};
use jiff::Timestamp;
use jiff::civil::Date;
use std::fmt;

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
            Self::Attend { cause, .. } => cause.code(),
        }
    }

    /// What is the matter or what is to be done, in a sentence; an invitation's link is not part of it.
    pub fn what(&self) -> String {
        match self {
            Self::SendInvitation { .. } => "send the customer the invitation".to_owned(),
            Self::Unblock { finding } => finding.to_string(),
            Self::Attend { cause, .. } => cause.to_string(),
            other => other.to_string(),
        }
    }

    /// What can be done about it, where the sentence alone does not say.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Unblock { finding } => Some(finding.remedy()),
            Self::Attend { remedy, .. } => Some(remedy.clone()),
            Self::CheckAfterEnd { findings } => findings.first().map(Finding::remedy),
            _ => None,
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

    /// What a person can do at `now` about `line`, where our `standing` is known, in a sentence or two. What has passed by then is told
    /// as passed.
    pub fn remedy(&self, line: &Line, standing: Option<&Standing>, now: Timestamp) -> String {
        let passed = line.has_passed(now);
        let text = match self {
            Self::Found(findings) => {
                return findings.first().map_or_else(|| "Plan again.".to_owned(), Finding::remedy);
            }
            Self::CustomerLate if passed => {
                "Call the customer: the last day of the old subscription has passed, and nothing can be bought before it has accepted the invitation and the agreement."
            }
            Self::CustomerLate => {
                "Call the customer: it must accept the invitation and the agreement before the old subscription ends."
            }
            Self::WindowMissed if line.is_out_of_sight(standing) => {
                "Ask its owner whether it has renewed, then plan again: `carryover resolve LINE plan-again`, plan and approve. We may not look ourselves before the customer's administrator lets us into the tenant."
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
            Self::PurchaseDiffers { .. } if line.is_bought_for_good(now) => {
                "The seven days in which the new subscription could be corrected in Partner Center have passed: have the customer accept it as it is. A line that has stopped goes on with `carryover resolve LINE go-on`."
            }
            Self::PurchaseDiffers { .. } => {
                "Correct the new subscription in Partner Center within seven days, or have the customer accept it as it is. A line that has stopped goes on with `carryover resolve LINE go-on`."
            }
            Self::OrderedTwice { .. } if line.is_bought_for_good(now) => {
                "The seven days in which one of the orders could be cancelled have passed: settle it with Microsoft's support, then `carryover resolve LINE go-on`."
            }
            Self::OrderedTwice { .. } => {
                "Cancel one of the orders in Partner Center within seven days, then `carryover resolve LINE go-on`."
            }
            Self::DeliveryLate if passed => {
                "Look in Partner Center whether there is an order, and open a support request where there is. Work goes on by itself."
            }
            Self::DeliveryLate => {
                "Look in Partner Center whether there is an order, and open a support request where there is; leave the old subscription's renewal on. Work goes on by itself."
            }
            Self::SwapLate if passed => {
                "The last day of the old subscription has passed: `carryover show` says how far the users are. Work goes on by itself."
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
                let keep = if passed { "" } else { "Leave the old subscription's renewal on. " };
                return format!(
                    "{keep}To buy again, `carryover resolve LINE plan-again`, plan and approve; where the old subscription stays, give users who have changed its licence again, then `carryover resolve LINE old-kept`."
                );
            }
            Self::SwapStopped { .. } => {
                "Correct what is wrong with these users, or give them back what they had (`carryover show` has it), then `carryover resolve LINE go-on`."
            }
            Self::Shortfall { .. } if passed => {
                "Add seats to the new subscription or take licences from users: the last day of the old one has passed. Work goes on by itself."
            }
            Self::Shortfall { .. } => {
                "Add seats to the new subscription or take licences from users before the old one ends. Work goes on by itself."
            }
            Self::SourceRenewed { old_by, new_by, .. } => {
                let old_by = if line.was_over() { By::Reactivation } else { By::of(*old_by) };
                return renewed(old_by, By::of(*new_by), utc_day(now));
            }
            Self::SourceUnclear => {
                "Look at the old subscription in the customer's admin centre. Work goes on by itself."
            }
        };
        text.to_owned()
    }
}

/// How long a subscription can be cancelled for a prorated refund.
#[derive(Clone, Copy)]
enum By {
    /// Until that day.
    Day(Date),
    /// For seven days from its reactivation, of which nobody knows the day (rule R54).
    Reactivation,
    /// For seven days; in logs from before the day was recorded.
    Unknown,
}

impl By {
    fn of(day: Option<Date>) -> Self {
        day.map_or(Self::Unknown, Self::Day)
    }
    /// The day, where it has passed `today`.
    fn passed(self, today: Date) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day).filter(|day| *day < today),
            Self::Reactivation | Self::Unknown => None,
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "until {day}"),
            Self::Reactivation => f.write_str("within seven days of its reactivation"),
            Self::Unknown => f.write_str("for seven days"),
        }
    }
}

/// The two ways out of paying twice, each with its last day for a prorated refund, as they are told `today`.
fn renewed(old: By, new: By, today: Date) -> String {
    let lasts = "What is not cancelled in time lasts and is paid until the end of its term.";
    let then = "Work goes on by itself once the old one has ended; where it is kept, the line ends once the new one is seen to be cancelled.";
    let keep = "and keep the old one, once its users have its licence again";
    match (old.passed(today), new.passed(today)) {
        (None, None) => format!(
            "Have the owner cancel it, for a prorated refund {old}; or cancel the new subscription in Partner Center, for one {new}, {keep}. {lasts} {then}"
        ),
        (None, Some(passed)) => format!(
            "Have the owner cancel it, for a prorated refund {old}; the last day to cancel the new subscription for one was {passed}. {lasts} {then}"
        ),
        (Some(passed), None) => format!(
            "The last day for the owner to cancel it for a prorated refund was {passed}. Cancel the new subscription in Partner Center, for one {new}, {keep}; or have the owner stop the next renewal. {lasts} {then}"
        ),
        (Some(old), Some(new)) => format!(
            "The last days for a prorated refund have passed, {old} for the old subscription and {new} for the new one: both last and are paid until the ends of their terms. Have the owner stop the next renewal. {then}"
        ),
    }
}

impl Line {
    /// Whether the end of the old subscription that is planned with has passed.
    fn has_passed(&self, now: Timestamp) -> bool {
        self.fate(now).is_some()
    }

    /// Whether the seven days have passed in which what was bought last can be cancelled for money (rule R64).
    fn is_bought_for_good(&self, now: Timestamp) -> bool {
        self.purchases.last().is_some_and(|bought| window_end(bought.ordered_at) <= now)
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
                f.write_str("the planned last day of the old subscription passed before anything could be bought")
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
            Self::Attend { cause, remedy } => write!(f, "{cause}. {remedy}"),
        }
    }
}
