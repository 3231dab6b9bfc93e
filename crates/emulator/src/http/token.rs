//! Access tokens: signed statements (RS256) of who may do what where, made at sign-in and read by each service.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::keys;
use crate::ids::TenantId;

/// What an access token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) audience: Audience,
    pub(super) kind: Kind,
    pub(super) tenant: TenantId,
    /// In seconds since 1970.
    pub(super) expires: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    PartnerCenter,
    Graph,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    App,
    AppAndUser,
}

impl Audience {
    fn name(self) -> &'static str {
        match self {
            Audience::PartnerCenter => "https://api.partnercenter.microsoft.com",
            Audience::Graph => "https://graph.microsoft.com",
        }
    }
}

impl Token {
    /// The token for the application `client`, issued at `now`.
    pub(super) fn issued(self, client: &str, now: i64) -> Option<String> {
        let Token { audience, kind, tenant, expires } = self;
        let mut claims = json!({
            "aud": audience.name(), "iss": format!("https://sts.windows.net/{tenant}/"), "tid": tenant,
            "appid": client, "iat": now, "nbf": now, "exp": expires, "ver": "1.0",
        });
        match kind {
            Kind::App => claims["idtyp"] = "app".into(),
            Kind::AppAndUser => claims["scp"] = "user_impersonation".into(),
        }
        signed(&claims)
    }

    /// Reads a token that we signed for `client`; `None` for anything else.
    pub(super) fn read(text: &str, client: &str) -> Option<Token> {
        let (signed, signature) = text.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !keys::has_signed(signed.as_bytes(), &signature) {
            return None;
        }
        let (_, claims) = signed.split_once('.')?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        let is_ours = claims["appid"] == client;
        let audience = [Audience::PartnerCenter, Audience::Graph].into_iter().find(|it| claims["aud"] == it.name());
        is_ours.then_some(Token {
            audience: audience?,
            kind: if claims["scp"].is_string() { Kind::AppAndUser } else { Kind::App },
            tenant: claims["tid"].as_str()?.parse().ok()?,
            expires: claims["exp"].as_i64()?,
        })
    }
}

/// The statement to the application `client` of who signed in: the partner's user, in answer to `nonce`.
pub(super) fn identity(client: &str, tenant: TenantId, nonce: Option<&str>, now: i64, expires: i64) -> Option<String> {
    let mut claims = json!({
        "aud": client, "iss": format!("https://sts.windows.net/{tenant}/"), "tid": tenant,
        "sub": uuid::Uuid::new_v5(&tenant.0, b"user"), "iat": now, "nbf": now, "exp": expires, "ver": "1.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    signed(&claims)
}

fn signed(claims: &Value) -> Option<String> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let statement = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
    let signature = keys::sign(statement.as_bytes())?;
    Some(format!("{statement}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_was_issued_for_and_nobody_can_make_it_say_more() {
        let tenant: TenantId = "cccccccc-0000-4000-8000-0000000000c1".parse().unwrap();
        let token = Token { audience: Audience::Graph, kind: Kind::App, tenant, expires: 1_800_000_000 };
        let text = token.issued("app", 1_799_996_401).unwrap();
        assert_eq!(Token::read(&text, "app"), Some(token));
        assert_eq!(Token::read(&text, "another"), None, "issued to somebody else");
        let parts: Vec<&str> = text.split('.').collect();
        let other = Token { kind: Kind::AppAndUser, ..token }.issued("app", 1_799_996_401).unwrap();
        let forged = format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2]);
        assert_eq!(Token::read(&forged, "app"), None, "signed for something else");
        assert_eq!(Token::read("made-up", "app"), None);
    }
}
