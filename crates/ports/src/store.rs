//! Where events live. Commits are all or nothing; work is leased, so that a crashed worker's share is taken up again.

use crate::{Cursor, Fed, Remembered, Request, RequestKey};
use async_trait::async_trait;
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use jiff::{SignedDuration, Timestamp};
use std::fmt::Display;
use std::time::Duration;

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

impl Recorded {
    /// What was recorded, as far as its record could be `read`.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it could not.
    pub fn read<E: Display>(
        migration: MigrationId,
        number: u64,
        at: Timestamp,
        read: Result<Event, E>,
    ) -> Result<Self, StoreError> {
        let damaged = |error: E| StoreError::Damaged { migration, number, detail: error.to_string() };
        Ok(Self { migration, number, at, event: read.map_err(damaged)? })
    }
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

impl Loaded {
    /// The log of `migration`, whose `events` are in the order of their numbers.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one cannot be read, is missing, or is too many.
    pub fn whole(
        migration: MigrationId,
        version: Version,
        wake: Option<Timestamp>,
        events: impl IntoIterator<Item = Result<Recorded, StoreError>>,
    ) -> Result<Self, StoreError> {
        let damaged = |number, detail| StoreError::Damaged { migration, number, detail };
        let mut read = Vec::new();
        for (number, recorded) in (1..).zip(events) {
            let recorded = recorded?;
            if recorded.number != number {
                return Err(damaged(number, "it is missing".to_owned()));
            }
            read.push(recorded);
        }
        let found = read.len() as u64;
        if found != version.0 {
            let detail = format!("the log has {found} events and should have {}", version.0);
            return Err(damaged(found.min(version.0) + 1, detail));
        }
        Ok(Self { version, events: read, wake })
    }
}

/// What is found of a migration's log: none when there is no such migration.
pub type Log = Result<Option<Loaded>, StoreError>;

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
    /// The right by which it is written.
    pub under: Under,
    /// The request that asked for it, remembered with it; none where nobody could repeat one.
    pub request: Option<&'a Request>,
}

/// The right by which a commit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// None is needed for what people ask for, who may write beside a worker.
    NoLease,
    /// The lease that the work is done under. It stays as it is.
    Lease(Lease),
    /// The same for the last commit of a turn: when it is written the lease is given back, in one transaction with it. When it
    /// is refused the lease stays as it is.
    LastOf(Lease),
}

impl Under {
    /// The lease, where there is one.
    pub const fn lease(self) -> Option<Lease> {
        match self {
            Self::NoLease => None,
            Self::Lease(lease) | Self::LastOf(lease) => Some(lease),
        }
    }

    /// Whether the lease is given back with the commit.
    pub const fn gives_back(self) -> bool {
        matches!(self, Self::LastOf(_))
    }
}

/// The right to work on one migration until it expires. At most one is in force per migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, thiserror::Error)]
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
    /// Nothing was written: the lease had lapsed and the migration was leased to another since. Its work is that one's now.
    #[error("migration {migration} was leased to another worker in the meantime")]
    Lost {
        /// Whose log.
        migration: MigrationId,
    },
    /// Nothing was written, because an earlier commit of the same request was. Answer as that one did.
    #[error("the request was carried out for migration {} before", .0.migration)]
    Repeated(Remembered),
    /// Nothing was written: the request's key was given to something else before.
    #[error("request key {key} was used for something else before: a new request needs a new key")]
    KeyReused {
        /// The key.
        key: RequestKey,
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
    /// The logs of `ids`, in their order, by one read; none for a migration that does not exist. A log that is damaged is no
    /// reason not to answer with the others; one whose events do not carry the digests of those before them, or that has not the
    /// digest of its migration, is damaged.
    async fn load_all(&self, ids: &[MigrationId]) -> Result<Vec<Log>, StoreError>;

    /// The log of `id`; none when the migration does not exist.
    async fn load(&self, id: MigrationId) -> Log {
        self.load_all(&[id]).await?.pop().unwrap_or(Ok(None))
    }

    /// Writes events, wake time and request together, durably, or nothing, and gives the lease back with them where
    /// `commit.under` says so. Answers with the new version.
    ///
    /// Refused, in this order:
    /// - as [`CommitError::Lost`] when the lease of `commit.under` is not the newest lease of the migration; one that has lapsed and was
    ///   not handed out again is good,
    /// - as [`CommitError::KeyReused`] when the request's key was committed with another fingerprint, for any migration,
    /// - as [`CommitError::Repeated`] when the request was committed for this migration,
    /// - as [`CommitError::Stale`] when the migration is not at `commit.expected`,
    /// - as [`CommitError::Unwritable`] when a migration would begin without an event.
    async fn commit(&self, commit: Commit<'_>) -> Result<Version, CommitError>;

    /// Leases up to `max` migrations whose wake time is `now` or earlier and that nobody holds, earliest first, until
    /// `now + ttl`.
    async fn lease_due(&self, now: Timestamp, ttl: SignedDuration, max: usize) -> Result<Vec<Lease>, StoreError>;

    /// Gives a lease back. One that has lapsed or is unknown is ignored.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;
}

/// Reads over all migrations, for commands, reports, the driver and whoever follows along.
#[async_trait]
pub trait Index: Send + Sync {
    /// Every migration, in the order of creation.
    async fn list(&self) -> Result<Vec<Summary>, StoreError>;

    /// The earliest wake time of any migration.
    async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The events of `id` whose number is greater than `version`, oldest first, at most `max`; none when the migration does
    /// not exist.
    async fn events_after(&self, id: MigrationId, version: Version, max: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The events after `cursor`, at most `max`, in the order in which they were committed: those of one migration by their
    /// numbers, those of one commit together. Nothing appears later before a cursor that was answered.
    async fn feed_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Fed>, StoreError>;

    /// The newest event's cursor; [`Cursor::START`] in an empty store.
    async fn newest(&self) -> Result<Cursor, StoreError>;

    /// Waits until there is an event after `cursor`, whoever wrote it, or `timeout` has passed. Answers whether there is
    /// one; at once where there is one already. News of another process may be noticed a moment later than one's own.
    async fn changed(&self, cursor: Cursor, timeout: Duration) -> Result<bool, StoreError>;

    /// What requests with the key `key` did, in the order of their commits; empty when none was committed.
    async fn remembered(&self, key: RequestKey) -> Result<Vec<Remembered>, StoreError>;

    /// What requests did to the migration `id`, in the order of their commits.
    async fn requests(&self, id: MigrationId) -> Result<Vec<Remembered>, StoreError>;
}
