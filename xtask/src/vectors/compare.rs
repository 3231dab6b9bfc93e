//! Whether an answer is what is expected (rule book, section L.1): numbers by value, flags as a set, other lists in
//! order, ids without regard to case, other texts exactly. A field that is absent is not `null`.

use super::given::exact;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The one field whose entries come in any order.
const IN_ANY_ORDER: &str = "flags";

type Fields = Map<String, Value>;

/// What is different, field by field, by name.
pub(super) fn fields(expected: &Fields, found: &Fields) -> Vec<String> {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differs = |name: &&String| match (expected.get(*name), found.get(*name)) {
        (Some(expected), Some(found)) => !equal(name, expected, found),
        _ => true,
    };
    let told = |value: Option<&Value>| value.map_or_else(|| "no such field".to_owned(), Value::to_string);
    let tell = |name: &String| format!("{name}: expected {}, got {}", told(expected.get(name)), told(found.get(name)));
    names.into_iter().filter(differs).map(tell).collect()
}

fn equal(field: &str, expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Number(expected), Value::Number(found)) => {
            expected == found || exact(expected).is_some_and(|expected| Some(expected) == exact(found))
        }
        (Value::String(expected), Value::String(found)) => {
            expected == found || is_id(expected) && expected.eq_ignore_ascii_case(found)
        }
        (Value::Array(expected), Value::Array(found)) if field == IN_ANY_ORDER => {
            let within =
                |some: &[Value], all: &[Value]| some.iter().all(|one| all.iter().any(|other| equal("", one, other)));
            within(expected, found) && within(found, expected)
        }
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(one, other)| equal("", one, other))
        }
        (Value::Object(expected), Value::Object(found)) => fields(expected, found).is_empty(),
        _ => expected == found,
    }
}

/// Whether a text is an id of a product or plan: 8-4-4-4-12 hexadecimal digits.
fn is_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::fields;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(expected: serde_json::Value, found: serde_json::Value, told: Expect) {
        let object = |value: serde_json::Value| value.as_object().expect("an object").clone();
        told.assert_eq(&fields(&object(expected), &object(found)).join("; "));
    }

    #[test]
    fn numbers_are_compared_by_value() {
        check(json!({ "hours": 28 }), json!({ "hours": 28.0 }), expect![""]);
        check(json!({ "hours": 0.0 }), json!({ "hours": 0 }), expect![""]);
        check(json!({ "hours": 0.1 }), json!({ "hours": 0.10 }), expect![""]);
        check(
            json!({ "hours": 0.3 }),
            json!({ "hours": 0.1 + 0.2 }),
            expect!["hours: expected 0.3, got 0.30000000000000004"],
        );
        check(json!({ "hours": 1.5 }), json!({ "hours": "1.5" }), expect![[r#"hours: expected 1.5, got "1.5""#]]);
    }

    #[test]
    fn texts_are_compared_exactly_save_ids() {
        check(json!({ "cost": "0.00" }), json!({ "cost": "0.0" }), expect![[r#"cost: expected "0.00", got "0.0""#]]);
        check(json!({ "word": "YES" }), json!({ "word": "yes" }), expect![[r#"word: expected "YES", got "yes""#]]);
        check(
            json!({ "sku": "CBDC14AB-d96c-4c30-b9f4-6ada7cdc1d46" }),
            json!({ "sku": "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46" }),
            expect![""],
        );
    }

    #[test]
    fn only_flags_come_in_any_order() {
        check(json!({ "flags": ["A", "B"] }), json!({ "flags": ["B", "A"] }), expect![""]);
        check(
            json!({ "flags": ["A", "B"] }),
            json!({ "flags": ["A"] }),
            expect![[r#"flags: expected ["A","B"], got ["A"]"#]],
        );
        check(
            json!({ "steps": ["A", "B"] }),
            json!({ "steps": ["B", "A"] }),
            expect![[r#"steps: expected ["A","B"], got ["B","A"]"#]],
        );
    }

    #[test]
    fn what_is_absent_is_not_null() {
        check(json!({ "refund": null }), json!({}), expect!["refund: expected null, got no such field"]);
        check(json!({}), json!({ "refund": null }), expect!["refund: expected no such field, got null"]);
        check(json!({ "refund": null }), json!({ "refund": null }), expect![""]);
    }
}
