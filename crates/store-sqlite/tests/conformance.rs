//! The store in a SQLite file keeps every promise of a store.

use carryover_store_sqlite::SqliteStore;

carryover_testkit::conformance::store!(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("carryover.db")).expect("a database");
    (store, folder)
});
