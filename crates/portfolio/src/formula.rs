//! Text that a spreadsheet would run as a formula: defused on the way out, and put back on the way in.
//!
//! An apostrophe in front makes a spreadsheet show such text. It is taken away again only where one of ours can stand,
//! so that whatever is written reads as what it was.

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
/// byte stays. Also a row whose quotes do not pair up is gone through.
pub(crate) fn defused_row(raw: &[u8], delimiter: u8) -> Vec<u8> {
    let mut row = Vec::with_capacity(raw.len());
    let (mut cell_start, mut quoted) = (true, false);
    for (place, &byte) in raw.iter().enumerate() {
        let opens = cell_start && byte == b'"';
        if cell_start && !opens && runs_bytes(&raw[place..]) {
            row.push(b'\'');
        }
        row.push(byte);
        if opens && runs_bytes(&raw[place + 1..]) {
            row.push(b'\'');
        }
        if byte == b'"' {
            quoted = !quoted;
        }
        cell_start = byte == delimiter && !quoted;
    }
    row
}

fn runs_bytes(rest: &[u8]) -> bool {
    // Spaces aside, a sign stands at the beginning; what follows it does not matter.
    let start = rest.len() - rest.trim_ascii_start().len();
    let head = &rest[start..rest.len().min(start + 4)];
    let head = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    head.starts_with(SIGNS) || rest.first().is_some_and(|byte| byte.is_ascii_control() && !b"\r\n".contains(byte))
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
    }
}
