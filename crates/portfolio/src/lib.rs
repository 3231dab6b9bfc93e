//! Reads what partners already have into checked source lines.
//!
//! A purchase is made from a portfolio file, so a cell that is misread costs money. Hence: a cell is taken only when it
//! can mean one thing; a row is taken whole or not at all; every row that was read is either a source line or stands in
//! the rejected file with its reasons; and a file whose columns cannot be told apart is not read at all.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = "\
//! tenant_id,domain,country,program,sku_id,seats,end_date
//! 8f0d9b52-6b0a-4b5e-9e57-1d8f5a3c0001,contoso.com,DE,open,3b555118-da6a-4418-894f-7df1e2096870,25,2026-12-31
//! 8f0d9b52-6b0a-4b5e-9e57-1d8f5a3c0001,contoso.com,DE,ea,3b555118-da6a-4418-894f-7df1e2096870,25,31.12.2026
//! ";
//! let import = carryover_portfolio::read([("contoso.csv", file.as_bytes())])?;
//!
//! assert_eq!((import.rows_read, import.rows_good, import.rows_rejected), (2, 1, 1));
//! assert_eq!(
//!     import.problems[0].to_string(),
//!     "contoso.csv:3: end_date is `31.12.2026`: this is a locale date; write 2026-12-31",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! Besides the portfolio file of our own it reads what others write: the admin centre's export of "Your products",
//! answers of Microsoft Graph as saved by GET, and the files of Microsoft's batch migration tool. What a file is, its
//! header tells; [`SourceKind`] lists them all. Several files of one import speak of the same subscriptions and become
//! one line each, and [`SourceLine::provenance`](carryover_domain::portfolio::SourceLine) says which said what.
//!
//! Reading order: `column` (what a portfolio file may hold), `split` (bytes to cells), `cell` (a cell to a value), `row`
//! (cells to a source line), `kind` and `table` (what others write), `products`, `batch`, `graph` (each to facts), `elsewhere`
//! (what another tool migrates), `join`
//! (facts to lines), [`Reader`] (all of it to an import). Knows neither the services nor the rules of a migration.

mod batch;
mod cell;
mod column;
mod elsewhere;
mod fact;
mod formula;
mod gather;
mod given;
mod graph;
mod header;
mod join;
mod kind;
mod problem;
mod products;
mod reader;
mod reference;
mod rejected;
mod row;
mod split;
mod table;
mod write;
mod write_batch;

use std::io::Read;

pub use formula::defused;
pub use given::Given;
pub use graph::MAX_JSON_BYTES;
pub use kind::{SourceFile, SourceKind};
pub use problem::{Problem, Unreadable};
pub use reader::{Import, Reader};
pub use reference::{NoReference, read_service_plans};
pub use rejected::{Rejected, RejectedRow};
pub use split::{MAX_CELL_BYTES, MAX_ROW_BYTES};
pub use write::write_csv;
pub use write_batch::{BatchTool, Moved, write_batch_migrations, write_batch_status, write_batch_subscriptions};

/// Reads `files`, each given with its name, as one portfolio.
///
/// # Errors
/// [`Unreadable`] when the bytes of a file cannot be had. Nothing is returned then: half a portfolio is none.
pub fn read<N: AsRef<str>, R: Read>(files: impl IntoIterator<Item = (N, R)>) -> Result<Import, Unreadable> {
    let reader = files
        .into_iter()
        .try_fold(Reader::new(Given::default()), |reader, (name, from)| reader.file(name.as_ref(), from))?;
    Ok(reader.finish())
}
