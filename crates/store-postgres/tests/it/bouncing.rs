//! Behind PgBouncer in transaction mode it keeps every promise of a store, and news of others arrive.

use crate::standing::{migration, open, pause};
use carryover_ports::{Cursor, Index};
use carryover_store_postgres::{Address, PostgresStore};
use carryover_testkit::postgres;
use std::time::Duration;

carryover_testkit::conformance::store!(|| {
    let address = postgres::bouncer()?.database();
    let address = Address::parse(&address).expect("an address");
    let open = async || PostgresStore::open(&address).await.expect("a database");
    let store = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(open()));
    Some((store, ()))
});

#[tokio::test]
async fn what_one_commits_another_notices() {
    let Some(bouncer) = postgres::bouncer() else { return };
    let address = bouncer.database();
    let (one, other) = (open(&address).await, open(&address).await);
    let waiting = tokio::spawn(async move { other.changed(Cursor::START, Duration::from_secs(60)).await });
    pause(&one, migration(1), 0).await.expect("written");
    assert!(waiting.await.expect("it ends").expect("readable"));
}
