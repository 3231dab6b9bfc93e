//! The adapter against written exchanges, served over loopback. No emulator here: every byte is in sight.
//!
//! An exchange file (`tests/exchanges/*.http`) reads like a recording; `support` says how.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod budgets;
mod catalogue;
mod customers;
mod doubtful;
mod identity;
mod listing;
mod notices;
mod others;
mod pacing;
mod probe;
mod purchase;
mod quirks;
mod selling;
mod standing;
mod support;
mod tenant;
