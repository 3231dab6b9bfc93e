//! What is checked beyond the compiler, as a test: `cargo test` fails when the repository is not tidy.
//!
//! Looks at the files that git tracks or would track, and asks cargo for the declared dependencies. Needs no network
//! and builds nothing.

mod invariants;
mod pages;
mod text;
mod walls;

use anyhow::{Context, ensure};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One thing that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The file, relative to the root, with `/` between its parts.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, why, remedy } = self;
        write!(f, "{file}:{line}: {what}; {why}; {remedy}")
    }
}

/// Runs every check on the repository at `root`. Failures come in the order of files and lines.
///
/// # Errors
/// When git, cargo or a file cannot be read, so that nothing can be said.
pub fn check(root: &Path) -> anyhow::Result<Vec<Failure>> {
    let tree = Tree::read(root)?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .context("cargo cannot describe the workspace")?;
    let mut failures = Vec::new();
    walls::check(&tree, &metadata, &mut failures)?;
    text::check(&tree, &mut failures);
    pages::check(&tree, &mut failures);
    invariants::check(&tree, &mut failures);
    failures.sort();
    failures.dedup();
    Ok(failures)
}

/// The text files of the repository.
struct Tree {
    files: Vec<File>,
}

struct File {
    /// Relative to the root, with `/` between its parts.
    path: String,
    text: String,
}

impl Tree {
    fn read(root: &Path) -> anyhow::Result<Self> {
        let git = Command::new("git")
            .current_dir(root)
            // Set inside a git hook, where they would name another repository.
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_WORK_TREE")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("git cannot be run")?;
        ensure!(git.status.success(), "git cannot list the files: {}", String::from_utf8_lossy(&git.stderr).trim());
        let mut paths: Vec<PathBuf> =
            String::from_utf8(git.stdout)?.split_terminator('\0').map(PathBuf::from).collect();
        paths.sort();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            let full = root.join(&path);
            // Deleted and not yet committed, or a link out of the repository.
            if !full.is_file() {
                continue;
            }
            let bytes = std::fs::read(&full).with_context(|| format!("{} cannot be read", full.display()))?;
            // What is no text is not looked at.
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path: path.to_string_lossy().replace('\\', "/"), text });
            }
        }
        Ok(Self { files })
    }

    fn get(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }
}

impl File {
    /// The lines, counted from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The first line that holds `needle`; 1 where none does.
    fn line_of(&self, needle: &str) -> usize {
        self.lines().find(|(_, line)| line.contains(needle)).map_or(1, |(number, _)| number)
    }
}
