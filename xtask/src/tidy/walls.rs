//! The walls between crates: `xtask/walls.toml` says what each package may use, and a new edge has to be shown there.

use super::{Failure, File, Tree};
use anyhow::Context;
use cargo_metadata::{Dependency, DependencyKind, Metadata, Package};
use serde::Deserialize;
use std::collections::BTreeMap;

const WALLS: &str = "xtask/walls.toml";
const WHY: &str = "a wall that nobody holds up is no wall";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Walls {
    package: BTreeMap<String, Wall>,
}

/// What one package may use.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wall {
    /// Why the wall is there.
    why: String,
    /// Packages of this workspace.
    #[serde(default)]
    ours: Vec<String>,
    /// Packages of this workspace that only its tests may use.
    #[serde(default)]
    ours_in_tests: Vec<String>,
    /// If given, the only packages from outside.
    only: Option<Vec<String>>,
    /// Packages from outside that it may offer behind a feature and not otherwise.
    #[serde(default)]
    optional: Vec<String>,
    /// Packages from outside that it may not use.
    #[serde(default)]
    never: Vec<String>,
}

pub(super) fn check(tree: &Tree, metadata: &Metadata, failures: &mut Vec<Failure>) -> anyhow::Result<()> {
    let Some(file) = tree.get(WALLS) else {
        failures.push(Failure {
            file: WALLS.to_owned(),
            line: 1,
            what: "the file is missing".to_owned(),
            why: WHY,
            remedy: "add it, with an entry for each package".to_owned(),
        });
        return Ok(());
    };
    let walls: Walls = toml::from_str(&file.text).with_context(|| format!("{WALLS} cannot be read"))?;
    let packages = metadata.workspace_packages();
    let is_ours = |name: &str| packages.iter().any(|package| package.name.as_str() == name);

    for (name, wall) in &walls.package {
        let mut stale = |what: String| {
            let line = file.line_of(&format!("[package.{name}]"));
            let remedy = "correct the entry".to_owned();
            failures.push(Failure { file: WALLS.to_owned(), line, what, why: WHY, remedy });
        };
        if !is_ours(name) {
            stale(format!("{name} is no package of this workspace"));
        }
        if wall.why.trim().is_empty() {
            stale(format!("the wall of {name} has no reason"));
        }
        for other in wall.ours.iter().chain(&wall.ours_in_tests).filter(|other| !is_ours(other)) {
            stale(format!("{name} may use {other}, which is no package of this workspace"));
        }
    }
    for package in &packages {
        let manifest = Manifest::of(tree, metadata, package);
        let Some(wall) = walls.package.get(package.name.as_str()) else {
            let what = format!("{} has no entry in {WALLS}", package.name);
            failures.push(manifest.failure("name", what, "say there what it may use, and why".to_owned()));
            continue;
        };
        for dependency in &package.dependencies {
            if let Some(what) = wall.forbids(&package.name, dependency, is_ours(&dependency.name)) {
                let remedy = format!("remove it, or show in {WALLS} that the wall moves");
                let key = dependency.rename.as_ref().unwrap_or(&dependency.name);
                failures.push(manifest.failure(key, what, remedy));
            }
        }
    }
    Ok(())
}

impl Wall {
    /// What is wrong with `dependency`, if it is.
    fn forbids(&self, name: &str, dependency: &Dependency, ours: bool) -> Option<String> {
        let other = &dependency.name;
        let listed = |list: &[String]| list.contains(other);
        let in_tests = dependency.kind == DependencyKind::Development;
        if ours {
            let allowed = listed(&self.ours) || (in_tests && listed(&self.ours_in_tests));
            let place = if in_tests { ", even in its tests" } else { "" };
            return (!allowed).then(|| format!("{name} may not use {other}{place}"));
        }
        if in_tests {
            // Tests are not shipped: from outside they may use what they like.
            return None;
        }
        if listed(&self.optional) {
            return (!dependency.optional).then(|| format!("{name} may use {other} behind a feature only"));
        }
        let outside = self.only.as_ref().is_some_and(|only| !only.contains(other));
        (outside || listed(&self.never)).then(|| format!("{name} may not use {other}"))
    }
}

/// The manifest of a package, for the places of failures.
struct Manifest<'a> {
    path: String,
    file: Option<&'a File>,
}

impl<'a> Manifest<'a> {
    fn of(tree: &'a Tree, metadata: &Metadata, package: &Package) -> Self {
        let path = package.manifest_path.strip_prefix(&metadata.workspace_root).unwrap_or(&package.manifest_path);
        let path = path.as_str().replace('\\', "/");
        Self { file: tree.get(&path), path }
    }

    fn failure(&self, key: &str, what: String, remedy: String) -> Failure {
        let starts = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.', '=']));
        let line =
            self.file.and_then(|file| file.lines().find(|(_, line)| starts(line))).map_or(1, |(number, _)| number);
        Failure { file: self.path.clone(), line, what, why: WHY, remedy }
    }
}
