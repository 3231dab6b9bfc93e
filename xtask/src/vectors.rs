//! Worked cases of the rule book, answered by the functions that the product runs on: `cargo xtask vectors FILE…`.
//!
//! Reads cases, calls the domain, compares. Holds no rule: what a case means is settled by the domain alone, and how a
//! case is written by the rule book's section L.

mod book;
mod compare;
mod dates;
mod ends;
mod given;
mod money;
mod products;
mod seats;
mod written;

use anyhow::{Context, bail};
use book::{Book, Case};
use given::Given;
use products::Table;
use serde_json::Value;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

/// How many cases came out as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Cases with every field as expected, and no other.
    pub passed: usize,
    /// Cases with another answer or none, and files that cannot be read.
    pub failed: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs every case of `files`. Writes one line for each case that fails; the last line is the [`Tally`].
///
/// Cases about products go by `service_plans`, Microsoft's table of products and service plans; without it by
/// `service-plans.csv` in the folder of the cases, and without that by the product's built-in table.
///
/// A case of a kind that is not known, one that cannot be read, and a file that cannot be read each count as one that
/// failed; the others go on.
///
/// # Errors
/// When `out` cannot be written to.
pub fn run<P: AsRef<Path>>(files: &[P], service_plans: Option<&Path>, out: &mut impl Write) -> io::Result<Tally> {
    let mut tally = Tally::default();
    for path in files.iter().map(AsRef::as_ref) {
        let place = if files.len() > 1 { format!("{}: ", path.display()) } else { String::new() };
        let book = match Book::read(path) {
            Ok(book) => book,
            Err(error) => {
                tally.failed += 1;
                writeln!(out, "{}: {error:#}", path.display())?;
                continue;
            }
        };
        let table = Table::of(service_plans, path);
        for case in book.cases() {
            match check(&case, &table) {
                Ok(()) => tally.passed += 1,
                Err(error) => {
                    tally.failed += 1;
                    writeln!(out, "{place}{}: {error:#}", case.name)?;
                }
            }
        }
    }
    writeln!(out, "{tally}")?;
    Ok(tally)
}

fn check(case: &Case<'_>, table: &Table) -> anyhow::Result<()> {
    let given = case.given()?;
    let expected = case.expected()?;
    let answer = answer(case.kind()?, &given, table)?;
    let found = answer.as_object().context("the answer has no fields")?;
    let differences = compare::fields(&expected, found);
    if differences.is_empty() {
        return Ok(());
    }
    bail!("{}", differences.join("; "))
}

/// What the domain says to one case of `kind`.
fn answer(kind: &str, given: &Given<'_>, table: &Table) -> anyhow::Result<Value> {
    dates::answer(kind, given)
        .or_else(|| ends::answer(kind, given))
        .or_else(|| money::answer(kind, given))
        .or_else(|| products::answer(kind, given, table))
        .or_else(|| seats::answer(kind, given))
        .unwrap_or_else(|| bail!("there is no rule for the kind `{kind}`"))
}
