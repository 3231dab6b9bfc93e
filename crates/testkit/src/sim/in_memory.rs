//! The simulator's adapter by itself: the ports over a ledger in memory, without HTTP and without a schedule.

use super::gate::Gate;
use super::schedule::Fate;
use super::service::Outside;
use super::wire::Wire;
use super::witness::Witness;
use crate::conformance::services::emulated::World;
use crate::conformance::services::{Step, Trouble};
use crate::{ManualClock, MemoryStore};
use carryover_emulator::{Ledger, Rules, Seed};
use carryover_ports::{
    Catalogue, Commerce, Conversions, Customers, Directory, Licences, Resellers, Stock, Subscriptions, Transfers,
    Webhooks,
};
use std::sync::{Arc, Mutex, PoisonError};

/// The world behind [`in_memory`], in the hands of a test.
pub struct InMemory {
    gate: Arc<Gate>,
    outside: Arc<Mutex<Outside>>,
    clock: ManualClock,
}

/// An adapter over the world of `seed` under `rules`, and that world. Sells the common Business products alone.
///
/// # Panics
/// When the seed describes no possible world.
#[must_use]
pub fn in_memory(
    seed: Seed,
    rules: Rules,
) -> (
    impl Commerce
    + Catalogue
    + Customers
    + Directory
    + Subscriptions
    + Conversions
    + Transfers
    + Webhooks
    + Resellers
    + Licences
    + Stock
    + use<>,
    InMemory,
) {
    let clock = ManualClock::starting_at(seed.start);
    let ledger = Ledger::new(seed, rules).expect("the seed describes a possible world");
    let witness = Witness::of(MemoryStore::new(), carryover_domain::policy::Policy::rule_book());
    let outside = Arc::new(Mutex::new(Outside::new(ledger, witness, None)));
    let gate = Arc::new(Gate::wide());
    let wire = Wire { gate: gate.clone(), outside: outside.clone(), clock: clock.clone(), in_doubt: Arc::default() };
    (wire, InMemory { gate, outside, clock })
}

impl World for InMemory {
    fn ledger(&self, act: &mut dyn FnMut(&mut Ledger)) {
        let mut outside = self.outside.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut outside.ledger);
        self.clock.set(outside.ledger.now());
    }

    /// Whatever is called: between trouble and calm a suite makes calls of one kind.
    fn strike(&self, _step: Step, trouble: Trouble) {
        self.gate.widen(match trouble {
            // Here an answer that says nothing is as good as none.
            Trouble::RequestLost | Trouble::Failed => Fate::RequestLost,
            Trouble::AnswerLost | Trouble::FailedAfter => Fate::ReplyLost,
            Trouble::Throttled => Fate::Throttled,
        });
    }

    fn calm(&self) {
        self.gate.widen(Fate::Answered);
    }
}
