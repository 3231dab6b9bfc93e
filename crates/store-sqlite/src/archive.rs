//! The store's content as it is kept, and how that of another store is taken over.

use crate::fault;
use crate::mark::MarkFile;
use crate::readers::unreadable;
use crate::rows::chain;
use crate::rows::requests;
use crate::rows::taking::{Taking, unwritable};
use crate::{SqliteStore, open};
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Archive, Chain, Cursor, Head, Kept, Remembered, StoreError, TakeOverError, Taken};
use rusqlite::TransactionBehavior;
use std::path::Path;
use tokio::sync::mpsc;

/// Events that are taken over at a time: some hundred kilobytes.
const AT_A_TIME: usize = 1_000;

/// A piece of what is taken over, in order.
enum Part {
    Events(Vec<Kept>),
    End { heads: Vec<Head>, asked: Vec<Remembered> },
}

#[async_trait]
impl Archive for SqliteStore {
    async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        self.readers.read(|database| chain::heads(database).map_err(|error| unreadable(&error))).await
    }

    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, StoreError> {
        self.readers.read(move |database| chain::of(database, id).map_err(|error| unreadable(&error))).await
    }

    async fn kept_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Kept>, StoreError> {
        let place = cursor.place();
        self.readers.read(move |database| chain::after(database, place, max).map_err(|error| unreadable(&error))).await
    }

    async fn all_requests(&self) -> Result<Vec<Remembered>, StoreError> {
        self.readers.read(|database| requests::all(database).map_err(|error| unreadable(&error))).await
    }

    async fn take_over(
        &self,
        source: &dyn Archive,
        told: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Taken, TakeOverError> {
        let (send, parts) = mpsc::channel(2);
        let path = self.path.clone();
        let writing = tokio::task::spawn_blocking(move || take(&path, parts));
        let read = feed(source, send, told).await;
        let gone = |ended: tokio::task::JoinError| TakeOverError::Unwritable { detail: ended.to_string() };
        let taken = writing.await.map_err(gone)?;
        read?;
        taken
    }
}

/// Reads all of `source` for who writes it.
async fn feed(
    source: &dyn Archive,
    parts: mpsc::Sender<Part>,
    told: &(dyn Fn(u64) + Send + Sync),
) -> Result<(), StoreError> {
    let (mut cursor, mut read) = (Cursor::START, 0);
    loop {
        let events = source.kept_after(cursor, AT_A_TIME).await?;
        let Some(last) = events.last() else { break };
        cursor = last.cursor;
        read += events.len() as u64;
        if parts.send(Part::Events(events)).await.is_err() {
            return Ok(());
        }
        told(read);
    }
    let end = Part::End { heads: source.heads().await?, asked: source.all_requests().await? };
    // Whoever writes has stopped with an error of its own where nobody takes this.
    let _taken_or_not = parts.send(end).await;
    Ok(())
}

/// Writes what comes, in one transaction on a connection of its own.
fn take(path: &Path, mut parts: mpsc::Receiver<Part>) -> Result<Taken, TakeOverError> {
    let opened = open::writing(path);
    let mut connection = opened.map_err(|error| TakeOverError::Unwritable { detail: error.to_string() })?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unwritable)?;
    let mut taking = Taking::begin(&transaction)?;
    let taken = loop {
        match parts.blocking_recv() {
            Some(Part::Events(events)) => taking.events(&events)?,
            Some(Part::End { heads, asked }) => break taking.end(&heads, &asked)?,
            None => return Err(TakeOverError::Unwritable { detail: "it was broken off".to_owned() }),
        }
    };
    let end = chain::end(&transaction).map_err(unwritable)?;
    transaction.commit().map_err(|error| TakeOverError::Unconfirmed { detail: fault::words(&error) })?;
    if let Some(mark) = end {
        let unmarked = |error: std::io::Error| TakeOverError::Unconfirmed { detail: error.to_string() };
        MarkFile::beside(path).put(mark).map_err(unmarked)?;
    }
    Ok(taken)
}
