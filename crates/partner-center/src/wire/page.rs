//! One page of a list, and where the next one is.

use serde_json::Value;

/// A page of a Partner Center list: an envelope or a bare array (fact sheet 4.1, 4.2).
pub(crate) struct Page {
    pub(crate) items: Vec<Value>,
    pub(crate) next: Option<Next>,
}

/// Where the next page of a Partner Center list is.
pub(crate) enum Next {
    /// At this link, with this token where the link asks for one.
    Link { uri: String, continuation: Option<String> },
    /// At the same address, with this token.
    Seek { continuation: String },
}

impl Page {
    /// None when `body` is no list at all. An envelope without `items` is an empty list; an empty body is not.
    pub(crate) fn of_partner_center(body: Value) -> Option<Self> {
        let mut envelope = match body {
            Value::Array(items) => return Some(Self { items, next: None }),
            Value::Object(envelope) => envelope,
            _ => return None,
        };
        let items = match envelope.remove("items") {
            Some(Value::Array(items)) => items,
            Some(Value::Null) | None if is_envelope(&envelope) => Vec::new(),
            _ => return None,
        };
        let token = envelope
            .get("continuationToken")
            .and_then(Value::as_str)
            .filter(|token| !token.is_empty())
            .map(str::to_owned);
        let link = envelope.get("links").and_then(|links| links.get("next"));
        let uri = link.and_then(|link| link.get("uri")?.as_str());
        let next = match (uri, token) {
            (Some(uri), token) => {
                Some(Next::Link { uri: uri.to_owned(), continuation: link.and_then(header_of_link).or(token) })
            }
            (None, Some(continuation)) => Some(Next::Seek { continuation }),
            (None, None) => None,
        };
        Some(Self { items, next })
    }

    /// The items of a Graph page and the address of the next one. None when `body` is no list.
    pub(crate) fn of_graph(body: Value) -> Option<(Vec<Value>, Option<String>)> {
        let Value::Object(mut envelope) = body else {
            return None;
        };
        let Some(Value::Array(items)) = envelope.remove("value") else {
            return None;
        };
        let next = envelope.get("@odata.nextLink").and_then(Value::as_str);
        Some((items, next.map(str::to_owned)))
    }
}

fn is_envelope(envelope: &serde_json::Map<String, Value>) -> bool {
    ["totalCount", "links", "attributes"].into_iter().any(|key| envelope.contains_key(key))
}

fn header_of_link(link: &Value) -> Option<String> {
    link.get("headers")?
        .as_array()?
        .iter()
        .find(|header| {
            header
                .get("key")
                .and_then(Value::as_str)
                .is_some_and(|key| key.eq_ignore_ascii_case("MS-ContinuationToken"))
        })?
        .get("value")?
        .as_str()
        .map(str::to_owned)
}
