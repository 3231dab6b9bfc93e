//! A cruel outside world for the pure core: a service with carts, lagging orders and licence pools, people who act late,
//! and workers that crash, stall and wake with stale knowledge. Shares the core's types, never its decisions.

use carryover_domain::facts::{
    Agreement, Cart, Delivery, Facts, HeldStatus, HeldSubscription, Holder, Partner, Pool, Purchase, Relationship,
    Standing, Tenancy, Via,
};
use carryover_domain::ids::{
    CartId, IntentId, LineId, Mark, OrderId, PlanId, RequestId, SkuId, SubscriptionId, TenantId, UserId,
};
use carryover_domain::migration::action::{Action, action_items};
use carryover_domain::migration::decide::import;
use carryover_domain::observed::Observed;
use carryover_domain::offer::Offer;
use carryover_domain::plan::plan;
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::{Customer, Renewal, SourceLine, Target};
use carryover_domain::program::SourceProgram;
use carryover_domain::reply::{Fault, Outcome, Refusal, RefusalKind};
use carryover_domain::time::{Billing, Term, later, start_of};
use carryover_domain::value::Seats;
use carryover_domain::{
    Command, Effect, Event, Input, Migration, Moment, Observation, Reply, decide, evolve, owed, replay, wake,
};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Reads of orders may be this far behind; the policy's settle time is longer.
const ORDER_LAG: SignedDuration = SignedDuration::from_mins(45);
/// Carts are dead after this.
const CART_LIFE: SignedDuration = SignedDuration::from_mins(15);

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
    workers: BTreeMap<u8, Asleep>,
    next_id: u128,
}

/// The line's shape: seats are all different, so that a double purchase is a number that cannot otherwise occur.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) program: SourceProgram,
    pub(crate) auto_renew: Renewal,
    pub(crate) swap: bool,
    pub(crate) days_left: u8,
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
            workers: BTreeMap::new(),
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
        world.log.extend(import(None, customer, lines));
        let facts = world.facts();
        world.command(Command::Assess { facts });
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
        let line = SourceLine {
            id: LineId::of(tenant(), subscription.as_str()),
            program: shape.program,
            subscription: Some(subscription.clone()),
            sku: old_sku(n),
            sku_part_number: None,
            product_name: None,
            seats: Seats::try_new(seats).expect("well formed"),
            assigned_seats: Some(seats),
            end_date,
            auto_renew: shape.auto_renew,
            term: Some(Term::Year),
            billing: Some(Billing::Monthly),
            price_per_seat: None,
            target: if shape.swap { Target::Sku(new_sku(n, true)) } else { Target::Same },
            contact_email: None,
        };
        let renews = line.may_renew();
        self.sources.insert(subscription, Source { sku: old_sku(n), seats, end: line.end().instant(), renews });
        // One licence stays free, so that somebody can be hired.
        for user in 0..seats - 1 {
            self.users.insert(UserId::new(Uuid::from_u128(0xE0000 + n * 100 + u128::from(user))), old_sku(n));
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
            Effect::ReadInvitation => seen(Observation::Invitation { link: "https://admin.example/invite".to_owned() }),
            Effect::ReadStanding => seen(Observation::Standing(self.observed(self.standing()))),
            Effect::ReadFacts { line } => seen(Observation::Facts { line: *line, facts: self.facts() }),
            Effect::FindOrders { line, intent, .. } => {
                let found = self.visible(&Mark::of(*intent));
                seen(Observation::Orders { line: *line, intent: *intent, found: self.observed(found) })
            }
            Effect::ReadDelivery { line, subscription } => {
                let delivery = self.orders.iter().find(|order| order.subscription == *subscription).map(|order| {
                    let provisioned = self.now >= later(order.at, SignedDuration::from_mins(20));
                    let (subscription, seats) = (order.subscription.clone(), order.seats);
                    Delivery { subscription, active: true, provisioned, seats, starts: Some(order.at) }
                });
                seen(Observation::Delivery { line: *line, delivery, tenancy: self.observed(self.tenancy()) })
            }
            Effect::ReadHolders { line } => {
                let sku = migration.lines[line].source.sku;
                let holders = self.users.iter().filter(|(_, held)| **held == sku).map(|(user, _)| Holder {
                    user: *user,
                    via: Via::Direct,
                    disabled_plans: BTreeSet::new(),
                    has_usage_location: true,
                });
                let holders = holders.collect();
                seen(Observation::Holders { line: *line, holders, tenancy: self.observed(self.tenancy()) })
            }
            Effect::ReadSource { line } => {
                seen(Observation::Source { line: *line, tenancy: self.observed(self.tenancy()) })
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
                let add = migration.lines[line].plan.as_ref().expect("a line that swaps has a plan").sku;
                let reply = self.write(fate, |world| world.swap(*user, add));
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

    fn create_cart(&mut self, migration: &Migration, line: LineId, effect: &Effect) -> Outcome<Cart> {
        let plan = migration.lines[&line].plan.clone().expect("a line that buys has a plan");
        let key = effect.request_id().expect("a cart is made under a request id");
        let mark = effect.mark().expect("a cart carries a mark").to_string();
        let id = match self.requests.get(&key) {
            Some(id) => id.clone(),
            None => CartId::try_new(&self.uuid().to_string()).expect("well formed"),
        };
        self.requests.insert(key, id.clone());
        let seats = plan.seats.get();
        let made = self.now;
        self.carts.entry(id.clone()).or_insert(ServiceCart { made, mark, line, seats, ordered: false });
        Outcome::Done(Cart {
            id,
            offer: plan.offer,
            seats,
            term: Some(plan.term),
            billing: Some(plan.billing),
            expires: None,
        })
    }

    /// A cart is accepted once. A dead one denies ever having been ordered.
    fn check_out(&mut self, id: &CartId) -> Outcome<Purchase> {
        let now = self.now;
        let gone = || {
            Outcome::Refused(Refusal {
                kind: RefusalKind::CartGone,
                code: "404/800008".to_owned(),
                detail: "cart not found".to_owned(),
            })
        };
        let subscription = SubscriptionId::try_new(&format!("new-{}", self.uuid())).expect("well formed");
        let Some(cart) = self.carts.get_mut(id) else {
            return gone();
        };
        if now > later(cart.made, CART_LIFE) {
            return gone();
        }
        if !std::mem::replace(&mut cart.ordered, true) {
            let (mark, line, seats) = (cart.mark.clone(), cart.line, cart.seats);
            self.orders.push(Order { mark: mark.clone(), line, at: now, seats, subscription });
            return self.purchase(&mark).map_or_else(gone, Outcome::Done);
        }
        let mark = cart.mark.clone();
        let visible = self.orders.iter().any(|order| order.mark == mark && now > later(order.at, ORDER_LAG));
        match self.purchase(&mark).filter(|_| visible) {
            Some(purchase) => Outcome::Done(purchase),
            None => Outcome::InDoubt(Fault::new("800065: submitted already, not visible yet")),
        }
    }

    fn purchase(&self, mark: &str) -> Option<Purchase> {
        let order = self.orders.iter().find(|order| order.mark == mark)?;
        Some(self.purchase_of(order))
    }

    fn purchase_of(&self, order: &Order) -> Purchase {
        let n = self.line_number(order.line);
        Purchase {
            order: OrderId::try_new(&format!("order-{}", order.subscription)).expect("well formed"),
            subscription: Some(order.subscription.clone()),
            offer: offer_text(n).parse().expect("well formed"),
            seats: order.seats,
            ordered_at: order.at,
            price_per_seat: None,
        }
    }

    fn visible(&self, mark: &Mark) -> Vec<Purchase> {
        self.orders
            .iter()
            .filter(|order| mark.is(&order.mark) && self.now > later(order.at, ORDER_LAG))
            .map(|order| self.purchase_of(order))
            .collect()
    }

    fn swap(&mut self, user: UserId, add: SkuId) -> Outcome<()> {
        let pool = self.tenancy().pool(add);
        if self.users.get(&user) != Some(&add) && pool.consumed >= pool.enabled {
            return Outcome::Refused(Refusal {
                kind: RefusalKind::NoFreeUnits,
                code: "400".to_owned(),
                detail: "no available licences".to_owned(),
            });
        }
        self.users.insert(user, add);
        Outcome::Done(())
    }

    fn line_number(&self, line: LineId) -> u128 {
        (0..10).find(|n| LineId::of(tenant(), &format!("old-{n}")) == line).expect("a known line")
    }

    fn observed<T>(&self, value: T) -> Observed<T> {
        Observed { value, at: self.now }
    }

    fn standing(&self) -> Standing {
        if self.accepted {
            Standing { relationship: Relationship::Reseller, agreement: Agreement::Accepted }
        } else {
            Standing { relationship: Relationship::None, agreement: Agreement::Unreadable }
        }
    }

    fn facts(&self) -> Facts {
        let offers = (0..self.sources.len() as u128)
            .flat_map(|n| [(n, false), (n, true)])
            .map(|(n, swap)| Offer {
                id: offer_text(n).parse().expect("well formed"),
                title: format!("Product {n}"),
                sku: new_sku(n, swap),
                seats_min: 1,
                seats_max: 1000,
                terms: BTreeMap::from([(Term::Year, BTreeSet::from([Billing::Monthly]))]),
                prices: BTreeMap::new(),
            })
            .collect();
        Facts {
            partner: us(),
            standing: self.observed(self.standing()),
            offers: self.observed(offers),
            tenancy: self.accepted.then(|| self.observed(self.tenancy())),
        }
    }

    /// What the tenant holds now: old subscriptions, new ones once they are provisioned, and the pools that they feed.
    fn tenancy(&self) -> Tenancy {
        let old = self.sources.iter().map(|(id, source)| HeldSubscription {
            id: id.clone(),
            sku: source.sku,
            status: if source.end > self.now { HeldStatus::Enabled } else { HeldStatus::Warning },
            seats: source.seats,
            next_lifecycle: Some(source.end),
            owner: None,
            trial: false,
            created: None,
        });
        let new = self.orders.iter().filter(|order| self.now >= later(order.at, SignedDuration::from_mins(30)));
        let new = new.map(|order| HeldSubscription {
            id: order.subscription.clone(),
            sku: self.ordered_sku(order.line),
            status: HeldStatus::Enabled,
            seats: order.seats,
            next_lifecycle: Some(later(order.at, SignedDuration::from_hours(365 * 24))),
            owner: Some(us().tenant),
            trial: false,
            created: Some(order.at),
        });
        let subscriptions: Vec<HeldSubscription> = old.chain(new).collect();
        let mut pools: BTreeMap<SkuId, Pool> = BTreeMap::new();
        for held in &subscriptions {
            let pool = pools.entry(held.sku).or_default();
            match held.status {
                HeldStatus::Enabled => pool.enabled += held.seats,
                _ => pool.warning += held.seats,
            }
        }
        for sku in self.users.values() {
            pools.entry(*sku).or_default().consumed += 1;
        }
        Tenancy { subscriptions, pools }
    }

    fn ordered_sku(&self, line: LineId) -> SkuId {
        self.load().lines[&line].plan.as_ref().expect("an ordered line has a plan").sku
    }

    fn hire(&mut self) {
        use carryover_domain::Stage;
        let sku = old_sku(0);
        let pool = self.tenancy().pool(sku);
        let line = LineId::of(tenant(), "old-0");
        // Who is given the old product after it was let go is the customer's own doing.
        if matches!(self.load().lines[&line].stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. }) {
            return;
        }
        // Only onto a seat that is free for good: hiring onto seats that are about to end is the customer's own doing.
        let lasting = self.sources.values().find(|source| source.sku == sku).map_or(0, |source| source.seats);
        if pool.consumed < pool.enabled && pool.consumed < lasting {
            let user = UserId::new(self.uuid());
            self.users.insert(user, sku);
        }
    }

    /// People do what they are asked to, and only that.
    fn people_act(&mut self) {
        for item in action_items(&self.load(), &self.policy) {
            match item.action {
                Action::SendInvitation { .. } | Action::ObtainAgreement => self.accepted = true,
                Action::StopRenewal { subscription: Some(id), .. } => {
                    let sku = self.sources[&id].sku;
                    let (seats, pool) = (self.sources[&id].seats, self.tenancy().pool(sku));
                    let line = item.line.expect("a renewal belongs to a line");
                    let bought = self.orders.iter().any(|order| order.line == line);
                    self.require(bought, "I2: asked to stop a source that nothing replaces");
                    let kept = if self.sources[&id].end > self.now { pool.enabled - seats } else { pool.enabled };
                    self.require(kept >= pool.consumed, "I2: asked to stop a source that is still needed");
                    if let Some(source) = self.sources.get_mut(&id) {
                        source.renews = false;
                    }
                }
                _ => {}
            }
        }
    }

    fn require(&mut self, holds: bool, what: &str) {
        if !holds {
            self.violations.push(what.to_owned());
        }
    }

    /// I3: what is sent was named by an event before.
    fn check_named(&mut self, effect: &Effect) {
        let named = match effect {
            Effect::CreateCart { intent, .. } => self.log.iter().any(|event| {
                matches!(event, Event::WindowOpened { intent: named, .. } | Event::CartWrittenOff { fresh: named, .. } if named == intent)
            }),
            Effect::CheckOut { cart, .. } => {
                self.log.iter().any(|event| matches!(event, Event::CartRecorded { cart: named, .. } if named == cart))
            }
            Effect::SwapLicence { user, .. } => {
                self.log.iter().any(|event| matches!(event, Event::SwapPlanned { users, .. } if users.contains_key(user)))
            }
            _ => true,
        };
        self.require(named, "I3: a write left before the event that names it");
    }

    /// I5: forward only, save a written-off cart and a person's answer.
    fn check_forward(&mut self, before: &Migration, after: &Migration, event: &Event) {
        let allowed = matches!(event, Event::CartWrittenOff { .. } | Event::Resolved { .. });
        let forward = before.lines.iter().all(|(id, line)| after.lines[id].stage.rank() >= line.stage.rank());
        self.require(allowed || forward, "I5: a line went backwards");
    }

    /// Nobody is ever without a licence while the owner has done nothing but what was asked.
    fn check_users(&mut self) {
        let tenancy = self.tenancy();
        let closed = self.load();
        for (n, line) in closed.lines.values().enumerate() {
            let ours = matches!(
                line.stage.underlying(),
                carryover_domain::Stage::WindingDown { .. } | carryover_domain::Stage::Closed { .. }
            );
            let sku = old_sku(n as u128);
            for sku in [sku, new_sku(n as u128, true)] {
                let pool = tenancy.pool(sku);
                let served = pool.consumed <= pool.enabled;
                self.require(!ours || served, "a user of a wound-down line is without a licence");
            }
        }
    }

    /// I1 and I4, by the service's own books.
    pub(crate) fn check_books(&mut self) {
        let migration = self.load();
        for (id, line) in &migration.lines {
            let orders: Vec<&Order> = self.orders.iter().filter(|order| order.line == *id).collect();
            let (count, seats) = (orders.len(), orders.iter().map(|order| order.seats).max());
            self.require(count <= 1, "I1: bought twice");
            let planned = line.plan.as_ref().map(|plan| plan.seats.get());
            self.require(seats <= planned.or(seats), "I4: more seats than planned");
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
            if self.at_rest() {
                return;
            }
        }
    }

    /// I8: every line is closed or stands before a person.
    pub(crate) fn at_rest(&self) -> bool {
        use carryover_domain::Stage;
        self.load().lines.values().all(|line| matches!(line.stage, Stage::Closed { .. } | Stage::NeedsAttention { .. }))
    }
}
