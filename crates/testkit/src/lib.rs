//! What a test of Carryover needs and a product must not have: a store in memory, a clock that is set by hand, ids that
//! are counted, generated events, and the suites that say whether an adapter is correct.
//!
//! Whoever writes a store of their own runs [`conformance::store!`] over it, and whoever writes an adapter of the outside world
//! [`conformance::commerce!`], [`conformance::catalogue!`], [`conformance::directory!`], [`conformance::subscriptions!`],
//! [`conformance::conversions!`], [`conformance::transfers!`] and [`conformance::webhooks!`]. Depends on no adapter; for use in
//! tests only.

mod archive;
mod clock;
pub mod conformance;
mod memory;
pub mod model;
pub mod postgres;
pub mod sim;
pub mod strategies;

pub use clock::{CountingIds, ManualClock};
pub use memory::MemoryStore;
