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
    let code = code_of(fault.get("code")).or_else(|| code_of(fault.get("error")));
    let text = ["description", "message", "errorDescription", "errorName"]
        .into_iter()
        .filter_map(|key| fault.get(key)?.as_str())
        .find(|text| !text.trim().is_empty());
    FaultBody { code, words: words(text.unwrap_or_default()) }
}

/// The fault that a whole success consists of, such as 400072 under 200.
pub(crate) fn inside_success(body: &Value) -> Option<FaultBody> {
    let spoken = body.get("description").is_some() || body.get("message").is_some();
    let alone = body.get("items").is_none() && body.get("id").is_none();
    let fault = of(body);
    (spoken && alone && fault.code.is_some()).then_some(fault)
}

/// A code, integer or text; none when it is neither or blank.
pub(crate) fn code_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// A code that may be a name in any spelling: `CatalogItemIdIsNotValid` and `catalog_item_id_is_not_valid` are one.
pub(crate) fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}
