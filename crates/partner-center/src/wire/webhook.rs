//! The registration for events, test events and how they went (fact sheet 20.1).

use super::{fault, lenient};
use carryover_ports::{Registration, TestEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The body that registers. The signature comes in the header that is documented first.
pub(crate) fn registration(want: &Registration) -> Value {
    json!({
        "webhookUrl": want.url.as_str(),
        "webhookEvents": want.events,
        "signatureTokenToMsSignatureHeader": false,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registered {
    #[serde(default, deserialize_with = "lenient::text")]
    webhook_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    webhook_events: Vec<String>,
}

impl Registered {
    /// The registration; none where nothing is registered.
    ///
    /// # Errors
    /// In words, when the address is none.
    pub(crate) fn registration(self) -> Result<Option<Registration>, String> {
        let Some(url) = self.webhook_url else { return Ok(None) };
        let url = url.parse().map_err(|_| "the registered webhookUrl is not an address".to_owned())?;
        Ok(Some(Registration { url, events: self.webhook_events.into_iter().collect() }))
    }
}

/// The names of events, a bare array (fact sheet 4.2); none when it is something else.
pub(crate) fn names(body: &Value) -> Option<BTreeSet<String>> {
    body.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sent {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) correlation_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Validation {
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    results: Vec<Answer>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    response_code: Value,
}

impl Validation {
    pub(crate) fn test_event(self) -> Option<TestEvent> {
        let said =
            |answer: Answer| fault::code_of(Some(&answer.response_code)).unwrap_or_else(|| "no answer".to_owned());
        Some(TestEvent { status: self.status?, answers: self.results.into_iter().map(said).collect() })
    }
}
