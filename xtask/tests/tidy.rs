//! Each check of tidiness can fail: a tiny workspace that is tidy, and what is said when one thing in it is not.

use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const MANIFEST: &str = "\
[package]
name = \"carryover-domain\"
version = \"0.1.0\"
edition = \"2024\"

[lints]
workspace = true

[dependencies]
jiff = \"0.2\"
";

const FINDING: &str = "\
//! Findings.

impl Finding {
    /// The code, and the name of its page under `docs/errors`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Late => \"TOO_LATE\",
        }
    }
    /// For machines.
    pub fn word(&self) -> &'static str {
        \"WORD\"
    }
}
";

const TABLE: &str = "\
//! The table.

macro_rules! findings {
    ($code:literal) => { /// \"NOT_ONE\"
    };
}

// Each code has a page under docs/findings.
findings! {
    /// A gap.
    Gap {
        /// How long.
        days: u32,
    } = \"GAP\", B, [Plan],
        \"Tell the users of the \\\"GAP\\\".\";
    /// Late.
    Early = \"TOO_EARLY\", W, [Plan], \"WAIT\";
}
";

const PAGE: &str = "\n\nSeverity: B\nChecked: plan\n\nIt is so.\n\nSource: rule R1.\n";

const WALLS: &str = "\
[package.carryover-domain]
why = \"pure\"
only = [\"jiff\"]
optional = [\"mockall\"]
never = [\"serde\"]
ours_in_tests = [\"carryover-testkit\"]

[package.carryover-testkit]
why = \"for tests\"
ours = [\"carryover-domain\"]
never = [\"reqwest\"]
";

/// A workspace without a flaw.
fn tidy() -> BTreeMap<&'static str, String> {
    let [gap, early] = ["GAP", "TOO_EARLY"].map(|code| format!("# {code}{PAGE}"));
    let testkit = MANIFEST.replace("carryover-domain", "carryover-testkit").replace("jiff", "proptest");
    [
        ("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n[workspace.lints]\n"),
        ("xtask/walls.toml", WALLS),
        ("crates/domain/Cargo.toml", MANIFEST),
        ("crates/domain/src/lib.rs", "//! Rules.\n//!\n//! - **I1** Never twice.\n"),
        ("crates/domain/src/finding.rs", FINDING),
        ("crates/domain/src/table.rs", TABLE),
        ("crates/domain/tests/invariants.rs", "//! Invariants.\n\n#[test]\nfn i1_never_twice() {}\n"),
        ("crates/testkit/Cargo.toml", &testkit),
        ("crates/testkit/src/lib.rs", "//! Tests.\n"),
        ("docs/errors/README.md", "# Codes\n\n- [TOO_LATE](TOO_LATE.md)\n"),
        ("docs/errors/TOO_LATE.md", "# TOO_LATE\n\nIt is too late.\n\nSource: rule R1.\n"),
        ("docs/findings/README.md", "# Findings\n\n- [GAP](GAP.md)\n- [TOO_EARLY](TOO_EARLY.md)\n"),
        ("docs/findings/GAP.md", &gap),
        ("docs/findings/TOO_EARLY.md", &early),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .into()
}

/// Changes the tidy workspace and says what is found then.
fn check(change: impl FnOnce(&mut BTreeMap<&'static str, String>), expect: Expect) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = tidy();
    change(&mut files);
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    git(folder.path(), &["init", "--quiet"]);
    let failures = xtask::tidy::check(folder.path()).expect("the workspace can be read");
    expect.assert_eq(&failures.iter().map(|failure| format!("{failure}\n")).collect::<String>());
}

fn git(folder: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder).args(args).env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").env_remove("GIT_WORK_TREE");
    assert!(git.status().expect("git runs").success());
}

/// Adds `line` to the end of a file that may not be there yet.
fn add(files: &mut BTreeMap<&'static str, String>, path: &'static str, line: &str) {
    let text = files.entry(path).or_default();
    *text += line;
    *text += "\n";
}

#[test]
fn a_tidy_workspace_has_no_failure() {
    check(|_| {}, expect![""]);
}

#[test]
fn what_git_ignores_is_not_looked_at() {
    check(
        |files| {
            add(files, ".gitignore", "scratch.rs");
            add(files, "scratch.rs", "no head");
        },
        expect![""],
    );
}

#[test]
fn a_forbidden_package_from_outside() {
    check(
        |files| add(files, "crates/domain/Cargo.toml", "serde = \"1\""),
        expect![[r#"
            crates/domain/Cargo.toml:11: carryover-domain may not use serde; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
}

#[test]
fn a_package_that_is_not_on_the_list() {
    check(
        |files| add(files, "crates/domain/Cargo.toml", "tokio.version = \"1\""),
        expect![[r#"
            crates/domain/Cargo.toml:11: carryover-domain may not use tokio; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
    check(|files| add(files, "crates/domain/Cargo.toml", "[dev-dependencies]\ntokio.version = \"1\""), expect![""]);
}

#[test]
fn a_forbidden_package_of_ours() {
    let edge = "carryover-testkit.path = \"../testkit\"";
    check(
        |files| add(files, "crates/domain/Cargo.toml", edge),
        expect![[r#"
            crates/domain/Cargo.toml:11: carryover-domain may not use carryover-testkit; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
    check(|files| add(files, "crates/domain/Cargo.toml", &format!("[dev-dependencies]\n{edge}")), expect![""]);
    check(
        |files| {
            let walls = files.get_mut("xtask/walls.toml").expect("walls");
            *walls = walls.replace("ours_in_tests = [\"carryover-testkit\"]\n", "");
            add(files, "crates/domain/Cargo.toml", &format!("[dev-dependencies]\n{edge}"));
        },
        expect![[r#"
            crates/domain/Cargo.toml:12: carryover-domain may not use carryover-testkit, even in its tests; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
}

#[test]
fn a_forbidden_package_under_another_name() {
    let renamed = "numbers = { package = \"serde\", version = \"1\" }";
    check(
        |files| add(files, "crates/domain/Cargo.toml", renamed),
        expect![[r#"
            crates/domain/Cargo.toml:11: carryover-domain may not use serde; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
}

#[test]
fn a_build_dependency_is_a_dependency() {
    check(
        |files| add(files, "crates/domain/Cargo.toml", "[build-dependencies]\nserde = \"1\""),
        expect![[r#"
            crates/domain/Cargo.toml:12: carryover-domain may not use serde; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
}

#[test]
fn an_optional_package_without_a_feature() {
    let manifest = "crates/domain/Cargo.toml";
    check(
        |files| add(files, manifest, "mockall = \"0.15\""),
        expect![[r#"
            crates/domain/Cargo.toml:11: carryover-domain may use mockall behind a feature only; a wall that nobody holds up is no wall; remove it, or show in xtask/walls.toml that the wall moves
        "#]],
    );
    check(|files| add(files, manifest, "mockall = { version = \"0.15\", optional = true }"), expect![""]);
}

#[test]
fn a_package_without_a_wall_and_a_wall_without_a_package() {
    check(
        |files| {
            let walls = files.get_mut("xtask/walls.toml").expect("walls");
            *walls = walls.replace("carryover-testkit]", "carryover-kit]").replace("for tests", "");
        },
        expect![[r#"
            crates/testkit/Cargo.toml:2: carryover-testkit has no entry in xtask/walls.toml; a wall that nobody holds up is no wall; say there what it may use, and why
            xtask/walls.toml:8: carryover-kit is no package of this workspace; a wall that nobody holds up is no wall; correct the entry
            xtask/walls.toml:8: the wall of carryover-kit has no reason; a wall that nobody holds up is no wall; correct the entry
        "#]],
    );
    check(
        |files| drop(files.remove("xtask/walls.toml")),
        expect![[r#"
            xtask/walls.toml:1: the file is missing; a wall that nobody holds up is no wall; add it, with an entry for each package
        "#]],
    );
}

#[test]
fn a_package_without_the_lints() {
    check(
        |files| {
            let manifest = files.get_mut("crates/domain/Cargo.toml").expect("a manifest");
            *manifest = manifest.replace("[lints]\nworkspace = true\n", "");
        },
        expect![[r#"
            crates/domain/Cargo.toml:1: the package does not inherit the lints; one package without lints is enough for an unwrap; add `[lints]` with `workspace = true`
        "#]],
    );
}

#[test]
fn a_file_without_a_head() {
    check(
        |files| add(files, "crates/domain/src/bare.rs", "/// Not a head."),
        expect![[r#"
            crates/domain/src/bare.rs:1: the file has no head; a reader has to know what it is and what it never does; begin it with a line of //!
        "#]],
    );
}

#[test]
fn a_file_that_is_too_long() {
    check(
        |files| add(files, "crates/domain/src/long.rs", &format!("//! Long.{}", "\n".repeat(800))),
        expect![[r#"
            crates/domain/src/long.rs:801: the file has 801 lines, more than 800; it does several things; divide it by what they are
        "#]],
    );
}

#[test]
fn marks_that_may_not_stay() {
    let marks = ["#[", "ignore]\n", "to", "do!()\n", "db", "g!(1)"].concat();
    check(
        |files| add(files, "crates/domain/src/marks.rs", &format!("//! Marks.\n{marks}")),
        expect![[r#"
            crates/domain/src/marks.rs:2: a test is ignored; a test that does not run holds nothing; make it run, or remove it
            crates/domain/src/marks.rs:3: something is left to be written; it panics in somebody's hands; write it
            crates/domain/src/marks.rs:4: a value is printed for debugging; it was meant for one look; remove it
        "#]],
    );
}

#[test]
fn a_path_of_one_machine() {
    let paths = ["see /ho", "me/ada/notes\n(/ro", "ot/x)\nhttps://example.com/wo", "rk/ is fine"].concat();
    check(
        |files| add(files, "docs/notes.md", &paths),
        expect![[r#"
            docs/notes.md:1: a path of one machine stands here; it exists on one machine only; write it relative to the repository
            docs/notes.md:2: a path of one machine stands here; it exists on one machine only; write it relative to the repository
        "#]],
    );
}

#[test]
fn the_engine_looks_at_stages() {
    let engine = MANIFEST.replace("carryover-domain", "carryover-engine");
    check(
        |files| {
            add(files, "crates/engine/Cargo.toml", &engine);
            add(files, "xtask/walls.toml", "[package.carryover-engine]\nwhy = \"simulation\"");
            add(
                files,
                "crates/engine/src/lib.rs",
                "//! Engine.\nfn bought(stage: &Stage) -> bool { matches!(stage, Stage::Bought) }",
            );
        },
        expect![[r#"
            crates/engine/src/lib.rs:2: the engine names a stage; the rules of a migration live in the domain, and the engine may not branch on them; ask a function of the domain
        "#]],
    );
}

#[test]
fn a_code_without_a_page() {
    check(
        |files| drop(files.remove("docs/errors/TOO_LATE.md")),
        expect![[r#"
            crates/domain/src/finding.rs:8: TOO_LATE has no page; people who meet a code look for its page; write docs/errors/TOO_LATE.md
        "#]],
    );
    check(
        |files| drop(files.remove("docs/errors/README.md")),
        expect![[r#"
            crates/domain/src/finding.rs:8: TOO_LATE is not in the index; people who meet a code look for its page; add a row to docs/errors/README.md
        "#]],
    );
}

#[test]
fn a_page_without_a_code() {
    check(
        |files| add(files, "docs/errors/TOO_SOON.md", "# TOO_SOON"),
        expect![[r#"
            docs/errors/TOO_SOON.md:1: no code of docs/errors/ is called TOO_SOON; a page that nothing leads to grows wrong unseen; remove, move or rename the page
        "#]],
    );
}

#[test]
fn a_page_with_another_title() {
    check(
        |files| drop(files.insert("docs/errors/TOO_LATE.md", "# LATE\n\nSource: rule R1.\n".to_owned())),
        expect![[r#"
            crates/domain/src/finding.rs:8: the page of TOO_LATE has another title; people who meet a code look for its page; begin docs/errors/TOO_LATE.md with `# TOO_LATE`
        "#]],
    );
}

#[test]
fn a_finding_without_a_page() {
    check(
        |files| drop(files.remove("docs/findings/GAP.md")),
        expect![[r#"
            crates/domain/src/table.rs:14: GAP has no page; people who meet a code look for its page; write docs/findings/GAP.md
        "#]],
    );
    check(
        |files| drop(files.insert("docs/findings/README.md", "# Findings\n\n- [GAP](GAP.md)\n".to_owned())),
        expect![[r#"
            crates/domain/src/table.rs:17: TOO_EARLY is not in the index; people who meet a code look for its page; add a row to docs/findings/README.md
        "#]],
    );
}

#[test]
fn a_page_of_what_stopped_a_line_that_names_no_source() {
    check(
        |files| drop(files.insert("docs/errors/TOO_LATE.md", "# TOO_LATE\n\nIt is too late.\n".to_owned())),
        expect![[r#"
            crates/domain/src/finding.rs:8: the page of TOO_LATE has no line `Source:`; people who meet a code look for its page; begin a line of docs/errors/TOO_LATE.md with `Source:`
        "#]],
    );
}

#[test]
fn a_page_of_a_finding_that_leaves_something_out() {
    check(
        |files| drop(files.insert("docs/findings/GAP.md", "# GAP\n\nSeverity: B\nChecked: \n".to_owned())),
        expect![[r#"
            crates/domain/src/table.rs:14: the page of GAP has no line `Checked:`; people who meet a code look for its page; begin a line of docs/findings/GAP.md with `Checked:`
            crates/domain/src/table.rs:14: the page of GAP has no line `Source:`; people who meet a code look for its page; begin a line of docs/findings/GAP.md with `Source:`
        "#]],
    );
}

#[test]
fn a_page_of_a_finding_in_the_other_folder() {
    check(
        |files| {
            let page = files.remove("docs/findings/GAP.md").expect("a page");
            files.insert("docs/errors/GAP.md", page);
        },
        expect![[r#"
            crates/domain/src/table.rs:14: GAP has no page; people who meet a code look for its page; write docs/findings/GAP.md
            docs/errors/GAP.md:1: no code of docs/errors/ is called GAP; a page that nothing leads to grows wrong unseen; remove, move or rename the page
        "#]],
    );
}

#[test]
fn a_code_of_a_finding_that_something_else_shows_as_well() {
    check(
        |files| {
            let finding = files.get_mut("crates/domain/src/finding.rs").expect("findings");
            *finding = finding.replace("\"TOO_LATE\",", "\"TOO_LATE\",\n            Self::Gap => \"GAP\",");
        },
        expect![[""]],
    );
}

#[test]
fn an_invariant_without_a_test() {
    check(
        |files| add(files, "crates/domain/src/lib.rs", "//! - **I2** Always once."),
        expect![[r#"
            crates/domain/src/lib.rs:4: invariant I2 has no test; what is promised and not tested does not hold; add a test to crates/domain/tests/invariants.rs whose name begins with `i2_`
        "#]],
    );
}
