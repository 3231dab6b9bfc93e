//! A body for the log: its shape, with ids, codes, counts and dates, and nothing that could name a person or be a secret.

use serde_json::Value;

/// Longest body that is shown, in bytes after redaction.
const SHOWN_MAX: usize = 4096;

/// Texts under these keys are shown; all others are not, whatever they are.
const SHOWN: &[&str] = &[
    "agreementtype",
    "billingcycle",
    "capabilitystatus",
    "catalogitemid",
    "code",
    "commercesubscriptionid",
    "effectivestartdate",
    "error",
    "errorcode",
    "errorname",
    "expirationtimestamp",
    "id",
    "lineitemnumber",
    "nextlifecycledatetime",
    "objecttype",
    "offerid",
    "orderid",
    "productid",
    "provisioningid",
    "relationshiptopartner",
    "skuid",
    "source",
    "status",
    "subscriptionid",
    "termduration",
    "transactiontype",
];

/// `body` as it may be shown.
pub(crate) fn redacted(body: &[u8]) -> String {
    let Ok(value) = crate::wire::lenient::json(body) else {
        return format!("{} bytes that are not JSON", body.len());
    };
    let mut text = masked(value, "").to_string();
    if text.len() > SHOWN_MAX {
        let mut end = SHOWN_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text
}

fn masked(value: Value, key: &str) -> Value {
    match value {
        Value::Object(map) => map.into_iter().map(|(key, value)| (key.clone(), masked(value, &key))).collect(),
        Value::Array(list) => list.into_iter().map(|item| masked(item, key)).collect(),
        Value::String(_) if SHOWN.contains(&key.to_ascii_lowercase().as_str()) => value,
        Value::String(_) => Value::from("…"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_nobody_is_shown() {
        let body = br#"{"id":"S1","quantity":25,"Status":"active","userPrincipalName":"ana@birch.example",
            "links":{"self":{"uri":"/x?token=secret"}},"items":[{"displayName":"Ana","isTrial":false}],"tags":["Ana"]}"#;
        assert_eq!(
            redacted(body),
            r#"{"id":"S1","items":[{"displayName":"…","isTrial":false}],"links":{"self":{"uri":"…"}},"quantity":25,"status":"active","tags":["…"],"userPrincipalName":"…"}"#
        );
        assert_eq!(redacted(b"<html>Ana</html>"), "16 bytes that are not JSON");
        let long = format!(r#"["{0}"{1}]"#, "a", r#","b""#.repeat(5_000));
        assert!(redacted(long.as_bytes()).len() < 4_200);
    }
}
