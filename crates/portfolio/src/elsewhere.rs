//! What the batch migration tool migrates itself. Such a subscription is no line: it would be bought beside the tool.
//!
//! One attempt may stand in several files, written one after the other; its last state counts, whatever their order. A
//! status that is not known to have ended counts as one that goes on. The words of a status are those of fact sheet 17.

use crate::batch::{LEGACY, TENANT};
use crate::cell;
use crate::fact::Place;
use crate::kind::SourceKind;
use crate::table::{Cells, Layout, Named, optional, required};
use carryover_domain::ids::{SubscriptionId, TenantId};
use std::collections::{BTreeMap, BTreeSet};

const MIGRATION: &str = "MigrationStatus";
const MIGRATION_ID: &str = "MigrationId";
const SCHEDULE: &str = "MigrationScheduleStatus";
const SCHEDULE_ID: &str = "MigrationScheduleId";
const MIGRATED_FROM: &str = "MigratedFromSubscriptionId";

/// The files of the folders `migrations`, `migrationstatus` and `schedulemigrations`.
pub(crate) const MIGRATIONS: Layout = &[
    required(&[TENANT]),
    required(&[LEGACY]),
    kept(MIGRATION, &[MIGRATION]),
    kept(MIGRATION_ID, &[MIGRATION_ID]),
    kept(SCHEDULE, &[SCHEDULE]),
    kept(SCHEDULE_ID, &[SCHEDULE_ID]),
];

/// `schedulemigrations.csv`.
pub(crate) const SCHEDULES: Layout = &[
    required(&[TENANT]),
    Named { name: LEGACY, spellings: &["CurrentSubscriptionId"], required: true, kept: false },
    kept(SCHEDULE, &["Status"]),
    kept(SCHEDULE_ID, &["Id"]),
];

/// `ncesubscriptions.csv`.
pub(crate) const NEW_COMMERCE: Layout = &[
    required(&[TENANT]),
    Named { name: LEGACY, spellings: &["SubscriptionId"], required: true, kept: false },
    optional(&[MIGRATED_FROM]),
];

const fn kept(name: &'static str, spellings: &'static [&'static str]) -> Named {
    Named { name, spellings, required: false, kept: true }
}

type Key = (TenantId, SubscriptionId);

/// What the tool's files say of subscriptions that it migrates.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    /// Subscriptions that are in new commerce with us.
    ours: BTreeSet<Key>,
    /// Legacy subscriptions that new ones name as what they were migrated from, and the first row of each.
    left: BTreeMap<Key, Place>,
    /// The last state of each attempt, by its column and id.
    attempts: BTreeMap<Key, BTreeMap<(&'static str, String), Attempt>>,
}

#[derive(Debug)]
struct Attempt {
    state: State,
    status: String,
    place: Place,
}

/// How far an attempt is, the earlier state first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    GoesOn,
    GivenUp,
    Done,
}

impl Elsewhere {
    /// Notes a row of `ncesubscriptions.csv`.
    pub(crate) fn new_commerce(&mut self, place: Place, cells: &mut Cells<'_>) {
        let about = about(cells);
        let from = cells.may(MIGRATED_FROM, cell::subscription).flatten();
        if let Some((tenant, subscription)) = about.filter(|_| cells.problems.is_empty()) {
            self.ours.insert((tenant, subscription));
            if let Some(from) = from {
                self.left.entry((tenant, from)).or_insert(place);
            }
        }
    }

    /// Notes a row about a migration or a schedule, and says which subscription it is about.
    pub(crate) fn attempt(&mut self, kind: SourceKind, place: Place, cells: &mut Cells<'_>) -> Option<Key> {
        let (column, id) = match kind {
            SourceKind::BatchMigrations => (MIGRATION, MIGRATION_ID),
            _ => (SCHEDULE, SCHEDULE_ID),
        };
        let (about, status, id) = (about(cells), cells.text(column)?, cells.text(id)?);
        let about = about.filter(|_| cells.problems.is_empty())?;
        // A row with neither was never begun, or was refused.
        if status.is_none() && id.is_none() {
            return Some(about);
        }
        let status = status.unwrap_or_default();
        let state = match status.to_ascii_lowercase().as_str() {
            "failed" | "cancelled" | "canceled" => State::GivenUp,
            "completed" => State::Done,
            _ => State::GoesOn,
        };
        let attempts = self.attempts.entry(about.clone()).or_default();
        let news = Attempt { state, status, place };
        let key = (column, id.unwrap_or_default().to_ascii_lowercase());
        if attempts.get(&key).is_none_or(|known| known.state < state) {
            attempts.insert(key, news);
        }
        Some(about)
    }

    /// The tenants about which something was said.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = TenantId> {
        let all = self.ours.iter().chain(self.left.keys()).chain(self.attempts.keys());
        all.map(|(tenant, _)| *tenant)
    }

    /// Why `subscription` is nothing to buy, and what to do; none where it may be.
    pub(crate) fn why(&self, tenant: TenantId, subscription: &SubscriptionId) -> Option<String> {
        let key = (tenant, subscription.clone());
        if self.ours.contains(&key) {
            return Some("it is in new commerce with us already".into());
        }
        if let Some(place) = self.left.get(&key) {
            return Some(format!(
                "{place} has the new commerce subscription that it was migrated to; nothing is left to buy"
            ));
        }
        let attempts = self.attempts.get(&key)?.iter();
        let ((column, _), Attempt { state, status, place }) =
            attempts.filter(|(_, attempt)| attempt.state != State::GivenUp).max_by_key(|(_, attempt)| attempt.state)?;
        let todo = match (state, *column) {
            (State::Done, _) => "the batch migration tool has migrated it; nothing is left to buy",
            (_, MIGRATION) => {
                "the batch migration tool is migrating it; let it end, and where it fails, import its status with this \
                 again"
            }
            _ => {
                "the batch migration tool will migrate it; leave it to the tool, or cancel the schedule there, and import \
                 schedulemigrations.csv with this again"
            }
        };
        Some(format!("{column} is `{status}` in {place}: {todo}"))
    }
}

/// The subscription that a row is about.
fn about(cells: &mut Cells<'_>) -> Option<Key> {
    let tenant = cells.need(TENANT, cell::tenant);
    let subscription = cells.need(LEGACY, cell::subscription);
    Some((tenant?, subscription?))
}
