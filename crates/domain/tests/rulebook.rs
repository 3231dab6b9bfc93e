//! The arithmetic of the rule book at its edges: leap days, exact boundaries, ties, nothing, and inputs that have no answer.

mod rulebook {
    mod alignment;
    mod batch;
    mod ending;
    mod local;
    mod money;
    mod renewal;
    mod schedule;
    mod seats;
    mod terms;
    mod window;
    mod words;
}

use std::fmt::Debug;
use std::str::FromStr;

/// A day, an instant or an amount, as it is written.
fn read<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error:?}"))
}
