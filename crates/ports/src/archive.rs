//! A store's content as it is kept: for whoever verifies it, copies it, or gives account of it. Nothing is decided upon it.

use crate::{Cursor, Remembered, StoreError, Version};
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use jiff::Timestamp;

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the feed.
    pub cursor: Cursor,
    /// The migration.
    pub migration: MigrationId,
    /// 1 for the migration's first event.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The record, as the journal writes it.
    pub record: String,
    /// The digest that it carries, of the migration's log before it, as the journal's chain makes it.
    pub before: [u8; 32],
}

/// What a store knows of a migration beside its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The migration.
    pub migration: MigrationId,
    /// How many events it has.
    pub version: Version,
    /// When it is to be looked at again.
    pub wake: Option<Timestamp>,
    /// The digest of its whole log.
    pub digest: [u8; 32],
}

/// A migration's events with its head, of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The head.
    pub head: Head,
    /// The events, oldest first, as far as they are there.
    pub events: Vec<Kept>,
}

/// What was taken over from another store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Migrations.
    pub migrations: u64,
    /// Events of all of them.
    pub events: u64,
    /// Remembered requests.
    pub requests: u64,
}

/// Nothing was taken over, and the store is as empty as before; but for [`Self::Unconfirmed`].
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// There is something in it already. Take another one.
    #[error("it holds migrations already")]
    NotEmpty,
    /// What is to be taken over could not be read.
    #[error("what is to be copied could not be read: {0}")]
    Source(#[from] StoreError),
    /// Somebody wrote what is to be taken over in the meantime. Stop the workers that write it, and do it again.
    #[error("migration {migration} was written in the meantime: nobody may write what is copied")]
    Moved {
        /// Whose log.
        migration: MigrationId,
    },
    /// A log's digests do not fit its events: verify what is to be taken over.
    #[error("event {number} of migration {migration} does not carry the digest of the events before it")]
    Broken {
        /// Whose log.
        migration: MigrationId,
        /// The event; the number after the last one where the head does not fit.
        number: u64,
    },
    /// The store could not say whether it wrote: it holds all or nothing. Do it again, which tells.
    #[error("it was not confirmed: {detail}")]
    Unconfirmed {
        /// Why, in words.
        detail: String,
    },
    /// It could not be written.
    #[error("it could not be written: {detail}")]
    Unwritable {
        /// Why, in words.
        detail: String,
    },
}

/// The content of a store, as it is kept.
#[async_trait]
pub trait Archive: Send + Sync {
    /// The heads of all migrations, in the order of creation.
    async fn heads(&self) -> Result<Vec<Head>, StoreError>;

    /// A migration's chain, of one moment; none when it does not exist. Records are not read, and nothing is checked.
    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, StoreError>;

    /// The events after `cursor` as they are kept, at most `max`, in the order of the feed.
    async fn kept_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Kept>, StoreError>;

    /// Everything that requests did, in the order of their commits.
    async fn all_requests(&self) -> Result<Vec<Remembered>, StoreError>;

    /// Takes over all that `source` holds, into this store, which is empty: events with their places in the feed, versions,
    /// wake times and remembered requests; no leases. All or nothing: broken off, it has done nothing. `told` is called with
    /// the number of events that were taken so far.
    ///
    /// Nobody may write `source` meanwhile; where somebody does, it is refused.
    async fn take_over(&self, source: &dyn Archive, told: &(dyn Fn(u64) + Send + Sync))
    -> Result<Taken, TakeOverError>;
}
