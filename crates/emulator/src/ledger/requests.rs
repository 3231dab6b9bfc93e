//! What signed-in users asked of Partner Center lately, and how many of those requests had multi-factor authentication behind
//! them (fact sheet 2.8). Keeps neither bodies nor tokens.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Ledger, calendar};

/// Requests that are listed at most; older ones are counted only.
const MOST: usize = 10_000;

/// One request of a user.
#[derive(Debug, Clone)]
pub(crate) struct UserRequest {
    pub(crate) at: Timestamp,
    pub(crate) request_id: String,
    pub(crate) correlation_id: String,
    /// Method and path, with ids left out.
    pub(crate) operation: String,
    /// Whether the user had passed multi-factor authentication.
    pub(crate) compliant: bool,
}

/// One day's requests of users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DayOfRequests {
    pub(crate) compliant: u64,
    pub(crate) total: u64,
}

/// The latest requests, oldest first, and how many there were on each day.
#[derive(Debug, Clone, Default)]
pub(crate) struct UserRequests {
    latest: VecDeque<UserRequest>,
    days: BTreeMap<Date, DayOfRequests>,
}

impl Ledger {
    /// Writes down what a user asked for.
    pub(crate) fn user_asked(&mut self, request_id: String, correlation_id: String, operation: String) {
        let (at, compliant) = (self.now, self.seed.partner.programme.mfa);
        let requests = &mut self.user_requests;
        if requests.latest.len() == MOST {
            requests.latest.pop_front();
        }
        requests.latest.push_back(UserRequest { at, request_id, correlation_id, operation, compliant });
        let day = requests.days.entry(calendar::day(at)).or_default();
        day.total += 1;
        day.compliant += u64::from(compliant);
    }

    /// The latest requests of users, the latest first.
    pub(crate) fn user_requests(&self) -> impl Iterator<Item = &UserRequest> {
        self.user_requests.latest.iter().rev()
    }

    /// How many requests users made on each day from one to another, both included.
    pub(crate) fn requests_by_day(&self, from: Date, to: Date) -> impl Iterator<Item = (Date, DayOfRequests)> {
        let days = self.user_requests.days.iter();
        days.map(|(day, requests)| (*day, *requests)).filter(move |(day, _)| from <= *day && *day <= to)
    }
}
