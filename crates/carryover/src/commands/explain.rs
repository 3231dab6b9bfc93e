//! `carryover explain`: the page of a code, or all codes with a sentence each. Needs no settings and no database.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::pages::{self, Page};
use crate::render::page;
use carryover_domain::finding::FindingKind;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::IsTerminal;

pub(super) fn run(code: Option<&str>, format: Format) -> Result<Ending, Failure> {
    let bold = can_be_bold(std::io::stdout().is_terminal(), |name| std::env::var_os(name));
    match code {
        Some(code) => {
            let found = pages::find(code).ok_or_else(|| unknown(code))?;
            output::result(format, || page(found.text, bold), || explained(found));
        }
        None => output::result(format, || list(bold), || json!({ "codes": listed() })),
    }
    Ok(Ending::Done)
}

/// Whether bold writing can be shown: on a terminal that knows it, unless <https://no-color.org> is asked for.
fn can_be_bold(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = variable("TERM").is_some_and(|value| value == "dumb");
    is_terminal && !refused && !dumb
}

fn unknown(code: &str) -> Failure {
    let close = pages::close_to(code);
    let all = "`carryover explain` lists all codes";
    let code = code.escape_debug();
    Failure::input(match close.split_last() {
        None => format!("no code is called `{code}`; {all}"),
        Some((only, [])) => format!("no code is called `{code}`; {only} is close to it, and {all}"),
        Some((last, others)) => {
            format!("no code is called `{code}`; {} and {last} are close to it, and {all}", others.join(", "))
        }
    })
}

fn list(bold: bool) -> String {
    let width = pages::all().map(|page| page.code.len()).max().unwrap_or(0);
    let mut text = String::new();
    for section in pages::index() {
        text += &page(&format!("**{}**\n", section.title), bold);
        for (code, sentence) in section.rows {
            text += &format!("  {code:width$}  {sentence}\n");
        }
        text.push('\n');
    }
    text + "next: carryover explain CODE"
}

fn listed() -> Vec<Value> {
    let rows = pages::index().into_iter().flat_map(|section| section.rows);
    rows.map(|(code, sentence)| {
        let (severity, checked) = facts(code);
        json!({ "code": code, "severity": severity, "checked": checked, "says": sentence })
    })
    .collect()
}

fn explained(page: &Page) -> Value {
    let (severity, checked) = facts(page.code);
    json!({ "code": page.code, "severity": severity, "checked": checked, "text": page.text })
}

/// Letter and phases of a finding; what else stops a line has neither.
fn facts(code: &str) -> (Option<char>, Vec<&'static str>) {
    let kind = FindingKind::of_code(code);
    let checked = kind.into_iter().flat_map(|kind| kind.checked()).map(|phase| phase.word()).collect();
    (kind.map(|kind| kind.severity().letter()), checked)
}

#[cfg(test)]
mod tests {
    use super::can_be_bold;

    #[test]
    fn bold_is_for_terminals_that_know_it_and_people_who_want_it() {
        let shown = |is_terminal: bool, set: &[(&str, &str)]| {
            can_be_bold(is_terminal, |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))
        };
        assert!(shown(true, &[]));
        assert!(shown(true, &[("TERM", "xterm"), ("NO_COLOR", "")]), "an empty wish is none");
        assert!(!shown(true, &[("TERM", "xterm"), ("NO_COLOR", "1")]));
        assert!(!shown(true, &[("TERM", "dumb")]));
        assert!(!shown(false, &[("TERM", "xterm")]));
    }
}
