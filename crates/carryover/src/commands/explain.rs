//! `carryover explain`: the page of a code, or all codes with a sentence each. Needs no settings and no database.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::pages::{self, Page, rules};
use crate::render::page;
use carryover_domain::finding::FindingKind;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::IsTerminal;

/// Code and sentence.
type Row = (&'static str, &'static str);

pub(super) fn run(code: Option<&str>, format: Format) -> Result<Ending, Failure> {
    let bold = can_be_bold(std::io::stdout().is_terminal(), |name| std::env::var_os(name));
    match code.map(|code| (code, pages::find(code))) {
        Some((_, Some(found))) => output::result(format, || page(found.text, bold), || explained(found)),
        Some((code, None)) => {
            let rule = rules::number(code).ok_or_else(|| unknown(code))?;
            let named = naming(rule)?;
            output::result(
                format,
                || of_rule(rule, &named),
                || json!({ "rule": format!("R{rule}"), "codes": listed(&named) }),
            );
        }
        None => output::result(format, || list(bold), || json!({ "codes": listed(&rows()) })),
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

/// Code and sentence of the pages that name `rule`.
///
/// # Errors
/// [`Failure`] where none does.
fn naming(rule: u32) -> Result<Vec<Row>, Failure> {
    let codes = rules::naming(rule);
    if codes.is_empty() {
        let near = rules::near(rule).into_iter().map(|near| match &rules::naming(near)[..] {
            [first, _, ..] => format!("R{near} ({first} and others)"),
            codes => format!("R{near} ({})", codes.join(", ")),
        });
        let near = near.collect::<Vec<_>>().join(", ");
        return Err(Failure::input(format!(
            "R{rule} would be a rule of the rule book, and codes are explained here; no page names that rule. Pages name \
             {near}; `carryover explain` lists all codes"
        )));
    }
    Ok(rows().into_iter().filter(|(code, _)| codes.contains(code)).collect())
}

fn of_rule(rule: u32, named: &[Row]) -> String {
    let width = named.iter().map(|(code, _)| code.len()).max().unwrap_or(0);
    let mut text = format!("R{rule} is a rule of the rule book. These codes rest on it or name it:\n");
    for (code, sentence) in named {
        text += &format!("  {code:width$}  {sentence}\n");
    }
    text + "next: carryover explain CODE"
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

/// Every code with its sentence.
fn rows() -> Vec<Row> {
    pages::index().into_iter().flat_map(|section| section.rows).collect()
}

fn listed(rows: &[Row]) -> Vec<Value> {
    let row = |(code, sentence): &Row| {
        let (severity, checked) = facts(code);
        json!({ "code": code, "severity": severity, "checked": checked, "says": sentence })
    };
    rows.iter().map(row).collect()
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
