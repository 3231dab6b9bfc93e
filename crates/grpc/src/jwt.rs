//! Bearer tokens that an identity provider has signed (OpenID Connect, RFC 7519): whose they are and what they allow.
//! Trusts nothing of a token before its signature.

use crate::caller::{Caller, Role};
use crate::keys::KeySet;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest token that is read, in bytes.
const TOKEN_MAX: usize = 16 << 10;
/// How far the clocks of two machines may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Whose tokens are taken.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The claim `iss` of its tokens, to the letter.
    pub issuer: String,
    /// What has to be in the claim `aud`: this server.
    pub audience: String,
    /// The claim that names the caller, such as `sub` or `preferred_username`.
    pub name_claim: String,
    /// The claim that lists the caller's roles, such as `roles`.
    pub roles_claim: String,
    /// What the words of that claim stand for. Others mean nothing here.
    pub roles: BTreeMap<String, Role>,
    /// What it signs with.
    pub keys: KeySet,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It does not have the form of a signed token.
    NotSigned,
    /// It was made for somebody else, or by somebody else.
    NotOurs,
    /// Its key is not known, or signs in another way.
    UnknownKey,
    /// It was not signed by that key.
    Forged,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYet,
    /// It does not say who calls.
    Nameless,
}

impl Unfit {
    /// The same for people; says nothing of the token.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::NotSigned => "the token is not known here and is no signed token either",
            Self::NotOurs => "the token is of another issuer, or for another audience",
            Self::UnknownKey => "the token's key is not known; where it is new, it will be within a minute",
            Self::Forged => "the token's signature is wrong",
            Self::Expired => "the token has expired; get a new one",
            Self::NotYet => "the token is not good yet",
            Self::Nameless => "the token does not say who calls",
        }
    }
}

/// The caller whose token `token` is, at `now`.
pub(crate) fn caller(issuers: &[Issuer], token: &str, now: Timestamp) -> Result<Arc<Caller>, Unfit> {
    if token.len() > TOKEN_MAX {
        return Err(Unfit::NotSigned);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Unfit::NotSigned)?;
    let (header, payload) = signed.split_once('.').ok_or(Unfit::NotSigned)?;
    let (header, claims) = (object(header)?, object(payload)?);
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Unfit::NotSigned)?;
    let said = |name: &str| claims.get(name).and_then(Value::as_str);
    // Only to find whose keys to use; nothing is believed yet.
    let issuer = issuers.iter().find(|issuer| said("iss") == Some(&issuer.issuer)).ok_or(Unfit::NotOurs)?;
    // Extensions that must be understood are not.
    if header.contains_key("crit") {
        return Err(Unfit::NotSigned);
    }
    let id = header.get("kid").and_then(Value::as_str).ok_or(Unfit::UnknownKey)?;
    let key = issuer.keys.key(id).ok_or(Unfit::UnknownKey)?;
    // The key says how it signs, never the token: so `none` and a key used in another way are refused.
    if header.get("alg").and_then(Value::as_str) != Some(key.algorithm()) {
        return Err(Unfit::UnknownKey);
    }
    if !key.signed(signed.as_bytes(), &signature) {
        return Err(Unfit::Forged);
    }
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => *audience == issuer.audience,
        Some(Value::Array(all)) => all.iter().any(|audience| audience.as_str() == Some(&issuer.audience)),
        _ => false,
    };
    if !is_for_us {
        return Err(Unfit::NotOurs);
    }
    let expires = instant(&claims, "exp").ok_or(Unfit::Expired)?;
    if expires.checked_add(SKEW).is_ok_and(|last| last <= now) {
        return Err(Unfit::Expired);
    }
    if claims.contains_key("nbf") {
        let begins = instant(&claims, "nbf").ok_or(Unfit::NotYet)?;
        if begins.checked_sub(SKEW).is_ok_and(|first| first > now) {
            return Err(Unfit::NotYet);
        }
    }
    let name = said(&issuer.name_claim).map(str::trim).filter(|name| !name.is_empty()).ok_or(Unfit::Nameless)?;
    let role = |word: &Value| issuer.roles.get(word.as_str()?).copied();
    let roles: BTreeSet<Role> = match claims.get(&issuer.roles_claim) {
        Some(Value::Array(words)) => words.iter().filter_map(role).collect(),
        Some(word) => role(word).into_iter().collect(),
        None => BTreeSet::new(),
    };
    Ok(Arc::new(Caller { name: name.to_owned(), roles }))
}

fn object(part: &str) -> Result<Map<String, Value>, Unfit> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Unfit::NotSigned)?;
    serde_json::from_slice(&bytes).map_err(|_| Unfit::NotSigned)
}

/// Seconds since the epoch, as RFC 7519 has them; fractions are cut.
fn instant(claims: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let said = claims.get(name)?;
    let seconds = said.as_i64().or_else(|| said.as_f64().map(|seconds| seconds as i64))?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests;
