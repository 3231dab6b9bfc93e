//! The admin centre's export of "Your products": one row for each subscription of one tenant, which it does not name.
//!
//! Its columns are not documented, and no sample was to be had. Microsoft's pages about the page itself name *Product name*,
//! *Purchased quantity*, *Assigned licenses* and *Purchase channel*; the other names and spellings in [`COLUMNS`] are what
//! such columns are likely to be called. A file without a required one is refused by a sentence that names it. Dates are taken where they mean one day: `2026-12-31`, an instant, or with
//! the month as an English word.

use crate::cell::{self, Expected};
use crate::fact::{Fact, Place};
use crate::kind::SourceKind;
use crate::table::{Cells, Layout, Named};
use carryover_domain::ids::TenantId;
use carryover_domain::portfolio::Renewal;
use carryover_domain::program::SourceProgram;
use carryover_domain::time::End;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

const PRODUCT: &str = "Product name";
const SEATS: &str = "Purchased quantity";
const ASSIGNED: &str = "Assigned licenses";
const CHANNEL: &str = "Purchase channel";
const END: &str = "Renewal date";
const RENEWAL: &str = "Recurring billing";
const SUBSCRIPTION: &str = "Subscription ID";
const STATUS: &str = "Subscription status";
const BILLING: &str = "Billing frequency";

const fn column(name: &'static str, spellings: &'static [&'static str], required: bool) -> Named {
    Named { name, spellings, required, kept: false }
}

/// The columns that are understood, in the spellings that are accepted.
pub(crate) const COLUMNS: Layout = &[
    column(PRODUCT, &[PRODUCT, "Product", "Subscription name", "Title"], true),
    column(SEATS, &[SEATS, "Total licenses", "Total quantity", "Licenses", "Quantity"], true),
    column(CHANNEL, &[CHANNEL], true),
    column(ASSIGNED, &[ASSIGNED, "Assigned"], false),
    column(
        END,
        &[
            END,
            "Renewal or expiration date",
            "Renewal/expiration date",
            "Next renewal date",
            "Expiration date",
            "Expiry date",
            "End date",
            "Subscription end date",
        ],
        false,
    ),
    column(RENEWAL, &[RENEWAL, "Auto-renew", "Auto renew", "Renewal setting"], false),
    column(SUBSCRIPTION, &[SUBSCRIPTION, "SubscriptionId", "Commerce subscription ID"], false),
    column(STATUS, &[STATUS, "Status", "Product status"], false),
    column(BILLING, &[BILLING, "Billing cycle", "Billing term"], false),
];

/// The programs that each word of the column *Purchase channel* can mean (rules R5, R6, R8).
const CHANNELS: [(&str, &[SourceProgram]); 6] = [
    ("Direct", &[SourceProgram::DirectMosa, SourceProgram::DirectMca, SourceProgram::Advisor]),
    ("Reseller", &[SourceProgram::LegacyCsp, SourceProgram::LegacyCspOurs, SourceProgram::NceOtherPartner]),
    ("Prepaid", &[SourceProgram::Open]),
    ("Volume licensing", &[SourceProgram::Open, SourceProgram::Ea, SourceProgram::Mpsa]),
    ("Self-service", &[SourceProgram::SelfService]),
    ("Trial", &[SourceProgram::Trial]),
];

/// What one row says. None when everything wrong is noted in `cells`.
pub(crate) fn read(tenant: TenantId, place: Place, cells: &mut Cells<'_>) -> Option<Fact> {
    let product_name = cells.text(PRODUCT);
    let seats = cells.need(SEATS, cell::seats);
    let assigned_seats = cells.may(ASSIGNED, assigned);
    let channel = cells.text(CHANNEL)?.unwrap_or_default();
    let programs = cells.need(CHANNEL, programs);
    let end = cells.may(END, day);
    let auto_renew = cells.may(RENEWAL, renewal);
    let subscription = cells.may(SUBSCRIPTION, cell::subscription);
    let status = cells.text(STATUS)?.unwrap_or_default();
    // What is invoiced every month may still be committed for a year; only the words that we know say something.
    let billing = cells.may(BILLING, |text| Ok(cell::billing(text).ok()));
    let kept = cells.kept("");
    Some(Fact {
        place,
        kind: SourceKind::YourProducts,
        tenant,
        subscription: subscription?,
        sku: None,
        sku_part_number: None,
        product_name: product_name?,
        seats: seats?,
        assigned_seats: assigned_seats?.flatten(),
        end: end?.map(End::after_day).filter(|_| is_active(&status)),
        programs: programs?,
        told_by: (CHANNEL, channel),
        auto_renew: auto_renew?.unwrap_or(Renewal::Unknown),
        base: None,
        term: None,
        billing: billing?.flatten(),
        target_seats: None,
        target_term: None,
        over: is_over(&status).then(|| format!("its status is {status}")),
        kept,
        raw: None,
    })
}

/// While it is active, the date is the end of what is paid; later, that of the next step of its decay (rule R3).
fn is_active(status: &str) -> bool {
    !["expired", "warning", "grace"].iter().any(|word| status.to_ascii_lowercase().contains(word))
}

fn is_over(status: &str) -> bool {
    ["disabled", "deleted", "canceled", "cancelled", "suspended"].iter().any(|word| status.eq_ignore_ascii_case(word))
}

fn programs(text: &str) -> Result<BTreeSet<SourceProgram>, Expected> {
    let found = CHANNELS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, programs)| programs.iter().copied().collect()).ok_or_else(|| {
        format!(
            "one of these words is expected: {}; write the row into a portfolio file where it is something else",
            CHANNELS.map(|(word, _)| word).join(", ")
        )
        .into()
    })
}

/// Licences in use; the page says "Not available" for new commerce.
fn assigned(text: &str) -> Result<Option<u32>, Expected> {
    if ["not available", "n/a", "-"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(None);
    }
    cell::assigned(text).map(Some)
}

fn renewal(text: &str) -> Result<Renewal, Expected> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "yes" | "true" | "enabled" => Ok(Renewal::On),
        "off" | "no" | "false" | "disabled" => Ok(Renewal::Off),
        "unknown" | "not available" | "n/a" | "-" => Ok(Renewal::Unknown),
        _ => Err("On or Off is expected; leave it empty where it is not known".into()),
    }
}

/// A day that can mean one day only.
fn day(text: &str) -> Result<Date, Expected> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return cell::date(&carryover_domain::time::utc_day(at).to_string());
    }
    match in_words(text) {
        Some(day) => cell::date(&day.to_string()),
        None => cell::date(text),
    }
}

/// `Dec 31, 2026`, `31 December 2026`: with the month as a word, in English.
fn in_words(text: &str) -> Option<Date> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let [first, second, year] = words[..] else { return None };
    let (month, day) = if first.starts_with(|c: char| c.is_ascii_digit()) { (second, first) } else { (first, second) };
    let month = month.get(..3)?.to_ascii_lowercase();
    let month = i8::try_from(MONTHS.iter().position(|name| *name == month)? + 1).ok()?;
    Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()
}
