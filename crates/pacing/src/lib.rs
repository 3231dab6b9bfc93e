//! Budgets of calls over time, for whoever keeps them: in memory for one process, in a database for many.
//!
//! Pure: told what time it is, and never told of a clock, a network or a disk.

mod bucket;

pub use bucket::{Bucket, Level};
