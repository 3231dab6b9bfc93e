//! Time and ids that a test decides. Nothing here reads the system's clock or rolls a die.

use carryover_domain::ids::IntentId;
use carryover_ports::{Clock, Ids};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// A clock that stands still until it is moved. Clones show the same time.
///
/// ```
/// use carryover_ports::Clock;
/// use carryover_testkit::ManualClock;
/// use jiff::{SignedDuration, Timestamp};
///
/// let clock = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
/// let shared = clock.clone();
/// clock.advance(SignedDuration::from_secs(90));
/// assert_eq!(shared.now().as_second(), 90);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    now: Arc<Mutex<Timestamp>>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn starting_at(now: Timestamp) -> Self {
        Self { now: Arc::new(Mutex::new(now)) }
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, now: Timestamp) {
        *self.lock() = now;
    }

    /// Moves the clock by `by`, at most to the end of time, and answers with the new time.
    pub fn advance(&self, by: SignedDuration) -> Timestamp {
        let mut now = self.lock();
        *now = carryover_domain::time::later(*now, by);
        *now
    }

    fn lock(&self) -> MutexGuard<'_, Timestamp> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

/// Ids that are counted: the same ones in every run. Clones count on together.
#[derive(Debug, Clone)]
pub struct CountingIds {
    series: u64,
    handed_out: Arc<AtomicU64>,
}

impl CountingIds {
    /// Ids of one series. Two series share no id; give each simulated process its own.
    pub fn of_series(series: u64) -> Self {
        Self { series, handed_out: Arc::default() }
    }

    /// How many ids were handed out.
    pub fn handed_out(&self) -> u64 {
        self.handed_out.load(Ordering::Relaxed)
    }
}

impl Ids for CountingIds {
    fn intent(&self) -> IntentId {
        let number = self.handed_out.fetch_add(1, Ordering::Relaxed) + 1;
        IntentId::new(Uuid::from_u64_pair(self.series, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_clock_stands_still_until_it_is_moved() {
        let clock = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        let later = clock.advance(SignedDuration::from_hours(24));
        assert_eq!(clock.now(), later);
        clock.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn a_clock_stops_at_the_end_of_time() {
        let clock = ManualClock::starting_at(Timestamp::MAX);
        assert_eq!(clock.advance(SignedDuration::MAX), Timestamp::MAX);
    }

    #[test]
    fn ids_repeat_between_runs_and_never_within_one() {
        let hand_out = || {
            let ids = [1, 2].map(CountingIds::of_series);
            let shared = ids[0].clone();
            [&ids[0], &shared, &ids[1], &ids[0]].map(|ids| ids.intent())
        };
        assert_eq!(hand_out(), hand_out());
        assert_eq!(hand_out().into_iter().collect::<BTreeSet<_>>().len(), 4);
    }
}
