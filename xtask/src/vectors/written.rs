//! Answers of the domain as the rule book writes them (section L.1).

use anyhow::Context;
use carryover_domain::rules::two_places;
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

/// An amount, rounded once.
pub(super) fn amount(exact: Decimal) -> anyhow::Result<String> {
    Ok(two_places(exact)?.to_string())
}

/// Hours as a number.
pub(super) fn hours(hours: Decimal) -> anyhow::Result<Number> {
    serde_json::from_str(&hours.to_string()).context("the hours are no number")
}

/// One reason for a refusal, with the documented errors that belong to it, where there are any.
pub(super) fn refused(reason: &str, api_codes: &[u32]) -> Value {
    if api_codes.is_empty() {
        return json!({ "ok": false, "reason": reason });
    }
    json!({ "ok": false, "reason": reason, "api_codes": api_codes })
}
