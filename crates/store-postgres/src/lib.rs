//! The store that several machines share: one PostgreSQL database, version 15 or newer.
//!
//! [`PostgresStore`] implements the ports `Store` and `Index`. What has to be coordinated is coordinated by PostgreSQL: rows are
//! the leases, an advisory lock orders the commits of events, LISTEN and NOTIFY tell of them. Each process writes all commits
//! that wait in one statement, which is one transaction, so that one flush serves many and nobody holds a lock while its client
//! sleeps. Decides nothing about migrations, and never repairs: what it cannot understand it reports.
//!
//! A commit that was answered is durable, as far as the server keeps what it has confirmed: with `synchronous_commit` switched
//! off for the database, commits of events are flushed all the same.
//!
//! Works behind PgBouncer in transaction mode: no statement has a name, nothing is kept in a session.
//! LISTEN hears nothing there, so news of other processes are looked for as well, every half second.

mod archive;
mod budgets;
mod connect;
mod fault;
mod listen;
mod rows;
mod schema;
mod store;
mod writer;

#[cfg(test)]
mod silence;

pub use budgets::PostgresBudgets;
pub use connect::{Address, AddressError, OpenError};
pub use store::PostgresStore;
