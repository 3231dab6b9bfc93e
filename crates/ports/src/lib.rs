//! The traits that the engine calls. An adapter implements one of them and decides nothing.
//!
//! Cut by who would substitute it and by what a lost reply means. Writes answer with [`Outcome`], reads with [`Read`]:
//! reads are safe to repeat. No method has a default body: a missing one should not compile.

mod archive;
mod budgets;
mod clock;
mod commerce;
mod customers;
mod directory;
mod feed;
mod handover;
mod licences;
mod request;
mod resellers;
mod stock;
mod store;
mod subscriptions;
mod webhooks;

pub use archive::{Archive, Chain, Head, Kept, TakeOverError, Taken};
pub use budgets::{Admission, BudgetKey, Budgets, Draw};
pub use carryover_domain::observed::Observed;
pub use carryover_domain::reply::{Fault, Outcome, Refusal, RefusalKind};
pub use clock::{Clock, Ids};
pub use commerce::{Catalogue, Commerce, Market};
#[cfg(feature = "mock")]
pub use commerce::{MockCatalogue, MockCommerce};
pub use customers::Customers;
#[cfg(feature = "mock")]
pub use customers::MockCustomers;
#[cfg(feature = "mock")]
pub use directory::MockDirectory;
pub use directory::{Directory, LicenceChange};
pub use feed::{Cursor, Fed};
pub use handover::{Conversions, Transfers};
#[cfg(feature = "mock")]
pub use handover::{MockConversions, MockTransfers};
pub use licences::Licences;
#[cfg(feature = "mock")]
pub use licences::MockLicences;
pub use request::{Remembered, Request, RequestKey};
#[cfg(feature = "mock")]
pub use resellers::MockResellers;
pub use resellers::{Resellers, Tie, TiedPartner};
#[cfg(feature = "mock")]
pub use stock::MockStock;
pub use stock::Stock;
pub use store::{Commit, CommitError, Index, Lease, Loaded, Log, Recorded, Store, StoreError, Summary, Under, Version};
#[cfg(feature = "mock")]
pub use subscriptions::MockSubscriptions;
pub use subscriptions::Subscriptions;
#[cfg(feature = "mock")]
pub use webhooks::MockWebhooks;
pub use webhooks::{Registration, TestEvent, Webhooks};

/// What a read brings: the value with the instant at which the read left, or why there is none.
pub type Read<T> = Result<Observed<T>, Unavailable>;

/// Why a read brought nothing. Nothing was changed; reading again later is safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The host did not answer, or not in time, or with a passing fault. Read again later.
    #[error("{0}")]
    Unreachable(Fault),
    /// The service asks to stay away for a while.
    #[error("the service asks to wait for {} s", retry_after.as_secs())]
    Throttled {
        /// How long.
        retry_after: jiff::SignedDuration,
    },
    /// Sign-in as ourselves was refused: a person must renew the consent or the secret. Do not repeat: accounts get
    /// locked. One customer's tenant that does not let us in is [`Unavailable::Forbidden`].
    #[error("{0}")]
    SignInRefused(Fault),
    /// Signed in, but not allowed to read this: a role, a consent or a relationship is missing.
    #[error("{0}")]
    Forbidden(Fault),
    /// The answer could not be understood.
    #[error("{0}")]
    Unreadable(Fault),
}
