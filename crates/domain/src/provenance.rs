//! Where each thing that the partner says comes from. Kept for people; nothing is decided by it.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// One record: a row of a file, or the answer of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file as it was named, or the call such as `GET directory/subscriptions`.
    pub record: Arc<str>,
    /// The row of the file, or the place in a list of answers, counted from 1.
    pub row: Option<u64>,
    /// When it was read, where that is known.
    pub at: Option<Timestamp>,
}

/// A field of a source line, by the name of its column in a portfolio file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field(&'static str);

impl Field {
    /// Every field that can have an origin of its own.
    pub const ALL: [Self; 23] = [
        Self("program"),
        Self("subscription_id"),
        Self("sku_id"),
        Self("sku_part_number"),
        Self("product_name"),
        Self("seats"),
        Self("assigned_seats"),
        Self("end_date"),
        Self("term_start"),
        Self("auto_renew"),
        Self("end_option"),
        Self("add_on"),
        Self("base_subscription_id"),
        Self("term"),
        Self("billing"),
        Self("price_per_seat"),
        Self("currency"),
        Self("target_sku"),
        Self("companion_sku"),
        Self("target_seats"),
        Self("target_term"),
        Self("evidence"),
        Self("contact_email"),
    ];
    /// The field of that column name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.0 == name)
    }
    /// The column name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Which record said what of one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The record that brought the line; none for lines from before origins were kept.
    pub line: Option<Origin>,
    /// Fields that another record brought.
    pub fields: BTreeMap<Field, Origin>,
}

impl Provenance {
    /// All of the line comes from `origin`.
    pub fn of_line(origin: Origin) -> Self {
        Self { line: Some(origin), fields: BTreeMap::new() }
    }
    /// The record that said `field`.
    pub fn of(&self, field: Field) -> Option<&Origin> {
        self.fields.get(&field).or(self.line.as_ref())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.record)?;
        if let Some(row) = self.row {
            write!(f, ":{row}")?;
        }
        if let Some(at) = self.at {
            write!(f, ", read {at}")?;
        }
        Ok(())
    }
}
