//! Carts and their one checkout: the only place where money moves.
//!
//! A line that cannot be bought is reported inside the cart; a cart that cannot be bought is refused.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cart_lines::{Checked, LineError, Parent, Wish};
use super::orders::{LineExtra, Order, OrderLine, Transaction};
use super::subscriptions::{Bought, Channel, Extra, State, Subscription};
use super::{Happening, Ledger, Refusal, SecondCheckout, calendar};
use crate::books::diary::Purchase;
use crate::ids::{CartId, OrderId, SkuId, SubscriptionId, TenantId};
use crate::regions;

/// A shopping cart.
#[derive(Debug, Clone)]
pub(crate) struct Cart {
    pub(crate) id: CartId,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) expires: Timestamp,
    /// What came of its checkout; `None` while it is active.
    pub(crate) ordered: Option<Checkout>,
    pub(crate) lines: Vec<CartLine>,
}

/// One line of a cart, checked.
#[derive(Debug, Clone)]
pub(crate) struct CartLine {
    pub(crate) wish: Wish,
    /// Lines of one group become one order.
    pub(crate) group: String,
    pub(crate) checked: Result<Checked, LineError>,
}

/// What a checkout brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// One order per group that was bought.
    pub orders: Vec<OrderId>,
    /// One error per group that was not.
    pub errors: Vec<GroupError>,
}

/// A group of lines that was not bought, while others may have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupError {
    /// The group.
    pub group: String,
    /// Numeric code.
    pub code: u32,
    /// For people.
    pub description: String,
}

impl Ledger {
    /// Opens a cart. Lines that cannot be bought are marked inside it.
    pub fn create_cart(&mut self, tenant: TenantId, wishes: Vec<Wish>) -> Result<CartId, Refusal> {
        self.may_order(tenant)?;
        let lines = self.check_lines(tenant, wishes)?;
        let (now, life) = (self.now, self.rules.cart_life_minutes);
        let customer = self.tenants.get_mut(&tenant).ok_or(Refusal::NoRelationship(tenant))?;
        let id = CartId(customer.prng.guid());
        let expires = calendar::minutes(now, life);
        let cart = Cart { id, created: now, modified: now, expires, ordered: None, lines };
        customer.carts.insert(id, cart);
        Ok(id)
    }

    /// Puts other lines into an active cart.
    pub fn replace_cart(&mut self, tenant: TenantId, id: CartId, wishes: Vec<Wish>) -> Result<(), Refusal> {
        self.may_order(tenant)?;
        if self.cart(tenant, id)?.ordered.is_some() {
            return Err(Refusal::CartSubmitted(id));
        }
        let lines = self.check_lines(tenant, wishes)?;
        let now = self.now;
        if let Some(cart) = self.tenants.get_mut(&tenant).and_then(|customer| customer.carts.get_mut(&id)) {
            cart.lines = lines;
            cart.modified = now;
        }
        Ok(())
    }

    /// Reads a cart. An active one disappears when its time is over; an ordered one stays.
    pub(crate) fn cart(&self, tenant: TenantId, id: CartId) -> Result<&Cart, Refusal> {
        self.reseller(tenant)?
            .carts
            .get(&id)
            .filter(|cart| cart.ordered.is_some() || self.now < cart.expires)
            .ok_or(Refusal::CartNotFound(id))
    }

    /// Buys what is in a cart. Works once per cart, unless the rules say otherwise.
    pub fn check_out(&mut self, tenant: TenantId, id: CartId) -> Result<Checkout, Refusal> {
        self.may_order(tenant)?;
        let cart = self.cart(tenant, id)?.clone();
        if let Some(first) = &cart.ordered {
            match self.rules.second_checkout {
                SecondCheckout::Refuse => return Err(Refusal::CartSubmitted(id)),
                SecondCheckout::Replay => return Ok(first.clone()),
                SecondCheckout::AcceptTwice => {}
            }
        }
        if cart.lines.is_empty() || cart.lines.iter().any(|line| line.checked.is_err()) {
            return Err(Refusal::CartLines(id));
        }
        self.room_for_all(tenant, &cart)?;
        let mut checkout = Checkout { orders: Vec::new(), errors: Vec::new() };
        let mut groups: Vec<&str> = cart.lines.iter().map(|line| line.group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        let (mishap, count) = (self.mishap, groups.len());
        for (nth, group) in groups.into_iter().enumerate() {
            let lines: Vec<(&Wish, &Checked)> = cart
                .lines
                .iter()
                .filter(|line| line.group == group)
                .filter_map(|line| Some((&line.wish, line.checked.as_ref().ok()?)))
                .collect();
            let stale = lines
                .iter()
                .any(|(wish, _)| !self.catalogue.item(&wish.catalog_item, self.now).is_some_and(|(_, fresh)| fresh));
            if mishap.fails(nth, count) {
                checkout.errors.push(GroupError {
                    group: group.to_owned(),
                    code: 800_010,
                    description: "The inventory is not available.".to_owned(),
                });
            } else if stale {
                checkout.errors.push(GroupError {
                    group: group.to_owned(),
                    code: 400_019,
                    description: "The availability is no longer valid.".to_owned(),
                });
            } else {
                checkout.orders.extend(self.place(tenant, id, &lines));
            }
        }
        if !checkout.orders.is_empty()
            && let Some(cart) = self.tenants.get_mut(&tenant).and_then(|customer| customer.carts.get_mut(&id))
        {
            cart.ordered.get_or_insert_with(|| checkout.clone());
        }
        Ok(checkout)
    }

    /// Writes one order, its subscriptions, and everything that will follow from it.
    pub(super) fn place(&mut self, tenant: TenantId, cart: CartId, lines: &[(&Wish, &Checked)]) -> Option<OrderId> {
        let now = self.now;
        let (seen, active, arrive) = (self.rules.order_seen, self.rules.active, self.rules.seats_seen);
        let seen_at = self.draw_minutes(tenant, seen);
        let active_at = self.mishap.delays(self.draw_minutes_from(tenant, active, seen_at));
        let failed_hours = self.mishap.failed_hours;
        let provisioned_at = if active_at == now { now } else { calendar::quarter(active_at) };
        let provisioned_at = calendar::hours(provisioned_at, failed_hours);
        let arrives_at = self.draw_minutes_from(tenant, arrive, provisioned_at);
        let window_hours = self.rules.readings.window_hours;
        let (_, first) = lines.first()?;
        let (billing, currency) = (first.billing, first.currency);

        let customer = self.tenants.get_mut(&tenant)?;
        let order_id = customer.new_order_id();
        let mut order = Order {
            id: order_id.clone(),
            created: now,
            seen_at,
            by_system: false,
            cancelled: false,
            billing,
            currency,
            lines: Vec::new(),
        };
        let mut made: BTreeMap<u32, SubscriptionId> = BTreeMap::new();
        let mut arriving = Vec::new();
        for (number, (wish, checked)) in (0..).zip(lines) {
            let (offer, _) = self.catalogue.item(&wish.catalog_item, now)?;
            let price = offer.price_per_term(checked.term, checked.billing);
            let id = SubscriptionId(customer.prng.guid());
            let own_end = calendar::last_day(calendar::day(now), checked.term);
            let ends = calendar::end_after(checked.last_day.unwrap_or(own_end));
            let window = calendar::hours(now, window_hours);
            let parent = match wish.parent {
                Some(Parent::Line(line)) => made.get(&line).copied(),
                Some(Parent::Subscription(base)) => Some(base),
                None => None,
            };
            made.insert(wish.id, id);
            let extra = Extra {
                parent,
                partner_id: wish.reseller.clone(),
                promotion: checked.promotion.as_ref().map(|promoted| promoted.id.clone()),
                provisioning_fails: failed_hours > 0,
                ..Extra::default()
            };
            customer.subscriptions.insert(
                id,
                Subscription {
                    id,
                    channel: Channel::Bought(Bought {
                        item: wish.catalog_item.clone(),
                        order: order_id.clone(),
                        price,
                        currency,
                        named_at: seen_at,
                        active_at,
                        provisioned_at,
                        cancellable_until: window,
                        returnable: vec![(wish.quantity, window)],
                        extra: Box::new(extra),
                    }),
                    sku: checked.sku,
                    part_number: self.catalogue.part_number(checked.sku).to_owned(),
                    name: offer.title.clone(),
                    friendly_name: wish.friendly_name.clone(),
                    seats: wish.quantity,
                    units: 0,
                    state: State::Enabled,
                    created: now,
                    term_start: now,
                    ends,
                    next_step: Some(ends),
                    // New commerce renews unless told otherwise (rule R67).
                    auto_renew: true,
                    term: checked.term,
                    billing: checked.billing,
                    owner: Some(self.seed.partner.tenant_id),
                    version: 1,
                    before: None,
                },
            );
            arriving.push((id, ends));
            order.lines.push(OrderLine {
                number,
                item: wish.catalog_item.clone(),
                quantity: wish.quantity,
                term: checked.term,
                subscription: id,
                named_at: seen_at,
                transaction: Transaction::New,
                friendly_name: wish.friendly_name.clone(),
                price,
                custom_term_end: checked.last_day.filter(|last| *last != own_end),
                extra: LineExtra {
                    promotion: checked.promotion.clone(),
                    reseller: wish.reseller.clone(),
                    more_resellers: wish.more_resellers.clone(),
                    parent,
                },
            });
            customer.diary.bought(Purchase {
                at: now,
                order: order_id.clone(),
                cart,
                cart_line: wish.id,
                subscription: id,
                sku: checked.sku,
                seats: wish.quantity,
                friendly_name: wish.friendly_name.clone(),
                arrived_at: None,
                ended_at: None,
            });
        }
        customer.orders.insert(order_id.clone(), order);
        for (wish, _) in lines {
            self.catalogue.sell(&wish.catalog_item, wish.quantity);
        }
        for (id, ends) in arriving {
            self.schedule(ends, Happening::Step(tenant, id));
            if arrives_at == now {
                self.seats_arrive(tenant, id, now);
            } else {
                self.schedule(arrives_at, Happening::SeatsArrive(tenant, id));
            }
        }
        Some(order_id)
    }

    /// Whether anything may be ordered for the customer at all.
    pub(super) fn may_order(&self, tenant: TenantId) -> Result<(), Refusal> {
        let customer = self.orderable(tenant)?;
        if !regions::may_sell(&self.seed.partner.country, &customer.country) {
            return Err(Refusal::OtherRegion { country: customer.country.clone() });
        }
        self.may_transact(customer)?;
        if customer.agreement.is_none() {
            return Err(Refusal::NoAgreement(tenant));
        }
        Ok(())
    }

    /// Whether `more` seats of `sku` fit into what a tenant may hold.
    pub(super) fn room(&self, tenant: TenantId, sku: SkuId, more: u32) -> Result<(), Refusal> {
        let Some(cap) = self.catalogue.tenant_cap(sku) else { return Ok(()) };
        let remaining = cap.saturating_sub(self.reseller(tenant)?.seats_of(sku));
        if more > remaining {
            return Err(Refusal::SeatCap { requested: more, remaining });
        }
        Ok(())
    }

    fn room_for_all(&self, tenant: TenantId, cart: &Cart) -> Result<(), Refusal> {
        let lines = || cart.lines.iter().filter_map(|line| Some((line.checked.as_ref().ok()?.sku, line.wish.quantity)));
        lines().try_for_each(|(sku, _)| {
            let wanted = lines().filter(|(other, _)| *other == sku).map(|(_, seats)| seats).sum();
            self.room(tenant, sku, wanted)
        })
    }
}
