//! A cruel outside world for the pure core: a service with carts, lagging orders and licence pools, people who act late,
//! and workers that crash, stall and wake with stale knowledge. Shares the core's types, never its decisions.

mod checks;
mod people;
mod service;

use carryover_domain::facts::{Delivery, Holder, Partner, Via};
use carryover_domain::ids::{
    CartId, IntentId, LineId, Mark, PlanId, RequestId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::migration::decide::import;
use carryover_domain::plan::plan;
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, Renewal, SourceLine, Target};
use carryover_domain::program::SourceProgram;
use carryover_domain::reply::{Fault, Outcome};
use carryover_domain::time::{Billing, Term, later, start_of};
use carryover_domain::value::Seats;
use carryover_domain::{
    Command, Effect, Event, Input, Migration, Moment, Observation, Reply, ServicesSeen, decide, evolve, owed, replay,
    wake,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a generated schedule is made of. Dull and physical.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    /// Time passes.
    Advance { minutes: u16 },
    /// A worker with fresh knowledge loads, looks, acts and commits; `fate` meets its `nth` write.
    Step { nth: u8, fate: Fate },
    /// A worker loads and falls asleep before it acts.
    Stall { worker: u8 },
    /// A sleeping worker acts upon what it knew.
    Wake { worker: u8, fate: Fate },
    /// The customer lets us sell.
    Accept,
    /// People do what they are asked to.
    PeopleAct,
    /// The service forgets the request ids that it has seen.
    ForgetRequests,
    /// The customer assigns one more licence of the old product to somebody new, where there is a free one.
    Hire,
}

/// What happens to a write and to the worker that sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    RequestLost,
    ReplyLost,
    Throttled,
    NotSent,
    /// The write arrives; the worker dies before it can commit.
    CrashAfter,
}

#[derive(Debug, Clone)]
struct Order {
    mark: String,
    line: LineId,
    at: Timestamp,
    seats: u32,
    subscription: SubscriptionId,
}

#[derive(Debug, Clone)]
struct ServiceCart {
    made: Timestamp,
    mark: String,
    line: LineId,
    seats: u32,
    ordered: bool,
}

#[derive(Debug, Clone)]
struct Source {
    sku: SkuId,
    seats: u32,
    end: Timestamp,
    renews: bool,
}

/// A worker that fell asleep: what it knew and what it was about to do.
#[derive(Debug, Clone)]
struct Asleep {
    version: usize,
    migration: Migration,
    effect: Effect,
}

pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<Event>,
    pub(crate) policy: Policy,
    pub(crate) violations: Vec<String>,
    accepted: bool,
    carts: BTreeMap<CartId, ServiceCart>,
    orders: Vec<Order>,
    requests: BTreeMap<RequestId, CartId>,
    sources: BTreeMap<SubscriptionId, Source>,
    users: BTreeMap<UserId, SkuId>,
    /// Users who hold the second licence beside what they changed to.
    seconds: BTreeSet<UserId>,
    workers: BTreeMap<u8, Asleep>,
    products: BTreeMap<LineId, u128>,
    next_id: u128,
}

/// The line's shape: seats are all different, so that a double purchase is a number that cannot otherwise occur.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) program: SourceProgram,
    pub(crate) auto_renew: Renewal,
    pub(crate) swap: bool,
    pub(crate) days_left: u8,
    /// The product is that of the first line: both feed one pool.
    pub(crate) shares: bool,
    /// Users who change licence get a second one as well, which all lines share.
    pub(crate) second: bool,
}

fn tenant() -> TenantId {
    TenantId::new(Uuid::from_u128(0xC1))
}

fn us() -> Partner {
    Partner { tenant: TenantId::new(Uuid::from_u128(0xA1)), country: "DE".parse().expect("well formed") }
}

fn old_sku(n: u128) -> SkuId {
    SkuId::new(Uuid::from_u128(0xB000 + n))
}

fn new_sku(n: u128, swap: bool) -> SkuId {
    if swap { SkuId::new(Uuid::from_u128(0xD000 + n)) } else { old_sku(n) }
}

/// What stands beside the new licence.
fn second_sku() -> SkuId {
    SkuId::new(Uuid::from_u128(0xF000))
}

/// The number of its offer.
const SECOND: u128 = 99;

fn offer_text(n: u128) -> String {
    format!("CFQ7TTC0ZZ{n:02}:0001")
}

impl World {
    /// A customer with these lines, imported, assessed, planned and approved.
    pub(crate) fn new(shapes: &[Shape]) -> Self {
        let now = start_of(date(2026, 11, 2));
        let mut world = Self {
            now,
            log: Vec::new(),
            policy: Policy::rule_book(),
            violations: Vec::new(),
            accepted: false,
            carts: BTreeMap::new(),
            orders: Vec::new(),
            requests: BTreeMap::new(),
            sources: BTreeMap::new(),
            users: BTreeMap::new(),
            seconds: BTreeSet::new(),
            workers: BTreeMap::new(),
            products: BTreeMap::new(),
            next_id: 1,
        };
        let customer = Customer {
            tenant: tenant(),
            domain: "birchlane.example".to_owned(),
            name: "Birch Lane".to_owned(),
            country: "FR".parse().expect("well formed"),
        };
        let lines: Vec<SourceLine> =
            shapes.iter().enumerate().map(|(n, shape)| world.add_source(n as u128, *shape)).collect();
        world.log.extend(import(None, customer, lines, None));
        let facts = world.facts();
        world.command(Command::Assess { facts: Box::new(facts), by: "mia".to_owned() });
        let facts = world.facts();
        let id = PlanId::new(world.uuid());
        let made = plan(&world.load(), &facts, &world.policy, id, now).expect("every shape can be planned");
        world.command(Command::Propose { plan: made });
        world.command(Command::Approve { plan: id, by: "ana".to_owned() });
        world
    }

    fn add_source(&mut self, n: u128, shape: Shape) -> SourceLine {
        let seats = 2 + n as u32;
        let end_date = date(2026, 11, 2).saturating_add(jiff::Span::new().days(i64::from(shape.days_left)));
        let subscription = SubscriptionId::try_new(&format!("old-{n}")).expect("well formed");
        let product = if shape.shares { 0 } else { n };
        let line = SourceLine {
            subscription: Some(subscription.clone()),
            assigned_seats: Some(seats),
            auto_renew: shape.auto_renew,
            term: Some(Term::Year),
            billing: Some(Billing::Monthly),
            target: if shape.swap { Target::Sku(new_sku(product, true)) } else { Target::Same },
            companion: (shape.swap && shape.second).then(second_sku),
            ..SourceLine::least(
                LineId::of(tenant(), subscription.as_str()),
                shape.program,
                old_sku(product),
                Seats::try_new(seats).expect("well formed"),
            )
            .ending(end_date)
        };
        let renews = line.may_renew();
        let end = line.end().expect("told").instant();
        self.products.insert(line.id, product);
        self.sources.insert(subscription, Source { sku: old_sku(product), seats, end, renews });
        // One licence stays free, so that somebody can be hired.
        for user in 0..seats - 1 {
            self.users.insert(UserId::new(Uuid::from_u128(0xE0000 + n * 100 + u128::from(user))), old_sku(product));
        }
        line
    }

    fn uuid(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(0xFEED_0000 + self.next_id)
    }

    pub(crate) fn load(&self) -> Migration {
        replay(&self.log).expect("the log begins with an import")
    }

    fn command(&mut self, command: Command) {
        let at = self.moment();
        let events = decide(&self.load(), Input::Command(command), at, &self.policy).expect("the command fits");
        self.log.extend(events);
    }

    fn moment(&mut self) -> Moment {
        let fresh = IntentId::new(self.uuid());
        Moment { now: self.now, fresh }
    }

    pub(crate) fn apply(&mut self, op: Op) {
        match op {
            Op::Advance { minutes } => self.advance(later(self.now, SignedDuration::from_mins(minutes.into()))),
            Op::Step { nth, fate } => self.step(nth, fate),
            Op::Stall { worker } => {
                let migration = self.load();
                if let Some(effect) = owed(&migration, &self.policy, self.now).into_iter().next() {
                    self.workers.insert(worker, Asleep { version: self.log.len(), migration, effect });
                }
            }
            Op::Wake { worker, fate } => {
                if let Some(Asleep { version, migration, effect }) = self.workers.remove(&worker) {
                    self.act(version, &migration, effect, fate);
                }
            }
            Op::Accept => self.accepted = true,
            Op::PeopleAct => self.people_act(),
            Op::ForgetRequests => self.requests.clear(),
            Op::Hire => self.hire(),
        }
    }

    fn advance(&mut self, to: Timestamp) {
        self.now = to;
        for source in self.sources.values_mut() {
            while source.renews && source.end <= to {
                source.end = later(source.end, SignedDuration::from_hours(365 * 24));
            }
        }
        self.check_users();
    }

    /// One worker's turn: time, then everything owed that has not been tried in this turn.
    fn step(&mut self, nth: u8, fate: Fate) {
        let mut done: BTreeSet<Effect> = BTreeSet::new();
        let mut writes = 0;
        loop {
            let version = self.log.len();
            let migration = self.load();
            let at = self.moment();
            let ticked = decide(&migration, Input::Tick, at, &self.policy).expect("time is never rejected");
            self.commit(version, ticked);
            let (version, migration) = (self.log.len(), self.load());
            let next = owed(&migration, &self.policy, self.now).into_iter().find(|effect| !done.contains(effect));
            let Some(effect) = next else { return };
            done.insert(effect.clone());
            writes += u8::from(effect.is_write());
            let met = if writes == nth { fate } else { Fate::Answered };
            if !self.act(version, &migration, effect, met) {
                return;
            }
        }
    }

    /// Performs `effect` as a worker that knows `migration`; false when the worker dies on the way.
    fn act(&mut self, version: usize, migration: &Migration, effect: Effect, fate: Fate) -> bool {
        self.check_named(&effect);
        let input = self.perform(migration, &effect, fate);
        if fate == Fate::CrashAfter && effect.is_write() {
            return false;
        }
        let at = self.moment();
        let events = decide(migration, input.clone(), at, &self.policy).expect("answers are never rejected");
        let again = decide(migration, input.clone(), at, &self.policy).expect("answers are never rejected");
        self.require(events == again, "I6: the same arguments gave another answer");
        if let Input::Reply { reply: Reply::Cart(Outcome::InDoubt(_)), .. }
        | Input::Reply { reply: Reply::CheckOut(Outcome::InDoubt(_)), .. }
        | Input::Reply { reply: Reply::Swap(Outcome::InDoubt(_)), .. } = input
        {
            let patient = events.iter().all(|event| matches!(event, Event::PutOff { answered: false, .. }));
            self.require(patient, "I7: doubt was taken for an answer");
        }
        self.commit(version, events);
        true
    }

    /// The store's promise: a commit upon a version that has passed writes nothing.
    fn commit(&mut self, version: usize, events: Vec<Event>) {
        if version != self.log.len() {
            return;
        }
        for event in events {
            let before = self.load();
            let after = evolve(before.clone(), &event);
            self.require(after == evolve(before.clone(), &event), "I6: evolve answered differently");
            self.require(after.misfits == 0, "an event of our own did not fit");
            self.check_forward(&before, &after, &event);
            self.log.push(event);
        }
    }

    fn perform(&mut self, migration: &Migration, effect: &Effect, fate: Fate) -> Input {
        let seen = |observation| Input::Observation(observation);
        match effect {
            Effect::ReadInvitation { .. } => {
                seen(Observation::Invitation { link: "https://admin.example/invite".to_owned() })
            }
            Effect::ReadStanding => seen(Observation::Standing(self.observed(self.standing()))),
            Effect::ReadFacts { line } => seen(Observation::Facts { line: *line, facts: Box::new(self.facts()) }),
            Effect::FindOrders { line, intent, .. } => {
                let found = self.visible(&Mark::of(*intent));
                seen(Observation::Orders { line: *line, intent: *intent, found: self.observed(found) })
            }
            Effect::ReadDelivery { line, subscription } => {
                let delivery = self.orders.iter().find(|order| order.subscription == *subscription).map(|order| {
                    let provisioned = self.now >= later(order.at, SignedDuration::from_mins(20));
                    let (subscription, seats) = (order.subscription.clone(), order.seats);
                    let starts = Some(order.at);
                    Delivery { subscription, active: true, provisioned, seats, starts, last_day: None }
                });
                let found = delivery.map(|delivery| (delivery, self.observed(self.tenancy())));
                seen(Observation::Delivery { line: *line, found })
            }
            Effect::ReadHolders { line } => {
                let sku = migration.lines[line].source.sku;
                let holders = self.users.iter().filter(|(_, held)| **held == sku).map(|(user, _)| Holder {
                    user: *user,
                    via: Via::Direct,
                    disabled_plans: BTreeSet::new(),
                    has_usage_location: true,
                    others: BTreeMap::new(),
                });
                let holders = holders.collect();
                seen(Observation::Holders { line: *line, holders, tenancy: self.observed(self.tenancy()) })
            }
            Effect::ReadServices { line, users } => {
                let works = users.iter().map(|user| (*user, Vec::new())).collect();
                seen(Observation::Services { line: *line, seen: ServicesSeen::Of(works) })
            }
            Effect::ReadSource { line, .. } => {
                seen(Observation::Source { line: *line, tenancy: self.observed(self.tenancy()), services: None })
            }
            Effect::CreateCart { line, .. } => {
                let reply = self.write(fate, |world| world.create_cart(migration, *line, effect));
                Input::Reply { to: effect.clone(), reply: Reply::Cart(reply) }
            }
            Effect::CheckOut { cart, .. } => {
                let reply = self.write(fate, |world| world.check_out(cart));
                Input::Reply { to: effect.clone(), reply: Reply::CheckOut(reply) }
            }
            Effect::SwapLicence { line, user } => {
                let line = &migration.lines[line];
                let change = line.change_of(*user).expect("who is to be changed waits for it");
                let both = line.source.companion.is_some();
                self.require(
                    change.add.contains_key(&second_sku()) == both,
                    "I2: a user changes to half of what is due",
                );
                let reply = self.write(fate, |world| world.swap(*user, &change));
                Input::Reply { to: effect.clone(), reply: Reply::Swap(reply) }
            }
        }
    }

    fn write<T>(&mut self, fate: Fate, send: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        match fate {
            Fate::Answered | Fate::CrashAfter => send(self),
            Fate::RequestLost => Outcome::InDoubt(Fault::new("no answer")),
            Fate::ReplyLost => {
                send(self);
                Outcome::InDoubt(Fault::new("no answer"))
            }
            Fate::Throttled => Outcome::Throttled { retry_after: SignedDuration::from_secs(30) },
            Fate::NotSent => Outcome::NotSent(Fault::new("connection refused")),
        }
    }

    /// No more faults, everybody answers: time runs from wake to wake.
    pub(crate) fn settle(&mut self) {
        for _ in 0..2_000 {
            self.people_act();
            self.step(0, Fate::Answered);
            self.check_books();
            let migration = self.load();
            match wake(&migration, &self.policy, self.now) {
                Some(next) => self.advance(next.max(later(self.now, SignedDuration::from_secs(1)))),
                None => return,
            }
            if self.at_rest() && self.checks_are_over() {
                return;
            }
        }
    }
}
