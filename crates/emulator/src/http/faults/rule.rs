//! A single fault as somebody asks for it: which, for which requests, when, and how often.
//!
//! Plain data that is checked once; whether a rule applies to a request is all it says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::kinds::{Fault, NOTICE, Reach, Unit};

/// A fault by schedule or by chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Which.
    pub fault: Fault,
    /// Only requests of this method; absent means of every.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path looks like this: `*` stands for one part, `**` at the end for any rest. Requests
    /// inside a batch of Graph are meant by their full path, too. Of what a webhook is told, the path of what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Lets the first so many requests pass.
    #[serde(default)]
    pub skip: u32,
    /// Strikes no more than so many times; absent means without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Strikes one request in so many, by the seed; 1 strikes all.
    #[serde(default = "one")]
    pub one_in: u32,
    /// First instant of virtual time at which it strikes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The instant of virtual time from which on it strikes no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// For faults that have such a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// For faults that have such a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// For faults that have such a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
}

const fn one() -> u32 {
    1
}

/// A rule that makes no sense. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultError {
    /// The fault has no such number.
    #[error("{fault} has no {unit}{hint}", hint = hint(*.fault))]
    Amount {
        /// The fault.
        fault: Fault,
        /// The number that was given.
        unit: &'static str,
    },
    /// One in none.
    #[error("one_in must be 1 or more; 1 strikes every request")]
    OneInNone,
    /// An end before the beginning.
    #[error("until must be later than from")]
    NeverInForce,
    /// A pattern for no path.
    #[error("a path begins with /, and ** stands at its end only; {0:?} does not fit")]
    Path(String),
    /// Not a method that the emulator knows.
    #[error("{0:?} is none of GET, POST, PUT, PATCH, DELETE")]
    Method(String),
}

fn hint(fault: Fault) -> String {
    fault.kind().amount.map_or_else(String::new, |(unit, _)| format!("; it has {}", unit.word()))
}

impl FaultRule {
    /// `fault` for every request it can befall.
    #[must_use]
    pub const fn new(fault: Fault) -> FaultRule {
        FaultRule {
            fault,
            method: None,
            path: None,
            skip: 0,
            times: None,
            one_in: 1,
            from: None,
            until: None,
            seconds: None,
            minutes: None,
            hours: None,
        }
    }

    /// The same, once only.
    #[must_use]
    pub fn once(self) -> FaultRule {
        FaultRule { times: Some(1), ..self }
    }

    /// The same, for requests of `method` to paths like `path` only.
    #[must_use]
    pub fn at(self, method: &str, path: &str) -> FaultRule {
        FaultRule { method: Some(method.to_owned()), path: Some(path.to_owned()), ..self }
    }

    pub(super) fn check(&self) -> Result<(), FaultError> {
        let own = self.fault.kind().amount.map(|(unit, _)| unit);
        for (unit, given) in self.amounts() {
            if given.is_some() && own != Some(unit) {
                return Err(FaultError::Amount { fault: self.fault, unit: unit.word() });
            }
        }
        if self.one_in == 0 {
            return Err(FaultError::OneInNone);
        }
        if matches!((self.from, self.until), (Some(from), Some(until)) if until <= from) {
            return Err(FaultError::NeverInForce);
        }
        if let Some(method) = &self.method
            && !["GET", "POST", "PUT", "PATCH", "DELETE"].iter().any(|known| known.eq_ignore_ascii_case(method))
        {
            return Err(FaultError::Method(method.clone()));
        }
        match &self.path {
            Some(path) if !path.starts_with('/') || path.trim_end_matches("/**").contains("**") => {
                Err(FaultError::Path(path.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The number of the fault: the one that is set, else the usual one; 0 for faults without.
    pub(super) fn amount(&self) -> u32 {
        let Some((own, usual)) = self.fault.kind().amount else { return 0 };
        self.amounts().into_iter().find(|(unit, _)| *unit == own).and_then(|(_, given)| given).unwrap_or(usual)
    }

    fn amounts(&self) -> [(Unit, Option<u32>); 3] {
        [(Unit::Seconds, self.seconds), (Unit::Minutes, self.minutes), (Unit::Hours, self.hours)]
    }

    /// Whether it is about such requests at such a time at all.
    pub(super) fn is_about(&self, method: &str, path: &str, now: Timestamp) -> bool {
        let in_force = self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until);
        let named = self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let there = match &self.path {
            Some(pattern) => {
                looks_like(pattern, path) || is_inner(path) && looks_like(pattern, &format!("/v1.0{path}"))
            }
            None => !is_sign_in(path) || self.fault.kind().reach == Reach::SignIn,
        };
        in_force && named && there && befalls(self.fault, method, path)
    }
}

/// Whether `fault` can befall such a request.
pub(super) fn befalls(fault: Fault, method: &str, path: &str) -> bool {
    let posted = method == "POST";
    match fault.kind().reach {
        Reach::Notices => method == NOTICE,
        _ if method == NOTICE => false,
        Reach::Any => true,
        Reach::SignIn => is_sign_in(path),
        Reach::Reads => method == "GET",
        Reach::Carts => looks_like("/v1/customers/*/carts/*/**", path),
        Reach::CartsAndCheckouts => posted && (looks_like("/v1/customers/*/carts", path) || looks_like(CHECKOUT, path)),
        Reach::Checkouts => posted && looks_like(CHECKOUT, path),
        Reach::Changes => method == "PATCH" && looks_like("/v1/customers/*/subscriptions/*", path),
    }
}

const CHECKOUT: &str = "/v1/customers/*/carts/*/checkout";

fn is_sign_in(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with("/token")
}

/// Whether it is the path of a request inside a batch of Graph, which names no version.
fn is_inner(path: &str) -> bool {
    !is_sign_in(path) && !["/v1/", "/v1.0/", "/webhooks/"].iter().any(|service| path.starts_with(service))
}

/// Whether `path` has the form of `pattern`, in any case. `**` at its end also stands for nothing.
fn looks_like(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/').filter(|part| !part.is_empty());
    let mut given = path.split('/').filter(|part| !part.is_empty());
    loop {
        match (wanted.next(), given.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == "*" || wanted.eq_ignore_ascii_case(given) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_part_and_two_are_the_rest() {
        for (pattern, path, fits) in [
            ("/v1/customers/*/carts", "/v1/Customers/7/carts", true),
            ("/v1/customers/*/carts", "/v1/customers/7/carts/8", false),
            ("/v1/customers/**", "/v1/customers/7/carts/8", true),
            ("/v1/customers/**", "/v1/customers", true),
            ("/v1/customers/*", "/v1/customers", false),
        ] {
            assert_eq!(looks_like(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused_with_what_would() {
        let says = |rule: FaultRule| rule.check().unwrap_err().to_string();
        let lag = FaultRule::new(Fault::ReadsLag);
        assert_eq!(says(FaultRule { hours: Some(1), ..lag.clone() }), "reads_lag has no hours; it has minutes");
        assert_eq!(says(FaultRule { one_in: 0, ..lag.clone() }), "one_in must be 1 or more; 1 strikes every request");
        assert!(says(FaultRule { path: Some("v1".to_owned()), ..lag.clone() }).contains("begins with /"));
        assert!(says(FaultRule { method: Some("FETCH".to_owned()), ..lag }).contains("PATCH"));
        let now = Timestamp::UNIX_EPOCH;
        let never = FaultRule { from: Some(now), until: Some(now), ..FaultRule::new(Fault::Truncated) };
        assert_eq!(says(never), "until must be later than from");
    }

    #[test]
    fn a_rule_for_graph_means_graph_alone_and_the_requests_inside_its_batches() {
        let now = Timestamp::UNIX_EPOCH;
        let rule = FaultRule::new(Fault::Throttled).at("POST", "/v1.0/**");
        for (path, means) in [
            ("/v1.0/users/7/assignLicense", true),
            ("/users/7/assignLicense", true),
            ("/v1/customers/7/carts", false),
            ("/contoso/oauth2/token", false),
            ("/webhooks/v1/registration", false),
        ] {
            assert_eq!(rule.is_about("POST", path, now), means, "{path}");
        }
    }

    #[test]
    fn sign_in_is_left_alone_unless_it_is_meant() {
        let now = Timestamp::UNIX_EPOCH;
        let path = "/contoso/oauth2/token";
        assert!(!FaultRule::new(Fault::Unavailable).is_about("POST", path, now));
        assert!(FaultRule::new(Fault::Unavailable).at("POST", "/*/oauth2/token").is_about("POST", path, now));
        assert!(FaultRule::new(Fault::SignInRefused).is_about("POST", path, now));
    }
}
