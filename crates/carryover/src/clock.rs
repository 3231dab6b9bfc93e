//! Where the time and fresh ids come from: the system, an emulator, or a value that is set.

use carryover_domain::ids::IntentId;
use carryover_ports::{Clock, Ids};
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands where it was set: virtual time.
pub(crate) struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }
    pub(crate) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids in the order of time, from the system's randomness.
pub(crate) struct FreshIds;

impl Ids for FreshIds {
    fn intent(&self) -> IntentId {
        IntentId::new(Uuid::now_v7())
    }
}
