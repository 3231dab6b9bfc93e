//! The contract under `proto/` against the rules of API design and against what was released. Uses buf, as its npm package.

use anyhow::{Context, ensure};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version of `@bufbuild/buf` that is used.
const BUF: &str = "1.75.0";
/// What clients out there were built against.
const RELEASED: &str = "proto/released.binpb";

/// Checks form, style and compatibility; with `accept`, takes the contract as it stands for released instead of comparing.
/// Answers with whether all is well; what is not, buf has written to `out`.
///
/// # Errors
/// When buf can be neither found nor installed, or cannot be run.
pub fn run(root: &Path, accept: bool, out: &mut impl Write) -> anyhow::Result<bool> {
    let buf = installed(root)?;
    let mut run = |args: &[&str]| -> anyhow::Result<bool> {
        let output = Command::new(&buf).current_dir(root).args(args).stdin(Stdio::null()).output()?;
        out.write_all(&output.stdout)?;
        out.write_all(&output.stderr)?;
        Ok(output.status.success())
    };
    let formed = run(&["format", "--diff", "--exit-code", "proto"])?;
    let linted = run(&["lint"])?;
    let compatible = if accept {
        run(&["build", "proto", "--exclude-source-info", "-o", RELEASED])?
    } else {
        run(&["breaking", "proto", "--against", RELEASED])?
    };
    Ok(formed && linted && compatible)
}

/// The program, installed under `target` where it is not there yet.
fn installed(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/tools").join(format!("buf-{BUF}"));
    let program = folder.join("node_modules/.bin/buf");
    if !program.exists() {
        std::fs::create_dir_all(&folder)?;
        let npm = Command::new("npm")
            .current_dir(&folder)
            .args(["install", "--no-audit", "--no-fund", "--silent", "--prefix", ".", &format!("@bufbuild/buf@{BUF}")])
            .stdin(Stdio::null())
            .status()
            .context("npm cannot be run; install Node.js, which brings it")?;
        ensure!(npm.success() && program.exists(), "npm could not install @bufbuild/buf {BUF}");
    }
    Ok(program)
}
