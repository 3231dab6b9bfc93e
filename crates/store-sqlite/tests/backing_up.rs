//! A backup is a database of its own, of one moment, made while others write.

use carryover_domain::Event;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_ports::{Archive, Commit, Cursor, Index, Store, Under, Version};
use carryover_store_sqlite::{BackupError, SqliteStore};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

fn migration(number: u128) -> MigrationId {
    MigrationId::of(TenantId::new(Uuid::from_u128(number)))
}

async fn write(store: &SqliteStore, id: MigrationId, expected: u64) {
    let events = vec![Event::Paused { by: "x".repeat(4_000) }; 10];
    let commit = Commit {
        migration: id,
        expected: Version(expected),
        events: &events,
        at: Timestamp::UNIX_EPOCH,
        wake: Some(Timestamp::UNIX_EPOCH),
        under: Under::NoLease,
        request: None,
    };
    store.commit(commit).await.expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_while_others_write_and_is_of_one_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carryover.db");
    let store = Arc::new(SqliteStore::open(&path).expect("a database"));
    for number in 0..200 {
        write(&store, migration(number), 0).await;
    }
    // Another process, which writes at each report of progress: the backup must not begin anew for that, nor see it.
    let other = Arc::new(SqliteStore::open(&path).expect("a database"));
    let before = store.kept_after(Cursor::START, usize::MAX).await.expect("readable");
    let reports = Arc::new(AtomicU64::new(0));
    let (runtime, told) = (tokio::runtime::Handle::current(), Arc::clone(&reports));
    let to = folder.path().join("backup.db");
    let each = move |_: u64, _: u64| {
        let number = told.fetch_add(1, Ordering::Relaxed);
        assert!(number < 20, "it begins again and again");
        runtime.block_on(write(&other, migration(1_000 + u128::from(number)), 0));
    };
    store.back_up(&to, each).await.expect("backed up");
    assert!(reports.load(Ordering::Relaxed) >= 2, "too small to be copied in steps");

    let copy = SqliteStore::open(&to).expect("a database");
    assert_eq!(copy.kept_after(Cursor::START, usize::MAX).await.expect("readable"), before);
    assert!(store.newest().await.expect("readable") > copy.newest().await.expect("readable"), "work went on");
    write(&copy, migration(1), 10).await;
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("carryover.db")).expect("a database");
    let to = folder.path().join("notes.txt");
    std::fs::write(&to, "mine").expect("written");
    let refused = store.back_up(&to, |_, _| ()).await;
    assert!(matches!(refused, Err(BackupError::Exists { .. })), "{refused:?}");
    assert_eq!(std::fs::read(&to).expect("there"), b"mine");
    let nowhere = store.back_up(&folder.path().join("none/backup.db"), |_, _| ()).await;
    assert!(matches!(nowhere, Err(BackupError::NotWritten { .. })), "{nowhere:?}");
}

/// Whoever deletes a row with another program breaks no page and no index by it.
#[tokio::test]
async fn a_customer_who_was_removed_with_another_program_is_missed_and_so_is_one_of_whom_only_requests_are_left() {
    for left in ["events", "requests"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("carryover.db");
        let store = SqliteStore::open(&path).expect("a database");
        write(&store, migration(1), 0).await;
        write(&store, migration(2), 0).await;
        assert_eq!(store.first_damage().await.expect("readable"), None);
        let other = rusqlite::Connection::open(&path).expect("a database");
        let request = format!(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO requests (key, fingerprint, migration, before, after)
             VALUES ('a', zeroblob(32), '{gone}', 0, 1);
             DROP TRIGGER events_are_never_deleted;
             DELETE FROM events WHERE '{left}' <> 'events' AND migration = '{gone}';
             DELETE FROM requests WHERE '{left}' <> 'requests';
             DELETE FROM migrations WHERE id = '{gone}'",
            gone = migration(1)
        );
        other.execute_batch(&request).expect("written");
        let says = store.first_damage().await.expect("readable").expect("damage");
        assert!(says.contains(&format!("of {left} belongs to a row of migrations that is gone")), "{says}");
        let backup = store.back_up(&folder.path().join("backup.db"), |_, _| ()).await;
        assert!(matches!(backup, Err(BackupError::Damaged { .. })), "{backup:?}");
    }
}
