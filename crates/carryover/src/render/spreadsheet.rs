//! The reports as CSV after RFC 4180, one row for each line. Never hands a spreadsheet a formula from outside.

use super::word;
use carryover_domain::report::{LineReport, Milestone, Report};
use carryover_portfolio::defused;
use std::io::Write;

const HEADER: [&str; 27] = [
    "customer",
    "domain",
    "tenant_id",
    "country",
    "line_id",
    "product",
    "program",
    "seats",
    "outcome",
    "says",
    "old_end",
    "old_end_instant",
    "new_start",
    "bought_seats",
    "new_end",
    "overlap_days",
    "overlap_cost",
    "overlap_currency",
    "overlap_is_planned",
    "swaps",
    "swapped",
    "waits_for",
    "approved_at",
    "bought_at",
    "usable_at",
    "released_at",
    "ended_at",
];

/// Writes one row for each line of `reports`, after a header.
///
/// Dates are ISO 8601 in UTC, amounts plain decimals; absent values are empty. Text from outside that a spreadsheet
/// would take for a formula gets an apostrophe in front. Contacts are left out.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_csv(reports: &[Report], out: &mut impl Write) -> Result<(), csv::Error> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(HEADER)?;
    for report in reports {
        for line in &report.lines {
            csv.write_record(cells(report, line))?;
        }
    }
    csv.flush()?;
    Ok(())
}

fn cells(report: &Report, line: &LineReport) -> [String; HEADER.len()] {
    let customer = &report.customer;
    let cost = line.overlap_cost.map(carryover_domain::value::Money::rounded);
    let first = |what: Milestone| text(line.moments.iter().find(|moment| moment.what == what).map(|moment| moment.at));
    [
        defused(customer.name.clone()),
        defused(customer.domain.clone()),
        customer.tenant.to_string(),
        customer.country.to_string(),
        line.line.to_string(),
        defused(line.product.clone()),
        line.program.word().to_owned(),
        line.seats.to_string(),
        word(line.standing).to_owned(),
        defused(line.says.clone()),
        text(line.old_end),
        text(line.old_end_instant),
        text(line.new_start),
        text(line.bought_seats),
        text(line.new_end),
        text(line.overlap_days),
        text(cost.map(|cost| cost.amount)),
        text(cost.map(|cost| cost.currency)),
        (line.overlap_days.is_some() && line.new_start.is_none()).to_string(),
        line.swaps.to_string(),
        line.swapped.to_string(),
        waits_for(report, line),
        first(Milestone::Approved),
        first(Milestone::Bought),
        first(Milestone::Usable),
        first(Milestone::Released),
        first(Milestone::Ended),
    ]
}

/// The codes of what waits for a person, of the line and of its customer.
fn waits_for(report: &Report, line: &LineReport) -> String {
    let items = report.actions.iter().filter(|item| item.line.is_none_or(|id| id == line.line));
    items.map(|item| item.action.code()).collect::<Vec<_>>().join(" ")
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::made_up::{bought, customer, line, money, waits};

    fn rows(reports: &[Report]) -> (String, Vec<csv::StringRecord>) {
        let mut out = Vec::new();
        write_csv(reports, &mut out).unwrap();
        let records = csv::Reader::from_reader(out.as_slice()).records().map(Result::unwrap).collect();
        (String::from_utf8(out).unwrap(), records)
    }

    fn cell<'a>(record: &'a csv::StringRecord, name: &str) -> &'a str {
        &record[HEADER.iter().position(|column| *column == name).unwrap()]
    }

    #[test]
    fn no_customers_is_a_header_alone() {
        let (text, records) = rows(&[]);
        assert!(text.starts_with("customer,domain,") && text.ends_with(",ended_at\r\n"), "{text}");
        assert!(records.is_empty());
    }

    #[test]
    fn a_line_is_a_row_of_dates_and_decimals() {
        let mut done = bought(line("E3", 5), "2026-03-30", "2026-03-30T09:00:00Z");
        done.overlap_cost = Some(money("12.345", "EUR"));
        let (_, records) = rows(&[waits(customer("Contoso", vec![done, line("E5", 6)]))]);
        let names = ["old_end", "new_start", "overlap_days", "overlap_cost", "overlap_currency", "bought_at"];
        let seen: Vec<_> = names.iter().map(|name| cell(&records[0], name)).collect();
        assert_eq!(seen, ["2026-03-31", "2026-03-30", "2", "12.35", "EUR", "2026-03-30T09:00:00Z"]);
        assert_eq!(
            (cell(&records[0], "overlap_is_planned"), cell(&records[1], "overlap_is_planned")),
            ("false", "true")
        );
        assert_eq!((cell(&records[0], "waits_for"), cell(&records[1], "new_start")), ("OBTAIN_AGREEMENT", ""));
    }

    #[test]
    fn formulas_from_outside_are_not_run() {
        for attack in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"] {
            let (_, records) = rows(&[customer(attack, vec![line(attack, 5)])]);
            assert_eq!(cell(&records[0], "customer"), format!("'{attack}"));
            assert_eq!(cell(&records[0], "product"), format!("'{attack}"));
            assert_eq!(cell(&records[0], "seats"), "5");
        }
    }

    #[test]
    fn quotes_commas_and_breaks_come_back_as_they_were() {
        let name = "Müller, \"Söhne\"\r\n& Co";
        let (text, records) = rows(&[customer(name, vec![line("E3", 5)])]);
        assert!(text.contains("\"Müller, \"\"Söhne\"\"\r\n& Co\""), "{text}");
        assert_eq!(cell(&records[0], "customer"), name);
    }
}
