//! A model of the services' limits in virtual time: windows that slide, limits that nobody documents and that change, and
//! answers 429 which count as calls. Knows nothing of how the adapter paces.

use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;

/// One limit of the service.
pub(super) struct Window {
    pub(super) per: SignedDuration,
    /// From an instant on, so many.
    limits: Vec<(Timestamp, usize)>,
    arrived: VecDeque<Timestamp>,
    /// Calls that were let through, minute by minute since the first instant.
    pub(super) minutes: Vec<usize>,
}

impl Window {
    pub(super) fn new(per: SignedDuration, limits: Vec<(Timestamp, usize)>) -> Self {
        Self { per, limits, arrived: VecDeque::new(), minutes: Vec::new() }
    }

    pub(super) fn limit(&self, now: Timestamp) -> usize {
        self.limits.iter().rev().find(|(from, _)| *from <= now).map_or(usize::MAX, |(_, limit)| *limit)
    }

    /// Whether a call is let through; otherwise how long until the next one is. Either way it counts.
    pub(super) fn arrive(&mut self, now: Timestamp) -> Result<(), SignedDuration> {
        while self.arrived.front().is_some_and(|first| now.duration_since(*first) >= self.per) {
            self.arrived.pop_front();
        }
        let limit = self.limit(now);
        let full = self.arrived.len() >= limit;
        let frees = self.arrived.get(self.arrived.len().saturating_sub(limit)).copied();
        self.arrived.push_back(now);
        if let (true, Some(frees)) = (full, frees) {
            return Err(self.per - now.duration_since(frees));
        }
        let start = self.limits[0].0;
        let minute = usize::try_from(now.duration_since(start).as_secs() / 60).unwrap();
        if self.minutes.len() <= minute {
            self.minutes.resize(minute + 1, 0);
        }
        self.minutes[minute] += 1;
        Ok(())
    }
}
