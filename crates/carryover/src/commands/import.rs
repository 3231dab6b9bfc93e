//! `carryover import`: files of customers and subscriptions into the database. Good rows are taken, bad ones are listed and set aside.

use crate::cli::{Format, ImportArgs};
use crate::failure::{Ending, Failure};
use crate::output;
use crate::place::Place;
use crate::render::count;
use carryover_domain::ids::MigrationId;
use carryover_engine::{CommandError, Desk, Imported, Known};
use carryover_portfolio::{Given, Import, Problem, Reader, Rejected, SourceKind};
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Problems that are listed on a terminal; the rejected file has all.
const LISTED: usize = 20;

pub(super) async fn run(place: &dyn Place, wish: &ImportArgs, format: Format) -> Result<Ending, Failure> {
    let read = recalling(place, reading(given(place, wish)?, &wish.files)?).await?.finish();
    let Imported { added, changed, kept, too_late } = place.import(wish, &read, &place.who(None)?).await?;
    let set_aside =
        read.rejected.iter().map(|rejected| set_aside(rejected, &wish.files)).collect::<Result<Vec<_>, _>>()?;
    let Import { sources, notes, rows_read, rows_good, rows_rejected, problems, .. } = &read;
    let notes: Vec<&String> = too_late.iter().chain(notes).collect();
    let (customers, database) = (read.customers.len(), place.name());
    output::result(
        format,
        || {
            let mut text: Vec<String> = sources
                .iter()
                .filter(|source| source.kind != SourceKind::Portfolio)
                .map(|source| format!("{}: taken for {}", source.name, source.kind))
                .collect();
            text.extend(listed(problems.iter().map(ToString::to_string), problems.len(), "problems"));
            text.extend(listed(notes.iter().map(|note| format!("note: {note}")), notes.len(), "notes"));
            text.extend(set_aside.iter().map(|path| format!("rejected rows are in {}", path.display())));
            text.push(format!(
                "{} read: {rows_good} good, {rows_rejected} rejected; {} in {database}: {} new, {changed} changed, \
                 {kept} kept as they were",
                count(*rows_read, "row", "rows"),
                count(customers, "customer", "customers"),
                count(added, "line", "lines"),
            ));
            if rows_good > &0 {
                text.push("next: carryover assess".to_owned());
            }
            text.join("\n")
        },
        || {
            json!({
                "sources": sources.iter()
                    .map(|source| json!({ "file": &*source.name, "kind": source.kind.word(), "rows": source.rows }))
                    .collect::<Vec<_>>(),
                "rows_read": rows_read, "rows_good": rows_good, "rows_rejected": rows_rejected,
                "customers": customers, "lines_added": added, "lines_changed": changed, "lines_kept": kept,
                "problems": problems.iter().map(described).collect::<Vec<_>>(), "notes": notes,
                "rejected_files": set_aside, "database": database,
            })
        },
    );
    Ok(if problems.is_empty() { Ending::Done } else { Ending::BadInput })
}

/// The first of `all`, and how many more there are.
fn listed(all: impl Iterator<Item = String>, count: usize, what: &str) -> Vec<String> {
    let mut text: Vec<String> = all.take(LISTED).collect();
    if count > LISTED {
        text.push(format!("… and {} more {what}", count - LISTED));
    }
    text
}

/// What the options and the settings say beyond the files.
fn given(place: &dyn Place, wish: &ImportArgs) -> Result<Given, Failure> {
    let ImportArgs { files: _, tenant, domain, name, country, partner, program } = wish;
    Ok(Given {
        at: Some(place.now()),
        tenant: *tenant,
        domain: domain.clone(),
        name: name.clone(),
        country: *country,
        partner: partner.or(place.partner()?),
        program: *program,
    })
}

/// Tells `reader` what the database has of the tenants that files other than portfolio files speak of.
async fn recalling(place: &dyn Place, mut reader: Reader) -> Result<Reader, Failure> {
    for tenant in reader.tenants() {
        if let Some(Known { migration, .. }) = place.load(MigrationId::of(tenant)).await? {
            let customer = migration.customer.clone();
            reader = reader.knowing(customer, migration.told());
        }
    }
    Ok(reader)
}

/// Reads `files` as one portfolio.
pub(crate) fn read(given: Given, files: &[PathBuf]) -> Result<Import, Failure> {
    Ok(reading(given, files)?.finish())
}

fn reading(given: Given, files: &[PathBuf]) -> Result<Reader, Failure> {
    let mut reader = Reader::new(given);
    for path in files {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| {
            Failure::input(format!(
                "{name} cannot be opened: {error}; \
                 name a portfolio file, an export of \"Your products\", an answer of Graph \
                 or a file of the batch migration tool"
            ))
        })?;
        reader = reader.file(&name, file).map_err(|error| Failure::input(format!("{error}: {}", error.source)))?;
    }
    Ok(reader)
}

/// Takes the good rows that `by` has given into the database, customer by customer.
pub(crate) async fn take_over(desk: &Desk, read: &Import, by: &str) -> Result<Imported, CommandError> {
    let mut taken = Imported::default();
    for (customer, lines) in &read.customers {
        let imported = desk.import(customer, lines, by).await?;
        taken.added += imported.added;
        taken.changed += imported.changed;
        taken.kept += imported.kept;
        taken.too_late.extend(imported.too_late);
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
