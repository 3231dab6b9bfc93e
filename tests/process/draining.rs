//! An order to end is obeyed within ten seconds, also where the database has stopped answering, or a caller has stopped reading.

use crate::harness::{Process, assert_says, word};
use crate::journey::Journey;
use carryover_api::v1;
use carryover_testkit::postgres::{self, Flush};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tonic::transport::Endpoint;
use v1::migration_service_client::MigrationServiceClient;

/// From the order to the end of the process.
const IN_TIME: Duration = Duration::from_secs(10);

/// A worker, or an API server, which says what goes wrong.
struct Worker {
    process: Process,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Worker {
    fn start(journey: &Journey, database: &str) -> Self {
        let mut worker = Self::spawn(journey, &["run", "--format", "json", "--database", database]);
        worker.hear(&["working"]);
        worker
    }

    /// One that serves the API as well, and the address where it does.
    fn serve(journey: &Journey, database: &str) -> (Self, Endpoint) {
        let mut worker = Self::spawn(journey, &["serve", "-v", "--listen", "127.0.0.1:0", "--database", database]);
        let mut greeting = String::new();
        let stdout = worker.process.0.stdout.as_mut().expect("its stdout");
        BufReader::new(stdout).read_line(&mut greeting).expect("it says where it listens");
        let address = greeting.split_whitespace().find(|word| word.contains("://")).expect("an address").to_owned();
        (worker, Endpoint::from_shared(address).expect("an address"))
    }

    fn spawn(journey: &Journey, args: &[&str]) -> Self {
        let mut command = journey.workplace.command(args);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the work starts");
        let mut process = Process(child);
        let stderr = BufReader::new(process.0.stderr.take().expect("its stderr"));
        Self { process, stderr }
    }

    /// Waits until it says all of that in one line.
    fn hear(&mut self, parts: &[&str]) {
        let mut line = String::new();
        while !parts.iter().all(|part| line.contains(part)) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).expect("it speaks") > 0, "it ended and never said {parts:?}");
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
    worker.hear(&["the database is asked again"]);
    worker.hear(&["the database is asked again"]);
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

#[test]
fn a_server_whose_database_has_gone_with_a_call_under_way_ends_in_time() {
    let Some((journey, cluster, database)) = on_a_server() else { return };
    let (mut server, address) = Worker::serve(&journey, &database);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let channel = runtime.block_on(address.connect()).expect("a connection");
    let verified = journey.workplace.json(&["verify"], 0);
    let id = word(&verified["logs"][0]["migration_id"]);
    let history = journey.workplace.run(&["export", id]).ends(0).out;
    let first: Value = serde_json::from_str(history.lines().next().expect("an event")).expect("an object");
    let name = format!("partners/-/customers/{}/migrations/{id}", word(&first["tenant"]));
    cluster.stop_at_once();
    let asked = runtime.spawn(async move {
        MigrationServiceClient::new(channel).get_migration(v1::GetMigrationRequest { name }).await
    });
    server.hear(&["GetMigration", "the database is asked again"]);
    let (code, _, took) = server.end();
    assert!(took < IN_TIME, "it took {took:?}");
    assert_eq!(code, Some(0), "it ends in order");
    assert!(runtime.block_on(asked).expect("it ends").is_err(), "nobody could answer");
}

#[test]
fn a_server_whose_reader_does_not_read_ends_in_time() {
    let journey = Journey::begin(&[]);
    for command in ["pause", "resume", "pause"] {
        journey.workplace.run(&[command, "--all", "--by", "mia"]).ends(0);
    }
    let (server, address) = Worker::serve(&journey, "carryover.db");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    // Room for one event and hardly more.
    let address = address.initial_stream_window_size(1_024);
    let _unread = runtime.block_on(async {
        let mut migrations = MigrationServiceClient::new(address.connect().await.expect("a connection"));
        let parent = "partners/-/customers/-".to_owned();
        let wish = v1::WatchMigrationsRequest { parent, replay: true, ..Default::default() };
        migrations.watch_migrations(wish).await.expect("a watch").into_inner()
    });
    let (code, _, took) = server.end();
    assert!(took < IN_TIME, "it took {took:?}");
    assert_eq!(code, Some(0), "it ends in order");
}

/// The server's time is another one from one moment to the next: as when this machine's clock jumps. It is looked at again ten seconds
/// after the start.
#[test]
fn a_worker_whose_clock_goes_wrong_stops_by_itself_and_says_why() {
    let Some((journey, cluster, database)) = on_a_server() else { return };
    let settings = journey.workplace.text("carryover.toml");
    let by_its_own_clock =
        settings.lines().filter(|line| !line.starts_with("clock_url")).collect::<Vec<_>>().join("\n");
    journey.workplace.write("carryover.toml", by_its_own_clock);
    journey.workplace.run(&["pause", "--all", "--by", "mia", "--database", &database]).ends(0);
    let mut worker = Worker::start(&journey, &database);
    let name = postgres::Cluster::name_of(&database);
    for sql in [
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
             AS 'SELECT pg_catalog.clock_timestamp() - interval ''2 hours'''",
        &format!("ALTER DATABASE {name} SET search_path = public, pg_catalog"),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    ] {
        cluster.sql(name, sql);
    }
    worker.hear(&["the clock of this machine is 7", "s ahead of that of the server", "one time service"]);
    assert_eq!(worker.process.0.wait().expect("it ends").code(), Some(1));
}
