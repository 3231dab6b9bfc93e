//! Why the service refuses, with the status and code it answers (fact sheet 6.3).
//!
//! Callers branch on status and code; the text is for people and may change.

use jiff::Timestamp;
use thiserror::Error;

use super::{AccountRefusal, ChangeRefusal, MigrationRefusal, ResellerRefusal, TransferRefusal, WebhookRefusal};
use crate::ids::{CartId, OrderId, SkuId, SubscriptionId, TenantId, UserId};

/// A refusal of the commerce side.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The customer has not accepted us, or the acceptance has not spread yet. Try later.
    #[error("the caller has no commerce relationship with {0}")]
    NoRelationship(TenantId),
    /// Nothing is known about the customer, because it has nothing to do with the caller.
    #[error("customer {0} was not found")]
    CustomerNotFound(TenantId),
    /// The partner may not sell where the customer is.
    #[error("the partner is not set up to sell in {country}")]
    OtherRegion {
        /// The customer's country.
        country: String,
    },
    /// The customer agreement is neither signed nor confirmed.
    #[error("no Microsoft Customer Agreement is on record for {0}")]
    NoAgreement(TenantId),
    /// The same confirmation exists already: nothing left to do.
    #[error("the agreement is on record already")]
    AgreementKnown,
    /// The cart never existed, or its time is over. Make a new one.
    #[error("cart {0} was not found")]
    CartNotFound(CartId),
    /// The cart was checked out before. Look for its order.
    #[error("cart {0} has been submitted already")]
    CartSubmitted(CartId),
    /// Another request is at work on the cart. Look at the cart and at the orders.
    #[error("the cart is being processed by another request")]
    CartBusy,
    /// The order is being made. Look for it in the history some minutes later.
    #[error("an order is in progress; see the order history in a few minutes")]
    OrderInProgress,
    /// Lines of the cart carry errors. Correct them first.
    #[error("cart {0} has lines in error")]
    CartLines(CartId),
    /// The cart has more lines than it may.
    #[error("the line item number is out of range")]
    TooManyLines,
    /// Only the integration sandbox has that.
    #[error("the operation is not supported in this environment")]
    NotInThisEnvironment,
    /// The application has that consent already.
    #[error("the consent of application {0} exists")]
    ConsentExists(String),
    /// The application has no such consent.
    #[error("there is no consent of application {0}")]
    ConsentUnknown(String),
    /// The tenant would hold more seats of the product than is allowed over all channels.
    #[error("{requested} seats requested, {remaining} remain within the limit")]
    SeatCap {
        /// Seats asked for.
        requested: u32,
        /// Seats that still fit.
        remaining: u32,
    },
    /// Unknown, or not shown yet.
    #[error("order {0} was not found")]
    OrderNotFound(OrderId),
    /// A line of an order without a cart cannot be bought.
    #[error("{text}")]
    OrderLine {
        /// The code that a cart's line would carry.
        code: u32,
        /// For people.
        text: String,
    },
    /// Only the integration sandbox takes orders back.
    #[error("orders can be cancelled in the integration sandbox only")]
    SandboxOnly,
    /// The integration sandbox has no more.
    #[error("the limit of the integration sandbox is exceeded")]
    SandboxLimit,
    /// A legacy offer: its sale is over.
    #[error("the offer {0} is withdrawn")]
    OfferWithdrawn(String),
    /// No legacy offer has that id.
    #[error("offer {0} was not found")]
    OfferNotFound(String),
    /// The id is one of the other catalogue.
    #[error("the offer belongs to the products of new commerce")]
    OfferElsewhere,
    /// Unknown, not ours, or not shown yet.
    #[error("subscription {0} was not found")]
    SubscriptionNotFound(SubscriptionId),
    /// Nothing is known about the provisioning yet.
    #[error("no provisioning status for subscription {0}")]
    ProvisioningUnknown(SubscriptionId),
    /// The subscription was read before it last changed. Read it again.
    #[error("the etag is no longer valid")]
    StaleEtag,
    /// The etag is to stand in the header as well, and does not, or is another one.
    #[error("If-Match does not name the present etag")]
    IfMatch,
    /// The subscription is still being set up.
    #[error("the subscription is not ready to be updated")]
    NotReady,
    /// Only active subscriptions can change in this way.
    #[error("a suspended subscription cannot be updated")]
    Suspended,
    /// Nothing can be done with it any more.
    #[error("a deleted subscription cannot be updated")]
    Deleted,
    /// No such way leads from one status to the other.
    #[error("the subscription cannot change to status {0}")]
    StatusNotAllowed(String),
    /// More than seven days have passed.
    #[error("the cancellation window has passed")]
    CancellationWindowPassed,
    /// The seats' own seven days have passed.
    #[error("the quantity cannot be decreased outside the window")]
    SeatsCannotGoDown,
    /// Below the smallest or above the largest number.
    #[error("the quantity is outside the allowed range")]
    QuantityOutOfRange,
    /// Product, SKU or availability is unknown.
    #[error("{kind} {id} was not found in the catalogue")]
    NotInCatalogue {
        /// What was asked for.
        kind: CatalogueKind,
        /// Its id, as asked.
        id: String,
    },
    /// Nothing here answers such a call.
    #[error("Not found.")]
    NotEmulated,
    /// Nobody sells there.
    #[error("country {0} is not known")]
    UnknownCountry(String),
    /// A value cannot be read.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// A property of the body is missing or cannot be read.
    #[error("invalid property: {0}")]
    InvalidProperty(String),
    /// The account itself.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
    /// Resellers and partners of record.
    #[error(transparent)]
    Reseller(#[from] ResellerRefusal),
    /// A change of a subscription.
    #[error(transparent)]
    Change(#[from] ChangeRefusal),
    /// New-commerce migrations.
    #[error(transparent)]
    Migration(#[from] MigrationRefusal),
    /// Transfers between partners.
    #[error(transparent)]
    Transfer(#[from] TransferRefusal),
    /// Webhooks.
    #[error(transparent)]
    Webhook(#[from] WebhookRefusal),
    /// Licences and users.
    #[error(transparent)]
    Licence(#[from] LicenceRefusal),
}

/// A level of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatalogueKind {
    /// A product.
    Product,
    /// A SKU of a product.
    Sku,
    /// An availability of a SKU.
    Availability,
}

impl std::fmt::Display for CatalogueKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CatalogueKind::Product => "product",
            CatalogueKind::Sku => "SKU",
            CatalogueKind::Availability => "availability",
        })
    }
}

impl Refusal {
    /// The HTTP status and the numeric code of the fault.
    #[must_use]
    pub fn status_and_code(&self) -> (u16, u32) {
        match self {
            Refusal::NoRelationship(_) => (403, 20002),
            Refusal::OtherRegion { .. } => (403, 2030),
            Refusal::NoAgreement(_) => (403, 13605),
            Refusal::AgreementKnown => (400, 600_061),
            Refusal::CartNotFound(_) => (404, 800_008),
            Refusal::CartSubmitted(_) => (400, 800_065),
            Refusal::CartBusy => (409, 800_064),
            Refusal::OrderInProgress => (409, 800_060),
            Refusal::CartLines(_) => (400, 800_009),
            Refusal::TooManyLines => (400, 800_071),
            Refusal::NotInThisEnvironment => (400, 900_141),
            // Its code is not documented (fact sheet 2.6).
            Refusal::ConsentExists(_) => (409, 3000),
            Refusal::SeatCap { .. } => (403, 800_088),
            Refusal::OrderNotFound(_) => (404, 20000),
            Refusal::OrderLine { code, .. } => order_line_code(*code),
            Refusal::SandboxOnly => (400, 800_019),
            Refusal::SandboxLimit => (400, 800_018),
            Refusal::OfferWithdrawn(_) => (403, 2091),
            Refusal::OfferNotFound(_) => (404, 1000),
            Refusal::OfferElsewhere => (400, 2100),
            Refusal::SubscriptionNotFound(_) => (404, 20003),
            Refusal::ProvisioningUnknown(_) => (404, 800_007),
            Refusal::StaleEtag => (400, 2055),
            Refusal::IfMatch => (412, 2055),
            Refusal::NotReady => (400, 800_082),
            Refusal::Suspended => (400, 800_091),
            Refusal::Deleted => (400, 2011),
            Refusal::StatusNotAllowed(_) => (400, 800_040),
            Refusal::CancellationWindowPassed => (400, 900_117),
            Refusal::SeatsCannotGoDown => (400, 800_090),
            Refusal::QuantityOutOfRange => (400, 2002),
            Refusal::NotInCatalogue { kind: CatalogueKind::Product, .. } => (404, 400_013),
            Refusal::NotInCatalogue { kind: CatalogueKind::Sku, .. } => (404, 400_018),
            Refusal::NotInCatalogue { kind: CatalogueKind::Availability, .. } => (404, 400_019),
            Refusal::NotEmulated
            | Refusal::UnknownCountry(_)
            | Refusal::ConsentUnknown(_)
            | Refusal::CustomerNotFound(_) => (404, 1000),
            Refusal::InvalidArgument(_) => (400, 2000),
            Refusal::InvalidProperty(_) => (400, 3000),
            Refusal::Account(refusal) => refusal.status_and_code(),
            Refusal::Reseller(refusal) => refusal.status_and_code(),
            Refusal::Change(refusal) => refusal.status_and_code(),
            Refusal::Migration(refusal) => refusal.status_and_code(),
            Refusal::Transfer(refusal) => refusal.status_and_code(),
            Refusal::Webhook(refusal) => refusal.status_and_code(),
            Refusal::Licence(LicenceRefusal::UserNotFound(_) | LicenceRefusal::GroupNotFound(_)) => (404, 60002),
            Refusal::Licence(LicenceRefusal::NoDelegatedAdmin(_)) => (403, 2032),
            Refusal::Licence(LicenceRefusal::NoFreeUnits { .. }) => (400, 60012),
            Refusal::Licence(_) => (400, 2000),
        }
    }
}

/// What a whole order answers where a cart would mark a line with `code` (fact sheet 6.3, both tables).
fn order_line_code(code: u32) -> (u16, u32) {
    match code {
        10_000 => (400, 900_169),
        10_001 => (400, 800_004),
        10_003 => (400, 800_010),
        10_006 | 10_007 => (400, 800_029),
        10_009 => (400, 800_018),
        10_010 => (400, 900_275),
        10_014 => (400, 27007),
        10_015 => (403, 800_088),
        10_017 => (400, 900_242),
        _ => (400, 800_002),
    }
}

/// A refusal to read or change licences. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LicenceRefusal {
    /// The customer has not granted us administration of its tenant.
    #[error("Insufficient privileges to complete the operation in {0}.")]
    NoDelegatedAdmin(TenantId),
    /// No account with this id or name.
    #[error("Resource '{0}' does not exist.")]
    UserNotFound(String),
    /// No such group.
    #[error("the group {0} does not exist")]
    GroupNotFound(String),
    /// Set the user's usage location first.
    #[error("License assignment cannot be done for user with invalid usage location.")]
    UsageLocation(UserId),
    /// Every seat of the product is taken.
    #[error("Subscription with SKU {sku} does not have any available licenses.")]
    NoFreeUnits {
        /// The product.
        sku: SkuId,
    },
    /// The tenant has no subscription of that product.
    #[error("License {0} does not correspond to a valid company License.")]
    UnknownSku(SkuId),
    /// The product has no such plan.
    #[error("The plan to be disabled is not part of license {0}.")]
    UnknownPlan(SkuId),
    /// Nothing to remove.
    #[error("User does not have a corresponding license {0}.")]
    NotAssigned(SkuId),
    /// The licence comes from a group; only the group can give it up.
    #[error("User license {0} is inherited from a group membership and cannot be removed directly.")]
    FromGroup(SkuId),
    /// The same product in both lists.
    #[error("License {0} is both added and removed.")]
    AddedAndRemoved(SkuId),
}

/// A time that the ledger cannot move to. It stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Time only goes forward.
    #[error("it is {now} already; time cannot go back to {wanted}")]
    Backwards {
        /// The ledger's time.
        now: Timestamp,
        /// The time asked for.
        wanted: Timestamp,
    },
    /// No run takes that long; the limit keeps renewals from going on for ever.
    #[error("{wanted} is later than {last}, the end of the emulator's calendar")]
    TooFar {
        /// The last instant there is.
        last: Timestamp,
        /// The time asked for.
        wanted: Timestamp,
    },
}

/// A seed that describes no possible world.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SeedError {
    /// An event that cannot be planned.
    #[error("an event of the seed cannot be planned: {0}")]
    Event(String),
    /// Two customers share a tenant.
    #[error("tenant {0} occurs twice")]
    TenantTwice(TenantId),
    /// Two subscriptions of a customer share an id.
    #[error("subscription {0} occurs twice")]
    SubscriptionTwice(SubscriptionId),
    /// Two users of a customer share an id.
    #[error("user {0} occurs twice")]
    UserTwice(UserId),
    /// A purchase from before the run names a product or term that is not on sale.
    #[error("subscription {subscription} was bought for {sku}, which is not on sale that way")]
    NotOnSale {
        /// The subscription.
        subscription: SubscriptionId,
        /// Its product.
        sku: SkuId,
    },
    /// A term ends beyond the last date that can be written down.
    #[error("the term of subscription {0} ends beyond the calendar")]
    BeyondCalendar(SubscriptionId),
}
