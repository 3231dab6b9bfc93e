//! Lines back to the CSV files of Microsoft's batch migration tool, for whoever goes back to it.
//!
//! Only legacy CSP subscriptions of ours that have a commerce id are written: the tool can do nothing with others. What
//! nobody has said stays empty. People open these files in spreadsheets before the tool reads them, so text that would
//! run as a formula is defused; the tool goes by ids and shows names only, and reading here takes the mark away again.

use crate::batch::{
    ADD_ON, BASE, BILLING, CURRENT_BILLING, CURRENT_TERM, CUSTOMER, EXPIRES, LEGACY, PRODUCT, RENEWS, SEATS, TENANT,
    TERM, WANTED, notation,
};
use crate::formula::defused;
use carryover_domain::ids::{LineId, SubscriptionId, TenantId};
use carryover_domain::portfolio::{Customer, Kind, Renewal, SourceLine};
use carryover_domain::program::SourceProgram;
use carryover_domain::time::Billing;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// What is written for the batch migration tool.
#[derive(Debug, Clone, Copy)]
pub struct BatchTool<'a> {
    /// The customers with their lines.
    pub portfolio: &'a [(Customer, Vec<SourceLine>)],
    /// What the tool's own files have said beyond that: [`Import::extras`](crate::Import::extras).
    pub kept: &'a BTreeMap<LineId, Vec<(Arc<str>, String)>>,
    /// How far lines are whose purchase has begun here.
    pub moved: &'a BTreeMap<LineId, Moved>,
    /// Our own partner tenant, where it is known.
    pub partner: Option<TenantId>,
}

/// How far a line is in new commerce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Whether users have it; until then it is being processed.
    pub completed: bool,
    /// The new subscription, once it is known.
    pub subscription: Option<SubscriptionId>,
}

const SUBSCRIPTIONS: [&str; 22] = [
    "PartnerTenantId",
    "IndirectResellerMpnId",
    CUSTOMER,
    TENANT,
    LEGACY,
    "LegacySubscriptionName",
    PRODUCT,
    EXPIRES,
    RENEWS,
    "MigrationEligible",
    "NcePsa",
    CURRENT_TERM,
    CURRENT_BILLING,
    SEATS,
    "StartNewTermInNce",
    TERM,
    BILLING,
    WANTED,
    "CustomTermEndDate",
    ADD_ON,
    BASE,
    "MigrationIneligibilityReason",
];

const MIGRATIONS: [&str; 21] = [
    "PartnerTenantId",
    "IndirectResellerMpnId",
    CUSTOMER,
    TENANT,
    LEGACY,
    "LegacySubscriptionName",
    PRODUCT,
    EXPIRES,
    ADD_ON,
    BASE,
    "MigrationStatus",
    "StartedNewTermInNce",
    "NCETermDuration",
    "NCEBillingPlan",
    "NCESeatCount",
    "CustomTermEndDate",
    "ErrorCode",
    "ErrorReason",
    "NCESubscriptionId",
    "BatchId",
    "MigrationId",
];

/// Writes `subscriptions.csv`, the input of a migration, and says how many rows it has.
///
/// # Errors
/// Those of `out`.
pub fn write_batch_subscriptions(out: impl Write, batch: &BatchTool<'_>) -> io::Result<u64> {
    write(out, batch, &SUBSCRIPTIONS, |_| true)
}

/// Writes a file of the folder `migrations`: the lines whose migration has begun, there or here. Says how many.
///
/// # Errors
/// Those of `out`.
pub fn write_batch_migrations(out: impl Write, batch: &BatchTool<'_>) -> io::Result<u64> {
    let begun = |line: &SourceLine| batch.moved.contains_key(&line.id) || batch.kept(line, "MigrationStatus").is_some();
    write(out, batch, &MIGRATIONS, begun)
}

/// Writes a file of the folder `migrationstatus`, which has the columns of [`write_batch_migrations`], for all lines:
/// the status of one that has not begun is empty. Says how many rows it has.
///
/// # Errors
/// Those of `out`.
pub fn write_batch_status(out: impl Write, batch: &BatchTool<'_>) -> io::Result<u64> {
    write(out, batch, &MIGRATIONS, |_| true)
}

fn write(
    out: impl Write,
    batch: &BatchTool<'_>,
    header: &[&'static str],
    holds: impl Fn(&SourceLine) -> bool,
) -> io::Result<u64> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(header)?;
    let mut rows = 0;
    for (customer, lines) in batch.portfolio {
        for line in lines.iter().filter(|line| line.program == SourceProgram::LegacyCspOurs && holds(line)) {
            let Some(subscription) = &line.subscription else { continue };
            csv.write_record(header.iter().map(|column| defused(batch.cell(column, customer, line, subscription))))?;
            rows += 1;
        }
    }
    csv.flush()?;
    Ok(rows)
}

impl BatchTool<'_> {
    fn kept(&self, line: &SourceLine, column: &str) -> Option<String> {
        let kept = self.kept.get(&line.id)?.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
        kept.map(|(_, text)| text.clone())
    }

    fn cell(&self, column: &str, customer: &Customer, line: &SourceLine, subscription: &SubscriptionId) -> String {
        let kept = self.kept(line, column);
        let kept_or = |value: String| kept.clone().unwrap_or(value);
        let moved = self.moved.get(&line.id);
        let wanted = line.target_seats.unwrap_or(line.seats).to_string();
        let term = || text(line.target_term.or(line.term).as_ref());
        match column {
            "PartnerTenantId" => kept_or(text(self.partner.as_ref())),
            CUSTOMER => customer.name.clone(),
            TENANT => customer.tenant.to_string(),
            LEGACY => subscription.to_string(),
            PRODUCT => line.product_name.clone().or_else(|| line.sku_part_number.clone()).unwrap_or_default(),
            EXPIRES => line.end().map(|end| notation(end.instant())).unwrap_or_default(),
            RENEWS => match line.auto_renew {
                Renewal::On => truth(true),
                Renewal::Off => truth(false),
                Renewal::Unknown => String::new(),
            },
            SEATS => line.seats.to_string(),
            CURRENT_TERM => line.term.map_or_else(|| kept_or(String::new()), |term| term.to_string()),
            TERM => term(),
            BILLING => line.billing.map(cycle).unwrap_or_default(),
            WANTED => wanted,
            ADD_ON => truth(line.kind != Kind::Base),
            BASE => match &line.kind {
                Kind::Base => String::new(),
                Kind::AddOn { base } => text(base.as_ref()),
            },
            "StartNewTermInNce" => kept_or(truth(false)),
            "MigrationStatus" => {
                let word = |moved: &Moved| if moved.completed { "Completed" } else { "Processing" };
                moved.map(word).map_or_else(|| kept_or(String::new()), str::to_owned)
            }
            "NCESubscriptionId" => {
                let bought = moved.and_then(|moved| moved.subscription.as_ref());
                bought.map_or_else(|| kept_or(String::new()), ToString::to_string)
            }
            "NCETermDuration" => kept_or(term()),
            "NCEBillingPlan" => kept_or(line.billing.map(cycle).unwrap_or_default()),
            "NCESeatCount" => kept_or(wanted),
            _ => kept_or(String::new()),
        }
    }
}

fn truth(value: bool) -> String {
    if value { "True" } else { "False" }.to_owned()
}

/// The words of billing cycles in migrations (fact sheet 17).
fn cycle(billing: Billing) -> String {
    match billing {
        Billing::Monthly => "Monthly",
        Billing::Annual => "Annual",
        Billing::Triennial => "Triennial",
    }
    .to_owned()
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}
