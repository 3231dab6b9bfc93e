//! `carryover reference`: which table of products is in use, and what becomes of one that is no longer there.

use crate::harness::{Workplace, assert_says, number, word};
use serde_json::Value;

const TABLE: &str = "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names\r\n\
    Ash Mail,ASH_MAIL,10000000-0000-0000-0000-00000000000A,ASH_S,30000000-0000-0000-0000-00000000000C,Ash\r\n\
    Ash Mail,ASH_MAIL,10000000-0000-0000-0000-00000000000A,ASH_S,30000000-0000-0000-0000-00000000000C,Ash\r\n\
    Ash Suite,ASH_SUITE,20000000-0000-0000-0000-00000000000B,ASH_S,30000000-0000-0000-0000-00000000000C,Ash\r\n\
    Ash Suite,ASH_SUITE,20000000-0000-0000-0000-00000000000B,ASH_T,40000000-0000-0000-0000-00000000000D,\"Ash, too\"\r\n";

fn with_table() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("plans.csv", TABLE);
    workplace
}

fn figures(said: &Value) -> [u64; 3] {
    ["products", "plans", "rows"].map(|name| number(&said[name]))
}

#[test]
fn without_a_table_the_built_in_one_is_used() {
    let workplace = Workplace::new();
    let said = workplace.run(&["reference", "show"]).ends(0);
    assert_says(&said.out, &["no table is loaded", "built-in", "33 products", "next: carryover reference load FILE"]);
    let said = workplace.json(&["reference", "show"], 0);
    assert_eq!((word(&said["table"]), &said["unreadable"]), ("built-in", &Value::Null));
    assert_eq!(workplace.names(), [""; 0], "to ask makes no file");
}

#[test]
fn a_loaded_table_stays_where_it_is_and_is_remembered_beside_the_database() {
    let workplace = with_table();
    let said = workplace.run(&["reference", "load", "plans.csv"]).ends(0);
    assert_says(&said.out, &["2 products, 2 service plans, 3 rows in /", "plans.csv", "carryover.db.reference.json"]);
    assert_eq!(workplace.names(), ["carryover.db.reference.json", "plans.csv"]);
    let said = workplace.run(&["reference", "show"]).ends(0);
    assert_says(&said.out, &["2 products, 2 service plans, 3 rows in /", "plans.csv, loaded at 20"]);
    assert!(said.err.is_empty() && !said.out.contains("changed"), "{said:?}");
    let said = workplace.json(&["reference", "show"], 0);
    assert_eq!((word(&said["table"]), figures(&said)), ("loaded", [2, 2, 3]));
    assert_eq!(
        std::fs::canonicalize(word(&said["file"])).expect("it is there"),
        workplace.path("plans.csv").canonicalize().expect("it is there")
    );
    // Another database has its own.
    let said = workplace.json(&["reference", "show", "--database", "other.db"], 0);
    assert_eq!(word(&said["table"]), "built-in");
}

#[test]
fn a_table_that_was_replaced_by_a_newer_one_is_read_anew() {
    let workplace = with_table();
    workplace.json(&["reference", "load", "plans.csv"], 0);
    let more =
        "Ash Pro,ASH_PRO,50000000-0000-0000-0000-00000000000E,ASH_T,40000000-0000-0000-0000-00000000000D,Ash\r\n";
    workplace.write("plans.csv", TABLE.to_owned() + more);
    let said = workplace.json(&["reference", "show"], 0);
    assert_eq!((figures(&said), &said["changed"]), ([3, 2, 4], &Value::Bool(true)));
    assert_says(&workplace.run(&["reference", "show"]).ends(0).out, &["3 products", "it has changed since"]);
}

#[test]
fn a_table_that_vanished_or_became_nonsense_is_told_and_the_built_in_one_serves() {
    let workplace = with_table();
    workplace.json(&["reference", "load", "plans.csv"], 0);
    let check = |parts: &[&str]| {
        let said = workplace.run(&["reference", "show", "--format", "json"]).ends(0);
        assert_eq!(said.err.lines().count(), 1, "{said:?}");
        assert_says(&said.err, &["carryover: the built-in table of products is used", "plans.csv"]);
        assert_says(&said.err, parts);
        assert_eq!(word(&said.json()["table"]), "built-in");
        assert!(word(&said.json()["unreadable"]).ends_with("plans.csv"));
    };
    workplace.write("plans.csv", "name,colour\nAsh,red\n");
    check(&["not the table of products", "String_Id"]);
    std::fs::remove_file(workplace.path("plans.csv")).expect("it was there");
    check(&["cannot be opened"]);
}

#[test]
fn a_file_that_is_no_such_table_changes_nothing() {
    let workplace = with_table();
    workplace.json(&["reference", "load", "plans.csv"], 0);
    let before = workplace.bytes("carryover.db.reference.json");
    workplace.write("bad.csv", TABLE.replace("20000000-0000-0000-0000-00000000000B", "suite"));
    let check = |name: &str, parts: &[&str]| {
        assert_says(&workplace.run(&["reference", "load", name]).refuses(2), parts);
        assert_eq!(workplace.bytes("carryover.db.reference.json"), before);
    };
    check("bad.csv", &["bad.csv:4: GUID is `suite`", "3b555118-da6a-4418-894f-7df1e2096870"]);
    check("none.csv", &["none.csv cannot be opened", "Product names and service plan identifiers"]);
    workplace.write("wide.csv", TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    check("wide.csv", &["wide.csv is UTF-16", "CSV UTF-8"]);
    workplace.write("empty.csv", "");
    check("empty.csv", &["empty.csv is not the table", "GUID"]);
}

#[test]
fn a_note_that_nobody_can_read_is_named() {
    let workplace = with_table();
    workplace.write("carryover.db.reference.json", "{");
    let sentence = workplace.run(&["reference", "show"]).refuses(1);
    assert_says(&sentence, &["carryover.db.reference.json", "carryover reference load", "delete the file"]);
    workplace.run(&["reference", "load", "plans.csv"]).ends(0);
    workplace.run(&["reference", "show"]).ends(0);
}
