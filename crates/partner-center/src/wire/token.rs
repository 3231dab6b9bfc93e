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
