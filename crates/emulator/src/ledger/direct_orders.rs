//! Orders without a cart, and taking an order back in the sandbox (fact sheet 14, 22).
//!
//! Checked and placed as a cart is; what would be an error of a line refuses the whole order.

use super::cart_lines::{Checked, Wish};
use super::subscriptions::State;
use super::{Ledger, Refusal, calendar};
use crate::ids::{CartId, OrderId, TenantId};

impl Ledger {
    /// Orders at once: all lines become one order. The books give it a cart of its own.
    pub fn order_directly(&mut self, tenant: TenantId, wishes: Vec<Wish>) -> Result<OrderId, Refusal> {
        self.may_order(tenant)?;
        let lines = self.check_lines(tenant, wishes)?;
        let mut checked: Vec<(&Wish, &Checked)> = Vec::new();
        for line in &lines {
            match &line.checked {
                Ok(good) => checked.push((&line.wish, good)),
                Err(error) => return Err(Refusal::OrderLine { code: error.code, text: error.text.clone() }),
            }
        }
        if lines.iter().any(|line| line.group != lines[0].group) {
            return Err(Refusal::InvalidArgument(
                "all lines of an order have one term and one billing cycle".to_owned(),
            ));
        }
        let customer = self.tenants.get_mut(&tenant).ok_or(Refusal::NoRelationship(tenant))?;
        let cart = CartId(customer.prng.guid());
        self.place(tenant, cart, &checked).ok_or(Refusal::InvalidProperty("lineItems".to_owned()))
    }

    /// Takes an order back: its subscriptions end at once. Only the integration sandbox does this.
    pub fn cancel_order(&mut self, tenant: TenantId, id: &OrderId) -> Result<(), Refusal> {
        let subscriptions: Vec<_> = self.order(tenant, id)?.lines.iter().map(|line| line.subscription).collect();
        if !self.rules.readings.sandbox {
            return Err(Refusal::SandboxOnly);
        }
        let now = self.now;
        let next = calendar::days(now, 90);
        let Some(customer) = self.tenants.get_mut(&tenant) else { return Ok(()) };
        if let Some(order) = customer.orders.get_mut(id) {
            order.cancelled = true;
        }
        for id in subscriptions {
            let Some(held) = customer.subscriptions.get_mut(&id) else { continue };
            held.state = State::LockedOut;
            held.auto_renew = false;
            held.next_step = Some(next);
            held.version += 1;
            customer.diary.ended(id, now);
        }
        customer.settle(now);
        Ok(())
    }
}
