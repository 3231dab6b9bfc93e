//! What an answer, or the lack of one, means: one table, first match wins.
//!
//! Codes are reused over services, so rows are scoped by operation (fact sheet 6.1). Words are never looked at, save
//! Graph's, which has no codes for what is wrong with a licence (fact sheet 21.5). What no row knows is not understood,
//! which for a write is doubt.

mod table;

pub(crate) use crate::operation::Operation;

use Codes::{Absent, Coded, One, Said, Whatever};
use When::{Client, Is, Server, Success};
use carryover_domain::reply::RefusalKind;
use table::TABLE;

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal<'a> {
    /// No connection came about: name, TCP or TLS. Nothing was sent.
    NotConnected,
    /// The connection broke after it was there.
    Broken,
    /// Connected, and no answer in time.
    TimedOut,
    /// A success whose body is too large or cannot be read.
    Unreadable,
    /// A fault of one line inside a success; the whole body was understood.
    Line { code: &'a str },
    /// An answer as a whole; with the code of a fault, where one could be read.
    Answer { status: u16, code: Option<&'a str> },
    /// A refusal that the service did not write, such as a page of a proxy: its body is not JSON (fact sheet 6.1, shape D). Its
    /// status is no fact of the service.
    Page { status: u16 },
}

/// What a signal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Answered, and done.
    Done,
    /// Answered: no, and why.
    Refused(RefusalKind),
    /// Answered: slow down.
    Throttled,
    /// Answered: not now, and nothing was done. A try so many seconds later may succeed.
    NotNow {
        /// How long to wait.
        secs: u32,
    },
    /// Answered: it was done before, by whomever.
    AlreadyDone,
    /// Answered: the thing has changed since it was read. Nothing was done.
    Outdated,
    /// Never left.
    NotSent,
    /// No answer that settles it; where the way broke, a read may be repeated at once.
    Passing,
    /// No answer that settles it; look later.
    Silent,
    /// An answer that cannot be understood.
    Garbled,
    /// The token is not good any more; once more with a fresh one.
    TokenRejected,
    /// No token will do until a person acts.
    SignInRefused,
    /// The thing that was asked for is not there.
    NotFound,
    /// The list is over, in the words of a service that has no better ones.
    ListEnd,
    /// The availability has changed since it was read.
    StaleItem,
    /// This cart was checked out before; its order exists or will.
    AlreadyOrdered,
    /// The licence to remove is not held by the user.
    NotHeld,
}

/// The meaning of `signal` as the answer to `operation`.
pub(crate) fn classify(operation: Operation, signal: Signal<'_>) -> Meaning {
    TABLE.iter().find(|row| row.fits(operation, signal)).map_or(Meaning::Garbled, |row| row.means)
}

struct Row {
    /// Which operations; empty for all.
    of: &'static [Operation],
    when: When,
    codes: Codes,
    means: Meaning,
}

enum When {
    NotConnected,
    Broken,
    TimedOut,
    Unreadable,
    /// 2xx.
    Success,
    /// 4xx.
    Client,
    /// 5xx.
    Server,
    /// One of these.
    Is(&'static [u16]),
    /// One line of a success: of a cart, or of a checkout.
    Line,
    /// One line of a success, or 4xx: the code decides.
    Fault,
}

enum Codes {
    /// With a code or without, and whoever wrote it.
    Whatever,
    /// With a code or without, in the service's own words.
    Said,
    /// Without a readable fault.
    Absent,
    /// With one, whatever it is.
    Coded,
    /// With one of these.
    One(&'static [&'static str]),
}

impl Row {
    fn fits(&self, operation: Operation, signal: Signal<'_>) -> bool {
        (self.of.is_empty() || self.of.contains(&operation)) && self.when.fits(signal) && {
            let code = match signal {
                Signal::Answer { code, .. } => code,
                Signal::Line { code } => Some(code),
                _ => None,
            };
            let by_another = matches!(signal, Signal::Page { .. });
            match (&self.codes, code) {
                (Whatever, _) | (Coded, Some(_)) => true,
                (Said, _) | (Absent, None) => !by_another,
                (One(codes), Some(code)) => codes.contains(&code),
                (Absent, Some(_)) | (Coded | One(_), None) => false,
            }
        }
    }
}

impl When {
    fn fits(&self, signal: Signal<'_>) -> bool {
        let status = match signal {
            Signal::NotConnected => return matches!(self, When::NotConnected),
            Signal::Broken => return matches!(self, When::Broken),
            Signal::TimedOut => return matches!(self, When::TimedOut),
            Signal::Unreadable => return matches!(self, When::Unreadable),
            Signal::Line { .. } => return matches!(self, When::Line | When::Fault),
            Signal::Answer { status, .. } | Signal::Page { status } => status,
        };
        match self {
            When::NotConnected | When::Broken | When::TimedOut | When::Unreadable | When::Line => false,
            Success => (200..300).contains(&status),
            Client | When::Fault => (400..500).contains(&status),
            Server => (500..600).contains(&status),
            Is(statuses) => statuses.contains(&status),
        }
    }
}

/// What Graph's words about a licence come to, in fragments that its documentation shows (fact sheet 21.5, 8.2).
///
/// The refusal still carries Graph's own code and words.
pub(crate) fn licence_words(words: &str) -> Option<&'static str> {
    const FRAGMENTS: &[(&str, &str)] = &[
        ("concurren", "concurrency"),
        ("usage location", "usage-location"),
        ("available license", "no-units"),
        // The tenant has no pool of it yet.
        ("valid company license", "no-units"),
        ("corresponding license", "not-held"),
        ("is not assigned", "not-held"),
        ("group membership", "group-licence"),
        ("mutually exclusive", "plan-conflict"),
        ("conflict", "plan-conflict"),
        ("depend", "plan-conflict"),
    ];
    let words = words.to_ascii_lowercase();
    FRAGMENTS.iter().find(|(fragment, _)| words.contains(fragment)).map(|(_, code)| *code)
}

#[cfg(test)]
mod sheet;
#[cfg(test)]
mod tests;
