//! What the domain says, as messages of the API. Total, one way, and decides nothing.

mod customer;
mod event;
mod forecast;
mod line;
mod matching;
mod migration;
mod plan;
mod report;
mod value;

pub(crate) use customer::customer;
pub(crate) use event::event;
pub(crate) use forecast::forecast;
pub(crate) use line::{line, lines};
pub use matching::matches;
pub(crate) use migration::migration;
pub(crate) use plan::{plan, proposals};
pub(crate) use report::{Tally, portfolio, report};
pub(crate) use value::instant;
