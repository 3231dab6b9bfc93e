//! Subscriptions of the old generation that this partner comes to own: upgraded, converted from a trial, handed over.
//!
//! An order that makes one has a GUID for its id (fact sheet 14). The books take none of them for a purchase.

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::orders::{LineExtra, Order, OrderLine, Transaction};
use super::subscriptions::{Channel, Subscription};
use super::{Happening, Ledger};
use crate::ids::{OrderId, SkuId, SubscriptionId, TenantId};
use crate::regions;
use crate::seed::{Billing, Program, Term};

/// The offer of the old generation by which a product is sold: offers are named by their products.
pub(crate) fn offer_id(sku: SkuId) -> String {
    sku.to_string().to_uppercase()
}

/// The offer by which a product is tried.
pub(crate) fn trial_offer_id(sku: SkuId) -> String {
    Uuid::new_v5(&sku.0, b"trial").to_string().to_uppercase()
}

impl Subscription {
    /// Whether it is a trial that this generation sells.
    pub(crate) fn is_trial(&self) -> bool {
        matches!(self.channel, Channel::Old(Program::Trial))
    }

    /// The offer that a subscription of the old generation was bought by.
    pub(crate) fn legacy_offer(&self) -> String {
        if self.is_trial() { trial_offer_id(self.sku) } else { offer_id(self.sku) }
    }
}

impl Ledger {
    /// A subscription like `held`, of product `sku` and `owner`, under an id of its own. The old one is not touched.
    pub(super) fn install_legacy(
        &mut self,
        tenant: TenantId,
        held: &Subscription,
        sku: SkuId,
        owner: TenantId,
    ) -> Option<SubscriptionId> {
        let (name, part_number) = (self.catalogue.title(sku).to_owned(), self.catalogue.part_number(sku).to_owned());
        let now = self.now;
        let customer = self.tenants.get_mut(&tenant)?;
        let id = SubscriptionId(customer.prng.guid());
        let fresh = Subscription {
            id,
            channel: Channel::Old(Program::LegacyCsp),
            sku,
            name,
            part_number,
            created: now,
            next_step: Some(held.ends),
            owner: Some(owner),
            version: 1,
            before: None,
            ..held.clone()
        };
        customer.subscriptions.insert(id, fresh);
        self.schedule(held.ends, Happening::Step(tenant, id));
        Some(id)
    }

    /// Writes the order by which a subscription of the old generation came to be what it is.
    pub(super) fn order_legacy(&mut self, tenant: TenantId, made: SubscriptionId) -> Option<OrderId> {
        let now = self.now;
        let customer = self.tenants.get_mut(&tenant)?;
        let id = OrderId(customer.prng.guid().to_string());
        let held = customer.subscriptions.get(&made)?;
        let offer = self.catalogue.offer(held.sku);
        let order = Order {
            id: id.clone(),
            created: now,
            seen_at: now,
            by_system: false,
            cancelled: false,
            billing: held.billing,
            currency: regions::currency(&customer.country),
            lines: vec![OrderLine {
                number: 0,
                item: held.legacy_offer(),
                quantity: held.seats,
                term: held.term,
                subscription: made,
                named_at: now,
                transaction: Transaction::New,
                friendly_name: held.friendly_name.clone(),
                price: offer.map_or(Decimal::ZERO, |offer| offer.price_per_term(held.term, held.billing)),
                custom_term_end: None,
                extra: LineExtra::default(),
            }],
        };
        customer.orders.insert(id.clone(), order);
        Some(id)
    }

    /// Turns a trial into what was bought, under the id that it has.
    pub(super) fn buy_trial(
        &mut self,
        tenant: TenantId,
        id: SubscriptionId,
        seats: u32,
        billing: Billing,
    ) -> Option<OrderId> {
        let (now, ends) = (self.now, self.full_term(Term::P1Y));
        let held = self.tenants.get_mut(&tenant)?.subscriptions.get_mut(&id)?;
        held.channel = Channel::Old(Program::LegacyCsp);
        held.term = Term::P1Y;
        held.billing = billing;
        held.term_start = now;
        held.ends = ends;
        held.next_step = Some(ends);
        held.auto_renew = true;
        held.units = held.units.min(seats);
        held.seats = seats;
        held.version += 1;
        let late = held.units < seats;
        self.schedule(ends, Happening::Step(tenant, id));
        if late {
            let wait = self.rules.seats_seen;
            let arrives: Timestamp = self.draw_minutes(tenant, wait);
            self.schedule(arrives, Happening::SeatsArrive(tenant, id));
        }
        self.order_legacy(tenant, id)
    }
}
