//! What all services work with. One for the process; clones are the same.

use crate::approval::ApprovalRules;
use crate::audit::Audit;
use crate::board::{Board, Shown};
use crate::caller::{Caller, Gate, Role, Shown as Showing, allow};
use crate::fault::{Fault, Reason};
use crate::feed::Feed;
use crate::name::Names;
use crate::rate::{Rates, Streams};
use crate::server::Limits;
use crate::token::Seal;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_engine::{Desk, Engine, Known};
use carryover_ports::{Archive, Index};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};
use tonic::Request;

/// What the server works with, and whom it lets in.
pub struct Office {
    /// Where migrations are.
    pub desk: Desk,
    /// Reads over all of them.
    pub index: Arc<dyn Index>,
    /// Their logs as they are kept.
    pub archive: Arc<dyn Archive>,
    /// The line to the outside; none where no partner is configured.
    pub engine: Option<Engine>,
    /// Our own partner tenant, where it is known.
    pub partner: Option<TenantId>,
    /// Who is let in.
    pub gate: Gate,
    /// Signs page and resume tokens.
    pub seal: Seal,
    /// Where changes are written down with who asked for them.
    pub audit: Audit,
    /// What is asked of approvals.
    pub approvals: ApprovalRules,
    /// What the settings want otherwise than the rule book: a JSON object with the keys of their part `policy`.
    pub policy_json: String,
    /// Counts the requests that were made of Microsoft's services so far.
    pub requests: Arc<dyn Fn() -> Requests + Send + Sync>,
}

/// Requests that were made of Microsoft's services.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requests {
    /// How many, by operation.
    pub by_operation: BTreeMap<String, u64>,
    /// How many of them were refused because there were too many.
    pub throttled: u64,
}

/// What all services work with.
#[derive(Clone)]
pub(crate) struct Facade(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) office: Office,
    pub(crate) names: Names,
    pub(crate) feed: Arc<Feed>,
    pub(crate) board: Arc<Board>,
    pub(crate) streams: Arc<Streams>,
    pub(crate) rates: Rates,
    /// Held while money is counted and spent.
    pub(crate) spending: Mutex<()>,
    /// Becomes true when the server stops.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Deref for Facade {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Facade {
    pub(crate) fn new(office: Office, feed: Arc<Feed>, limits: &Limits, stopping: watch::Receiver<bool>) -> Self {
        let names = Names::new(office.partner);
        let board = Arc::new(Board::new(office.desk.clone(), office.index.clone(), names.clone()));
        let streams = Streams::new(limits.streams, limits.streams_per_caller);
        let rates = Rates::new(limits.calls_per_minute);
        Self(Arc::new(Inner { office, names, feed, board, streams, rates, spending: Mutex::new(()), stopping }))
    }

    /// Who calls. Counts the call; calls of nobody are counted together.
    pub(crate) fn caller<M>(&self, call: &Request<M>) -> Result<Arc<Caller>, Fault> {
        let certificates = call.peer_certs();
        let certificate = certificates.as_ref().and_then(|chain| chain.first()).map(|leaf| leaf.as_ref());
        let shown = Showing { metadata: call.metadata(), certificate };
        let caller = self.office.gate.caller(&shown, self.office.desk.now());
        self.rates.count(caller.as_ref().map_or("nobody", |caller| &caller.name))?;
        caller
    }

    /// Who calls, if they may do what `role` allows.
    pub(crate) fn admit<M>(&self, call: &Request<M>, role: Role) -> Result<Arc<Caller>, Fault> {
        let caller = self.caller(call)?;
        allow(&caller, role)?;
        Ok(caller)
    }

    /// The line to the outside.
    pub(crate) fn engine(&self) -> Result<&Engine, Fault> {
        self.office.engine.as_ref().ok_or_else(|| {
            let message = "the server has no line to Partner Center: name the partner in its configuration";
            Fault::new(Reason::PartnerNotConfigured, message)
        })
    }

    /// The migration `id`, which is called `name`.
    pub(crate) async fn known(&self, id: MigrationId, name: &str) -> Result<Known, Fault> {
        self.office.desk.load(id).await?.ok_or_else(|| Fault::not_found(name))
    }

    /// What is shown of the migration `id`, which is called `name`.
    pub(crate) async fn shown(&self, id: MigrationId, name: &str) -> Result<Arc<Shown>, Fault> {
        self.board.get(id).await?.ok_or_else(|| Fault::not_found(name))
    }

    /// The migration `id`, which is called `name`, with its log; read once for pages that are read one after the other.
    pub(crate) async fn paged(&self, id: MigrationId, name: &str) -> Result<Arc<Known>, Fault> {
        self.board.known(id).await?.ok_or_else(|| Fault::not_found(name))
    }
}
