//! How far a write got. The most important vocabulary here: doubt is not failure.

use jiff::SignedDuration;
use std::fmt;

/// The fate of one write. Each variant has exactly one continuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// Answered, and done.
    Done(T),
    /// Answered: will not be done, for a business reason. Sending it again changes nothing.
    Refused(Refusal),
    /// Answered: not now. Nothing was done.
    Throttled {
        /// How long to stay away.
        retry_after: SignedDuration,
    },
    /// Never left this machine. Nothing was done.
    NotSent(Fault),
    /// Left, and no answer came that settles it. It may have been done.
    InDoubt(Fault),
}

impl<T> Outcome<T> {
    /// The same fate with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(value) => Outcome::Done(with(value)),
            Self::Refused(refusal) => Outcome::Refused(refusal),
            Self::Throttled { retry_after } => Outcome::Throttled { retry_after },
            Self::NotSent(fault) => Outcome::NotSent(fault),
            Self::InDoubt(fault) => Outcome::InDoubt(fault),
        }
    }
}

/// Why the service will not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What a person or the migration can do with it.
    pub kind: RefusalKind,
    /// The service's own code, for its support: "403/13605".
    pub code: String,
    /// The service's words, for people only. Never a secret, never decided upon.
    pub detail: String,
}

/// What a refusal means for the migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalKind {
    /// The cart can no longer be checked out (fact sheet 13.1: expired or unknown).
    CartGone,
    /// No reseller relationship yet, or not yet known everywhere (fact sheet 9.5).
    NoRelationship,
    /// The customer has not accepted the Microsoft Customer Agreement (fact sheet 11).
    AgreementMissing,
    /// The catalogue item is not for sale here and now.
    OfferUnavailable,
    /// The number of seats is not allowed, all channels together (rules R77, R79).
    SeatsNotAllowed,
    /// Our credit or account does not allow it (rule R89).
    AccountOnHold,
    /// A user's licence cannot be changed: location, dependency or conflict (rule R102).
    LicenceNotAssignable,
    /// No free unit in the target pool yet (rule R105).
    NoFreeUnits,
    /// Our application or its consent lacks a right.
    NotPermitted,
    /// Refused for another reason; a person must read the words.
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.detail, self.code)
    }
}

/// What went wrong on the way. For people and logs; nothing is decided upon it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// One sentence without secrets.
    pub detail: String,
}

impl Fault {
    /// A fault in one sentence.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}
