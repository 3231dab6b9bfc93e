//! The dress of answers: headers, doubled and echoed, the byte-order mark (fact sheet 3.2, 3.3), and what Graph says of a request
//! inside an error (21.7).

use axum::body::Body as Bytes;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::{Body, Call, Reply};
use super::request_ids::Ids;
use crate::ledger::RequestIds;

const MARK: &str = "\u{feff}";

/// An answer of sign-in or of the emulator itself.
pub(super) fn plain(reply: Reply) -> Response {
    dressed(reply, "", HeaderMap::new())
}

/// An answer of Partner Center, with a byte-order mark if `marked`; whoever asks is told whether the user `passed_mfa` (fact sheet 2.8).
pub(super) fn partner_center(
    call: &Call,
    reply: Reply,
    marked: bool,
    passed_mfa: bool,
    (ids, doubling): (&Ids, RequestIds),
) -> Response {
    let mut headers = HeaderMap::new();
    put(&mut headers, "x-locale", "en-US,en-US");
    put(&mut headers, "ms-serverid", "emulator");
    put(&mut headers, "ms-requestid", &Ids::shown(&ids.request, doubling));
    put(&mut headers, "ms-correlationid", &Ids::shown(&ids.correlation, doubling));
    if let Some(vector) = call.header("ms-cv") {
        put(&mut headers, "ms-cv", vector);
    }
    if call.header("validatemfa").is_some_and(|asked| asked.eq_ignore_ascii_case("true")) {
        put(&mut headers, "ismfacompliant", if passed_mfa { "true" } else { "false" });
    }
    if let Some(token) = &reply.continuation {
        put(&mut headers, "ms-continuationtoken", token);
    }
    let mark = if marked && matches!(reply.body, Body::Json(_)) { MARK } else { "" };
    dressed(reply, mark, headers)
}

/// An answer of Graph, given at `now` of virtual time. Every error in it names the request (fact sheet 21.7), and every entity says
/// where its description is found (21.1).
pub(super) fn graph(call: &Call, mut reply: Reply, ids: &Ids, now: Timestamp) -> Response {
    let mut headers = HeaderMap::new();
    put(&mut headers, "request-id", &ids.request);
    put(&mut headers, "client-request-id", &ids.correlation);
    put(&mut headers, "date", &now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    if let Body::Json(body) = &mut reply.body {
        let inner = json!({
            "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": ids.request,
            "client-request-id": ids.correlation,
        });
        let described = format!("http://{}/v1.0/$metadata#", call.header("host").unwrap_or("localhost"));
        let dress = |body: &mut Value| {
            name_request(body, &inner);
            if let Some(Value::String(context)) = body.get_mut("@odata.context") {
                context.insert_str(0, &described);
            }
        };
        dress(body);
        let batch = body.get_mut("responses").and_then(Value::as_array_mut).into_iter().flatten();
        batch.filter_map(|response| response.get_mut("body")).for_each(dress);
    }
    dressed(reply, "", headers)
}

fn name_request(body: &mut Value, inner: &Value) {
    if let Some(place) = body.pointer_mut("/error/innerError") {
        *place = inner.clone();
    }
}

fn dressed(reply: Reply, mark: &str, mut headers: HeaderMap) -> Response {
    let (kind, text) = match reply.body {
        Body::Empty => (None, Vec::new()),
        Body::Json(value) => (Some("application/json; charset=utf-8"), format!("{mark}{value}").into_bytes()),
        Body::Text(kind, text) => (Some(kind), text.into_bytes()),
        Body::Bytes(kind, bytes) => (Some(kind), bytes.to_vec()),
    };
    if let Some(kind) = kind {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &reply.more {
        put(&mut headers, name, value);
    }
    if let Some(location) = reply.location.and_then(|at| HeaderValue::try_from(at).ok()) {
        headers.insert(LOCATION, location);
    }
    if let Some(wait) = reply.retry_after.and_then(|wait| HeaderValue::try_from(wait).ok()) {
        headers.insert(RETRY_AFTER, wait);
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, headers, Bytes::from(text)).into_response()
}

/// Values that cannot stand in a header are left out.
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
