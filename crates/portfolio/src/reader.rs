//! Rows to an import: what tells lines apart, what must agree, and the count of everything that was read.

use crate::given::Given;
use crate::header::Header;
use crate::problem::{Problem, Unreadable, shown};
use crate::rejected::{Rejected, RejectedRow};
use crate::row::{Identity, Row, Who};
use crate::split::{Record, Splitter};
use carryover_domain::ids::{LineId, SkuId, TenantId};
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::program::SourceProgram;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

/// What the files hold. `rows_read` is always `rows_good` plus `rows_rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// The customers with their lines, in the order in which the files first name them.
    pub customers: Vec<(Customer, Vec<SourceLine>)>,
    /// The cells of a line in columns that are not understood, by column name; empty ones left out.
    pub extras: BTreeMap<LineId, Vec<(Arc<str>, String)>>,
    /// All that is wrong, in the order of the files. A problem with a whole file means that no row of it was read.
    pub problems: Vec<Problem>,
    /// Rows that were read: neither headers nor empty rows.
    pub rows_read: u64,
    /// Rows that have become lines.
    pub rows_good: u64,
    /// Rows that have not.
    pub rows_rejected: u64,
    /// The rejected rows as they stand in the files, one entry for each file that has any.
    pub rejected: Vec<Rejected>,
}

/// Reads a portfolio file by file. Lines are told apart, and customers compared, across all of them.
#[derive(Debug, Default)]
pub struct Reader {
    given: Given,
    import: Import,
    /// The place of each tenant in `import.customers`.
    tenants: BTreeMap<TenantId, usize>,
    /// What the rows have said of each customer in `import.customers`.
    told: Vec<Told>,
    /// The row that brought each line.
    lines: BTreeMap<LineId, Place>,
    /// The first row of each thing that has nothing but this to tell it apart.
    natural: BTreeMap<Natural, Sighting>,
}

#[derive(Debug)]
struct Told {
    first: Place,
    /// The name and the row that gave it: rows may leave it out.
    name: Option<(String, Place)>,
}

/// A row, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    file: Arc<str>,
    line: u64,
}

type Natural = (TenantId, SourceProgram, SkuId, Option<Date>);

#[derive(Debug)]
struct Sighting {
    first: Place,
    /// A row without a subscription id is among them.
    unnamed: bool,
}

impl Reader {
    /// A reader that has read nothing, with what the caller knows.
    pub fn new(given: Given) -> Self {
        Self { given, ..Self::default() }
    }

    /// Reads one file to its end. `name` is used in sentences only.
    ///
    /// # Errors
    /// [`Unreadable`] when its bytes cannot be had. The reader is gone then: half a portfolio is none.
    pub fn file(mut self, name: &str, from: impl Read) -> Result<Self, Unreadable> {
        let file: Arc<str> = name.into();
        let unreadable = |line, source| Unreadable { file: Arc::clone(&file), line, source };
        let (encoding, from) = encoding(from).map_err(|source| unreadable(1, source))?;
        if encoding == Encoding::Utf16 {
            self.refuse(&file, 1, "this is UTF-16 text; save the file as CSV UTF-8");
            return Ok(self);
        }
        let mut splitter = Splitter::new(from);
        let mut record = Record::default();
        let found = splitter.next(&mut record).map_err(|source| unreadable(splitter.line(), source))?;
        if !found {
            self.refuse(&file, 1, "the file is empty; its first row must name the columns");
            return Ok(self);
        }
        let (header_line, _) = record.lines();
        let header = match Header::of(&record) {
            Ok(header) => header,
            Err(reasons) => {
                for reason in reasons {
                    self.refuse(&file, header_line, reason);
                }
                return Ok(self);
            }
        };
        let mut rejected =
            Rejected::new(&file, encoding == Encoding::Utf8WithMark, b',', record.raw(), header.free_name("problem"));
        let before = self.import.rows_read;
        while splitter.next(&mut record).map_err(|source| unreadable(splitter.line(), source))? {
            if !record.is_blank() {
                self.row(&file, &header, &record, &mut rejected);
            }
        }
        if self.import.rows_read == before {
            self.refuse(
                &file,
                header_line,
                "the file has a header and no rows; write one row for each old subscription",
            );
        }
        if !rejected.rows.is_empty() {
            self.import.rejected.push(rejected);
        }
        Ok(self)
    }

    /// What has been read.
    pub fn finish(mut self) -> Import {
        for ((customer, _), told) in self.import.customers.iter_mut().zip(self.told) {
            if let Some((name, _)) = told.name {
                customer.name = name;
            }
        }
        self.import.customers.retain(|(_, lines)| !lines.is_empty());
        self.import
    }

    fn refuse(&mut self, file: &Arc<str>, line: u64, reason: impl Into<std::borrow::Cow<'static, str>>) {
        let (file, value) = (Arc::clone(file), String::new());
        self.import.problems.push(Problem { file, line, column: None, value, expected: reason.into() });
    }

    fn row(&mut self, file: &Arc<str>, header: &Header, record: &Record, rejected: &mut Rejected) {
        let (line, _) = record.lines();
        let at = Place { file: Arc::clone(file), line };
        let Row { who, identity, line, extras, mut problems } = Row::read(file, self.given.at, header, record);
        // Also a row that is wrong elsewhere speaks for its customer and takes its identity: which of two rows is
        // right is for people to say, not for their order.
        let place = who.and_then(|who| self.customer(&at, who, &mut problems));
        if let Some(identity) = identity {
            self.claim(&at, &identity, &mut problems);
        }
        self.import.rows_read += 1;
        match (place, line) {
            (Some(place), Some(line)) if problems.is_empty() => {
                self.import.rows_good += 1;
                if !extras.is_empty() {
                    self.import.extras.insert(line.id, extras);
                }
                let lines = &mut self.import.customers[place].1;
                if lines.len() == lines.capacity() {
                    // Most customers have few lines: room for four at once would be most of the memory.
                    lines.reserve_exact(1 + lines.len() / 2);
                }
                lines.push(line);
            }
            _ => {
                self.import.rows_rejected += 1;
                rejected.rows.push(RejectedRow::new(record, &problems));
                self.import.problems.append(&mut problems);
            }
        }
    }

    /// The place of the customer that the row at `at` names; the first row of a tenant is the one to agree with.
    fn customer(&mut self, at: &Place, who: Who, problems: &mut Vec<Problem>) -> Option<usize> {
        let Who { tenant, domain, name, country } = who;
        let Some(&place) = self.tenants.get(&tenant) else {
            let place = self.told.len();
            self.tenants.insert(tenant, place);
            self.told.push(Told { first: at.clone(), name: name.map(|name| (name, at.clone())) });
            self.import.customers.push((Customer { tenant, name: domain.clone(), domain, country }, Vec::new()));
            return Some(place);
        };
        let (customer, told) = (&self.import.customers[place].0, &mut self.told[place]);
        let before = problems.len();
        if customer.domain != domain {
            problems.push(at.differs("domain", &domain, &customer.domain, &told.first));
        }
        if customer.country != country {
            problems.push(at.differs("country", country.as_str(), customer.country.as_str(), &told.first));
        }
        match (name, &told.name) {
            (Some(name), Some((first, place))) if name != *first => {
                problems.push(at.differs("customer_name", &name, first, place));
            }
            (Some(name), None) => told.name = Some((name, at.clone())),
            _ => {}
        }
        (problems.len() == before).then_some(place)
    }

    /// Notes that the row at `at` is the line `identity`, or why it cannot be.
    fn claim(&mut self, at: &Place, identity: &Identity, problems: &mut Vec<Problem>) {
        let Identity { tenant, subscription, program, sku, end_date } = identity;
        let value = subscription.as_ref().map(|id| shown(id.as_str().as_bytes())).unwrap_or_default();
        let unnamed = subscription.is_none();
        let seen = self
            .natural
            .entry((*tenant, *program, *sku, *end_date))
            .or_insert_with(|| Sighting { first: at.clone(), unnamed });
        if seen.first != *at && (unnamed || seen.unnamed) {
            let expected = format!(
                "the same tenant, program, sku_id and end_date stand in {}; if these are two subscriptions, give both a \
                 subscription_id, else remove one row",
                seen.first
            );
            problems.push(at.problem("subscription_id", value, expected));
            return;
        }
        let first = self.lines.entry(identity.id()).or_insert_with(|| at.clone());
        if first != at {
            let expected = format!("the tenant has this subscription in {first} already; remove one of the two rows");
            problems.push(at.problem("subscription_id", value, expected));
        }
    }
}

impl Place {
    fn problem(&self, column: &'static str, value: String, expected: String) -> Problem {
        let Self { file, line } = self.clone();
        Problem { file, line, column: Some(column.into()), value, expected: expected.into() }
    }
    fn differs(&self, column: &'static str, value: &str, first: &str, place: &Self) -> Problem {
        let first = shown(first.as_bytes());
        let expected = format!("{place} says `{first}` for the same tenant; write the same in both rows");
        self.problem(column, shown(value.as_bytes()), expected)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {} of {}", self.line, self.file)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16,
}

/// What the first bytes say, and the stream without a byte order mark.
fn encoding(mut from: impl Read) -> io::Result<(Encoding, impl Read)> {
    let mut head = Vec::with_capacity(3);
    from.by_ref().take(3).read_to_end(&mut head)?;
    let encoding = match head[..] {
        [0xEF, 0xBB, 0xBF] => Encoding::Utf8WithMark,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Encoding::Utf16,
        _ => Encoding::Utf8,
    };
    if encoding == Encoding::Utf8WithMark {
        head.clear();
    }
    Ok((encoding, Cursor::new(head).chain(from)))
}
