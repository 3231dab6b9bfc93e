//! `carryover reference`: which table of products and service plans is used, and whether it can be.

use crate::cli::{Cli, Format, Reference};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::failure::{Ending, Failure};
use crate::reference::{self, Remembered};
use crate::{output, wiring};
use carryover_domain::product::table::ProductTable;
use carryover_ports::Clock;
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn run(cli: &Cli, wish: &Reference, format: Format) -> Result<Ending, Failure> {
    let settings = Settings::load(cli.config.as_deref())?;
    let database = wiring::notes(cli, &settings);
    match wish {
        Reference::Load { file } => load(&database, file, format),
        Reference::Show => show(&database, format),
    }
}

fn load(database: &Path, file: &Path, format: Format) -> Result<Ending, Failure> {
    let table = reference::read(file)?;
    let absolute = std::path::absolute(file)
        .map_err(|error| Failure::failed(format!("the folder of {} cannot be told: {error}", file.display())))?;
    // The user's day, whatever an emulator's clock says: the file is the user's.
    let remembered = Remembered::of(&table, absolute, SystemClock.now());
    let note = remembered.keep(database)?;
    output::result(
        format,
        || {
            format!(
                "{} in {}\nit is read from there whenever it is needed; that is remembered in {}",
                counts(&table),
                remembered.file.display(),
                note.display()
            )
        },
        || loaded(&remembered, &table),
    );
    Ok(Ending::Done)
}

fn show(database: &Path, format: Format) -> Result<Ending, Failure> {
    let common = ProductTable::common();
    match (Remembered::beside(database)?, reference::loaded(database)?) {
        (Some(remembered), Some(table)) => output::result(
            format,
            || {
                let Remembered { file, read_at, .. } = &remembered;
                let now = if remembered.fits(&table) { "" } else { "; it has changed since" };
                format!("{} in {}, loaded at {read_at}{now}", counts(&table), file.display())
            },
            || loaded(&remembered, &table),
        ),
        (Some(remembered), None) => output::result(
            format,
            || format!("the built-in table is used: {}", counts(common)),
            || built_in(Some(&remembered.file)),
        ),
        (None, _) => output::result(
            format,
            || {
                let counts = counts(common);
                format!("no table is loaded; the built-in one is used: {counts}\nnext: carryover reference load FILE")
            },
            || built_in(None),
        ),
    }
    Ok(Ending::Done)
}

/// `619 products, 791 service plans, 5,959 rows`.
fn counts(table: &ProductTable) -> String {
    let told = |number: usize, one, many| format!("{} {}", grouped(number), if number == 1 { one } else { many });
    [
        told(table.len(), "product", "products"),
        told(table.plan_count(), "service plan", "service plans"),
        told(table.row_count(), "row", "rows"),
    ]
    .join(", ")
}

/// A count with commas between its thousands.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).unwrap_or_default()).collect();
    parts.join(",")
}

fn loaded(remembered: &Remembered, table: &ProductTable) -> Value {
    let Remembered { file, read_at, .. } = remembered;
    json!({
        "table": "loaded", "file": file, "read_at": read_at.to_string(), "changed": !remembered.fits(table),
        "products": table.len(), "plans": table.plan_count(), "rows": table.row_count(),
    })
}

/// The built-in table, in use because none was loaded or because `unreadable`, which was, cannot be read.
fn built_in(unreadable: Option<&Path>) -> Value {
    let table = ProductTable::common();
    json!({
        "table": "built-in", "unreadable": unreadable,
        "products": table.len(), "plans": table.plan_count(), "rows": table.row_count(),
    })
}
