//! This repository is tidy, and what is generated in it is up to date.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_repository_is_tidy() {
    let failures = xtask::tidy::check(&root()).expect("the repository can be read");
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} failures\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn the_code_of_the_api_is_what_the_contract_says() {
    let stale = xtask::codegen::check(&root()).expect("the contract compiles");
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
