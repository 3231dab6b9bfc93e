//! The rule book's worked cases come out as computed there; and whatever is wrong in a case, a vector or a file is told.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xtask::vectors::{Tally, run};

fn worked_cases() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/domain/tests/data/vectors.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the worked cases")).expect("JSON")
}

/// What is written about files of these texts, each in its own file.
fn told(texts: &[String]) -> (Tally, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<PathBuf> = (1..).map(|n| folder.path().join(format!("{n}.json"))).take(texts.len()).collect();
    for (file, text) in files.iter().zip(texts) {
        std::fs::write(file, text).expect("written");
    }
    let mut out = Vec::new();
    let tally = run(&files, None, &mut out).expect("a buffer takes everything");
    let out = String::from_utf8(out).expect("text");
    (tally, out.replace(&format!("{}/", folder.path().display()), ""))
}

/// What is written about one vector.
fn check(vector: Value, expected: Expect) {
    let (_, out) = told(&[json!({ "vectors": [vector] }).to_string()]);
    expected.assert_eq(&out);
}

/// A vector of the kind `seat_cap`, which every good answer passes.
fn seat_cap(cases: Value, expect: Value) -> Value {
    json!({ "id": "T1", "kind": "seat_cap", "given": { "cap": 300, "cases": cases }, "expect": { "cases": expect } })
}

fn two_hundred() -> Value {
    json!({ "existing_same_sku_all_channels": 200, "request": 200 })
}

#[test]
fn every_worked_case_comes_out_as_computed() {
    let (tally, out) = told(&[worked_cases().to_string()]);
    assert_eq!(tally, Tally { passed: 141, failed: 0 }, "{out}");
    assert_eq!(out, "141 passed, 0 failed\n");
}

#[test]
fn each_field_of_each_worked_case_matters() {
    let book = worked_cases();
    let mut tried = 0;
    for vector in book["vectors"].as_array().expect("a list") {
        let flat = vector["expect"].get("cases").is_none();
        let pointers: Vec<String> = match vector["expect"]["cases"].as_array() {
            Some(cases) => (0..cases.len()).map(|at| format!("/expect/cases/{at}")).collect(),
            None => vec!["/expect".to_owned()],
        };
        for pointer in pointers {
            let fields = vector.pointer(&pointer).and_then(Value::as_object).expect("an object");
            for name in fields.keys() {
                let mut without = vector.clone();
                without.pointer_mut(&pointer).and_then(Value::as_object_mut).expect("an object").remove(name);
                let mut other = vector.clone();
                other.pointer_mut(&pointer).expect("an object")[name.as_str()] = json!("something else");
                for wrong in [without, other] {
                    let (tally, out) = told(&[json!({ "vectors": [wrong] }).to_string()]);
                    assert_eq!(tally.failed, 1, "{pointer} {name}: {out}");
                    assert!(out.contains(&format!(" {name}: expected ")), "{out}");
                    tried += 1;
                }
            }
        }
        assert!(flat || vector["given"]["cases"].is_array());
    }
    assert!(tried > 800, "{tried}");
}

#[test]
fn a_wrong_expectation_is_told_with_what_came_out() {
    let right = json!({ "remaining": 100, "ok": false, "buy_now": 100, "left_over": 100 });
    let wrong = json!({ "remaining": 100.0, "ok": true, "buy_now": 200, "left_over": 100 });
    check(
        seat_cap(json!([two_hundred(), two_hundred()]), json!([right, wrong])),
        expect![[r#"
            T1 case 2 (seat_cap): buy_now: expected 200, got 100; ok: expected true, got false
            1 passed, 1 failed
        "#]],
    );
}

#[test]
fn a_field_too_many_and_a_field_too_few_are_told() {
    check(
        seat_cap(
            json!([two_hundred()]),
            json!([{ "remaining": 100, "ok": false, "buy_now": 100, "left_over": 100, "reason": null }]),
        ),
        expect![[r#"
            T1 case 1 (seat_cap): reason: expected null, got no such field
            0 passed, 1 failed
        "#]],
    );
    check(
        seat_cap(json!([two_hundred()]), json!([{ "remaining": 100, "ok": false, "buy_now": 100 }])),
        expect![[r#"
            T1 case 1 (seat_cap): left_over: expected no such field, got 100
            0 passed, 1 failed
        "#]],
    );
}

#[test]
fn an_unknown_kind_fails_with_each_of_its_cases() {
    check(
        json!({
            "id": "T1", "kind": "weather",
            "given": { "cases": [{}, {}] }, "expect": { "cases": [{}, {}] },
        }),
        expect![[r#"
            T1 case 1 (weather): there is no rule for the kind `weather`
            T1 case 2 (weather): there is no rule for the kind `weather`
            0 passed, 2 failed
        "#]],
    );
    check(
        json!({ "given": {}, "expect": {} }),
        expect![[r#"
            vector 1: kind is no text
            0 passed, 1 failed
        "#]],
    );
}

#[test]
fn a_case_that_cannot_be_read_fails_alone() {
    let right = json!({ "remaining": 100, "ok": false, "buy_now": 100, "left_over": 100 });
    check(
        seat_cap(
            json!([
                two_hundred(),
                { "existing_same_sku_all_channels": 200 },
                { "existing_same_sku_all_channels": -1, "request": 1 },
                { "existing_same_sku_all_channels": 1.5, "request": 1 },
                { "existing_same_sku_all_channels": 4294967296_u64, "request": 1 },
                { "existing_same_sku_all_channels": "1", "request": 1 },
                7,
            ]),
            json!([right, right, right, right, right, right, right]),
        ),
        expect![[r#"
            T1 case 2 (seat_cap): request is missing
            T1 case 3 (seat_cap): existing_same_sku_all_channels is -1, not a whole number from 0 to 4294967295
            T1 case 4 (seat_cap): existing_same_sku_all_channels is 1.5, not a whole number from 0 to 4294967295
            T1 case 5 (seat_cap): existing_same_sku_all_channels is 4294967296, not a whole number from 0 to 4294967295
            T1 case 6 (seat_cap): existing_same_sku_all_channels is "1", not a number that can be reckoned with exactly
            T1 case 7 (seat_cap): existing_same_sku_all_channels is missing
            1 passed, 6 failed
        "#]],
    );
}

#[test]
fn a_case_without_its_other_half_fails() {
    let right = json!({ "remaining": 100, "ok": false, "buy_now": 100, "left_over": 100 });
    check(
        seat_cap(json!([two_hundred()]), json!([right, right])),
        expect![[r#"
            T1 case 2 (seat_cap): given has 1 cases, and this is one more
            1 passed, 1 failed
        "#]],
    );
    check(
        seat_cap(json!([]), json!([])),
        expect![[r#"
            T1 case 1 (seat_cap): given has 0 cases, and this is one more
            0 passed, 1 failed
        "#]],
    );
}

#[test]
fn inputs_that_have_no_answer_are_told_and_not_answered() {
    let migration = |now: &str| {
        json!({
            "id": "T1", "kind": "legacy_migration",
            "given": {
                "purchased": "2025-11-23", "now": now,
                "end_exclusive": "2026-11-23T00:00:00Z", "purchase_full_term": true,
            },
            "expect": { "ok": true },
        })
    };
    check(
        migration("2026-11-23T00:00:00Z"),
        expect![[r#"
            T1 (legacy_migration): the subscription has ended
            0 passed, 1 failed
        "#]],
    );
    check(
        migration("2026-11-22"),
        expect![[r#"
            T1 (legacy_migration): now is `2026-11-22`, not an instant such as 2026-12-13T10:00:00Z
            0 passed, 1 failed
        "#]],
    );
}

#[test]
fn amounts_have_any_number_of_places_and_nothing_else() {
    let forms =
        |price: Value| json!({ "id": "T1", "kind": "price_forms", "given": { "annual_price": price }, "expect": {} });
    for wrong in [json!("-1"), json!("1e3"), json!("1_000"), json!("+1"), json!("1,5"), json!(""), json!(144)] {
        let (tally, out) = told(&[json!({ "vectors": [forms(wrong)] }).to_string()]);
        assert_eq!(tally.failed, 1, "{out}");
        assert!(out.starts_with("T1 (price_forms): annual_price is "), "{out}");
    }
    check(
        forms(json!("0.0600000")),
        expect![[r#"
            T1 (price_forms): annual_billed_monthly_month: expected no such field, got "0.01"; annual_billed_monthly_year: expected no such field, got "0.06"; annual_upfront_month_equiv: expected no such field, got "0.01"; annual_upfront_year: expected no such field, got "0.06"; est_with_monthly_plan_month: expected no such field, got "0.01"; est_without_monthly_plan_month: expected no such field, got "0.01"; monthly_term_month: expected no such field, got "0.01"
            0 passed, 1 failed
        "#]],
    );
}

#[test]
fn hours_may_be_parts_of_hours_and_a_little_less_than_a_day_is_less() {
    let action = |hours: Value, action: &str| {
        json!({
            "id": "T1", "kind": "fail_safe",
            "given": { "dest_verified": true, "source_auto_renew": null, "hours_to_end": hours },
            "expect": { "action": action },
        })
    };
    let ask = "ASK_SOURCE_OWNER_TO_CONFIRM_RENEWAL_SETTING";
    let late = "LET_IT_RENEW_THEN_CANCEL_IN_WINDOW";
    let cases =
        [(json!(24), ask), (json!(24.0), ask), (json!(23.999999999999), late), (json!(0.5), late), (json!(1e-9), late)];
    for (hours, expected) in cases {
        let (tally, out) = told(&[json!({ "vectors": [action(hours, expected)] }).to_string()]);
        assert_eq!(tally, Tally { passed: 1, failed: 0 }, "{out}");
    }
    let (_, out) = told(&[json!({ "vectors": [action(json!(0), ask)] }).to_string()]);
    assert!(out.starts_with("T1 (fail_safe): the end has passed\n"), "{out}");
}

#[test]
fn what_holds_for_all_cases_stands_beside_them_and_a_case_can_have_its_own() {
    check(
        json!({
            "id": "T1", "kind": "renewal_cutoff",
            "given": {
                "source_end_inclusive": "2026-12-13", "auto_renew": true, "cutoff_hours": 24,
                "cases": ["2026-12-13T12:00:00Z", { "now": "2026-12-13T12:00:00Z", "cutoff_hours": 12 }],
            },
            "expect": {
                "end_instant": "2026-12-14T00:00:00Z", "hours_left": 12,
                "cases": [{ "decision": "LET_IT_RENEW_THEN_CANCEL_IN_WINDOW" }, { "decision": "ACT_NOW" }],
            },
        }),
        expect![[r#"
            2 passed, 0 failed
        "#]],
    );
}

#[test]
fn files_that_cannot_be_read_are_told_and_the_others_go_on() {
    let good = json!({
        "vectors": [{
            "id": "T1", "kind": "market",
            "given": { "partner_country": "DE", "customer_country": "XX" },
            "expect": { "partner_region": "EUROPE", "customer_region": null, "ok": false },
        }],
    });
    let bad = json!({
        "vectors": [{ "id": "T2", "kind": "market", "given": { "partner_country": "Germany" }, "expect": {} }],
    });
    let (tally, out) = told(&["[".to_owned(), good.to_string(), "{}".to_owned(), bad.to_string()]);
    assert_eq!(tally, Tally { passed: 1, failed: 3 });
    expect![[r#"
        1.json: the file is no JSON: EOF while parsing a list at line 1 column 1
        3.json: the file has no list `vectors`
        4.json: T2 (market): partner_country is `Germany`, not a country code such as DE
        1 passed, 3 failed
    "#]]
    .assert_eq(&out);
    let mut out = Vec::new();
    let tally = run(&[Path::new("nowhere.json")], None, &mut out).expect("a buffer takes everything");
    assert_eq!(tally, Tally { passed: 0, failed: 1 });
    assert!(out.starts_with(b"nowhere.json: the file cannot be read: "), "{out:?}");
}

/// A licence that no table knows, and one plan of two tiers each.
const MADE_UP: &str = "10000000-0000-0000-0000-00000000000a";
const EXCHANGE_STANDARD: &str = "9aaf7827-d63c-4b61-89c3-182f06f82e5c";
const EXCHANGE_ENTERPRISE: &str = "efb87545-963c-4e0d-99df-69c6916d9eb0";

/// Microsoft's table with one made-up product, whose short name is `name`.
fn table(name: &str) -> String {
    format!(
        "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names\r\n\
         Mail,{name},{MADE_UP},EXCHANGE_S_STANDARD,{EXCHANGE_STANDARD},Mail\r\n"
    )
}

/// What is written about `vector` with the named table, and another one beside it, where there are such.
fn told_over(vector: &Value, named: Option<&str>, beside: Option<&str>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let file = write("cases.json", &json!({ "vectors": [vector] }).to_string());
    let named = named.map(|text| write("named.csv", text));
    beside.map(|text| write("service-plans.csv", text));
    let mut out = Vec::new();
    run(&[file], named.as_deref(), &mut out).expect("a buffer takes everything");
    String::from_utf8(out).expect("text").replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_is_in_a_product_is_looked_up_in_the_named_table_then_beside_the_cases_then_in_the_built_in_one() {
    let itself = |name: &str| {
        json!({
            "id": "T1", "kind": "plan_diff", "given": { "implied": [], "cases": [{ "source": name, "dest": name }] },
            "expect": { "cases": [{
                "common_plans": 1, "lost_raw": [], "lost_after_implied": [], "downgraded": [], "upgraded": [],
                "severity": "INFO",
            }] },
        })
    };
    let (one, two) = (table("ONE"), table("TWO"));
    let passed = "1 passed, 0 failed\n";
    assert_eq!(told_over(&itself("ONE"), Some(&one), Some(&two)), passed);
    assert_eq!(told_over(&itself("TWO"), None, Some(&two)), passed);
    assert_eq!(told_over(&itself("EXCHANGEENTERPRISE"), None, None), passed);
    expect![[r#"
        T1 case 1 (plan_diff): source: no product is called `TWO`
        0 passed, 1 failed
    "#]]
    .assert_eq(&told_over(&itself("TWO"), Some(&one), Some(&two)));
    let broken = told_over(&itself("ONE"), Some("name,colour\n"), None);
    assert!(broken.contains("named.csv is not the table of products"), "{broken}");
    // Other kinds do not need it.
    let market = json!({
        "id": "T2", "kind": "market", "given": { "partner_country": "DE", "customer_country": "DE" },
        "expect": { "partner_region": "EUROPE", "customer_region": "EUROPE", "ok": true },
    });
    assert_eq!(told_over(&market, None, Some("name,colour\n")), passed);
}

#[test]
fn a_change_of_licence_that_cannot_be_made_is_no_answer() {
    let call = |current: Value, location: Value| {
        json!({
            "id": "T1", "kind": "swap_plan",
            "given": {
                "user": "u", "usage_location": location, "current": current, "target_sku": EXCHANGE_STANDARD,
                "target_plans_include": [EXCHANGE_ENTERPRISE],
            },
            "expect": {
                "calls": 1, "add": [{ "sku": EXCHANGE_STANDARD, "disabled_plans": [EXCHANGE_ENTERPRISE] }],
                "remove": [MADE_UP],
            },
        })
    };
    let entry = |via: &str| json!({ "sku": MADE_UP.to_uppercase(), "disabled_plans": [EXCHANGE_STANDARD], "via": via });
    let table = table("ONE");
    let check = |vector: Value, expected: Expect| expected.assert_eq(&told_over(&vector, Some(&table), None));
    check(
        call(json!([entry("group"), entry("direct")]), json!("DE")),
        expect![[r#"
        1 passed, 0 failed
    "#]],
    );
    check(
        call(json!([entry("direct"), entry("direct")]), json!("DE")),
        expect![[r#"
        T1 (swap_plan): current has 2 direct entries, not one
        0 passed, 1 failed
    "#]],
    );
    check(
        call(json!([entry("group")]), json!("DE")),
        expect![[r#"
        T1 (swap_plan): current has 0 direct entries, not one
        0 passed, 1 failed
    "#]],
    );
    check(
        call(json!([entry("direct")]), json!("")),
        expect![[r#"
        T1 (swap_plan): usage_location is missing, and without it nothing can be assigned
        0 passed, 1 failed
    "#]],
    );
    check(
        call(json!([entry("mail")]), json!("DE")),
        expect![[r#"
        T1 (swap_plan): via is `mail`, which is not one of its words
        0 passed, 1 failed
    "#]],
    );
}
