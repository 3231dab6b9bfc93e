//! The database that the user chose: a file here, or a PostgreSQL server that several machines share.

use crate::failure::Failure;
use carryover_ports::{Archive, Index, Store, StoreError};
use carryover_store_postgres::{Address, PostgresStore};
use carryover_store_sqlite::{SqliteStore, WorkerLock};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;

/// An open database.
#[derive(Clone)]
pub(crate) enum Database {
    File(Arc<SqliteStore>),
    Server(Arc<PostgresStore>),
}

/// The right to work on a database: of one process at a time on a file, of as many as there are on a server.
#[must_use = "the claim ends when this is dropped"]
pub(crate) enum Claim {
    Alone { _lock: WorkerLock },
    Shared,
}

/// Whose time it is that a worker works by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhoseClock {
    /// The machine's own, which may be wrong.
    Machine,
    /// One that all who work have in common.
    Shared,
}

/// How far the clocks of a worker and of the server may be apart: a small part of a lease.
const APART_MAX: SignedDuration = SignedDuration::from_mins(1);

/// How far ahead the end of a lease may lie, by the server's clock: far more than a lease is long and clocks may be apart.
const LEASE_AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What is done where a file is named that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// A new database is made of it.
    Made,
    /// The name is taken for a mistake: nothing is made.
    Refused,
}

/// The address that `place` is, where it is no file's name.
pub(crate) fn address(place: &Path) -> Option<&str> {
    place.to_str().filter(|text| text.starts_with("postgres://") || text.starts_with("postgresql://"))
}

/// Whether something is at `place` that can be opened or refused for what it is. Of a server only opening tells.
pub(crate) fn is_there(place: &Path) -> bool {
    address(place).is_some() || place.exists()
}

impl Database {
    /// Opens the database at `place`: an address, or else a file's name. A database on a server is never made, only its tables.
    pub(crate) async fn open(place: &Path, absent: Absent) -> Result<Self, Failure> {
        if absent == Absent::Refused && !is_there(place) {
            return Err(Failure::input(format!(
                "there is no database {}: `carryover import FILE` makes one, or name another with --database",
                place.display()
            )));
        }
        let Some(address) = address(place) else { return Ok(Self::File(Arc::new(SqliteStore::open(place)?))) };
        let address = Address::parse(address).map_err(|error| Failure::input(error.to_string()))?;
        let store = PostgresStore::open(&address).await;
        store.map(|store| Self::Server(Arc::new(store))).map_err(|error| Failure::failed(error.to_string()))
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::File(store) => store.clone(),
            Self::Server(store) => store.clone(),
        }
    }

    pub(crate) fn index(&self) -> Arc<dyn Index> {
        match self {
            Self::File(store) => store.clone(),
            Self::Server(store) => store.clone(),
        }
    }

    pub(crate) fn archive(&self) -> Arc<dyn Archive> {
        match self {
            Self::File(store) => store.clone(),
            Self::Server(store) => store.clone(),
        }
    }

    /// Its name for people: that of the file at `place`, or the address without its password.
    pub(crate) fn name(&self, place: &Path) -> String {
        match self {
            Self::File(_) => place.display().to_string(),
            Self::Server(store) => store.address().to_string(),
        }
    }

    /// Claims it for a process that works on it, by the machine's own clock or by one that all share.
    pub(crate) async fn claim(&self, clock: WhoseClock) -> Result<Claim, Failure> {
        match self {
            Self::File(store) => Ok(Claim::Alone { _lock: store.lock_for_work().await? }),
            Self::Server(_) => match self.apart(clock).await? {
                Some(apart) => Err(apart),
                None => Ok(Claim::Shared),
            },
        }
    }

    /// Why nobody may work by this machine's clock; none where it goes with the server's, or nobody works by it.
    pub(crate) async fn apart(&self, clock: WhoseClock) -> Result<Option<Failure>, StoreError> {
        let (Self::Server(store), WhoseClock::Machine) = (self, clock) else { return Ok(None) };
        let (before, there, after) = (Timestamp::now(), store.server_time().await?, Timestamp::now());
        Ok(same_time(before, there, after, store.address()).err())
    }

    /// Frees customers who are leased far ahead, by a worker whose clock was wrong: nobody would look at them until then. On a file
    /// whoever claims it frees all.
    pub(crate) async fn free_far_leases(&self, clock: WhoseClock) -> Result<(), StoreError> {
        let (Self::Server(store), WhoseClock::Machine) = (self, clock) else { return Ok(()) };
        let freed = store.free_beyond(LEASE_AHEAD_MAX).await?;
        if freed > 0 {
            tracing::error!(
                freed,
                "customers were leased far ahead by a worker whose clock was wrong, and are free now"
            );
        }
        Ok(())
    }

    /// Claims it for a process that copies it: nobody works on it meanwhile. On a server that cannot be kept from anybody; whoever
    /// works there now is known by its leases.
    pub(crate) async fn claim_to_copy(&self) -> Result<Claim, Failure> {
        if let Self::Server(store) = self
            && let Some(until) = store.held_until(Timestamp::now()).await?
        {
            return Err(Failure::failed(format!(
                "somebody works on {}, or was killed at it: customers are leased until {until:.0}; end all work on it, or \
                 wait until then, and copy again",
                store.address()
            )));
        }
        self.claim(WhoseClock::Shared).await
    }
}

/// Whether the clocks of this machine and of the server, which told its time in between, are close enough: leases are given by one
/// worker's clock and judged by that of another.
fn same_time(before: Timestamp, there: Timestamp, after: Timestamp, address: &Address) -> Result<(), Failure> {
    let ahead = before.duration_since(there).max(SignedDuration::ZERO);
    let behind = there.duration_since(after).max(SignedDuration::ZERO);
    let (by, word) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
    if by <= APART_MAX {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the clock of this machine is {} s {word} that of the server of {address}: workers would take each other's work; have \
         all machines set their clocks by one time service",
        by.as_secs()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_more_than_a_minute_wrong_is_refused_and_the_time_that_an_answer_takes_is_not_held_against_it() {
        let address = Address::parse("postgres://ada:s3cret@127.0.0.1/carryover").expect("an address");
        let at = |seconds: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds);
        let check = |before, there, after| same_time(at(before), at(there), at(after), &address);
        for (before, there, after) in [(0, 0, 0), (0, 60, 0), (60, 0, 60), (0, 100, 200), (0, 59, 100)] {
            assert!(check(before, there, after).is_ok(), "{before} {there} {after}");
        }
        let says = check(0, 90, 1).expect_err("it is behind").to_string();
        assert!(says.contains("89 s behind that of the server of postgres://ada@127.0.0.1:5432/carryover"), "{says}");
        let says = check(90, 0, 91).expect_err("it is ahead").to_string();
        assert!(says.contains("90 s ahead of"), "{says}");
    }
}
