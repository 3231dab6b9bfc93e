//! Our own subscriptions and their provisioning (fact sheet 15.2, 15.8).

use super::lenient;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(crate) quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub(crate) effective_start_date: Option<Timestamp>,
}

impl Subscription {
    pub(crate) fn is_active(&self) -> bool {
        is_word(self.status.as_deref(), "active")
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Provisioning {
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
}

impl Provisioning {
    pub(crate) fn has_succeeded(&self) -> bool {
        is_word(self.status.as_deref(), "success")
    }
}

fn is_word(status: Option<&str>, word: &str) -> bool {
    status.is_some_and(|status| status.eq_ignore_ascii_case(word))
}
