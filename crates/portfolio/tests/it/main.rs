//! What partners hand in, and what they are told. Uses the public surface only.

mod batch_tool;
mod cells;
mod common;
mod dates;
mod elsewhere;
mod files;
mod properties;
mod reference;
mod rejected;
mod sources;
