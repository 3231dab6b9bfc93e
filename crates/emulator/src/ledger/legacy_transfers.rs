//! Transfers of the old generation (fact sheet 18.2): whoever sold the subscriptions offers them, the new owner answers.
//!
//! What the other partner does is a call of its own, because no request of ours can do it.

use uuid::Uuid;

use super::subscriptions::{Channel, State, Subscription};
use super::transfers::{Transfer, TransferLine, TransferState, Way};
use super::{Ledger, Refusal, TransferRefusal, TransferWish};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::seed::Program;

impl Ledger {
    /// Another partner offers us subscriptions of the old generation: those named, or all that it sold to the customer.
    ///
    /// # Errors
    /// [`TransferRefusal::InvalidSubscription`] where it has none of them, [`TransferRefusal::InProgress`] where one is offered.
    pub fn offer_transfer(
        &mut self,
        tenant: TenantId,
        partner: TenantId,
        subscriptions: &[SubscriptionId],
    ) -> Result<Uuid, Refusal> {
        let us = self.seed.partner.tenant_id;
        if partner == us {
            return Err(TransferRefusal::SamePartner.into());
        }
        let customer = self.any_customer(tenant)?;
        let theirs = |held: &&Subscription| legacy_of(held, partner);
        let found: Vec<SubscriptionId> = match subscriptions {
            [] => customer.subscriptions.values().filter(theirs).map(|held| held.id).collect(),
            named => named.to_vec(),
        };
        let wish = TransferWish {
            source_partner: partner,
            source_name: "Another partner".to_owned(),
            customer_email: customer.contact_email.clone(),
            customer_name: Some(customer.name.clone()),
            target_email: None,
            product_types: Vec::new(),
            partner_on_record: None,
        };
        let lines = found.into_iter().map(|id| (id, None)).collect();
        self.keep_offer(tenant, partner, us, wish, lines)
    }

    /// Offers subscriptions of ours to another partner, each with the reseller that is to stand on it.
    pub(crate) fn hand_over(
        &mut self,
        tenant: TenantId,
        target: TenantId,
        wish: TransferWish,
        lines: Vec<(SubscriptionId, Option<String>)>,
    ) -> Result<Uuid, Refusal> {
        self.reseller(tenant)?;
        let us = self.seed.partner.tenant_id;
        if target == us {
            return Err(TransferRefusal::SamePartner.into());
        }
        self.keep_offer(tenant, us, target, TransferWish { source_partner: us, ..wish }, lines)
    }

    fn keep_offer(
        &mut self,
        tenant: TenantId,
        source: TenantId,
        target: TenantId,
        wish: TransferWish,
        named: Vec<(SubscriptionId, Option<String>)>,
    ) -> Result<Uuid, Refusal> {
        let us = self.seed.partner.tenant_id;
        let now = self.now;
        let offered = |id: SubscriptionId| {
            let same = |other: &Transfer| other.is_open(now) && other.lines.iter().any(|line| line.subscription == id);
            self.transfers.values().any(same)
        };
        if named.iter().any(|(id, _)| offered(*id)) {
            return Err(TransferRefusal::InProgress.into());
        }
        let customer = self.any_customer(tenant)?;
        let line = |(id, partner_on_record): (SubscriptionId, Option<String>)| {
            let held = customer
                .subscriptions
                .get(&id)
                .filter(|held| legacy_of(held, source) || source == us && held.owner.is_none() && held.is_ours(us));
            held.filter(|held| held.state == State::Enabled).map(|held| TransferLine {
                subscription: id,
                quantity: held.seats,
                billing: held.billing.word(),
                moved: false,
                offer: Some(held.legacy_offer()),
                friendly_name: held.friendly_name.clone(),
                partner_on_record,
                order: None,
            })
        };
        let lines: Option<Vec<TransferLine>> = named.into_iter().map(line).collect();
        let lines = lines.filter(|lines| !lines.is_empty()).ok_or(TransferRefusal::InvalidSubscription)?;
        let id = customer.prng.guid();
        let way = if source == us { Way::OfferedByUs } else { Way::Offered };
        let state = TransferState::Active;
        self.transfers
            .insert(id, Transfer { id, tenant, wish, way, target, created: now, modified: now, state, lines });
        Ok(id)
    }

    /// Takes over what another partner offers. Lines whose subscription is not active any more fail alone.
    pub(crate) fn accept_transfer(&mut self, tenant: TenantId, id: Uuid) -> Result<(), Refusal> {
        self.orderable(tenant)?;
        self.open_offer(tenant, id, Way::Offered)?;
        self.carry_over(tenant, id);
        Ok(())
    }

    /// Turns down what another partner offers.
    pub(crate) fn reject_transfer(&mut self, tenant: TenantId, id: Uuid) -> Result<(), Refusal> {
        self.open_offer(tenant, id, Way::Offered)?;
        self.end_transfer(id, TransferState::Rejected);
        Ok(())
    }

    /// Takes back what we offered; it is gone.
    pub(crate) fn withdraw_offer(&mut self, tenant: TenantId, id: Uuid) -> Result<(), Refusal> {
        self.open_offer(tenant, id, Way::OfferedByUs)?;
        self.transfers.remove(&id);
        Ok(())
    }

    /// The other partner answers what we offered it.
    ///
    /// # Errors
    /// [`TransferRefusal::Unknown`] and [`TransferRefusal::WrongState`].
    pub fn answer_offer(&mut self, id: Uuid, accepts: bool) -> Result<(), Refusal> {
        let tenant = self.transfers.get(&id).ok_or(TransferRefusal::Unknown)?.tenant;
        self.open_offer(tenant, id, Way::OfferedByUs)?;
        if accepts {
            self.carry_over(tenant, id);
        } else {
            self.end_transfer(id, TransferState::Rejected);
        }
        Ok(())
    }

    fn open_offer(&self, tenant: TenantId, id: Uuid, way: Way) -> Result<&Transfer, Refusal> {
        let found = self.transfer(tenant, id)?;
        if found.way != way || !found.is_open(self.now) {
            return Err(TransferRefusal::WrongState.into());
        }
        Ok(found)
    }

    /// Every subscription of the offer goes to its new owner, where it still serves: new id, same term, same seats.
    fn carry_over(&mut self, tenant: TenantId, id: Uuid) {
        let Some(transfer) = self.transfers.get(&id) else { return };
        let (target, us, mut lines) = (transfer.target, self.seed.partner.tenant_id, transfer.lines.clone());
        for line in &mut lines {
            let customer = self.tenants.get(&tenant);
            let held = customer.and_then(|customer| customer.subscriptions.get(&line.subscription));
            let Some(held) = held.filter(|held| held.state == State::Enabled).cloned() else { continue };
            let Some(made) = self.install_legacy(tenant, &held, held.sku, target) else { continue };
            self.take_out(tenant, held.id);
            line.moved = true;
            line.order = if target == us { self.order_legacy(tenant, made) } else { None };
        }
        let now = self.now;
        if let Some(customer) = self.tenants.get_mut(&tenant) {
            customer.settle(now);
        }
        let moved = lines.iter().filter(|line| line.moved).count();
        let state = TransferState::of(moved, lines.len());
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.lines = lines;
        }
        self.end_transfer(id, state);
    }

    fn end_transfer(&mut self, id: Uuid, state: TransferState) {
        let now = self.now;
        if let Some(transfer) = self.transfers.get_mut(&id) {
            transfer.state = state;
            transfer.modified = now;
        }
    }

    /// The orders by which a transfer's subscriptions came to us.
    pub(crate) fn orders_of_transfer(&self, tenant: TenantId, id: Uuid) -> Result<Vec<OrderId>, Refusal> {
        Ok(self.transfer(tenant, id)?.lines.iter().filter_map(|line| line.order.clone()).collect())
    }
}

/// Whether a partner sold that under the old generation.
fn legacy_of(held: &Subscription, partner: TenantId) -> bool {
    matches!(held.channel, Channel::Old(Program::LegacyCsp)) && held.owner == Some(partner)
}
