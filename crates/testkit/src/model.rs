//! The purchase and the letting go of the old subscription, explored whole: every order in which two workers, the clock, the
//! owner, one crash and one lost answer can meet two lines of one customer.
//!
//! The rules are the product's own [`decide`](carryover_domain::decide), [`evolve`](carryover_domain::evolve) and
//! [`owed`](carryover_domain::owed); this module only calls them. It knows no store and no engine: a commit is a comparison of
//! versions, which is what every store promises, and leases are not counted upon at all.
//!
//! ```
//! use carryover_testkit::model::{Bounds, Protocol, Variant, explore};
//!
//! // Nobody crashes, no answer is lost, one line: small enough for an example.
//! let calm = Bounds { lines: 1, crashes: 0, losses: 0, idles: 0 };
//! let explored = explore(Protocol::new(calm, Variant::AsShipped));
//! assert_eq!(explored.broken, None);
//! ```
//!
//! [`Variant`] names deliberate mistakes, each of which must be found.

mod outside;
mod protocol;
mod setting;
mod state;
mod variant;

pub use protocol::{Explored, Protocol, explore};
pub use setting::Bounds;
pub use state::{Move, State};
pub use variant::Variant;
