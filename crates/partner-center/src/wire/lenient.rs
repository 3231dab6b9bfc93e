//! Reading what services really send: any first letter, numbers as text, dates without an offset, nulls for lists.
//!
//! Lenient in form only: a value that is there and cannot be understood is an error, never a silent nothing.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A body as JSON: without its byte-order mark, every key with a small first letter (fact sheet 3.3).
pub(crate) fn json(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map(small_keys)
}

/// serde_json refuses nesting beyond 128 levels, so this recursion is bounded.
fn small_keys(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(small_keys_of(map)),
        Value::Array(list) => Value::Array(list.into_iter().map(small_keys).collect()),
        other => other,
    }
}

fn small_keys_of(map: Map<String, Value>) -> Map<String, Value> {
    let mut small = Map::new();
    for (mut key, value) in map {
        let was_small = !key.starts_with(|first: char| first.is_ascii_uppercase());
        if let Some(first) = key.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        // Where both spellings occur, the documented one counts.
        if was_small || !small.contains_key(&key) {
            small.insert(key, small_keys(value));
        }
    }
    small
}

/// A word of a service in any of its spellings: `RenewToNewTerm`, `renewToNewTerm` and `renew_to_new_term` are one (fact
/// sheet 3.3, 26).
pub(crate) fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether `word` is `wanted` in any spelling.
pub(crate) fn is_word(word: Option<&str>, wanted: &str) -> bool {
    word.is_some_and(|word| plain(word) == plain(wanted))
}

/// A list that may be null.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A text, also where a number stands; none when null or blank.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text).filter(|text| !text.trim().is_empty()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Bool(word)) => Some(word.to_string()),
        Some(_) => return Err(D::Error::custom("a text was expected")),
    })
}

/// A truth value, also as a word; none when null or blank.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match text(deserializer)? {
        None => Ok(None),
        Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(word) => Err(D::Error::custom(format!("`{word}` is neither true nor false"))),
    }
}

/// An exact number, also as text; none when null or blank.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let Some(text) = text(deserializer)? else {
        return Ok(None);
    };
    let text = text.trim();
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .map(Some)
        .map_err(|_| D::Error::custom(format!("`{text}` is not a number")))
}

/// A count, also as text or with a fraction of zero; none when null or blank. Less than none is none at all: 0.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let Some(number) = decimal(deserializer)? else {
        return Ok(None);
    };
    if number.is_sign_negative() {
        return Ok(Some(0));
    }
    // Some services write the largest 64-bit number for "no limit".
    if number.trunc() != number {
        return Err(D::Error::custom(format!("`{number}` is not a whole number")));
    }
    Ok(Some(u32::try_from(number).unwrap_or(u32::MAX)))
}

/// An instant with an offset or without (then UTC); none when null, blank or a sentinel (fact sheet 3.3).
pub(crate) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = text(deserializer)? else {
        return Ok(None);
    };
    let text = text.trim();
    if text.starts_with("0001-01-01") || text.starts_with("9999-12") {
        return Ok(None);
    }
    text.parse::<Timestamp>()
        .or_else(|_| {
            text.parse::<DateTime>().and_then(|civil| civil.to_zoned(TimeZone::UTC)).map(|zoned| zoned.timestamp())
        })
        .map(Some)
        .map_err(|_| D::Error::custom(format!("`{text}` is not an instant")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "count")]
        seats: Option<u32>,
        #[serde(default, deserialize_with = "instant")]
        ends: Option<Timestamp>,
        #[serde(default, deserialize_with = "flag")]
        trial: Option<bool>,
        #[serde(default, deserialize_with = "list")]
        plans: Vec<String>,
    }

    fn sample(body: &str) -> Result<String, String> {
        let value = json(body.as_bytes()).map_err(|error| error.to_string())?;
        let sample: Sample = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let ends = sample.ends.map(|at| at.to_string());
        Ok(format!("{:?} {:?} {:?} {:?}", sample.seats, ends, sample.trial, sample.plans))
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(sample(body).unwrap_or_else(|error| error), expected);
    }

    #[test]
    fn odd_spellings_are_read() {
        check(r#"{"seats":25}"#, r#"Some(25) None None []"#);
        check(r#"{"Seats":"25","Trial":"False"}"#, r#"Some(25) None Some(false) []"#);
        check(r#"{"Seats":1,"seats":2}"#, r#"Some(2) None None []"#);
        check(r#"{"seats":2,"Seats":1}"#, r#"Some(2) None None []"#);
        check(r#"{"seats":25.0,"plans":null}"#, r#"Some(25) None None []"#);
        check(r#"{"seats":9223372036854775807}"#, r#"Some(4294967295) None None []"#);
        check(r#"{"seats":-1}"#, r#"Some(0) None None []"#);
        check("\u{feff}{\"trial\":true}", r#"None None Some(true) []"#);
    }

    #[test]
    fn dates_are_utc_unless_they_say_otherwise_and_sentinels_are_none() {
        let none = "None None None []";
        let noon = r#"None Some("2026-05-04T12:00:00Z") None []"#;
        check(r#"{"ends":"2026-05-04T12:00:00Z"}"#, noon);
        check(r#"{"ends":"2026-05-04T12:00:00.0000000Z"}"#, noon);
        check(r#"{"ends":"2026-05-04T14:00:00+02:00"}"#, noon);
        check(r#"{"ends":"2026-05-04T12:00:00"}"#, noon);
        check(r#"{"ends":"0001-01-01T00:00:00"}"#, none);
        check(r#"{"ends":"9999-12-31T23:59:59Z"}"#, none);
        check(r#"{"ends":null}"#, none);
    }

    #[test]
    fn what_is_there_and_not_understood_is_an_error() {
        check(r#"{"seats":"many"}"#, "`many` is not a number");
        check(r#"{"seats":1.5}"#, "`1.5` is not a whole number");
        check(r#"{"ends":"soon"}"#, "`soon` is not an instant");
        check(r#"{"trial":"maybe"}"#, "`maybe` is neither true nor false");
    }
}
