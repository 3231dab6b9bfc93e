//! The outside world of the exploration: a service with single-use carts and orders that show late, and the tenant's pool.
//! Answers as the fact sheet says (sections 13, 14, 21.3) and decides nothing.

use super::setting::{OFFER, OldSubscription, sku, us};
use carryover_domain::facts::{Cart, Delivery, HeldStatus, HeldSubscription, Pool, Purchase, Tenancy};
use carryover_domain::ids::{CartId, LineId, Mark, OrderId, SubscriptionId};
use carryover_domain::plan::LinePlan;
use carryover_domain::reply::{Fault, Outcome, Refusal, RefusalKind};
use carryover_domain::time::later;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Order history and answers to a second checkout show an order only after this; the policy waits longer.
const ORDER_LAG: SignedDuration = SignedDuration::from_mins(45);
/// The tenant shows a purchase after this.
const SEAT_LAG: SignedDuration = SignedDuration::from_mins(90);
/// A cart is dead after this, and then denies ever having been ordered.
const CART_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// What renews goes on for a year.
const A_YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Outside {
    carts: BTreeMap<CartId, CartThere>,
    pub(super) orders: Vec<OrderThere>,
    /// Of each old subscription, whether its owner has stopped the renewal.
    stopped: Vec<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct CartThere {
    mark: String,
    line: LineId,
    seats: u32,
    made: Timestamp,
    ordered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OrderThere {
    mark: String,
    pub(super) line: LineId,
    seats: u32,
    at: Timestamp,
}

impl Outside {
    pub(super) fn new(lines: usize) -> Self {
        Self { carts: BTreeMap::new(), orders: Vec::new(), stopped: vec![false; lines] }
    }

    /// Instants after `now` at which the service will answer otherwise.
    pub(super) fn turns(&self, old: &[OldSubscription], now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let moment = SignedDuration::from_secs(1);
        let carts = self.carts.values().map(move |cart| later(later(cart.made, CART_LIFE), moment));
        let orders = self
            .orders
            .iter()
            .flat_map(move |order| [later(later(order.at, ORDER_LAG), moment), later(order.at, SEAT_LAG)]);
        carts.chain(orders).chain(old.iter().map(|old| old.end)).filter(move |at| *at > now)
    }

    pub(super) fn stop_renewal(&mut self, nth: usize) {
        self.stopped[nth] = true;
    }

    pub(super) fn is_stopped(&self, nth: usize) -> bool {
        self.stopped[nth]
    }

    pub(super) fn create_cart(&mut self, mark: &Mark, line: LineId, plan: &LinePlan, now: Timestamp) -> Cart {
        let id = (0..).map(cart_id).find(|id| !self.carts.contains_key(id)).expect("there are more numbers than carts");
        let there = CartThere { mark: mark.to_string(), line, seats: plan.seats.get(), made: now, ordered: false };
        self.carts.insert(id.clone(), there);
        Cart {
            id,
            offer: plan.offer.clone(),
            seats: plan.seats.get(),
            term: Some(plan.term),
            billing: Some(plan.billing),
            term_end: None,
            expires: None,
        }
    }

    /// Forgets carts that are not wanted. Their numbers are used again.
    pub(super) fn keep_carts(&mut self, wanted: &BTreeSet<CartId>) {
        self.carts.retain(|id, _| wanted.contains(id));
    }

    pub(super) fn check_out(&mut self, id: &CartId, now: Timestamp, accepts_twice: bool) -> Outcome<Purchase> {
        let Some(cart) = self.carts.get_mut(id) else {
            return gone();
        };
        if now > later(cart.made, CART_LIFE) {
            return gone();
        }
        if !std::mem::replace(&mut cart.ordered, true) || accepts_twice {
            let order = OrderThere { mark: cart.mark.clone(), line: cart.line, seats: cart.seats, at: now };
            self.orders.push(order);
            return Outcome::Done(self.purchase(self.orders.len() - 1));
        }
        let mark = cart.mark.clone();
        match self.found(now, |order| order.mark == mark).pop() {
            Some(purchase) => Outcome::Done(purchase),
            None => Outcome::InDoubt(Fault::new("800065: submitted already, not visible yet")),
        }
    }

    pub(super) fn orders_marked(&self, mark: &Mark, now: Timestamp) -> Vec<Purchase> {
        self.found(now, |order| mark.is(&order.mark))
    }

    fn found(&self, now: Timestamp, wanted: impl Fn(&OrderThere) -> bool) -> Vec<Purchase> {
        let seen = |n: &usize| now > later(self.orders[*n].at, ORDER_LAG) && wanted(&self.orders[*n]);
        (0..self.orders.len()).filter(seen).map(|n| self.purchase(n)).collect()
    }

    fn purchase(&self, nth: usize) -> Purchase {
        let order = &self.orders[nth];
        Purchase {
            order: OrderId::try_new(&format!("order-{nth}")).expect("well formed"),
            subscription: Some(new_id(nth)),
            offer: OFFER.parse().expect("well formed"),
            seats: order.seats,
            ordered_at: order.at,
            price_per_seat: None,
        }
    }

    pub(super) fn delivery(&self, id: &SubscriptionId, now: Timestamp) -> Option<Delivery> {
        let order = (0..self.orders.len()).find(|n| new_id(*n) == *id).map(|n| &self.orders[n])?;
        let provisioned = now >= later(order.at, SEAT_LAG);
        Some(Delivery {
            subscription: id.clone(),
            active: true,
            provisioned,
            seats: order.seats,
            starts: Some(order.at),
            last_day: None,
        })
    }

    /// What the tenant holds at `now`. Everybody uses the one product, and one licence of each old subscription is free.
    pub(super) fn tenancy(&self, old: &[OldSubscription], now: Timestamp) -> Tenancy {
        let before = old.iter().zip(&self.stopped).map(|(old, stopped)| {
            let renewed = old.renews && !stopped && old.end <= now;
            let end = if renewed { later(old.end, A_YEAR) } else { old.end };
            HeldSubscription {
                status: if end > now { HeldStatus::Enabled } else { HeldStatus::Warning },
                next_lifecycle: Some(end),
                ..HeldSubscription::least(old.id.clone(), sku(), old.seats)
            }
        });
        let arrived = self.orders.iter().enumerate().filter(|(_, order)| now >= later(order.at, SEAT_LAG));
        let bought = arrived.map(|(n, order)| HeldSubscription {
            next_lifecycle: Some(later(order.at, A_YEAR)),
            owner: Some(us().tenant),
            created: Some(order.at),
            ..HeldSubscription::least(new_id(n), sku(), order.seats)
        });
        let subscriptions: Vec<HeldSubscription> = before.chain(bought).collect();
        let mut pool = Pool { consumed: old.iter().map(|old| old.seats - 1).sum(), ..Pool::default() };
        for held in &subscriptions {
            match held.status {
                HeldStatus::Enabled => pool.enabled += held.seats,
                _ => pool.warning += held.seats,
            }
        }
        Tenancy { subscriptions, pools: BTreeMap::from([(sku(), pool)]) }
    }

    /// Whether the tenant shows what was ordered for `line`.
    pub(super) fn has_arrived(&self, line: LineId, now: Timestamp) -> bool {
        self.orders.iter().any(|order| order.line == line && now >= later(order.at, SEAT_LAG))
    }
}

fn gone() -> Outcome<Purchase> {
    Outcome::Refused(Refusal {
        kind: RefusalKind::CartGone,
        code: "404/800008".to_owned(),
        detail: "cart not found".to_owned(),
    })
}

fn cart_id(nth: u32) -> CartId {
    CartId::try_new(&format!("cart-{nth}")).expect("well formed")
}

fn new_id(nth: usize) -> SubscriptionId {
    SubscriptionId::try_new(&format!("new-{nth}")).expect("well formed")
}
