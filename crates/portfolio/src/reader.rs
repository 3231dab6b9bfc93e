//! Rows to an import: what tells lines apart, what must agree, and the count of everything that was read.

use crate::column::Column;
use crate::fact::{Fact, Place};
use crate::formula::plain;
use crate::gather::Gathered;
use crate::given::Given;
use crate::header::Header;
use crate::kind::{self, SourceFile, SourceKind};
use crate::problem::{Problem, Unreadable};
use crate::rejected::Rejected;
use crate::row::{Identity, Row, Who};
use crate::split::{Record, Splitter};
use crate::table::{self, Cells, Layout, Table};
use crate::{batch, graph, join, products};
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::program::SourceProgram;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::sync::Arc;

/// What the files hold. `rows_read` is always `rows_good` plus `rows_rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// The files that were read, and what each was taken for.
    pub sources: Vec<SourceFile>,
    /// The customers with their lines, in the order in which the files first name them.
    pub customers: Vec<(Customer, Vec<SourceLine>)>,
    /// The cells of a line in columns that are not understood, by column name; empty ones left out. What the batch
    /// migration tool's files say beyond a line is here as well, also for lines that this import does not hold; columns of
    /// its schedules begin with `schedule.`.
    pub extras: BTreeMap<LineId, Vec<(Arc<str>, String)>>,
    /// All that is wrong, in the order of the files. A problem with a whole file means that no row of it was read.
    pub problems: Vec<Problem>,
    /// What is worth knowing and wrong with nothing.
    pub notes: Vec<String>,
    /// Rows that were read: neither headers nor empty rows. An entry of a list in JSON counts as a row.
    pub rows_read: u64,
    /// Rows that have become a line, or have added to one, or are information that needs no line.
    pub rows_good: u64,
    /// Rows that have not.
    pub rows_rejected: u64,
    /// The rejected rows as they stand in the files, one entry for each table that has any. Entries of JSON are named in
    /// `problems` alone.
    pub rejected: Vec<Rejected>,
}

/// Reads a portfolio file by file. Lines are told apart, and customers compared, across all of them.
#[derive(Debug, Default)]
pub struct Reader {
    given: Given,
    import: Import,
    book: Book,
    gathered: Gathered,
    /// Every file, in the order of reading.
    files: Vec<Arc<str>>,
    /// The row that brought each line. By tenant first: the rows of a customer mostly stand together, and what was looked at
    /// just before is at hand.
    lines: BTreeMap<(TenantId, LineId), Place>,
    /// The first row of each thing that has nothing but this to tell it apart.
    natural: BTreeMap<Natural, Sighting>,
}

/// Who is where in `Import::customers`.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// The place of each tenant.
    pub(crate) tenants: BTreeMap<TenantId, usize>,
    /// What has been said of each customer.
    pub(crate) told: Vec<Told>,
}

/// What rows have said of a customer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) first: Place,
    /// The name and the row that gave it: rows may leave it out.
    pub(crate) name: Option<(String, Place)>,
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

    /// Reads one file to its end, whatever kind it is of. `name` is used in sentences and as provenance.
    ///
    /// # Errors
    /// [`Unreadable`] when its bytes cannot be had. The reader is gone then: half a portfolio is none.
    pub fn file(mut self, name: &str, from: impl Read) -> Result<Self, Unreadable> {
        let file: Arc<str> = name.into();
        self.files.push(Arc::clone(&file));
        let unreadable = |line, source| Unreadable { file: Arc::clone(&file), line, source };
        let (encoding, from) = encoding(from).map_err(|source| unreadable(1, source))?;
        match encoding.form {
            Form::Utf16 => self.refuse(&file, 1, "this is UTF-16 text; save the file as CSV UTF-8"),
            Form::Json => self.json(&file, from).map_err(|source| unreadable(1, source))?,
            Form::Table => {
                let mut splitter = Splitter::new(from);
                let read = self.table(&file, encoding.marked, &mut splitter);
                read.map_err(|source| unreadable(splitter.line(), source))?;
            }
        }
        Ok(self)
    }

    /// The tenants about which files other than portfolio files have spoken so far.
    pub fn tenants(&self) -> BTreeSet<TenantId> {
        self.gathered.tenants()
    }

    /// Tells what was known of a customer before. Where files other than portfolio files speak of its subscriptions, they
    /// add to these lines, which the import then holds as well; what was wished for a line stays, as if it stood in a
    /// portfolio file of this import.
    #[must_use]
    pub fn knowing(mut self, customer: Customer, lines: Vec<SourceLine>) -> Self {
        self.gathered.known.insert(customer.tenant, (customer, lines));
        self
    }

    /// What has been read.
    pub fn finish(mut self) -> Import {
        let gathered = std::mem::take(&mut self.gathered);
        gathered.settle(&self.given, &mut self.book, &mut self.import);
        for ((customer, _), told) in self.import.customers.iter_mut().zip(self.book.told) {
            if let Some((name, _)) = told.name {
                customer.name = name;
            }
        }
        self.import.customers.retain(|(_, lines)| !lines.is_empty());
        let lines = self.import.customers.iter().flat_map(|(_, lines)| lines);
        self.import.notes.extend(lines.filter_map(join::baseless));
        self.import.rejected.retain(|rejected| !rejected.rows.is_empty());
        for rejected in &mut self.import.rejected {
            rejected.rows.sort_by_key(|row| row.line);
        }
        let place = |file: &Arc<str>| self.files.iter().position(|other| Arc::ptr_eq(other, file));
        self.import.problems.sort_by_key(|problem| (place(&problem.file), problem.line));
        self.import
    }

    fn table(&mut self, file: &Arc<str>, marked: bool, splitter: &mut Splitter<impl Read>) -> io::Result<()> {
        let mut record = Record::default();
        if !splitter.next(&mut record)? {
            self.refuse(file, 1, "the file is empty; its first row must name the columns");
            return Ok(());
        }
        let (header_line, _) = record.lines();
        let before = self.import.rows_read;
        let kind = match recognised(&record) {
            Recognised::Portfolio => {
                let header = match Header::of(&record) {
                    Ok(header) => header,
                    Err(reasons) => {
                        reasons.into_iter().for_each(|reason| self.refuse(file, header_line, reason));
                        return Ok(());
                    }
                };
                let problem_column = header.free_name("problem");
                let mut rejected = Rejected::new(file, marked, b',', record.raw(), problem_column);
                while splitter.next(&mut record)? {
                    if !record.is_blank() {
                        self.row(file, &header, &record, &mut rejected);
                    }
                }
                self.import.rejected.push(rejected);
                SourceKind::Portfolio
            }
            Recognised::Other { kind, layout, delimiter, names } => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let table = match Table::of(layout, &names) {
                    Ok(table) => table,
                    Err(reasons) => {
                        for reason in reasons {
                            self.refuse(file, header_line, format!("this is {kind}, but {reason}"));
                        }
                        return Ok(());
                    }
                };
                if !self.has_tenant(file, kind) {
                    return Ok(());
                }
                splitter.split_at(delimiter);
                let mut rejected = Rejected::new(file, marked, delimiter, record.raw(), table.free_name("problem"));
                while splitter.next(&mut record)? {
                    if !record.is_blank() {
                        self.foreign(file, kind, &table, &record, &mut rejected);
                    }
                }
                self.import.rejected.push(rejected);
                kind
            }
            Recognised::Nothing => {
                self.refuse(file, header_line, kind::unknown());
                return Ok(());
            }
        };
        let rows = self.import.rows_read - before;
        if rows == 0 && kind == SourceKind::Portfolio {
            let reason = "the file has a header and no rows; write one row for each old subscription";
            self.refuse(file, header_line, reason);
        }
        self.import.sources.push(SourceFile { name: Arc::clone(file), kind, rows });
        Ok(())
    }

    /// Whether the tenant of a file that does not name it is known.
    fn has_tenant(&mut self, file: &Arc<str>, kind: SourceKind) -> bool {
        let known = !kind.is_about_one_tenant() || self.given.tenant.is_some();
        if !known {
            let reason = format!(
                "this is {kind}, which does not name its tenant: give --tenant, and --domain and --country unless a \
                 portfolio file of the same import has the tenant"
            );
            self.refuse(file, 1, reason);
        }
        known
    }

    /// One row of a table that others write.
    fn foreign(&mut self, file: &Arc<str>, kind: SourceKind, table: &Table, record: &Record, rejected: &mut Rejected) {
        let (line, _) = record.lines();
        let place = Place { file: Arc::clone(file), line };
        self.import.rows_read += 1;
        let mut cells = Cells::of(file, table, record);
        if cells.problems.is_empty() {
            let settled = self.foreign_row(kind, place, &mut cells, record);
            if cells.problems.is_empty() {
                self.import.rows_good += u64::from(settled);
                return;
            }
        }
        self.import.rows_rejected += 1;
        rejected.add(line, record.raw(), &cells.problems);
        self.import.problems.append(&mut cells.problems);
    }

    /// Takes a row in; true where it is information that settles with that.
    fn foreign_row(&mut self, kind: SourceKind, place: Place, cells: &mut table::Cells<'_>, record: &Record) -> bool {
        let fact = match kind {
            SourceKind::YourProducts => {
                let Some(tenant) = self.given.tenant else { return false };
                products::read(tenant, place, cells)
            }
            SourceKind::BatchSubscriptions | SourceKind::BatchCandidates => {
                let read = batch::subscription(kind, place, cells).filter(|_| cells.problems.is_empty());
                read.map(|(fact, said)| {
                    self.gathered.customer(fact.tenant, said);
                    fact
                })
            }
            SourceKind::BatchCustomers => {
                let read = batch::customer(cells).filter(|_| cells.problems.is_empty());
                if let Some((tenant, said)) = read {
                    self.gathered.customer(tenant, said);
                }
                return true;
            }
            SourceKind::BatchNewCommerce => {
                self.gathered.elsewhere.new_commerce(place, cells);
                return true;
            }
            _ => {
                let scheduled = matches!(kind, SourceKind::BatchScheduled | SourceKind::BatchSchedules);
                let kept = cells.kept(if scheduled { "schedule." } else { "" });
                if let Some((tenant, subscription)) = self.gathered.elsewhere.attempt(kind, place, cells) {
                    join::keep(&mut self.import.extras, LineId::of(tenant, subscription.as_str()), kept);
                }
                return true;
            }
        };
        let fact = fact.filter(|_| cells.problems.is_empty());
        self.gathered.facts.extend(fact.map(|fact| Fact { raw: Some(record.raw().to_vec()), ..fact }));
        false
    }

    /// An answer of Graph.
    fn json(&mut self, file: &Arc<str>, from: impl Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        from.take(graph::MAX_JSON_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > graph::MAX_JSON_BYTES {
            let most = graph::MAX_JSON_BYTES / 1024 / 1024;
            self.refuse(
                file,
                1,
                format!("the JSON is longer than {most} MiB; give the answer of one GET about one tenant"),
            );
            return Ok(());
        }
        let answer = match graph::Answer::of(&bytes) {
            Ok(answer) => answer,
            Err((line, reason)) => {
                self.refuse(file, line, reason);
                return Ok(());
            }
        };
        let graph::Answer { kind, entries, goes_on } = answer;
        if !self.has_tenant(file, kind) {
            return Ok(());
        }
        if goes_on {
            self.import.notes.push(format!(
                "{file}: the answer goes on at its @odata.nextLink; save the further pages and give them as well"
            ));
        }
        let rows = entries.len() as u64;
        for (index, entry) in entries.iter().enumerate() {
            let place = graph::place(file, index);
            self.import.rows_read += 1;
            let read = match (kind, self.given.tenant) {
                (SourceKind::GraphSkus, _) => graph::sku(&self.given, &place, entry).map(|fact| {
                    self.gathered.skus.push(fact);
                    self.import.rows_good += 1;
                }),
                (_, Some(tenant)) => {
                    graph::subscription(tenant, &self.given, &place, entry).map(|fact| self.gathered.facts.push(fact))
                }
                (_, None) => Ok(()),
            };
            if let Err(mut problems) = read {
                self.import.rows_rejected += 1;
                self.import.problems.append(&mut problems);
            }
        }
        self.import.sources.push(SourceFile { name: Arc::clone(file), kind, rows });
        Ok(())
    }

    fn refuse(&mut self, file: &Arc<str>, line: u64, reason: impl Into<std::borrow::Cow<'static, str>>) {
        let (file, value) = (Arc::clone(file), String::new());
        self.import.problems.push(Problem { file, line, column: None, value, expected: reason.into() });
    }

    fn row(&mut self, file: &Arc<str>, header: &Header, record: &Record, rejected: &mut Rejected) {
        let (line, _) = record.lines();
        let at = Place { file: Arc::clone(file), line };
        let Row { who, identity, line, extras, mut problems } = Row::read(file, self.given.at, header, record);
        // Also a row that is wrong elsewhere speaks for its customer and takes its identity. Of two rows the first stands,
        // and the second is rejected with the place of the first: which is right is for people to say.
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
                rejected.add(record.lines().0, record.raw(), &problems);
                self.import.problems.append(&mut problems);
            }
        }
    }

    /// The place of the customer that the row at `at` names; the first row of a tenant is the one to agree with.
    fn customer(&mut self, at: &Place, who: Who, problems: &mut Vec<Problem>) -> Option<usize> {
        let Who { tenant, domain, name, country } = who;
        let Some(&place) = self.book.tenants.get(&tenant) else {
            let place = self.book.told.len();
            self.book.tenants.insert(tenant, place);
            self.book.told.push(Told { first: at.clone(), name: name.map(|name| (name, at.clone())) });
            self.import.customers.push((Customer { tenant, name: domain.clone(), domain, country }, Vec::new()));
            return Some(place);
        };
        let (customer, told) = (&self.import.customers[place].0, &mut self.book.told[place]);
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
        let value = subscription.as_ref().map(SubscriptionId::as_str).unwrap_or_default();
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
            problems.push(at.problem(Some("subscription_id"), value, expected));
            return;
        }
        let first = self.lines.entry((*tenant, identity.id())).or_insert_with(|| at.clone());
        if first != at {
            let expected = format!("the tenant has this subscription in {first} already; remove one of the two rows");
            problems.push(at.problem(Some("subscription_id"), value, expected));
        }
    }
}

/// What the first row of a table says of the file.
enum Recognised {
    /// A portfolio file, or what was meant to be one: its own header says what is wrong with it.
    Portfolio,
    Other {
        kind: SourceKind,
        layout: Layout,
        delimiter: u8,
        names: Vec<String>,
    },
    Nothing,
}

fn recognised(header: &Record) -> Recognised {
    let Ok(text) = std::str::from_utf8(header.raw()) else { return Recognised::Portfolio };
    if text.contains('\0') {
        return Recognised::Portfolio;
    }
    for delimiter in [b',', b';', b'\t'] {
        let mut splitter = Splitter::new(text.as_bytes());
        splitter.split_at(delimiter);
        let mut record = Record::default();
        // Memory can always be read.
        let _read = splitter.next(&mut record);
        if record.flaw().is_some() {
            continue;
        }
        let names = record.cells().map(|cell| plain(String::from_utf8_lossy(cell).trim()).to_owned());
        let names: Vec<String> = names.collect();
        let shown: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some((kind, layout)) = SourceKind::of_header(&shown).and_then(|kind| Some((kind, kind.layout()?))) {
            return Recognised::Other { kind, layout, delimiter, names };
        }
    }
    let words = text.split([',', ';', '\t', '|']).map(|word| word.trim().trim_matches('"'));
    let meant = header.flaw().is_some() || words.into_iter().any(|word| Column::spelled_like(word).is_some());
    if meant { Recognised::Portfolio } else { Recognised::Nothing }
}

/// What the first bytes say.
struct Encoding {
    /// It begins with the byte order mark of UTF-8.
    marked: bool,
    form: Form,
}

enum Form {
    Table,
    Json,
    Utf16,
}

/// How far a file is looked into for its first character.
const LEAD_MAX: u64 = 1024;

/// What the first bytes say, and the stream without a byte order mark.
fn encoding(mut from: impl Read) -> io::Result<(Encoding, impl Read)> {
    let mut head = Vec::with_capacity(3);
    from.by_ref().take(3).read_to_end(&mut head)?;
    let marked = head == [0xEF, 0xBB, 0xBF];
    let utf16 = matches!(head[..], [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
    if marked {
        head.clear();
    }
    let mut lead = LEAD_MAX;
    while lead > 0 && head.iter().all(u8::is_ascii_whitespace) {
        lead -= 1;
        if from.by_ref().take(1).read_to_end(&mut head)? == 0 {
            break;
        }
    }
    let form = match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        _ if utf16 => Form::Utf16,
        Some(b'{' | b'[') => Form::Json,
        _ => Form::Table,
    };
    Ok((Encoding { marked, form }, Cursor::new(head).chain(from)))
}
