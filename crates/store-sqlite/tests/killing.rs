//! A worker that is killed loses no answered commit, and its claim on the database ends with it.

use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, Store, Under, Version};
use carryover_store_sqlite::{LockError, SqliteStore};
use jiff::Timestamp;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use uuid::Uuid;

/// Tells the second test that it is the worker, and where its database is.
const DATABASE: &str = "CARRYOVER_TEST_DATABASE";
const MIGRATION: MigrationId = MigrationId::new(Uuid::from_u128(7));

#[tokio::test]
async fn a_killed_worker_loses_neither_a_commit_nor_the_lock() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carryover.db");
    let mut worker = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "the_worker", "--nocapture"])
        .env(DATABASE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the worker starts");
    let output = BufReader::new(worker.stdout.take().expect("its output is piped"));
    let mut answered = output.lines().filter_map(|line| {
        let line = line.expect("its output is text");
        line.split_once("committed ")?.1.parse::<u64>().ok()
    });
    answered.find(|version| *version >= 50).expect("it commits");

    let store = SqliteStore::open(&path).expect("it opens beside the worker");
    match store.lock_for_work().await {
        Err(LockError::LockedByAnother { pid }) => assert_eq!(pid, Some(worker.id())),
        other => panic!("the worker holds the lock, got {other:?}"),
    }
    worker.kill().expect("it is killed");
    worker.wait().expect("it is over");
    let last = answered.last().unwrap_or(50);

    let log = store.load(MIGRATION).await.expect("readable").expect("it exists");
    assert!(log.version >= Version(last), "{:?} of {last} answered", log.version);
    let _lock = store.lock_for_work().await.expect("the lock ended with the worker");
    let next = commit(&store, log.version).await;
    assert_eq!(next, Version(log.version.0 + 1));
}

#[tokio::test]
async fn the_worker() {
    // Started and killed by the test above; by itself it has nothing to do.
    let Some(path) = std::env::var_os(DATABASE) else { return };
    let store = SqliteStore::open(path).expect("it opens");
    let _lock = store.lock_for_work().await.expect("nobody works on it");
    let mut version = Version(0);
    // Bounded, should nobody kill it.
    while version < Version(100_000) {
        version = commit(&store, version).await;
        writeln!(std::io::stdout(), "committed {}", version.0).expect("somebody reads");
    }
}

async fn commit(store: &SqliteStore, expected: Version) -> Version {
    let commit = Commit {
        migration: MIGRATION,
        expected,
        events: &[Event::Paused { by: "the worker".to_owned() }],
        at: Timestamp::UNIX_EPOCH,
        wake: None,
        under: Under::NoLease,
        request: None,
    };
    store.commit(commit).await.expect("it commits")
}
