//! The store in a PostgreSQL database, on a throw-away cluster.

mod conformance;
mod several;
mod standing;
