//! The store in memory keeps every promise of a store.

use carryover_testkit::MemoryStore;

carryover_testkit::conformance::store!(|| (MemoryStore::new(), ()));
