//! Logs as they are kept, for whoever gives account of them or rebuilds what the server knows. One log at a time; checks nothing.

mod users;

use crate::caller::{Caller, Role, allow};
use crate::convert::instant;
use crate::facade::Facade;
use crate::fault::{Fault, Reason};
use crate::name::Scope;
use crate::watch::{STALL, stopped};
use carryover_api::v1;
use carryover_api::v1::log::View;
use carryover_ports::{Chain, Head, Kept, Remembered};
use tokio::sync::mpsc::{self, Sender, error::SendTimeoutError};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Records of one part of a log, at most.
const RECORDS: usize = 500;
/// Bytes of one part, from which on no record is added.
const BYTES: usize = 1 << 20;
/// Parts that wait for a reader.
const AHEAD: usize = 2;

/// The parts of logs, one after the other.
pub(crate) type Parts = ReceiverStream<Result<v1::ReadJournalResponse, Status>>;

impl Facade {
    pub(crate) async fn read_journal(&self, caller: &Caller, wish: v1::ReadJournalRequest) -> Result<Parts, Fault> {
        let scope = self.names.read_migrations("name", &wish.name)?;
        let view = view(caller, wish.view)?;
        let place = self.streams.open(&caller.name)?;
        let (out, parts) = mpsc::channel(AHEAD);
        let facade = self.clone();
        tokio::spawn(async move {
            let _place = place;
            if let Err(fault) = facade.tell_logs(scope, &wish.name, view, &out).await {
                // A reader that is gone does not hear it.
                let _unheard = out.send_timeout(Err(fault.into()), STALL).await;
            }
        });
        Ok(ReceiverStream::new(parts))
    }

    /// Tells the logs of `scope`, until all are told or nobody listens any more.
    async fn tell_logs(
        &self,
        scope: Scope,
        name: &str,
        view: View,
        out: &Sender<Result<v1::ReadJournalResponse, Status>>,
    ) -> Result<(), Fault> {
        let ids = match scope {
            Scope::All => self.office.index.list().await?.into_iter().map(|summary| summary.migration).collect(),
            Scope::One(id) => vec![id],
        };
        let mut stopping = self.stopping.clone();
        for id in ids {
            let mut chain = self.office.archive.chain(id).await?.ok_or_else(|| Fault::not_found(name))?;
            let requests = self.office.index.requests(id).await?;
            if view == View::WithoutUsers {
                users::without_users(&mut chain);
            }
            for part in parts(&chain, &requests, view) {
                let sent = tokio::select! {
                    sent = out.send_timeout(Ok(part), STALL) => sent,
                    () = stopped(&mut stopping) => {
                        return Err(Fault::new(Reason::ServerStopping, "the server stops; read at another one, or later"));
                    }
                };
                match sent {
                    Ok(()) => {}
                    Err(SendTimeoutError::Closed(_)) => return Ok(()),
                    Err(SendTimeoutError::Timeout(_)) => {
                        return Err(Fault::new(Reason::ReaderTooSlow, "nothing was read for five minutes; read anew"));
                    }
                }
            }
        }
        Ok(())
    }
}

/// How much `caller` is told who wishes for `view`: never `VIEW_UNSPECIFIED`.
fn view(caller: &Caller, view: i32) -> Result<View, Fault> {
    match View::try_from(view) {
        Ok(View::Unspecified) if caller.may(Role::Operator) => Ok(View::Whole),
        Ok(View::Whole) => allow(caller, Role::Operator).map(|()| View::Whole),
        Ok(View::Unspecified | View::WithoutUsers) => Ok(View::WithoutUsers),
        Err(_) => Err(Fault::field("view", "WHOLE or WITHOUT_USERS")),
    }
}

/// The parts of one log, of which `view` is told.
fn parts(chain: &Chain, requests: &[Remembered], view: View) -> Vec<v1::ReadJournalResponse> {
    let first = v1::ReadJournalResponse {
        log: Some(log(&chain.head, view)),
        records: Vec::new(),
        requests: requests.iter().map(remembered).collect(),
    };
    let (mut parts, mut part, mut bytes) = (Vec::new(), first, 0);
    for kept in &chain.events {
        if part.records.len() == RECORDS || bytes >= BYTES {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += kept.record.len();
        part.records.push(record(kept));
    }
    parts.push(part);
    parts
}

fn log(head: &Head, view: View) -> v1::Log {
    let Head { migration, version, wake, digest } = head;
    v1::Log {
        migration_id: migration.to_string(),
        record_count: count(version.0),
        next_check_time: wake.map(instant),
        digest: digest.to_vec(),
        view: view.into(),
    }
}

fn record(kept: &Kept) -> v1::Record {
    let Kept { cursor: _, migration: _, number, at, record, before } = kept;
    v1::Record {
        number: count(*number),
        record_time: Some(instant(*at)),
        text: record.clone(),
        digest_before: before.to_vec(),
    }
}

fn remembered(of: &Remembered) -> v1::RememberedRequest {
    let Remembered { request, migration: _, before, after } = of;
    v1::RememberedRequest {
        request_id: request.key.to_string(),
        record_count_before: count(before.0),
        record_count_after: count(after.0),
        fingerprint: request.fingerprint.to_vec(),
    }
}

fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
