//! `carryover import`: what is good is taken, what is bad is named and set aside, and nothing is taken twice.

use crate::harness::{Workplace, assert_says, items, number, word};
use crate::portfolio::{self, HEADER, csv, tenant};

/// Three good rows, and one each with a bad end date, a bad number of seats and a bad tenant.
fn mixed() -> String {
    let rows = portfolio::rows();
    let good = portfolio::csv_of(&rows[..3]);
    let bad = portfolio::csv_of(&rows[3..6]);
    let bad: Vec<&str> = bad.lines().skip(1).collect();
    let [date, seats, who] = bad.as_slice() else { panic!("three rows") };
    let date = date.replace("2026-11-29", "29.11.2026");
    let seats = seats.replace(",3,3,", ",none,3,");
    let who = who.replace(&tenant(4), "dogwood");
    format!("{good}{date}\n{seats}\n{who}\n")
}

#[test]
fn bad_rows_are_named_and_set_aside_and_good_ones_are_taken() {
    let workplace = Workplace::new();
    workplace.write("mixed.csv", mixed());
    let done = workplace.json(&["import", "mixed.csv"], 2);
    let figure = |name: &str| number(&done[name]);
    assert_eq!((figure("rows_read"), figure("rows_good"), figure("rows_rejected")), (6, 3, 3), "{done}");
    assert_eq!((figure("customers"), figure("lines_added")), (2, 3));
    let problems: Vec<(u64, &str, &str)> = items(&done["problems"])
        .iter()
        .map(|problem| {
            assert_eq!(word(&problem["file"]), "mixed.csv");
            assert!(word(&problem["expected"]).len() > 5, "{problem}");
            (number(&problem["line"]), word(&problem["column"]), word(&problem["value"]))
        })
        .collect();
    assert_eq!(problems, [(5, "end_date", "29.11.2026"), (6, "seats", "none"), (7, "tenant_id", "dogwood")]);
    assert_eq!(done["rejected_files"], serde_json::json!(["mixed.rejected.csv"]));
    assert_eq!(number(&workplace.status()["summary"]["lines"]), 3);

    let said = workplace.run(&["import", "mixed.csv"]).ends(2);
    assert_says(&said.out, &["mixed.csv:5: end_date is `29.11.2026`", "write 2026-11-29", "mixed.rejected.csv"]);
}

#[test]
fn the_rejected_file_can_be_corrected_and_read_in() {
    let workplace = Workplace::new();
    workplace.write("mixed.csv", mixed());
    workplace.run(&["import", "mixed.csv"]).ends(2);
    let rejected = workplace.text("mixed.rejected.csv");
    assert!(rejected.starts_with(&format!("{HEADER},problem\r\n")), "{rejected}");
    assert_eq!(rejected.lines().count(), 4);
    let corrected = rejected
        .replace(",29.11.2026,", ",2026-11-29,")
        .replace(",none,3,", ",3,3,")
        .replace("\r\ndogwood,", &format!("\r\n{},", tenant(4)));
    workplace.write("corrected.csv", corrected);
    let done = workplace.json(&["import", "corrected.csv"], 0);
    assert_eq!(number(&done["lines_added"]), 3, "{done}");
    assert_eq!(number(&workplace.status()["summary"]["lines"]), 6);
}

#[test]
fn the_same_file_again_changes_nothing() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    let events = || workplace.json(&["show", "ash.example"], 0)["events"].clone();
    let (status, before) = (workplace.status(), events());
    let done = workplace.json(&["import", "portfolio.csv"], 0);
    let figures = ["lines_added", "lines_changed", "lines_kept"].map(|name| number(&done[name]));
    assert_eq!(figures, [0, 0, portfolio::rows().len() as u64]);
    assert_eq!((workplace.status(), events()), (status, before));
}

#[test]
fn a_line_that_changed_in_the_file_changes_in_the_database() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace.write("portfolio.csv", csv().replace(",7,7,2026-11-29", ",12,7,2026-11-29"));
    let done = workplace.json(&["import", "portfolio.csv"], 0);
    assert_eq!(number(&done["lines_changed"]), 1, "{done}");
    assert_eq!(number(&done["lines_added"]), 0, "{done}");
    let shown = workplace.json(&["show", "cedar.example"], 0);
    let seats: Vec<u64> = items(&shown["customer"]["lines"]).iter().map(|line| number(&line["seats"])).collect();
    assert!(seats.contains(&12) && !seats.contains(&7), "{seats:?}");
}

#[test]
fn it_needs_no_configuration_and_makes_the_database_here() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    let said = workplace.run(&["import", "portfolio.csv"]).ends(0);
    assert_says(
        &said.out,
        &["13 rows read: 13 good, 0 rejected", "8 customers in carryover.db", "next: carryover assess"],
    );
    assert!(said.err.is_empty(), "{said:?}");
    let names = ["carryover.db", "carryover.db.mark", "portfolio.csv"];
    assert_eq!(workplace.names(), names, "one file, which is all of the database, and how far it has come");
}

#[test]
fn several_files_are_one_portfolio() {
    let workplace = Workplace::new();
    let rows = portfolio::rows();
    workplace.write("one.csv", portfolio::csv_of(&rows[..5]));
    workplace.write("two.csv", portfolio::csv_of(&rows[5..]));
    let done = workplace.json(&["import", "one.csv", "two.csv"], 0);
    assert_eq!(number(&done["lines_added"]), rows.len() as u64);
    // A line that stands in two files with other values could be meant either way.
    workplace.write("other.csv", portfolio::csv_of(&rows[..1]).replace(",5,5,", ",6,5,"));
    let done = workplace.json(&["import", "one.csv", "other.csv"], 2);
    assert!(items(&done["problems"]).iter().any(|problem| word(&problem["file"]) == "other.csv"), "{done}");
    assert_eq!(number(&workplace.status()["summary"]["lines"]), rows.len() as u64);
}

#[test]
fn a_file_that_is_none_is_named() {
    let workplace = Workplace::new();
    assert_says(
        &workplace.run(&["import", "none.csv"]).refuses(2),
        &["none.csv cannot be opened", "name a portfolio file, an export of"],
    );
    std::fs::create_dir(workplace.path("folder")).expect("a folder");
    assert_says(&workplace.run(&["import", "folder"]).refuses(2), &["folder could not be read", "directory"]);
    workplace.write("empty.csv", "");
    let done = workplace.json(&["import", "empty.csv"], 2);
    assert_says(word(&items(&done["problems"])[0]["expected"]), &["first row", "columns"]);
    workplace.write("strange.csv", "name,colour\nAsh,red\n");
    let done = workplace.json(&["import", "strange.csv"], 2);
    assert!(done.to_string().contains("tenant_id"), "{done}");
    let status = workplace.status();
    assert_eq!(number(&status["summary"]["lines"]), 0);
}
