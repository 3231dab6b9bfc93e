//! Virtual time, derived from real time: the one place of the crate that reads a clock.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Runs `speed` virtual seconds per real second from its last jump on. At speed 0 only jumps move it.
#[derive(Debug, Clone, Copy)]
pub(super) struct VirtualClock {
    base: Timestamp,
    since: Instant,
    speed: u32,
}

impl VirtualClock {
    pub(super) fn starting_at(base: Timestamp, speed: u32) -> VirtualClock {
        VirtualClock { base, since: Instant::now(), speed }
    }

    pub(super) fn now(&self) -> Timestamp {
        let run = self.since.elapsed().saturating_mul(self.speed);
        let run = SignedDuration::try_from(run).unwrap_or(SignedDuration::ZERO);
        self.base.checked_add(run).unwrap_or(self.base)
    }

    /// Goes on from `at`, if that is later than now.
    pub(super) fn jump_to(&mut self, at: Timestamp) {
        if at > self.now() {
            *self = VirtualClock::starting_at(at, self.speed);
        }
    }
}
