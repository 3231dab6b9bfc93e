//! Signing in with a certificate: a short-lived statement that we are the application, signed with its key (RFC 7523; the
//! "certificate assertion" of fact sheet 2.2). Never shows the key, and makes each statement anew.

use crate::config::SetupError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PSS_SHA256;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// How long a statement is good for, in seconds.
const LIFETIME_SECS: i64 = 300;

/// A certificate that is registered with the application, and its private key.
#[derive(Clone)]
pub struct ClientCertificate {
    key: Arc<KeyPair>,
    thumbprint: String,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl ClientCertificate {
    /// Reads both out of PEM: the certificate, and an RSA key of 2048 bits or more as PKCS #8, not encrypted.
    ///
    /// # Errors
    /// [`SetupError::Certificate`] when one of them is missing or cannot be used.
    pub fn of_pem(pem: &SecretString) -> Result<Self, SetupError> {
        let cannot = |why: &'static str| SetupError::Certificate { why };
        let pem = pem.expose_secret().as_bytes();
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| cannot("there is no certificate in it"))?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem)
            .map_err(|_| cannot("there is no private key in it: it must be PKCS #8 and not encrypted"))?;
        let key = KeyPair::from_pkcs8(key.secret_pkcs8_der())
            .map_err(|_| cannot("its private key is not RSA with 2048 bits or more"))?;
        Ok(Self { key: Arc::new(key), thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate)) })
    }

    /// The statement that `application` asks the authority at `address`.
    pub(crate) fn statement(&self, application: &str, address: &str, now: Timestamp) -> Option<SecretString> {
        let head = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let from = now.as_second();
        let claims = json!({
            "aud": address, "iss": application, "sub": application, "jti": Uuid::new_v4().to_string(),
            "nbf": from, "iat": from, "exp": from + LIFETIME_SECS,
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut text = format!("{}.{}", part(head), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        text.push('.');
        text.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Some(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    const PEM: &str = include_str!("../tests/keys/client.pem");

    #[test]
    fn a_statement_says_who_asks_whom_for_five_minutes_and_is_signed() {
        let certificate = ClientCertificate::of_pem(&PEM.into()).unwrap();
        let now = "2026-05-04T12:00:00Z".parse().unwrap();
        let address = "https://login.example/tenant/oauth2/token";
        let statement = certificate.statement("app", address, now).unwrap();
        let (signed, signature) = statement.expose_secret().rsplit_once('.').unwrap();
        let (head, claims) = signed.split_once('.').unwrap();
        let read = |part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let (head, claims) = (read(head), read(claims));
        assert_eq!((&head["alg"], head["x5t#S256"].as_str().unwrap().len()), (&json!("PS256"), 43));
        assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&json!("app"), &json!("app"), &json!(address)));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 300);
        let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, certificate.key.public().as_ref());
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let again = certificate.statement("app", address, now).unwrap();
        assert_ne!(again.expose_secret(), statement.expose_secret(), "each has an id of its own");
    }

    #[test]
    fn what_is_missing_in_a_file_is_named_and_none_of_it_shown() {
        let certificate_only = &PEM[..PEM.find("-----BEGIN PRIVATE KEY").unwrap()];
        for (pem, why) in [("", "no certificate"), (certificate_only, "no private key")] {
            let error = ClientCertificate::of_pem(&pem.into()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let shown = format!("{:?}", ClientCertificate::of_pem(&PEM.into()).unwrap());
        assert!(shown.starts_with("ClientCertificate { thumbprint: ") && shown.len() < 100, "{shown}");
    }
}
