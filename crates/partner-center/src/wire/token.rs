//! The answer to a grant (fact sheet 2.4). Has no `Debug`.

use super::lenient;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Reply {
    #[serde(default, deserialize_with = "lenient::text")]
    access_token: Option<String>,
    /// Seconds; a text in the first version of the endpoint, a number in the second.
    #[serde(default, deserialize_with = "lenient::count")]
    expires_in: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    refresh_token: Option<String>,
}

pub(crate) struct TokenReply {
    pub(crate) access_token: SecretString,
    pub(crate) expires_in: Option<u32>,
    pub(crate) refresh_token: Option<SecretString>,
}

/// Numbers of a refusal at most: it has one or two.
const NUMBERS_MAX: usize = 5;

/// The numbers of a refused grant, with a blank between them: all of it that may be told, for its words may quote what was sent.
pub(crate) fn numbers(body: &Value) -> String {
    let listed = body.get("error_codes").and_then(Value::as_array).into_iter().flatten();
    let listed: Vec<u64> = listed.filter_map(Value::as_u64).take(NUMBERS_MAX).collect();
    // Where the list is left out, its text begins with one.
    let text = body.get("error_description").and_then(Value::as_str).and_then(|text| text.strip_prefix("AADSTS"));
    let spoken = text.and_then(|text| text.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok());
    let numbers = if listed.is_empty() { spoken.into_iter().collect() } else { listed };
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

impl TokenReply {
    /// None when there is no access token in it. The reason is left out: it could quote the body.
    pub(crate) fn read(body: Value) -> Option<Self> {
        if !body.is_object() {
            return None;
        }
        let Reply { access_token, expires_in, refresh_token } = serde_json::from_value(body).ok()?;
        Some(Self {
            access_token: access_token?.into(),
            expires_in,
            refresh_token: refresh_token.map(SecretString::from),
        })
    }
}
