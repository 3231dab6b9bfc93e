//! What whoever operates it for weeks relies on: figures, logs for machines, and an end in order.

use crate::harness::{Process, Said, assert_says};
use crate::journey::Journey;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// The handbook, which has a row for each figure.
const HANDBOOK: &str = include_str!("../../docs/operations.md");

/// The page of figures at `address`.
fn page(address: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("it is asked");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    text
}

/// The sum of the figure `name` over all its labels.
fn figure(page: &str, name: &str) -> f64 {
    let values = page.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
    values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[test]
fn figures_tell_of_the_work_and_each_of_them_stands_in_the_handbook() {
    let journey = Journey::begin(&[]);
    let mut command = journey.workplace.command(&["run", "--metrics", "127.0.0.1:0"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the work starts");
    let mut worker = Process(child);
    let mut stderr = BufReader::new(worker.0.stderr.take().expect("its stderr"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("it says where the figures are");
    let address = line.trim().strip_prefix("figures on http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.unwrap_or_else(|| panic!("no address in `{line}`")).to_owned();

    // Everybody whose plan is approved is looked at.
    let mut told = page(&address);
    while figure(&told, "carryover_turns_total") < 7.0 || figure(&told, "carryover_effects_total") < 7.0 {
        assert!(worker.0.try_wait().expect("it is ours").is_none(), "it works");
        told = page(&address);
    }
    assert_says(
        &told,
        &["200 OK", "text/plain; version=0.0.4", "carryover_info{version=", "operation=\"read_standing\""],
    );
    assert_eq!(figure(&told, "carryover_customers"), 8.0);
    assert_eq!(figure(&told, "carryover_lines"), 13.0);
    assert_eq!(figure(&told, "carryover_leases_lost_total"), 0.0);
    assert!(figure(&told, "carryover_calls_total") >= 3.0, "{told}");
    let names =
        told.lines().filter(|line| line.starts_with("carryover_")).filter_map(|line| line.split(['{', ' ']).next());
    for name in names {
        assert!(HANDBOOK.contains(&format!("| `{name}` |")), "docs/operations.md has no row for {name}");
    }
    assert!(!told.contains("onmicrosoft") && !told.contains("@"), "a figure names a customer: {told}");

    let ended =
        Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", worker.0.id())]).status().expect("a shell");
    assert!(ended.success());
    assert_eq!(
        worker.0.wait().expect("it ends").code(),
        Some(3),
        "it ends in order, and says that somebody has to act"
    );
    assert!(TcpStream::connect(&address).is_err(), "the page ends with it");
}

#[test]
fn logs_for_machines_are_one_object_a_line() {
    let journey = Journey::begin(&[]);
    let mut run = journey.workplace.command(&["run", "--until-idle", "-v"]);
    let said = Said::of(run.env("CARRYOVER_LOG_FORMAT", "json").output().expect("the program starts"));
    let Said { code: Some(0 | 3), err, .. } = &said else { panic!("{said:?}") };
    let lines: Vec<serde_json::Value> =
        err.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(lines.iter().any(|line| line["fields"]["message"] == "recorded"), "{err}");
}
