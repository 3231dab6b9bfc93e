//! What is written down about one customer while things happen.
//!
//! Only facts that cannot be read off the final state: when something was bought, asked, ended or exchanged.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::SeatPoint;
use super::coverage::{Coverage, Gap, Serving};
use crate::ids::{CartId, OrderId, SkuId, SubscriptionId, UserId};
use crate::ledger::licences::User;
use crate::seed::{Program, SeedSubscription};

/// One customer's diary.
#[derive(Debug, Clone)]
pub(crate) struct Diary {
    sources: Vec<Source>,
    purchases: Vec<Purchase>,
    asked_too_early: u64,
    swapped: BTreeSet<UserId>,
    licence_calls: u64,
    coverage: Coverage,
    enabled: BTreeMap<SkuId, u32>,
    seats_in_force: Vec<SeatPoint>,
    opened: bool,
}

/// A subscription that is to move.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(super) id: SubscriptionId,
    pub(super) program: Program,
    pub(super) sku: SkuId,
    pub(super) target: SkuId,
    /// What its users are to hold beside the target.
    pub(super) companion: Option<SkuId>,
    pub(super) seats: u32,
    pub(super) asked_at: Option<Timestamp>,
    pub(super) renewed_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
}

/// An accepted order line of type New.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    pub(crate) at: Timestamp,
    pub(crate) order: OrderId,
    pub(crate) cart: CartId,
    /// Number of the line in its cart.
    pub(crate) cart_line: u32,
    pub(crate) subscription: SubscriptionId,
    pub(crate) sku: SkuId,
    pub(crate) seats: u32,
    pub(crate) friendly_name: Option<String>,
    pub(crate) arrived_at: Option<Timestamp>,
    /// When it was cancelled, suspended, or over.
    pub(crate) ended_at: Option<Timestamp>,
}

impl Purchase {
    /// Whether its seats had arrived by `now` and were still there.
    fn serves(&self, now: Timestamp) -> bool {
        self.arrived_at.is_some() && self.lived(now)
    }

    /// Whether it was in force at `at`, arrived or not.
    pub(super) fn lived(&self, at: Timestamp) -> bool {
        self.ended_at.is_none_or(|ended| ended > at)
    }
}

impl Diary {
    pub(crate) fn new(lines: &[SeedSubscription]) -> Diary {
        let sources = lines
            .iter()
            .map(|line| Source {
                id: line.id,
                program: line.program,
                sku: line.sku_id,
                target: line.leads_to(),
                companion: line.companion_sku,
                seats: line.seats,
                asked_at: None,
                renewed_at: None,
                ended_at: None,
            })
            .collect();
        Diary {
            sources,
            purchases: Vec::new(),
            asked_too_early: 0,
            swapped: BTreeSet::new(),
            licence_calls: 0,
            coverage: Coverage::default(),
            enabled: BTreeMap::new(),
            seats_in_force: Vec::new(),
            opened: false,
        }
    }

    /// Begins the run: what happened before it does not count, and who is served now is to stay served.
    pub(crate) fn open(&mut self, now: Timestamp, users: &BTreeMap<UserId, User>, enabled: &BTreeMap<SkuId, u32>) {
        for source in &mut self.sources {
            source.renewed_at = None;
        }
        self.coverage = Coverage::begin(users, enabled, |sku| self.serving(sku));
        self.opened = true;
        self.settle(now, users, enabled);
    }

    /// Takes note of users and Enabled units as they are from `now` on.
    pub(crate) fn settle(&mut self, now: Timestamp, users: &BTreeMap<UserId, User>, enabled: &BTreeMap<SkuId, u32>) {
        if !self.opened {
            return;
        }
        let skus: BTreeSet<SkuId> = enabled.keys().chain(self.enabled.keys()).copied().collect();
        for sku in skus {
            let units = enabled.get(&sku).copied().unwrap_or(0);
            if self.enabled.insert(sku, units) != Some(units) {
                self.seats_in_force.push(SeatPoint { at: now, sku, enabled: units });
            }
        }
        self.coverage.settle(now, users, enabled);
    }

    /// A user who was given `sku` by the customer's own people is to be served from now on.
    pub(crate) fn joined(&mut self, user: UserId, sku: SkuId) {
        self.coverage.joined(user, sku, self.serving(sku));
    }

    /// The customer's own people took `sku` from a user.
    pub(crate) fn released(&mut self, user: UserId, sku: SkuId, now: Timestamp) {
        self.coverage.released(user, Some(sku), now);
    }

    /// A user is gone.
    pub(crate) fn left(&mut self, user: UserId, now: Timestamp) {
        self.coverage.released(user, None, now);
    }

    pub(crate) fn is_source(&self, id: SubscriptionId) -> bool {
        self.sources.iter().any(|source| source.id == id)
    }

    pub(crate) fn bought(&mut self, purchase: Purchase) {
        self.purchases.push(purchase);
    }

    /// Seats of a subscription arrived in the tenant; the first arrival counts.
    pub(crate) fn arrived(&mut self, id: SubscriptionId, at: Timestamp) {
        if let Some(purchase) = self.purchase(id) {
            purchase.arrived_at.get_or_insert(at);
        }
    }

    pub(crate) fn renewed(&mut self, id: SubscriptionId, at: Timestamp) {
        if let Some(source) = self.source(id) {
            source.renewed_at.get_or_insert(at);
        }
    }

    pub(crate) fn ended(&mut self, id: SubscriptionId, at: Timestamp) {
        if let Some(source) = self.source(id) {
            source.ended_at.get_or_insert(at);
        }
        if let Some(purchase) = self.purchase(id) {
            purchase.ended_at.get_or_insert(at);
        }
    }

    /// Somebody was asked to let a source end. Too early, unless as many purchases of its target have arrived
    /// as sources of that target were asked to end, this one included; and so of what is to stand beside it. Not too early either where
    /// it is `spared`: what is no source covers all who hold its product.
    pub(crate) fn asked_to_end(&mut self, id: SubscriptionId, spared: bool, now: Timestamp) {
        let Some(source) = self.source(id) else { return };
        if source.asked_at.is_some() {
            return;
        }
        source.asked_at = Some(now);
        let (target, companion) = (source.target, source.companion);
        let asked = |sku: SkuId| {
            let leads = |source: &&Source| source.target == sku || source.companion == Some(sku);
            self.sources.iter().filter(leads).filter(|source| source.asked_at.is_some()).count()
        };
        let arrived =
            |sku: SkuId| self.purchases.iter().filter(|purchase| purchase.sku == sku && purchase.serves(now)).count();
        let short = |sku: SkuId| arrived(sku) < asked(sku);
        let too_early = !spared && (short(target) || companion.is_some_and(short));
        self.asked_too_early += u64::from(too_early);
    }

    pub(crate) fn licence_call(&mut self) {
        self.licence_calls += 1;
    }

    /// One call gave `added` to a user and took `removed`.
    pub(crate) fn swapped(&mut self, user: UserId, added: &[SkuId], removed: &[SkuId]) {
        if !added.is_empty() && !removed.is_empty() {
            self.swapped.insert(user);
            self.coverage.exchanged(user, removed, added);
        }
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    pub(super) fn purchases(&self) -> &[Purchase] {
        &self.purchases
    }

    pub(super) fn asked_too_early(&self) -> u64 {
        self.asked_too_early
    }

    pub(super) fn users_swapped(&self) -> u64 {
        self.swapped.len() as u64
    }

    pub(super) fn licence_calls(&self) -> u64 {
        self.licence_calls
    }

    pub(super) fn seats_in_force(&self) -> &[SeatPoint] {
        &self.seats_in_force
    }

    pub(super) fn gaps(&self, now: Timestamp) -> impl Iterator<Item = Gap> {
        self.coverage.gaps(now)
    }

    /// What may serve a user of `sku`: itself, and what its sources lead to.
    fn serving(&self, sku: SkuId) -> BTreeSet<Serving> {
        let targets = self.sources.iter().filter(|source| source.sku == sku);
        targets
            .map(|source| Serving { sku: source.target, with: source.companion })
            .chain([Serving::alone(sku)])
            .collect()
    }

    fn purchase(&mut self, id: SubscriptionId) -> Option<&mut Purchase> {
        self.purchases.iter_mut().find(|purchase| purchase.subscription == id)
    }

    fn source(&mut self, id: SubscriptionId) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.id == id)
    }
}
