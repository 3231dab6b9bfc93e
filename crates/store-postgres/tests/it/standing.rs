//! What a database must be before it is used, what is said when it is not that, and what cannot be done to it.

use carryover_domain::Event;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_ports::{Archive, Commit, CommitError, Store, StoreError, TakeOverError, Under, Version};
use carryover_store_postgres::{Address, AddressError, OpenError, PostgresStore};
use carryover_testkit::postgres::{self, Cluster, Flush};
use jiff::Timestamp;
use tokio_postgres::NoTls;
use uuid::Uuid;

const NOON: Timestamp = Timestamp::UNIX_EPOCH;

pub(crate) fn migration(number: u128) -> MigrationId {
    MigrationId::of(TenantId::new(Uuid::from_u128(number)))
}

pub(crate) async fn open(address: &str) -> PostgresStore {
    PostgresStore::open(&Address::parse(address).expect("an address")).await.expect("a database")
}

pub(crate) async fn pause(store: &PostgresStore, id: MigrationId, expected: u64) -> Result<Version, CommitError> {
    let events = [Event::Paused { by: format!("person {expected}") }];
    let commit = Commit {
        migration: id,
        expected: Version(expected),
        events: &events,
        at: NOON,
        wake: Some(NOON),
        under: Under::NoLease,
        request: None,
    };
    store.commit(commit).await
}

#[test]
fn an_address_never_shows_its_password_and_never_sends_it_in_the_clear() {
    let address = Address::parse("postgres://ada:s3cret@db.example:5433/carryover?sslmode=require").expect("good");
    assert_eq!(address.to_string(), "postgres://ada@db.example:5433/carryover");
    assert!(!format!("{address:?}").contains("s3cret"));
    let clear = Address::parse("postgres://ada:s3cret@db.example/carryover").expect_err("no TLS");
    assert_eq!(clear, AddressError::InTheClear);
    assert!(Address::parse("postgres://ada@[::1]/carryover").is_ok(), "loopback needs none");
    let error = Address::parse("postgres://ada:s3cret@host:port/x").expect_err("no port").to_string();
    assert!(error.contains("postgres://user@host:5432/carryover") && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let address = Address::parse("postgres://ada@127.0.0.1:1/carryover").expect("an address");
    let error = PostgresStore::open(&address).await.expect_err("nobody listens").to_string();
    assert!(error.starts_with("the database postgres://ada@127.0.0.1:1/carryover cannot be reached: "), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    drop(open(&address).await);
    cluster.sql(Cluster::name_of(&address), "UPDATE carryover.schema_version SET version = 99");
    let address = Address::parse(&address).expect("an address");
    let error = PostgresStore::open(&address).await.expect_err("it is newer");
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_the_same_time_make_the_tables_once() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let address = address.clone();
            tokio::spawn(async move { open(&address).await })
        })
        .collect();
    for (number, start) in (0..).zip(starts) {
        let store = start.await.expect("it starts");
        pause(&store, migration(number), 0).await.expect("written");
    }
}

/// A process can be stopped at any instruction, also while it prepares the tables. Others open the database all the same.
#[tokio::test]
async fn whoever_stands_still_while_it_prepares_the_tables_holds_nobody_up() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    drop(open(&address).await);
    let (sleeper, connection) = tokio_postgres::connect(&address, NoTls).await.expect("a connection");
    let _kept = tokio::spawn(connection);
    sleeper.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(4855443196130)").await.expect("the lock is free");
    let store = open(&address).await;
    pause(&store, migration(1), 0).await.expect("written");
}

#[tokio::test]
async fn events_cannot_be_changed_or_deleted_and_damage_is_named() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let (store, name) = (open(&address).await, Cluster::name_of(&address));
    pause(&store, migration(1), 0).await.expect("written");
    pause(&store, migration(2), 0).await.expect("written");
    for change in ["UPDATE carryover.events SET body = '{}'", "DELETE FROM carryover.events"] {
        let must_be_refused = format!(
            "DO $$ BEGIN BEGIN {change}; EXCEPTION WHEN OTHERS THEN RETURN; END; RAISE EXCEPTION 'not refused'; END $$"
        );
        cluster.sql(name, &must_be_refused);
    }
    assert_eq!(store.load(migration(1)).await.expect("readable").expect("it exists").version, Version(1));

    cluster.sql(
        name,
        "ALTER TABLE carryover.events DISABLE TRIGGER ALL; UPDATE carryover.events SET body = '{\"version\":2}' WHERE place = 1",
    );
    let mut together = store.load_all(&[migration(1), migration(2)]).await.expect("readable");
    assert!(together.pop().expect("the second").expect("it is whole").is_some());
    let error = together.pop().expect("the first").expect_err("it is damaged");
    assert!(matches!(error, StoreError::Damaged { number: 1, .. }), "{error}");

    // What can be understood and is not what was recorded is no better.
    cluster.sql(name, "UPDATE carryover.events SET body = replace(body, 'person', 'nobody') WHERE place = 2");
    let error = store.load(migration(2)).await.expect_err("it is altered");
    assert!(matches!(error, StoreError::Damaged { number: 1, .. }), "{error}");
    assert!(error.to_string().contains("is not as it was recorded"), "{error}");
}

/// A standby that is not promoted yet, a statement or a lock that took too long, no memory or connection just now: the server says no
/// for ever to whoever stays on the connection, and nothing of it was done.
#[tokio::test]
async fn what_the_server_cannot_do_now_is_done_upon_another_connection() {
    let Some(cluster) = postgres::shared() else { return };
    for code in ["25006", "57014", "55P03", "53200", "53300"] {
        let address = cluster.database();
        let (store, name) = (open(&address).await, Cluster::name_of(&address));
        pause(&store, migration(1), 0).await.expect("written");
        // What a sequence holds outlives a transaction that is rolled back.
        let refuse = format!(
            "CREATE SEQUENCE refused;
             CREATE FUNCTION not_now() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF (SELECT last_value FROM public.refused) IN (1, pg_backend_pid()) THEN
                     PERFORM setval('public.refused', pg_backend_pid());
                     RAISE EXCEPTION 'not now' USING ERRCODE = '{code}';
                 END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER not_now BEFORE INSERT ON carryover.events FOR EACH ROW EXECUTE FUNCTION not_now()"
        );
        cluster.sql(name, &refuse);
        assert_eq!(pause(&store, migration(1), 1).await.expect("written"), Version(2), "{code}");
        assert_ne!(cluster.sql(name, "SELECT last_value FROM refused").trim(), "1", "{code} was met");
    }
}

/// Whoever has a COMMIT cancelled does not know what became of it.
#[tokio::test]
async fn a_copy_whose_end_was_cancelled_is_in_doubt() {
    let Some(cluster) = postgres::shared() else { return };
    let (from, to) = (open(&cluster.database()).await, cluster.database());
    pause(&from, migration(1), 0).await.expect("written");
    let (target, name) = (open(&to).await, Cluster::name_of(&to));
    cluster.sql(
        name,
        "CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             RAISE EXCEPTION 'canceling statement due to user request' USING ERRCODE = '57014';
         END $$;
         CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON carryover.events DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION cancel()",
    );
    let copied = target.take_over(&from, &|_| ()).await;
    assert!(matches!(copied, Err(TakeOverError::Unconfirmed { .. })), "{copied:?}");
    cluster.sql(name, "DROP TRIGGER at_the_end ON carryover.events");
    assert_eq!(target.take_over(&from, &|_| ()).await.expect("it was not done").events, 1);
}

#[tokio::test]
async fn the_digests_are_those_of_the_journal() {
    use carryover_journal::chain::Digest;
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    let mut digest = Digest::of_none(migration(1));
    for number in 1..=3 {
        pause(&store, migration(1), number - 1).await.expect("written");
        let event = Event::Paused { by: format!("person {}", number - 1) };
        digest = digest.with(number, NOON, &carryover_journal::encode(&event));
    }
    let head = cluster.sql(Cluster::name_of(&address), "SELECT encode(head, 'hex') FROM carryover.migrations");
    assert_eq!(head.trim(), digest.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_at_once_and_started_again_loses_nothing_that_was_answered() {
    let Some(cluster) = postgres::own(Flush::Yes) else { return };
    let store = std::sync::Arc::new(open(&cluster.database()).await);
    let enough = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let worker = tokio::spawn({
        let (store, enough) = (store.clone(), enough.clone());
        async move {
            let (mut version, mut unconfirmed) = (0, 0);
            while !enough.load(std::sync::atomic::Ordering::Relaxed) {
                match pause(&store, migration(1), version).await {
                    Ok(Version(now)) => version = now,
                    Err(CommitError::Unconfirmed { .. } | CommitError::Stale { .. }) => {
                        unconfirmed += 1;
                        let there = store.load(migration(1)).await.expect("readable again");
                        let there = there.map_or(0, |log| log.version.0);
                        assert!(there >= version, "{version} were answered and {there} are there");
                        version = there;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            (version, unconfirmed)
        }
    });
    for _ in 0..3 {
        let newest = store_place(&store).await;
        let grown = carryover_ports::Index::changed(&*store, newest, std::time::Duration::from_secs(60)).await;
        assert!(grown.expect("readable"), "the worker works");
        cluster.stop_at_once();
        cluster.start_again();
    }
    enough.store(true, std::sync::atomic::Ordering::Relaxed);
    let (version, unconfirmed) = worker.await.expect("the worker ends");
    println!("{unconfirmed} commits were looked for after a restart");
    assert_eq!(store.load(migration(1)).await.expect("readable").expect("it exists").version, Version(version));
}

async fn store_place(store: &PostgresStore) -> carryover_ports::Cursor {
    carryover_ports::Index::newest(store).await.expect("readable")
}
