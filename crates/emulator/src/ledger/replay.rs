//! Answers kept for repeated request ids: the same id on the same path gets the first answer again.
//!
//! Keeps an answer only if the request was processed; a request that was lost or throttled leaves no trace.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

use super::calendar;
use crate::prng;

/// How many answers are kept at most; the oldest go first. Well above a day's writes of a large run.
const MOST: usize = 200_000;

/// What makes a repeat a repeat: path (which names the tenant), request id and method.
pub(crate) type Key = (String, String, &'static str);

/// An answer as first given.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    pub(crate) location: Option<String>,
    /// Whether the repeat had another body.
    pub(crate) other_body: bool,
    fingerprint: u64,
}

/// The store of answers.
#[derive(Debug, Clone)]
pub(crate) struct Replays {
    kept: BTreeMap<Key, Kept>,
    ages: VecDeque<(Timestamp, Key)>,
    hours: u32,
    misused: u64,
}

impl Replays {
    pub(super) fn new(hours: u32) -> Replays {
        Replays { kept: BTreeMap::new(), ages: VecDeque::new(), hours, misused: 0 }
    }

    /// The first answer to `key`, if it is still kept. A repeat with another body is marked and
    /// counted: nobody documents what really happens (fact sheet 8.1).
    pub(crate) fn find(&mut self, key: &Key, body: &[u8], now: Timestamp) -> Option<Kept> {
        self.forget(now);
        let kept = self.kept.get(key)?;
        let other_body = kept.fingerprint != prng::hash(0, body);
        self.misused += u64::from(other_body);
        Some(Kept { other_body, ..kept.clone() })
    }

    /// Keeps the answer to a processed request.
    pub(crate) fn keep(
        &mut self,
        key: Key,
        request: &[u8],
        (status, body, location): (u16, Option<Value>, Option<String>),
        now: Timestamp,
    ) {
        let fingerprint = prng::hash(0, request);
        self.ages.push_back((now, key.clone()));
        self.kept.insert(key, Kept { status, body, location, other_body: false, fingerprint });
    }

    /// Repeats whose body was not the first one's.
    pub(crate) fn misused(&self) -> u64 {
        self.misused
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((at, key)) = self.ages.front() {
            if calendar::hours(*at, self.hours) > now && self.ages.len() <= MOST {
                return;
            }
            self.kept.remove(key);
            self.ages.pop_front();
        }
    }
}
