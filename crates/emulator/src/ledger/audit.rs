//! The record of what was changed through the API, kept for ninety days (fact sheet 20.5).

use std::collections::VecDeque;

use jiff::Timestamp;

use super::{Ledger, calendar};
use crate::ids::TenantId;

/// Days that a record is kept.
const KEPT_DAYS: u32 = 90;
/// Records kept at most.
const MOST: usize = 50_000;

/// One change.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Counts records; ids of pages follow from it.
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) customer: String,
    pub(crate) resource: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) succeeded: bool,
}

/// The records, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audit {
    records: VecDeque<Record>,
    written: u64,
}

impl Ledger {
    /// Writes down a change that was asked for.
    pub(crate) fn audit(
        &mut self,
        tenant: Option<TenantId>,
        (resource, operation): (&'static str, &'static str),
        succeeded: bool,
    ) {
        let now = self.now;
        let customer =
            tenant.and_then(|tenant| self.tenants.get(&tenant)).map_or_else(String::new, |known| known.name.clone());
        let audit = &mut self.audit;
        audit.written += 1;
        let number = audit.written;
        audit.records.push_back(Record { number, at: now, tenant, customer, resource, operation, succeeded });
        while audit.records.len() > MOST
            || audit.records.front().is_some_and(|oldest| calendar::days(oldest.at, KEPT_DAYS) <= now)
        {
            audit.records.pop_front();
        }
    }

    /// Records from one instant to another, oldest first.
    pub(crate) fn audited(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = &Record> {
        let now = self.now;
        let kept = move |record: &&Record| now < calendar::days(record.at, KEPT_DAYS);
        self.audit.records.iter().filter(kept).filter(move |record| from <= record.at && record.at < until)
    }
}
