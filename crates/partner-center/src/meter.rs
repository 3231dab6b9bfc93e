//! How much of the services' patience was used: calls, and answers that asked to slow down. Counts, never limits.

use crate::classify::Operation;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one adapter, shared by its clones.
#[derive(Debug)]
pub struct Meter {
    counters: [Counter; Operation::ALL.len()],
}

impl Default for Meter {
    fn default() -> Self {
        Self { counters: std::array::from_fn(|_| Counter::default()) }
    }
}

#[derive(Debug, Default)]
struct Counter {
    calls: AtomicU64,
    throttled: AtomicU64,
}

/// How often one operation was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The operation's name, such as `check out`.
    pub operation: &'static str,
    /// Requests that were sent or tried to be, repeats included.
    pub calls: u64,
    /// Answers 429: to calls, and to requests inside a batch, of which there may be more than calls.
    pub throttled: u64,
}

impl Meter {
    /// Calls of every operation together.
    pub fn calls(&self) -> u64 {
        self.counts().iter().map(|count| count.calls).sum()
    }

    /// Answers 429 of every operation together.
    pub fn throttled(&self) -> u64 {
        self.counts().iter().map(|count| count.throttled).sum()
    }

    /// Every operation that was called, in a fixed order.
    pub fn counts(&self) -> Vec<Count> {
        Operation::ALL
            .iter()
            .zip(&self.counters)
            .map(|(operation, counter)| Count {
                operation: operation.name(),
                calls: counter.calls.load(Ordering::Relaxed),
                throttled: counter.throttled.load(Ordering::Relaxed),
            })
            .filter(|count| count.calls > 0)
            .collect()
    }

    pub(crate) fn called(&self, operation: Operation) {
        self.counters[operation as usize].calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn was_throttled(&self, operation: Operation) {
        self.counters[operation as usize].throttled.fetch_add(1, Ordering::Relaxed);
    }
}
