//! A request and an answer as plain values, so that everything between them is an ordinary function.
//!
//! Reads bodies with any case of property names, as the real service does (fact sheet 3.3).

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::Uri;
use jiff::Timestamp;
use serde_json::Value;

use crate::books::Write;
use crate::ids::TenantId;
use crate::ledger::Refusal;

/// A request, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    /// The path as it came, without query.
    pub(crate) path: String,
    /// The path's parts, decoded.
    pub(crate) segments: Vec<String>,
    query: Vec<(String, String)>,
    /// The query as it came.
    asked: String,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(method: &str, uri: &Uri, headers: BTreeMap<String, String>, body: Vec<u8>) -> Call {
        Call {
            method: known_method(method),
            path: uri.path().to_owned(),
            segments: uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect(),
            query: pairs(uri),
            asked: uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
        }
    }

    /// The parts of the path after `skip`, in lower case: routing ignores case.
    pub(crate) fn route(&self, skip: usize) -> Vec<String> {
        self.segments.iter().skip(skip).map(|part| part.to_lowercase()).collect()
    }

    /// Method and path with ids left out, for counting: `GET /v1/customers/{id}/orders`.
    pub(crate) fn shape(&self) -> String {
        let mut shape = self.method.to_owned();
        shape.push(' ');
        for (nth, part) in self.segments.iter().enumerate() {
            let id = nth > 0 && part.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@');
            shape.push('/');
            shape.push_str(if id { "{id}" } else { part });
        }
        shape
    }

    /// A query parameter, its name in any case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value of a query parameter, its name in any case.
    pub(crate) fn queries<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The query as it came, without the parameters of those names: for links to the next page of the same list.
    pub(crate) fn asked_without(&self, names: &[&str]) -> String {
        let kept = |pair: &&str| {
            let name = decoded(pair.split('=').next().unwrap_or_default());
            !pair.is_empty() && !names.iter().any(|left_out| left_out.eq_ignore_ascii_case(&name))
        };
        self.asked.split('&').filter(kept).collect::<Vec<_>>().join("&")
    }

    /// A header; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether it may change something.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.does(), "POST" | "PUT" | "PATCH" | "DELETE")
    }

    /// Its method, as faults and the books take it: a batch of Graph that only reads is a read.
    pub(crate) fn does(&self) -> &'static str {
        let is_batch = self.segments.last().is_some_and(|part| part.eq_ignore_ascii_case("$batch"));
        let only_reads = |body: &Value| {
            let requests = list(body, "requests");
            let reads = |request: &Value| text(request, "method").is_some_and(|it| it.eq_ignore_ascii_case("GET"));
            !requests.is_empty() && requests.iter().all(reads)
        };
        if is_batch && self.json().as_ref().is_ok_and(only_reads) { "GET" } else { self.method }
    }

    /// What the books keep of it.
    pub(crate) fn received(
        &self,
        at: Timestamp,
        tenant: Option<TenantId>,
        status: Option<u16>,
        processed: bool,
        faults: Vec<&'static str>,
    ) -> Write {
        let id = |names: [&str; 2]| names.iter().find_map(|name| self.header(name)).map(str::to_owned);
        Write {
            at,
            method: self.method.to_owned(),
            path: self.path.clone(),
            tenant,
            request_id: id(["ms-requestid", "client-request-id"]),
            correlation_id: id(["ms-correlationid", "ms-cv"]),
            status,
            processed,
            faults: faults.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The bearer token, if there is one that is not empty.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
    }

    /// The body as JSON; a byte-order mark before it is ignored.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        let text = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(text).map_err(|_| Refusal::InvalidArgument("the body is not JSON".to_owned()))
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        // A form is encoded as a query is, so the query's parser reads it.
        let text = String::from_utf8_lossy(&self.body);
        format!("/?{text}").parse().map(|uri| pairs(&uri)).unwrap_or_default()
    }
}

/// An answer, before the transport dresses it up.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Body,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<String>,
    /// The token of the next page, where it travels in a header.
    pub(crate) continuation: Option<String>,
    /// What else the head says, by names in lower case.
    pub(crate) more: Vec<(&'static str, String)>,
    /// True where the path or the method means nothing here: the books count those.
    pub(crate) not_emulated: bool,
}

/// What an answer carries.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Text(&'static str, String),
    Bytes(&'static str, &'static [u8]),
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Reply {
        Reply { body: Body::Json(body), ..Reply::empty(status) }
    }

    pub(crate) fn ok(body: Value) -> Reply {
        Reply::json(200, body)
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply {
            status,
            body: Body::Empty,
            location: None,
            retry_after: None,
            continuation: None,
            more: Vec::new(),
            not_emulated: false,
        }
    }

    pub(crate) fn bytes(status: u16, kind: &'static str, bytes: &'static [u8]) -> Reply {
        Reply { body: Body::Bytes(kind, bytes), ..Reply::empty(status) }
    }

    pub(crate) fn text(status: u16, kind: &'static str, text: String) -> Reply {
        Reply { body: Body::Text(kind, text), ..Reply::empty(status) }
    }

    /// The same answer, with the token of the next page.
    pub(crate) fn continued(self, token: String) -> Reply {
        Reply { continuation: Some(token), ..self }
    }

    /// The same answer, given because nothing here answers such a call.
    pub(crate) fn not_emulated(self) -> Reply {
        Reply { not_emulated: true, ..self }
    }

    /// The same answer, with one more header; `name` in lower case.
    pub(crate) fn saying(mut self, name: &'static str, value: String) -> Reply {
        self.more.push((name, value));
        self
    }

    pub(crate) fn retry_after(self, value: String) -> Reply {
        Reply { retry_after: Some(value), ..self }
    }
}

/// A property of an object, its name in any case; null counts as absent.
pub(crate) fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// A property that is text.
pub(crate) fn text(object: &Value, name: &str) -> Option<String> {
    field(object, name)?.as_str().map(str::to_owned)
}

/// A property that is a whole number, written as a number or as text.
pub(crate) fn number(object: &Value, name: &str) -> Option<u32> {
    let value = field(object, name)?;
    match value.as_u64() {
        Some(number) => u32::try_from(number).ok(),
        None => value.as_str()?.parse().ok(),
    }
}

/// The items of a property that is a list; none where it is absent.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    field(object, name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(method))
        .unwrap_or("OTHER")
}

/// Undoes percent-encoding; what is no valid encoding stays as it is.
fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| part.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_name_in_a_path_is_decoded() {
        assert_eq!(decoded("ana%40x.example"), "ana@x.example");
        assert_eq!(decoded("100%"), "100%");
    }

    #[test]
    fn property_names_are_read_in_any_case() {
        let body = serde_json::json!({ "LineItems": [{ "Quantity": "25" }], "x": null });
        assert_eq!(number(&list(&body, "lineItems")[0], "quantity"), Some(25));
        assert!(field(&body, "X").is_none());
    }
}
