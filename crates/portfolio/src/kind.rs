//! What a file is, told by its header, and the sentence for one that is nothing we know.

use crate::batch;
use crate::elsewhere;
use crate::products;
use crate::table::Layout;
use std::fmt;
use std::sync::Arc;

/// What a file was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// The portfolio file of our own.
    Portfolio,
    /// The admin centre's export of "Your products".
    YourProducts,
    /// The answer of `GET /directory/subscriptions` of Microsoft Graph.
    GraphSubscriptions,
    /// The answer of `GET /subscribedSkus` of Microsoft Graph.
    GraphSkus,
    /// `customers.csv` and `failedCustomers.csv` of the batch migration tool.
    BatchCustomers,
    /// `subscriptions.csv` of the batch migration tool.
    BatchSubscriptions,
    /// `subscriptionsforschedule.csv` of the batch migration tool.
    BatchCandidates,
    /// The files of `migrations` and `migrationstatus` of the batch migration tool.
    BatchMigrations,
    /// `ncesubscriptions.csv` of the batch migration tool.
    BatchNewCommerce,
    /// The files of the folder `schedulemigrations` of the batch migration tool.
    BatchScheduled,
    /// `schedulemigrations.csv` of the batch migration tool.
    BatchSchedules,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The file, as it was named by the caller.
    pub name: Arc<str>,
    /// What it was taken for.
    pub kind: SourceKind,
    /// How many rows, or entries of a list, were read.
    pub rows: u64,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Portfolio,
        Self::YourProducts,
        Self::GraphSubscriptions,
        Self::GraphSkus,
        Self::BatchCustomers,
        Self::BatchSubscriptions,
        Self::BatchCandidates,
        Self::BatchMigrations,
        Self::BatchNewCommerce,
        Self::BatchScheduled,
        Self::BatchSchedules,
    ];

    /// One word for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::YourProducts => "your_products",
            Self::GraphSubscriptions => "graph_subscriptions",
            Self::GraphSkus => "graph_subscribed_skus",
            Self::BatchCustomers => "batch_customers",
            Self::BatchSubscriptions => "batch_subscriptions",
            Self::BatchCandidates => "batch_subscriptions_for_schedule",
            Self::BatchMigrations => "batch_migrations",
            Self::BatchNewCommerce => "batch_new_commerce_subscriptions",
            Self::BatchScheduled => "batch_scheduled_migrations",
            Self::BatchSchedules => "batch_schedules",
        }
    }

    /// The columns, or fields of an entry, that only a file of this kind has together.
    pub fn telling(self) -> &'static [&'static str] {
        match self {
            Self::Portfolio => &["tenant_id", "program", "sku_id"],
            Self::YourProducts => &["Product name", "Purchase channel"],
            Self::GraphSubscriptions => &["commerceSubscriptionId", "totalLicenses"],
            Self::GraphSkus => &["skuPartNumber", "consumedUnits"],
            Self::BatchCustomers => &["TenantId", "Domain", "CompanyName"],
            Self::BatchSubscriptions => &["LegacySubscriptionId", "CurrentSeatCount"],
            Self::BatchCandidates => &["LegacySubscriptionId", "CurrentSeatCount", "TargetDate"],
            Self::BatchMigrations => &["LegacySubscriptionId", "MigrationStatus"],
            Self::BatchNewCommerce => &["SubscriptionId", "MigratedFromSubscriptionId"],
            Self::BatchScheduled => &["LegacySubscriptionId", "MigrationScheduleStatus"],
            Self::BatchSchedules => &["CurrentSubscriptionId", "NewCommerceMigrationId"],
        }
    }

    /// The columns of a table of this kind; none for portfolio files, which have a header of their own, and for Graph.
    pub(crate) fn layout(self) -> Option<Layout> {
        match self {
            Self::Portfolio | Self::GraphSubscriptions | Self::GraphSkus => None,
            Self::YourProducts => Some(products::COLUMNS),
            Self::BatchCustomers => Some(batch::CUSTOMERS),
            Self::BatchSubscriptions | Self::BatchCandidates => Some(batch::SUBSCRIPTIONS),
            Self::BatchMigrations | Self::BatchScheduled => Some(elsewhere::MIGRATIONS),
            Self::BatchNewCommerce => Some(elsewhere::NEW_COMMERCE),
            Self::BatchSchedules => Some(elsewhere::SCHEDULES),
        }
    }

    /// The kind of table whose telling columns are all in `header`; where several are, the one that tells most.
    pub(crate) fn of_header(header: &[&str]) -> Option<Self> {
        let has = |names: &[&str]| header.iter().any(|name| names.iter().any(|other| name.eq_ignore_ascii_case(other)));
        let spelled = |kind: Self, name: &'static str| {
            let spellings = kind.layout().and_then(|layout| layout.iter().find(|column| column.name == name));
            has(spellings.map_or(&[name], |column| column.spellings)) || has(&[name])
        };
        Self::ALL
            .into_iter()
            .filter(|kind| kind.layout().is_some())
            .filter(|kind| kind.telling().iter().all(|name| spelled(*kind, name)))
            .max_by_key(|kind| kind.telling().len())
    }

    /// Whether a file of this kind is about one tenant that it does not name.
    pub(crate) fn is_about_one_tenant(self) -> bool {
        matches!(self, Self::YourProducts | Self::GraphSubscriptions | Self::GraphSkus)
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portfolio => "a portfolio file",
            Self::YourProducts => "an export of \"Your products\"",
            Self::GraphSubscriptions => "Graph's directory/subscriptions",
            Self::GraphSkus => "Graph's subscribedSkus",
            Self::BatchCustomers => "customers of the batch migration tool",
            Self::BatchSubscriptions => "subscriptions of the batch migration tool",
            Self::BatchCandidates => "subscriptions for schedule of the batch migration tool",
            Self::BatchMigrations => "migrations of the batch migration tool",
            Self::BatchNewCommerce => "new commerce subscriptions of the batch migration tool",
            Self::BatchScheduled => "scheduled migrations of the batch migration tool",
            Self::BatchSchedules => "schedules of the batch migration tool",
        })
    }
}

/// Why a file that is nothing we know is not read.
pub(crate) fn unknown() -> String {
    let kinds: Vec<String> =
        SourceKind::ALL.map(|kind| format!("{kind} ({})", kind.telling().join(", "))).into_iter().collect();
    format!("this is no kind of file that can be read: give one of these, told by their columns: {}", kinds.join("; "))
}
