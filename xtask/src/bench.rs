//! `cargo xtask bench engine` and `bench grpc`: builds the benchmark, gives it a throw-away PostgreSQL that flushes, and runs it.

use anyhow::Context;
use carryover_testkit::postgres::{self, Flush};
use std::path::Path;
use std::process::Command;

/// Two databases for each of three sizes, and two for slow answers.
const DATABASES: usize = 8;

/// Measures the engine with up to `most` open customers. Whether it ended well.
///
/// # Errors
/// When it cannot be started.
pub fn engine(root: &Path, most: u64) -> anyhow::Result<bool> {
    run(root, &[&most.to_string()], DATABASES)
}

/// Measures the API with so many `customers`. Whether it ended well.
///
/// # Errors
/// When it cannot be started.
pub fn grpc(root: &Path, customers: u64) -> anyhow::Result<bool> {
    run(root, &["grpc", &customers.to_string()], 1)
}

fn run(root: &Path, arguments: &[&str], databases: usize) -> anyhow::Result<bool> {
    let cluster = postgres::own(Flush::Yes);
    let databases: Vec<String> =
        cluster.iter().flat_map(|cluster| (0..databases).map(|_| cluster.database())).collect();
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--profile", "bench", "-p", "carryover-bench", "--"]).args(arguments);
    let status = cargo.args(&databases).current_dir(root).status().context("cargo is started")?;
    Ok(status.success())
}
