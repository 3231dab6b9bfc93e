//! What the service does, where documents leave it open.
//!
//! Words alone: what each one changes is seen where it is done.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The status by which whoever is asked for subscriptions of new commerce gives them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptWord {
    /// `Accept`, as the documented `Cancel` is written.
    Accept,
    /// `InProgress`, as the answer of the sample shows it.
    InProgress,
    /// Any but `Cancel`.
    Any,
}

/// Which qualifications one customer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// One alone, or education and state ownership.
    EducationWithSoe,
    /// Any of them.
    Any,
}

/// What happens to a request id that comes again with another body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestIdReuse {
    /// It gets the first answer.
    FirstAnswer,
    /// It is refused.
    Refuse,
}

/// What a subscription of the customer's own becomes when it is cancelled before its end. Books count it as ended either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyEnd {
    /// Access ends at once.
    AtOnce,
    /// It is expired first, and users work on for 30 days.
    ExpiredFirst,
}

/// What a suspended subscription is called after the end of its term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspendedEnd {
    /// Disabled from the end on.
    Disabled,
    /// Expired for 30 days, and disabled then.
    Expired,
}

/// What becomes of an indirect provider's purchase that names no reseller: whoever names none attests to sell as a direct partner
/// (fact sheet 10), which a provider is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithoutReseller {
    /// It is refused with 400/900206.
    Refuse,
    /// It is taken.
    Accept,
}

/// The policy by which a term that is not renewed goes on as a paid monthly one (fact sheet 15.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendedService {
    /// It covers what was bought or renewed from then on…
    pub bought_from: Timestamp,
    /// …and whose term ends from then on.
    pub ends_from: Timestamp,
}

/// What sign-in says to a user's grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// Nothing stands in the way.
    Open,
    /// The user must pass multi-factor authentication again.
    NeedsMfa,
    /// A conditional-access policy blocks the user.
    ConditionalAccess,
}

/// The term of a migration that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationTerm {
    /// A year.
    Year,
    /// That of the old subscription.
    Kept,
}

/// The limit of an application over all of Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphLimit {
    /// 130 000 requests in ten seconds.
    TenSeconds,
    /// 2 000 requests in a second, as on an older page.
    OneSecond,
}

/// The answer to an application alone where a user is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongTokenKind {
    /// 403 with code 900329.
    Newer,
    /// 403 with code 2032.
    Older,
    /// 401 without a body.
    Bare,
}

/// The answer to reading a customer that has nothing to do with the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrangerRead {
    /// 403 with code 20002.
    Refused,
    /// 404.
    NotFound,
}

/// What becomes of users when one of two subscriptions ends, and the other has too few seats. Books count them as not served
/// either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// Their services go on.
    Tolerated,
    /// Those who got the licence last lose their services.
    AtOnce,
}

/// Whose requests share the published 500 a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetOf {
    /// All of the partner.
    Partner,
    /// Those of the partner for one customer.
    Customer,
}
