//! Subscriptions that come into being without a cart: migrated, transferred, or upgraded from another one.
//!
//! Seats are there at once: the service moves them, so that users keep what they have.

use jiff::Timestamp;
use uuid::Uuid;

use super::orders::{LineExtra, Order, OrderLine, Transaction};
use super::subscriptions::{Bought, Channel, Extra, State, Subscription};
use super::{Happening, Ledger, calendar};
use crate::books::diary::Purchase;
use crate::ids::{CartId, OrderId, SkuId, SubscriptionId, TenantId};
use crate::regions;
use crate::seed::{Billing, Term};

/// A subscription to be set up.
#[derive(Debug, Clone)]
pub(super) struct Fresh {
    /// What makes it: a migration, a transfer, an upgrade. The books take it for the cart.
    pub(super) made_by: Uuid,
    pub(super) item: String,
    pub(super) sku: SkuId,
    pub(super) term: Term,
    pub(super) billing: Billing,
    pub(super) seats: u32,
    pub(super) ends: Timestamp,
    pub(super) friendly_name: Option<String>,
    pub(super) auto_renew: bool,
    /// End of the window in which it can be cancelled; in the past where it has none.
    pub(super) window: Timestamp,
    pub(super) extra: Extra,
}

impl Ledger {
    /// Sets it up with its order. `None` where the product is not sold any more or the customer is gone.
    pub(super) fn install(&mut self, tenant: TenantId, fresh: Fresh) -> Option<(OrderId, SubscriptionId)> {
        let now = self.now;
        let owner = self.seed.partner.tenant_id;
        let (offer, _) = self.catalogue.item(&fresh.item, now)?;
        let (name, price) = (offer.title.clone(), offer.price_per_term(fresh.term, fresh.billing));
        let part_number = self.catalogue.part_number(fresh.sku).to_owned();
        let customer = self.tenants.get_mut(&tenant)?;
        let currency = regions::currency(&customer.country);
        let order = customer.new_order_id();
        let id = SubscriptionId(customer.prng.guid());
        let held = Subscription {
            id,
            channel: Channel::Bought(Bought {
                item: fresh.item.clone(),
                order: order.clone(),
                price,
                currency,
                named_at: now,
                active_at: now,
                provisioned_at: now,
                cancellable_until: fresh.window,
                returnable: vec![(fresh.seats, fresh.window)],
                extra: Box::new(fresh.extra),
            }),
            sku: fresh.sku,
            part_number,
            name,
            friendly_name: fresh.friendly_name.clone(),
            seats: fresh.seats,
            units: fresh.seats,
            state: State::Enabled,
            created: now,
            term_start: now,
            ends: fresh.ends,
            next_step: Some(fresh.ends),
            auto_renew: fresh.auto_renew,
            term: fresh.term,
            billing: fresh.billing,
            owner: Some(owner),
            version: 1,
            before: None,
        };
        customer.subscriptions.insert(id, held);
        let line = OrderLine {
            number: 0,
            item: fresh.item,
            quantity: fresh.seats,
            term: fresh.term,
            subscription: id,
            named_at: now,
            transaction: Transaction::New,
            friendly_name: fresh.friendly_name.clone(),
            price,
            custom_term_end: None,
            extra: LineExtra::default(),
        };
        let written = Order {
            id: order.clone(),
            created: now,
            seen_at: now,
            by_system: true,
            cancelled: false,
            billing: fresh.billing,
            currency,
            lines: vec![line],
        };
        customer.orders.insert(order.clone(), written);
        customer.diary.bought(Purchase {
            at: now,
            order: order.clone(),
            cart: CartId(fresh.made_by),
            cart_line: 0,
            subscription: id,
            sku: fresh.sku,
            seats: fresh.seats,
            friendly_name: fresh.friendly_name,
            arrived_at: None,
            ended_at: None,
        });
        customer.diary.arrived(id, now);
        self.schedule(fresh.ends, Happening::Step(tenant, id));
        Some((order, id))
    }

    /// Takes a subscription out of the tenant at once, because another one took its place.
    pub(super) fn take_out(&mut self, tenant: TenantId, id: SubscriptionId) {
        let now = self.now;
        let Some(customer) = self.tenants.get_mut(&tenant) else { return };
        let Some(held) = customer.subscriptions.get_mut(&id) else { return };
        held.state = State::Deleted;
        held.units = 0;
        held.auto_renew = false;
        held.next_step = None;
        held.version += 1;
        customer.diary.ended(id, now);
    }

    /// The end of a new full term that starts today.
    pub(super) fn full_term(&self, term: Term) -> Timestamp {
        calendar::end_after(calendar::last_day(calendar::day(self.now), term))
    }
}
