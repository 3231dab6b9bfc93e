//! Calls to Partner Center and Graph: the right token, the right headers; lists and batches are in modules of their own.
//!
//! Repeats a read at most twice, at once, when the way broke, and not where a service that is down says so: whoever asked waits
//! first (fact sheet 24.7), by a clock that is not ours. Repeats a write only after a rejected token, because then it never reached
//! the service that acts, and under the same request id: where that gets no answer, the next try must carry the id that it had.

mod listing;
mod together;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use listing::Items;

use crate::classify::{Meaning, Operation};
use crate::config::{Config, SetupError};
use crate::failure::Failure;
use crate::identity::{Identity, Pass, Token};
use crate::meter::Meter;
use crate::pacing::Pacer;
use crate::route;
use crate::transport::{Answer, Attempt, CONTINUATION, Transport};
use crate::vault::TokenVault;
use carryover_domain::ids::{RequestId, TenantId};
use carryover_domain::reply::RefusalKind;
use carryover_ports::{Budgets, Clock};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use reqwest::{Method, Request};
use serde_json::Value;
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

/// A keep-alive connection closed under us: a repeat at once cures it.
const READ_REPEATS_MAX: u32 = 2;

const REQUEST_ID: HeaderName = HeaderName::from_static("ms-requestid");
const CORRELATION_ID: HeaderName = HeaderName::from_static("ms-correlationid");
const CONTRACT_VERSION: HeaderName = HeaderName::from_static("ms-contract-version");
const LOCALE: HeaderName = HeaderName::from_static("x-locale");
const APPLICATION: HeaderName = HeaderName::from_static("ms-partnercenter-application");
const GRAPH_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const CONSISTENCY: HeaderName = HeaderName::from_static("consistencylevel");

/// One call, before it has a token.
pub(crate) struct Call {
    operation: Operation,
    pass: Pass,
    method: Method,
    url: Url,
    body: Option<Value>,
    request_id: Uuid,
    continuation: Option<String>,
    /// Which version is meant to be changed (fact sheet 8.3).
    tag: Option<String>,
}

impl Call {
    pub(crate) fn read(operation: Operation, pass: Pass, url: Url) -> Self {
        Self {
            operation,
            pass,
            method: Method::GET,
            url,
            body: None,
            request_id: Uuid::new_v4(),
            continuation: None,
            tag: None,
        }
    }

    pub(crate) fn write(operation: Operation, pass: Pass, url: Url, request_id: Uuid, body: Option<Value>) -> Self {
        Self { method: Method::POST, body, request_id, ..Self::read(operation, pass, url) }
    }

    /// What the call is traced by (fact sheet 3.1). That of a write follows from its request id, so that it can be told afterwards.
    fn correlation(&self) -> Uuid {
        if self.operation.is_write() { RequestId::new(self.request_id).correlation() } else { Uuid::new_v4() }
    }

    /// The same call, meant for the version with this tag.
    pub(crate) fn of_version(self, tag: Option<String>) -> Self {
        Self { tag, ..self }
    }

    /// The same call with another verb.
    pub(crate) fn by(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// The customer that it is about, whose budget it draws on.
    fn customer(&self) -> Option<TenantId> {
        if let Pass::Tenant(tenant) = self.pass {
            return Some(tenant);
        }
        let mut segments = self.url.path_segments()?;
        segments.find(|segment| *segment == "customers")?;
        segments.next()?.parse().ok()
    }

    /// How many requests it counts as: each one of a batch (fact sheet 21.7).
    fn requests(&self) -> u32 {
        let batch = self.body.as_ref().filter(|_| self.url.path().ends_with("/$batch"));
        let requests = batch.and_then(|body| body.get("requests")?.as_array()).map_or(1, Vec::len);
        u32::try_from(requests).unwrap_or(u32::MAX)
    }
}

/// Shared by all ports. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    partner_center: Url,
    graph: Url,
    locale: HeaderValue,
    application: HeaderValue,
    list_bytes_max: usize,
    transport: Transport,
    pacer: Pacer,
    identity: Identity,
    clock: Arc<dyn Clock>,
}

impl Client {
    pub(crate) fn try_new(
        config: Config,
        vault: Arc<dyn TokenVault>,
        clock: Arc<dyn Clock>,
        budgets: Arc<dyn Budgets>,
    ) -> Result<Self, SetupError> {
        for address in [&config.partner_center, &config.login, &config.graph] {
            if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
                return Err(SetupError::Address { address: address.to_string() });
            }
        }
        let header = |setting, text: &str| HeaderValue::from_str(text).map_err(|_| SetupError::Header { setting });
        let transport = Transport::try_new(&config)?;
        let pacer = Pacer::try_new(budgets, config.partner_tenant, &config.budgets_lowered, config.budget_wait_max)?;
        let identity = Identity::new(&config, transport.clone(), vault, Arc::clone(&clock));
        Ok(Self {
            inner: Arc::new(Inner {
                locale: header("the locale", &config.locale)?,
                application: header("the application's name", &config.application)?,
                list_bytes_max: config.list_bytes_max,
                partner_center: config.partner_center,
                graph: config.graph,
                transport,
                pacer,
                identity,
                clock,
            }),
        })
    }

    pub(crate) fn meter(&self) -> &Meter {
        self.inner.transport.meter()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// An address at Partner Center.
    pub(crate) fn at(&self, segments: &[&str]) -> Url {
        route::at(&route::at(&self.inner.partner_center, &["v1"]), segments)
    }

    /// An address at Partner Center that has no version in front.
    pub(crate) fn at_root(&self, segments: &[&str]) -> Url {
        route::at(&self.inner.partner_center, segments)
    }

    /// An address below a customer at Partner Center.
    pub(crate) fn of_customer(&self, customer: TenantId, segments: &[&str]) -> Url {
        route::at(&self.at(&["customers", &customer.to_string()]), segments)
    }

    /// An address at Graph; the tenant is in the token.
    pub(crate) fn at_graph(&self, segments: &[&str]) -> Url {
        route::at(&route::at(&self.inner.graph, &["v1.0"]), segments)
    }

    /// The tenant of `customer` was seen to have so many users or more, which its budget depends upon.
    pub(crate) fn has_users(&self, customer: TenantId, users: u32) {
        self.inner.pacer.has_users(customer, users);
    }

    /// Signs in without calling anything.
    pub(crate) async fn sign_in(&self, pass: Pass) -> Result<(), Failure> {
        self.inner.identity.token(pass).await.map(|_| ())
    }

    /// Whether the tenant of `customer` lets us in is asked anew, where it did not; with new `rights` also where it did.
    pub(crate) fn forget_entry(&self, customer: TenantId, rights: bool) {
        self.inner.identity.forget_entry(Pass::Tenant(customer), rights);
    }

    /// A read of one thing.
    pub(crate) async fn get(&self, operation: Operation, pass: Pass, url: Url) -> Result<Value, Failure> {
        self.send(&Call::read(operation, pass, url)).await
    }

    /// Sends `call` with a token; brings the body of a success.
    pub(crate) async fn send(&self, call: &Call) -> Result<Value, Failure> {
        self.answer(call).await.map(|answer| answer.body)
    }

    /// The same, with what the head of the answer tells. On the heap: whatever waits for it would be as large else.
    async fn answer(&self, call: &Call) -> Result<Answer, Failure> {
        Box::pin(self.answer_after_repeats(call)).await
    }

    async fn answer_after_repeats(&self, call: &Call) -> Result<Answer, Failure> {
        let draws = self.inner.pacer.draws(call.operation, call.customer(), call.requests());
        let mut renewed = false;
        let mut repeats = 0;
        let mut number = 0;
        loop {
            number += 1;
            let token = self.inner.identity.token(call.pass).await?;
            let paid = self.inner.pacer.admit(draws.clone()).await;
            let paid = paid.map_err(|pause| held_back(call.operation, pause))?;
            let correlation = call.correlation();
            let request = self.request(call, &token, correlation);
            let attempt = Attempt { correlation, request: Some(call.request_id), number, left: Some(paid.left) };
            let result = self.inner.transport.exchange(call.operation, request, attempt).await;
            match result {
                Err(failure) if failure.asks_to_stay_away() => {
                    self.inner.pacer.refused(&paid, failure.pause()).await;
                    return Err(failure);
                }
                Err(failure) if failure.meaning == Meaning::TokenRejected && !renewed => {
                    renewed = true;
                    self.inner.identity.forget(call.pass, &token).await;
                }
                Err(failure)
                    if failure.meaning == Meaning::Passing
                        && failure.is_of_the_way()
                        && !call.operation.is_write()
                        && repeats < READ_REPEATS_MAX =>
                {
                    repeats += 1;
                }
                // A tenant that rejects a fresh token is that customer's matter (conditional access, for one).
                Err(failure) if failure.meaning == Meaning::TokenRejected && matches!(call.pass, Pass::Tenant(_)) => {
                    return Err(Failure { meaning: Meaning::Refused(RefusalKind::NotPermitted), ..failure });
                }
                settled => return settled,
            }
        }
    }

    fn request(&self, call: &Call, token: &Token, correlation: Uuid) -> Request {
        let mut request = Request::new(call.method.clone(), call.url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(header) = token.header() {
            headers.insert(AUTHORIZATION, header);
        }
        if call.pass.is_for_graph() {
            headers.insert(GRAPH_REQUEST_ID, id_header(call.request_id));
            headers.insert(CONSISTENCY, HeaderValue::from_static("eventual"));
        } else {
            headers.insert(REQUEST_ID, id_header(call.request_id));
            headers.insert(CORRELATION_ID, id_header(correlation));
            headers.insert(CONTRACT_VERSION, HeaderValue::from_static("v1"));
            headers.insert(LOCALE, self.inner.locale.clone());
            headers.insert(APPLICATION, self.inner.application.clone());
        }
        if let Some(token) = &call.continuation
            && let Ok(header) = HeaderValue::from_str(token)
        {
            headers.insert(CONTINUATION, header);
        }
        if let Some(tag) = &call.tag
            && let Ok(header) = HeaderValue::from_str(tag)
        {
            headers.insert(IF_MATCH, header);
        }
        match &call.body {
            Some(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                *request.body_mut() = Some(body.to_string().into());
            }
            None if call.method == Method::POST => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            None => {}
        }
        request
    }
}

/// Our own budget lets nothing leave for a while.
fn held_back(operation: Operation, pause: SignedDuration) -> Failure {
    let detail = "it waits for its place in our budget; nothing was sent";
    Failure { retry_after: Some(pause), ..Failure::new(operation, Meaning::Throttled, detail) }
}

fn id_header(id: Uuid) -> HeaderValue {
    // A GUID is visible ASCII, so the fallback is never taken.
    HeaderValue::try_from(id.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
