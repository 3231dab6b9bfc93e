//! The binary: command line, configuration and wiring. Holds no rules.
fn main() {}
