//! All events of all migrations in the order in which they were committed, for whoever follows along.

use crate::Recorded;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A place in the feed: after the event that carried it. Later events have greater ones; it means nothing in another
/// store, and the distance between two means nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cursor(u64);

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The cursor of a store's `place`, which begins at 1.
    pub const fn new(place: u64) -> Self {
        Self(place)
    }

    /// The store's number for it.
    pub const fn place(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Cursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

/// An event in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fed {
    /// Go on after this one.
    pub cursor: Cursor,
    /// The event.
    pub recorded: Recorded,
}
