//! What goes wrong inside the service when it is told to: lost carts, new availability ids, half checkouts,
//! stuck provisioning, and reads of the past.
//!
//! Never loses an order or a seat: whatever was accepted stays accepted.

use super::tenant::Tenant;
use super::{Ledger, calendar};
use crate::ids::{CartId, TenantId};

use jiff::Timestamp;

/// What befalls the request under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mishap {
    /// The last order group of a checkout fails.
    pub last_group_fails: bool,
    /// Hours by which what is ordered becomes active later.
    pub stuck_hours: u32,
    /// Hours for which the provisioning of what is ordered is called failed, before it comes.
    pub failed_hours: u32,
}

impl Mishap {
    /// Whether the group at `nth` of `groups` fails.
    pub(super) fn fails(self, nth: usize, groups: usize) -> bool {
        self.last_group_fails && nth + 1 == groups
    }

    /// When an order becomes active that would have been so at `at`.
    pub(super) fn delays(self, at: Timestamp) -> Timestamp {
        calendar::hours(at, self.stuck_hours)
    }
}

impl Ledger {
    /// Loses a cart, ordered or not. What it ordered stays ordered. False where there is no such cart.
    pub fn lose_cart(&mut self, tenant: TenantId, cart: CartId) -> bool {
        self.tenants.get_mut(&tenant).is_some_and(|customer| customer.carts.remove(&cart).is_some())
    }

    /// Changes every availability id at once: catalogue items that were read before are stale.
    pub fn rotate_catalogue(&mut self) {
        self.catalogue.rotate();
    }

    /// Makes everything on sale dearer by `percent`, under new availability ids: what was read before is stale.
    pub fn raise_prices(&mut self, percent: u32) {
        self.catalogue.raise_prices(percent);
    }

    /// Does `act` while `mishap` is on.
    pub fn during<T>(&mut self, mishap: Mishap, act: impl FnOnce(&mut Ledger) -> T) -> T {
        self.mishap = mishap;
        let result = act(self);
        self.mishap = Mishap::default();
        result
    }

    /// A customer as it is now, to be shown later.
    pub(crate) fn likeness(&self, tenant: TenantId) -> Option<Tenant> {
        self.tenants.get(&tenant).cloned()
    }

    /// Reads while the customer looks as it did then. Whatever `read` changed about it is undone.
    pub(crate) fn looking_back<T>(&mut self, then: Tenant, read: impl FnOnce(&mut Ledger) -> T) -> T {
        let id = then.id;
        let Some(present) = self.tenants.insert(id, then) else {
            self.tenants.remove(&id);
            return read(self);
        };
        let result = read(self);
        self.tenants.insert(id, present);
        result
    }
}
