//! An order to end is obeyed within ten seconds, also where the database has stopped answering.

use crate::harness::{Process, assert_says};
use crate::journey::Journey;
use carryover_testkit::postgres::{self, Flush};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// From the order to the end of the process.
const IN_TIME: Duration = Duration::from_secs(10);

/// A worker on a server of its own, which says what goes wrong.
struct Worker {
    process: Process,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Worker {
    fn start(journey: &Journey, database: &str) -> Self {
        let mut command = journey.workplace.command(&["run", "-v", "--format", "json", "--database", database]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the work starts");
        let mut process = Process(child);
        let stderr = BufReader::new(process.0.stderr.take().expect("its stderr"));
        let mut worker = Self { process, stderr };
        worker.hear("working");
        worker
    }

    /// Waits until it says that.
    fn hear(&mut self, what: &str) {
        let mut line = String::new();
        while !line.contains(what) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).expect("it speaks") > 0, "it ended and never said `{what}`");
        }
    }

    /// Orders it to end; answers with how it ended, what it printed, and how long that took.
    fn end(mut self) -> (Option<i32>, Value, Duration) {
        let before = Instant::now();
        let kill = format!("kill -TERM {}", self.process.0.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().expect("a shell").success());
        let ended = self.process.0.wait().expect("it ends");
        let took = before.elapsed();
        let mut said = String::new();
        self.process.0.stdout.take().expect("its stdout").read_to_string(&mut said).expect("text");
        (ended.code(), serde_json::from_str(&said).unwrap_or_default(), took)
    }
}

/// A portfolio whose plans are approved, on a server of its own.
fn on_a_server() -> Option<(Journey, postgres::Cluster, String)> {
    let cluster = postgres::own(Flush::No)?;
    let (journey, database) = (Journey::begin(&[]), cluster.database());
    journey.workplace.run(&["store", "copy", "carryover.db", &database]).ends(0);
    Some((journey, cluster, database))
}

#[test]
fn a_worker_at_rest_whose_server_has_gone_ends_in_time_and_in_order() {
    let Some((journey, cluster, database)) = on_a_server() else { return };
    journey.workplace.run(&["run", "--until-idle", "--database", &database]);
    let mut worker = Worker::start(&journey, &database);
    cluster.stop_at_once();
    worker.hear("the database is asked again");
    worker.hear("the database is asked again");
    let (code, said, took) = worker.end();
    assert!(took < IN_TIME, "it took {took:?}");
    assert_eq!(code, Some(0), "it ends in order: {said}");
    assert_eq!(said["turns"], 0, "{said}");
    assert!(said["summary"].is_null(), "nobody could read where customers stand: {said}");
}

#[test]
fn a_worker_whose_call_is_not_answered_and_whose_server_has_gone_ends_in_time() {
    let Some((journey, cluster, database)) = on_a_server() else { return };
    let slow = json!({ "fault": "delayed", "path": "/v1/**", "times": 99, "seconds": 60 });
    let (status, body) = journey.emulator.post("/emulator/faults", &slow);
    assert_eq!(status, 201, "{body}");
    let calls = journey.emulator.calls();
    let worker = Worker::start(&journey, &database);
    while journey.emulator.calls() == calls {}
    cluster.stop_at_once();
    let (code, said, took) = worker.end();
    assert!(took < IN_TIME, "it took {took:?}");
    assert_eq!(code, Some(0), "it ends in order: {said}");
}

#[test]
fn a_worker_that_is_ended_in_good_order_says_what_it_did_and_where_customers_stand() {
    let journey = Journey::begin(&[]);
    let worker = Worker::start(&journey, "carryover.db");
    let calls = journey.emulator.calls();
    while journey.emulator.calls() < calls + 3 {}
    let (code, said, took) = worker.end();
    assert!(took < IN_TIME, "it took {took:?}");
    assert_eq!(code, Some(3), "{said}");
    assert!(said["turns"].as_u64().is_some_and(|turns| turns > 0), "{said}");
    assert_says(&said["summary"].to_string(), &["customers"]);
}
