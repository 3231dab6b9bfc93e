//! It keeps every promise of a store.

use carryover_store_postgres::{Address, PostgresStore};
use carryover_testkit::postgres;

carryover_testkit::conformance::store!(|| {
    let address = postgres::shared()?.database();
    let address = Address::parse(&address).expect("an address");
    let open = async || PostgresStore::open(&address).await.expect("a database");
    let store = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(open()));
    Some((store, ()))
});
