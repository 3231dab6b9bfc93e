//! What the world said, and when. Says nothing about whether it still holds.

use jiff::{SignedDuration, Timestamp};

/// A value and the instant at which the read that brought it had left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed<T> {
    /// What was seen.
    pub value: T,
    /// When the read left: what was seen is at least as new as what was true by then, less the service's own lag.
    pub at: Timestamp,
}

impl<T> Observed<T> {
    /// Whether the value is at most `age` old at `now`.
    pub fn is_fresh(&self, now: Timestamp, age: SignedDuration) -> bool {
        now.duration_since(self.at) <= age
    }
}
