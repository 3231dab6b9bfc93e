//! The invariants, judged by the ledger of the outside world and by what is committed; never by what a worker believes.

use super::service::theirs;
use crate::MemoryStore;
use carryover_domain::finding::Finding;
use carryover_domain::ids::{CartId, IntentId, LineId, Mark, MigrationId, SkuId, TenantId, UserId};
use carryover_domain::plan::LinePlan;
use carryover_domain::policy::Policy;
use carryover_domain::{Event, Input, Line, Migration, Moment, Stage, decide, evolve, owed, replay, wake};
use carryover_emulator::{Ledger, PurchaseEntry};
use carryover_ports::{Cursor, Index, Store};
use jiff::Timestamp;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Events taken at once. Nobody commits so many between two looks.
const MANY: usize = 10_000;

/// What is committed, followed event by event, and what did not hold.
pub(super) struct Witness {
    memory: MemoryStore,
    policy: Policy,
    cursor: Cursor,
    followed: BTreeMap<MigrationId, Migration>,
    /// Which act is whose, by the mark that it leaves.
    marks: BTreeMap<String, (TenantId, LineId)>,
    carts: BTreeMap<CartId, (TenantId, LineId)>,
    swaps: BTreeSet<UserId>,
    /// When a line was looked at last before it was bought: what it costs was known then.
    looked: BTreeMap<(TenantId, LineId), Timestamp>,
    /// When everything got dearer last.
    raised: Option<Timestamp>,
    broken: Option<String>,
}

impl Witness {
    pub(super) fn of(memory: MemoryStore, policy: Policy) -> Self {
        Self {
            memory,
            policy,
            cursor: Cursor::START,
            followed: BTreeMap::new(),
            marks: BTreeMap::new(),
            carts: BTreeMap::new(),
            swaps: BTreeSet::new(),
            looked: BTreeMap::new(),
            raised: None,
            broken: None,
        }
    }

    /// The first thing that did not hold.
    pub(super) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    pub(super) fn require(&mut self, holds: bool, what: &str) {
        if !holds && self.broken.is_none() {
            self.broken = Some(what.to_owned());
        }
    }

    /// Everything gets dearer now.
    pub(super) fn raises(&mut self, ledger: &Ledger) {
        self.raised = Some(ledger.now());
    }

    /// Every migration, as committed.
    pub(super) fn migrations(&self) -> impl Iterator<Item = &Migration> {
        self.followed.values()
    }

    pub(super) fn plan_of_cart(&self, cart: &CartId) -> Option<&LinePlan> {
        let (tenant, line) = self.carts.get(cart)?;
        self.followed.get(&MigrationId::of(*tenant))?.lines.get(line)?.plan.as_ref()
    }

    /// I3, of a cart that is asked for.
    pub(super) fn sends_cart(&mut self, ledger: &Ledger, mark: &Mark) {
        self.read_on(ledger);
        let named = self.marks.contains_key(mark.as_str());
        self.require(named, "I3: a cart was asked for before the act that it is for was committed");
    }

    /// I3, of a checkout.
    pub(super) fn sends_checkout(&mut self, ledger: &Ledger, cart: &CartId) {
        self.read_on(ledger);
        let named = self.carts.contains_key(cart);
        self.require(named, "I3: a cart was checked out before it was committed");
    }

    /// I3, of a licence that is changed.
    pub(super) fn sends_swap(&mut self, ledger: &Ledger, user: UserId) {
        self.read_on(ledger);
        let named = self.swaps.contains(&user);
        self.require(named, "I3: a user's licence was changed before that was committed");
    }

    /// Everything that can be judged at any moment.
    pub(super) fn look(&mut self, ledger: &Ledger) {
        self.read_on(ledger);
        self.books(ledger);
        self.served(ledger);
    }

    /// I6: the log of `id` says what was followed, and the rules answer the same whenever they are asked.
    fn compare_with_the_log(&mut self, id: MigrationId, now: Timestamp) {
        let Some(live) = self.followed.get(&id) else { return };
        let log = super::now(self.memory.load(id)).ok().flatten().map(|loaded| loaded.events).unwrap_or_default();
        let replayed = replay(log.iter().map(|recorded| &recorded.event));
        let same_log = replayed.as_ref() == Some(live);
        let asked = |migration: &Migration| {
            let at = Moment { now, fresh: IntentId::new(Uuid::from_u128(0)) };
            let decided = decide(migration, Input::Tick, at, &self.policy);
            (decided, owed(migration, &self.policy, now), wake(migration, &self.policy, now))
        };
        let same_answers = replayed.is_none_or(|replayed| asked(live) == asked(&replayed));
        self.require(same_log, "I6: the log replays to something else");
        self.require(same_answers, "I6: the rules answered differently when they were asked again");
    }

    /// I8: closed for good, or before a person, as far as a line has a plan.
    pub(super) fn at_rest(&self) -> bool {
        let rests = |line: &Line| match &line.stage {
            Stage::NeedsAttention { .. } => true,
            Stage::Closed { .. } => line.next_check(&self.policy).is_none(),
            _ => line.plan.is_none(),
        };
        self.followed.values().flat_map(|migration| migration.lines.values()).all(rests)
    }

    /// How many lines closed, and how many stand before a person.
    pub(super) fn ends(&self) -> [u64; 2] {
        let lines = || self.followed.values().flat_map(|migration| migration.lines.values());
        let count = |is: fn(&Stage) -> bool| lines().filter(|line| is(&line.stage)).count() as u64;
        [
            count(|stage| matches!(stage, Stage::Closed { .. })),
            count(|stage| matches!(stage, Stage::NeedsAttention { .. })),
        ]
    }

    fn read_on(&mut self, ledger: &Ledger) {
        let fed = super::now(self.memory.feed_after(self.cursor, MANY)).unwrap_or_default();
        let written: BTreeSet<MigrationId> = fed.iter().map(|fed| fed.recorded.migration).collect();
        for fed in fed {
            self.cursor = fed.cursor;
            self.follow(fed.recorded.migration, &fed.recorded.event, ledger);
        }
        written.into_iter().for_each(|id| self.compare_with_the_log(id, ledger.now()));
    }

    fn follow(&mut self, id: MigrationId, event: &Event, ledger: &Ledger) {
        let Some(before) = self.followed.remove(&id) else {
            self.followed.extend(replay([event]).map(|migration| (id, migration)));
            return;
        };
        let after = evolve(before.clone(), event);
        self.require(after == evolve(before.clone(), event), "I6: evolve answered differently");
        self.require(after.misfits == before.misfits, "I5: an event was committed that does not fit");
        // What a person answers is allowed anything that `decide` admits.
        let back = matches!(event, Event::CartWrittenOff { .. } | Event::Resolved { .. });
        let forward = |(id, line): (&LineId, &Line)| after.lines[id].stage.rank() >= line.stage.rank();
        self.require(back || before.lines.iter().all(forward), "I5: a line went backwards");
        let tenant = after.customer.tenant;
        match event {
            Event::WindowOpened { line, intent, looked, .. } => {
                self.marks.insert(Mark::of(*intent).as_str().to_owned(), (tenant, *line));
                self.looked.extend(looked.map(|at| ((tenant, *line), at)));
            }
            Event::CartRecorded { line, cart, .. } => drop(self.carts.insert(cart.clone(), (tenant, *line))),
            Event::SwapPlanned { users, .. } => self.swaps.extend(users.keys()),
            _ => {}
        }
        self.believed(ledger, tenant, event);
        self.followed.insert(id, after);
    }

    /// What is recorded as true is true.
    fn believed(&mut self, ledger: &Ledger, tenant: TenantId, event: &Event) {
        let bought = |holds: &dyn Fn(&PurchaseEntry) -> bool| ledger.purchases(theirs(tenant)).iter().any(holds);
        let holds = match event {
            Event::PurchaseConfirmed { purchase, .. } => {
                bought(&|there| there.order.to_string() == purchase.order.to_string() && there.seats == purchase.seats)
            }
            Event::CoverConfirmed { bought: id, .. } => {
                bought(&|there| there.subscription.to_string() == id.as_str() && there.arrived_at.is_some())
            }
            Event::CartWrittenOff { intent, .. } => {
                let mark = Mark::of(*intent);
                !bought(&|there| there.friendly_name.as_deref().is_some_and(|name| mark.is(name)))
            }
            _ => true,
        };
        self.require(holds, &format!("I7: {} was recorded, and the ledger says otherwise", event.name()));
    }

    /// I1 and I4, by the ledger's purchases; I2, by when it was asked for what.
    fn books(&mut self, ledger: &Ledger) {
        let mut orders: BTreeMap<(TenantId, LineId), u32> = BTreeMap::new();
        let tenants: Vec<TenantId> = self.followed.values().map(|migration| migration.customer.tenant).collect();
        for purchase in tenants.iter().flat_map(|tenant| ledger.purchases(theirs(*tenant))) {
            self.require(!purchase.duplicate, "I1: the ledger calls a purchase one too many");
            let mark = purchase.friendly_name.as_deref().unwrap_or_default();
            let Some((tenant, id)) = self.marks.get(mark).copied() else {
                self.require(false, "I3: something was bought that no committed act explains");
                continue;
            };
            *orders.entry((tenant, id)).or_default() += 1;
            let line = self.followed.get(&MigrationId::of(tenant)).and_then(|migration| migration.lines.get(&id));
            if let Some(plan) = line.and_then(|line| line.plan.as_ref()) {
                let seats = purchase.seats <= plan.seats.get();
                // A person may have seen that it got dearer, and let it pass.
                let let_pass = line.into_iter().flat_map(|line| &line.waived).filter_map(|finding| match finding {
                    Finding::PriceChanged { now, .. } => Some(now.amount),
                    _ => None,
                });
                let most = plan.price_ceiling.map(|most| let_pass.fold(most.rounded().amount, Decimal::max));
                let dear = most.zip(purchase.price_per_seat).is_some_and(|(most, is)| is > most);
                // No price is shown between the look and the order.
                let unknown =
                    self.raised.is_some_and(|raised| self.looked.get(&(tenant, id)).is_none_or(|at| raised >= *at));
                self.require(seats, "I4: more seats than planned");
                self.require(!dear || unknown, "I4: dearer than the ceiling");
            }
        }
        self.require(orders.values().all(|count| *count <= 1), "I1: a line was bought twice");
        let early = ledger.books().asked_to_end_before_cover;
        self.require(early == 0, "I2: somebody was asked to let a source end before it was covered");
    }

    /// I2, as users see it: where all lines of a product are let go, everybody who should be served is. A user sits in the pools
    /// of all that the user holds now; one that another line still has to carry over may be short through that line's fault.
    fn served(&mut self, ledger: &Ledger) {
        let feeds =
            |line: &Line, sku: SkuId| line.source.sku == sku || line.plan.as_ref().is_some_and(|plan| plan.sku == sku);
        let let_go = |line: &Line| matches!(line.stage.underlying(), Stage::WindingDown { .. } | Stage::Closed { .. });
        let without = self.followed.values().any(|migration| {
            let tenant = theirs(migration.customer.tenant);
            let gaps = ledger.unserved(tenant);
            let mut open = gaps.iter().filter(|gap| gap.to.is_none()).peekable();
            if open.peek().is_none() {
                return false;
            }
            let users = ledger.view(tenant).and_then(|view| view.tenant).map(|tenant| tenant.users).unwrap_or_default();
            open.any(|gap| {
                let held =
                    users.iter().filter(|user| user.id == gap.user).flat_map(|user| user.licences.keys().copied());
                let pools: BTreeSet<SkuId> = held.chain([gap.sku]).map(|sku| SkuId::new(sku.0)).collect();
                let fed = |line: &&Line| pools.iter().any(|sku| feeds(line, *sku));
                let mut ours = migration.lines.values().filter(fed).peekable();
                ours.peek().is_some() && ours.all(let_go)
            })
        });
        self.require(!without, "I2: a user of a line that was let go is without a licence");
    }
}
