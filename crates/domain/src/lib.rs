//! The migration rules and the state of a migration, pure: no clock, id, randomness, I/O, async, serde or logging.
//!
//! Reading order: [`portfolio`] (what the partner says), [`facts`] (what reads say), [`mod@assess`] (what stands in the
//! way), [`mod@plan`] (what will be done), [`migration`] (what has happened and what is owed), [`report`].
//!
//! Rules cite their number in the rule book ("rule R95") and facts about the services their section in the fact sheet
//! ("fact sheet 13.4").
//!
//! # Invariants
//!
//! Each is held by the test of that name in `tests/invariants.rs`.
//!
//! - **I1** At most one accepted purchase per planned line, under any schedule of crashes, lost replies, stale workers
//!   and repeats.
//! - **I2** Nobody is asked to stop the renewal of a source, and no licence of it is taken, before its line is covered.
//! - **I3** No write leaves before the event that names it is committed.
//! - **I4** Bought seats never exceed planned seats; a price that is known before the purchase never exceeds the ceiling.
//! - **I5** No event moves a line backwards, save a written-off cart and a person's answer.
//! - **I6** `decide`, `evolve` and `owed` are functions: same arguments, same answer.
//! - **I7** An unknown reply counts neither as success nor as failure.
//! - **I8** Once faults stop and outside parties answer, every line reaches `Closed` or `NeedsAttention`.

pub mod aftermath;
pub mod assess;
pub mod audit;
pub mod facts;
pub mod finding;
pub mod forecast;
pub mod handover;
pub mod ids;
pub mod migration;
pub mod observed;
pub mod offer;
pub mod overall;
pub mod plan;
pub mod policy;
pub mod portfolio;
pub mod product;
pub mod program;
pub mod provenance;
pub mod region;
pub mod reply;
pub mod report;
pub mod route;
pub mod rules;
pub mod sold;
pub mod time;
pub mod value;

pub use migration::decide::decide;
pub use migration::effect::Effect;
pub use migration::event::{Answer, Event};
pub use migration::evolve::{evolve, replay};
pub use migration::input::{Command, Input, Moment, Observation, Rejection, Reply, ServicesSeen};
pub use migration::owed::owed;
pub use migration::state::{Cause, Exit, Line, Migration, Stage, Swap};
pub use migration::wake::{oversleeps, wake};
