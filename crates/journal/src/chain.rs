//! The chain of a migration's events: each carries the digest of all before it, so that whoever alters, removes or inserts one
//! later breaks it. Says where it breaks; what that means is for people.
//!
//! The digest begins with the migration, `D(0) = SHA-256("carryover " id)`, and takes in one event after the other,
//! `D(n) = SHA-256(D(n - 1) number LF instant LF record)`. The id is in lower case, the number decimal, the instant RFC 3339
//! in UTC with nine decimals, the record the bytes that are stored. Event `n` carries `D(n - 1)`, and the migration carries the
//! digest of its whole log, its *head*.
//!
//! Nobody is kept from making up a whole new chain; a head that is kept elsewhere shows that.

use carryover_domain::ids::MigrationId;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// The digest of a migration's log up to some event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of a log without events.
    pub fn of_none(migration: MigrationId) -> Self {
        Self(Sha256::digest(format!("carryover {migration}")).into())
    }

    /// Of the log that this is the digest of, and the event `number` with its stored `record` after it.
    #[must_use]
    pub fn with(self, number: u64, at: Timestamp, record: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(format!("{number}\n{at:.9}\n"));
        hash.update(record);
        Self(hash.finalize().into())
    }
}

/// Hexadecimal, in lower case.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Not the 64 hexadecimal digits of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct NoDigest;

/// As it is displayed.
impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NoDigest);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoDigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NoDigest)?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// 1 for the migration's first event.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The stored record.
    pub record: &'a str,
    /// The digest that it carries.
    pub before: Digest,
}

/// A chain that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// An event is not where it has to be.
    #[error("event {number} is missing")]
    Missing {
        /// Its number.
        number: u64,
    },
    /// What an event carries is not the digest of what is before it: an event before it, or what it carries, is not as it was
    /// recorded.
    #[error("event {number} carries the digest {carries}, and the events before it have the digest {expected}")]
    Altered {
        /// The event that carries the digest.
        number: u64,
        /// What it carries.
        carries: Digest,
        /// What it has to carry.
        expected: Digest,
    },
    /// The head is not the digest of the log: its last event is not as it was recorded, or events were taken away or added.
    #[error(
        "the migration carries the digest {carries}, and its log, which ends with event {last}, has the digest {expected}"
    )]
    End {
        /// The last event that is there; 0 when there is none.
        last: u64,
        /// What the migration carries.
        carries: Digest,
        /// What it has to carry.
        expected: Digest,
    },
}

/// A log that is walked from its beginning, one event after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    last: u64,
    digest: Digest,
}

impl Walk {
    /// Before the first event of `migration`.
    pub fn begin(migration: MigrationId) -> Self {
        Self { last: 0, digest: Digest::of_none(migration) }
    }

    /// On to `link`.
    ///
    /// # Errors
    /// [`Break`] where it does not follow.
    pub fn step(&mut self, link: Link<'_>) -> Result<(), Break> {
        let (number, expected) = (self.last + 1, self.digest);
        if link.number != number {
            return Err(Break::Missing { number });
        }
        if link.before != expected {
            return Err(Break::Altered { number, carries: link.before, expected });
        }
        *self = Self { last: number, digest: expected.with(number, link.at, link.record) };
        Ok(())
    }

    /// At the end, where the migration carries `head`: answers with the number of events.
    ///
    /// # Errors
    /// [`Break::End`] where that is not the digest of the log.
    pub fn end(self, head: Digest) -> Result<u64, Break> {
        let Self { last, digest } = self;
        if head == digest { Ok(last) } else { Err(Break::End { last, carries: head, expected: digest }) }
    }

    /// How many events were walked.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The digest of what was walked.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl Break {
    /// The event at which it shows; 1 in a log without any.
    pub fn number(&self) -> u64 {
        match self {
            Self::Missing { number } | Self::Altered { number, .. } => *number,
            Self::End { last, .. } => (*last).max(1),
        }
    }

    /// What it says of that event, as the second half of a sentence and without digests.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "it is missing",
            Self::Altered { .. } => "an event before it, or the digest that it carries, is not as it was recorded",
            Self::End { .. } => "it, or the digest of the whole log, is not as it was recorded",
        }
    }
}

/// Walks the log of `migration`, oldest first, and answers with the number of events.
///
/// # Errors
/// The first [`Break`].
pub fn verify<'a>(
    migration: MigrationId,
    links: impl IntoIterator<Item = Link<'a>>,
    head: Digest,
) -> Result<u64, Break> {
    let mut walk = Walk::begin(migration);
    links.into_iter().try_for_each(|link| walk.step(link))?;
    walk.end(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ADA: MigrationId = MigrationId::new(Uuid::from_u128(1));
    const NOON: Timestamp = Timestamp::UNIX_EPOCH;
    const NOTHING: Digest = Digest([0; 32]);

    /// The digests of a log of these records: before each, and of all of them.
    fn digests(records: &[&str]) -> Vec<Digest> {
        let mut digests = vec![Digest::of_none(ADA)];
        for (number, record) in (1..).zip(records) {
            digests.push(digests[digests.len() - 1].with(number, NOON, record));
        }
        digests
    }

    /// What is said of a log of four events after `harm` was done to it.
    fn check(harm: impl FnOnce(&mut Vec<Link<'static>>)) -> Result<u64, Break> {
        let records = ["one", "two", "three", "four"];
        let digests = digests(&records);
        let links = (1..).zip(records).zip(&digests);
        let mut links =
            links.map(|((number, record), before)| Link { number, at: NOON, record, before: *before }).collect();
        harm(&mut links);
        verify(ADA, links, digests[4])
    }

    #[test]
    fn a_log_as_it_was_recorded_holds() {
        assert_eq!(check(|_| ()), Ok(4));
        assert_eq!(verify(ADA, [], Digest::of_none(ADA)), Ok(0));
    }

    #[test]
    fn an_event_that_is_not_as_it_was_is_named_by_the_one_after_it_with_what_was_expected() {
        let expected = digests(&["one", "TWO"])[2];
        let carries = digests(&["one", "two"])[2];
        assert_eq!(check(|log| log[1].record = "TWO"), Err(Break::Altered { number: 3, carries, expected }));
        assert!(matches!(check(|log| log[1].at = Timestamp::MAX), Err(Break::Altered { number: 3, .. })));
        assert!(matches!(check(|log| log[3].record = "FOUR"), Err(Break::End { last: 4, .. })));
    }

    #[test]
    fn events_that_are_gone_or_strange_are_noticed() {
        assert_eq!(check(|log| log.retain(|link| link.number != 2)), Err(Break::Missing { number: 2 }));
        assert!(matches!(check(|log| log.truncate(3)), Err(Break::End { last: 3, .. })));
        assert!(matches!(
            check(|log| log[2].before = NOTHING),
            Err(Break::Altered { number: 3, carries: NOTHING, .. })
        ));
        let more = |log: &mut Vec<Link<'static>>| {
            log.push(Link { number: 5, at: NOON, record: "5", before: digests(&["one", "two", "three", "four"])[4] })
        };
        assert!(matches!(check(more), Err(Break::End { last: 5, .. })));
        let bob = MigrationId::new(Uuid::from_u128(2));
        let link = Link { number: 1, at: NOON, record: "one", before: Digest::of_none(ADA) };
        assert!(matches!(verify(bob, [link], NOTHING), Err(Break::Altered { number: 1, .. })));
    }

    #[test]
    fn the_digest_is_what_it_always_was() {
        let digest = Digest::of_none(ADA).with(1, Timestamp::UNIX_EPOCH, "{}");
        assert_eq!(digest.to_string(), "20d975c807f69db1f8d3f203f9b5b628d2669fddcb8abb88d456900ac0d7e1a8");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("20d9".parse::<Digest>(), Err(NoDigest));
    }
}
