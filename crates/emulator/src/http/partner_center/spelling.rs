//! How finished answers are spelled, where documents leave that open: the letter case of ids, and the version in links.
//!
//! Works on JSON that is whole already; knows no business.

use serde_json::Value;

use super::super::call::{Body, Reply};
use crate::ledger::Readings;

/// Properties that hold the id of a subscription.
const IDS: [&str; 5] = [
    "subscriptionId",
    "parentSubscriptionId",
    "migratedFromSubscriptionId",
    "currentSubscriptionId",
    "newCommerceSubscriptionId",
];

/// The same answer, spelled as `readings` have it.
pub(super) fn spelled(reply: Reply, readings: &Readings) -> Reply {
    let Body::Json(mut body) = reply.body else { return reply };
    if readings.upper_case_ids {
        in_upper_case(&mut body);
    }
    if readings.links_with_version {
        with_version(&mut body);
    }
    Reply { body: Body::Json(body), ..reply }
}

fn in_upper_case(value: &mut Value) {
    if value["attributes"]["objectType"] == "Subscription" {
        upper(&mut value["id"]);
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(in_upper_case),
        Value::Object(fields) => {
            for (name, field) in fields {
                if IDS.contains(&name.as_str()) {
                    upper(field);
                } else {
                    in_upper_case(field);
                }
            }
        }
        _ => {}
    }
}

fn upper(id: &mut Value) {
    if let Value::String(text) = id {
        text.make_ascii_uppercase();
    }
}

/// Puts the version before every path that a link names.
fn with_version(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_version),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(path) if name == "uri" && path.starts_with('/') => path.insert_str(0, "/v1"),
                    _ => with_version(field),
                }
            }
        }
        _ => {}
    }
}
