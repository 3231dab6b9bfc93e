//! Coming over without buying again: migrations of our own legacy subscriptions, and transfers from another partner.

use crate::{Outcome, Read};
use async_trait::async_trait;
use carryover_domain::handover::{
    Conversion, ConversionDay, Converted, Eligibility, ScheduledConversion, Transfer, TransferRequest,
};
use carryover_domain::ids::{Mark, RequestId, SubscriptionId, TenantId};

/// Migrations of legacy subscriptions to new commerce by the service (fact sheet 17).
///
/// Nothing keeps the service from taking a migration twice but the state of the legacy subscription. So: record, send, and
/// where no answer came find it again by the mark before sending anew (fact sheet 8.2).
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Conversions: Send + Sync {
    /// Whether `want` would be taken. Changes nothing. Promotions are not looked at.
    async fn eligibility(&self, customer: TenantId, want: &Conversion) -> Read<Eligibility>;

    /// Starts the migration. Money moves here, and there is no way back after a week.
    ///
    /// Not safe to repeat after [`Outcome::InDoubt`]: look with [`Self::conversions`] for `mark` first.
    async fn convert(&self, key: RequestId, customer: TenantId, want: &Conversion, mark: &Mark) -> Outcome<Converted>;

    /// Migrations of the legacy subscription `from`, whoever started them.
    async fn conversions(&self, from: &SubscriptionId) -> Read<Vec<Converted>>;

    /// The migration `id`; none while the service does not know it yet.
    async fn conversion(&self, customer: TenantId, id: &str) -> Read<Option<Converted>>;

    /// Has the service start the migration later. No money moves yet.
    ///
    /// Not safe to repeat after [`Outcome::InDoubt`]: look with [`Self::scheduled`] for `mark` first.
    async fn schedule(
        &self,
        key: RequestId,
        customer: TenantId,
        want: &Conversion,
        day: ConversionDay,
        mark: &Mark,
    ) -> Outcome<ScheduledConversion>;

    /// Scheduled migrations of the legacy subscription `from`, cancelled ones too.
    async fn scheduled(&self, from: &SubscriptionId) -> Read<Vec<ScheduledConversion>>;

    /// Calls a scheduled migration off. Safe to repeat.
    async fn call_off(&self, key: RequestId, customer: TenantId, id: &str) -> Outcome<ScheduledConversion>;
}

/// Transfers of new-commerce subscriptions from another partner to us (fact sheet 18.1). We ask; the other partner fills in
/// what it hands over and accepts, in its own system.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Transfers: Send + Sync {
    /// Asks the other partner. No money moves before it accepts, and then at its terms.
    ///
    /// Not safe to repeat after [`Outcome::InDoubt`]: look with [`Self::transfers`] for a pending one first.
    async fn ask_for_transfer(&self, key: RequestId, customer: TenantId, want: &TransferRequest) -> Outcome<Transfer>;

    /// All transfers of `customer`, to us and from us.
    async fn transfers(&self, customer: TenantId) -> Read<Vec<Transfer>>;

    /// The transfer `id`; none when it is not known.
    async fn transfer(&self, customer: TenantId, id: &str) -> Read<Option<Transfer>>;

    /// Withdraws a pending transfer of ours. Safe to repeat.
    async fn withdraw_transfer(&self, key: RequestId, customer: TenantId, id: &str) -> Outcome<Transfer>;
}
