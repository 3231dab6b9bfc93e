//! Time and fresh ids, handed in so that a simulation can hand in its own.

use carryover_domain::ids::IntentId;
use jiff::Timestamp;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now, in UTC. Never goes back by more than the system clock does.
    fn now(&self) -> Timestamp;
}

/// Fresh ids.
pub trait Ids: Send + Sync {
    /// An id that was never handed out before, by any process.
    fn intent(&self) -> IntentId;
}
