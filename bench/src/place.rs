//! Where a measurement works: a new file on this disk, or an empty database of a server.

use crate::Failed;
use carryover_ports::{Archive, Index, Store};
use carryover_store_postgres::{Address, PostgresStore};
use carryover_store_sqlite::SqliteStore;
use std::sync::Arc;
use tempfile::TempDir;

/// A database that is opened as often as is wanted.
pub(crate) enum Place {
    File(TempDir),
    Server(String),
}

/// An open database.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) index: Arc<dyn Index>,
    pub(crate) archive: Arc<dyn Archive>,
}

impl Place {
    /// A file in a folder of its own, below `target`: what is below `/tmp` may be no disk.
    pub(crate) fn file() -> Result<Self, Failed> {
        Ok(Self::File(tempfile::tempdir_in(concat!(env!("CARGO_MANIFEST_DIR"), "/../target"))?))
    }

    pub(crate) fn server(address: &str) -> Self {
        Self::Server(address.to_owned())
    }

    pub(crate) async fn open(&self) -> Result<Opened, Failed> {
        Ok(match self {
            Self::File(folder) => {
                let store = Arc::new(SqliteStore::open(folder.path().join("carryover.db"))?);
                Opened { store: store.clone(), index: store.clone(), archive: store }
            }
            Self::Server(address) => {
                let store = Arc::new(PostgresStore::open(&Address::parse(address)?).await?);
                Opened { store: store.clone(), index: store.clone(), archive: store }
            }
        })
    }
}
