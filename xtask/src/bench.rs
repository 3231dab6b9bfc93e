//! `cargo xtask bench engine`: builds the benchmark of the engine, gives it a throw-away PostgreSQL that flushes, and runs it.

use anyhow::Context;
use carryover_testkit::postgres::{self, Flush};
use std::path::Path;
use std::process::Command;

/// Two databases for each of three sizes, and two for slow answers.
const DATABASES: usize = 8;

/// Runs it with up to `most` open customers. Whether it ended well.
///
/// # Errors
/// When it cannot be started.
pub fn engine(root: &Path, most: u64) -> anyhow::Result<bool> {
    let cluster = postgres::own(Flush::Yes);
    let databases: Vec<String> =
        cluster.iter().flat_map(|cluster| (0..DATABASES).map(|_| cluster.database())).collect();
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--profile", "bench", "-p", "carryover-bench", "--", &most.to_string()]);
    let status = cargo.args(&databases).current_dir(root).status().context("cargo is started")?;
    Ok(status.success())
}
