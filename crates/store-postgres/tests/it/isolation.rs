//! A database whose transactions see less than usual unless told otherwise, and a server that breaks off what clashes.

use crate::standing::{migration, open, pause};
use carryover_ports::{Store, Version};
use carryover_store_postgres::{Address, OpenError, PostgresStore};
use carryover_testkit::postgres::{self, Cluster};
use jiff::{SignedDuration, Timestamp};

/// Has transactions in the database at `address` see it as it was when they began.
fn isolate(cluster: &Cluster, address: &str) {
    let name = Cluster::name_of(address);
    cluster.sql(name, &format!("ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"));
}

carryover_testkit::conformance::store!(|| {
    let cluster = postgres::shared()?;
    let address = cluster.database();
    isolate(cluster, &address);
    let address = Address::parse(&address).expect("an address");
    let open = async || PostgresStore::open(&address).await.expect("a database");
    let store = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(open()));
    Some((store, ()))
});

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_commit_at_the_same_time_all_get_on() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    isolate(cluster, &address);
    let mut processes = Vec::new();
    for process in 0..3 {
        let store = open(&address).await;
        processes.push(tokio::spawn(async move {
            for version in 0..40 {
                pause(&store, migration(process), version).await.expect("written");
            }
        }));
    }
    for process in processes {
        process.await.expect("it ends");
    }
}

#[tokio::test]
async fn where_nobody_can_say_otherwise_for_a_session_it_is_said_what_to_do() {
    let Some(bouncer) = postgres::bouncer() else { return };
    let Some(cluster) = postgres::shared() else { return };
    let address = bouncer.database();
    isolate(cluster, &address);
    let address = Address::parse(&address).expect("an address");
    let error = PostgresStore::open(&address).await.expect_err("events would be numbered twice");
    assert!(matches!(&error, OpenError::Isolated { found, .. } if found == "repeatable read"), "{error}");
    assert!(error.to_string().contains("ALTER ROLE"), "{error}");
}

/// Has the next changes of `table` fail, twice, as `raised`.
fn fail_twice(cluster: &Cluster, address: &str, table: &str, raised: &str) {
    let sql = format!(
        "CREATE SEQUENCE carryover.tries;
         CREATE FUNCTION carryover.fail() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('carryover.tries') <= 2 THEN RAISE EXCEPTION 'not now' USING {raised}; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER fails BEFORE INSERT OR UPDATE ON carryover.{table} FOR EACH ROW EXECUTE FUNCTION carryover.fail()"
    );
    cluster.sql(Cluster::name_of(address), &sql);
}

/// How often a change was tried since.
fn tries(cluster: &Cluster, address: &str) -> String {
    cluster.sql(Cluster::name_of(address), "SELECT last_value FROM carryover.tries").trim().to_owned()
}

#[tokio::test]
async fn what_the_server_breaks_off_because_it_clashes_is_done_again() {
    let Some(cluster) = postgres::shared() else { return };
    for raised in ["ERRCODE = '40001'", "ERRCODE = '40P01'", "ERRCODE = '23505', CONSTRAINT = 'events_pkey'"] {
        let address = cluster.database();
        let store = open(&address).await;
        fail_twice(cluster, &address, "events", raised);
        assert_eq!(pause(&store, migration(1), 0).await.expect("written"), Version(1), "{raised}");
        assert_eq!(tries(cluster, &address), "3", "{raised}");
    }
    for raised in ["ERRCODE = '40001'", "ERRCODE = '40P01'"] {
        let (now, minute) = (Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1));
        let address = cluster.database();
        let store = open(&address).await;
        pause(&store, migration(1), 0).await.expect("written");
        fail_twice(cluster, &address, "migrations", raised);
        let leases = store.lease_due(now, minute, 9).await.expect("leased");
        assert_eq!((leases.len(), tries(cluster, &address).as_str()), (1, "3"), "{raised}");

        let address = cluster.database();
        let store = open(&address).await;
        pause(&store, migration(1), 0).await.expect("written");
        let leases = store.lease_due(now, minute, 9).await.expect("leased");
        fail_twice(cluster, &address, "migrations", raised);
        store.release(&leases[0]).await.expect("given back");
        assert_eq!(tries(cluster, &address), "3", "{raised}");
        assert_eq!(store.lease_due(now, minute, 9).await.expect("leased").len(), 1);
    }
}
