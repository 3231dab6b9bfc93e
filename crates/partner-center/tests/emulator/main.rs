//! The adapter against the emulator, over loopback: one customer's way, the suites of the ports, and every fault.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod conformance;
mod faults;
mod handover_faults;
mod journey;
mod licence_faults;
mod line;
mod read_faults;
mod readings;
mod shop;
