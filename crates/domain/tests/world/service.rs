//! What the service does: carts, orders that lag, licence pools, and what reads of them show.

use super::{Order, SECOND, ServiceCart, World, new_sku, offer_text, second_sku, us};
use carryover_domain::facts::{
    Agreement, Cart, Facts, HeldStatus, HeldSubscription, Pool, Purchase, Relationship, Standing, Tenancy,
};
use carryover_domain::ids::{CartId, LineId, Mark, OrderId, SkuId, SubscriptionId, UserId};
use carryover_domain::migration::state::Change;
use carryover_domain::observed::Observed;
use carryover_domain::offer::Offer;
use carryover_domain::reply::{Fault, Outcome, Refusal, RefusalKind};
use carryover_domain::time::{Billing, Term, later};
use carryover_domain::{Effect, Migration};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// Reads of orders may be this far behind; the policy's settle time is longer.
const ORDER_LAG: SignedDuration = SignedDuration::from_mins(45);
/// The tenant shows a purchase after this: later than order history does (fact sheet 14).
const SEAT_LAG: SignedDuration = SignedDuration::from_mins(90);
/// Carts are dead after this.
const CART_LIFE: SignedDuration = SignedDuration::from_mins(15);

impl World {
    pub(super) fn create_cart(&mut self, migration: &Migration, line: LineId, effect: &Effect) -> Outcome<Cart> {
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
            term_end: migration.lines[&line].term_end,
            expires: None,
        })
    }

    /// A cart is accepted once. A dead one denies ever having been ordered.
    pub(super) fn check_out(&mut self, id: &CartId) -> Outcome<Purchase> {
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

    pub(super) fn purchase(&self, mark: &str) -> Option<Purchase> {
        let order = self.orders.iter().find(|order| order.mark == mark)?;
        Some(self.purchase_of(order))
    }

    pub(super) fn purchase_of(&self, order: &Order) -> Purchase {
        let product = self.products.get(&order.line).copied().unwrap_or(SECOND);
        Purchase {
            order: OrderId::try_new(&format!("order-{}", order.subscription)).expect("well formed"),
            subscription: Some(order.subscription.clone()),
            offer: offer_text(product).parse().expect("well formed"),
            seats: order.seats,
            ordered_at: order.at,
            price_per_seat: None,
        }
    }

    pub(super) fn visible(&self, mark: &Mark) -> Vec<Purchase> {
        self.orders
            .iter()
            .filter(|order| mark.is(&order.mark) && self.now > later(order.at, ORDER_LAG))
            .map(|order| self.purchase_of(order))
            .collect()
    }

    pub(super) fn swap(&mut self, user: UserId, change: &Change) -> Outcome<()> {
        let tenancy = self.tenancy();
        let holds =
            |sku: SkuId| self.users.get(&user) == Some(&sku) || sku == second_sku() && self.seconds.contains(&user);
        let full = |sku: &SkuId| !holds(*sku) && tenancy.pool(*sku).consumed >= tenancy.pool(*sku).enabled;
        if change.add.keys().any(full) {
            return Outcome::Refused(Refusal {
                kind: RefusalKind::NoFreeUnits,
                code: "400".to_owned(),
                detail: "no available licences".to_owned(),
            });
        }
        for sku in change.add.keys().copied() {
            if sku == second_sku() {
                self.seconds.insert(user);
            } else {
                self.users.insert(user, sku);
            }
        }
        Outcome::Done(())
    }

    pub(super) fn observed<T>(&self, value: T) -> Observed<T> {
        Observed { value, at: self.now }
    }

    pub(super) fn standing(&self) -> Standing {
        if self.accepted {
            Standing::new(Relationship::Reseller, Agreement::Accepted)
        } else {
            Standing::new(Relationship::None, Agreement::Unreadable)
        }
    }

    pub(super) fn facts(&self) -> Facts {
        let sold = |n: u128, sku: SkuId| Offer {
            terms: BTreeMap::from([(Term::Year, BTreeSet::from([Billing::Monthly]))]),
            ..Offer::least(offer_text(n).parse().expect("well formed"), sku)
        };
        let offers = (0..self.sources.len() as u128)
            .flat_map(|n| [(n, false), (n, true)])
            .map(|(n, swap)| sold(n, new_sku(n, swap)))
            .chain([sold(SECOND, second_sku())])
            .collect();
        Facts {
            tenancy: self.accepted.then(|| self.observed(self.tenancy())),
            ..Facts::least(us(), self.observed(self.standing()), self.observed(offers))
        }
    }

    /// What the tenant holds now: old subscriptions, new ones once they are provisioned, and the pools that they feed.
    pub(super) fn tenancy(&self) -> Tenancy {
        let old = self.sources.iter().map(|(id, source)| HeldSubscription {
            status: if source.end > self.now { HeldStatus::Enabled } else { HeldStatus::Warning },
            next_lifecycle: Some(source.end),
            ..HeldSubscription::least(id.clone(), source.sku, source.seats)
        });
        let new = self.orders.iter().filter(|order| self.now >= later(order.at, SEAT_LAG));
        let new = new.map(|order| HeldSubscription {
            next_lifecycle: Some(later(order.at, SignedDuration::from_hours(365 * 24))),
            owner: Some(us().tenant),
            created: Some(order.at),
            ..HeldSubscription::least(order.subscription.clone(), self.ordered_sku(order.line), order.seats)
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
        pools.entry(second_sku()).or_default().consumed += u32::try_from(self.seconds.len()).expect("a few");
        Tenancy { subscriptions, pools }
    }

    pub(super) fn ordered_sku(&self, line: LineId) -> SkuId {
        self.load().lines[&line].plan.as_ref().expect("an ordered line has a plan").sku
    }
}
