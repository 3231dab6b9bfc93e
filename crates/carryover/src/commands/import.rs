//! `carryover import`: portfolio files into the database. Good rows are taken, bad ones are listed and set aside.

use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::output;
use crate::wiring::Office;
use carryover_engine::Desk;
use carryover_portfolio::{Given, Import, Problem, Reader, Rejected};
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Problems that are listed on a terminal; the rejected file has all.
const LISTED: usize = 20;

/// What an import came to.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) customers: usize,
    pub(crate) added: usize,
    pub(crate) changed: usize,
    pub(crate) kept: usize,
}

pub(super) async fn run(office: &Office, files: &[PathBuf], format: Format) -> Result<Ending, Failure> {
    let given = Given { at: Some(office.clock.clock().now()), ..Given::default() };
    let read = read(given, files)?;
    let taken = take_over(&office.desk, &read).await?;
    let set_aside = read.rejected.iter().map(|rejected| set_aside(rejected, files)).collect::<Result<Vec<_>, _>>()?;
    let Import { rows_read, rows_good, rows_rejected, problems, .. } = &read;
    let Taken { customers, added, changed, kept } = taken;
    let database = office.database.display().to_string();
    output::result(
        format,
        || {
            let mut text: Vec<String> = problems.iter().take(LISTED).map(ToString::to_string).collect();
            if problems.len() > LISTED {
                text.push(format!("… and {} more problems", problems.len() - LISTED));
            }
            text.extend(set_aside.iter().map(|path| format!("rejected rows are in {}", path.display())));
            text.push(format!(
                "{rows_read} rows read: {rows_good} good, {rows_rejected} rejected; {customers} customers in {database}: \
                 {added} lines new, {changed} changed, {kept} kept as they were"
            ));
            if rows_good > &0 {
                text.push("next: carryover assess".to_owned());
            }
            text.join("\n")
        },
        || {
            json!({
                "rows_read": rows_read, "rows_good": rows_good, "rows_rejected": rows_rejected,
                "customers": customers, "lines_added": added, "lines_changed": changed, "lines_kept": kept,
                "problems": problems.iter().map(described).collect::<Vec<_>>(),
                "rejected_files": set_aside, "database": database,
            })
        },
    );
    Ok(if problems.is_empty() { Ending::Done } else { Ending::BadInput })
}

/// Reads `files` as one portfolio.
pub(crate) fn read(given: Given, files: &[PathBuf]) -> Result<Import, Failure> {
    let mut reader = Reader::new(given);
    for path in files {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| {
            Failure::input(format!("{name} cannot be opened: {error}; name a portfolio file in CSV"))
        })?;
        reader = reader.file(&name, file).map_err(|error| Failure::input(format!("{error}: {}", error.source)))?;
    }
    Ok(reader.finish())
}

/// Takes the good rows into the database, customer by customer.
pub(crate) async fn take_over(desk: &Desk, read: &Import) -> Result<Taken, Failure> {
    let mut taken = Taken { customers: read.customers.len(), ..Taken::default() };
    for (customer, lines) in &read.customers {
        let imported = desk.import(customer, lines).await?;
        taken.added += imported.added;
        taken.changed += imported.changed;
        taken.kept += imported.kept;
    }
    Ok(taken)
}

/// Writes the bad rows beside the file that they come from: `NAME.rejected.csv`.
fn set_aside(rejected: &Rejected, files: &[PathBuf]) -> Result<PathBuf, Failure> {
    let source = files.iter().find(|path| path.display().to_string() == *rejected.file);
    let path = source.map_or_else(|| PathBuf::from(&*rejected.file), PathBuf::clone).with_extension("rejected.csv");
    let cannot = |error: std::io::Error| cannot_write(&path, &error);
    rejected.write(File::create(&path).map_err(cannot)?).map_err(cannot)?;
    Ok(path)
}

/// The sentence for a file that could not be written.
pub(crate) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}

fn described(problem: &Problem) -> serde_json::Value {
    let Problem { file, line, column, value, expected } = problem;
    json!({ "file": &**file, "line": line, "column": column, "value": value, "expected": expected })
}
