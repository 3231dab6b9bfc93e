//! Made-up reports for tests. Never compiled into the program.

use carryover_domain::finding::Finding;
use carryover_domain::ids::{LineId, MigrationId, TenantId};
use carryover_domain::migration::action::{Action, ActionItem};
use carryover_domain::portfolio::Customer;
use carryover_domain::program::SourceProgram;
use carryover_domain::report::{LineReport, Milestone, Moment, Report, Standing};
use carryover_domain::time::{End, overlap_days};
use carryover_domain::value::{Money, Seats};
use jiff::Timestamp;

/// 2026-04-02, mid-morning.
pub(crate) fn today() -> Timestamp {
    at("2026-04-02T09:30:00Z")
}

/// An instant.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An amount.
pub(crate) fn money(amount: &str, currency: &str) -> Money {
    Money { amount: amount.parse().unwrap(), currency: currency.parse().unwrap() }
}

/// A line under way that ends on 2026-03-31; two days are planned to be paid twice.
pub(crate) fn line(product: &str, seats: u32) -> LineReport {
    let ends = End::after_day("2026-03-31".parse().unwrap());
    LineReport {
        beside: None,
        line: LineId::of(tenant("nobody"), product),
        subscription: None,
        product: product.to_owned(),
        program: SourceProgram::DirectMosa,
        seats: Seats::try_new(seats).unwrap(),
        standing: Standing::UnderWay,
        says: "waits for its day, 2026-03-30".to_owned(),
        old_end: Some(ends.last_whole_day()),
        old_end_instant: Some(ends.instant()),
        fate: None,
        new_start: None,
        bought_seats: None,
        new_end: None,
        swaps: false,
        swapped: 0,
        overlap_days: Some(2),
        overlap_cost: None,
        moments: vec![],
        findings: vec![],
    }
}

/// `line`, with another last day of the old subscription.
pub(crate) fn ending(mut line: LineReport, last_day: &str) -> LineReport {
    let ends = End::after_day(last_day.parse().unwrap());
    (line.old_end, line.old_end_instant) = (Some(ends.last_whole_day()), Some(ends.instant()));
    line
}

/// `line`, standing elsewhere.
pub(crate) fn standing(mut line: LineReport, standing: Standing) -> LineReport {
    line.standing = standing;
    line
}

/// `line`, bought on `day` at `instant`.
pub(crate) fn bought(mut line: LineReport, day: &str, instant: &str) -> LineReport {
    let start = day.parse().unwrap();
    line.new_start = Some(start);
    line.bought_seats = Some(line.seats.get());
    line.new_end = Some(carryover_domain::time::Term::Year.last_day(start));
    line.overlap_days = Some(overlap_days(End::at(line.old_end_instant.unwrap()), start));
    line.moments.push(Moment { at: at(instant), what: Milestone::Bought });
    line
}

/// A customer.
pub(crate) fn customer(name: &str, lines: Vec<LineReport>) -> Report {
    let tenant = tenant(name);
    Report {
        migration: MigrationId::of(tenant),
        customer: Customer {
            tenant,
            domain: "contoso.example".to_owned(),
            name: name.to_owned(),
            country: "DE".parse().unwrap(),
        },
        started: Some(at("2026-03-02T08:00:00Z")),
        lines,
        actions: vec![],
        notes: vec![],
    }
}

/// `report`, waiting for the customer's agreement until the end of March.
pub(crate) fn waits(report: Report) -> Report {
    item(report, None, Action::ObtainAgreement, Some("2026-04-01T00:00:00Z"))
}

/// `report`, with its first line blocked because the old subscription is deleted.
pub(crate) fn blocked(mut report: Report) -> Report {
    report.lines[0].standing = Standing::Blocked;
    report.lines[0].overlap_days = None;
    let finding = Finding::SourceDeleted;
    report.lines[0].says = format!("{}: {finding}. {}", finding.code(), finding.remedy());
    let line = report.lines[0].line;
    item(report, Some(line), Action::Unblock { finding }, None)
}

/// `report`, with one more thing that waits.
pub(crate) fn item(mut report: Report, line: Option<LineId>, action: Action, due: Option<&str>) -> Report {
    report.actions.push(ActionItem { line, action, due: due.map(at), contact: Some("it@contoso.example".to_owned()) });
    report
}

fn tenant(name: &str) -> TenantId {
    let number = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("{number:08x}-0000-4000-8000-000000000000").parse().unwrap()
}
