//! A run: the world, the actors, and what each operation does to them.

use super::gate::Gate;
use super::mistake::Mistake;
use super::schedule::{Fate, Op, Schedule, Step, Wish};
use super::service::Outside;
use super::setting;
use super::store::Gated;
use super::wire::Wire;
use super::witness::Witness;
use super::{Counts, now};
use crate::{CountingIds, ManualClock, MemoryStore};
use carryover_domain::Answer;
use carryover_domain::ids::{LineId, MigrationId, TenantId};
use carryover_domain::policy::Policy;
use carryover_emulator::{Mishap, SecondCheckout};
use carryover_engine::{Desk, Engine, LEASE, Outside as Ports};
use carryover_ports::{Clock, Index, Lease, Store};
use jiff::{SignedDuration, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// How often work is looked for at the end before it is given up.
const ROUNDS_MAX: usize = 40_000;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A worker, or the operator: an engine behind a gate, and what it is at.
struct Actor {
    engine: Engine,
    store: Arc<dyn Store>,
    gate: Arc<Gate>,
    work: Option<Work>,
}

/// Everything there is.
pub(super) struct Scene {
    pub(super) clock: ManualClock,
    memory: MemoryStore,
    outside: Arc<Mutex<Outside>>,
    pub(super) policy: Policy,
    /// The workers, and the operator after them.
    actors: Vec<Actor>,
    /// Whom nothing befalls: for the time before and after.
    pub(super) calm: Engine,
    pub(super) tenants: Vec<TenantId>,
    /// Leases that a worker takes at once.
    ahead: usize,
    pub(super) counts: Counts,
}

impl Scene {
    /// The customers of `schedule`, imported, planned and approved as far as they can be.
    pub(super) fn new(schedule: &Schedule, mistake: Option<Mistake>) -> Self {
        let mut shape = schedule.world.clone();
        if mistake == Some(Mistake::AcceptsTwice) {
            shape.second_checkout = SecondCheckout::AcceptTwice;
        }
        let clock = ManualClock::starting_at(setting::start());
        let memory = MemoryStore::new();
        let mut policy = Policy::rule_book();
        if mistake == Some(Mistake::WritesOffTooSoon) {
            policy.settle = SignedDuration::ZERO;
        }
        let witness = Witness::of(memory.clone(), policy.clone());
        let outside = Arc::new(Mutex::new(Outside::new(setting::ledger(&shape), witness, mistake)));
        let actor = |series: usize, gate: Gate| {
            let (clock, outside, gate) = (clock.clone(), outside.clone(), Arc::new(gate));
            let wire = Wire { gate: gate.clone(), outside, clock, in_doubt: Arc::default() };
            let store: Arc<dyn Store> = Arc::new(Gated { memory: memory.clone(), wire: wire.clone() });
            Actor { engine: engine(series, wire, store.clone(), &policy), store, gate, work: None }
        };
        let actors = (0..=schedule.workers.max(1)).map(|nth| actor(nth + 1, Gate::default())).collect();
        let calm = actor(0, Gate::wide()).engine;
        let portfolio = setting::portfolio(&shape);
        let tenants = portfolio.iter().map(|(customer, _)| customer.tenant).collect();
        for (customer, lines) in &portfolio {
            let id = MigrationId::of(customer.tenant);
            now(calm.import(customer, lines, "mia")).expect("the file is well formed");
            // A customer of whom nothing can be planned is left as it is.
            if now(calm.plan(id, "ana")).is_ok() {
                now(calm.approve(id, "ana")).expect("the plan is the newest one");
            }
        }
        let (ahead, counts) = (schedule.ahead.max(1), Counts::default());
        let mut scene = Self { clock, memory, outside, policy, actors, calm, tenants, ahead, counts };
        scene.look();
        scene
    }

    pub(super) fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What does not hold, if anything.
    pub(super) fn broken(&self) -> Option<String> {
        self.outside().witness.broken().map(str::to_owned)
    }

    /// Lets `happen` happen; a panic in it is what did not hold, like anything else, so that its schedule is shrunk and kept.
    pub(super) fn unpanicked(&mut self, happen: impl FnOnce(&mut Self)) {
        if let Err(what) = caught(|| happen(self)) {
            self.outside().witness.require(false, &what);
        }
    }

    pub(super) fn look(&mut self) {
        self.outside().witnessed(Witness::look);
    }

    /// Lets `op` happen.
    pub(super) fn apply(&mut self, op: Op) {
        self.counts.ops += 1;
        match op {
            Op::Pass { minutes } => self.pass(SignedDuration::from_mins(i64::from(minutes))),
            Op::Wait => self.pass(self.until_next()),
            Op::Go { actor, steps, fate } => {
                self.begin(actor);
                for _ in 0..steps {
                    self.step(actor, Fate::Answered);
                }
                let met = self.step(actor, fate);
                self.counts.lost_replies += u64::from(met && fate == Fate::ReplyLost);
            }
            Op::Reach { actor, step, fate } => {
                self.begin(actor);
                while self.next(actor).is_some_and(|next| next != step) {
                    self.step(actor, Fate::Answered);
                }
                let met = self.step(actor, fate);
                self.counts.lost_replies += u64::from(met && fate == Fate::ReplyLost);
            }
            Op::Finish { actor } => {
                self.begin(actor);
                while self.step(actor, Fate::Answered) {}
            }
            Op::Crash { actor } => self.crash(actor),
            Op::CrashAll => (0..self.actors.len()).for_each(|actor| self.crash(actor)),
            Op::Arrive => self.arrive(),
            Op::Letters => self.letters(),
            Op::Ask { customer, what } => self.ask(customer, what),
            Op::LoseCart { customer } => {
                let tenant = setting::tenant(customer % self.tenants.len());
                self.outside().lose_newest_cart(tenant);
            }
            Op::ForgetRequests => self.outside().forget_requests(),
            Op::Stick { hours } => self.outside().mishap = Mishap { stuck_hours: hours, ..Mishap::default() },
            Op::FailCheckout => self.outside().mishap = Mishap { last_group_fails: true, ..Mishap::default() },
            Op::Rotate => self.outside().ledger.rotate_catalogue(),
            Op::Raise { percent } => {
                let mut outside = self.outside();
                outside.ledger.raise_prices(percent);
                outside.witnessed(Witness::raises);
            }
            Op::LoseLeases => drop(self.lease()),
            Op::LoseRelease => self.outside().loses_release = true,
            Op::Hire { customer, line } => self.hire(customer, line),
        }
        self.look();
    }

    fn pass(&self, by: SignedDuration) {
        let to = self.clock.advance(by);
        // The calendar of the ledger is longer than any run.
        self.outside().ledger.advance_to(to).expect("time goes forward");
    }

    fn lease(&self) -> Vec<Lease> {
        now(self.memory.lease_due(self.clock.now(), LEASE, self.ahead)).expect("memory can be read")
    }

    /// A worker that is at nothing leases what is due, and begins its turns.
    fn begin(&mut self, actor: usize) {
        let nth = actor % self.actors.len();
        let operator = self.actors.len() - 1;
        if nth == operator || self.actors[nth].work.is_some() {
            return;
        }
        let leases = self.lease();
        if leases.is_empty() {
            return;
        }
        let Actor { engine, store, .. } = &self.actors[nth];
        let (engine, store) = (engine.clone(), store.clone());
        let ids: Vec<MigrationId> = leases.iter().map(|lease| lease.migration).collect();
        self.actors[nth].work = Some(Box::pin(async move {
            let Ok(logs) = store.load_all(&ids).await else { return };
            for (lease, log) in leases.into_iter().zip(logs) {
                // A turn that ends early has committed what it has committed; the next one begins from there.
                drop(engine.turn_upon(&lease, log, &|| true).await);
            }
        }));
        self.poll(nth);
    }

    /// Lets `actor` take one step that meets `fate`; false when it is at nothing.
    fn step(&mut self, actor: usize, fate: Fate) -> bool {
        let actor = actor % self.actors.len();
        if self.actors[actor].work.is_none() {
            return false;
        }
        self.actors[actor].gate.open(fate);
        self.counts.steps += 1;
        self.poll(actor);
        true
    }

    fn next(&self, actor: usize) -> Option<Step> {
        self.actors[actor % self.actors.len()].gate.next()
    }

    fn poll(&mut self, actor: usize) {
        let Actor { work, gate, .. } = &mut self.actors[actor];
        if let Some(at) = work
            && at.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
        {
            *work = None;
            gate.shut();
        }
    }

    fn crash(&mut self, actor: usize) {
        let many = self.actors.len();
        let Actor { work, gate, .. } = &mut self.actors[actor % many];
        self.counts.crashes += u64::from(work.take().is_some());
        gate.shut();
    }

    fn arrive(&mut self) {
        let mut outside = self.outside();
        if let Some(request) = outside.under_way.pop_front() {
            request(&mut outside);
        }
    }

    pub(super) fn is_anybody_at_work(&self) -> bool {
        self.actors.iter().any(|actor| actor.work.is_some())
    }

    fn ask(&mut self, customer: usize, what: Wish) {
        let operator = self.actors.len() - 1;
        if self.actors[operator].work.is_some() {
            return;
        }
        let id = MigrationId::of(self.tenants[customer % self.tenants.len()]);
        let lines: Vec<LineId> = {
            let outside = self.outside();
            let mut migrations = outside.witness.migrations();
            migrations
                .find(|migration| migration.id == id)
                .into_iter()
                .flat_map(|one| one.lines.keys().copied())
                .collect()
        };
        let engine = self.actors[operator].engine.clone();
        let line = move |nth: usize| lines[nth % lines.len()];
        let work: Work = Box::pin(async move {
            // What does not fit is said to the operator and changes nothing.
            let _said = match what {
                Wish::Pause => engine.pause(id, "ana").await.is_ok(),
                Wish::Resume => engine.resume(id, "ana").await.is_ok(),
                Wish::Assess => engine.assess(id, "mia").await.is_ok(),
                Wish::Plan => engine.plan(id, "ana").await.is_ok(),
                Wish::Approve => engine.approve(id, "ana").await.is_ok(),
                Wish::GoOn { line: nth } => engine.resolve(id, line(nth), Answer::GoOn, "ana").await.is_ok(),
                Wish::PlanAgain { line: nth } => engine.resolve(id, line(nth), Answer::PlanAgain, "ana").await.is_ok(),
            };
        });
        self.actors[operator].work = Some(work);
        self.poll(operator);
    }

    /// No more faults, and everybody answers at once. Answers whether everything came to rest.
    pub(super) fn settle(&mut self) -> bool {
        (0..self.actors.len()).for_each(|actor| self.crash(actor));
        while !self.outside().under_way.is_empty() {
            self.arrive();
        }
        self.outside().mishap = Mishap::default();
        self.outside().loses_release = false;
        for _ in 0..ROUNDS_MAX {
            self.look();
            if self.broken().is_some() {
                return true;
            }
            self.everybody_answers();
            self.work_off();
            self.look();
            if self.outside().witness.at_rest() {
                return true;
            }
            self.pass(self.until_next());
        }
        false
    }

    fn until_next(&self) -> SignedDuration {
        let next = now(self.memory.next_wake()).ok().flatten();
        let at = self.clock.now();
        // Nothing is due before the leases of the dead lapse, and no customer is asked for longer than a day.
        let wait = |next: Timestamp| next.duration_since(at).max(SignedDuration::from_mins(1));
        next.map_or(SignedDuration::from_hours(24), wait).min(SignedDuration::from_hours(24))
    }

    fn work_off(&mut self) {
        while let Some(lease) = now(self.memory.lease_due(self.clock.now(), LEASE, 1)).unwrap_or_default().pop() {
            let turn = now(self.calm.turn(&lease));
            self.outside().witness.require(turn.is_ok(), "I8: work stopped although nothing was wrong");
        }
    }

    /// The last look: what can only be judged when nothing moves any more.
    pub(super) fn close(&mut self, rested: bool) {
        let mut outside = self.outside();
        outside.witness.require(rested, "I8: a line neither closed nor stood before a person");
        let books = outside.ledger.books();
        let [closed, stopped] = outside.witness.ends();
        drop(outside);
        self.counts.purchases += books.purchases;
        self.counts.closed += closed;
        self.counts.stopped += stopped;
    }

    /// Everything that was committed, in words.
    pub(super) fn log(&self) -> Vec<String> {
        let fed = now(self.memory.feed_after(carryover_ports::Cursor::START, usize::MAX)).unwrap_or_default();
        fed.iter().map(|fed| format!("{} {:?}", fed.recorded.at, fed.recorded.event)).collect()
    }
}

/// What `happen` comes to, or the words of its panic.
pub(super) fn caught<T>(happen: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(happen)).map_err(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        format!("panic: {}", words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words"))
    })
}

fn engine(series: usize, wire: Wire, store: Arc<dyn Store>, policy: &Policy) -> Engine {
    let partner = setting::partner(&wire.outside().ledger);
    let ids = Arc::new(CountingIds::of_series(series as u64));
    let clock = Arc::new(wire.clock.clone());
    let wire = Arc::new(wire);
    let (commerce, catalogue, customers, directory) = (wire.clone(), wire.clone(), wire.clone(), wire);
    let (resellers, products) = (None, None);
    let outside = Ports { partner, commerce, catalogue, customers, directory, resellers, products };
    Engine::new(Desk::new(store, clock, ids, policy.clone()), outside)
}
