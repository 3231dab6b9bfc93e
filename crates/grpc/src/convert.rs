//! What the domain says, as messages of the API: total, and but for a customer's policy one way. Decides nothing.

mod customer;
mod event;
mod forecast;
mod line;
mod matching;
mod migration;
mod plan;
mod policy;
mod report;
mod value;

pub(crate) use customer::customer;
pub(crate) use event::event;
pub(crate) use forecast::forecast;
pub(crate) use line::{line, lines};
pub use matching::matches;
pub use migration::etag;
pub(crate) use migration::migration;
pub(crate) use plan::{plan, proposals};
pub use policy::customer_policy;
pub(crate) use policy::own_policy;
pub(crate) use report::{Tally, portfolio, report};
pub(crate) use value::instant;
