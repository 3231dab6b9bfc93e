//! The API: services of the contract under `proto/` over the engine. Translates, admits and streams; decides nothing.
//!
//! [`serve`] answers calls until it is told to stop. Reading order: `facade` (what all services work with), `reading`,
//! `acting`, `importing`, `watch` (one file for each way of use), `service` (the contract's methods, one line each),
//! `convert` (what the domain says, as messages), `fault` (what is answered otherwise).

mod acting;
mod asking;
mod audit;
mod caller;
mod convert;
mod facade;
mod fault;
mod feed;
mod filter;
mod importing;
mod name;
mod page;
mod reading;
mod server;
mod service;
mod token;
mod watch;

pub use audit::{Audit, AuditError};
pub use caller::{Caller, Gate, Role, StaticToken};
pub use facade::Office;
pub use server::{Limits, ServeError, serve};
pub use token::{NoRandomness, Seal};
