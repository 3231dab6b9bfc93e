//! A call that did not bring what was asked for, on its way to becoming an [`Outcome`] or an [`Unavailable`].

use crate::classify::{Meaning, Operation};
use carryover_domain::reply::RefusalKind;
use carryover_ports::{Fault, Outcome, Refusal, Unavailable};
use jiff::SignedDuration;

/// What to assume when the service asks to slow down without saying for how long (fact sheet 7).
const PAUSE_UNSAID: SignedDuration = SignedDuration::from_secs(60);

/// Longest text of a service that is passed on. Descriptions have at most 1024 characters (fact sheet 6.1).
const DETAIL_CHARS_MAX: usize = 1024;

/// What went wrong, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) operation: Operation,
    pub(crate) meaning: Meaning,
    /// The status, when there was an answer.
    pub(crate) status: Option<u16>,
    /// The service's own code.
    pub(crate) code: Option<String>,
    /// One sentence without secrets.
    pub(crate) detail: String,
    /// How long the service asks to stay away.
    pub(crate) retry_after: Option<SignedDuration>,
}

impl Failure {
    /// A failure that is not an answer of the service.
    pub(crate) fn new(operation: Operation, meaning: Meaning, detail: impl Into<String>) -> Self {
        Self { operation, meaning, status: None, code: None, detail: detail.into(), retry_after: None }
    }

    /// An answer that says something else than it must.
    pub(crate) fn garbled(operation: Operation, detail: impl std::fmt::Display) -> Self {
        Self::new(operation, Meaning::Garbled, format!("the answer cannot be understood: {detail}"))
    }

    /// The fate of the write that this call was, or was to prepare.
    pub(crate) fn outcome<T>(self) -> Outcome<T> {
        match self.meaning {
            Meaning::Refused(kind) => Outcome::Refused(self.refusal(kind)),
            Meaning::StaleItem => Outcome::Refused(self.refusal(RefusalKind::OfferUnavailable)),
            Meaning::Throttled | Meaning::NotNow { .. } | Meaning::Outdated => {
                Outcome::Throttled { retry_after: self.pause() }
            }
            // A rejected token never reaches the service that acts.
            // Absence is an answer to a read alone, here to the one in front of the write.
            Meaning::NotSent | Meaning::NotFound | Meaning::SignInRefused | Meaning::TokenRejected => {
                Outcome::NotSent(Fault::new(self.sentence()))
            }
            Meaning::Done
            | Meaning::Passing
            | Meaning::Silent
            | Meaning::Garbled
            | Meaning::ListEnd
            | Meaning::AlreadyDone
            | Meaning::AlreadyOrdered
            | Meaning::NotHeld => {
                let fault = Fault::new(self.sentence());
                // Signing in or a read in front of the write went wrong: the write never left.
                if self.operation.is_write() { Outcome::InDoubt(fault) } else { Outcome::NotSent(fault) }
            }
        }
    }

    /// Why the read brought nothing.
    pub(crate) fn unavailable(self) -> Unavailable {
        let forbidden = self.status == Some(403);
        match self.meaning {
            Meaning::Throttled | Meaning::NotNow { .. } => Unavailable::Throttled { retry_after: self.pause() },
            // 503 may say for how long (fact sheet 3.2).
            Meaning::Passing if self.retry_after.is_some() => Unavailable::Throttled { retry_after: self.pause() },
            Meaning::NotSent | Meaning::Passing | Meaning::Silent => {
                Unavailable::Unreachable(Fault::new(self.sentence()))
            }
            Meaning::SignInRefused | Meaning::TokenRejected => Unavailable::SignInRefused(Fault::new(self.sentence())),
            Meaning::Refused(
                RefusalKind::NoRelationship | RefusalKind::NotPermitted | RefusalKind::AgreementMissing,
            ) => Unavailable::Forbidden(Fault::new(self.sentence())),
            // Of a customer that is none of ours it says either (fact sheet 9.2).
            Meaning::NotFound if self.operation == Operation::Customer => {
                Unavailable::Forbidden(Fault::new(self.sentence()))
            }
            // Other refusals of the service by this status are of us or of the customer as well (fact sheet 6.3).
            Meaning::Refused(_) if forbidden => Unavailable::Forbidden(Fault::new(self.sentence())),
            Meaning::Refused(_)
            | Meaning::Done
            | Meaning::Garbled
            | Meaning::NotFound
            | Meaning::ListEnd
            | Meaning::StaleItem
            | Meaning::Outdated
            | Meaning::AlreadyDone
            | Meaning::AlreadyOrdered
            | Meaning::NotHeld => Unavailable::Unreadable(Fault::new(self.sentence())),
        }
    }

    fn refusal(self, kind: RefusalKind) -> Refusal {
        Refusal {
            kind,
            code: self.full_code().unwrap_or_else(|| "none".to_owned()),
            detail: if self.detail.is_empty() { self.sentence() } else { self.detail },
        }
    }

    /// Status and code, such as `403/13605`; none without an answer.
    fn full_code(&self) -> Option<String> {
        let status = self.status?;
        Some(match &self.code {
            Some(code) => format!("{status}/{code}"),
            None => status.to_string(),
        })
    }

    /// What went wrong, in one sentence.
    pub(crate) fn sentence(&self) -> String {
        let told = self.told();
        match self.instruction() {
            Some(instruction) => format!("{}; {instruction}", told.trim_end_matches('.')),
            None => told,
        }
    }

    /// What a person has to do about it, where the service's code says so.
    pub(crate) fn instruction(&self) -> Option<&'static str> {
        self.code.as_deref().and_then(instruction)
    }

    fn told(&self) -> String {
        let operation = self.operation.name();
        match (self.full_code(), self.detail.as_str()) {
            (Some(code), "") => format!("`{operation}` was answered with {code}"),
            (Some(code), words) => format!("`{operation}` was answered with {code}: {words}"),
            (None, words) => format!("`{operation}`: {words}"),
        }
    }

    /// Whether the service asks all callers to stay away for a while: it has had enough, or it is down and says for how long (fact
    /// sheet 3.2).
    pub(crate) fn asks_to_stay_away(&self) -> bool {
        match self.meaning {
            Meaning::Throttled => true,
            Meaning::Passing => self.retry_after.is_some(),
            _ => false,
        }
    }

    /// Whether it was the way that broke: before an answer, or within one.
    pub(crate) fn is_of_the_way(&self) -> bool {
        self.status.is_none_or(|status| status < 500)
    }

    /// What the service asks for, else what its code comes to.
    pub(crate) fn pause(&self) -> SignedDuration {
        self.retry_after.unwrap_or(match self.meaning {
            Meaning::NotNow { secs } => SignedDuration::from_secs(i64::from(secs)),
            _ => PAUSE_UNSAID,
        })
    }
}

/// What a person has to do before anything of this kind is let through again (fact sheet 2.8, 6.3).
fn instruction(code: &str) -> Option<&'static str> {
    Some(match code {
        "900421" => "a partner user with multi-factor sign-in must consent again",
        "900309" => {
            "have the access policy of the tenant let the consenting user and this machine in, then consent again"
        }
        "900420" | "800001" => "register the application for Partner Center's own API and consent again",
        "900124" => {
            "have a global administrator of our own tenant sign the Microsoft Partner Agreement in Partner Center"
        }
        "900308" | "900150" => "give the consenting user the Admin agent role",
        "900329" | "900316" => "this needs the consent of a partner user; set partner.refresh_token_file",
        _ => return None,
    })
}

/// Words of a service: one line, bounded.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(DETAIL_CHARS_MAX).collect()
}
