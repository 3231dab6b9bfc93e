//! The statements that take over what another store holds, in one transaction. Knows nothing of that store: callers bring its
//! content in order.

use super::{integer, text};
use crate::fault::{self, Trouble};
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::{Digest, Link, Walk};
use carryover_ports::{Head, Kept, Remembered, TakeOverError, Taken, Version};
use deadpool_postgres::Transaction;
use std::collections::BTreeMap;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Takes events over, and knows how far each log has come.
pub(crate) struct Taking<'a> {
    transaction: Transaction<'a>,
    walks: BTreeMap<MigrationId, Walk>,
    taken: Taken,
}

impl<'a> Taking<'a> {
    /// Begins in `transaction`, where nothing is there. Whoever else uses the database waits from here on.
    ///
    /// # Errors
    /// [`TakeOverError`].
    pub(crate) async fn begin(transaction: Transaction<'a>) -> Result<Self, TakeOverError> {
        let sql = "LOCK TABLE carryover.migrations IN ACCESS EXCLUSIVE MODE";
        transaction.batch_execute(sql).await.map_err(|error| unwritable(&error))?;
        let there = "SELECT EXISTS (SELECT 1 FROM carryover.migrations)";
        let row = transaction.query_typed_one(there, &[]).await.map_err(|error| unwritable(&error))?;
        if row.get(0) {
            return Err(TakeOverError::NotEmpty);
        }
        Ok(Self { transaction, walks: BTreeMap::new(), taken: Taken::default() })
    }

    /// Takes the next events of the feed over.
    ///
    /// # Errors
    /// [`TakeOverError`].
    pub(crate) async fn events(&mut self, events: &[Kept]) -> Result<(), TakeOverError> {
        for Kept { cursor: _, migration, number, at, record, before } in events {
            let walk = self.walks.entry(*migration).or_insert_with(|| Walk::begin(*migration));
            walk.step(Link { number: *number, at: *at, record, before: Digest(*before) })
                .map_err(|_| TakeOverError::Broken { migration: *migration, number: *number })?;
        }
        let first: Vec<&Kept> = events.iter().filter(|kept| kept.number == 1).collect();
        let ids: Vec<Uuid> = first.iter().map(|kept| kept.migration.as_uuid()).collect();
        let places: Vec<i64> = first.iter().map(|kept| integer(kept.cursor.place())).collect();
        let digests: Vec<&[u8]> = first.iter().map(|kept| kept.before.as_slice()).collect();
        self.execute(
            "INSERT INTO carryover.migrations (id, place, version, head)
             SELECT id, place, 1, head FROM unnest($1, $2, $3) AS new (id, place, head)",
            &[(&ids, Type::UUID_ARRAY), (&places, Type::INT8_ARRAY), (&digests, Type::BYTEA_ARRAY)],
        )
        .await?;
        let places: Vec<i64> = events.iter().map(|kept| integer(kept.cursor.place())).collect();
        let ids: Vec<Uuid> = events.iter().map(|kept| kept.migration.as_uuid()).collect();
        let numbers: Vec<i64> = events.iter().map(|kept| integer(kept.number)).collect();
        let instants: Vec<String> = events.iter().map(|kept| text(kept.at)).collect();
        let bodies: Vec<&str> = events.iter().map(|kept| kept.record.as_str()).collect();
        let digests: Vec<&[u8]> = events.iter().map(|kept| kept.before.as_slice()).collect();
        self.execute(
            "INSERT INTO carryover.events (place, migration, number, at, body, before)
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
            &[
                (&places, Type::INT8_ARRAY),
                (&ids, Type::UUID_ARRAY),
                (&numbers, Type::INT8_ARRAY),
                (&instants, Type::TEXT_ARRAY),
                (&bodies, Type::TEXT_ARRAY),
                (&digests, Type::BYTEA_ARRAY),
            ],
        )
        .await?;
        self.taken.events += events.len() as u64;
        Ok(())
    }

    /// Ends with what else is known, and answers with what was taken over, durably.
    ///
    /// # Errors
    /// [`TakeOverError`].
    pub(crate) async fn end(mut self, heads: &[Head], asked: &[Remembered]) -> Result<Taken, TakeOverError> {
        for Head { migration, version, wake: _, digest } in heads {
            let walked = self.walks.remove(migration).unwrap_or_else(|| Walk::begin(*migration));
            if Version(walked.last()) != *version {
                return Err(TakeOverError::Moved { migration: *migration });
            }
            walked
                .end(Digest(*digest))
                .map_err(|_| TakeOverError::Broken { migration: *migration, number: version.0 + 1 })?;
        }
        if let Some((migration, _)) = self.walks.pop_first() {
            return Err(TakeOverError::Moved { migration });
        }
        let ids: Vec<Uuid> = heads.iter().map(|head| head.migration.as_uuid()).collect();
        let versions: Vec<i64> = heads.iter().map(|head| integer(head.version.0)).collect();
        let wakes: Vec<Option<String>> = heads.iter().map(|head| head.wake.map(text)).collect();
        let digests: Vec<&[u8]> = heads.iter().map(|head| head.digest.as_slice()).collect();
        self.execute(
            "UPDATE carryover.migrations m SET version = new.version, wake = new.wake, head = new.head
             FROM unnest($1, $2, $3, $4) AS new (id, version, wake, head) WHERE m.id = new.id",
            &[
                (&ids, Type::UUID_ARRAY),
                (&versions, Type::INT8_ARRAY),
                (&wakes, Type::TEXT_ARRAY),
                (&digests, Type::BYTEA_ARRAY),
            ],
        )
        .await?;
        self.requests(asked).await?;
        self.taken.migrations = heads.len() as u64;
        self.taken.requests = asked.len() as u64;
        self.transaction.commit().await.map_err(|error| match Trouble::of_end(&error) {
            Trouble::Unanswered(detail) => TakeOverError::Unconfirmed { detail },
            trouble => TakeOverError::Unwritable { detail: trouble.words() },
        })?;
        Ok(self.taken)
    }

    async fn requests(&self, asked: &[Remembered]) -> Result<(), TakeOverError> {
        let keys: Vec<Uuid> = asked.iter().map(|asked| asked.request.key.0).collect();
        let fingerprints: Vec<&[u8]> = asked.iter().map(|asked| asked.request.fingerprint.as_slice()).collect();
        let ids: Vec<Uuid> = asked.iter().map(|asked| asked.migration.as_uuid()).collect();
        let before: Vec<i64> = asked.iter().map(|asked| integer(asked.before.0)).collect();
        let after: Vec<i64> = asked.iter().map(|asked| integer(asked.after.0)).collect();
        // Ordered, because the order of the rows is that of the commits.
        self.execute(
            "INSERT INTO carryover.requests (key, fingerprint, migration, before, after)
             SELECT key, fingerprint, migration, before, after
             FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS new (key, fingerprint, migration, before, after, n)
             ORDER BY n",
            &[
                (&keys, Type::UUID_ARRAY),
                (&fingerprints, Type::BYTEA_ARRAY),
                (&ids, Type::UUID_ARRAY),
                (&before, Type::INT8_ARRAY),
                (&after, Type::INT8_ARRAY),
            ],
        )
        .await
    }

    async fn execute(&self, sql: &str, parameters: &[(&(dyn ToSql + Sync), Type)]) -> Result<(), TakeOverError> {
        self.transaction.query_typed(sql, parameters).await.map(drop).map_err(|error| unwritable(&error))
    }
}

pub(crate) fn unwritable(error: &tokio_postgres::Error) -> TakeOverError {
    TakeOverError::Unwritable { detail: fault::words(error) }
}
