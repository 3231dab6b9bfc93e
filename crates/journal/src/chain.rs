//! The chain of a migration's events: each carries the digest of all before it, so that whoever alters, removes or inserts one
//! later breaks it. Says where it breaks; what that means is for people.
//!
//! The digest begins with the migration, `D(0) = SHA-256("carryover " id)`, and takes in one event after the other,
//! `D(n) = SHA-256(D(n - 1) number LF instant LF record)`. The id is in lower case, the number decimal, the instant RFC 3339
//! in UTC with nine decimals, the record the bytes that are stored. Event `n` carries `D(n - 1)`, and the migration carries the
//! digest of its whole log, its *head*. Events from before there was a chain carry nothing; the ones after them answer for
//! them.
//!
//! Nobody is kept from making up a whole new chain; a head that is kept elsewhere shows that.

use carryover_domain::ids::MigrationId;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt;

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
        hash.update(format!("{number}\n{at:.9}\n{record}"));
        Self(hash.finalize().into())
    }
}

/// Hexadecimal, in lower case.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// 1 for the migration's first event.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The stored record.
    pub record: String,
    /// The digest that it carries; none for an event from before there was a chain.
    pub before: Option<Digest>,
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
    /// What an event carries is not the digest of what is there: that event, or one before it since the last one that
    /// carries its digest, is not as it was recorded.
    #[error("event {number} does not fit the events before it: one of them is not as it was recorded, or it is not")]
    Altered {
        /// The event that carries the digest.
        number: u64,
    },
    /// An event carries no digest though one before it does.
    #[error("event {number} carries no digest, and those before it do")]
    Unchained {
        /// Its number.
        number: u64,
    },
    /// The head is not the digest of the log: its last event is not as it was recorded, or events were taken away.
    #[error("the log ends with event {last} in another way than it was recorded")]
    End {
        /// The last event that is there; 0 when there is none.
        last: u64,
    },
}

/// Walks the log of `migration`, oldest first, and answers with its digest. `head` is none where the whole log is from before
/// there was a chain.
///
/// # Errors
/// The first [`Break`].
pub fn verify(migration: MigrationId, links: &[Link], head: Option<Digest>) -> Result<Digest, Break> {
    let mut digest = Digest::of_none(migration);
    let mut chained = false;
    for (number, link) in (1..).zip(links) {
        if link.number != number {
            return Err(Break::Missing { number });
        }
        match link.before {
            Some(before) if before != digest => return Err(Break::Altered { number }),
            None if chained => return Err(Break::Unchained { number }),
            before => chained = before.is_some(),
        }
        digest = digest.with(number, link.at, &link.record);
    }
    match head {
        Some(head) if head == digest => Ok(digest),
        None if !chained => Ok(digest),
        _ => Err(Break::End { last: links.len() as u64 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ADA: MigrationId = MigrationId::new(Uuid::from_u128(1));

    /// A log of four events of which the first `old` are from before there was a chain.
    fn log(old: usize) -> (Vec<Link>, Option<Digest>) {
        let mut digest = Digest::of_none(ADA);
        let links = (1..=4).map(|number| {
            let (at, record) = (Timestamp::UNIX_EPOCH, format!("record {number}"));
            let before = (number as usize > old).then_some(digest);
            digest = digest.with(number, at, &record);
            Link { number, at, record, before }
        });
        let links = links.collect();
        (links, (old < 4).then_some(digest))
    }

    /// Where the chain breaks after `harm` was done to a log of which the first `old` events are from before the chain.
    fn broken(old: usize, harm: impl FnOnce(&mut Vec<Link>)) -> Break {
        let (mut links, head) = log(old);
        harm(&mut links);
        verify(ADA, &links, head).expect_err("the chain is broken")
    }

    #[test]
    fn a_log_as_it_was_recorded_holds_with_and_without_a_past_before_the_chain() {
        for old in 0..=4 {
            let (links, head) = log(old);
            verify(ADA, &links, head).unwrap_or_else(|broken| panic!("{old} of before: {broken}"));
        }
    }

    #[test]
    fn the_first_event_that_is_not_as_it_was_is_named_by_the_one_after_it() {
        assert_eq!(broken(0, |log| log[1].record.push('!')), Break::Altered { number: 3 });
        assert_eq!(broken(0, |log| log[1].at = Timestamp::MAX), Break::Altered { number: 3 });
        assert_eq!(broken(2, |log| log[0].record.push('!')), Break::Altered { number: 3 });
        assert_eq!(broken(0, |log| log[3].record.push('!')), Break::End { last: 4 });
    }

    #[test]
    fn events_that_are_gone_or_strange_are_noticed() {
        assert_eq!(broken(0, |log| drop(log.remove(1))), Break::Missing { number: 2 });
        assert_eq!(broken(0, |log| drop(log.pop())), Break::End { last: 3 });
        assert_eq!(broken(0, |log| log[2].before = None), Break::Unchained { number: 3 });
        let (links, head) = log(0);
        let bob = MigrationId::new(Uuid::from_u128(2));
        assert_eq!(verify(bob, &links, head), Err(Break::Altered { number: 1 }));
    }

    #[test]
    fn the_digest_is_what_it_always_was() {
        let digest = Digest::of_none(ADA).with(1, Timestamp::UNIX_EPOCH, "{}");
        assert_eq!(digest.to_string(), "20d975c807f69db1f8d3f203f9b5b628d2669fddcb8abb88d456900ac0d7e1a8");
    }
}
