//! What keeps a database safe and what gives account of it: backup, verify, export of a history, and moving between databases.

use crate::harness::{Process, Workplace, assert_says, items, number, word};
use crate::journey::Journey;
use crate::portfolio::csv;
use carryover_testkit::postgres;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A folder with a database that holds the whole portfolio.
fn imported() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace
}

/// The migration of `domain`, and how many events it has.
fn customer(workplace: &Workplace, database: &str) -> Vec<(String, u64)> {
    let verified = workplace.json(&["verify", "--database", database], 0);
    let log = |log: &Value| (word(&log["migration_id"]).to_owned(), number(&log["events"]));
    items(&verified["logs"]).iter().map(log).collect()
}

#[test]
fn a_backup_is_made_while_the_work_goes_on_and_can_be_worked_on_in_its_place() {
    let mut journey = Journey::begin(&[]);
    let workplace = &journey.workplace;
    let mut command = workplace.command(&["run"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the work starts");
    let mut worker = Process(child);
    let mut line = String::new();
    let mut stderr = BufReader::new(worker.0.stderr.take().expect("its stderr"));
    stderr.read_line(&mut line).expect("it says that it works");
    assert_says(&line, &["working"]);

    let made = workplace.json(&["backup", "backup.db"], 0);
    assert_eq!(number(&made["customers"]), 8);
    let refused = workplace.run(&["backup", "backup.db"]).refuses(2);
    assert_says(&refused, &["backup.db exists already", "overwrites nothing"]);
    assert!(workplace.names().iter().all(|name| !name.contains(".part")), "{:?}", workplace.names());
    drop(worker);

    // The machine is lost, and the backup is all there is.
    for name in ["carryover.db", "carryover.db-wal", "carryover.db-shm", "carryover.db.mark"] {
        let _there_or_not = std::fs::remove_file(workplace.path(name));
    }
    std::fs::rename(workplace.path("backup.db"), workplace.path("carryover.db")).expect("renamed");
    journey.finish(Journey::work);
    journey.assert_promises_kept();
}

/// Whoever puts a backup in the place of the database and leaves its mark is told what is missing, before anything is bought.
#[test]
fn a_backup_that_takes_the_place_of_a_newer_database_is_worked_on_once_somebody_has_said_so() {
    let workplace = imported();
    workplace.run(&["backup", "backup.db"]).ends(0);
    workplace.run(&["pause", "--all", "--by", "mia"]).ends(0);
    std::fs::rename(workplace.path("backup.db"), workplace.path("carryover.db")).expect("renamed");
    for command in [["run", "--until-idle"].as_slice(), &["status"], &["verify"], &["import", "portfolio.csv"]] {
        let sentence = workplace.run(command).refuses(1);
        assert_says(&sentence, &["ends with event 8", "event 16 had been confirmed", "older copy"]);
        assert_says(&sentence, &["is looked for before anything is bought", "delete", "carryover.db.mark"]);
    }
    std::fs::remove_file(workplace.path("carryover.db.mark")).expect("somebody does without");
    workplace.run(&["pause", "--all", "--by", "mia"]).ends(0);
    assert_eq!(customer(&workplace, "carryover.db").iter().map(|(_, events)| events).sum::<u64>(), 16);
}

#[test]
fn an_event_that_somebody_altered_is_named_and_so_is_a_log_that_lost_its_end() {
    let workplace = imported();
    let before = customer(&workplace, "carryover.db");
    let earlier = workplace.run(&["verify", "--format", "json"]).ends(0).out;
    workplace.run(&["pause", "--all", "--by", "mia"]).ends(0);
    let old = workplace.bytes("carryover.db");
    workplace.write("earlier.json", &earlier);
    workplace.run(&["verify", "--against", "earlier.json"]).ends(0);
    workplace.run(&["resume", "--all", "--by", "mia"]).ends(0);
    workplace.write("later.json", workplace.run(&["verify", "--format", "json"]).ends(0).out);

    let mut altered = workplace.bytes("carryover.db");
    // Wherever it stands: the database keeps copies of rows that it has moved.
    let places = (0..altered.len() - 10).filter(|at| &altered[*at..at + 10] == br#""by":"mia""#).collect::<Vec<_>>();
    places.iter().for_each(|at| altered[*at..at + 10].copy_from_slice(br#""by":"eve""#));
    assert!(!places.is_empty(), "somebody did something");
    workplace.write("altered.db", altered);
    let sentence = workplace.run(&["verify", "--database", "altered.db"]).refuses(1);
    assert_says(&sentence, &["is not as it was recorded", "carries the digest", "backup"]);
    assert!(before.iter().any(|(id, _)| sentence.contains(id.as_str())), "{sentence}");

    // A whole chain that ends too early is noticed by who has kept what it was.
    workplace.write("old.db", old);
    workplace.run(&["verify", "--database", "old.db"]).ends(0);
    let sentence = workplace.run(&["verify", "--database", "old.db", "--against", "later.json"]).refuses(1);
    assert_says(&sentence, &["had more earlier"]);
    let sentence = workplace.run(&["verify", "--against", "portfolio.csv"]).refuses(2);
    assert_says(&sentence, &["portfolio.csv cannot be read", "verify --format json"]);
}

#[test]
fn a_history_tells_who_did_what_when_and_under_which_ids_it_was_sent() {
    let mut journey = Journey::begin(&[]);
    journey.finish(Journey::work);
    let workplace = &journey.workplace;
    let ledger = journey.emulator.get("/emulator/ledger");
    let ids = |name: &str| -> BTreeSet<String> {
        items(&ledger["writes"]).iter().filter_map(|write| write[name].as_str()).map(str::to_lowercase).collect()
    };
    let (requests, correlations) = (ids("request_id"), ids("correlation_id"));
    let (mut bought, mut changed) = (0, 0);
    for (id, events) in customer(workplace, "carryover.db") {
        let history = workplace.run(&["export", &id]).ends(0).out;
        let lines: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!(lines.len() as u64, events);
        for (number, line) in (1..).zip(&lines) {
            assert_eq!(line["number"], number);
            if matches!(word(&line["event"]), "imported" | "assessed" | "plan_proposed" | "plan_approved") {
                assert_eq!(line["by"], "mia");
            }
            let write = &line["sent"];
            if matches!(word(&line["event"]), "cart_recorded" | "purchase_confirmed") {
                assert_eq!(write["answer"], "done", "{line}");
            }
            assert!(line["tried"].is_null(), "all of it was answered: {line}");
            if !write.is_null() {
                assert!(requests.contains(word(&write["request_id"])), "nobody sent {write}");
                if write["operation"] == "change_licence" {
                    changed += 1;
                } else {
                    bought += 1;
                    assert!(correlations.contains(word(&write["correlation_id"])), "nobody sent {write}");
                }
            }
        }
        for pair in lines.windows(2) {
            assert_eq!(pair[0]["digest"], pair[1]["digest_before"]);
        }
        workplace.run(&["export", &id, "--out", "history.jsonl"]).ends(0);
        assert_eq!(workplace.text("history.jsonl"), history);
    }
    assert!(bought >= 20 && changed >= 10, "only {bought} and {changed} writes were told of");
}

#[test]
fn everything_moves_to_a_server_and_back_and_is_the_same() {
    let Some(cluster) = postgres::shared() else { return };
    let workplace = imported();
    workplace.run(&["pause", "--all", "--by", "mia"]).ends(0);
    let server = cluster.database();
    let copied = workplace.json(&["store", "copy", "carryover.db", &server], 0);
    assert_eq!((number(&copied["customers"]), number(&copied["events"])), (8, 16));
    assert_eq!(customer(&workplace, &server), customer(&workplace, "carryover.db"));
    // Given again, as after a crash, it finds that it is done.
    let again = workplace.json(&["store", "copy", "carryover.db", &server], 0);
    assert_eq!(again["copied"], false);
    // Somebody works on it, as far as its leases tell.
    let name = postgres::Cluster::name_of(&server);
    let hold = |until: &str| cluster.sql(name, &format!("UPDATE carryover.migrations SET held_until = {until}"));
    hold("'2999-01-01T00:00:00.000000000Z'");
    let sentence = workplace.run(&["store", "copy", &server, "back.db"]).refuses(1);
    assert_says(&sentence, &["somebody works on", "leased until 2999-01-01T00:00:00Z", "copy again"]);
    hold("NULL");
    workplace.run(&["store", "copy", &server, "back.db"]).ends(0);
    let said = |database: &str| workplace.run(&["verify", "--database", database, "--format", "json"]).ends(0).out;
    assert_eq!(said("back.db"), said("carryover.db"));

    workplace.run(&["resume", "--all", "--by", "mia", "--database", &server]).ends(0);
    let sentence = workplace.run(&["store", "copy", "carryover.db", &server]).refuses(2);
    assert_says(&sentence, &["holds migrations already"]);
    let sentence = workplace.run(&["store", "copy", "missing.db", "new.db"]).refuses(2);
    assert_says(&sentence, &["there is no database missing.db"]);
    let sentence = workplace.run(&["backup", "server.db", "--database", &server]).refuses(2);
    assert_says(&sentence, &["pg_dump", "docs/operations.md"]);
}

/// What does not come through on a [`way`] to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The order to commit a copy.
    Commit,
    /// The answer to it.
    Answer,
}

/// A way to the server on `port`, which breaks once that is `lost`. Answers with the port that it begins at.
fn way(port: u16, lost: Lost) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let begins = listener.local_addr().expect("a port").port();
    std::thread::spawn(move || {
        for here in listener.incoming() {
            let here = here.expect("a connection");
            let there = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
            let is_last = Arc::new(AtomicBool::new(false));
            let mut copies = false;
            carry(&here, &there, {
                let is_last = is_last.clone();
                move |bytes| {
                    let has = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
                    copies |= has(b"ACCESS EXCLUSIVE MODE");
                    let commits = copies && has(b"COMMIT\0");
                    is_last.fetch_or(commits, Ordering::SeqCst);
                    !(commits && lost == Lost::Commit)
                }
            });
            carry(&there, &here, move |_| !is_last.load(Ordering::SeqCst));
        }
    });
    begins
}

/// Carries what comes `from` there for as long as it `passes`, then breaks the way.
fn carry(from: &TcpStream, to: &TcpStream, mut passes: impl FnMut(&[u8]) -> bool + Send + 'static) {
    let [mut from, mut to] = [from, to].map(|stream| stream.try_clone().expect("a second handle"));
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from.read(&mut bytes)
            && passes(&bytes[..read])
            && to.write_all(&bytes[..read]).is_ok()
        {}
        for stream in [from, to] {
            // It may be broken already.
            let _broken = stream.shutdown(Shutdown::Both);
        }
    });
}

#[test]
fn a_copy_whose_end_nobody_confirmed_is_in_doubt_and_the_same_command_finds_out() {
    let Some(cluster) = postgres::shared() else { return };
    let workplace = imported();
    for (lost, was_done) in [(Lost::Commit, false), (Lost::Answer, true)] {
        let server = cluster.database();
        let port = way(cluster.port(), lost);
        let broken = server.replace(&format!(":{}/", cluster.port()), &format!(":{port}/"));
        let sentence = workplace.run(&["store", "copy", "carryover.db", &broken]).refuses(1);
        assert_says(&sentence, &["it is not known whether", "holds all of it or nothing", "give the command again"]);
        let again = workplace.json(&["store", "copy", "carryover.db", &server], 0);
        assert_eq!((&again["copied"], number(&again["events"])), (&Value::from(!was_done), 8), "{lost:?}: {again}");
    }
}

/// A whole customer who is removed breaks no chain of anybody else.
#[test]
fn a_customer_who_was_removed_is_missed_whether_events_are_left_or_not() {
    let Some(cluster) = postgres::shared() else { return };
    let (workplace, server) = (imported(), cluster.database());
    workplace.run(&["store", "copy", "carryover.db", &server]).ends(0);
    workplace.run(&["pause", "--all", "--by", "mia", "--database", &server]).ends(0);
    let [_, (gone, _), ..] = &customer(&workplace, &server)[..] else { panic!("there are eight") };
    let remove = |table: &str, id: &str| {
        let sql = format!("SET session_replication_role = replica; DELETE FROM carryover.{table} = '{id}'");
        cluster.sql(postgres::Cluster::name_of(&server), &sql);
    };
    remove("migrations WHERE id", gone);
    let sentence = workplace.run(&["verify", "--database", &server]).refuses(1);
    assert_says(&sentence, &["not all that was recorded", "event 2 in the order of commits", gone, "backup"]);
    remove("events WHERE migration", gone);
    let sentence = workplace.run(&["verify", "--database", &server]).refuses(1);
    assert_says(&sentence, &["event 2 in the order of commits is gone, and the next one is 3"]);
}

/// The alarm of a customer in another century: it is in no digest, and nobody would look at the customer again.
#[test]
fn a_customer_whose_alarm_was_moved_far_ahead_is_told_of_and_looked_at() {
    let Some(cluster) = postgres::shared() else { return };
    let (journey, server) = (Journey::begin(&[]), cluster.database());
    let workplace = &journey.workplace;
    let next = journey.work()["next_wake"].clone();
    workplace.run(&["store", "copy", "carryover.db", &server]).ends(0);
    workplace.run(&["verify", "--database", &server]).ends(0);
    let moved = "UPDATE carryover.migrations SET wake = replace(wake, '2026-', '2126-')
        WHERE wake = (SELECT min(wake) FROM carryover.migrations)";
    cluster.sql(postgres::Cluster::name_of(&server), moved);
    let sentence = workplace.run(&["verify", "--database", &server]).refuses(1);
    assert_says(&sentence, &["the alarm of", "is 2126-", "was altered", "carryover run"]);
    let said = workplace.run(&["run", "--until-idle", "--format", "json", "--database", &server]);
    assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
    assert_says(&said.err, &["the alarm of", "so it is looked at now"]);
    assert_eq!(said.json()["next_wake"], next);
    workplace.run(&["verify", "--database", &server]).ends(0);
}
