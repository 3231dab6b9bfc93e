//! The store's content as it is kept, and how that of another store is taken over.

use crate::PostgresStore;
use crate::rows::chain;
use crate::rows::taking::{Taking, unwritable};
use crate::store::unreadable;
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Archive, Chain, Cursor, Head, Kept, Remembered, StoreError, TakeOverError, Taken};

/// Events that are taken over at a time: some hundred kilobytes.
const AT_A_TIME: usize = 1_000;

#[async_trait]
impl Archive for PostgresStore {
    async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        self.connections.patiently(|client| async move { chain::heads(&client).await }).await.map_err(unreadable)
    }

    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, StoreError> {
        self.connections.patiently(|client| async move { chain::of(&client, id).await }).await.map_err(unreadable)
    }

    async fn kept_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Kept>, StoreError> {
        let place = cursor.place();
        let kept = self.connections.patiently(|client| async move { chain::after(&client, place, max).await }).await;
        kept.map_err(unreadable)
    }

    async fn all_requests(&self) -> Result<Vec<Remembered>, StoreError> {
        self.connections.patiently(|client| async move { chain::requests(&client).await }).await.map_err(unreadable)
    }

    async fn take_over(
        &self,
        source: &dyn Archive,
        told: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Taken, TakeOverError> {
        let connection = self.connections.get().await;
        let mut connection = connection.map_err(|trouble| TakeOverError::Unwritable { detail: trouble.words() })?;
        // Dropped before its end, the transaction is rolled back.
        let transaction = connection.transaction().await.map_err(|error| unwritable(&error))?;
        let mut taking = Taking::begin(transaction).await?;
        let (mut cursor, mut read) = (Cursor::START, 0);
        loop {
            let events = source.kept_after(cursor, AT_A_TIME).await?;
            let Some(last) = events.last() else { break };
            cursor = last.cursor;
            taking.events(&events).await?;
            read += events.len() as u64;
            told(read);
        }
        taking.end(&source.heads().await?, &source.all_requests().await?).await
    }
}
