//! What reads show of migrations, schedules, transfers and the webhook, as plain values: for whoever asks the ledger without
//! HTTP. Shows what the HTTP side shows and no more.

use jiff::Timestamp;
use uuid::Uuid;

use super::Ledger;
use super::migrations::{Migration, Progress, Schedule, ScheduleState, When};
use super::readings::ScheduleWords;
use super::transfers::{Transfer, TransferState};
use crate::ids::{OrderId, SubscriptionId, TenantId};

/// A migration of a legacy subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationView {
    /// Its id.
    pub id: Uuid,
    /// The legacy subscription.
    pub source: SubscriptionId,
    /// Partner Center's word for how far it got.
    pub status: &'static str,
    /// The new subscription and its order, once they are there.
    pub bought: Option<(OrderId, SubscriptionId)>,
    /// The catalogue item that it becomes.
    pub item: String,
    /// The caller's mark.
    pub reference: Option<String>,
    /// When it began.
    pub started: Timestamp,
}

/// A migration that is put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleView {
    /// Its id.
    pub id: Uuid,
    /// The legacy subscription.
    pub source: SubscriptionId,
    /// Partner Center's word for where it stands.
    pub status: &'static str,
    /// When it runs.
    pub when: When,
    /// The migration that came of it.
    pub migration: Option<Uuid>,
    /// The caller's mark.
    pub reference: Option<String>,
}

/// A transfer from another partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferView {
    /// Its id.
    pub id: Uuid,
    /// Partner Center's word for where it stands.
    pub status: &'static str,
    /// The partner that is asked.
    pub source_partner: TenantId,
    /// When it was asked for.
    pub created: Timestamp,
    /// When nobody can answer it any more.
    pub expires: Timestamp,
    /// What has come over.
    pub moved: Vec<SubscriptionId>,
}

impl Progress {
    /// Partner Center's word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Progress::Processing => "Processing",
            Progress::Completed { .. } => "Completed",
            Progress::Failed { .. } => "Failed",
        }
    }
}

impl TransferState {
    /// Partner Center's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            TransferState::Pending => "Pending",
            TransferState::Active => "Active",
            TransferState::InProgress => "InProgress",
            TransferState::Complete => "Complete",
            TransferState::PartiallyComplete => "PartiallyComplete",
            TransferState::Failed => "Failed",
            TransferState::Cancelled => "Cancelled",
            TransferState::Rejected => "Reject",
        }
    }
}

impl Ledger {
    /// Partner Center's word for where a schedule stands.
    pub(crate) fn schedule_word(&self, schedule: &Schedule) -> &'static str {
        match &schedule.state {
            ScheduleState::Created => "Created",
            ScheduleState::Cancelled => "Cancelled",
            ScheduleState::Failed(_) => "Failed",
            ScheduleState::Ran(id) => {
                let ran = self.migration(schedule.tenant, *id).map_or("Failed", |found| found.state.word());
                match (self.rules.readings.schedule_words, ran) {
                    (ScheduleWords::OfTransfers, "Processing") => "InProgress",
                    (ScheduleWords::OfTransfers, "Completed") => "Complete",
                    (_, word) => word,
                }
            }
        }
    }

    /// Migrations of a legacy subscription, the oldest first.
    #[must_use]
    pub fn migration_views(&self, source: SubscriptionId) -> Vec<MigrationView> {
        let of_source = self.migrations().into_iter().filter(|found| found.wish.source == source);
        of_source.map(migration).collect()
    }

    /// One migration of a customer, where there is one of that id.
    #[must_use]
    pub fn migration_view(&self, tenant: TenantId, id: Uuid) -> Option<MigrationView> {
        self.migration(tenant, id).ok().map(migration)
    }

    /// Schedules of a legacy subscription, the oldest first.
    #[must_use]
    pub fn schedule_views(&self, source: SubscriptionId) -> Vec<ScheduleView> {
        let of_source = self.migration_schedules().into_iter().filter(|found| found.wish.source == source);
        of_source.map(|found| self.schedule_shown(found)).collect()
    }

    /// One schedule of a customer, where there is one of that id.
    #[must_use]
    pub fn schedule_view(&self, tenant: TenantId, id: Uuid) -> Option<ScheduleView> {
        self.migration_schedule(tenant, id).ok().map(|found| self.schedule_shown(found))
    }

    fn schedule_shown(&self, schedule: &Schedule) -> ScheduleView {
        ScheduleView {
            id: schedule.id,
            source: schedule.wish.source,
            status: self.schedule_word(schedule),
            when: schedule.when,
            migration: match schedule.state {
                ScheduleState::Ran(id) => Some(id),
                _ => None,
            },
            reference: schedule.wish.reference.clone(),
        }
    }

    /// All transfers of a customer, the oldest first; none where nobody of ours lives there.
    #[must_use]
    pub fn transfer_views(&self, tenant: TenantId) -> Vec<TransferView> {
        self.transfers(tenant).into_iter().flatten().map(|found| self.transfer_shown(found)).collect()
    }

    /// One transfer of a customer, where there is one of that id that is not over by time.
    #[must_use]
    pub fn transfer_view(&self, tenant: TenantId, id: Uuid) -> Option<TransferView> {
        self.transfer(tenant, id).ok().map(|found| self.transfer_shown(found))
    }

    fn transfer_shown(&self, found: &Transfer) -> TransferView {
        TransferView {
            id: found.id,
            status: found.word(self.now(), &self.rules.readings),
            source_partner: found.wish.source_partner,
            created: found.created,
            expires: found.expires(),
            moved: found.lines.iter().filter(|line| line.moved).map(|line| line.subscription).collect(),
        }
    }

    /// Address and events of the webhook, where one is registered.
    #[must_use]
    pub fn webhook(&self) -> Option<(String, Vec<String>)> {
        self.registration().ok().map(|found| (found.url.clone(), found.events.clone()))
    }

    /// Whether a test of the webhook is over, and what came back at each attempt; absent where there is none of that id.
    #[must_use]
    pub fn webhook_test(&self, id: Uuid) -> Option<(bool, Vec<Option<u16>>)> {
        let found = self.webhook_validation(id).ok()?;
        Some((found.done, found.results.iter().map(|attempt| attempt.status).collect()))
    }
}

fn migration(found: &Migration) -> MigrationView {
    MigrationView {
        id: found.id,
        source: found.wish.source,
        status: found.state.word(),
        bought: match &found.state {
            Progress::Completed { order, bought, .. } => Some((order.clone(), *bought)),
            _ => None,
        },
        item: found.item.clone(),
        reference: found.wish.reference.clone(),
        started: found.started,
    }
}
