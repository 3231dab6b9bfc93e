//! Tokens that are good, and every way in which one is not.

use super::{Issuer, Unfit, caller};
use crate::caller::Role;
use crate::keys::KeySet;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;

struct Provider {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Provider {
    fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self { pair: pair.expect("a key"), random }
    }

    fn jwks(&self) -> String {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "kid": "one", "x": x, "y": y }] }).to_string()
    }

    fn issuer(&self) -> Issuer {
        Issuer {
            issuer: "https://login.example/tenant".to_owned(),
            audience: "carryover".to_owned(),
            name_claim: "sub".to_owned(),
            roles_claim: "roles".to_owned(),
            roles: [("Approve".to_owned(), Role::Approver), ("Read".to_owned(), Role::Viewer)].into(),
            keys: KeySet::of_jwks(&self.jwks()).expect("keys"),
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn header() -> Value {
    json!({ "alg": "ES256", "kid": "one", "typ": "JWT" })
}

fn claims() -> Value {
    json!({
        "iss": "https://login.example/tenant", "aud": "carryover", "sub": "ana", "roles": ["Approve", "Unheard"],
        "exp": NOW + 600, "nbf": NOW - 600,
    })
}

fn with(mut value: Value, name: &str, said: Value) -> Value {
    value[name] = said;
    value
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).expect("an instant")
}

#[test]
fn a_good_token_says_who_calls_and_what_they_may_do() {
    let provider = Provider::new();
    let said = caller(&[provider.issuer()], &provider.token(&header(), &claims()), now()).expect("let in");
    assert_eq!((said.name.as_str(), said.roles.clone()), ("ana", [Role::Approver].into()));
    let listed = with(claims(), "aud", json!(["other", "carryover"]));
    let none = with(listed, "roles", json!("Unheard"));
    let said = caller(&[provider.issuer()], &provider.token(&header(), &none), now()).expect("let in");
    assert!(said.roles.is_empty());
}

#[test]
fn a_token_that_lacks_anything_is_refused() {
    let provider = Provider::new();
    let stranger = Provider::new();
    let refused = |token: &str| caller(&[provider.issuer()], token, now()).expect_err("refused");
    let of = |header: Value, claims: Value| refused(&provider.token(&header, &claims));
    let claim = |name: &str, said: Value| of(header(), with(claims(), name, said));
    let head = |name: &str, said: Value| of(with(header(), name, said), claims());
    // The clocks may differ by a minute, and no more.
    assert!(
        caller(&[provider.issuer()], &provider.token(&header(), &with(claims(), "exp", json!(NOW - 59))), now())
            .is_ok()
    );
    assert_eq!(claim("exp", json!(NOW - 60)), Unfit::Expired);
    assert_eq!(claim("exp", Value::Null), Unfit::Expired);
    assert_eq!(claim("exp", json!("soon")), Unfit::Expired);
    assert_eq!(claim("nbf", json!(NOW + 61)), Unfit::NotYet);
    assert_eq!(claim("aud", json!("other")), Unfit::NotOurs);
    assert_eq!(claim("aud", json!(["other"])), Unfit::NotOurs);
    assert_eq!(claim("aud", Value::Null), Unfit::NotOurs);
    assert_eq!(claim("iss", json!("https://login.example/other")), Unfit::NotOurs);
    assert_eq!(claim("sub", json!(" ")), Unfit::Nameless);
    assert_eq!(head("kid", json!("two")), Unfit::UnknownKey);
    assert_eq!(head("kid", Value::Null), Unfit::UnknownKey);
    for algorithm in ["none", "None", "HS256", "RS256", "ES384", ""] {
        assert_eq!(head("alg", json!(algorithm)), Unfit::UnknownKey, "{algorithm}");
    }
    assert_eq!(head("crit", json!(["b64"])), Unfit::NotSigned);
    assert_eq!(refused(&stranger.token(&header(), &claims())), Unfit::Forged);
    let token = provider.token(&header(), &claims());
    let (signed, _) = token.rsplit_once('.').expect("three parts");
    assert_eq!(refused(&format!("{signed}.")), Unfit::Forged);
    let more = with(claims(), "roles", json!(["Approve", "Read"])).to_string();
    let parts: Vec<&str> = token.split('.').collect();
    let changed = [parts[0], &URL_SAFE_NO_PAD.encode(more), parts[2]].join(".");
    assert_eq!(refused(&changed), Unfit::Forged);
    assert_eq!(refused(&"a.".repeat(20_000)), Unfit::NotSigned);
}

/// Signed with OpenSSL, by a key that was made for this and thrown away.
#[test]
fn what_another_library_signs_with_rsa_is_recognised() {
    let key = json!({ "keys": [{
        "kty": "RSA", "kid": "rsa", "e": "AQAB",
        "n": "tY6UWeyJFssT0FW0ggndLRYfv2RlpXCYXASFQj587lKOqj5DVzQDYxhtX6euzTfvHSlWG33Y4lWE6xXqfE5VV--ByVOu5ucGBCKhviiqyEnWsdyztJKCkMVWsHuUuaA6NY78YxeQkJqCbMJsx-ItuqX0h8swR8k-y6aSZ4NkaUeIscth2cjF8DLGZP-KB0O0r4S0gdhUCqVYE2IY8CC6uBjnxFRFU3iDrgt6CoGUSACWGcwiexK3JxL7XdbOMw3HPOIx-CihwU00Ue9EoXSzT_bObnZGn3OZOg5bjikvZlHH-XJK7Pph_ILZ47K1UX7VYb5Jur_AgNQmy18zC25wtw",
    }] });
    let keys = KeySet::of_jwks(&key.to_string()).expect("a key");
    let signed = "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbmEifQ";
    let signature = "SkZ0aPtNr-INB4k016_NN74UL9p39ZGg75sQ8OyrBJH3RmxNKD44U4n-Ocdk9LnF9Vhzo6poM1tO2WotMF5DQtDy24NbPmdo0ZUz3y7rOmWjLMOyiQ7siC9VR0LKymrM6G4Cl5vbq1t6z5KMifu5D7hbauMlGDKXxlI-5uvsZP5YBOm4S8XYuCYbZil1ydk5qwz6xt4FA-XvFOzmKN5sQCe-Fm6P73NhjB6M7oL3tbSZ9oSPicdgfAjixmE-mgiVbFUEGqe47O-JIGVtn9JR_suaOz1FYHKuVeaj4yJQyB0-18fw1fjYmvXDH2yzAVdW5XSjEB1o07Lf5rJKL7s0Kw";
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let key = keys.key("rsa").expect("it is there");
    assert_eq!(key.algorithm(), "RS256");
    assert!(key.signed(signed.as_bytes(), &signature));
    assert!(!key.signed(&signed.as_bytes()[1..], &signature));
}

#[test]
fn keys_that_cannot_be_used_are_passed_over() {
    let short = URL_SAFE_NO_PAD.encode([1; 128]);
    for bad in [
        "",
        "[]",
        "{}",
        "{\"keys\": {}}",
        "{\"keys\": []}",
        &json!({ "keys": [{ "kty": "RSA", "kid": "x", "n": short, "e": "AQAB" }] }).to_string(),
        &json!({ "keys": [{ "kty": "oct", "kid": "x", "k": short }] }).to_string(),
        &json!({ "keys": [{ "kty": "EC", "crv": "P-384", "kid": "x", "x": short, "y": short }] }).to_string(),
    ] {
        assert!(KeySet::of_jwks(bad).is_err(), "{bad}");
    }
    let provider = Provider::new();
    let keys = KeySet::of_jwks(&provider.jwks()).expect("keys");
    assert!(keys.replace("nothing").is_err() && keys.key("one").is_some());
    let other = provider.jwks().replace("\"one\"", "\"two\"");
    keys.replace(&other).expect("keys");
    assert!(keys.key("one").is_none() && keys.key("two").is_some());
    assert!(KeySet::of_jwks(&other.replace("\"sig\"", "\"enc\"")).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(text in ".{0,300}", parts in proptest::collection::vec("[A-Za-z0-9_=-]{0,40}", 3)) {
        let provider = Provider::new();
        prop_assert!(caller(&[provider.issuer()], &text, now()).is_err());
        prop_assert!(caller(&[provider.issuer()], &parts.join("."), now()).is_err());
    }
}
