//! The embedded store: one SQLite file, the two files that SQLite keeps beside it while it is open, and a mark of how far it has come.
//!
//! [`SqliteStore`] implements the ports `Store` and `Index`. One thread writes: it takes all commits that wait, writes
//! them in one transaction, and answers when that is on the disk, so that one flush serves many. Reads go beside it on
//! connections of their own. Decides nothing about migrations, and never repairs: what it cannot understand it reports.
//!
//! A commit that was answered is durable: it outlives a killed process and a power cut, as far as the disk keeps what it
//! has confirmed. Several processes may use one file at the same time; [`SqliteStore::lock_for_work`] is there for the
//! one that does the work.

mod archive;
mod backup;
mod fault;
mod lock;
mod mark;
mod open;
mod readers;
mod rows;
mod schema;
mod store;
mod writer;

#[cfg(test)]
mod hardship;

pub use backup::BackupError;
pub use lock::{LockError, WorkerLock};
pub use open::OpenError;
pub use store::SqliteStore;
