//! The store in a PostgreSQL database, on a throw-away cluster.

mod bouncing;
mod budgets;
mod conformance;
mod isolation;
mod several;
mod standing;
mod tls;
mod upgrading;
