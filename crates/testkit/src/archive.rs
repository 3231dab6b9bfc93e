//! The store in memory as what it would keep: records and digests are made when they are asked for, so none can be wrong.

use crate::memory::{MemoryStore, State, Stored};
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::{Digest, Link, Walk};
use carryover_ports::{
    Archive, Chain, Cursor, Head, Kept, Recorded, Remembered, StoreError, TakeOverError, Taken, Version,
};
use std::collections::BTreeMap;

impl State {
    /// The whole feed, and the digest of each log.
    fn kept(&self) -> (Vec<Kept>, BTreeMap<MigrationId, Digest>) {
        let mut digests: BTreeMap<MigrationId, Digest> = BTreeMap::new();
        let mut feed = Vec::new();
        for (place, recorded) in (1..).zip(&self.feed) {
            let Recorded { migration, number, at, event } = recorded;
            let digest = digests.entry(*migration).or_insert_with(|| Digest::of_none(*migration));
            let (record, before) = (carryover_journal::encode(event), digest.0);
            *digest = digest.with(*number, *at, &record);
            feed.push(Kept {
                cursor: Cursor::new(place),
                migration: *migration,
                number: *number,
                at: *at,
                record,
                before,
            });
        }
        (feed, digests)
    }

    fn heads(&self) -> Vec<Head> {
        let (_, digests) = self.kept();
        let head = |id: &MigrationId| {
            let stored = self.migrations.get(id)?;
            let (version, wake, digest) = (stored.version(), stored.wake, digests.get(id)?.0);
            Some(Head { migration: *id, version, wake, digest })
        };
        self.created.iter().filter_map(head).collect()
    }
}

#[async_trait]
impl Archive for MemoryStore {
    async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        Ok(self.lock().heads())
    }

    async fn chain(&self, id: MigrationId) -> Result<Option<Chain>, StoreError> {
        let state = self.lock();
        let head = state.heads().into_iter().find(|head| head.migration == id);
        let events = || state.kept().0.into_iter().filter(|kept| kept.migration == id).collect();
        Ok(head.map(|head| Chain { head, events: events() }))
    }

    async fn kept_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Kept>, StoreError> {
        Ok(self.lock().kept().0.into_iter().filter(|kept| kept.cursor > cursor).take(max).collect())
    }

    async fn all_requests(&self) -> Result<Vec<Remembered>, StoreError> {
        Ok(self.lock().requests.clone())
    }

    async fn take_over(
        &self,
        source: &dyn Archive,
        told: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Taken, TakeOverError> {
        let feed = source.kept_after(Cursor::START, usize::MAX).await?;
        let (heads, requests) = (source.heads().await?, source.all_requests().await?);
        let mut state = self.lock();
        if !state.created.is_empty() {
            return Err(TakeOverError::NotEmpty);
        }
        let mut new = State::default();
        let mut walks: BTreeMap<MigrationId, Walk> = BTreeMap::new();
        for Kept { cursor: _, migration, number, at, record, before } in &feed {
            let (migration, number, at) = (*migration, *number, *at);
            let walk = walks.entry(migration).or_insert_with(|| Walk::begin(migration));
            walk.step(Link { number, at, record, before: Digest(*before) })
                .map_err(|_| TakeOverError::Broken { migration, number })?;
            let event = carryover_journal::decode(record).map_err(|error| StoreError::Damaged {
                migration,
                number,
                detail: error.to_string(),
            })?;
            let recorded = Recorded { migration, number, at, event };
            new.feed.push(recorded.clone());
            new.migrations.entry(migration).or_default().events.push(recorded);
        }
        for Head { migration, version, wake, digest } in &heads {
            let walked = walks.remove(migration).unwrap_or_else(|| Walk::begin(*migration));
            if Version(walked.last()) != *version {
                return Err(TakeOverError::Moved { migration: *migration });
            }
            let broken = |_| TakeOverError::Broken { migration: *migration, number: version.0 + 1 };
            walked.end(Digest(*digest)).map_err(broken)?;
            new.created.push(*migration);
            let stored: &mut Stored = new.migrations.entry(*migration).or_default();
            stored.wake = *wake;
        }
        if let Some((migration, _)) = walks.pop_first() {
            return Err(TakeOverError::Moved { migration });
        }
        let (events, asked) = (new.feed.len() as u64, requests.len() as u64);
        new.requests = requests;
        *state = new;
        told(events);
        Ok(Taken { migrations: heads.len() as u64, events, requests: asked })
    }
}
