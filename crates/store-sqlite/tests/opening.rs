//! What a file must be before it is trusted, and what is said when it is not that.

use carryover_domain::Event;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_journal::chain::{Digest, Link, verify};
use carryover_ports::{Archive, Chain, Commit, CommitError, Index, Loaded, Request, RequestKey, Store, Under, Version};
use carryover_store_sqlite::{LockError, OpenError, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

const NOON: Timestamp = Timestamp::UNIX_EPOCH;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("carryover.db");
    (folder, path)
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).expect("it opens")
}

fn migration(number: u128) -> MigrationId {
    MigrationId::of(TenantId::new(Uuid::from_u128(number)))
}

async fn pause(store: &SqliteStore, id: MigrationId, expected: u64) -> Result<Version, CommitError> {
    let events = [Event::Paused { by: format!("person {expected}") }];
    store
        .commit(Commit {
            migration: id,
            expected: Version(expected),
            events: &events,
            at: NOON,
            wake: Some(NOON),
            under: Under::NoLease,
            request: None,
        })
        .await
}

async fn loaded(store: &SqliteStore, id: MigrationId) -> Loaded {
    store.load(id).await.expect("readable").expect("it exists")
}

/// Asserts that `path` is refused with that sentence, in which `{}` stands for the path, and that its bytes stay.
#[track_caller]
fn check_refused(path: &Path, says: &str) {
    let before = fs::read(path).ok();
    let error = SqliteStore::open(path).expect_err("it must not be opened");
    let text = error.to_string().replace(&path.display().to_string(), "{}");
    assert_eq!(text, says);
    assert_eq!(fs::read(path).ok(), before, "the file was touched");
}

#[test]
fn a_missing_folder_is_named() {
    let (folder, _) = folder();
    let missing = folder.path().join("not there");
    let error = SqliteStore::open(missing.join("carryover.db")).expect_err("no folder");
    assert_eq!(
        error.to_string(),
        format!("the folder {} does not exist: make it, or correct the path of the database", missing.display())
    );
}

#[test]
fn a_folder_in_place_of_the_file_is_refused() {
    let (folder, _) = folder();
    let error = SqliteStore::open(folder.path()).expect_err("a folder");
    assert!(matches!(error, OpenError::Unusable { .. }), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let (_folder, path) = folder();
    fs::write(&path, "tenant,domain,seats\n".repeat(100)).expect("written");
    check_refused(&path, "{} is not a database");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let (_folder, path) = folder();
    let other = rusqlite::Connection::open(&path).expect("a database");
    other.execute_batch("CREATE TABLE songs (title TEXT)").expect("a table");
    drop(other);
    check_refused(&path, "{} is a database of another program");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let (_folder, path) = folder();
    drop(open(&path));
    let newer = rusqlite::Connection::open(&path).expect("a database");
    newer.pragma_update(None, "user_version", 99).expect("set");
    drop(newer);
    check_refused(
        &path,
        "{} was written by a newer version of Carryover (its schema is 99, this program knows up to 3)",
    );
}

#[test]
fn a_database_that_was_cut_off_is_not_taken_for_an_empty_one() {
    let (_folder, path) = folder();
    drop(open(&path));
    let bytes = fs::read(&path).expect("bytes");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("cut off");
    let error = SqliteStore::open(&path).expect_err("it is damaged").to_string();
    assert!(error.contains("the file is damaged"), "{error}");
}

/// Found by flipping any bit of a database: what SQLite says of it quotes the definition over its lines.
#[test]
fn a_definition_that_is_damaged_is_told_in_one_line() {
    let (_folder, path) = folder();
    drop(open(&path));
    let mut bytes = fs::read(&path).expect("bytes");
    let definition = b"CREATE TABLE requests (\n";
    let at = bytes.windows(definition.len()).position(|window| window == definition).expect("the table is defined");
    bytes[at + definition.len() + 4] = b'`';
    fs::write(&path, bytes).expect("damaged");
    let error = SqliteStore::open(&path).expect_err("it is damaged").to_string();
    assert!(error.contains("the file is damaged") && !error.contains(char::is_control), "{error:?}");
}

#[test]
fn a_read_only_file_is_refused() {
    let (_folder, path) = folder();
    drop(open(&path));
    let mut permissions = fs::metadata(&path).expect("it exists").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("set");
    if fs::File::options().write(true).open(&path).is_ok() {
        // Root may write everywhere; nobody may not.
        let nobody = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
        let mut test = std::process::Command::new("setpriv");
        test.args(nobody).arg(std::env::current_exe().expect("this program"));
        let done = test.args(["--exact", "a_read_only_file_is_refused"]).output().expect("it starts");
        assert!(done.status.success(), "{done:?}");
        return;
    }
    check_refused(&path, "{} is read-only: the database must be writable");
}

#[test]
fn an_empty_file_becomes_a_database() {
    let (_folder, path) = folder();
    fs::write(&path, "").expect("written");
    drop(open(&path));
    drop(open(&path));
}

#[tokio::test]
async fn a_name_that_means_something_to_sqlite_is_a_file_like_any_other() {
    let (folder, _) = folder();
    for name in [":memory:", "file:x?mode=memory", "Bäckerei Krüger.db"] {
        let path = folder.path().join(name);
        pause(&open(&path), migration(1), 0).await.expect("written");
        assert_eq!(loaded(&open(&path), migration(1)).await.version, Version(1));
    }
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let (_folder, path) = folder();
    let store = open(&path);
    for number in [3, 1, 2] {
        pause(&store, migration(number), 0).await.expect("written");
    }
    pause(&store, migration(1), 1).await.expect("written");
    let minute = SignedDuration::from_secs(60);
    let lease = store.lease_due(NOON, minute, 1).await.expect("leased");
    let (list, log) = (store.list().await.expect("a list"), loaded(&store, migration(1)).await);
    drop(store);

    let store = open(&path);
    assert_eq!(store.list().await.expect("a list"), list);
    assert_eq!(loaded(&store, migration(1)).await, log);
    let held = lease[0].migration;
    let others = store.lease_due(NOON, minute, 10).await.expect("leased");
    assert!(others.iter().all(|lease| lease.migration != held), "it is still held");
    let after = store.lease_due(NOON + minute, minute, 10).await.expect("leased");
    let again = after.iter().find(|lease| lease.migration == held).expect("it has lapsed");
    assert_ne!(again.token, lease[0].token);
}

#[tokio::test]
async fn a_database_that_was_closed_is_one_file_with_its_mark() {
    let (folder, path) = folder();
    let store = open(&path);
    pause(&store, migration(1), 0).await.expect("written");
    loaded(&store, migration(1)).await;
    drop(store);
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).expect("readable").map(|file| file.expect("a file").path()).collect();
    names.sort();
    assert_eq!(names, [path.clone(), beside(&path, ".mark")], "whoever copies the database copies all of it");
    let copy = folder.path().join("copy.db");
    fs::copy(&path, &copy).expect("copied");
    assert_eq!(loaded(&open(&copy), migration(1)).await.version, Version(1));
}

/// The file beside the database at `path` whose name ends like that.
fn beside(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", path.display()))
}

/// A copy of the database at `path` as it is this moment, with what is beside it, as a machine that stops leaves it.
fn as_it_is(path: &Path, name: &str) -> PathBuf {
    let copy = path.with_file_name(name);
    for ending in ["", "-wal", ".mark"] {
        fs::copy(beside(path, ending), beside(&copy, ending)).expect("copied");
    }
    copy
}

#[tokio::test]
async fn a_log_that_was_cut_off_is_told_of_and_stays_as_it_is_until_somebody_does_without() {
    let (_folder, path) = folder();
    let store = open(&path);
    for version in 0..5 {
        pause(&store, migration(1), version).await.expect("written");
    }
    let found = as_it_is(&path, "found.db");
    let log = fs::read(beside(&found, "-wal")).expect("a log");
    // The last commit is damaged; in the file it is there still.
    let mut damaged = log.clone();
    let last = damaged.len() - 100;
    damaged[last] ^= 1;
    for left in [&log[..log.len() * 3 / 4], &damaged] {
        fs::write(beside(&found, "-wal"), left).expect("written");
        for _ in 0..2 {
            let error = SqliteStore::open(&found).expect_err("something is missing");
            assert!(matches!(error, OpenError::Lost { found: 1..=4, confirmed: 5, .. }), "{error}");
            let mark = beside(&found, ".mark").display().to_string();
            let says = error.to_string();
            assert!(says.contains("event 5 had been confirmed") && says.contains(&format!("delete {mark}")), "{says}");
            assert_eq!(
                fs::read(beside(&found, "-wal")).expect("a log"),
                left,
                "there may be more in it than can be read"
            );
        }
    }
    fs::write(beside(&found, "-wal"), &log).expect("what was missing is found");
    assert_eq!(loaded(&open(&found), migration(1)).await.version, Version(5));

    let found = as_it_is(&path, "accepted.db");
    fs::write(beside(&found, "-wal"), &log[..log.len() * 3 / 4]).expect("cut off");
    fs::remove_file(beside(&found, ".mark")).expect("somebody does without");
    let left = loaded(&open(&found), migration(1)).await.version;
    assert!(left < Version(5), "{left:?}");
    pause(&open(&found), migration(1), left.0).await.expect("it goes on");
    assert_eq!(loaded(&open(&found), migration(1)).await.version, Version(left.0 + 1));
}

#[tokio::test]
async fn an_older_copy_in_the_place_of_the_database_is_told_of_and_so_is_another_database() {
    let (folder, path) = folder();
    for version in 0..3 {
        pause(&open(&path), migration(1), version).await.expect("written");
    }
    let older = fs::read(&path).expect("a backup");
    let older_mark = fs::read(beside(&path, ".mark")).expect("its mark");
    for version in 3..5 {
        pause(&open(&path), migration(1), version).await.expect("written");
    }
    let (newer, mark) = (fs::read(&path).expect("bytes"), fs::read(beside(&path, ".mark")).expect("a mark"));
    fs::write(&path, &older).expect("put in its place");
    let error = SqliteStore::open(&path).expect_err("it is older");
    assert!(matches!(error, OpenError::Lost { found: 3, confirmed: 5, .. }), "{error}");
    assert!(error.to_string().contains("an older copy was put in its place"), "{error}");
    fs::remove_file(&path).expect("gone");
    let error = SqliteStore::open(&path).expect_err("it is not there");
    assert!(matches!(error, OpenError::Lost { found: 0, confirmed: 5, .. }), "{error}");
    assert!(!path.exists(), "nothing new is made in its place");

    // A machine that stops may leave an older mark, or none, or half of one.
    fs::write(&path, &newer).expect("put back");
    for left in [older_mark.as_slice(), &mark[..100], &[]] {
        fs::write(beside(&path, ".mark"), left).expect("written");
        assert_eq!(loaded(&open(&path), migration(1)).await.version, Version(5));
    }

    let other = folder.path().join("other.db");
    for version in 0..6 {
        pause(&open(&other), migration(2), version).await.expect("written");
    }
    fs::write(beside(&path, ".mark"), &mark).expect("put back");
    fs::copy(&other, &path).expect("put in its place");
    let error = SqliteStore::open(&path).expect_err("it is another one");
    assert!(matches!(error, OpenError::Other { confirmed: 5, .. }), "{error}");
}

#[tokio::test]
async fn of_two_processes_that_write_each_keeps_the_mark_of_both() {
    let (_folder, path) = folder();
    let (worker, command) = (open(&path), open(&path));
    for version in 0..6 {
        let store = if version % 2 == 0 { &worker } else { &command };
        pause(store, migration(1), version).await.expect("written");
        let mark = fs::read_to_string(beside(&path, ".mark")).expect("a mark");
        assert!(mark.starts_with(&format!("{:020} ", version + 1)), "{mark}");
    }
}

#[tokio::test]
async fn what_was_taken_over_is_marked_and_a_backup_begins_without() {
    let (folder, path) = folder();
    let (source, copy) = (open(&path), folder.path().join("copy.db"));
    pause(&source, migration(1), 0).await.expect("written");
    open(&copy).take_over(&source, &|_| ()).await.expect("taken over");
    assert_eq!(fs::read(beside(&copy, ".mark")).expect("a mark"), fs::read(beside(&path, ".mark")).expect("a mark"));
    let backup = folder.path().join("backup.db");
    source.back_up(&backup, |_, _| ()).await.expect("backed up");
    drop(open(&backup));
    assert!(!beside(&backup, ".mark").exists());
}

#[tokio::test]
async fn two_processes_on_one_file_see_each_other() {
    let (_folder, path) = folder();
    let (worker, command) = (open(&path), open(&path));
    pause(&command, migration(1), 0).await.expect("written");
    assert_eq!(loaded(&worker, migration(1)).await.version, Version(1));
    pause(&worker, migration(1), 1).await.expect("written");
    let late = pause(&command, migration(1), 1).await;
    assert!(matches!(late, Err(CommitError::Stale { actual: Version(2), .. })), "{late:?}");
}

#[tokio::test]
async fn what_was_answered_is_on_the_disk_before_the_store_is_closed() {
    let (folder, path) = folder();
    let store = open(&path);
    for version in 0..20 {
        pause(&store, migration(1), version).await.expect("written");
    }
    // What a machine that stops now would find: the files as they are, without the shared memory beside them.
    let found = folder.path().join("found.db");
    fs::copy(&path, &found).expect("copied");
    let wal = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    fs::copy(wal(&path), wal(&found)).expect("copied");
    assert_eq!(loaded(&open(&found), migration(1)).await.version, Version(20));
}

#[tokio::test]
async fn one_process_works_and_others_may_write_beside_it() {
    let (_folder, path) = folder();
    let (worker, other) = (open(&path), open(&path));
    let lock = worker.lock_for_work().await.expect("nobody works on it");
    let refused = other.lock_for_work().await.expect_err("somebody works on it");
    assert_eq!(
        refused.to_string(),
        format!("another carryover works on this database already (process {})", std::process::id())
    );
    pause(&other, migration(1), 0).await.expect("a command writes beside the worker");
    drop(lock);
    let _lock = other.lock_for_work().await.expect("nobody works on it any more");
    assert!(matches!(worker.lock_for_work().await, Err(LockError::LockedByAnother { .. })));
}

#[tokio::test]
async fn what_a_dead_worker_had_leased_is_due_again_at_once() {
    let (_folder, path) = folder();
    let (now, ttl) = (Timestamp::UNIX_EPOCH, SignedDuration::from_hours(24));
    let dead = open(&path);
    let lock = dead.lock_for_work().await.expect("nobody works on it");
    let events = [Event::Paused { by: "ana".to_owned() }];
    dead.commit(Commit {
        migration: migration(1),
        expected: Version(0),
        events: &events,
        at: now,
        wake: Some(now),
        under: Under::NoLease,
        request: None,
    })
    .await
    .expect("it commits");
    assert_eq!(dead.lease_due(now, ttl, 9).await.expect("readable").len(), 1);
    drop(lock);

    let next = open(&path);
    assert_eq!(next.lease_due(now, ttl, 9).await.expect("readable"), []);
    let _lock = next.lock_for_work().await.expect("nobody works on it any more");
    assert_eq!(next.lease_due(now, ttl, 9).await.expect("readable").len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn one_database_has_one_lock_whatever_it_is_called() {
    let (folder, path) = folder();
    let store = open(&path);
    let _lock = store.lock_for_work().await.expect("nobody works on it");
    let other_name = folder.path().join("other name.db");
    std::os::unix::fs::symlink(&path, &other_name).expect("a link");
    let refused = open(&other_name).lock_for_work().await;
    assert!(matches!(refused, Err(LockError::LockedByAnother { .. })), "{refused:?}");
}

/// Databases that the earlier versions of the schema were in use for: one customer's whole move, written by programs of their
/// time, and in the second one a request that was remembered. Never edited.
const SCHEMA_1: &[u8] = include_bytes!("databases/1.db");
const SCHEMA_2: &[u8] = include_bytes!("databases/2.db");

#[tokio::test]
async fn a_database_of_an_earlier_schema_is_brought_up_to_date_with_all_that_is_in_it() {
    for old in [SCHEMA_1, SCHEMA_2] {
        let (_folder, path) = folder();
        fs::write(&path, old).expect("written");
        let store = open(&path);
        let list = store.list().await.expect("a list");
        assert_eq!(list.len(), 1);
        let log = loaded(&store, list[0].migration).await;
        assert_eq!(log.version, Version(21));
        assert!(matches!(log.events[0].event, Event::Imported { .. }));
        assert!(carryover_domain::replay(log.events.iter().map(|recorded| &recorded.event)).is_some());

        let request = Request { key: RequestKey(Uuid::from_u128(1)), fingerprint: [1; 32] };
        let events = [Event::Paused { by: "ana".to_owned() }];
        let commit = Commit {
            migration: list[0].migration,
            expected: log.version,
            events: &events,
            at: NOON,
            wake: None,
            under: Under::NoLease,
            request: Some(&request),
        };
        assert_eq!(store.commit(commit.clone()).await.expect("written"), Version(22));
        drop(store);
        let store = open(&path);
        let again = store.commit(commit).await;
        assert!(matches!(again, Err(CommitError::Repeated(_))), "{again:?}");
        assert_eq!(store.newest().await.expect("readable").place(), 22);
    }
}

#[tokio::test]
async fn what_an_earlier_schema_held_is_chained_and_as_unchangeable_as_before() {
    for old in [SCHEMA_1, SCHEMA_2] {
        let (_folder, path) = folder();
        fs::write(&path, old).expect("written");
        let before = rusqlite::Connection::open(&path).expect("a database");
        let records = |database: &rusqlite::Connection| -> Vec<(i64, String, String)> {
            let mut all = database.prepare("SELECT seq, at, body FROM events ORDER BY seq").expect("a table");
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
            rows.collect::<Result<_, _>>().expect("rows")
        };
        let was = records(&before);
        drop(before);

        let store = open(&path);
        pause(&store, store.list().await.expect("a list")[0].migration, 21).await.expect("written");
        let heads = store.heads().await.expect("readable");
        let Chain { head, events } = store.chain(heads[0].migration).await.expect("readable").expect("it exists");
        let links = events.iter().map(|kept| Link {
            number: kept.number,
            at: kept.at,
            record: &kept.record,
            before: Digest(kept.before),
        });
        assert_eq!(verify(head.migration, links, Digest(head.digest)), Ok(22));
        drop(store);
        let after = rusqlite::Connection::open(&path).expect("a database");
        assert_eq!(records(&after)[..21], was);
        for change in ["UPDATE events SET before = zeroblob(32)", "DELETE FROM events"] {
            let refused = after.execute_batch(change).expect_err("refused").to_string();
            assert!(refused.contains("events are never"), "{refused}");
        }
    }
}

#[tokio::test]
async fn requests_of_an_earlier_schema_are_remembered() {
    let (_folder, path) = folder();
    fs::write(&path, SCHEMA_2).expect("written");
    let [remembered] = open(&path).remembered(RequestKey(Uuid::from_u128(7))).await.expect("readable")[..] else {
        panic!("it was remembered once");
    };
    assert_eq!(
        (remembered.before, remembered.after, remembered.request.fingerprint),
        (Version(3), Version(4), [7; 32])
    );
}
