//! Bytes to cells, after RFC 4180, in bounded memory.
//!
//! Stricter than the usual readers, on purpose. They take a quote that is never closed, and text after a closing quote,
//! without a word; then rows vanish into a cell and nobody sees it. They also let a row grow without limit.
//! Reads no meaning into a cell.

use std::io::{self, BufRead, BufReader, Read};

/// The longest cell that is read: what a spreadsheet can hold in one, rounded up.
pub const MAX_CELL_BYTES: usize = 32 * 1024;

/// The longest row that is read, as it stands in the file: room for thirty of the longest cells.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;

/// What is wrong with the form of a row, before any meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A cell exceeds [`MAX_CELL_BYTES`].
    CellTooLong { cell: usize },
    /// The row exceeds [`MAX_ROW_BYTES`].
    RowTooLong,
    /// Text follows a closing quote, so it is unclear what the cell is.
    TextAfterQuote { cell: usize },
    /// The file ends inside a quoted cell.
    QuoteNeverClosed { cell: usize },
}

/// One row. Reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Record {
    raw: Vec<u8>,
    text: Vec<u8>,
    ends: Vec<usize>,
    first_line: u64,
    last_line: u64,
    flaw: Option<Flaw>,
}

impl Record {
    /// The row as it stands in the file, without its line end.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }
    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
    /// The `index`-th cell without its quotes; nothing where there is none.
    pub(crate) fn cell(&self, index: usize) -> &[u8] {
        let Some(end) = self.ends.get(index) else { return &[] };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..*end]
    }
    /// The cells in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.cell(index))
    }
    /// The lines of the file on which it starts and ends, counted from 1.
    pub(crate) fn lines(&self) -> (u64, u64) {
        (self.first_line, self.last_line)
    }
    /// What is wrong with its form.
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }
    /// Whether nothing stands in any cell, as in the rows that spreadsheets leave below a table.
    pub(crate) fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.text.iter().all(u8::is_ascii_whitespace)
    }

    fn start(&mut self, line: u64) {
        self.raw.clear();
        self.text.clear();
        self.ends.clear();
        self.first_line = line;
        self.flaw = None;
    }
    fn keep(&mut self, byte: u8) {
        if self.raw.len() < MAX_ROW_BYTES {
            self.raw.push(byte);
        } else {
            self.flaw = Some(Flaw::RowTooLong);
        }
    }
    fn push(&mut self, byte: u8) {
        let start = self.ends.last().copied().unwrap_or_default();
        if self.text.len() - start < MAX_CELL_BYTES {
            self.text.push(byte);
        } else {
            self.flaw.get_or_insert(Flaw::CellTooLong { cell: self.ends.len() });
        }
    }
    fn end_cell(&mut self) {
        if self.flaw != Some(Flaw::RowTooLong) {
            self.ends.push(self.text.len());
        }
    }
}

/// Where in a row a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    CellStart,
    Plain,
    Quoted,
    QuoteSeen,
}

impl State {
    /// Where the byte after `byte` stands, which is no line end of a row.
    pub(crate) fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::CellStart, b'"') | (Self::QuoteSeen, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::QuoteSeen,
            (Self::Quoted, _) => Self::Quoted,
            (_, byte) if byte == delimiter => Self::CellStart,
            _ => Self::Plain,
        }
    }

    /// Whether the byte that leads from here to `next` is part of the cell's text.
    pub(crate) fn is_text(self, next: Self) -> bool {
        let opens = self == Self::CellStart && next == Self::Quoted;
        !opens && next != Self::QuoteSeen && next != Self::CellStart
    }
}

/// Splits a stream into rows.
pub(crate) struct Splitter<R> {
    from: BufReader<R>,
    delimiter: u8,
    line: u64,
    after_cr: bool,
}

impl<R: Read> Splitter<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from: BufReader::with_capacity(64 * 1024, from), delimiter: b',', line: 1, after_cr: false }
    }

    /// Takes `delimiter` for what stands between cells, from the next row on; a comma until then.
    pub(crate) fn split_at(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The line that is being read, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// Puts the next row into `record`; false at the end of the file. Empty lines are no rows.
    pub(crate) fn next(&mut self, record: &mut Record) -> io::Result<bool> {
        record.start(self.line);
        let mut state = State::CellStart;
        loop {
            let chunk = match self.from.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok(finish(record, state, self.line));
            }
            let mut used = 0;
            let mut row_ended = false;
            for &byte in chunk {
                used += 1;
                let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
                let line_end = byte == b'\r' || byte == b'\n';
                let second_half = after_cr && byte == b'\n';
                let line = self.line;
                self.line += u64::from(line_end && !second_half);
                if line_end && state != State::Quoted {
                    if record.raw.is_empty() {
                        record.first_line = self.line;
                        continue;
                    }
                    record.end_cell();
                    record.last_line = line;
                    row_ended = true;
                    break;
                }
                record.keep(byte);
                state = step(record, state, byte, self.delimiter);
            }
            self.from.consume(used);
            if row_ended {
                return Ok(true);
            }
        }
    }
}

fn step(record: &mut Record, state: State, byte: u8, delimiter: u8) -> State {
    let next = state.after(byte, delimiter);
    if next == State::CellStart {
        record.end_cell();
    }
    if (state, next) == (State::QuoteSeen, State::Plain) {
        record.flaw.get_or_insert(Flaw::TextAfterQuote { cell: record.ends.len() });
    }
    if state.is_text(next) {
        record.push(byte);
    }
    next
}

fn finish(record: &mut Record, state: State, line: u64) -> bool {
    if record.raw.is_empty() {
        return false;
    }
    if state == State::Quoted {
        record.flaw = Some(Flaw::QuoteNeverClosed { cell: record.ends.len() });
    }
    record.end_cell();
    record.last_line = line;
    true
}
