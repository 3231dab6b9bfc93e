//! Subscriptions that we have sold: reading them, and changing one at a time.

use crate::{Outcome, Read};
use async_trait::async_trait;
use carryover_domain::ids::{RequestId, SubscriptionId, TenantId};
use carryover_domain::sold::{Sold, SoldChange};

/// What Partner Center lets us do with what we have sold (fact sheet 15).
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// The subscription `id`, if we sold it; none when Partner Center does not know it as ours.
    async fn sold(&self, customer: TenantId, id: &SubscriptionId) -> Read<Option<Sold>>;

    /// Makes one change. More seats are invoiced, a cancellation gives money back.
    ///
    /// Reads the subscription right before and sends it back whole with the change in it, because fields left out would be
    /// reset; a subscription that shows the change already is [`Outcome::Done`] without sending anything. Safe to repeat: every
    /// value is absolute. [`Outcome::Done`] means that the service shows the change, never only that it took the request; a
    /// request that was taken and does not show yet is [`Outcome::InDoubt`], and a repeat settles it. Any change but one of the
    /// end deletes what was scheduled for the next term.
    async fn change(
        &self,
        key: RequestId,
        customer: TenantId,
        id: &SubscriptionId,
        change: &SoldChange,
    ) -> Outcome<Sold>;
}
