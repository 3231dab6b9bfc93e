//! One switch for each thing that documents leave open or say twice (fact sheet 25 and 26).
//!
//! A client that works under every reading works with the real service, whichever reading is true there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::webhooks::Notifying;

/// How the emulator reads what is open. [`Readings::usual`] is what documents favour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default = "Readings::usual")]
pub struct Readings {
    /// How a listing by seek token ends.
    pub seek_end: SeekEnd,
    /// The name of the date in a qualification.
    pub vetting_date: VettingDate,
    /// Whether codes of faults are text, as documented, or numbers, as observed.
    pub codes_as_text: bool,
    /// How the codes of cart lines are written.
    pub line_codes: LineCodes,
    /// The status of a replaced cart: 200 or 201.
    pub cart_put_status: u16,
    /// The status of 800082, "not ready to be updated": 400 or 409.
    pub not_ready_status: u16,
    /// Code of a user without usage location, in Partner Center's words.
    pub usage_location_code: u32,
    /// Status and code when a relationship is removed that still has subscriptions.
    pub relationship_in_use: (u16, u32),
    /// How the words of scheduled actions are written.
    pub action_words: ActionWords,
    /// The list of schedules inside a migration schedule: `addOnMigrationSchedules`, or the shorter name.
    pub short_addon_schedules: bool,
    /// The status by which whoever is asked for subscriptions of new commerce gives them up.
    pub transfer_accept_word: AcceptWord,
    /// The words for a schedule between the documented `Created` and `Cancelled`.
    pub schedule_words: ScheduleWords,
    /// The last event of a migration that failed.
    pub failed_event: FailedEvent,
    /// The status of rules for a country that is not known: 404 with code 1000, or 400 with code 2000.
    pub unknown_country_status: u16,
    /// What `ownerType` says in Graph.
    pub owner_types: OwnerTypes,
    /// How answers show the two ids of their request.
    pub request_ids: RequestIds,
    /// What the address is called in the record of users' requests.
    pub request_address: AddressName,
    /// Whether a repeated request id with another body gets the first answer or is refused with 400/2000.
    pub request_id_reuse: RequestIdReuse,
    /// Hours in which what was bought, renewed or added may be given back: 168, and 72 on older pages.
    pub window_hours: u32,
    /// What a subscription of the customer's own becomes when it is cancelled before its end.
    pub early_end: EarlyEnd,
    /// What a suspended subscription is called for 30 days after the end of its term. Nobody works with it either way.
    pub suspended_end: SuspendedEnd,
    /// Lines that a cart may have; absent where that is not limited.
    pub cart_lines_max: Option<u32>,
    /// Whether schedules of migrations are for the integration sandbox alone.
    pub schedules_in_sandbox: bool,
    /// What becomes of an indirect provider's purchase that names no reseller.
    pub provider_without_reseller: WithoutReseller,
    /// Whether subscriptions of the old generation can still be upgraded, and its trials bought (fact sheet 12.7, 15.9).
    pub legacy_upgrades: bool,
    /// Whether a partner's change of a subscription may answer 202 with a place to look.
    pub changes_accepted_later: bool,
    /// The extended service term, where it is in force.
    pub extended_service: Option<ExtendedService>,
    /// Whether this is the integration sandbox (fact sheet 22).
    pub sandbox: bool,
    /// From when on a user's token without multi-factor authentication is refused (fact sheet 2.8).
    pub mfa_enforced_from: Option<Timestamp>,
    /// What sign-in says to a user's grant.
    pub sign_in: SignIn,
    /// How notifications fare.
    pub notifying: Notifying,
    /// Whether the documented budgets of requests are kept, Graph's too (fact sheet 7, 21.7).
    pub budgets: bool,
}

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

impl Readings {
    /// What documents favour, with budgets and enforcement off.
    #[must_use]
    pub const fn usual() -> Readings {
        Readings {
            seek_end: SeekEnd::NoToken,
            vetting_date: VettingDate::Create,
            codes_as_text: false,
            line_codes: LineCodes::Number,
            cart_put_status: 200,
            not_ready_status: 400,
            usage_location_code: 2000,
            relationship_in_use: (400, 2000),
            action_words: ActionWords::Pascal,
            short_addon_schedules: false,
            transfer_accept_word: AcceptWord::Any,
            schedule_words: ScheduleWords::OfMigrations,
            failed_event: FailedEvent::MigrationFailed,
            unknown_country_status: 404,
            owner_types: OwnerTypes::Words,
            request_ids: RequestIds::Once,
            request_address: AddressName::IpAddress,
            request_id_reuse: RequestIdReuse::FirstAnswer,
            window_hours: 168,
            early_end: EarlyEnd::AtOnce,
            suspended_end: SuspendedEnd::Disabled,
            cart_lines_max: None,
            schedules_in_sandbox: false,
            provider_without_reseller: WithoutReseller::Refuse,
            legacy_upgrades: false,
            changes_accepted_later: false,
            extended_service: Some(ExtendedService {
                bought_from: Timestamp::constant(1_743_465_600, 0),
                ends_from: Timestamp::constant(1_777_852_800, 0),
            }),
            sandbox: false,
            mfa_enforced_from: None,
            sign_in: SignIn::Open,
            notifying: Notifying::Once,
            budgets: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extended_service_term_covers_the_published_dates() {
        let policy = Readings::usual().extended_service.unwrap();
        assert_eq!(policy.bought_from.to_string(), "2025-04-01T00:00:00Z");
        assert_eq!(policy.ends_from.to_string(), "2026-05-04T00:00:00Z");
    }
}
