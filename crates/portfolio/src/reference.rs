//! Microsoft's public table "Product names and service plan identifiers for licensing", as the user has downloaded it
//! (rules R130, R131).
//!
//! Which product holds which plan decides what users are said to lose, so a row that cannot be read ends the reading: a
//! table with holes would call a loss none. Names are for people and may hold anything.

use crate::problem::{Unreadable, shown};
use crate::split::{Flaw, Record, Splitter};
use carryover_domain::product::table::ProductTable;
use std::io::Read;
use std::str::FromStr;
use std::sync::Arc;

/// The longest table that is read, in rows. The public one has six thousand.
const ROWS_MAX: u64 = 1_000_000;

/// Why a file does not become a table of products. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum NoReference {
    /// It is not in UTF-8.
    #[error("{file} is UTF-16 text; save it as CSV UTF-8")]
    Utf16 {
        /// The file, as the caller names it.
        file: Arc<str>,
    },
    /// Its first row does not name the columns.
    #[error(
        "{file} is not the table of products and service plans: its first row names no column {missing}; give \
         Microsoft's CSV \"Product names and service plan identifiers for licensing\", with commas between the cells"
    )]
    OtherFile {
        /// The file, as the caller names it.
        file: Arc<str>,
        /// The columns that are missing, in Microsoft's spelling.
        missing: String,
    },
    /// A cell should hold a GUID.
    #[error(
        "{file}:{line}: {column} is `{value}`, which is not a GUID such as 3b555118-da6a-4418-894f-7df1e2096870; \
         correct the row or download the file again"
    )]
    Guid {
        /// The file, as the caller names it.
        file: Arc<str>,
        /// The line on which the row starts, counted from 1.
        line: u64,
        /// The column, in Microsoft's spelling.
        column: &'static str,
        /// What stands there, shortened and with control characters escaped.
        value: String,
    },
    /// A row cannot be divided into cells.
    #[error("{file}:{line}: this row cannot be divided into cells: {why}; correct it or download the file again")]
    Row {
        /// The file, as the caller names it.
        file: Arc<str>,
        /// The line on which the row starts, counted from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It has a header and nothing else.
    #[error("{file} names the columns and has no rows; download the file again")]
    NoRows {
        /// The file, as the caller names it.
        file: Arc<str>,
    },
    /// It has more rows than any such table.
    #[error(
        "{file} has more than {ROWS_MAX} rows, and the table of products and service plans some thousands; give that"
    )]
    TooLong {
        /// The file, as the caller names it.
        file: Arc<str>,
    },
    /// Its bytes cannot be had.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Reads the table of products and service plans. `name` is used in sentences only.
///
/// Takes the columns in any order, under Microsoft's own names or those of older copies, in any case, with or without
/// underscores; other columns are passed over. A pair that stands twice counts once.
///
/// # Errors
/// [`NoReference`] when the file is another one, or a row of it cannot be read. Nothing is returned then.
pub fn read_service_plans(name: &str, from: impl Read) -> Result<ProductTable, NoReference> {
    let file: Arc<str> = name.into();
    let mut splitter = Splitter::new(from);
    let mut record = Record::default();
    let mut next = |record: &mut Record| {
        let found = splitter.next(record);
        let line = splitter.line();
        found.map_err(|source| NoReference::Unreadable(Unreadable { file: Arc::clone(&file), line, source }))
    };
    next(&mut record)?;
    if record.raw().starts_with(&[0xFF, 0xFE]) || record.raw().starts_with(&[0xFE, 0xFF]) || record.raw().contains(&0) {
        return Err(NoReference::Utf16 { file });
    }
    let places = Places::of(&record).map_err(|missing| NoReference::OtherFile { file: Arc::clone(&file), missing })?;
    let mut table = ProductTable::new();
    let mut rows = 0;
    while next(&mut record)? {
        if record.is_blank() {
            continue;
        }
        rows += 1;
        if rows > ROWS_MAX {
            return Err(NoReference::TooLong { file });
        }
        add(&mut table, &file, &places, &record)?;
    }
    if table.is_empty() { Err(NoReference::NoRows { file }) } else { Ok(table) }
}

fn add(table: &mut ProductTable, file: &Arc<str>, places: &Places, record: &Record) -> Result<(), NoReference> {
    let (line, _) = record.lines();
    if let Some(flaw) = record.flaw() {
        return Err(NoReference::Row { file: Arc::clone(file), line, why: sentence(flaw) });
    }
    let text = |column: Column| String::from_utf8_lossy(record.cell(places.0[column as usize])).trim().to_owned();
    let plan = guid(file, line, Column::PlanId, &text(Column::PlanId))?;
    table.add(
        guid(file, line, Column::Product, &text(Column::Product))?,
        &text(Column::StringId),
        &text(Column::Name),
        plan,
    );
    table.name_plan(plan, &text(Column::PlanName));
    Ok(())
}

fn sentence(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::CellTooLong { .. } | Flaw::RowTooLong => "it is too long, as after a quote that is not closed",
        Flaw::TextAfterQuote { .. } => "text follows a closing quote",
        Flaw::QuoteNeverClosed { .. } => "a quote is never closed",
    }
}

fn guid<T: FromStr>(file: &Arc<str>, line: u64, column: Column, text: &str) -> Result<T, NoReference> {
    text.parse().map_err(|_| NoReference::Guid {
        file: Arc::clone(file),
        line,
        column: column.name(),
        value: shown(text.as_bytes()),
    })
}

/// The columns that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    StringId,
    Product,
    PlanName,
    PlanId,
}

impl Column {
    const ALL: [Self; 5] = [Self::Name, Self::StringId, Self::Product, Self::PlanName, Self::PlanId];

    /// Microsoft's spelling.
    fn name(self) -> &'static str {
        match self {
            Self::Name => "Product_Display_Name",
            Self::StringId => "String_Id",
            Self::Product => "GUID",
            Self::PlanName => "Service_Plan_Name",
            Self::PlanId => "Service_Plan_Id",
        }
    }

    /// Whether `header` names it. Only letters count, so marks, quotes, spaces and underscores do not matter.
    fn is(self, header: &[u8]) -> bool {
        let letters: String = header
            .iter()
            .filter(|byte| byte.is_ascii_alphabetic())
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        match self {
            Self::Name => letters == "productdisplayname" || letters == "productname",
            Self::StringId => letters == "stringid",
            Self::Product => letters == "guid",
            Self::PlanName => letters == "serviceplanname",
            Self::PlanId => letters == "serviceplanid",
        }
    }
}

/// The place of each column in a row.
struct Places([usize; Column::ALL.len()]);

impl Places {
    /// Reads the first row; an `Err` names the columns that it lacks.
    fn of(header: &Record) -> Result<Self, String> {
        let found = Column::ALL.map(|column| header.cells().position(|cell| column.is(cell)));
        let missing: Vec<&str> = Column::ALL
            .into_iter()
            .zip(found)
            .filter(|(_, place)| place.is_none())
            .map(|(column, _)| column.name())
            .collect();
        if missing.is_empty() { Ok(Self(found.map(Option::unwrap_or_default))) } else { Err(missing.join(", ")) }
    }
}
