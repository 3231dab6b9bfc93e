//! How answers are written, where documents leave it open.
//!
//! Words alone: what each one changes is seen where the answer is made.

use serde::{Deserialize, Serialize};

/// How a listing by seek token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeekEnd {
    /// The last page has no token.
    NoToken,
    /// The last page has a token, and the page after it is 400 with code 2000.
    Fault2000,
}

/// The name of the date in a qualification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VettingDate {
    /// `vettingCreateDate`.
    Create,
    /// `vettingCreatedDate`.
    Created,
}

/// How the codes of cart lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineCodes {
    /// `10000`.
    Number,
    /// `CurrencyIsNotSupported`.
    Pascal,
    /// `currency_is_not_supported`.
    Snake,
}

/// How the words of scheduled actions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionWords {
    /// `TermEnd`.
    Pascal,
    /// `term_end`.
    Snake,
}

/// The words for a schedule between the documented `Created` and `Cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleWords {
    /// Those of migrations: `Processing`, `Completed`, `Failed`.
    OfMigrations,
    /// Those of transfers: `InProgress`, `Complete`, `Failed`.
    OfTransfers,
}

/// The last event of a migration that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedEvent {
    /// `MigrationFailed`.
    MigrationFailed,
    /// `NewCommerceMigrationFailed`.
    NewCommerceMigrationFailed,
    /// None: only its status tells.
    Absent,
}

/// What `ownerType` says in Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerTypes {
    /// `Partner`, `User`, or nothing.
    Words,
    /// Always `User`, as in the only sample.
    AlwaysUser,
    /// Never there.
    Absent,
}

/// What `ownerTenantId` is in Graph of what no partner sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectOwner {
    /// `null`, and `ownerId` with it.
    AsNull,
    /// Not there, and neither is `ownerId`.
    Absent,
}

/// How answers show the two ids of their request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestIds {
    /// As they are.
    Once,
    /// Twice with a comma between, as in some samples.
    Doubled,
}

/// What the address is called in the record of users' requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressName {
    /// `ipAddress`, as in documents.
    IpAddress,
    /// `sourceIpAddress`, as in the published description.
    SourceIpAddress,
}

/// What the total of a list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalCount {
    /// The items on the page, as in samples.
    Page,
    /// The items of all pages, as the name says.
    All,
}

/// The provisioning status of lines of an order that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledLine {
    /// `cancelled`, which no document has seen.
    Cancelled,
    /// `unfulfilled`.
    Unfulfilled,
}

/// The shape of the 409 for a consent that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentConflict {
    /// A fault of the older shape.
    Older,
    /// A fault of the newer shape.
    Newer,
    /// Nothing but the status.
    Empty,
}

/// What `contractType` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractType {
    /// `subscription`, of everything that is sold here.
    Subscription,
    /// `productKey`, as in the documents.
    #[serde(rename = "productKey")]
    ProductKey,
    /// `product_key`, as in the reference.
    #[serde(rename = "product_key")]
    ProductKeySnake,
}

/// How much of the newer shape a fault has (fact sheet 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewerFaults {
    /// Every property.
    Whole,
    /// The code and the message.
    Message,
    /// The code and the description.
    Description,
}

/// The form of the link with which a customer accepts the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationForm {
    /// Ends with `#/partners/invitation`.
    Invitation,
    /// Ends with `#/BillingAccounts/partner-invitation`.
    BillingAccounts,
    /// The same, with `DAP=true`.
    WithDap,
    /// The same, with `DAP=false`.
    WithoutDap,
}

/// What Graph has for the id of a subscription in the commerce system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphCommerceId {
    /// Its id in Partner Center.
    Same,
    /// An id that Partner Center does not know.
    Own,
}

/// The status of a transfer of which nothing could be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedTransfer {
    /// `Failed`, which no document has seen.
    Failed,
    /// `PartiallyComplete`, the last one that is documented.
    PartiallyComplete,
}

/// The words for where an offer of the old generation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferWords {
    /// `Complete`, `PartiallyComplete`, `Reject`.
    AsListed,
    /// `Completed`, `PartiallyCompleted`, `Rejected`.
    Participles,
}

/// The code of Graph's 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphThrottle {
    /// `TooManyRequests`.
    TooManyRequests,
    /// `activityLimitReached`.
    ActivityLimitReached,
}

/// What `error` is in Graph of a licence that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoLicenceError {
    /// `null`, as in the documents.
    AsNull,
    /// `None`, as in their samples.
    Word,
}

/// What Graph says of a licence that is to be taken and is not assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAssignedText {
    /// That the user does not have a corresponding license.
    ACorresponding,
    /// That the user does not have the corresponding license.
    TheCorresponding,
    /// That the license is not assigned.
    NotAssigned,
}
