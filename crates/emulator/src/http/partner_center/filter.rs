//! The `filter` of listings: one field, one operator, one value, as JSON in the query (fact sheet 5.2).

use serde_json::Value;

use super::super::call::{Call, text};
use crate::ledger::Refusal;

/// A filter that was understood. Field, operator and value are in lower case.
pub(super) struct Filter {
    pub(super) field: String,
    pub(super) operator: String,
    pub(super) value: String,
}

impl Filter {
    /// The call's filter, if it has one, with a field and operator out of `known`.
    pub(super) fn of(call: &Call, known: &[(&str, &str)]) -> Result<Option<Filter>, Refusal> {
        let bad = || Refusal::InvalidArgument("filter".to_owned());
        let Some(given) = call.query("filter").filter(|given| !given.is_empty()) else { return Ok(None) };
        let json: Value = serde_json::from_str(given).map_err(|_| bad())?;
        let part = |name| text(&json, name).map(|part| part.to_lowercase()).ok_or_else(bad);
        let filter = Filter { field: part("Field")?, operator: part("Operator")?, value: part("Value")? };
        known.contains(&(filter.field.as_str(), filter.operator.as_str())).then_some(Some(filter)).ok_or_else(bad)
    }
}
