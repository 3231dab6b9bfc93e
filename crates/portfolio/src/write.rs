//! Checked source lines back to the format that is read here. What is written reads as what it was.

use crate::cell::RENEWALS;
use crate::column::Column;
use crate::formula::defused;
use carryover_domain::portfolio::{Customer, EndOption, Kind, SourceLine, Target, Witness};
use std::io::{self, Write};

/// Writes `portfolio` with all columns, one row for each line.
///
/// A text that a spreadsheet would run as a formula gets an apostrophe in front, which reading takes away again.
/// Provenance is left out: what is written here is a record of its own.
///
/// # Errors
/// Those of `out`.
pub fn write_csv(out: impl Write, portfolio: &[(Customer, Vec<SourceLine>)]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(Column::ALL.map(Column::name))?;
    for (customer, lines) in portfolio {
        for line in lines {
            csv.write_record(cells(customer, line).map(defused))?;
        }
    }
    csv.flush()
}

fn cells(customer: &Customer, line: &SourceLine) -> [String; Column::ALL.len()] {
    let Customer { tenant, domain, name, country } = customer;
    let SourceLine {
        id: _, // follows from the other cells
        program,
        subscription,
        sku,
        sku_part_number,
        product_name,
        seats,
        assigned_seats,
        ends,
        term_start,
        auto_renew,
        end_option,
        kind,
        term,
        billing,
        price_per_seat,
        target,
        companion,
        target_seats,
        target_term,
        evidence,
        contact_email,
        provenance: _,
    } = line;
    Column::ALL.map(|column| match column {
        Column::TenantId => tenant.to_string(),
        Column::Domain => domain.clone(),
        Column::CustomerName => name.clone(),
        Column::Country => country.to_string(),
        Column::Program => program.to_string(),
        Column::SubscriptionId => text(subscription.as_ref()),
        Column::SkuId => sku.to_string(),
        Column::SkuPartNumber => text(sku_part_number.as_ref()),
        Column::ProductName => text(product_name.as_ref()),
        Column::Seats => seats.to_string(),
        Column::AssignedSeats => text(assigned_seats.as_ref()),
        Column::EndDate => text(ends.get(Witness::Typed).map(|end| end.last_whole_day()).as_ref()),
        Column::OtherEnds => {
            let others = ends.iter().filter(|(by, _)| *by != Witness::Typed);
            others.map(|(by, end)| format!("{by}={}", end.instant())).collect::<Vec<_>>().join(" ")
        }
        Column::TermStart => text(term_start.as_ref()),
        Column::EndOption => end_option.map(EndOption::word).unwrap_or_default().to_owned(),
        Column::AddOn => match kind {
            Kind::Base => String::new(),
            Kind::AddOn { .. } => "yes".to_owned(),
        },
        Column::BaseSubscriptionId => match kind {
            Kind::Base => String::new(),
            Kind::AddOn { base } => text(base.as_ref()),
        },
        Column::AutoRenew => RENEWALS
            .iter()
            .find(|(renewal, _)| renewal == auto_renew)
            .map_or_else(String::new, |(_, word)| (*word).into()),
        Column::Term => text(term.as_ref()),
        Column::Billing => text(billing.as_ref()),
        Column::PricePerSeat => text(price_per_seat.as_ref().map(|money| money.amount).as_ref()),
        Column::Currency => text(price_per_seat.as_ref().map(|money| money.currency).as_ref()),
        Column::TargetSku => match target {
            Target::Same => String::new(),
            Target::Sku(sku) => sku.to_string(),
            Target::Offer(offer) => offer.to_string(),
        },
        Column::CompanionSku => text(companion.as_ref()),
        Column::TargetSeats => text(target_seats.as_ref()),
        Column::TargetTerm => text(target_term.as_ref()),
        Column::Evidence => text(evidence.as_ref()),
        Column::ContactEmail => text(contact_email.as_ref()),
    })
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}
