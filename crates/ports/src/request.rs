//! What a caller asked for, so that asking again changes nothing: remembered in the same commit as its effect.

use crate::Version;
use carryover_domain::ids::MigrationId;
use std::fmt;
use uuid::Uuid;

/// The key that a caller gave to one change, and gives again when it repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(pub Uuid);

impl fmt::Display for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A change that a caller asked for. One request may change several migrations: each commit of it carries the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The caller's key.
    pub key: RequestKey,
    /// A digest of all that was asked for, so that a key given to something else is noticed. SHA-256 is expected.
    pub fingerprint: [u8; 32],
}

/// What a request did to one migration. Kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// The request.
    pub request: Request,
    /// The migration.
    pub migration: MigrationId,
    /// Its version before; the request's events have the numbers after this one.
    pub before: Version,
    /// Its version after; equal to `before` when nothing had to be recorded.
    pub after: Version,
}
