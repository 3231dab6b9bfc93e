//! Several requests to Graph in one, and their answers, each for itself (fact sheet 21.7).

use crate::classify::Operation;
use crate::failure::Failure;
use crate::transport::{judged, pause_of};
use carryover_domain::ids::RequestId;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// One request inside a batch.
pub(crate) struct Request {
    /// Where, without host and version.
    pub(crate) path: String,
    /// What is written, and what it is traced by; none of a read.
    pub(crate) body: Option<(Value, RequestId)>,
}

/// The body of a batch. Each request is known by its place.
pub(crate) fn of(requests: impl Iterator<Item = Request>) -> Value {
    let request = |(place, Request { path, body }): (usize, Request)| match body {
        Some((body, id)) => {
            let headers = json!({ "Content-Type": "application/json", "client-request-id": id.to_string() });
            json!({ "id": place.to_string(), "method": "POST", "url": path, "headers": headers, "body": body })
        }
        None => {
            let headers = json!({ "ConsistencyLevel": "eventual" });
            json!({ "id": place.to_string(), "method": "GET", "url": path, "headers": headers })
        }
    };
    json!({ "requests": requests.enumerate().map(request).collect::<Vec<_>>() })
}

/// What became of each request of a batch of `operations`, in their order. They may be answered in any order; one that has no
/// answer, or several, is not understood.
pub(crate) fn answers(operations: &[Operation], body: &Value) -> Vec<Result<Value, Failure>> {
    let responses = body.get("responses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let answer = |(place, operation): (usize, &Operation)| {
        let operation = *operation;
        let mut of_place = responses.iter().filter(|response| id(response).is_some_and(|id| id == place.to_string()));
        match (of_place.next(), of_place.next()) {
            (Some(response), None) => one(operation, response),
            (None, _) => Err(Failure::garbled(operation, "the batch has no answer for it")),
            (Some(_), Some(_)) => Err(Failure::garbled(operation, "the batch has more than one answer for it")),
        }
    };
    operations.iter().enumerate().map(answer).collect()
}

fn id(response: &Value) -> Option<String> {
    match response.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn one(operation: Operation, response: &Value) -> Result<Value, Failure> {
    let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = status.ok_or_else(|| Failure::garbled(operation, "an answer of the batch has no status"))?;
    let body = response.get("body").cloned().unwrap_or(Value::Null);
    judged(operation, status, retry_after(response), Ok(body))
}

fn retry_after(response: &Value) -> Option<SignedDuration> {
    let headers = response.get("headers")?.as_object()?;
    match headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?.1 {
        Value::String(text) => pause_of(text),
        Value::Number(seconds) => pause_of(&seconds.to_string()),
        _ => None,
    }
}
