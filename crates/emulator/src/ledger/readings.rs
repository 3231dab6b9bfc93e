//! One switch for each thing that documents leave open or say twice (fact sheet 25 and 26).
//!
//! A client that works under every reading works with the real service, whichever reading is true there.

mod conduct;
mod wire;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::conduct::{
    AcceptWord, BudgetOf, EarlyEnd, ExtendedService, GraphLimit, MigrationTerm, RequestIdReuse, Shortfall, SignIn,
    StrangerRead, SuspendedEnd, Together, WithoutReseller, WrongTokenKind,
};
pub use self::wire::{
    ActionWords, AddressName, CancelledLine, ConsentConflict, ContractType, DirectOwner, FailedEvent, FailedTransfer,
    GraphCommerceId, GraphThrottle, InvitationForm, LineCodes, NewerFaults, NoLicenceError, NotAssignedText,
    OfferWords, OwnerTypes, RequestIds, ScheduleWords, SeekEnd, TotalCount, VettingDate,
};

/// How the emulator reads what is open. [`Readings::usual`] is what documents favour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default = "Readings::usual")]
pub struct Readings {
    /// How a listing by seek token ends.
    pub seek_end: SeekEnd,
    /// The name of the date in a qualification.
    pub vetting_date: VettingDate,
    /// Which qualifications one customer can have.
    pub qualifications_together: Together,
    /// Whether codes of faults are text, as documented, or numbers, as observed.
    pub codes_as_text: bool,
    /// How the codes of cart lines are written.
    pub line_codes: LineCodes,
    /// The status of a replaced cart: 200 or 201.
    pub cart_put_status: u16,
    /// The status of 800082, "not ready to be updated": 400 or 409.
    pub not_ready_status: u16,
    /// The code while the change before does not show yet: 800082, or 800014 or 900278 with 409.
    pub pending_code: u32,
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
    /// What Graph has for the owner of what no partner sold.
    pub direct_owner: DirectOwner,
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
    /// One Partner Center answer in so many begins with a byte-order mark; 0 for none.
    pub bom_share: u32,
    /// What the total of a list counts.
    pub total_count: TotalCount,
    /// Whether links name the version, `/v1`, before the path.
    pub links_with_version: bool,
    /// Whether Partner Center writes ids of subscriptions in upper case; Graph writes them in lower case.
    pub upper_case_ids: bool,
    /// What Graph has for the id of a subscription in the commerce system.
    pub graph_commerce_id: GraphCommerceId,
    /// How much of the newer shape a fault has.
    pub newer_faults: NewerFaults,
    /// The answer to an application alone where a user is needed.
    pub wrong_token_kind: WrongTokenKind,
    /// The answer to reading a customer that has nothing to do with the partner.
    pub stranger: StrangerRead,
    /// The form of the link with which a customer accepts the partner.
    pub invitation_form: InvitationForm,
    /// The shape of the 409 for a consent that exists.
    pub consent_conflict: ConsentConflict,
    /// Whether the dynamic attributes of a SKU are text, also where they are lists and truth values.
    pub attributes_as_text: bool,
    /// What `contractType` says of a subscription.
    pub contract_type: ContractType,
    /// The provisioning status of lines of an order that was taken back.
    pub cancelled_line: CancelledLine,
    /// The code where seats cannot be given back any more: 900257, or 800090. A window of hours has 900214.
    pub seats_down_code: u32,
    /// Whether a change of a subscription needs its etag in `If-Match`, or 412 comes of it.
    pub if_match_wanted: bool,
    /// The term of a migration that names none.
    pub migration_term: MigrationTerm,
    /// The status of a transfer of which nothing could be moved.
    pub failed_transfer: FailedTransfer,
    /// Whether what was transferred can be cancelled for some days, as if it had just been bought.
    pub transfer_window_restarts: bool,
    /// The words for where an offer of the old generation stands.
    pub offer_words: OfferWords,
    /// What becomes of users when one of two subscriptions ends.
    pub shortfall: Shortfall,
    /// What Graph says of a licence that is to be taken and is not assigned.
    pub not_assigned_text: NotAssignedText,
    /// What Graph has for the error of a licence that has none.
    pub no_licence_error: NoLicenceError,
    /// The code of Graph's 429.
    pub graph_throttle: GraphThrottle,
    /// The limit of an application over all of Graph.
    pub graph_limit: GraphLimit,
    /// Whose requests share the published 500 a minute.
    pub budget_of: BudgetOf,
    /// Whether the documented budgets of requests are kept, Graph's too (fact sheet 7, 21.7).
    pub budgets: bool,
}

impl Readings {
    /// What documents favour, with budgets and enforcement off.
    #[must_use]
    pub const fn usual() -> Readings {
        Readings {
            seek_end: SeekEnd::NoToken,
            vetting_date: VettingDate::Create,
            qualifications_together: Together::EducationWithSoe,
            codes_as_text: false,
            line_codes: LineCodes::Number,
            cart_put_status: 200,
            not_ready_status: 400,
            pending_code: 800_082,
            usage_location_code: 2000,
            relationship_in_use: (400, 2000),
            action_words: ActionWords::Pascal,
            short_addon_schedules: false,
            transfer_accept_word: AcceptWord::Any,
            schedule_words: ScheduleWords::OfMigrations,
            failed_event: FailedEvent::MigrationFailed,
            unknown_country_status: 404,
            owner_types: OwnerTypes::Words,
            direct_owner: DirectOwner::AsNull,
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
            bom_share: 4,
            total_count: TotalCount::Page,
            links_with_version: false,
            upper_case_ids: false,
            graph_commerce_id: GraphCommerceId::Same,
            newer_faults: NewerFaults::Whole,
            wrong_token_kind: WrongTokenKind::Newer,
            stranger: StrangerRead::Refused,
            invitation_form: InvitationForm::Invitation,
            consent_conflict: ConsentConflict::Older,
            attributes_as_text: false,
            contract_type: ContractType::Subscription,
            cancelled_line: CancelledLine::Cancelled,
            seats_down_code: 900_257,
            if_match_wanted: false,
            migration_term: MigrationTerm::Year,
            failed_transfer: FailedTransfer::Failed,
            transfer_window_restarts: false,
            offer_words: OfferWords::AsListed,
            shortfall: Shortfall::Tolerated,
            not_assigned_text: NotAssignedText::ACorresponding,
            no_licence_error: NoLicenceError::AsNull,
            graph_throttle: GraphThrottle::TooManyRequests,
            graph_limit: GraphLimit::TenSeconds,
            budget_of: BudgetOf::Partner,
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
