//! The database that the user chose: a file here, or a PostgreSQL server that several machines share.

use crate::failure::Failure;
use carryover_ports::{Archive, Index, Store};
use carryover_store_postgres::{Address, PostgresStore};
use carryover_store_sqlite::{SqliteStore, WorkerLock};
use std::path::Path;
use std::sync::Arc;

/// An open database.
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

    /// Claims it for a process that works on it.
    pub(crate) async fn claim(&self) -> Result<Claim, Failure> {
        match self {
            Self::File(store) => Ok(Claim::Alone { _lock: store.lock_for_work().await? }),
            Self::Server(_) => Ok(Claim::Shared),
        }
    }
}
