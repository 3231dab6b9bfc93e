//! A record that cannot be understood is refused, and the refusal says where to look.

use carryover_journal::decode;

const IMPORTED: &str = r#"{"version":1,"event":"imported",
    "customer":{"tenant":"6a1f2f0e-3c51-4b0e-9a57-0c6f2f6d1c01","domain":"krueger.example","name":"Krüger","country":"DE"},
    "lines":[{"id":"0b7e5c1a-0000-5000-8000-000000000001","program":"ea","subscription":null,
        "sku":"3b555118-da6a-4418-894f-7df1e2096870","sku_part_number":null,"product_name":null,"seats":25,
        "assigned_seats":null,"end_date":"2027-01-31","auto_renew":"off","term":"P1Y","billing":null,
        "price_per_seat":{"amount":"140.40","currency":"EUR"},"target":"same","contact_email":null}]}"#;

/// Replaces `from` by `to` in a good record and compares what decoding says.
#[track_caller]
fn check(from: &str, to: &str, says: &str) {
    assert!(decode(IMPORTED).is_ok());
    assert!(IMPORTED.contains(from), "the good record holds {from}");
    let error = decode(&IMPORTED.replacen(from, to, 1)).expect_err("the record is damaged");
    assert_eq!(error.to_string(), says);
}

#[test]
fn a_newer_format_asks_for_a_newer_program() {
    check(
        r#""version":1"#,
        r#""version":2"#,
        "the record is in format version 2 and this program knows versions up to 1: a newer program wrote it",
    );
}

#[test]
fn a_record_says_which_format_it_is_in() {
    check(r#""version":1,"#, "", "field `version` of the record: it is missing");
    check(r#""version":1"#, r#""version":0"#, "field `version` of the record: there is no format version 0");
    check(r#""version":1"#, r#""version":"1""#, r#"field `version` of the record: `"1"` is of the wrong kind"#);
}

#[test]
fn an_unknown_event_is_named() {
    check(r#""event":"imported""#, r#""event":"exported""#, "there is no event `exported` in format version 1");
    check(r#""event":"imported","#, "", "field `event` of the record: it is missing");
}

#[test]
fn a_bad_value_is_named_with_its_path() {
    check(
        r#""seats":25"#,
        r#""seats":0"#,
        "field `imported.lines[0].seats` of the record: a number of seats must be at least 1",
    );
    check(
        "6a1f2f0e-3c51-4b0e-9a57-0c6f2f6d1c01",
        "6a1f2f0e",
        "field `imported.customer.tenant` of the record: \
         `6a1f2f0e` is not a GUID such as 3b555118-da6a-4418-894f-7df1e2096870",
    );
    check(
        r#""currency":"EUR""#,
        r#""currency":"Euro""#,
        "field `imported.lines[0].price_per_seat.currency` of the record: \
         `Euro` is not a currency code of three letters such as EUR",
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_named_with_its_path() {
    check(
        r#""name":"Krüger""#,
        r#""name":7"#,
        "field `imported.customer.name` of the record: invalid type: integer `7`, expected a string",
    );
}

#[test]
fn a_missing_field_is_named() {
    check(r#""seats":25,"#, "", "field `imported.lines[0]` of the record: missing field `seats`");
}

#[test]
fn a_field_that_is_not_known_is_never_passed_over() {
    check(
        r#""event":"imported","#,
        r#""event":"imported","waived":true,"#,
        "field `imported.waived` of the record: unknown field `waived`, expected one of `version`, `event`, `customer`, `lines`, `by`",
    );
}

#[test]
fn text_that_is_no_record_is_refused() {
    for text in ["", "null", "[]", "7", "{", "SQLite format 3"] {
        let error = decode(text).expect_err("this is not a record").to_string();
        assert!(error.starts_with("the record is not a JSON object: "), "{error}");
    }
}
