//! Where events live. Commits are all or nothing; work is leased, so that a crashed worker's share is taken up again.

use async_trait::async_trait;
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use jiff::{SignedDuration, Timestamp};

/// Number of events that a migration has; grows with each commit that records any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u64);

/// An event as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The migration.
    pub migration: MigrationId,
    /// 1 for its first event.
    pub number: u64,
    /// When it was recorded, by the clock of who recorded it.
    pub at: Timestamp,
    /// The fact.
    pub event: Event,
}

/// One migration's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// How many events there are.
    pub version: Version,
    /// All of them, oldest first.
    pub events: Vec<Recorded>,
    /// When it is to be looked at again, if at all.
    pub wake: Option<Timestamp>,
}

/// What is written together, or not at all.
#[derive(Debug, Clone)]
pub struct Commit<'a> {
    /// The migration.
    pub migration: MigrationId,
    /// The version that the decision was made upon; 0 for a migration that does not exist yet.
    pub expected: Version,
    /// New facts; may be empty when only the wake time changes.
    pub events: &'a [Event],
    /// When they are recorded.
    pub at: Timestamp,
    /// When to look again; `None` means not by itself.
    pub wake: Option<Timestamp>,
}

/// The right to work on one migration until it expires. At most one is in force per migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The migration.
    pub migration: MigrationId,
    /// Told apart from every other lease of this migration, earlier and later.
    pub token: u64,
    /// When it lapses.
    pub until: Timestamp,
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The migration.
    pub migration: MigrationId,
    /// Its version.
    pub version: Version,
    /// When it is to be looked at again.
    pub wake: Option<Timestamp>,
}

/// A read of the store failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store could not be read.
    #[error("the database could not be read: {detail}")]
    Unreadable {
        /// Why, in words.
        detail: String,
    },
    /// The store could not be written. Nothing was changed.
    #[error("the database could not be written, nothing was changed: {detail}")]
    Unwritable {
        /// Why, in words.
        detail: String,
    },
    /// A record in the store cannot be understood.
    #[error("event {number} of migration {migration} cannot be understood: {detail}")]
    Damaged {
        /// Whose event.
        migration: MigrationId,
        /// Which one.
        number: u64,
        /// Why.
        detail: String,
    },
}

/// A commit did not happen, or may not have.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Someone else wrote first. Reload and decide again.
    #[error("migration {migration} is at version {}, not {}", actual.0, expected.0)]
    Stale {
        /// Whose log.
        migration: MigrationId,
        /// What the commit was made upon.
        expected: Version,
        /// What is there.
        actual: Version,
    },
    /// Nothing was written: the disk is full, the file is read-only, or the like.
    #[error("nothing was written of migration {migration}: {detail}")]
    Unwritable {
        /// Whose log.
        migration: MigrationId,
        /// Why, in words.
        detail: String,
    },
    /// The store could not say whether it wrote. Reload before anything else.
    #[error("the database did not confirm the write of migration {migration}: {detail}")]
    Unconfirmed {
        /// Whose log.
        migration: MigrationId,
        /// Why, in words.
        detail: String,
    },
}

/// The store that the engine works upon.
#[async_trait]
pub trait Store: Send + Sync {
    /// The log of `id`; none when the migration does not exist.
    async fn load(&self, id: MigrationId) -> Result<Option<Loaded>, StoreError>;

    /// Writes events and wake time together, durably, or nothing. Answers with the new version.
    ///
    /// Refused as [`CommitError::Stale`] when the migration is not at `commit.expected`, and as
    /// [`CommitError::Unwritable`] when a migration would begin without an event.
    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError>;

    /// Leases up to `max` migrations whose wake time is `now` or earlier and that nobody holds, earliest first, until
    /// `now + ttl`.
    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError>;

    /// Gives a lease back. One that has lapsed or is unknown is ignored.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;
}

/// Reads over all migrations, for commands, reports and the driver.
#[async_trait]
pub trait Index: Send + Sync {
    /// Every migration, in the order of creation.
    async fn list(&self) -> Result<Vec<Summary>, StoreError>;

    /// The earliest wake time of any migration.
    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError>;
}
