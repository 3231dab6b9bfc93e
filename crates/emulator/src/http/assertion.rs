//! An application that signs a statement with its certificate instead of telling a secret (RFC 7523, fact sheet 2.2).
//!
//! The certificate is the seed's; whoever holds its key can state anything about itself, so only that is checked.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use ring::digest;
use rustls::pki_types::CertificateDer;
use serde_json::Value;

/// What a signed statement is called in a grant.
pub(super) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that a clock may be wrong by.
const SKEW: i64 = 300;

/// Why `statement` does not prove that `client` asks for a token at `path` now; `None` where it does.
pub(super) fn fault(
    statement: &str,
    certificate: &str,
    client: &str,
    path: &str,
    now: Timestamp,
) -> Option<&'static str> {
    let Some((signed, signature)) = statement.rsplit_once('.') else { return Some("it is no signed statement") };
    let Some((head, claims)) = signed.split_once('.') else { return Some("it is no signed statement") };
    let (Some(head), Some(claims), Ok(signature)) = (read(head), read(claims), URL_SAFE_NO_PAD.decode(signature))
    else {
        return Some("it cannot be read");
    };
    let Ok(der) = STANDARD.decode(certificate) else { return Some("no certificate is registered") };
    let named = |name: &str, algorithm| {
        head[name].as_str().is_none_or(|print| print == URL_SAFE_NO_PAD.encode(digest::digest(algorithm, &der)))
    };
    let any = head["x5t"].is_string() || head["x5t#S256"].is_string();
    if !any || !named("x5t", &digest::SHA1_FOR_LEGACY_USE_ONLY) || !named("x5t#S256", &digest::SHA256) {
        return Some("it names another certificate");
    }
    let algorithm = match head["alg"].as_str() {
        Some("RS256") => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
        Some("PS256") => webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        _ => return Some("its algorithm is neither RS256 nor PS256"),
    };
    let der = CertificateDer::from(der);
    let signed = webpki::EndEntityCert::try_from(&der)
        .is_ok_and(|certificate| certificate.verify_signature(algorithm, signed.as_bytes(), &signature).is_ok());
    if !signed {
        return Some("its signature is not the certificate's");
    }
    if claims["iss"].as_str() != Some(client) || claims["sub"].as_str() != Some(client) {
        return Some("it is about another application");
    }
    let here = |audience: &str| audience.to_lowercase().ends_with(&path.to_lowercase());
    if !claims["aud"].as_str().is_some_and(here) {
        return Some("it is for another address");
    }
    let now = now.as_second();
    let within = claims["exp"].as_i64().is_some_and(|until| now <= until + SKEW)
        && claims["nbf"].as_i64().is_none_or(|from| from - SKEW <= now);
    (!within).then_some("its time is over or has not come")
}

fn read(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
    use serde_json::json;

    const CERTIFICATE: &[u8] = include_bytes!("../../data/notifications.der");
    const KEY: &[u8] = include_bytes!("../../data/notifications-key.der");
    const PATH: &str = "/tenant/oauth2/token";
    const NOW: i64 = 1_800_000_000;

    fn statement(change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let print = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, CERTIFICATE));
        let mut head = json!({ "alg": "RS256", "typ": "JWT", "x5t#S256": print });
        let mut claims = json!({
            "aud": format!("https://login.example{PATH}"), "iss": "app", "sub": "app", "nbf": NOW, "exp": NOW + 300,
        });
        change(&mut head, &mut claims);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(&claims));
        let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What is wrong with the head, or with what it states.
    type Change = fn(&mut Value, &mut Value);

    fn says(statement: &str) -> Option<&'static str> {
        fault(statement, &STANDARD.encode(CERTIFICATE), "app", PATH, Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn a_statement_proves_who_asks_and_nothing_else_does() {
        assert_eq!(says(&statement(|_, _| {})), None);
        let wrong: [(Change, &str); 6] = [
            (|head, _| head["alg"] = "none".into(), "its algorithm is neither RS256 nor PS256"),
            (|head, _| head["x5t#S256"] = "other".into(), "it names another certificate"),
            (|_, claims| claims["iss"] = "other".into(), "it is about another application"),
            (
                |_, claims| claims["aud"] = "https://login.example/other/oauth2/token".into(),
                "it is for another address",
            ),
            (|_, claims| claims["exp"] = (NOW - 301).into(), "its time is over or has not come"),
            (|_, claims| claims["nbf"] = (NOW + 301).into(), "its time is over or has not come"),
        ];
        for (change, why) in wrong {
            assert_eq!(says(&statement(change)), Some(why));
        }
        let forged = statement(|_, _| {});
        let other = statement(|_, claims| claims["jti"] = "2".into());
        let forged = format!("{}.{}", other.rsplit_once('.').unwrap().0, forged.rsplit_once('.').unwrap().1);
        assert_eq!(says(&forged), Some("its signature is not the certificate's"));
        assert_eq!(says("a secret"), Some("it is no signed statement"));
    }
}
