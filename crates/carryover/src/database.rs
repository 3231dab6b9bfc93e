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

/// The address that `place` is, where it is no file's name.
pub(crate) fn address(place: &Path) -> Option<&str> {
    place.to_str().filter(|text| text.starts_with("postgres://") || text.starts_with("postgresql://"))
}

impl Database {
    /// Opens the database at `place`: an address, or else a file's name.
    pub(crate) async fn open(place: &Path) -> Result<Self, Failure> {
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
