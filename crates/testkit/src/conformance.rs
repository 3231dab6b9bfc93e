//! Suites that say whether an adapter keeps its port's contract. They use the port alone.

pub mod budgets;
pub mod services;
pub mod store;

#[doc(inline)]
pub use crate::__conformance_budgets as budgets;
#[doc(inline)]
pub use crate::__conformance_catalogue as catalogue;
#[doc(inline)]
pub use crate::__conformance_commerce as commerce;
#[doc(inline)]
pub use crate::__conformance_conversions as conversions;
#[doc(inline)]
pub use crate::__conformance_customers as customers;
#[doc(inline)]
pub use crate::__conformance_directory as directory;
#[doc(inline)]
pub use crate::__conformance_licences as licences;
#[doc(inline)]
pub use crate::__conformance_resellers as resellers;
#[doc(inline)]
pub use crate::__conformance_stock as stock;
#[doc(inline)]
pub use crate::__conformance_store as store;
#[doc(inline)]
pub use crate::__conformance_subscriptions as subscriptions;
#[doc(inline)]
pub use crate::__conformance_transfers as transfers;
#[doc(inline)]
pub use crate::__conformance_webhooks as webhooks;

use std::future::Future;

/// Runs one case to its end, on a runtime with threads of its own so that races are real.
///
/// # Panics
/// When the case fails, or when no runtime can be built.
pub fn run(case: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime of two threads can be built")
        .block_on(case);
}
