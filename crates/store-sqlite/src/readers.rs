//! Connections that read, beside the writer and beside each other. They cannot write.

use crate::fault;
use crate::open;
use carryover_ports::StoreError;
use rusqlite::{Connection, Transaction};
use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, oneshot};

/// Reads at the same time: more do not make a disk faster, and each holds a connection and a thread.
const AT_ONCE: usize = 4;

/// Short reads that share one state of the database. A new state begins with an empty cache, so sharing one saves reading the
/// same pages again.
const SHARED_BY: usize = 16;

/// A short read: done with a connection, or without one for the reason that there is none.
type Short = Box<dyn FnOnce(Result<&Transaction<'_>, StoreError>) + Send>;

/// A few connections, opened when needed and kept.
pub(crate) struct Readers {
    path: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
    /// In the order in which they were asked for.
    waiting: Mutex<VecDeque<Short>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, permits: Semaphore::new(AT_ONCE), idle: Mutex::default(), waiting: Mutex::default() }
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

    /// Does the same for `work` that is short, upon a state that other short reads may share. It is no older than the call.
    pub(crate) async fn read_briefly<T, W>(self: &Arc<Self>, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        // A caller that no longer waits has no use for the answer.
        let short: Short = Box::new(move |state| drop(reply.send(state.and_then(work))));
        self.waiting().push_back(short);
        let permit = self.permits.acquire().await.map_err(|closed| unread(closed.to_string()))?;
        // By now another one may have taken it along.
        let some: Vec<Short> = {
            let mut waiting = self.waiting();
            let many = waiting.len().min(SHARED_BY);
            waiting.drain(..many).collect()
        };
        if !some.is_empty() {
            let readers = Arc::clone(self);
            let all = tokio::task::spawn_blocking(move || readers.read_all_now(some)).await;
            all.map_err(|ended| unread(ended.to_string()))?;
        }
        drop(permit);
        answer.await.unwrap_or_else(|_| Err(unread("a read broke off".to_owned())))
    }

    fn read_all_now(&self, some: Vec<Short>) {
        let mut some = VecDeque::from(some);
        let done = self.read_now(|state| {
            while let Some(short) = some.pop_front() {
                short(Ok(state));
            }
            Ok(())
        });
        // Without a connection none was done.
        if let Err(error) = done {
            some.into_iter().for_each(|short| short(Err(error.clone())));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Short>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("path", &self.path).field("permits", &self.permits).finish_non_exhaustive()
    }
}

/// A read failed inside SQLite.
pub(crate) fn unreadable(error: &rusqlite::Error) -> StoreError {
    unread(fault::words(error))
}

fn unread(detail: String) -> StoreError {
    StoreError::Unreadable { detail }
}
