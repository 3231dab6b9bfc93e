//! Every code that people see has a page, and every page has a code.
//!
//! A function named `code` whose documentation mentions `docs/errors` gives such codes: they are the quoted words in
//! capitals in its body.

use super::{Failure, File, Tree};
use std::collections::BTreeMap;

const PAGES: &str = "docs/errors/";
const INDEX: &str = "docs/errors/README.md";

pub(super) fn check(tree: &Tree, failures: &mut Vec<Failure>) {
    let mut codes: BTreeMap<&str, (&File, usize)> = BTreeMap::new();
    for file in tree.rust().filter(|file| file.path.starts_with("crates/")) {
        for (line, code) in codes_in(&file.text) {
            codes.entry(code).or_insert((file, line));
        }
    }
    let index = tree.get(INDEX);
    for (code, (file, line)) in &codes {
        let page = format!("{PAGES}{code}.md");
        let mut fail = |what: String, remedy: String| {
            let why = "people who meet a code look for its page";
            failures.push(Failure { file: file.path.clone(), line: *line, what, why, remedy });
        };
        match tree.get(&page) {
            None => fail(format!("{code} has no page"), format!("write {page}")),
            Some(page) if page.text.lines().next() != Some(&format!("# {code}")) => {
                fail(format!("the page of {code} has another title"), format!("begin {} with `# {code}`", page.path));
            }
            Some(_) => {}
        }
        if index.is_none_or(|index| !index.text.contains(&format!("]({code}.md)"))) {
            fail(format!("{code} is not in the index"), format!("add a row to {INDEX}"));
        }
    }
    for file in &tree.files {
        let code = file.path.strip_prefix(PAGES).and_then(|page| page.strip_suffix(".md"));
        if let Some(code) = code.filter(|code| *code != "README" && !codes.contains_key(code)) {
            failures.push(Failure {
                file: file.path.clone(),
                line: 1,
                what: format!("no code is called {code}"),
                why: "a page that nothing leads to grows wrong unseen",
                remedy: "remove or rename the page".to_owned(),
            });
        }
    }
}

/// The codes of the functions `code` that promise a page, with their lines.
fn codes_in(text: &str) -> Vec<(usize, &str)> {
    let mut codes = Vec::new();
    let mut promised = false;
    let mut depth = None;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim_start();
        if depth.is_none() {
            if trimmed.starts_with("///") {
                promised |= trimmed.contains("docs/errors");
                continue;
            }
            let begins = promised && trimmed.contains("fn code(");
            promised &= trimmed.starts_with("#[");
            if !begins {
                continue;
            }
        }
        if depth.is_some() {
            codes.extend(quoted(line).filter(|word| is_code(word)).map(|word| (number, word)));
        }
        let open = line.matches('{').count() as i64 - line.matches('}').count() as i64;
        depth = Some(depth.unwrap_or(0) + open).filter(|depth| *depth > 0);
    }
    codes
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

fn is_code(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
