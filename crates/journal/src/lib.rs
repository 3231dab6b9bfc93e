//! The stored form of events: one line of JSON per event, with the number of the format that it is written in.
//!
//! Every store writes these bytes, so this is the one place where a renaming is a migration of data. Decides nothing,
//! and leaves nothing out: a field that is added to an event does not compile before it is mapped here, and a field
//! that is not known is refused, because half a fact is worse than none.
//!
//! ```
//! use carryover_domain::Event;
//!
//! let event = Event::Paused { by: "Ada".to_owned() };
//! let text = carryover_journal::encode(&event);
//! assert_eq!(text, r#"{"version":1,"event":"paused","by":"Ada"}"#);
//! assert_eq!(carryover_journal::decode(&text), Ok(event));
//! ```
//!
//! # When an event changes
//!
//! - *A new event, or a new field that may be absent:* extend the tables of the module `v1`, add an example to
//!   the newest file of `tests/histories` and teach the test kit's strategies to make it. Tests fail until that is done. Old
//!   records still read; an older program refuses the new ones.
//! - *Anything else:* a module `v2` with tables of its own. `v1` stays, and its examples are never edited.

pub mod chain;
mod v1;

use carryover_domain::Event;
use carryover_domain::finding::Finding;
use serde_json::{Map, Value};

/// The format that [`encode`] writes, and the newest that [`decode`] reads.
pub const VERSION: u64 = v1::VERSION;

/// The names of all events in the newest format, as they stand in a record's field `event`.
pub const EVENTS: &[&str] = v1::EVENTS;

/// A record cannot be read as an event. Nothing can be decided upon its migration before that is mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The text is not a JSON object: it was cut off, or is not a record at all.
    #[error("the record is not a JSON object: {detail}")]
    NotAnObject {
        /// Why, in words.
        detail: String,
    },
    /// A newer program wrote the record. Use that one or a newer one.
    #[error(
        "the record is in format version {found} and this program knows versions up to {known}: a newer program wrote it"
    )]
    NewerVersion {
        /// The record's format.
        found: u64,
        /// The newest known format.
        known: u64,
    },
    /// The format has no event of that name.
    #[error("there is no event `{event}` in format version {version}")]
    UnknownEvent {
        /// The name that was met.
        event: String,
        /// The record's format.
        version: u64,
    },
    /// A field is missing, of the wrong kind, unknown, or holds what it must not hold.
    #[error("field `{field}` of the record: {detail}")]
    Field {
        /// Where, from the event's name inwards: `imported.lines[17].seats`.
        field: String,
        /// Why, in words.
        detail: String,
    },
}

/// The record of `event`: one line of JSON, the same bytes for the same event.
pub fn encode(event: &Event) -> String {
    v1::encode(event)
}

/// The event that `record` holds.
///
/// # Errors
/// [`DecodeError`] when the record is damaged, or newer than this program.
pub fn decode(record: &str) -> Result<Event, DecodeError> {
    // Words of an older program, and what cannot be read at all, take the long way: it knows both.
    v1::decode_own(record).map_or_else(|| decode_any(record), Ok)
}

fn decode_any(record: &str) -> Result<Event, DecodeError> {
    let mut fields: Map<String, Value> =
        serde_json::from_str(record).map_err(|error| DecodeError::NotAnObject { detail: error.to_string() })?;
    match take(&mut fields, "version", Value::as_u64)? {
        0 => Err(field("version", "there is no format version 0")),
        v1::VERSION => v1::decode(fields),
        found => Err(DecodeError::NewerVersion { found, known: VERSION }),
    }
}

/// The values that made `finding`, under their names in records; an empty object where its code says all.
pub fn values_of(finding: &Finding) -> Value {
    v1::values_of(finding)
}

/// Takes the field `name` out of `fields`, so that what is left is the event's own.
fn take<T>(fields: &mut Map<String, Value>, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<T, DecodeError> {
    let value = fields.remove(name).ok_or_else(|| field(name, "it is missing"))?;
    read(&value).ok_or_else(|| field(name, &format!("`{value}` is of the wrong kind")))
}

fn field(name: &str, detail: &str) -> DecodeError {
    DecodeError::Field { field: name.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_any};

    #[test]
    fn old_and_new_records_mean_the_same_on_the_short_way_and_on_the_long_one() {
        let histories = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories")).expect("the folder");
        let mut records = 0;
        let files = histories.map(|history| history.expect("an entry").path());
        for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "jsonl")) {
            let text = std::fs::read_to_string(file).expect("a history");
            for record in text.lines() {
                assert_eq!(decode(record), decode_any(record), "{record}");
                records += 1;
            }
        }
        assert!(records > 1_000, "{records}");
    }
}
