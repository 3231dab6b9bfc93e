//! The header: which cell of a row belongs to which column, or why that cannot be told.

use crate::column::Column;
use crate::formula::plain;
use crate::problem::shown;
use crate::split::Record;
use std::sync::Arc;

/// Where each column stands.
#[derive(Debug)]
pub(crate) struct Header {
    width: usize,
    places: [Option<usize>; Column::ALL.len()],
    unknown: Vec<(usize, Arc<str>)>,
    unnamed: Vec<usize>,
}

impl Header {
    /// Reads the first row of a file. Each sentence of an `Err` is a reason not to read the file.
    pub(crate) fn of(record: &Record) -> Result<Self, Vec<String>> {
        if record.raw().contains(&0) {
            return Err(vec!["the header holds NUL bytes, as in UTF-16 text: save the file as CSV UTF-8".to_owned()]);
        }
        if record.flaw().is_some() {
            return Err(vec![
                "the quotes of the header do not pair up: write each column name without quotes".to_owned(),
            ]);
        }
        let mut names = Vec::with_capacity(record.len());
        for cell in record.cells() {
            let name = std::str::from_utf8(cell).map_err(|_| {
                vec![format!("the column name `{}` is not UTF-8: save the file as CSV UTF-8", shown(cell))]
            })?;
            names.push(plain(name.trim()));
        }
        Self::of_names(&names, record.raw())
    }

    fn of_names(names: &[&str], raw: &[u8]) -> Result<Self, Vec<String>> {
        if let Some(separator) = other_separator(raw) {
            return Err(vec![format!(
                "the cells are separated by {separator}: save the file as CSV UTF-8 with commas between the cells"
            )]);
        }
        let mut header =
            Self { width: names.len(), places: [None; Column::ALL.len()], unknown: Vec::new(), unnamed: Vec::new() };
        let mut wrong = Vec::new();
        for (place, &name) in names.iter().enumerate() {
            let earlier = names[..place].iter().position(|other| other.eq_ignore_ascii_case(name));
            match (Column::named(name), earlier) {
                _ if name.is_empty() => header.unnamed.push(place),
                (_, Some(first)) => wrong.push(format!(
                    "the column `{}` stands twice, as columns {} and {}: keep one of them",
                    shown(name.as_bytes()),
                    first + 1,
                    place + 1
                )),
                (Some(column), None) => header.places[column as usize] = Some(place),
                (None, None) => header.unknown.push((place, name.into())),
            }
        }
        let missing: Vec<String> = Column::ALL
            .into_iter()
            .filter(|column| column.is_required() && header.places[*column as usize].is_none())
            .map(|column| match column.near(names) {
                Some(near) => format!("{} (is `{}` meant?)", column.name(), shown(near.as_bytes())),
                None => column.name().to_owned(),
            })
            .collect();
        if !missing.is_empty() {
            wrong.push(format!("required columns are missing: {}; name or add them", missing.join(", ")));
        }
        // A wish in a column that is not understood would be bought past, so its name has to be right.
        for (_, name) in &header.unknown {
            if let Some(column) = Column::spelled_like(name)
                && !column.is_required()
            {
                wrong.push(format!(
                    "the column `{}` is not understood: write `{}`, or give it another name if something else is meant",
                    shown(name.as_bytes()),
                    column.name()
                ));
            }
        }
        if wrong.is_empty() { Ok(header) } else { Err(wrong) }
    }

    /// How many cells a row has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }
    /// The bytes of `column` in `row`; empty where the file has no such column.
    pub(crate) fn cell<'a>(&self, row: &'a Record, column: Column) -> &'a [u8] {
        self.places[column as usize].map_or(&[], |place| row.cell(place))
    }
    /// The columns that are not understood, with their places.
    pub(crate) fn unknown(&self) -> &[(usize, Arc<str>)] {
        &self.unknown
    }
    /// The places without a name.
    pub(crate) fn unnamed(&self) -> &[usize] {
        &self.unnamed
    }
    /// The name of the column at `place`, for people.
    pub(crate) fn title(&self, place: usize) -> String {
        let known = Column::ALL.into_iter().find(|column| self.places[*column as usize] == Some(place));
        let unknown = || self.unknown.iter().find(|(at, _)| *at == place).map(|(_, name)| shown(name.as_bytes()));
        known.map(|column| column.name().to_owned()).or_else(unknown).unwrap_or_else(|| format!("column {}", place + 1))
    }
    /// A name for a further column that is not taken yet.
    pub(crate) fn free_name(&self, wish: &str) -> String {
        let taken = |name: &str| self.unknown.iter().any(|(_, other)| other.eq_ignore_ascii_case(name));
        let mut name = wish.to_owned();
        let mut number = 2;
        while taken(&name) {
            name = format!("{wish}_{number}");
            number += 1;
        }
        name
    }
}

/// The separator that a spreadsheet with another locale has written in place of commas.
fn other_separator(raw: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(raw);
    let known = |by: char| text.split(by).filter(|name| Column::spelled_like(name).is_some()).count();
    [(';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")]
        .into_iter()
        .find(|(separator, _)| known(*separator) >= 2)
        .map(|(_, word)| word)
}
