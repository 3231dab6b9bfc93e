//! The CSV files of Microsoft's batch migration tool for new commerce (version 0.5.0), as it writes and reads them.
//!
//! They are about legacy CSP subscriptions of ours. They name products and no licence SKU, so a line comes only from
//! them together with a record that has the SKU. Dates are `MM/dd/yyyy HH:mm:ss` in UTC, sometimes with ` +00:00`; a
//! legacy end is exclusive (rule R61). What they say beyond source lines is kept as text, by column name.

use crate::cell::{self, Expected};
use crate::fact::{CustomerFact, Fact, Place};
use crate::kind::SourceKind;
use crate::table::{Cells, Layout, Named, optional, required};
use carryover_domain::ids::TenantId;
use carryover_domain::portfolio::{Kind, Renewal};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{End, start_of};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use std::collections::BTreeSet;

pub(crate) const TENANT: &str = "CustomerTenantId";
pub(crate) const CUSTOMER: &str = "CustomerName";
pub(crate) const LEGACY: &str = "LegacySubscriptionId";
pub(crate) const PRODUCT: &str = "LegacyProductName";
pub(crate) const EXPIRES: &str = "ExpirationDate";
pub(crate) const RENEWS: &str = "AutoRenewEnabled";
pub(crate) const SEATS: &str = "CurrentSeatCount";
pub(crate) const CURRENT_TERM: &str = "CurrentTerm";
pub(crate) const CURRENT_BILLING: &str = "CurrentBillingPlan";
/// The term wanted in new commerce; so are the billing plan and the seats without `Current`.
pub(crate) const TERM: &str = "Term";
pub(crate) const BILLING: &str = "BillingPlan";
pub(crate) const WANTED: &str = "SeatCount";
pub(crate) const ADD_ON: &str = "AddOn";
pub(crate) const BASE: &str = "BaseSubscriptionId";

/// `customers.csv` and `failedCustomers.csv`.
pub(crate) const CUSTOMERS: Layout = &[required(&["TenantId"]), required(&["Domain"]), required(&["CompanyName"])];

/// `subscriptions.csv` and `subscriptionsforschedule.csv`.
pub(crate) const SUBSCRIPTIONS: Layout = &[
    required(&[TENANT]),
    required(&[LEGACY]),
    required(&[PRODUCT]),
    required(&[EXPIRES]),
    required(&[SEATS]),
    optional(&[CUSTOMER]),
    optional(&[RENEWS]),
    Named { name: CURRENT_TERM, spellings: &[CURRENT_TERM], required: false, kept: true },
    Named { name: CURRENT_BILLING, spellings: &[CURRENT_BILLING], required: false, kept: true },
    optional(&[TERM]),
    optional(&[BILLING]),
    optional(&[WANTED]),
    optional(&[ADD_ON]),
    optional(&[BASE]),
];

/// What one row of `subscriptions.csv` or `subscriptionsforschedule.csv` says, and the customer's name in it.
pub(crate) fn subscription(kind: SourceKind, place: Place, cells: &mut Cells<'_>) -> Option<(Fact, CustomerFact)> {
    let tenant = cells.need(TENANT, cell::tenant);
    let name = cells.text(CUSTOMER);
    let legacy = cells.need(LEGACY, cell::subscription);
    let product_name = cells.text(PRODUCT);
    let end = cells.need(EXPIRES, instant);
    let renews = cells.may(RENEWS, truth);
    let seats = cells.need(SEATS, cell::seats);
    // Legacy terms that new commerce has not are no terms here; their text is kept.
    let term = cells.text(CURRENT_TERM).map(|text| text.and_then(|text| cell::term(&text).ok()));
    let current_billing = cells.text(CURRENT_BILLING).map(|text| text.and_then(|text| cell::billing(&text).ok()));
    let target_term = cells.may(TERM, cell::term);
    let billing = cells.may(BILLING, cell::billing);
    let target_seats = cells.may(WANTED, cell::seats);
    let add_on = cells.may(ADD_ON, truth);
    let base = cells.may(BASE, cell::subscription);
    if let (Some(Some(base)), Some(legacy)) = (&base, &legacy)
        && base == legacy
    {
        cells.wrong(BASE, "an add-on is not its own base; name the subscription that it was added to".into());
    }
    let kept = cells.kept("");
    let base = match (add_on?, base?) {
        (Some(true), base) => Some(Kind::AddOn { base }),
        (_, Some(_)) => {
            cells.wrong(BASE, "only an add-on has a base; write True into AddOn, or take the base out".into());
            return None;
        }
        (Some(false), None) => Some(Kind::Base),
        (None, None) => None,
    };
    let legacy = legacy?;
    // The tool writes today's seats and term there itself, so the same is no wish.
    let target_seats = target_seats?.filter(|wanted| Some(*wanted) != seats);
    let fact = Fact {
        place,
        kind,
        tenant: tenant?,
        subscription: Some(legacy.clone()),
        sku: None,
        sku_part_number: None,
        product_name: product_name?,
        seats: seats?,
        assigned_seats: None,
        end: Some(End::at(end?)),
        programs: BTreeSet::from([SourceProgram::LegacyCspOurs]),
        told_by: (LEGACY, legacy.to_string()),
        auto_renew: renews?.map_or(Renewal::Unknown, |renews| if renews { Renewal::On } else { Renewal::Off }),
        base,
        term: term?,
        billing: billing?.or(current_billing?),
        target_seats,
        target_term: target_term?.filter(|wanted| Some(*wanted) != term.flatten()),
        over: None,
        kept,
        raw: None,
    };
    Some((fact, CustomerFact { domain: None, name: name? }))
}

/// The customer of a row of `customers.csv`.
pub(crate) fn customer(cells: &mut Cells<'_>) -> Option<(TenantId, CustomerFact)> {
    let tenant = cells.need("TenantId", cell::tenant);
    let domain = cells.need("Domain", cell::domain);
    let name = cells.text("CompanyName");
    Some((tenant?, CustomerFact { domain: Some(domain?), name: name? }))
}

fn truth(text: &str) -> Result<bool, Expected> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("True or False is expected, as the tool writes it".into()),
    }
}

/// The tool's notation of an instant: no other is taken, because a spreadsheet may have swapped day and month.
pub(crate) fn instant(text: &str) -> Result<Timestamp, Expected> {
    let expected = "a date as the tool writes it is expected, such as 12/31/2026 00:00:00: month, day, year, in UTC";
    let Some((day, time)) = exact(text) else {
        let day = text.split([' ', 'T']).next().unwrap_or_default();
        return Err(match cell::locale(day) {
            Some(_) => {
                format!("a spreadsheet has rewritten this date, so that day and month may be swapped; {expected}")
                    .into()
            }
            None => expected.into(),
        });
    };
    match (day, time) {
        (Some(day), Some(time)) if (2000..=2099).contains(&day.year()) => {
            let since_midnight = Time::midnight().duration_until(time);
            Ok(carryover_domain::time::later(start_of(day), since_midnight))
        }
        _ => Err(format!("there is no such instant from 2000 to 2099; {expected}").into()),
    }
}

/// `MM/dd/yyyy HH:mm:ss`, and the day and time that it means where there are such.
fn exact(text: &str) -> Option<(Option<Date>, Option<Time>)> {
    let text = text.strip_suffix(" +00:00").unwrap_or(text);
    let (day, time) = text.split_once(' ')?;
    let numbers = |text: &str, by: char, widths: [usize; 3]| {
        let parts: Vec<&str> = text.split(by).collect();
        let fits =
            |(part, width): (&&str, usize)| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = parts.len() == 3 && parts.iter().zip(widths).all(fits);
        fits.then(|| parts.iter().map(|part| part.parse::<i16>().unwrap_or_default()).collect::<Vec<_>>())
    };
    let small = |number: i16| i8::try_from(number).unwrap_or(i8::MAX);
    let day = numbers(day, '/', [2, 2, 4])?;
    let time = numbers(time, ':', [2, 2, 2])?;
    Some((
        Date::new(day[2], small(day[0]), small(day[1])).ok(),
        Time::new(small(time[0]), small(time[1]), small(time[2]), 0).ok(),
    ))
}

/// `at` in the tool's notation.
pub(crate) fn notation(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%m/%d/%Y %H:%M:%S").to_string()
}
