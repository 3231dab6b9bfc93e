//! Databases of earlier versions of the schema, written by the functions of their time, are brought up to date with all that is in
//! them, and worked on.

use crate::standing::{migration, open, pause};
use carryover_domain::Event;
use carryover_journal::chain::{Digest, Link, verify};
use carryover_ports::{Archive, Budgets, Chain, Index, RequestKey, Store, Version};
use carryover_testkit::postgres::{self, Cluster};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The scripts that made each version of the schema of the one before it. Never edited.
const SCRIPTS: [&str; 3] = [
    include_str!("../../migrations/1.sql"),
    include_str!("../../migrations/2.sql"),
    include_str!("../../migrations/3.sql"),
];

/// A database of schema `version`, in which a program of its time has recorded two events of one customer upon a request, and one
/// of another.
fn of_schema(cluster: &Cluster, version: usize) -> String {
    let address = cluster.database();
    let name = Cluster::name_of(&address);
    cluster.sql(
        name,
        &format!(
            "CREATE SCHEMA carryover; CREATE TABLE carryover.schema_version (version int4 NOT NULL);
             INSERT INTO carryover.schema_version VALUES ({version})"
        ),
    );
    for script in &SCRIPTS[..version] {
        cluster.sql(name, script);
    }
    let record = |by: &str| carryover_journal::encode(&Event::Paused { by: by.to_owned() });
    let (ada, bob) = (migration(1), migration(2));
    let at = "1970-01-01T00:00:00.000000000Z";
    let lasts = if version < 3 { "" } else { ", ARRAY[false, false]" };
    let fates = cluster.sql(
        name,
        &format!(
            "SELECT fate FROM carryover.append(ARRAY['{ada}', '{bob}']::uuid[], ARRAY[0, 0]::bigint[], ARRAY['{at}', '{at}'],
                 ARRAY['{at}', NULL], ARRAY[NULL, NULL]::bigint[], ARRAY['{key}', NULL]::uuid[],
                 ARRAY[sha256('asked'), NULL]::bytea[], ARRAY[2, 1], ARRAY['{}', '{}', '{}']{lasts})",
            record("ana"),
            record("eve"),
            record("bo"),
            key = Uuid::from_u128(7),
        ),
    );
    assert_eq!(fates.trim(), "written\nwritten");
    address
}

#[tokio::test]
async fn a_database_of_an_earlier_schema_is_brought_up_to_date_with_all_that_is_in_it_and_worked_on() {
    let Some(cluster) = postgres::shared() else { return };
    for version in 1..=SCRIPTS.len() {
        let address = of_schema(cluster, version);
        let store = open(&address).await;
        let newest = cluster.sql(Cluster::name_of(&address), "SELECT version FROM carryover.schema_version");
        assert_eq!(newest.trim(), SCRIPTS.len().to_string());
        let log = store.load(migration(1)).await.expect("readable").expect("it exists");
        assert_eq!((log.version, log.wake), (Version(2), Some(Timestamp::UNIX_EPOCH)));
        assert_eq!(log.events[1].event, Event::Paused { by: "eve".to_owned() });
        let [asked] = store.remembered(RequestKey(Uuid::from_u128(7))).await.expect("readable")[..] else {
            panic!("it was remembered once");
        };
        assert_eq!((asked.migration, asked.before, asked.after), (migration(1), Version(0), Version(2)));

        let (now, minute) = (Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1));
        let leases = store.lease_due(now, minute, 9).await.expect("leased");
        assert_eq!(leases.iter().map(|lease| lease.migration).collect::<Vec<_>>(), [migration(1)]);
        store.release(&leases[0]).await.expect("given back");
        assert_eq!(pause(&store, migration(1), 2).await.expect("written"), Version(3));
        let Chain { head, events } = store.chain(migration(1)).await.expect("readable").expect("it exists");
        let links = events.iter().map(|kept| Link {
            number: kept.number,
            at: kept.at,
            record: &kept.record,
            before: Digest(kept.before),
        });
        assert_eq!(verify(head.migration, links, Digest(head.digest)), Ok(3));
        assert_eq!(store.newest().await.expect("readable").place(), 4);
        assert!(!store.budgets().holds(&[], 1).await, "budgets can be asked");
    }
}
