//! The rejected rows as a file that people can correct and read in again.
//!
//! Header and cells are written byte for byte as they came, so that a row which is wrong stays wrong until somebody
//! corrects it; only a last column is added, which says what is wrong.

use crate::header::Header;
use crate::problem::Problem;
use crate::split::Record;
use std::io::{self, Write};
use std::sync::Arc;

/// The rejected rows of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The file, as it was named by the caller.
    pub file: Arc<str>,
    /// The rows, in the order of the file.
    pub rows: Vec<RejectedRow>,
    byte_order_mark: bool,
    header: Vec<u8>,
    problem_column: String,
}

/// A row that has not become a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The line of the file on which it starts, counted from 1.
    pub line: u64,
    /// The row as it stands in the file, without its line end; at most [`MAX_ROW_BYTES`](crate::MAX_ROW_BYTES).
    pub raw: Vec<u8>,
    /// All that is wrong with it, in one text.
    pub problem: String,
}

impl Rejected {
    pub(crate) fn new(file: &Arc<str>, byte_order_mark: bool, raw_header: &[u8], header: &Header) -> Self {
        Self {
            file: Arc::clone(file),
            rows: Vec::new(),
            byte_order_mark,
            header: raw_header.to_vec(),
            problem_column: header.free_name("problem"),
        }
    }

    /// Writes the original header and rows with a last column `problem`; `problem_2` where the file has one already.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        if self.byte_order_mark {
            out.write_all(b"\xEF\xBB\xBF")?;
        }
        out.write_all(&self.header)?;
        write!(out, ",{}\r\n", self.problem_column)?;
        for row in &self.rows {
            out.write_all(&row.raw)?;
            write!(out, ",\"{}\"\r\n", harmless(&row.problem).replace('"', "\"\""))?;
        }
        out.flush()
    }
}

impl RejectedRow {
    pub(crate) fn new(record: &Record, problems: &[Problem]) -> Self {
        let sentences: Vec<String> = problems.iter().map(Problem::sentence).collect();
        Self { line: record.lines().0, raw: record.raw().to_vec(), problem: sentences.join("; ") }
    }
}

/// `text` as a spreadsheet shows it, and never runs it as a formula.
fn harmless(text: &str) -> String {
    let runs = text.trim_start().starts_with(['=', '+', '-', '@', '|', '%']);
    if runs || text.starts_with(char::is_control) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_formula_is_shown_and_not_run() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless(" @SUM(A1)"), "' @SUM(A1)");
        assert_eq!(harmless("\t=1"), "'\t=1");
        assert_eq!(harmless("seats is `=1`: …"), "seats is `=1`: …");
    }
}
