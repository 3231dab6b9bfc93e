//! Text from outside, made fit to be shown, and folded to a width. Never grows wider than asked.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// Columns of a terminal that everything fits into.
pub(super) const WIDTH: u16 = 100;

/// `text` on one line, without characters that steer a terminal, turn the direction of writing or cannot be seen.
pub(super) fn plain(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c });
    visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Marks and overrides of direction, soft hyphens, zero-width spaces, byte order marks. Joiners stay: scripts need them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `text` in lines of at most `width` columns, broken at spaces where there are any.
pub(super) fn fold(text: &str, width: u16) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.add_row([plain(text)]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// `text` after `lead`, as wide as a terminal; what does not fit stands below where it begins.
pub(crate) fn hung(lead: &str, text: &str) -> Vec<String> {
    let columns = u16::try_from(lead.chars().count()).unwrap_or_default();
    let rest = " ".repeat(usize::from(columns));
    let folded = fold(text, WIDTH.saturating_sub(columns));
    folded.iter().enumerate().map(|(n, line)| format!("{}{line}", if n == 0 { lead } else { &rest })).collect()
}

/// The first `most` lines of `text`, ending in an ellipsis where that is not all.
pub(super) fn fold_short(text: &str, width: u16, most: usize) -> Vec<String> {
    // Two columns are kept free for the ellipsis.
    let mut lines = fold(text, width.saturating_sub(2));
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_dropped() {
        assert_eq!(plain("a\u{1b}[31mred\r\nb\tc"), "a [31mred b c");
        assert_eq!(plain("user\u{202e}gpj.exe\u{200b}"), "usergpj.exe");
        assert_eq!(plain("  Zoë\u{7}  GmbH "), "Zoë GmbH");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(fold("one two three", 8), ["one two", "three"]);
        assert_eq!(fold_short("one two three four", 10, 1), ["one two …"]);
        assert_eq!(fold_short("one two", 20, 1), ["one two"]);
        let long = "word ".repeat(30);
        let hung = hung("    note   ", &long);
        assert!(hung.len() == 2 && hung[0].starts_with("    note   word") && hung[1].starts_with("           word"));
        assert!(hung.iter().all(|line| line.chars().count() <= 100), "{hung:?}");
    }
}
