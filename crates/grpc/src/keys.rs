//! The public keys of an issuer of tokens (RFC 7517), and what they signed. Fetches nothing: whoever runs the server brings
//! the keys, and is told when a token names one that is not there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Notify;

/// Keys of one issuer: more are not read.
const KEYS_MAX: usize = 100;

/// The keys of one issuer, which may change while the server runs. Clones are the same.
#[derive(Clone)]
pub struct KeySet(Arc<Inner>);

struct Inner {
    keys: RwLock<HashMap<String, Key>>,
    missed: Notify,
}

/// A key, of the one algorithm that it may be used with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// RS256: modulus and exponent, big-endian.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// ES256: the point, uncompressed.
    P256(Vec<u8>),
}

/// A text is not a set of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read.
    #[error("it is no JSON Web Key Set: an object with the list `keys` is expected")]
    NotASet,
    /// It has nothing that can be used.
    #[error("none of its keys can be used: RSA keys of 2048 bits or more and P-256 keys, with a `kid`, are")]
    NoKey,
}

impl KeySet {
    /// The keys of `jwks`, a JSON Web Key Set. Keys of other kinds, for other uses or without an id are passed over.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn of_jwks(jwks: &str) -> Result<Self, KeysError> {
        Ok(Self(Arc::new(Inner { keys: RwLock::new(read(jwks)?), missed: Notify::new() })))
    }

    /// Puts the keys of `jwks` in the place of those that there are.
    ///
    /// # Errors
    /// [`KeysError`]; then the old ones stay.
    pub fn replace(&self, jwks: &str) -> Result<(), KeysError> {
        let keys = read(jwks)?;
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Waits until a token named a key that is not there. Anybody can bring that about, so whoever fetches the keys then
    /// must not do so more often than the issuer bears.
    pub async fn missed(&self) {
        self.0.missed.notified().await;
    }

    /// The key `id`.
    pub(crate) fn key(&self, id: &str) -> Option<Key> {
        let found = self.0.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if found.is_none() {
            self.0.missed.notify_one();
        }
        found
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_tuple("KeySet").field(&keys.keys().collect::<Vec<_>>()).finish()
    }
}

impl Key {
    /// The name of its algorithm in the header of a token.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    /// Whether `signature` is its own over `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

fn read(jwks: &str) -> Result<HashMap<String, Key>, KeysError> {
    let set: Value = serde_json::from_str(jwks).map_err(|_| KeysError::NotASet)?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or(KeysError::NotASet)?;
    let usable: HashMap<String, Key> = keys.iter().take(KEYS_MAX).filter_map(key).collect();
    if usable.is_empty() { Err(KeysError::NoKey) } else { Ok(usable) }
}

fn key(jwk: &Value) -> Option<(String, Key)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?.trim_end_matches('=')).ok();
    let id = text("kid").filter(|id| !id.is_empty())?;
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let key = match (text("kty")?, text("crv")) {
        ("RSA", _) => {
            let n: Vec<u8> = bytes("n")?.into_iter().skip_while(|byte| *byte == 0).collect();
            // The algorithm takes 2048 bits and more.
            Some(Key::Rsa { e: bytes("e")?, n }).filter(|key| matches!(key, Key::Rsa { n, .. } if n.len() >= 256))?
        }
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            if (x.len(), y.len()) != (32, 32) {
                return None;
            }
            Key::P256([vec![4], x, y].concat())
        }
        _ => return None,
    };
    // A key that says what it is for is used for nothing else.
    text("alg").is_none_or(|algorithm| algorithm == key.algorithm()).then(|| (id.to_owned(), key))
}
