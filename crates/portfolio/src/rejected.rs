//! The rejected rows as a file that people can correct and read in again.
//!
//! Header and cells are written byte for byte as they came, so that a row which is wrong stays wrong until somebody
//! corrects it. Only a last column is added, which says what is wrong, and an apostrophe in front of cells that a
//! spreadsheet would run as a formula; reading takes it away again.

use crate::formula::defused_row;
use crate::problem::Problem;
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
    delimiter: u8,
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
    /// Of `file`, whose `header` stands there as it does; `problem_column` is a name that the header has not.
    pub(crate) fn new(
        file: &Arc<str>,
        byte_order_mark: bool,
        delimiter: u8,
        header: &[u8],
        problem_column: String,
    ) -> Self {
        Self {
            file: Arc::clone(file),
            rows: Vec::new(),
            byte_order_mark,
            delimiter,
            header: header.to_vec(),
            problem_column,
        }
    }

    /// Adds the row that starts on `line`, as it stands in the file, with all that is wrong with it.
    pub(crate) fn add(&mut self, line: u64, raw: &[u8], problems: &[Problem]) {
        let sentences: Vec<String> = problems.iter().map(Problem::sentence).collect();
        self.rows.push(RejectedRow { line, raw: raw.to_vec(), problem: sentences.join("; ") });
    }

    /// Writes the original header and rows with a last column `problem`; `problem_2` where the file has one already.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        if self.byte_order_mark {
            out.write_all(b"\xEF\xBB\xBF")?;
        }
        let delimiter = char::from(self.delimiter);
        out.write_all(&defused_row(&self.header, self.delimiter))?;
        write!(out, "{delimiter}{}\r\n", self.problem_column)?;
        for row in &self.rows {
            let problem = format!("{delimiter}\"{}\"", row.problem.replace('"', "\"\""));
            // Together, for after a quote that is never closed the problem's own quotes open no cell.
            out.write_all(&defused_row(&[&row.raw, problem.as_bytes()].concat(), self.delimiter))?;
            out.write_all(b"\r\n")?;
        }
        out.flush()
    }
}
