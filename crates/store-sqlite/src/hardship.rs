//! Tests of what cannot be provoked from outside: a full disk, a flush that fails, a damaged log.

use super::SqliteStore;
use crate::writer::Trouble;
use carryover_domain::Event;
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Index, Loaded, Store, StoreError, Under, Version};
use jiff::{SignedDuration, Timestamp};
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Waker};
use tempfile::TempDir;
use uuid::Uuid;

const ADA: MigrationId = MigrationId::new(Uuid::from_u128(1));
const BOB: MigrationId = MigrationId::new(Uuid::from_u128(2));

fn fresh() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("carryover.db")).expect("a database");
    (store, folder)
}

/// Events that need about `kilobytes` on the disk.
fn paused(kilobytes: usize) -> Vec<Event> {
    let by = "x".repeat(1_000);
    vec![Event::Paused { by }; kilobytes.max(1)]
}

fn write(migration: MigrationId, expected: u64, events: &[Event]) -> Commit<'_> {
    Commit {
        migration,
        expected: Version(expected),
        events,
        at: Timestamp::UNIX_EPOCH,
        wake: Some(Timestamp::UNIX_EPOCH),
        under: Under::NoLease,
        request: None,
    }
}

async fn loaded(store: &SqliteStore, id: MigrationId) -> Loaded {
    store.load(id).await.expect("readable").expect("it exists")
}

/// Allows the database no page more than it has, or as many as it likes.
async fn limit_to_its_size(store: &SqliteStore, limited: bool) {
    let sql = "SELECT page_count FROM pragma_page_count";
    let set = move |database: &rusqlite::Connection| {
        let pages: i64 = database.query_row(sql, [], |row| row.get(0))?;
        let most = if limited { pages } else { i64::from(u32::MAX - 1) };
        database.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
    };
    store.writer.write(set).await.expect("the limit is set");
}

/// Keeps the writing thread busy until the answer is dropped: what is queued meanwhile shares a transaction.
async fn keep_busy<F>(store: &SqliteStore, meanwhile: impl FnOnce() -> F) -> F {
    let (entered, has_entered) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel::<()>();
    let mut gate = pin!(store.writer.write(move |_| {
        let _ = entered.send(());
        let _ = may_leave.recv();
        Ok(())
    }));
    queue(gate.as_mut());
    has_entered.recv().expect("the writing thread runs");
    let answer = meanwhile();
    drop(leave);
    gate.await.expect("nothing was in the way");
    answer
}

/// Polls once, which puts the job into the writer's queue.
fn queue<F: Future>(future: Pin<&mut F>) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.poll(&mut context).is_pending(), "the writer is busy");
}

#[tokio::test]
async fn a_full_disk_refuses_the_commit_and_loses_nothing() {
    let (store, _folder) = fresh();
    store.commit(write(ADA, 0, &paused(3))).await.expect("there is room");
    let before = loaded(&store, ADA).await;

    limit_to_its_size(&store, true).await;
    let answer = store.commit(write(ADA, 3, &paused(100))).await;
    let Err(CommitError::Unwritable { migration: ADA, detail }) = answer else {
        panic!("expected that nothing was written, got {answer:?}");
    };
    assert!(detail.starts_with("the disk is full"), "{detail}");
    assert_eq!(loaded(&store, ADA).await, before);

    limit_to_its_size(&store, false).await;
    let version = store.commit(write(ADA, 3, &paused(100))).await;
    assert_eq!(version.expect("there is room again"), Version(103));
    assert_eq!(loaded(&store, ADA).await.events.len(), 103);
}

#[tokio::test]
async fn a_commit_that_does_not_fit_spoils_no_other_one() {
    let (store, _folder) = fresh();
    for id in [ADA, BOB] {
        store.commit(write(id, 0, &paused(1))).await.expect("there is room");
    }
    limit_to_its_size(&store, true).await;
    let large = paused(100);
    let mut does_not_fit = pin!(store.commit(write(ADA, 1, &large)));
    let mut fits = pin!(store.commit(Commit { wake: None, ..write(BOB, 1, &[]) }));
    keep_busy(&store, || {
        queue(does_not_fit.as_mut());
        queue(fits.as_mut());
    })
    .await;
    let answer = does_not_fit.await;
    assert!(matches!(answer, Err(CommitError::Unwritable { .. })), "{answer:?}");
    assert_eq!(fits.await.expect("it needs no room"), Version(1));
    assert_eq!(loaded(&store, BOB).await.wake, None);
}

#[tokio::test]
async fn of_commits_that_share_a_transaction_the_stale_one_is_refused_alone() {
    let (store, _folder) = fresh();
    let event = paused(1);
    let mut first = pin!(store.commit(write(ADA, 0, &event)));
    let mut stale = pin!(store.commit(write(ADA, 0, &event)));
    let mut next = pin!(store.commit(write(ADA, 1, &event)));
    let mut other = pin!(store.commit(write(BOB, 0, &event)));
    keep_busy(&store, || {
        queue(first.as_mut());
        queue(stale.as_mut());
        queue(next.as_mut());
        queue(other.as_mut());
    })
    .await;
    assert_eq!(first.await.expect("it came first"), Version(1));
    let answer = stale.await;
    assert!(matches!(answer, Err(CommitError::Stale { actual: Version(1), .. })), "{answer:?}");
    assert_eq!(next.await.expect("it saw the first"), Version(2));
    assert_eq!(other.await.expect("it has nothing to do with it"), Version(1));
}

#[tokio::test]
async fn a_flush_that_fails_leaves_every_commit_in_it_unconfirmed() {
    let (store, _folder) = fresh();
    let event = paused(1);
    // An event of nobody, looked at when the transaction ends: then its end fails.
    let mut poison = pin!(store.writer.write(|database| database.execute_batch(
        "PRAGMA defer_foreign_keys = ON;
         INSERT INTO events (migration, number, at, body) VALUES ('nobody', 1, '', '');",
    )));
    let mut shared = pin!(store.commit(write(ADA, 0, &event)));
    keep_busy(&store, || {
        queue(poison.as_mut());
        queue(shared.as_mut());
    })
    .await;
    assert!(matches!(poison.await, Err(Trouble::Unconfirmed(_))));
    let answer = shared.await;
    assert!(matches!(answer, Err(CommitError::Unconfirmed { migration: ADA, .. })), "{answer:?}");
    // What the caller does then: look, and decide again.
    assert_eq!(store.load(ADA).await.expect("readable"), None);
    let again = store.commit(write(ADA, 0, &event)).await;
    assert_eq!(again.expect("the writer goes on"), Version(1));
}

#[tokio::test]
async fn commits_under_way_are_finished_when_the_store_is_dropped() {
    let (store, folder) = fresh();
    {
        let event = paused(1);
        let mut abandoned = pin!(store.commit(write(ADA, 0, &event)));
        keep_busy(&store, || queue(abandoned.as_mut())).await;
    }
    drop(store);
    let store = SqliteStore::open(folder.path().join("carryover.db")).expect("it opens again");
    assert_eq!(loaded(&store, ADA).await.version, Version(1));
}

#[tokio::test]
async fn an_event_that_cannot_be_understood_is_named() {
    let (store, _folder) = fresh();
    store.commit(write(ADA, 0, &paused(1))).await.expect("there is room");
    let damage = |database: &rusqlite::Connection| {
        database.execute(
            "INSERT INTO events (migration, number, at, body, before) SELECT id, 2, ?2, ?3, head FROM migrations WHERE id = ?1",
            (ADA.to_string(), "2027-01-29T00:00:00Z", r#"{"version":2,"event":"sold"}"#),
        )
    };
    store.writer.write(damage).await.expect("the damage is done");
    let error = store.load(ADA).await.expect_err("the log is damaged");
    assert_eq!(
        error.to_string(),
        format!(
            "event 2 of migration {ADA} cannot be understood: \
             the record is in format version 2 and this program knows versions up to 1: a newer program wrote it"
        )
    );
}

#[tokio::test]
async fn an_event_that_is_missing_is_named() {
    let at_the_end = "UPDATE migrations SET version = 3";
    let in_the_middle = "INSERT INTO events (migration, number, at, body)
         SELECT migration, 4, at, body FROM events WHERE number = 2;
         UPDATE migrations SET version = 3";
    for damage in [at_the_end, in_the_middle] {
        let (store, _folder) = fresh();
        store.commit(write(ADA, 0, &paused(2))).await.expect("there is room");
        let damaged = store.writer.write(move |database| database.execute_batch(damage)).await;
        damaged.expect("the damage is done");
        let error = store.load(ADA).await.expect_err("the log is damaged");
        assert!(matches!(error, StoreError::Damaged { migration: ADA, number: 3, .. }), "{error}");
    }
}

/// Where the trigger did not see it: on the disk, or by somebody who took it away.
#[tokio::test]
async fn an_event_that_is_not_as_it_was_recorded_is_worked_upon_by_nobody() {
    for (altered, number) in [("body = replace(body, 'x', 'y')", 2), ("before = zeroblob(32)", 1)] {
        for last in [false, true] {
            let (store, _folder) = fresh();
            store.commit(write(ADA, 0, &paused(2))).await.expect("there is room");
            store.commit(write(BOB, 0, &paused(1))).await.expect("there is room");
            let (which, number) = if last { (2, 2) } else { (1, number) };
            let sql = format!(
                "DROP TRIGGER events_are_never_changed; UPDATE events SET {altered} WHERE migration = '{ADA}' AND number = {which}"
            );
            store.writer.write(move |database| database.execute_batch(&sql)).await.expect("the damage is done");
            let mut logs = store.load_all(&[ADA, BOB]).await.expect("readable");
            assert!(logs.pop().expect("Bob's").expect("it is whole").is_some());
            let error = logs.pop().expect("Ada's").expect_err("it is damaged");
            assert!(
                matches!(error, StoreError::Damaged { migration: ADA, number: named, .. } if named == number),
                "{altered} of {which}: {error}"
            );
            assert!(error.to_string().contains("is not as it was recorded"), "{error}");
        }
    }
}

#[tokio::test]
async fn events_cannot_be_changed_or_deleted() {
    let (store, _folder) = fresh();
    store.commit(write(ADA, 0, &paused(1))).await.expect("there is room");
    for sql in ["UPDATE events SET body = ''", "DELETE FROM events"] {
        let answer = store.writer.write(move |database| database.execute_batch(sql)).await;
        assert!(matches!(answer, Err(Trouble::NotWritten(_))), "{sql}: {answer:?}");
    }
    assert_eq!(loaded(&store, ADA).await.version, Version(1));
}

#[tokio::test]
async fn a_database_that_became_read_only_gives_no_lease_but_can_be_read() {
    let (store, _folder) = fresh();
    store.commit(write(ADA, 0, &paused(1))).await.expect("there is room");
    let read_only = |database: &rusqlite::Connection| database.execute_batch("PRAGMA query_only = ON");
    store.writer.write(read_only).await.expect("the pragma is set");
    let answer = store.lease_due(Timestamp::UNIX_EPOCH, SignedDuration::from_secs(60), 1).await;
    let error = answer.expect_err("nothing can be written").to_string();
    let says = "the database could not be written, nothing was changed: the file or its folder is read-only";
    assert!(error.starts_with(says), "{error}");
    assert_eq!(store.list().await.expect("readable").len(), 1);
}
