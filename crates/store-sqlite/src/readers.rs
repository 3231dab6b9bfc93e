//! Connections that read, beside the writer and beside each other. They cannot write.

use crate::fault;
use crate::open;
use carryover_ports::StoreError;
use rusqlite::{Connection, Transaction};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads at the same time: more do not make a disk faster, and each holds a connection and a thread.
const AT_ONCE: usize = 4;

/// A few connections, opened when needed and kept.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, permits: Semaphore::new(AT_ONCE), idle: Mutex::default() }
    }

    /// Has `work` done upon one state of the database, off the threads of the runtime.
    pub(crate) async fn read<T, W>(self: &Arc<Self>, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let _permit = self.permits.acquire().await.map_err(|closed| unread(closed.to_string()))?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || readers.read_now(work))
            .await
            .unwrap_or_else(|ended| Err(unread(ended.to_string())))
    }

    fn read_now<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let kept = self.idle().pop();
        let mut connection = match kept {
            Some(connection) => connection,
            None => open::reading(&self.path).map_err(|error| unreadable(&error))?,
        };
        let transaction = connection.transaction().map_err(|error| unreadable(&error))?;
        let value = work(&transaction)?;
        transaction.finish().map_err(|error| unreadable(&error))?;
        // After an error a connection is not kept: the next read opens a new one.
        self.idle().push(connection);
        Ok(value)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A read failed inside SQLite.
pub(crate) fn unreadable(error: &rusqlite::Error) -> StoreError {
    unread(fault::words(error))
}

fn unread(detail: String) -> StoreError {
    StoreError::Unreadable { detail }
}
