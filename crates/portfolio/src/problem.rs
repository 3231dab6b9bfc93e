//! What is wrong with a file, a row or a cell, in a sentence that says what to do.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::io;
use std::sync::Arc;

/// How many characters of a bad cell are shown.
const SHOWN_CHARS: usize = 80;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named by the caller.
    pub file: Arc<str>,
    /// The line of the file on which the row starts, counted from 1.
    pub line: u64,
    /// The column; none where the whole row or file is meant.
    pub column: Option<Cow<'static, str>>,
    /// What stands there: at most 80 characters, control characters and invalid bytes escaped. Empty for a whole row.
    pub value: String,
    /// What was expected and what to do.
    pub expected: Cow<'static, str>,
}

impl Problem {
    /// The sentence without the place, for a column of a sheet that gives the place already.
    pub(crate) fn sentence(&self) -> String {
        let expected = &self.expected;
        match &self.column {
            Some(column) if self.value.is_empty() => format!("{column} is empty: {expected}"),
            Some(column) => format!("{column} is `{}`: {expected}", self.value),
            None => expected.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.sentence())
    }
}

/// The bytes of a file could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{file} could not be read past line {line}")]
pub struct Unreadable {
    /// The file, as it was named by the caller.
    pub file: Arc<str>,
    /// The line that was being read.
    pub line: u64,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// `bytes` as they can safely be shown on one line.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut shown = String::new();
    let mut left = SHOWN_CHARS;
    for chunk in bytes.trim_ascii().utf8_chunks() {
        for c in chunk.valid().chars() {
            if left == 0 {
                return shown + "…";
            }
            left -= 1;
            if c.is_control() || reorders_text(c) {
                shown.extend(c.escape_default());
            } else {
                shown.push(c);
            }
        }
        for byte in chunk.invalid() {
            if left == 0 {
                return shown + "…";
            }
            left -= 1;
            // Writing to a string cannot fail.
            let _ = write!(shown, "\\x{byte:02X}");
        }
    }
    shown
}

/// Characters that make text look like other text: directional overrides and isolates.
fn reorders_text(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
