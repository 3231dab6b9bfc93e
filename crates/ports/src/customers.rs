//! What is known of a customer beyond whether we may sell to it: its profile, our rights in its tenant, and who hands it over.

use crate::Read;
use async_trait::async_trait;
use carryover_domain::facts::{Access, Profile};
use carryover_domain::handover::{Converted, Transfer};
use carryover_domain::ids::{SubscriptionId, TenantId};

/// The customer as an organisation, and as somebody who has given us rights. Reads only: a lost reply loses nothing.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Customers: Send + Sync {
    /// What Partner Center knows of `customer` (fact sheet 9). Part of it shows only to whom the customer has given rights:
    /// what is left out there is not called missing.
    async fn profile(&self, customer: TenantId) -> Read<Profile>;

    /// Roles and end of our admin relationships with `customer` (fact sheet 21.6). May be remembered for a few minutes.
    async fn access(&self, customer: TenantId) -> Read<Access>;

    /// Requests that subscriptions of `customer` be handed over between partners, to us and from us (fact sheet 18.1). May be
    /// remembered for a minute.
    async fn handovers(&self, customer: TenantId) -> Read<Vec<Transfer>>;

    /// Migrations of the legacy subscription `from` to new commerce, whoever started them (fact sheet 17).
    async fn migrations(&self, from: &SubscriptionId) -> Read<Vec<Converted>>;
}
