//! Limits of the integration sandbox (fact sheet 22).

use super::subscriptions::{Channel, State, Subscription};
use super::{Ledger, Refusal};
use crate::ids::TenantId;

const CUSTOMERS: usize = 75;
/// Of one customer.
const SUBSCRIPTIONS: usize = 5;
/// Of one subscription.
const SEATS: u32 = 25;

impl Ledger {
    /// Whether a subscription of `seats` may be bought beside `others` that are bought with it.
    pub(super) fn sandbox_sells(&self, tenant: TenantId, seats: u32, others: usize) -> bool {
        let counts = |held: &&Subscription| {
            matches!(held.channel, Channel::Bought(_)) && !matches!(held.state, State::LockedOut | State::Deleted)
        };
        let customer = self.tenants.get(&tenant);
        let held = customer.map_or(0, |customer| customer.subscriptions.values().filter(counts).count());
        !self.rules.readings.sandbox || seats <= SEATS && held + others < SUBSCRIPTIONS
    }

    /// Refuses a subscription with more seats than the sandbox gives one.
    pub(super) fn sandbox_holds(&self, seats: u32) -> Result<(), Refusal> {
        if self.rules.readings.sandbox && seats > SEATS { Err(Refusal::SandboxLimit) } else { Ok(()) }
    }

    /// Refuses one more customer where the sandbox has as many as it can have.
    pub(super) fn sandbox_takes_customer(&self) -> Result<(), Refusal> {
        if self.rules.readings.sandbox && self.listed().count() >= CUSTOMERS {
            return Err(Refusal::SandboxLimit);
        }
        Ok(())
    }
}
