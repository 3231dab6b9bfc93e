//! The cells of one row to a source line and its customer, with everything that is wrong with it. Never half a row.

use crate::cell::{self, Expected};
use crate::column::Column;
use crate::formula::plain;
use crate::header::Header;
use crate::problem::{Problem, shown};
use crate::split::{Flaw, MAX_CELL_BYTES, MAX_ROW_BYTES, Record};
use carryover_domain::ids::{LineId, SkuId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{EndOption, Ends, Kind, Renewal, SourceLine, Target, Witness, trusted_end};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::{Origin, Provenance};
use carryover_domain::time::{End, day_after};
use carryover_domain::value::{Country, Money};
use jiff::Timestamp;
use jiff::civil::Date;
use std::borrow::Cow;
use std::sync::Arc;

/// What one row says.
#[derive(Debug)]
pub(crate) struct Row {
    /// The customer; none while a cell of it is wrong.
    pub(crate) who: Option<Who>,
    /// What tells the line apart; none while a cell of it is wrong.
    pub(crate) identity: Option<Identity>,
    /// The line; none while any cell is wrong.
    pub(crate) line: Option<SourceLine>,
    /// Names and texts of the cells that are not understood.
    pub(crate) extras: Vec<(Arc<str>, String)>,
    /// What is wrong. Empty exactly when the three others are there.
    pub(crate) problems: Vec<Problem>,
}

/// The customer as one row names it.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) tenant: TenantId,
    pub(crate) domain: String,
    pub(crate) name: Option<String>,
    pub(crate) country: Country,
}

/// What tells a line apart from the tenant's other lines.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) tenant: TenantId,
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) program: SourceProgram,
    pub(crate) sku: SkuId,
    /// The last day; none where the row names the subscription and leaves the end to others.
    pub(crate) end_date: Option<Date>,
}

impl Identity {
    /// The id of the line: the same whenever the same row is read again.
    pub(crate) fn id(&self) -> LineId {
        match &self.subscription {
            Some(subscription) => LineId::of(self.tenant, subscription.as_str()),
            None => {
                let end = self.end_date.map(|day| day.to_string()).unwrap_or_default();
                LineId::of(self.tenant, &format!("{}+{}+{end}", self.program, self.sku))
            }
        }
    }
}

impl Row {
    /// Reads `record`, which belongs to `file` and was read `at`.
    pub(crate) fn read(file: &Arc<str>, at: Option<Timestamp>, header: &Header, record: &Record) -> Self {
        let mut cells = Cells { file, at, header, record, problems: Vec::new() };
        match form(header.width(), header.unnamed(), record) {
            Ok(()) => cells.read(),
            Err((place, expected)) => {
                let value = place.map(|place| shown(record.cell(place))).unwrap_or_default();
                cells.add(place.map(|place| header.title(place).into()), value, expected);
                Self { who: None, identity: None, line: None, extras: Vec::new(), problems: cells.problems }
            }
        }
    }
}

/// Whether each cell stands under its column. While it does not, cells are not looked at: they may be others' cells.
pub(crate) fn form(wanted: usize, unnamed: &[usize], record: &Record) -> Result<(), (Option<usize>, Expected)> {
    let (first, last) = record.lines();
    let over = if first == last { String::new() } else { format!(", and the row runs on to line {last}") };
    match record.flaw() {
        Some(Flaw::CellTooLong { cell }) => {
            return Err((Some(cell), format!("a cell has at most {MAX_CELL_BYTES} bytes; shorten it").into()));
        }
        Some(Flaw::RowTooLong) => {
            let expected =
                format!("the row has more than {MAX_ROW_BYTES} bytes{over}; look for a quote that is not closed");
            return Err((None, expected.into()));
        }
        Some(Flaw::TextAfterQuote { cell }) => {
            let expected = format!("text follows the closing quote{over}; write a quote inside a quoted cell twice");
            return Err((Some(cell), expected.into()));
        }
        Some(Flaw::QuoteNeverClosed { cell }) => {
            let expected = "the quote that opens this cell is never closed, so all that follows it in the file was taken \
                            for this cell; close the quote and read the file again";
            return Err((Some(cell), expected.into()));
        }
        None => {}
    }
    let found = record.len();
    if found != wanted {
        let kind = if found < wanted { "too few" } else { "too many" };
        return Err((
            None,
            format!(
                "the row has {kind} cells: {found}, where the header has {wanted}{over}; put text that holds a comma in \
                 quotes and give each column a cell"
            )
            .into(),
        ));
    }
    let stray = unnamed.iter().find(|place| !record.cell(**place).trim_ascii().is_empty());
    stray.map_or(Ok(()), |place| Err((Some(*place), "this column has no name; name it in the header".into())))
}

struct Cells<'a> {
    file: &'a Arc<str>,
    at: Option<Timestamp>,
    header: &'a Header,
    record: &'a Record,
    problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    fn read(mut self) -> Row {
        let tenant = self.need(Column::TenantId, cell::tenant);
        let domain = self.need(Column::Domain, cell::domain);
        let name = self.text(Column::CustomerName);
        let country = self.need(Column::Country, cell::country);
        let program = self.need(Column::Program, cell::program);
        let subscription = self.may(Column::SubscriptionId, cell::subscription);
        let sku = self.need(Column::SkuId, cell::sku);
        let sku_part_number = self.text(Column::SkuPartNumber);
        let product_name = self.text(Column::ProductName);
        let seats = self.need(Column::Seats, cell::seats);
        let assigned_seats = self.may(Column::AssignedSeats, cell::assigned);
        let end_date = self.may(Column::EndDate, cell::date);
        let other_ends = self.need(Column::OtherEnds, cell::other_ends);
        let nothing_told = end_date == Some(None) && other_ends.as_ref().is_some_and(Ends::is_empty);
        if nothing_told && subscription == Some(None) {
            self.wrong(
                Column::EndDate,
                "the last day of service is expected as year-month-day, such as 2026-12-31; only a row with a \
                 subscription_id may leave it to the tenant"
                    .into(),
            );
        }
        let term_start = self.may(Column::TermStart, cell::start);
        if let (Some(Some(start)), Some(Some(end))) = (term_start, end_date)
            && start > end
        {
            let expected = format!("a term never starts after its end, and end_date is {end}; correct one of the two");
            self.wrong(Column::TermStart, expected.into());
        }
        let auto_renew = self.may(Column::AutoRenew, cell::renewal);
        let end_option = self.end_option(auto_renew.flatten());
        let kind = self.kind(subscription.as_ref());
        let term = self.may(Column::Term, cell::term);
        if let (Some(Some(start)), Some(Some(end)), Some(Some(term))) = (term_start, end_date, term)
            && start <= end
            && end > day_after(term.last_day(start))
        {
            let expected = format!(
                "a term of {term} that starts then is over on {}, and end_date is {end}; write the first day of the current term, or correct the \
                 other two",
                term.last_day(start)
            );
            self.wrong(Column::TermStart, expected.into());
        }
        let billing = self.may(Column::Billing, cell::billing);
        let price_per_seat = self.price();
        let target = self.need(Column::TargetSku, cell::target);
        let companion = self.companion(sku, target.as_ref());
        let target_seats = self.may(Column::TargetSeats, cell::seats);
        let target_term = self.may(Column::TargetTerm, cell::term);
        let evidence = self.text(Column::Evidence);
        let contact_email = self.may(Column::ContactEmail, cell::email);
        let extras = self.extras();

        let who = || Some(Who { tenant: tenant?, domain: domain?, name: name?, country: country? });
        let told = end_date.zip(other_ends).map(|(day, others)| {
            let typed = day.map(|day| (Witness::Typed, End::after_day(day)));
            typed.into_iter().chain(others.iter()).collect::<Ends>()
        });
        let identity = || {
            let ends = told.as_ref()?;
            let end_date = end_date?.or_else(|| trusted_end(ends).map(|told| told.end.last_whole_day()));
            Some(Identity { tenant: tenant?, subscription: subscription?, program: program?, sku: sku?, end_date })
        };
        let identity = identity();
        let provenance = || {
            let (row, _) = self.record.lines();
            Provenance::of_line(Origin { record: Arc::clone(self.file), row: Some(row), at: self.at })
        };
        let line = || {
            let identity = identity.clone()?;
            let id = identity.id();
            let Identity { subscription, program, sku, .. } = identity;
            Some(SourceLine {
                subscription,
                sku_part_number: sku_part_number?,
                product_name: product_name?,
                assigned_seats: assigned_seats?,
                ends: told?,
                term_start: term_start?,
                auto_renew: auto_renew?.unwrap_or(Renewal::Unknown),
                end_option: end_option?,
                kind: kind?,
                term: term?,
                billing: billing?,
                price_per_seat: price_per_seat?,
                target: target?,
                companion: companion?,
                target_seats: target_seats?,
                target_term: target_term?,
                evidence: evidence?,
                contact_email: contact_email?,
                provenance: provenance(),
                ..SourceLine::least(id, program, sku, seats?)
            })
        };
        let line = if self.problems.is_empty() { line() } else { None };
        Row { who: who(), identity, line, extras, problems: self.problems }
    }

    /// What happens at the end, which has to go with whether it renews.
    fn end_option(&mut self, renewal: Option<Renewal>) -> Option<Option<EndOption>> {
        let option = self.may(Column::EndOption, cell::end_option)?;
        let against = match (option, renewal) {
            (Some(EndOption::Renew), Some(Renewal::Off)) => "no",
            (Some(EndOption::CancelAtEnd), Some(Renewal::On)) => "yes",
            _ => return Some(option),
        };
        self.wrong(Column::EndOption, format!("auto_renew says {against}; correct one of the two").into());
        None
    }

    /// The second licence, which users get with another first one: what they hold already they are not given.
    fn companion(&mut self, old: Option<SkuId>, target: Option<&Target>) -> Option<Option<SkuId>> {
        let companion = self.may(Column::CompanionSku, cell::sku)?;
        let (Some(second), Some(target)) = (companion, target) else { return Some(companion) };
        const AFTER_ANOTHER: &str =
            "users get it in one call with another product than they hold; name that product in target_sku";
        let expected = match target {
            Target::Same => AFTER_ANOTHER,
            Target::Sku(first) if old == Some(*first) => AFTER_ANOTHER,
            Target::Sku(first) if *first == second => "a second licence is expected; this is that of target_sku",
            _ if old == Some(second) => "a second licence is expected; this is that of sku_id, which the users hold",
            Target::Sku(_) | Target::Offer(_) => return Some(companion),
        };
        self.wrong(Column::CompanionSku, expected.into());
        None
    }

    /// Whether the subscription needs a base. One whose base is not named is taken: the base may be seen in the tenant.
    fn kind(&mut self, own: Option<&Option<SubscriptionId>>) -> Option<Kind> {
        let add_on = self.may(Column::AddOn, cell::yes)?;
        let base = self.may(Column::BaseSubscriptionId, cell::subscription)?;
        match (add_on, base) {
            (Some(true), base) if base.is_some() && base.as_ref() == own.and_then(Option::as_ref) => {
                let expected = "an add-on is not its own base; name the subscription that it was added to";
                self.wrong(Column::BaseSubscriptionId, expected.into());
                None
            }
            (Some(true), base) => Some(Kind::AddOn { base }),
            (_, None) => Some(Kind::Base),
            (_, Some(_)) => {
                let expected = "only an add-on has a base; write yes into add_on, or take the base out";
                self.wrong(Column::BaseSubscriptionId, expected.into());
                None
            }
        }
    }

    /// The value of a cell whose emptiness `parse` judges. None when the problem is noted.
    fn need<T>(&mut self, column: Column, parse: impl FnOnce(&str) -> Result<T, Expected>) -> Option<T> {
        let text = self.clean(column)?;
        parse(text).map_err(|expected| self.wrong(column, expected)).ok()
    }

    /// The value of a cell that may be empty. None when the problem is noted.
    fn may<T>(&mut self, column: Column, parse: impl FnOnce(&str) -> Result<T, Expected>) -> Option<Option<T>> {
        match self.clean(column)? {
            "" => Some(None),
            text => parse(text).map(Some).map_err(|expected| self.wrong(column, expected)).ok(),
        }
    }

    fn text(&mut self, column: Column) -> Option<Option<String>> {
        self.may(column, |text| Ok(text.to_owned()))
    }

    fn price(&mut self) -> Option<Option<Money>> {
        match (self.may(Column::PricePerSeat, cell::price)?, self.may(Column::Currency, cell::currency)?) {
            (Some(amount), Some(currency)) => Some(Some(Money { amount, currency })),
            (None, None) => Some(None),
            (Some(_), None) => {
                self.wrong(Column::Currency, "a price needs its currency; write it, such as EUR".into());
                None
            }
            (None, Some(_)) => {
                self.wrong(Column::PricePerSeat, "a currency stands without a price; write both or neither".into());
                None
            }
        }
    }

    /// The trimmed text of a cell that is fit to be read by people.
    fn clean(&mut self, column: Column) -> Option<&'a str> {
        let bytes = self.header.cell(self.record, column);
        let text = decode(bytes).and_then(|text| match text.trim() {
            text if text.contains(char::is_control) => {
                Err("line breaks and control characters have no place here; take them out".into())
            }
            text => Ok(plain(text)),
        });
        text.map_err(|expected| self.wrong(column, expected)).ok()
    }

    fn extras(&mut self) -> Vec<(Arc<str>, String)> {
        let mut extras = Vec::new();
        for (place, name) in self.header.unknown() {
            let bytes = self.record.cell(*place);
            match decode(bytes) {
                Ok("") => {}
                Ok(text) => extras.push((Arc::clone(name), plain(text).to_owned())),
                Err(expected) => self.add(Some(shown(name.as_bytes()).into()), shown(bytes), expected),
            }
        }
        extras
    }

    fn wrong(&mut self, column: Column, expected: Expected) {
        let value = shown(self.header.cell(self.record, column));
        self.add(Some(column.name().into()), value, expected);
    }

    fn add(&mut self, column: Option<Cow<'static, str>>, value: String, expected: Expected) {
        let (line, _) = self.record.lines();
        self.problems.push(Problem { file: Arc::clone(self.file), line, column, value, expected });
    }
}

pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Expected> {
    match std::str::from_utf8(bytes) {
        Err(_) => Err("this is not UTF-8 text; save the file as CSV UTF-8".into()),
        Ok(text) if text.contains('\0') => Err("a NUL byte stands in the cell; take it out".into()),
        Ok(text) => Ok(text),
    }
}
