//! What a file must begin with, and what it may not hold.

use super::{Failure, File, Tree};

/// A longer file does several things.
const LINES_MAX: usize = 800;

/// Marks that may not be committed: what they are, why not, and what to do. Put together here so that this file does
/// not hold them.
const MARKS: [(&str, &str, &str, &str); 3] = [
    (
        concat!("#[", "ignore"),
        "a test is ignored",
        "a test that does not run holds nothing",
        "make it run, or remove it",
    ),
    (concat!("to", "do!("), "something is left to be written", "it panics in somebody's hands", "write it"),
    (concat!("db", "g!("), "a value is printed for debugging", "it was meant for one look", "remove it"),
];

/// Places that exist on one machine only.
const MACHINE_PATHS: [&str; 3] = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// Made by `cargo xtask codegen`, as long as the contract makes it.
const GENERATED: &str = "crates/api/src/generated/";

/// Where no decision may hang on the stage of a line.
const ENGINE: &str = "crates/engine/src/";
const STAGE: &str = "Stage::";

pub(super) fn check(tree: &Tree, failures: &mut Vec<Failure>) {
    for file in &tree.files {
        machine_paths(file, failures);
        if file.path.ends_with("Cargo.toml") {
            lints(file, failures);
        }
    }
    for file in tree.rust().filter(|file| !file.path.starts_with(GENERATED)) {
        if !file.text.starts_with("//!") {
            fail(
                failures,
                file,
                1,
                "the file has no head",
                "a reader has to know what it is and what it never does",
                "begin it with a line of //!",
            );
        }
        let lines = file.lines().count();
        if lines > LINES_MAX {
            let what = format!("the file has {lines} lines, more than {LINES_MAX}");
            fail(failures, file, LINES_MAX + 1, &what, "it does several things", "divide it by what they are");
        }
        for (number, line) in file.lines() {
            for (mark, what, why, remedy) in MARKS {
                if line.contains(mark) {
                    fail(failures, file, number, what, why, remedy);
                }
            }
            if file.path.starts_with(ENGINE) && line.contains(STAGE) {
                let why = "the rules of a migration live in the domain, and the engine may not branch on them";
                fail(failures, file, number, "the engine names a stage", why, "ask a function of the domain");
            }
        }
    }
}

/// Every package takes part in the lints of the workspace.
fn lints(file: &File, failures: &mut Vec<Failure>) {
    let Ok(manifest) = file.text.parse::<toml::Table>() else { return };
    let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if manifest.contains_key("package") && inherits != Some(true) {
        let why = "one package without lints is enough for an unwrap";
        fail(failures, file, 1, "the package does not inherit the lints", why, "add `[lints]` with `workspace = true`");
    }
}

fn machine_paths(file: &File, failures: &mut Vec<Failure>) {
    for (number, line) in file.lines() {
        for path in MACHINE_PATHS {
            // Inside a longer path or address it is nobody's machine.
            let absolute = |(at, _): (usize, &str)| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*' | '/'))
            };
            if line.match_indices(path).any(absolute) {
                let why = "it exists on one machine only";
                fail(
                    failures,
                    file,
                    number,
                    "a path of one machine stands here",
                    why,
                    "write it relative to the repository",
                );
            }
        }
    }
}

fn fail(failures: &mut Vec<Failure>, file: &File, line: usize, what: &str, why: &'static str, remedy: &str) {
    let (file, what, remedy) = (file.path.clone(), what.to_owned(), remedy.to_owned());
    failures.push(Failure { file, line, what, why, remedy });
}
