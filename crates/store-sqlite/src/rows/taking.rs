//! The statements that take over what another store holds. Knows nothing of that store: callers bring its content in order.

use super::{count, instant, integer, requests};
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::{Digest, Link, Walk};
use carryover_ports::{Head, Kept, Remembered, TakeOverError, Taken, Version};
use rusqlite::{Connection, Result, params};
use std::collections::BTreeMap;

/// Takes events over, and knows how far each log has come.
pub(crate) struct Taking<'a> {
    connection: &'a Connection,
    walks: BTreeMap<MigrationId, Walk>,
    taken: Taken,
}

impl<'a> Taking<'a> {
    /// Begins, where nothing is there.
    ///
    /// # Errors
    /// [`TakeOverError`].
    pub(crate) fn begin(connection: &'a Connection) -> Result<Self, TakeOverError> {
        let there = connection.query_row("SELECT count(*) FROM migrations", [], |row| count(row, 0));
        if there.map_err(unwritable)? > 0 {
            return Err(TakeOverError::NotEmpty);
        }
        Ok(Self { connection, walks: BTreeMap::new(), taken: Taken::default() })
    }

    /// Takes the next events of the feed over.
    ///
    /// # Errors
    /// [`TakeOverError`].
    pub(crate) fn events(&mut self, events: &[Kept]) -> Result<(), TakeOverError> {
        for kept in events {
            let Kept { cursor: _, migration, number, at, record, before } = kept;
            let broken = |_| TakeOverError::Broken { migration: *migration, number: *number };
            let walk = self.walks.entry(*migration).or_insert_with(|| Walk::begin(*migration));
            let link = Link { number: *number, at: *at, record, before: Digest(*before) };
            walk.step(link).map_err(broken)?;
            self.insert(kept).map_err(unwritable)?;
            self.taken.events += 1;
        }
        Ok(())
    }

    fn insert(&self, kept: &Kept) -> Result<()> {
        let Kept { cursor, migration, number, at, record, before } = kept;
        let id = migration.to_string();
        if *number == 1 {
            self.connection
                .prepare_cached("INSERT INTO migrations (id, version, head) VALUES (?1, 1, ?2)")?
                .execute(params![id, before])?;
        }
        self.connection
            .prepare_cached(
                "INSERT INTO events (seq, migration, number, at, body, before) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![integer(cursor.place())?, id, integer(*number)?, instant(*at), record, before])?;
        Ok(())
    }

    /// Ends with what else is known, and answers with what was taken over.
    ///
    /// # Errors
    /// [`TakeOverError`].
    pub(crate) fn end(mut self, heads: &[Head], asked: &[Remembered]) -> Result<Taken, TakeOverError> {
        for head in heads {
            let Head { migration, version, wake, digest } = head;
            let walked = self.walks.remove(migration).unwrap_or_else(|| Walk::begin(*migration));
            if Version(walked.last()) != *version {
                return Err(TakeOverError::Moved { migration: *migration });
            }
            walked
                .end(Digest(*digest))
                .map_err(|_| TakeOverError::Broken { migration: *migration, number: version.0 + 1 })?;
            self.connection
                .prepare_cached("UPDATE migrations SET version = ?2, wake = ?3, head = ?4 WHERE id = ?1")
                .and_then(|mut set| {
                    set.execute(params![migration.to_string(), integer(version.0)?, wake.map(instant), digest])
                })
                .map_err(unwritable)?;
            self.taken.migrations += 1;
        }
        if let Some((migration, _)) = self.walks.pop_first() {
            return Err(TakeOverError::Moved { migration });
        }
        for remembered in asked {
            requests::insert(self.connection, remembered).map_err(unwritable)?;
            self.taken.requests += 1;
        }
        Ok(self.taken)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands on")]
pub(crate) fn unwritable(error: rusqlite::Error) -> TakeOverError {
    TakeOverError::Unwritable { detail: crate::fault::words(&error) }
}
