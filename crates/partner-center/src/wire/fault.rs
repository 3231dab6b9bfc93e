//! The shapes in which services say no (fact sheet 6.1), read into one.

use crate::classify::{Operation, licence_words};
use crate::failure::words;
use serde_json::Value;

/// A fault as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FaultBody {
    /// The service's code, as text whether it was a number or not.
    pub(crate) code: Option<String>,
    /// The service's words, on one line.
    pub(crate) words: String,
}

impl FaultBody {
    /// The fault as far as it may be told, which at sign-in is a plain word of an error and nothing else: the
    /// authority's words may quote what was sent.
    pub(crate) fn tellable(self, operation: Operation) -> Self {
        if operation != Operation::SignIn {
            return self;
        }
        let is_plain =
            |code: &String| code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let code = self.code.map(|code| if is_plain(&code) { code } else { "unnamed".to_owned() });
        Self { code, words: String::new() }
    }

    /// The code to look up in the table: what Graph's words come to where it has no code of its own.
    pub(crate) fn reading(&self, operation: Operation) -> Option<&str> {
        let spoken = match operation {
            Operation::AssignLicence => licence_words(&self.words),
            // The one refusal of Partner Center whose code is not verified; its text is (fact sheet 6.3).
            Operation::UpdateLicences => licence_words(&self.words).filter(|code| *code == "usage-location"),
            _ => None,
        };
        spoken.or(self.code.as_deref())
    }
}

/// The fault in the body of an answer that is no success.
pub(crate) fn of(body: &Value) -> FaultBody {
    // Graph nests; the login authority puts a word where Graph has an object.
    let fault = body.get("error").filter(|error| error.is_object());
    let fault = fault.unwrap_or(body);
    let code = code_of(fault.get("code")).or_else(|| code_of(fault.get("error"))).or_else(|| internal_code(fault));
    let text = ["description", "message", "errorDescription", "errorName"]
        .into_iter()
        .filter_map(|key| fault.get(key)?.as_str())
        .find(|text| !text.trim().is_empty());
    let text = text.unwrap_or_default();
    // The useful text may stand here alone, such as that no licence is left.
    let data = fault.get("data").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let more = data.filter(|more| !text.contains(more.trim()));
    let all: Vec<&str> = std::iter::once(text).chain(more).collect();
    FaultBody { code, words: words(&all.join(" ")) }
}

/// The code of a newer fault of which that is left alone: any part of it may be missing.
fn internal_code(fault: &Value) -> Option<String> {
    let text = fault.get("errorMessageExtended")?.as_str()?;
    let (_, code) = text.split_once("InternalErrorCode=")?;
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    Some(code[..digits].to_owned()).filter(|code| !code.is_empty())
}

/// The fault that a whole success consists of, such as 400072 under 200: of any shape, and always with a code.
pub(crate) fn inside_success(body: &Value) -> Option<FaultBody> {
    let has = |key: &str| body.get(key).is_some_and(|value| !value.is_null());
    let alone = !has("items") && !has("id");
    let spoken = has("description") || has("message");
    let coded = has("code") || has("error");
    // Nothing that is no fault nests such an object, or names an error like this (fact sheet 6.1, shapes B, C and F).
    let nested = ["code", "message"].iter().any(|key| body.get("error").is_some_and(|error| error.get(key).is_some()));
    let newer = ["errorName", "errorMessageExtended", "isRetryable"].iter().any(|key| has(key));
    let throttled = has("statusCode") && spoken;
    if !nested && !(alone && (spoken && coded || newer || throttled)) {
        return None;
    }
    let FaultBody { code, words } = of(body);
    let status = code_of(body.get("statusCode"));
    Some(FaultBody { code: code.or(status).or_else(|| Some("unnamed".to_owned())), words })
}

/// A code, integer or text; none when it is neither or blank.
pub(crate) fn code_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A success that is none is nothing that was done.
    #[test]
    fn a_fault_of_any_shape_is_found_inside_a_success() {
        let code = |body: &Value| inside_success(body).map(|fault| fault.code.unwrap_or_default());
        for (body, expected) in [
            (json!({ "code": 400_072, "description": "Not available." }), "400072"),
            (json!({ "error": { "code": "Request_BadRequest", "message": "No." } }), "Request_BadRequest"),
            (json!({ "id": "u", "error": { "message": "No." } }), "unnamed"),
            (json!({ "statusCode": 429, "message": "Rate limit is exceeded." }), "429"),
            (json!({ "errorName": "TokenInvalid", "isRetryable": false }), "unnamed"),
            (json!({ "errorMessageExtended": "InternalErrorCode=900421" }), "900421"),
        ] {
            assert_eq!(code(&body).as_deref(), Some(expected), "{body}");
        }
        for body in [
            Value::Null,
            json!({ "id": "o-1", "description": "An offer.", "code": 7 }),
            json!({ "items": [], "message": "none", "code": 0 }),
            json!({ "id": "c-1", "lineItems": [{ "error": { "errorCode": 10_001 } }] }),
            json!({ "id": "s-1", "status": "Failed", "errorCode": "900216", "errorDescription": "Later." }),
            json!({ "isSigned": false, "error": null }),
        ] {
            assert_eq!(code(&body), None, "{body}");
        }
    }

    fn read(body: &Value) -> (Option<String>, String) {
        let FaultBody { code, words } = of(body);
        (code, words)
    }

    #[test]
    fn the_useful_text_may_stand_in_the_data_and_is_told_once() {
        let quota = "There are no licences left.";
        let beside =
            json!({ "code": 60012, "description": "Invalid request.", "data": [quota], "source": "PartnerFD" });
        assert_eq!(read(&beside), (Some("60012".to_owned()), format!("Invalid request. {quota}")));
        let alone = json!({ "code": "60012", "description": "", "data": [quota, 7] });
        assert_eq!(read(&alone).1, quota);
        let twice = json!({ "code": 60012, "description": quota, "data": [quota] });
        assert_eq!(read(&twice).1, quota);
    }

    #[test]
    fn a_newer_fault_is_known_by_whatever_part_of_it_is_there() {
        let extended = json!({ "isRetryable": false, "errorMessageExtended": "InternalErrorCode=900421; see above" });
        assert_eq!(read(&extended).0.as_deref(), Some("900421"));
        let both = json!({ "code": 900_400, "errorMessageExtended": "InternalErrorCode=1" });
        assert_eq!(read(&both).0.as_deref(), Some("900400"));
        assert_eq!(read(&json!({ "errorMessageExtended": "InternalErrorCode=none" })).0, None);
    }

    #[test]
    fn a_user_without_a_location_is_told_by_its_text_under_any_code() {
        let text = "License assignment cannot be done for user with invalid usage location.";
        for body in [
            json!({ "code": 987_654, "description": text }),
            json!({ "code": 2000, "description": "Invalid request.", "data": [text] }),
        ] {
            let fault = of(&body);
            assert_eq!(fault.reading(Operation::UpdateLicences), Some("usage-location"), "{body}");
            assert_ne!(fault.reading(Operation::Orders), Some("usage-location"), "nobody else is read by words");
        }
        let other = of(&json!({ "code": 60012, "description": "There are no available licenses." }));
        assert_eq!(other.reading(Operation::UpdateLicences), Some("60012"), "what has a code is told by it");
    }
}
