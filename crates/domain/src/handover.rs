//! The ways into new commerce without buying again: migrations of our own legacy subscriptions (fact sheet 17), and transfers
//! from another partner (fact sheet 18). Values only.

use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::offer::OfferId;
use crate::time::{Billing, Term};
use crate::value::Seats;
use jiff::Timestamp;
use jiff::civil::Date;

/// What a migration of a legacy subscription asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The legacy subscription.
    pub from: SubscriptionId,
    /// The term in new commerce.
    pub term: Term,
    /// How often it is invoiced.
    pub billing: Billing,
    /// A new full term from now on; otherwise the rest of the legacy term is kept.
    pub full_term: bool,
    /// Another number of licences; none keeps it.
    pub seats: Option<Seats>,
    /// Add-ons that move along, each with what it asks for.
    pub addons: Vec<Conversion>,
}

/// Whether a migration would be taken. Not eligible is an answer, not a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The subscription that was asked about.
    pub subscription: SubscriptionId,
    /// Whether it, and all that moves along, would be taken.
    pub eligible: bool,
    /// Why not: the service's code and words, those of add-ons with them.
    pub reasons: Vec<(String, String)>,
}

/// How far a migration got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversionStatus {
    /// Under way; minutes as a rule.
    Processing,
    /// The new subscription is there.
    Completed,
    /// It did not happen.
    Failed,
    /// A word not known yet, kept for people; it counts as neither.
    Other(String),
}

/// A migration of a legacy subscription as the service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// Its id.
    pub id: String,
    /// The legacy subscription.
    pub from: SubscriptionId,
    /// How far it got.
    pub status: ConversionStatus,
    /// The new subscription, once there is one.
    pub to: Option<SubscriptionId>,
    /// Its order.
    pub order: Option<OrderId>,
    /// What it is of.
    pub offer: Option<OfferId>,
    /// Our mark, where it was sent with it.
    pub mark: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
}

/// When a scheduled migration is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversionDay {
    /// On that day.
    On(Date),
    /// When the legacy subscription renews.
    AtRenewal,
}

/// A migration that is to happen later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledConversion {
    /// Its id.
    pub id: String,
    /// The legacy subscription.
    pub from: SubscriptionId,
    /// The service's word for where it stands: `Created`, `Cancelled` and others that are not documented.
    pub status: String,
    /// When; none where the service does not say.
    pub day: Option<ConversionDay>,
    /// The migration that came of it.
    pub conversion: Option<String>,
    /// Why it failed, in the service's code and words.
    pub error: Option<(String, String)>,
    /// Our mark, where it was sent with it.
    pub mark: Option<String>,
}

/// What is asked of another partner: to hand its subscriptions of a customer over to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// The other partner's tenant.
    pub from: TenantId,
    /// Its name, for people.
    pub from_name: String,
    /// The customer's address for the service's letters.
    pub customer_email: String,
    /// The customer's name, for people.
    pub customer_name: String,
}

/// Where a transfer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferStatus {
    /// The other partner has not answered.
    Pending,
    /// Accepted, under way.
    InProgress,
    /// Everything has come over.
    Complete,
    /// Some of it has.
    PartlyComplete,
    /// None of it has.
    Failed,
    /// Withdrawn.
    Cancelled,
    /// The other partner said no.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// A word not known yet, kept for people.
    Other(String),
}

/// A transfer between partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub status: TransferStatus,
    /// The partner that hands over.
    pub from: Option<TenantId>,
    /// The partner that takes over.
    pub to: Option<TenantId>,
    /// When it was asked for.
    pub created: Option<Timestamp>,
    /// When it lapses.
    pub expires: Option<Timestamp>,
    /// The subscriptions in it. The partner that takes over sees none before it is complete.
    pub subscriptions: Vec<SubscriptionId>,
}
