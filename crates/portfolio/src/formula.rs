//! Text that a spreadsheet would run as a formula: defused on the way out, and put back on the way in.
//!
//! An apostrophe in front makes a spreadsheet show such text. It is taken away again only where one of ours can stand,
//! so that whatever is written reads as what it was.

use crate::split::State;

/// The signs with which a formula may begin. The wide forms are signs to some spreadsheets.
const SIGNS: [char; 10] = ['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'];

/// Whether a spreadsheet may run `text`.
fn runs(text: &str) -> bool {
    text.trim_start().starts_with(SIGNS) || text.starts_with(char::is_control)
}

/// `text` as a spreadsheet shows it, and never runs it: with an apostrophe in front where that is needed.
///
/// ```
/// assert_eq!(carryover_portfolio::defused("=1+1".to_owned()), "'=1+1");
/// assert_eq!(carryover_portfolio::defused("Contoso".to_owned()), "Contoso");
/// ```
pub fn defused(text: String) -> String {
    if runs(text.trim_start_matches('\'')) { format!("'{text}") } else { text }
}

/// What [`defused`] was given.
pub(crate) fn plain(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if runs(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

/// A row as it stands in a file, in which each cell that a spreadsheet would run has an apostrophe in front; every other
/// byte stays. The cells are those that reading finds, also in a row whose quotes do not pair up.
pub(crate) fn defused_row(raw: &[u8], delimiter: u8) -> Vec<u8> {
    let mut row = Vec::with_capacity(raw.len());
    let mut state = State::CellStart;
    for (place, &byte) in raw.iter().enumerate() {
        let next = state.after(byte, delimiter);
        let runs = state == State::CellStart && cell_runs(&raw[place..], delimiter);
        // Inside the quotes of a cell that has them.
        let opens = next == State::Quoted;
        row.extend((runs && !opens).then_some(b'\''));
        row.push(byte);
        row.extend((runs && opens).then_some(b'\''));
        state = next;
    }
    row
}

/// Whether a spreadsheet may run the first cell of `rest`.
fn cell_runs(rest: &[u8], delimiter: u8) -> bool {
    let (mut text, mut state) = (Vec::new(), State::CellStart);
    for &byte in rest {
        let next = state.after(byte, delimiter);
        if next == State::CellStart {
            break;
        }
        text.extend(state.is_text(next).then_some(byte));
        state = next;
    }
    text.utf8_chunks().next().is_some_and(|chunk| runs(chunk.valid()))
}

#[cfg(test)]
mod tests {
    use super::{defused, defused_row, plain};

    #[test]
    fn a_formula_is_shown_and_not_run_and_reads_back() {
        for text in ["=HYPERLINK(\"x\")", " @SUM(A1)", "\t=1", "\r=1", "-1", "+1", "＝1", "'=1", "''=1", "|x"] {
            let shown = defused(text.to_owned());
            assert_eq!(shown, format!("'{text}"));
            assert_eq!(plain(&shown), text);
        }
        for text in ["", "'", "'s-Hertogenbosch", "O'Neill", "Contoso", "seats is `=1`"] {
            assert_eq!(defused(text.to_owned()), text);
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn the_cells_of_a_row_are_defused_where_they_stand() {
        let row = |raw: &str| String::from_utf8(defused_row(raw.as_bytes(), b',')).unwrap();
        assert_eq!(row("=1,a=1,\"=2,-3\", +4,'=5,\"x\"\"=6\""), "'=1,a=1,\"'=2,-3\",' +4,'=5,\"x\"\"=6\"");
        assert_eq!(row("a,\"=never closed"), "a,\"'=never closed");
        assert_eq!(row("＝1,"), "'＝1,");
        assert_eq!(row("a\"b,=1"), "a\"b,'=1", "a quote inside a cell opens nothing");
        assert_eq!(row("\"a\"b\",=1"), "\"a\"b\",'=1", "nor does one after the text that follows a quote");
        assert_eq!(row("\"\"=1,"), "\"'\"=1,", "what follows a quote is text of its cell");
    }
}
