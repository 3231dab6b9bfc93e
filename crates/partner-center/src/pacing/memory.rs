//! Budgets of one process, in memory.
//!
//! Of our own making rather than a rate-limiting library's: those have a pace that is fixed when a limiter is made, and
//! here it falls and grows while calls are waiting, a budget can be closed, and a call draws on several at once. And these are the
//! same buckets that several processes share through a store.

use async_trait::async_trait;
use carryover_pacing::Bucket;
use carryover_ports::{Admission, BudgetKey, Budgets, Clock, Draw};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Budgets kept at a time before idle ones are let go: a few for each customer that is worked on.
const BUDGETS_MAX: usize = 20_000;

/// Keeps the budgets of this process, which nobody else may call beside under the same partner.
pub struct MemoryBudgets {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Each with how much was allowed when it was last drawn on.
    buckets: BTreeMap<BudgetKey, (u32, Bucket)>,
}

impl MemoryBudgets {
    /// Budgets that nothing was taken from yet, by the time of `clock`, which must run.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A bucket is changed in steps that each leave it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn bucket(&mut self, draw: &Draw, now: Timestamp) -> &mut Bucket {
        if self.buckets.len() >= BUDGETS_MAX && !self.buckets.contains_key(&draw.key) {
            self.buckets.retain(|_, (_, bucket)| !bucket.is_idle(now));
        }
        let new = || (draw.allowed, Bucket::new(draw.allowed, draw.per, now));
        let (allowed, bucket) = self.buckets.entry(draw.key).or_insert_with(new);
        if *allowed != draw.allowed {
            (*allowed, *bucket) = (draw.allowed, Bucket::at(draw.allowed, draw.per, bucket.level()));
        }
        bucket
    }
}

#[async_trait]
impl Budgets for MemoryBudgets {
    async fn take(&self, draws: &[Draw], wait_max: SignedDuration) -> Admission {
        let now = self.clock.now();
        let mut state = self.state();
        let after = draws.iter().map(|draw| state.bucket(draw, now).wait(now)).max().unwrap_or_default();
        if after > wait_max {
            return Admission::Later { after };
        }
        let (mut place, mut left) = (0, u32::MAX);
        for draw in draws {
            let bucket = state.bucket(draw, now);
            bucket.take(now, after, draw.cost);
            place += bucket.closed();
            left = left.min(bucket.left(now));
        }
        Admission::Go { after, place, left }
    }

    async fn holds(&self, draws: &[Draw], place: u64) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        draws.iter().map(|draw| state.bucket(draw, now).closed()).sum::<u64>() == place
    }

    async fn refused(&self, draws: &[Draw], retry_after: SignedDuration) {
        let now = self.clock.now();
        let mut state = self.state();
        let customer = draws.iter().find_map(|draw| draw.key.customer);
        for draw in draws {
            state.bucket(draw, now).refused(now, retry_after, draw.key.customer.is_some(), customer);
        }
    }
}

/// No budget at all: for an emulator in virtual time, whose clock stands still between two looks. What it refuses is
/// obeyed all the same.
pub struct Unpaced;

#[async_trait]
impl Budgets for Unpaced {
    async fn take(&self, _: &[Draw], _: SignedDuration) -> Admission {
        Admission::Go { after: SignedDuration::ZERO, place: 0, left: u32::MAX }
    }

    async fn holds(&self, _: &[Draw], _: u64) -> bool {
        true
    }

    async fn refused(&self, _: &[Draw], _: SignedDuration) {}
}
