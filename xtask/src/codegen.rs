//! The contract under `proto/` to Rust: messages, clients, service traits and the descriptors that reflection answers with.
//!
//! Pure Rust: no protoc on any machine. The output is committed under `crates/api/src/generated`, so that a build needs none
//! of this; [`check`] says where it is not what the contract says.

use anyhow::{Context, ensure};
use protox::Compiler;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the output stands, relative to the root.
const OUT: &str = "crates/api/src/generated";
/// Annotations say something to tools and nothing to Rust.
const LEFT_OUT: &str = "google.api.rs";

/// Makes the files anew. Answers with how many there are.
///
/// # Errors
/// When the contract does not compile or a file cannot be written.
pub fn write(root: &Path) -> anyhow::Result<usize> {
    let files = generate(root)?;
    for (name, bytes) in &files {
        let path = root.join(OUT).join(name);
        std::fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(files.len())
}

/// The files that are not as the contract says, each with what to do.
///
/// # Errors
/// When the contract does not compile.
pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let stale =
        |(name, bytes): &(String, Vec<u8>)| std::fs::read(root.join(OUT).join(name)).ok().as_ref() != Some(bytes);
    let files: Vec<(String, Vec<u8>)> = generate(root)?.into_iter().collect();
    Ok(files
        .iter()
        .filter(|file| stale(file))
        .map(|(name, _)| format!("{OUT}/{name} is not what proto/ says; run `cargo xtask codegen`"))
        .collect())
}

/// The files by name.
fn generate(root: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let contract = contract(root)?;
    let mut documented = compiler(root)?;
    documented.include_source_info(true).open_files(&contract).context("the contract does not compile")?;
    let mut plain = compiler(root)?;
    plain.open_files(&contract).context("the contract does not compile")?;

    let folder = tempfile::tempdir()?;
    tonic_prost_build::configure()
        .build_transport(false)
        // In the order of keys: what is hashed is the same every time.
        .btree_map(".")
        .out_dir(folder.path())
        .compile_fds(documented.file_descriptor_set())
        .context("no Rust can be made of the contract")?;
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder.path())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace("r#", "");
        if name != LEFT_OUT {
            files.insert(name, std::fs::read(&path)?);
        }
    }
    // Not through prost's own type: that would drop the options.
    files.insert("descriptors.binpb".to_owned(), plain.encode_file_descriptor_set());
    Ok(files)
}

fn compiler(root: &Path) -> anyhow::Result<Compiler> {
    let mut compiler = Compiler::new([root.join("proto"), root.join("third_party")])?;
    compiler.include_imports(true);
    Ok(compiler)
}

/// The files of the contract, in order.
fn contract(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join("proto/carryover/migration/v1");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "proto"));
    files.sort();
    ensure!(!files.is_empty(), "{} has no contract", folder.display());
    Ok(files)
}
