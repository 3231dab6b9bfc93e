//! What all services work with. One for the process; clones are the same.

use crate::audit::Audit;
use crate::caller::{Caller, Gate, Role, allow};
use crate::fault::{Fault, Reason};
use crate::feed::Feed;
use crate::name::Names;
use crate::token::Seal;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_engine::{Desk, Engine, Known};
use carryover_ports::{Index, StoreError};
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};
use tonic::metadata::MetadataMap;

/// What the server works with, and whom it lets in.
pub struct Office {
    /// Where migrations are.
    pub desk: Desk,
    /// Reads over all of them.
    pub index: Arc<dyn Index>,
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
}

/// What all services work with.
#[derive(Clone)]
pub(crate) struct Facade(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) office: Office,
    pub(crate) names: Names,
    pub(crate) feed: Arc<Feed>,
    /// Streams that may still be opened.
    pub(crate) streams: Arc<Semaphore>,
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
    pub(crate) fn new(office: Office, feed: Arc<Feed>, streams: usize, stopping: watch::Receiver<bool>) -> Self {
        let names = Names::new(office.partner);
        Self(Arc::new(Inner { office, names, feed, streams: Arc::new(Semaphore::new(streams)), stopping }))
    }

    /// Who calls, if they may do what `role` allows.
    pub(crate) fn admit(&self, metadata: &MetadataMap, role: Role) -> Result<Arc<Caller>, Fault> {
        let caller = self.office.gate.caller(metadata)?;
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

    /// Every migration, in the order of import. One whose log is damaged is left out, and the server's log names it.
    pub(crate) async fn all(&self) -> Result<Vec<Known>, Fault> {
        let mut found = Vec::new();
        for summary in self.office.index.list().await? {
            found.extend(self.sound(summary.migration).await?);
        }
        Ok(found)
    }

    /// The migration `id`; none where its log is damaged.
    pub(crate) async fn sound(&self, id: MigrationId) -> Result<Option<Known>, Fault> {
        match self.office.desk.load(id).await {
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(%error, "left out of a list");
                Ok(None)
            }
            known => Ok(known?),
        }
    }
}
