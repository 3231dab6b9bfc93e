//! The production engine under a virtual clock in a cruel world: several workers that die, sleep and wake with stale knowledge;
//! requests and answers that are lost or late; reads that lag; carts that vanish; people who act late or never.
//!
//! Everything follows from a [`Schedule`]: no wall clock, no thread, no die. Each actor is a future that stands still before
//! every call and every commit until an operation lets it on, so the schedule alone decides the order of everything. The
//! outside world is the emulator's [`Ledger`](carryover_emulator::Ledger), which shares no code with us, and after every
//! operation the invariants are judged by its books. In the end faults stop, people answer, and everything must come to rest.
//!
//! ```
//! use carryover_testkit::sim::{Schedule, run};
//!
//! let ran = run(&Schedule::generate(1, 40, 2), None);
//! assert_eq!(ran.broken, None);
//! ```
//!
//! [`Mistake`] names deliberate mistakes, each of which must be found.

mod account;
mod dice;
mod gate;
mod generate;
mod handover;
mod in_memory;
mod licences;
mod mistake;
mod people;
mod scene;
mod schedule;
mod service;
mod setting;
mod shrink;
mod sold;
mod store;
mod wire;
mod witness;

pub use in_memory::{InMemory, in_memory};
pub use mistake::Mistake;
pub use schedule::{CustomerShape, Fate, LineShape, Op, Schedule, Step, Wish, WorldShape};
pub use shrink::shrink;

use scene::{Scene, caught};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The first thing that did not hold, and after how many operations; more than there are where it showed at the end.
    pub broken: Option<(String, usize)>,
    /// What happened, counted.
    pub counts: Counts,
    /// Every event that was committed, in order.
    pub log: Vec<String>,
}

/// What happened in one run or in many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Operations of the schedule.
    pub ops: u64,
    /// Calls and commits that an operation let on.
    pub steps: u64,
    /// Actors that died at work.
    pub crashes: u64,
    /// Writes, reads and commits that were done and whose answer was lost.
    pub lost_replies: u64,
    /// Purchases, by the ledger.
    pub purchases: u64,
    /// Lines that closed.
    pub closed: u64,
    /// Lines that stand before a person in the end.
    pub stopped: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            ops: self.ops + other.ops,
            steps: self.steps + other.steps,
            crashes: self.crashes + other.crashes,
            lost_replies: self.lost_replies + other.lost_replies,
            purchases: self.purchases + other.purchases,
            closed: self.closed + other.closed,
            stopped: self.stopped + other.stopped,
        }
    }
}

/// Runs `schedule`, with a mistake where one is given, up to the first thing that does not hold.
#[must_use]
pub fn run(schedule: &Schedule, mistake: Option<Mistake>) -> Ran {
    let mut scene = match caught(|| Scene::new(schedule, mistake)) {
        Ok(scene) => scene,
        Err(what) => return Ran { broken: Some((what, 0)), counts: Counts::default(), log: Vec::new() },
    };
    let ends = |scene: &Scene, after: usize| {
        let broken = scene.broken().map(|what| (what, after));
        Ran { broken, counts: scene.counts, log: scene.log() }
    };
    for (nth, op) in schedule.ops.iter().enumerate() {
        scene.unpanicked(|scene| scene.apply(*op));
        if scene.broken().is_some() {
            return ends(&scene, nth + 1);
        }
    }
    scene.unpanicked(|scene| {
        let rested = scene.settle();
        scene.close(rested);
    });
    ends(&scene, schedule.ops.len() + 1)
}

/// The value of a future that waits for nobody.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => {
            unreachable!("memory answers at once, and so does whoever stands before a gate that is wide open")
        }
    }
}
