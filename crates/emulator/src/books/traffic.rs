//! What came over the wire: counts of answers, and every write with its ids.
//!
//! Keeps neither bodies nor tokens.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::TenantId;

/// Writes that are kept; of more, the oldest go first and are counted.
const MOST: usize = 100_000;

/// Counts of answers, kept by the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct HttpTally {
    pub(crate) by_status: BTreeMap<u16, u64>,
    pub(crate) dropped: u64,
    /// Requests for what the emulator does not have, by method and path with ids left out.
    pub(crate) not_emulated: BTreeMap<String, u64>,
    pub(crate) writes: VecDeque<Write>,
    pub(crate) writes_forgotten: u64,
}

/// A request that might have changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Virtual time of its arrival.
    pub at: Timestamp,
    /// Method.
    pub method: String,
    /// Path, without query.
    pub path: String,
    /// The customer it is about, where it names one.
    pub tenant: Option<TenantId>,
    /// `MS-RequestId`, or `client-request-id` of Graph.
    pub request_id: Option<String>,
    /// `MS-CorrelationId`.
    pub correlation_id: Option<String>,
    /// Status of the answer; absent where the connection was closed instead.
    pub status: Option<u16>,
    /// False where a fault kept it from being processed at all. A processed one may still have been refused.
    pub processed: bool,
    /// The faults that struck it.
    pub faults: Vec<String>,
}

impl HttpTally {
    /// Counts an answer, or a connection that was closed instead.
    pub(crate) fn answered(&mut self, status: Option<u16>) {
        match status {
            Some(status) => *self.by_status.entry(status).or_default() += 1,
            None => self.dropped += 1,
        }
    }

    pub(crate) fn wrote(&mut self, write: Write) {
        if self.writes.len() == MOST {
            self.writes.pop_front();
            self.writes_forgotten += 1;
        }
        self.writes.push_back(write);
    }
}
