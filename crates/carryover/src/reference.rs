//! Which table of products and service plans is in use: the one that the user has loaded, read from where the user keeps
//! it, or else the built-in one. The table itself is never copied.

use crate::failure::Failure;
use crate::output;
use carryover_domain::product::table::ProductTable;
use carryover_portfolio::read_service_plans;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What is remembered of a table that was loaded: a small file beside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// Where the table is, as an absolute path.
    pub(crate) file: PathBuf,
    /// How many products it held when it was loaded.
    pub(crate) products: usize,
    /// How many service plans.
    pub(crate) plans: usize,
    /// How many pairs of the two.
    pub(crate) rows: usize,
    /// When it was loaded.
    pub(crate) read_at: Timestamp,
}

impl Remembered {
    /// What is to be remembered of `table`, which was read from `file` now.
    pub(crate) fn of(table: &ProductTable, file: PathBuf, read_at: Timestamp) -> Self {
        Self { file, products: table.len(), plans: table.plan_count(), rows: table.row_count(), read_at }
    }

    /// Whether `table` has as many of each as when it was loaded.
    pub(crate) fn fits(&self, table: &ProductTable) -> bool {
        (self.products, self.plans, self.rows) == (table.len(), table.plan_count(), table.row_count())
    }

    /// What was remembered beside `database`; none when no table was ever loaded.
    ///
    /// # Errors
    /// A sentence when it is there and cannot be understood.
    pub(crate) fn beside(database: &Path) -> Result<Option<Self>, Failure> {
        let path = beside(database);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            Failure::failed(format!(
                "{} is not what `carryover reference load` writes: {error}; give that command again, or delete the file",
                path.display()
            ))
        })
    }

    /// Remembers this beside `database`. The old note stays whole until the new one is.
    pub(crate) fn keep(&self, database: &Path) -> Result<PathBuf, Failure> {
        let path = beside(database);
        let cannot = |error: std::io::Error| Failure::failed(format!("{} cannot be written: {error}", path.display()));
        let text = serde_json::to_string_pretty(self).map_err(|error| cannot(error.into()))?;
        let fresh = path.with_extension("json.new");
        std::fs::write(&fresh, text + "\n").and_then(|()| std::fs::rename(&fresh, &path)).map_err(cannot)?;
        Ok(path)
    }
}

/// `<database>.reference.json`.
fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".reference.json");
    PathBuf::from(name)
}

/// Reads the table in `file`.
///
/// # Errors
/// One sentence when it cannot be opened or is no such table.
pub(crate) fn read(file: &Path) -> Result<ProductTable, Failure> {
    let name = file.display().to_string();
    let open = File::open(file).map_err(|error| {
        Failure::input(format!(
            "{name} cannot be opened: {error}; name Microsoft's CSV \"Product names and service plan identifiers\""
        ))
    })?;
    read_service_plans(&name, open).map_err(|error| match std::error::Error::source(&error) {
        Some(source) => Failure::input(format!("{error}: {source}")),
        None => Failure::input(error.to_string()),
    })
}

/// The table that the user has loaded; none when there is none, and then the built-in one serves. Where it can no longer
/// be read, that is said on stderr and the built-in one serves as well: it knows less and says nothing wrong.
///
/// # Errors
/// A sentence when what was remembered cannot be understood.
pub(crate) fn loaded(database: &Path) -> Result<Option<ProductTable>, Failure> {
    let Some(remembered) = Remembered::beside(database)? else { return Ok(None) };
    match read(&remembered.file) {
        Ok(table) => Ok(Some(table)),
        Err(failure) => {
            output::aside(&format!(
                "carryover: the built-in table of products is used, for the loaded one cannot be read: {failure}"
            ));
            Ok(None)
        }
    }
}
