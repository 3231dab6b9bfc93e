//! Being told that something changed, instead of asking. One registration per partner.

use crate::{Outcome, Read};
use async_trait::async_trait;
use carryover_domain::ids::RequestId;
use std::collections::BTreeSet;
use url::Url;

/// Where Partner Center posts what happened (fact sheet 20.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// A public https address of ours.
    pub url: Url,
    /// The names of the events that it wants.
    pub events: BTreeSet<String>,
}

/// How a test event went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestEvent {
    /// The service's word: `pending`, `completed` and others.
    pub status: String,
    /// What our address answered, one for each try: the status, or why there was none.
    pub answers: Vec<String>,
}

/// The partner's registration for events. Events are hints: at least once, in any order, up to 48 hours late, and lost after
/// ten tries, so whoever relies on them alone misses some.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// The registration there is; none when there is none.
    async fn registration(&self) -> Read<Option<Registration>>;

    /// The names of all events there are.
    async fn event_names(&self) -> Read<BTreeSet<String>>;

    /// Registers, in place of what is registered. Safe to repeat.
    async fn register(&self, key: RequestId, want: &Registration) -> Outcome<()>;

    /// Has the service send a test event; brings its correlation id. At most two a minute. A repeat sends another one.
    async fn send_test_event(&self, key: RequestId) -> Outcome<String>;

    /// How the test event `correlation` went; none while it is not known.
    async fn test_event(&self, correlation: &str) -> Read<Option<TestEvent>>;
}
