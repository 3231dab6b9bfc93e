//! Imports: files in pieces, read as they come, taken over customer by customer once all of them were read.

use crate::asking::Fingerprint;
use crate::caller::Caller;
use crate::facade::Facade;
use crate::fault::{Fault, Reason};
use carryover_api::v1;
use carryover_domain::ids::TenantId;
use carryover_domain::program::SourceProgram;
use carryover_domain::value::Country;
use carryover_engine::{Asked, Imported};
use carryover_portfolio::{Given, Import, Problem, Reader, SourceFile};
use std::io::{self, Read};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

/// Bytes of one import.
const BYTES_MAX: usize = 256 << 20;
/// Bytes of one chunk.
const CHUNK_MAX: usize = 1 << 20;
/// Characters of a file's name.
const NAME_MAX: usize = 255;
/// Chunks that wait to be read.
const AHEAD: usize = 4;
/// Problems and notes that are listed.
const LISTED: usize = 1_000;
/// Customers that are listed.
const CUSTOMERS: usize = 10_000;

/// An import whose files have been read.
pub(crate) struct Told {
    read: Import,
    asked: Asked,
    validate_only: bool,
}

impl Facade {
    /// Reads the files of an import to their end. A stream that breaks off takes nothing over.
    pub(crate) async fn read_import(
        &self,
        caller: &Caller,
        first: v1::ImportPortfolioRequest,
        mut rest: impl Stream<Item = Result<v1::ImportPortfolioRequest, Status>> + Unpin,
    ) -> Result<Told, Status> {
        self.names.read_partner("parent", &first.parent)?;
        let given = self.given(first.options.as_ref().unwrap_or(&v1::ImportOptions::default()))?;
        let v1::ImportPortfolioRequest { validate_only, request_id, chunk, mut complete, .. } = first.clone();
        let heading = v1::ImportPortfolioRequest { chunk: None, request_id: String::new(), complete: true, ..first };
        let mut fingerprint = Fingerprint::of("ImportPortfolio", caller, &heading);
        let (pieces, waiting) = mpsc::channel(AHEAD);
        let reading = tokio::task::spawn_blocking(move || read(Reader::new(given), waiting));
        let mut bytes = 0;
        let mut next = chunk;
        loop {
            if let Some(chunk) = next {
                check(&chunk)?;
                bytes += chunk.data.len();
                if bytes > BYTES_MAX {
                    return Err(Fault::new(Reason::ImportTooLarge, "one import takes 256 MiB; import in parts").into());
                }
                fingerprint.add(&[u8::from(!chunk.file_name.is_empty())]);
                fingerprint.add(chunk.file_name.as_bytes());
                fingerprint.add(&chunk.data);
                if pieces.send(chunk).await.is_err() {
                    // The reading is over before its time; below it says why.
                    break;
                }
            }
            match rest.next().await.transpose()? {
                Some(message) => (next, complete) = (message.chunk, message.complete),
                None => break,
            }
        }
        drop(pieces);
        let broke_off = |_| Fault::new(Reason::FileUnreadable, "the reading of the files broke off");
        let mut reader = reading.await.map_err(broke_off)??;
        // A stream that the caller's end has cut looks like one that has ended.
        if !complete {
            return Err(
                Fault::field("complete", "true in the last message; without it the stream has broken off").into()
            );
        }
        let known = self.office.desk.recall(reader.tenants()).await.map_err(Fault::from)?;
        for (customer, lines) in known {
            reader = reader.knowing(customer, lines);
        }
        let read = tokio::task::spawn_blocking(move || reader.finish()).await.map_err(broke_off)?;
        let asked = Asked { request: fingerprint.request(&request_id)?, seen: None };
        Ok(Told { read, asked, validate_only })
    }

    /// Takes over what was read, or says what would be.
    pub(crate) async fn take_over(&self, caller: &Caller, told: Told) -> Result<v1::ImportPortfolioResponse, Fault> {
        let Told { read, asked, validate_only } = told;
        let desk = self.office.desk.asked(asked);
        let mut sum = Imported::default();
        for (customer, lines) in &read.customers {
            let Imported { added, changed, kept, too_late } = if validate_only {
                desk.would_import(customer, lines).await?
            } else {
                desk.import(customer, lines, &caller.name).await?
            };
            sum.added += added;
            sum.changed += changed;
            sum.kept += kept;
            sum.too_late.extend(too_late);
        }
        let portfolio = if validate_only { None } else { Some(self.portfolio().await?) };
        Ok(self.answer(read, sum, portfolio))
    }

    fn answer(&self, read: Import, sum: Imported, portfolio: Option<v1::Portfolio>) -> v1::ImportPortfolioResponse {
        let Import { sources, customers, problems, notes, rows_read, rows_good, rows_rejected, extras: _, rejected: _ } =
            read;
        let long = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        v1::ImportPortfolioResponse {
            portfolio,
            files: sources
                .into_iter()
                .map(|SourceFile { name, kind, rows }| v1::ImportedFile {
                    file_name: name.to_string(),
                    kind: kind.word().to_owned(),
                    row_count: long(rows),
                })
                .collect(),
            row_count: long(rows_read),
            accepted_row_count: long(rows_good),
            rejected_row_count: long(rows_rejected),
            problem_count: long(problems.len() as u64),
            problems: problems.into_iter().take(LISTED).map(problem).collect(),
            notes: sum.too_late.into_iter().chain(notes).take(LISTED).collect(),
            customers: customers
                .iter()
                .take(CUSTOMERS)
                .map(|(customer, _)| self.names.customer(customer.tenant))
                .collect(),
            added_line_count: count(sum.added),
            changed_line_count: count(sum.changed),
            kept_line_count: count(sum.kept),
        }
    }

    fn given(&self, options: &v1::ImportOptions) -> Result<Given, Fault> {
        let v1::ImportOptions { tenant_id, domain, display_name, country_code, program, partner_tenant_id } = options;
        let said = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
        let id = |field: &str, text: &String| {
            let id = said(text).map(|text| text.parse::<TenantId>());
            id.transpose().map_err(|error| Fault::field(field, &error.to_string()))
        };
        let tenant = id("options.tenant_id", tenant_id)?;
        let partner = id("options.partner_tenant_id", partner_tenant_id)?;
        if tenant.is_none() && (said(domain).is_some() || said(display_name).is_some()) {
            return Err(Fault::field("options.tenant_id", "the tenant whose domain or name is given"));
        }
        let domain = said(domain)
            .map(|text| Given::domain(&text).map_err(|expected| Fault::field("options.domain", &expected)))
            .transpose()?;
        let country = said(country_code)
            .map(|text| {
                text.parse::<Country>().map_err(|error| Fault::field("options.country_code", &error.to_string()))
            })
            .transpose()?;
        let program = said(program)
            .map(|text| {
                SourceProgram::of_word(&text).ok_or_else(|| {
                    let words = SourceProgram::ALL.map(SourceProgram::word).join(", ");
                    Fault::field("options.program", &format!("one of {words}"))
                })
            })
            .transpose()?;
        Ok(Given {
            at: Some(self.office.desk.now()),
            tenant,
            domain,
            name: said(display_name),
            country,
            partner: partner.or(self.office.partner),
            program,
        })
    }
}

fn check(chunk: &v1::FileChunk) -> Result<(), Fault> {
    if chunk.data.len() > CHUNK_MAX {
        return Err(Fault::field("chunk.data", "at most 1 MiB in one chunk"));
    }
    if chunk.file_name.chars().count() > NAME_MAX || chunk.file_name.chars().any(char::is_control) {
        return Err(Fault::field("chunk.file_name", "at most 255 characters, none of them a control character"));
    }
    Ok(())
}

fn problem(problem: Problem) -> v1::RowProblem {
    let Problem { file, line, column, value, expected } = problem;
    v1::RowProblem {
        file_name: file.to_string(),
        line_number: i64::try_from(line).unwrap_or(i64::MAX),
        column: column.unwrap_or_default().into_owned(),
        value,
        text: expected.into_owned(),
    }
}

/// Reads every file that comes.
fn read(mut reader: Reader, pieces: mpsc::Receiver<v1::FileChunk>) -> Result<Reader, Fault> {
    let mut pieces = Pieces { pieces, current: Vec::new(), at: 0, next: None };
    while let Some(name) = pieces.open()? {
        let unreadable = |error: carryover_portfolio::Unreadable| Fault::new(Reason::FileUnreadable, error.to_string());
        reader = reader.file(&name, &mut pieces).map_err(unreadable)?;
        // What the reader did not want of this file is passed over.
        io::copy(&mut pieces, &mut io::sink())
            .map_err(|error| Fault::new(Reason::FileUnreadable, error.to_string()))?;
    }
    Ok(reader)
}

/// The files of a stream, one after the other.
struct Pieces {
    pieces: mpsc::Receiver<v1::FileChunk>,
    current: Vec<u8>,
    at: usize,
    /// The first chunk of the next file.
    next: Option<v1::FileChunk>,
}

impl Pieces {
    /// The name of the next file, whose bytes are read from then on; none after the last.
    fn open(&mut self) -> Result<Option<String>, Fault> {
        let Some(chunk) = self.next.take().or_else(|| self.pieces.blocking_recv()) else { return Ok(None) };
        if chunk.file_name.is_empty() {
            return Err(Fault::field("chunk.file_name", "the name of the file, in its first chunk"));
        }
        (self.current, self.at) = (chunk.data, 0);
        Ok(Some(chunk.file_name))
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.current.len() {
            if self.next.is_some() {
                return Ok(0);
            }
            let Some(chunk) = self.pieces.blocking_recv() else { return Ok(0) };
            if !chunk.file_name.is_empty() {
                self.next = Some(chunk);
                return Ok(0);
            }
            (self.current, self.at) = (chunk.data, 0);
        }
        let count = (&self.current[self.at..]).read(into)?;
        self.at += count;
        Ok(count)
    }
}
