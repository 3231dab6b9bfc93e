//! A page of Markdown for a terminal: title, paragraphs and bold words, which is all that the pages have.

/// Columns of a line at most; longer words stay whole.
const WIDTH: usize = 100;

/// Begins and ends bold writing on a terminal.
const BOLD: [&str; 2] = ["\x1b[1m", "\x1b[22m"];

/// `text` in lines of no more than 100 columns. What is between `**` is bold where `bold` says that it can be shown, and
/// plain otherwise.
pub(crate) fn page(text: &str, bold: bool) -> String {
    let mut out = String::new();
    for paragraph in paragraphs(text) {
        let title = paragraph.strip_prefix("# ").map(|title| format!("**{title}**"));
        out += &wrapped(title.as_deref().unwrap_or(&paragraph), bold);
        out.push('\n');
    }
    out
}

/// The lines of `text` with those put together that were broken only for want of room. An empty line, a field such as `Severity: B`
/// and what is indented stand alone.
fn paragraphs(text: &str) -> Vec<String> {
    let stands_alone = |line: &str| {
        let is_field = line.split(' ').next().is_some_and(|word| word.ends_with(':') && !word.contains('`'));
        line.is_empty() || line.starts_with(['#', '|', '-', ' ']) || is_field
    };
    let mut paragraphs: Vec<String> = Vec::new();
    for line in text.lines() {
        match paragraphs.last_mut().filter(|last| !stands_alone(line) && !stands_alone(last)) {
            Some(last) => *last += &format!(" {line}"),
            None => paragraphs.push(line.to_owned()),
        }
    }
    paragraphs
}

fn wrapped(line: &str, bold: bool) -> String {
    let mut out = String::new();
    let (mut column, mut inside) = (0, false);
    for word in line.split_whitespace() {
        let parts: Vec<&str> = word.split("**").collect();
        let width: usize = parts.iter().map(|part| part.chars().count()).sum();
        if column > 0 {
            let fits = column + 1 + width <= WIDTH;
            out.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        column += width;
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                out += if bold { BOLD[usize::from(inside)] } else { "" };
                inside = !inside;
            }
            out += part;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::page;

    const TEXT: &str = "# GAP\n\nSeverity: B\nChecked: plan\n\n**Why it matters.** Users cannot work.\n";

    #[test]
    fn bold_words_are_bold_on_a_terminal_and_plain_elsewhere() {
        assert_eq!(page(TEXT, false), "GAP\n\nSeverity: B\nChecked: plan\n\nWhy it matters. Users cannot work.\n");
        assert_eq!(
            page(TEXT, true),
            "\x1b[1mGAP\x1b[22m\n\nSeverity: B\nChecked: plan\n\n\x1b[1mWhy it matters.\x1b[22m Users cannot work.\n"
        );
    }

    #[test]
    fn lines_that_were_broken_for_want_of_room_are_one_paragraph() {
        let text = "# GAP\n\nSeverity: B\nChecked: plan\n\n**What to do.** Buy\nearlier.\n\nSource: rule R114,\nread 2026-11.\n";
        let shown =
            "GAP\n\nSeverity: B\nChecked: plan\n\nWhat to do. Buy earlier.\n\nSource: rule R114,\nread 2026-11.\n";
        assert_eq!(page(text, false), shown);
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let text = "**ash** ".repeat(60);
        for bold in [false, true] {
            let shown = page(&text, bold).replace("\x1b[1m", "").replace("\x1b[22m", "");
            assert!(shown.lines().all(|line| line.len() <= 100), "{shown}");
            assert_eq!(shown.split_whitespace().count(), 60);
            assert_eq!(shown.lines().count(), 3, "{shown}");
        }
        let long = "x".repeat(150);
        assert_eq!(page(&long, false), long + "\n");
    }
}
