//! Tables that others write: columns by name in any order and in several spellings, further columns kept as text.
//!
//! Portfolio files have a stricter header of their own, because people type it.

use crate::cell::Expected;
use crate::formula::plain;
use crate::problem::{Problem, shown};
use crate::row::{decode, form};
use crate::split::{Flaw, Record};
use std::sync::Arc;

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Named {
    /// Its name for people.
    pub(crate) name: &'static str,
    /// The names that it has in files.
    pub(crate) spellings: &'static [&'static str],
    /// Whether a file without it cannot be read.
    pub(crate) required: bool,
    /// Whether its text is kept as well, for whoever writes the file again.
    pub(crate) kept: bool,
}

/// The columns that are understood.
pub(crate) type Layout = &'static [Named];

/// A column that must be there, by its one name.
pub(crate) const fn required(name: &'static [&'static str; 1]) -> Named {
    Named { name: name[0], spellings: name, required: true, kept: false }
}

/// A column that may be there, by its one name.
pub(crate) const fn optional(name: &'static [&'static str; 1]) -> Named {
    Named { name: name[0], spellings: name, required: false, kept: false }
}

/// Where each column stands.
#[derive(Debug)]
pub(crate) struct Table {
    layout: Layout,
    width: usize,
    places: Vec<Option<usize>>,
    kept: Vec<(usize, Arc<str>)>,
    unnamed: Vec<usize>,
    names: Vec<String>,
}

impl Table {
    /// The places of `layout` in the header `names`. Each sentence of an `Err` is a reason not to read the file.
    pub(crate) fn of(layout: Layout, names: &[&str]) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let mut places = Vec::with_capacity(layout.len());
        for column in layout {
            let stands: Vec<usize> = (0..names.len())
                .filter(|place| column.spellings.iter().any(|name| name.eq_ignore_ascii_case(names[*place])))
                .collect();
            if let [first, second, ..] = stands[..] {
                wrong.push(format!(
                    "the column `{}` stands twice, as columns {} and {}: keep one of them",
                    column.name,
                    first + 1,
                    second + 1
                ));
            }
            places.push(stands.first().copied());
        }
        let missing: Vec<String> = layout
            .iter()
            .zip(&places)
            .filter(|(column, place)| column.required && place.is_none())
            .map(|(column, _)| column.spellings.join(" or "))
            .collect();
        if !missing.is_empty() {
            wrong.push(format!("required columns are missing: {}; export the file with them", missing.join(", ")));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let is_kept = |place: usize| {
            let known = layout.iter().zip(&places).find(|(_, at)| **at == Some(place));
            known.is_none_or(|(column, _)| column.kept)
        };
        Ok(Self {
            layout,
            width: names.len(),
            kept: (0..names.len())
                .filter(|place| !names[*place].is_empty() && is_kept(*place))
                .map(|place| (place, names[place].into()))
                .collect(),
            unnamed: (0..names.len()).filter(|place| names[*place].is_empty()).collect(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            places,
        })
    }

    /// A name for a further column that is not taken yet.
    pub(crate) fn free_name(&self, wish: &str) -> String {
        let taken = |name: &String| self.names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number| format!("{wish}_{number}"));
        std::iter::once(wish.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    }
}

/// The cells of one row, with everything that is wrong with them.
pub(crate) struct Cells<'a> {
    file: &'a Arc<str>,
    table: &'a Table,
    record: &'a Record,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    /// The cells of `record`, which belongs to `file`; noted as wrong when they do not stand under their columns.
    pub(crate) fn of(file: &'a Arc<str>, table: &'a Table, record: &'a Record) -> Self {
        let mut cells = Self { file, table, record, problems: Vec::new() };
        if let Err((place, expected)) = form(table.width, &table.unnamed, record) {
            let value = place.map(|place| shown(record.cell(place))).unwrap_or_default();
            let title = place.map(|place| match table.names.get(place) {
                Some(name) if !name.is_empty() => shown(name.as_bytes()),
                _ => format!("column {}", place + 1),
            });
            cells.add(title, value, expected);
        }
        cells
    }

    /// The value of a cell that must be there. None when the problem is noted.
    pub(crate) fn need<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Option<T> {
        let text = self.clean(column)?;
        parse(&text).map_err(|expected| self.wrong(column, expected)).ok()
    }

    /// The value of a cell that may be empty. None when the problem is noted.
    pub(crate) fn may<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Option<Option<T>> {
        let text = self.clean(column)?;
        if text.is_empty() {
            return Some(None);
        }
        parse(&text).map(Some).map_err(|expected| self.wrong(column, expected)).ok()
    }

    /// Text for people, on one line: names in such files hold line breaks.
    pub(crate) fn text(&mut self, column: &'static str) -> Option<Option<String>> {
        self.may(column, |text| Ok(text.to_owned()))
    }

    /// The cells that are kept as they are, by column name, `prefix` in front; empty ones left out.
    pub(crate) fn kept(&mut self, prefix: &str) -> Vec<(Arc<str>, String)> {
        let mut kept = Vec::new();
        for (place, name) in &self.table.kept {
            let bytes = self.record.cell(*place);
            match decode(bytes).map(plain) {
                Ok("") => {}
                Ok(text) if prefix.is_empty() => kept.push((Arc::clone(name), text.to_owned())),
                Ok(text) => kept.push((format!("{prefix}{name}").into(), text.to_owned())),
                Err(expected) => self.add(Some(shown(name.as_bytes())), shown(bytes), expected),
            }
        }
        kept
    }

    /// Notes that `column` is wrong.
    pub(crate) fn wrong(&mut self, column: &'static str, expected: Expected) {
        let value = shown(self.bytes(column));
        self.add(Some(column.to_owned()), value, expected);
    }

    fn bytes(&self, column: &'static str) -> &'a [u8] {
        let place = self.table.layout.iter().position(|named| named.name == column);
        place.and_then(|place| self.table.places[place]).map_or(&[], |place| self.record.cell(place))
    }

    fn clean(&mut self, column: &'static str) -> Option<String> {
        if matches!(self.record.flaw(), Some(Flaw::RowTooLong)) {
            return None;
        }
        let text = decode(self.bytes(column)).map(|text| plain(text.trim()));
        let text = text.map_err(|expected| self.wrong(column, expected)).ok()?;
        if text.contains(char::is_control) {
            let words = text.split(|c: char| c.is_control() || c == ' ').filter(|word| !word.is_empty());
            return Some(words.collect::<Vec<_>>().join(" "));
        }
        Some(text.to_owned())
    }

    fn add(&mut self, column: Option<String>, value: String, expected: Expected) {
        let (line, _) = self.record.lines();
        let column = column.map(Into::into);
        self.problems.push(Problem { file: Arc::clone(self.file), line, column, value, expected });
    }
}
