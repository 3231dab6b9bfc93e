//! Budgets of calls that everyone who calls as the same partner shares, so that a store can hold them for many processes.

use async_trait::async_trait;
use carryover_domain::ids::TenantId;
use jiff::SignedDuration;

/// Whose calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetKey {
    /// The budget's name, such as `accounts`.
    pub name: &'static str,
    /// The partner that calls.
    pub partner: TenantId,
    /// The customer that the calls are about; none where all customers share the budget.
    pub customer: Option<TenantId>,
}

/// What one call takes out of one budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Which budget.
    pub key: BudgetKey,
    /// How much the service allows within `per`; at least 1. A budget may allow less for a while, never more.
    pub allowed: u32,
    /// The span that `allowed` is counted over; longer than nothing.
    pub per: SignedDuration,
    /// How much the call takes, in what the service counts: requests or units.
    pub cost: u32,
}

/// What a budget says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Its place is taken: it may leave after a wait.
    Go {
        /// How long, from now.
        after: SignedDuration,
        /// Names the place, for [`Budgets::holds`].
        place: u64,
        /// How much the scarcest of its budgets still has for the span that begins now.
        left: u32,
    },
    /// Nothing was taken, because the wait would be too long.
    Later {
        /// How long it would be.
        after: SignedDuration,
    },
}

/// Keeps the budgets. An implementation that cannot reach what it keeps them in answers [`Admission::Later`]: nobody calls
/// without a budget.
#[async_trait]
pub trait Budgets: Send + Sync {
    /// Takes what one call costs out of all `draws`, or nothing at all where it would have to wait longer than `wait_max`.
    async fn take(&self, draws: &[Draw], wait_max: SignedDuration) -> Admission;

    /// Whether a place that was waited for still stands. A budget that the service closed in between has given all its
    /// places away; then the call takes another.
    async fn holds(&self, draws: &[Draw], place: u64) -> bool;

    /// The service refused a call that `draws` paid for: too many. Nobody calls before `retry_after` is over, and a while
    /// after that more slowly. Which of the budgets was meant is for the implementation to find out.
    async fn refused(&self, draws: &[Draw], retry_after: SignedDuration);
}
