//! Listings that are read page by page with a token (fact sheet 5.1).
//!
//! A token names the ends of the page it came with, so that customers who come and go shift nothing.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::Call;
use super::collection;
use crate::ledger::{Readings, Refusal, SeekEnd, TotalCount};

/// The page of `all` that the call asks for. Where it is ordered by `key`, whoever has gone since leaves no gap. `path` is the listing's
/// own.
pub(super) fn page<T>(
    call: &Call,
    all: &[T],
    key: impl Fn(&T) -> Uuid,
    most: usize,
    readings: &Readings,
    path: &str,
    write: impl Fn(&T) -> Value,
) -> Result<Value, Refusal> {
    let size = match call.query("size").map(str::parse) {
        None | Some(Ok(0)) => most,
        Some(Ok(size)) => most.min(size),
        Some(Err(_)) => return Err(Refusal::InvalidArgument("size".to_owned())),
    };
    let token = call.header("ms-continuationtoken").map(read).transpose()?;
    let wanted = call.query("seekOperation").unwrap_or(if token.is_some() { "Next" } else { "First" });
    let place = |id: Uuid| all.iter().position(|item| key(item) == id);
    let start = match (wanted.to_ascii_lowercase().as_str(), token) {
        ("first" | "2", _) | ("next" | "0" | "previous" | "1", None) => 0,
        ("next" | "0", Some((_, last))) => {
            place(last).map_or_else(|| all.partition_point(|item| key(item) <= last), |at| at + 1)
        }
        ("previous" | "1", Some((first, _))) => {
            place(first).unwrap_or_else(|| all.partition_point(|item| key(item) < first)).saturating_sub(size)
        }
        ("last" | "3", _) => all.len().saturating_sub(1) / size * size,
        _ => return Err(Refusal::InvalidArgument("seekOperation".to_owned())),
    };
    let page = &all[start..all.len().min(start + size)];
    if page.is_empty() && token.is_some() && readings.seek_end == SeekEnd::Fault2000 {
        return Err(Refusal::InvalidArgument("the continuation token is not valid".to_owned()));
    }
    // Of the same list, so with its filter and dates.
    let asked = call.asked_without(&["size", "seekOperation"]);
    let joint = if asked.is_empty() { "" } else { "&" };
    let uri = format!("{path}?size={size}{joint}{asked}");
    let mut body = collection(page.iter().map(write).collect(), &uri);
    if readings.total_count == TotalCount::All {
        body["totalCount"] = all.len().into();
    }
    let more = start + page.len() < all.len() || readings.seek_end == SeekEnd::Fault2000;
    if let (true, Some(first), Some(last)) = (more, page.first(), page.last()) {
        let token = format!("EMU{}{}", key(first).simple(), key(last).simple());
        body["links"]["next"] = step(&uri, "Next", &token);
        if start > 0 {
            body["links"]["previous"] = step(&uri, "Previous", &token);
        }
        body["continuationToken"] = token.into();
    }
    Ok(body)
}

fn step(uri: &str, operation: &str, token: &str) -> Value {
    json!({
        "uri": format!("{uri}&seekOperation={operation}"),
        "method": "GET",
        "headers": [{ "key": "MS-ContinuationToken", "value": token }],
    })
}

fn read(token: &str) -> Result<(Uuid, Uuid), Refusal> {
    let ends = token.strip_prefix("EMU").and_then(|ends| ends.split_at_checked(32));
    ends.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)))
        .ok_or_else(|| Refusal::InvalidArgument("the continuation token is not valid".to_owned()))
}
