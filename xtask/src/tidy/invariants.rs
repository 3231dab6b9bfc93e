//! Every numbered invariant has a test that bears its number.

use super::{Failure, Tree};

const NAMED: &str = "crates/domain/src/lib.rs";
const TESTED: &str = "crates/domain/tests/invariants.rs";

pub(super) fn check(tree: &Tree, failures: &mut Vec<Failure>) {
    let Some(named) = tree.get(NAMED) else { return };
    let tests = tree.get(TESTED).map_or("", |file| &file.text);
    for (line, text) in named.lines() {
        let Some(number) =
            text.strip_prefix("//! - **I").and_then(|rest| rest.split_once("**")).map(|(number, _)| number)
        else {
            continue;
        };
        let name = format!("fn i{number}_");
        if !tests.lines().any(|line| line.trim_start().starts_with(&name)) {
            failures.push(Failure {
                file: NAMED.to_owned(),
                line,
                what: format!("invariant I{number} has no test"),
                why: "what is promised and not tested does not hold",
                remedy: format!("add a test to {TESTED} whose name begins with `i{number}_`"),
            });
        }
    }
}
