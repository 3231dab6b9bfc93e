//! Every code that people see has a page, and every page has a code.
//!
//! Codes of findings are the quoted words in capitals after `= ` in an invocation of `findings!` whose comment mentions
//! `docs/findings`; their pages stand there. All other codes are the quoted words in capitals in the body of a function
//! named `code` whose documentation mentions `docs/errors` or `docs/actions`; their pages stand in that folder.

use super::{Failure, File, Tree};
use std::collections::BTreeMap;

/// What a page of a finding says in lines of its own, besides its text.
const FINDING_FACTS: [&str; 3] = ["Severity: ", "Checked: ", "Source: "];
/// The same for what stops a line on its way, and for what people are asked to do.
const ERROR_FACTS: [&str; 1] = ["Source: "];

/// Where pages stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folder {
    Findings,
    Errors,
    Actions,
}

/// Where a code is given.
struct Given<'a> {
    file: &'a File,
    line: usize,
    folder: Folder,
}

impl Folder {
    /// Findings first: a code that a finding has keeps its page there, whoever else shows it.
    const ALL: [Self; 3] = [Self::Findings, Self::Errors, Self::Actions];

    fn path(self) -> &'static str {
        match self {
            Self::Findings => "docs/findings/",
            Self::Errors => "docs/errors/",
            Self::Actions => "docs/actions/",
        }
    }
    fn index(self) -> String {
        format!("{}README.md", self.path())
    }
    /// The codes with a page here that `text` gives, with their lines.
    fn codes_in(self, text: &str) -> Vec<(usize, &str)> {
        match self {
            Self::Findings => codes_of_tables(text),
            Self::Errors => codes_of_functions(text, "docs/errors"),
            Self::Actions => codes_of_functions(text, "docs/actions"),
        }
    }
    /// The lines that every page here has, by their beginnings.
    fn facts(self) -> &'static [&'static str] {
        match self {
            Self::Findings => &FINDING_FACTS,
            Self::Errors | Self::Actions => &ERROR_FACTS,
        }
    }
}

pub(super) fn check(tree: &Tree, failures: &mut Vec<Failure>) {
    let codes = codes(tree);
    for (code, given) in &codes {
        let page = format!("{}{code}.md", given.folder.path());
        let index = given.folder.index();
        let mut fail = |what: String, remedy: String| {
            let why = "people who meet a code look for its page";
            failures.push(Failure { file: given.file.path.clone(), line: given.line, what, why, remedy });
        };
        match tree.get(&page) {
            None => fail(format!("{code} has no page"), format!("write {page}")),
            Some(page) if page.text.lines().next() != Some(&format!("# {code}")) => {
                fail(format!("the page of {code} has another title"), format!("begin {} with `# {code}`", page.path));
            }
            Some(page) => {
                for fact in given.folder.facts() {
                    if !page.text.lines().any(|line| line.starts_with(fact) && line.len() > fact.len()) {
                        let fact = fact.trim_end();
                        fail(
                            format!("the page of {code} has no line `{fact}`"),
                            format!("begin a line of {} with `{fact}`", page.path),
                        );
                    }
                }
            }
        }
        if tree.get(&index).is_none_or(|index| !index.text.contains(&format!("]({code}.md)"))) {
            fail(format!("{code} is not in the index"), format!("add a row to {index}"));
        }
    }
    for (file, folder, page) in tree.files.iter().filter_map(page) {
        if page != "README" && codes.get(page).is_none_or(|given| given.folder != folder) {
            failures.push(Failure {
                file: file.path.clone(),
                line: 1,
                what: format!("no code of {} is called {page}", folder.path()),
                why: "a page that nothing leads to grows wrong unseen",
                remedy: "remove, move or rename the page".to_owned(),
            });
        }
    }
}

/// Every code, with the place that gives it first.
fn codes(tree: &Tree) -> BTreeMap<&str, Given<'_>> {
    let mut codes = BTreeMap::new();
    for folder in Folder::ALL {
        for file in tree.rust().filter(|file| file.path.starts_with("crates/")) {
            for (line, code) in folder.codes_in(&file.text) {
                codes.entry(code).or_insert(Given { file, line, folder });
            }
        }
    }
    codes
}

/// The name of the page that `file` is, where it is one.
fn page(file: &File) -> Option<(&File, Folder, &str)> {
    Folder::ALL.into_iter().find_map(|folder| {
        let name = file.path.strip_prefix(folder.path())?.strip_suffix(".md")?;
        Some((file, folder, name))
    })
}

/// The codes of the tables of findings that promise a page.
fn codes_of_tables(text: &str) -> Vec<(usize, &str)> {
    let begins = |line: &str| line.starts_with("findings!");
    let mut codes = Vec::new();
    for (number, line) in bodies(text, "//", "docs/findings", begins) {
        let after = line.split("= \"").skip(1).filter_map(|rest| rest.split('"').next());
        codes.extend(after.filter(|word| is_code(word)).map(|word| (number, word)));
    }
    codes
}

/// The codes of the functions `code` that promise a page in `folder`.
fn codes_of_functions<'a>(text: &'a str, folder: &str) -> Vec<(usize, &'a str)> {
    let begins = |line: &str| line.contains("fn code(");
    let mut codes = Vec::new();
    for (number, line) in bodies(text, "///", folder, begins) {
        codes.extend(line.split('"').skip(1).step_by(2).filter(|word| is_code(word)).map(|word| (number, word)));
    }
    codes
}

/// The lines, with their numbers, inside the braces of what `begins` finds right under a comment that mentions `promise`.
fn bodies<'a>(text: &'a str, comment: &str, promise: &str, begins: impl Fn(&str) -> bool) -> Vec<(usize, &'a str)> {
    let mut lines = Vec::new();
    let mut promised = false;
    let mut depth = None;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        if depth.is_none() {
            if trimmed.starts_with(comment) {
                promised |= trimmed.contains(promise);
                continue;
            }
            let begun = promised && begins(trimmed);
            promised &= trimmed.starts_with("#[");
            if !begun {
                continue;
            }
        } else {
            lines.push((number, line));
        }
        let open = line.matches('{').count() as i64 - line.matches('}').count() as i64;
        depth = Some(depth.unwrap_or(0) + open).filter(|depth| *depth > 0);
    }
    lines
}

fn is_code(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
