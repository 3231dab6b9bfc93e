//! Requests that change something: their ids, what they were asked upon, and what an earlier one was answered.

use crate::caller::Caller;
use crate::facade::Facade;
use crate::fault::{Fault, Reason};
use carryover_domain::ids::MigrationId;
use carryover_engine::{Asked, Known};
use carryover_ports::{Request, RequestKey, Version};
use prost::Message;
use ring::digest::{Context, SHA256};
use uuid::Uuid;

/// A digest of all that a request asks for, and of who does.
pub(crate) struct Fingerprint(Context);

impl Fingerprint {
    pub(crate) fn of(method: &str, caller: &Caller, message: &impl Message) -> Self {
        let mut context = Context::new(&SHA256);
        for part in [method.as_bytes(), caller.name.as_bytes(), &message.encode_to_vec()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        Self(context)
    }

    /// More of it.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The request of the id that the caller gave; none where it gave none.
    pub(crate) fn request(self, id: &str) -> Result<Option<Request>, Fault> {
        if id.is_empty() {
            return Ok(None);
        }
        let key = Uuid::try_parse(id).ok().filter(|key| !key.is_nil() && id.len() == 36);
        let key =
            key.ok_or_else(|| Fault::field("request_id", "a UUID such as 7d3f0c52-9d0e-4c1b-8a55-0d5f7e3c2a10"))?;
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(self.0.finish().as_ref());
        Ok(Some(Request { key: RequestKey(key), fingerprint }))
    }
}

/// The version that `etag` stands for; none where any will do.
pub(crate) fn seen(etag: &str) -> Result<Option<Version>, Fault> {
    if etag.is_empty() {
        return Ok(None);
    }
    let number = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).and_then(|number| number.parse().ok());
    let version = number.ok_or_else(|| Fault::field("etag", "the etag of the migration, with its quotes"))?;
    Ok(Some(Version(version)))
}

impl Facade {
    /// How `message` was asked for.
    pub(crate) fn asked(
        &self,
        method: &str,
        caller: &Caller,
        message: &impl Message,
        request_id: &str,
        etag: &str,
    ) -> Result<Asked, Fault> {
        let request = Fingerprint::of(method, caller, message).request(request_id)?;
        Ok(Asked { request, seen: seen(etag)? })
    }

    /// The migration as the same request has left it before; none where it was not made before.
    pub(crate) async fn earlier(&self, asked: Asked, id: MigrationId) -> Result<Option<Known>, Fault> {
        let Some(request) = asked.request else { return Ok(None) };
        let remembered = self.office.index.remembered(request.key).await?;
        if remembered.iter().any(|earlier| earlier.request != request) {
            let message = "this request_id was used for another request before; a new request needs a new one";
            return Err(
                Fault::new(Reason::RequestIdReused, message).at("request_id", "a new UUID for every new request")
            );
        }
        match remembered.iter().find(|earlier| earlier.migration == id) {
            Some(earlier) => Ok(self.office.desk.as_of(id, earlier.after).await?),
            None => Ok(None),
        }
    }
}
