//! `carryover emulator` as people start it: for a look around, and for programs of their own.

use crate::harness::{Emulator, START, Workplace, assert_says, instant, items, number};
use jiff::Timestamp;
use serde_json::json;

#[test]
fn it_says_in_one_line_where_everything_is() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &["--speed", "0"]);
    assert_says(&emulator.greeting, &[&emulator.base, "clock", "portfolio", "books", "sign-in"]);
    assert_eq!(emulator.greeting.lines().count(), 1);
    let customers = emulator.get("/emulator/seed")["customers"].clone();
    assert!(items(&customers).len() > 1, "a small world is there without a portfolio");
}

#[test]
fn any_token_will_do_unless_it_is_empty() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &[]);
    let (status, body) = emulator.fetch("/v1/customers", Some("anything"));
    assert_eq!(status, 200, "{body}");
    for bearer in [None, Some(""), Some("  ")] {
        let (status, body) = emulator.fetch("/v1/customers", bearer);
        assert_eq!(status, 401, "{bearer:?}: {body}");
    }
}

#[test]
fn a_strict_one_knows_its_own_tokens_only() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &["--auth", "strict"]);
    assert_eq!(emulator.fetch("/v1/customers", Some("anything")).0, 401);
}

#[test]
fn its_clock_stands_and_moves_as_told() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &["--start", START, "--speed", "0"]);
    let start: Timestamp = START.parse().expect("an instant");
    assert_eq!(emulator.now(), start);
    assert_eq!(emulator.now(), start, "it stands still");
    emulator.advance_to("2026-12-01T00:00:00Z");
    assert_eq!(emulator.now().to_string(), "2026-12-01T00:00:00Z");
    let (status, moved) = emulator.post("/emulator/clock", &json!({ "advance_seconds": 90 }));
    assert_eq!((status, moved.contains("00:01:30")), (200, true), "{moved}");
    let (status, refused) = emulator.post("/emulator/clock", &json!({ "advance_to": START }));
    assert_eq!(status, 400, "time goes forwards only: {refused}");
    let as_of = instant(&emulator.books()["as_of"]);
    assert_eq!(as_of, emulator.now());
}

#[test]
fn its_clock_runs_when_it_is_told_to() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &["--start", START, "--speed", "86400"]);
    let first = emulator.now();
    // A day for each second: it must have moved after some looks, however fast they are.
    let moved = (0..10_000).any(|_| emulator.now() > first);
    assert!(moved);
}

#[test]
fn its_portfolio_can_be_imported() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &["--start", START]);
    let (status, csv) = emulator.fetch("/emulator/portfolio.csv", None);
    assert_eq!(status, 200);
    workplace.write("portfolio.csv", &csv);
    let imported = workplace.json(&["import", "portfolio.csv"], 0);
    assert_eq!(number(&imported["rows_good"]), csv.lines().count() as u64 - 1);
    let customers = items(&emulator.get("/emulator/seed")["customers"]).len() as u64;
    assert_eq!(number(&imported["customers"]), customers);
}

#[test]
fn it_listens_on_this_machine_only() {
    let workplace = Workplace::new();
    for address in ["0.0.0.0:0", "192.0.2.1:8440", "[::]:0"] {
        let sentence = workplace.run(&["emulator", "--listen", address]).refuses(2);
        assert_says(&sentence, &["not a loopback address", "127.0.0.1:8440"]);
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let workplace = Workplace::new();
    let emulator = Emulator::start(&workplace, &[]);
    let taken = emulator.base.trim_start_matches("http://");
    let sentence = workplace.run(&["emulator", "--listen", taken]).refuses(1);
    assert_says(&sentence, &[taken, "choose another port"]);
}

#[test]
fn a_portfolio_that_it_cannot_play_is_refused() {
    let workplace = Workplace::new();
    let sentence = workplace.run(&["emulator", "--portfolio", "none.csv"]).refuses(2);
    assert_says(&sentence, &["none.csv cannot be opened"]);
    workplace.write("bad.csv", "tenant_id,domain\n1,2\n");
    let sentence = workplace.run(&["emulator", "--portfolio", "bad.csv"]).refuses(2);
    assert_says(&sentence, &["bad.csv:1"]);
    let usage = workplace.run(&["emulator", "--start", "2.11.2026"]).ends(2).err;
    assert_says(&usage, &["--start", "an instant such as 2026-11-02T08:00:00Z is expected"]);
}

#[test]
fn what_documents_leave_open_is_read_as_told() {
    let workplace = Workplace::new();
    let listed = workplace.run(&["emulator", "--readings"]).ends(0).out;
    assert_says(&listed, &["codes_as_text=false", "second_checkout=\"refuse\"  (refuse, replay, accept_twice)"]);
    let emulator = Emulator::start(&workplace, &["--reading", "codes_as_text=true"]);
    let (status, fault) = emulator.fetch("/v1/customers/nobody", Some("any"));
    assert_eq!((status, fault.contains("\"code\":\"2000\"")), (400, true), "{fault}");
    for (wrong, says) in
        [("codes_as_text", "NAME=VALUE"), ("codes_as_text=maybe", "true, false"), ("mood=good", "second_checkout")]
    {
        assert_says(&workplace.run(&["emulator", "--reading", wrong]).refuses(2), &[says]);
    }
}
