//! Logs of a server: read whole, and replayed as those of a database are.

use super::answered::Answered;
use super::connection::Wire;
use super::instant;
use carryover_api::v1;
use carryover_domain::ids::MigrationId;
use carryover_engine::Known;
use carryover_ports::{
    Chain, Cursor, Head, Kept, Loaded, Recorded, Remembered, Request, RequestKey, StoreError, Version,
};
use v1::log::View;
use v1::migration_service_client::MigrationServiceClient;

/// A log with the requests that asked for it.
pub(super) struct Log {
    pub(super) chain: Chain,
    pub(super) requests: Vec<Remembered>,
    /// Whether it is whole or without users.
    pub(super) view: View,
}

/// The log of the migration `id`, as much of it as `view` says; none where there is none.
pub(super) async fn one(
    server: MigrationServiceClient<Wire>,
    id: MigrationId,
    view: View,
) -> Result<Option<Log>, Answered> {
    match read(server, format!("partners/-/customers/-/migrations/{id}"), view).await {
        Ok(logs) => Ok(logs.into_iter().next()),
        Err(answered) if answered.is_not_found() => Ok(None),
        Err(answered) => Err(answered),
    }
}

/// The logs that `name` stands for, in the order of import.
pub(super) async fn read(
    mut server: MigrationServiceClient<Wire>,
    name: String,
    view: View,
) -> Result<Vec<Log>, Answered> {
    let mut parts = server.read_journal(v1::ReadJournalRequest { name, view: view.into() }).await?.into_inner();
    let mut logs: Vec<Log> = Vec::new();
    while let Some(v1::ReadJournalResponse { log, records, requests }) = parts.message().await? {
        if let Some(log) = log {
            let head = head(&log).ok_or_else(|| Answered::odd("the head of a log"))?;
            let chain = Chain { head, events: Vec::new() };
            logs.push(Log { chain, requests: Vec::new(), view: log.view() });
        }
        let log = logs.last_mut().ok_or_else(|| Answered::odd("the head of a log"))?;
        let migration = log.chain.head.migration;
        for record in records {
            log.chain.events.push(kept(migration, record).ok_or_else(|| Answered::odd("a record"))?);
        }
        for request in requests {
            log.requests.push(remembered(migration, &request).ok_or_else(|| Answered::odd("a request"))?);
        }
    }
    Ok(logs)
}

/// What the log of `chain` makes.
pub(super) fn known(chain: Chain) -> Result<Known, StoreError> {
    let Chain { head: Head { migration, version, wake, digest: _ }, events } = chain;
    let recorded = |kept: Kept| {
        let Kept { number, at, record, .. } = kept;
        let damaged = |detail: String| StoreError::Damaged { migration, number, detail };
        let event = carryover_journal::decode(&record).map_err(|error| damaged(error.to_string()))?;
        Ok(Recorded { migration, number, at, event })
    };
    let events = events.into_iter().map(recorded).collect::<Result<_, StoreError>>()?;
    Known::of(migration, Loaded { version, events, wake })
}

fn head(log: &v1::Log) -> Option<Head> {
    let v1::Log { migration_id, record_count, next_check_time, digest, view: _ } = log;
    Some(Head {
        migration: migration_id.parse().ok()?,
        version: version(*record_count)?,
        wake: match next_check_time {
            Some(at) => Some(instant(at)?),
            None => None,
        },
        digest: digest.as_slice().try_into().ok()?,
    })
}

fn kept(migration: MigrationId, record: v1::Record) -> Option<Kept> {
    let v1::Record { number, record_time, text, digest_before } = record;
    Some(Kept {
        // Its place among others is not told, and not needed for one log.
        cursor: Cursor::START,
        migration,
        number: u64::try_from(number).ok()?,
        at: instant(&record_time?)?,
        record: text,
        before: digest_before.try_into().ok()?,
    })
}

fn remembered(migration: MigrationId, request: &v1::RememberedRequest) -> Option<Remembered> {
    let v1::RememberedRequest { request_id, record_count_before, record_count_after, fingerprint } = request;
    let key = RequestKey(request_id.parse().ok()?);
    Some(Remembered {
        request: Request { key, fingerprint: fingerprint.as_slice().try_into().ok()? },
        migration,
        before: version(*record_count_before)?,
        after: version(*record_count_after)?,
    })
}

fn version(count: i64) -> Option<Version> {
    u64::try_from(count).ok().map(Version)
}
