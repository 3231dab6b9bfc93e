//! The API: services of the contract under `proto/` over the engine. Translates, admits and streams; decides nothing.
//!
//! [`serve`] answers calls until it is told to stop. Reading order: `facade` (what all services work with), `board` (what
//! lists show), `reading`, `acting`, `updating`, `importing`, `watch`, `journal` (one file for each way of use), `service` (the contract's methods,
//! one line each), `convert` (what the domain says, as messages), `fault` (what is answered otherwise).

mod acting;
mod approval;
mod asking;
mod audit;
mod board;
mod caller;
mod convert;
#[cfg(any(test, feature = "fuzzing"))]
pub mod decoding;
mod entrance;
mod explain;
mod facade;
mod fault;
mod feed;
mod filter;
mod importing;
mod journal;
mod jwt;
mod keys;
mod name;
mod page;
mod rate;
mod reading;
mod server;
mod service;
mod token;
mod updating;
mod users;
mod watch;

pub use approval::ApprovalRules;
pub use audit::{Audit, AuditError};
pub use caller::{Caller, ClientCertificate, Credentials, Gate, Role, StaticToken};
pub use convert::{customer_policy, etag, matches};
pub use facade::{Office, Requests};
pub use jwt::Issuer;
pub use keys::{KeySet, KeysError};
pub use server::{Limits, ServeError, Tls, Transport, serve};
pub use token::{NoRandomness, Seal};
