//! What a refusal of the service comes to for people: the row of the blocker table that it belongs to, and what to do.
//!
//! By the service's own codes (fact sheet 6.3); nothing is decided upon them.

use super::FindingKind;
use crate::reply::{Refusal, RefusalKind};

impl FindingKind {
    /// The row that a refusal belongs to; none where the blocker table has none (section F).
    pub fn of_refusal(refusal: &Refusal) -> Option<Self> {
        // Graph has one code for all that it refuses about licences; its words tell this one (rule R105).
        let words = refusal.detail.to_ascii_lowercase();
        if refusal.kind == RefusalKind::LicenceNotAssignable && words.contains("mutually exclusive") {
            return Some(Self::PlanConflict);
        }
        Some(match refusal.code.rsplit('/').next()? {
            "20002" => Self::NoRelationship,
            "2030" => Self::PartnerNotOnboarded,
            "13605" => Self::AgreementMissing,
            "900123" | "900124" => Self::PartnerAgreementMissing,
            "600049" | "600050" => Self::RegistrationIdMissing,
            "600051" => Self::ContactMissing,
            "800023" | "800025" | "900121" => Self::CreditExceeded,
            "800069" => Self::RiskBlocked,
            "800073" | "800074" | "800075" | "900416" => Self::AccountUnderReview,
            "800086" => Self::SegmentNotQualified,
            "800070" => Self::OfferNotInCountry,
            "2085" | "2091" | "800028" => Self::OfferEndOfSale,
            "10013" => Self::BillingNotOffered,
            "10018" | "10019" => Self::SeatsBelowMin,
            "800088" => Self::SeatCap,
            "800066" | "800067" | "800089" | "27006" | "10015" => Self::SeatsAboveMax,
            "900419" => Self::TenantSubscriptionLimit,
            "400041" => Self::PrerequisiteMissing,
            "27007" | "10014" => Self::PromoNotEligible,
            "900309" | "900316" => Self::ConditionalAccessBlock,
            "900215" | "900217" | "900218" | "900219" | "900220" | "900221" | "900222" | "900223" | "900226"
            | "900248" | "900262" => Self::MigrationNotEligible,
            "900102" | "800078" | "900131" | "900132" | "900133" | "900134" | "900136" | "900137" | "900138"
            | "900139" | "900145" | "900146" | "900147" | "900148" | "900160" => Self::TransferRefused,
            _ => return None,
        })
    }
}

impl Refusal {
    /// What a person can do about it, in a sentence.
    pub fn remedy(&self) -> &'static str {
        FindingKind::of_refusal(self)
            .map(FindingKind::remedy)
            .or_else(|| self.of_code())
            .unwrap_or_else(|| self.kind.remedy())
    }

    /// For codes that no row of the blocker table has.
    fn of_code(&self) -> Option<&'static str> {
        Some(match self.code.rsplit('/').next()? {
            "900252" | "900253" | "900254" => {
                "Complete the purchase order or tender documents of this customer in Partner Center."
            }
            "900203" | "900206" | "10012" => "Accept the attestation for this offer in Partner Center.",
            "10004" => "Leave the reseller out of the order: a partner that bills its customers itself names none.",
            "2071" | "2072" | "800015" | "800016" | "900154" | "900247" | "900400" => {
                "Check the partner id of the reseller: it must be an active indirect reseller, linked to its tenant."
            }
            "2200" | "2201" | "2203" | "2204" | "2205" | "2206" => {
                "Have the reseller sign the Microsoft Partner Agreement and check its partner id."
            }
            "900242" | "10016" | "10017" | "900244" | "900245" | "900246" | "900291" | "900292" => {
                "Choose an end that an active subscription of the customer or a calendar month has."
            }
            "900117" | "900213" | "900257" | "900214" | "800090" => {
                "The days to cancel or to take seats off are over: let it run to the end of its term."
            }
            "2001" | "800081" | "800091" | "27009" => {
                "Activate the subscription, or the one it is an add-on to, in Partner Center first."
            }
            "2011" | "900277" | "900279" | "20003" => {
                "Read the customer's subscriptions again: this one can no longer be changed."
            }
            "900311" => "Open a support request in Partner Center: this subscription was changed too often.",
            "800018" | "900116" | "800019" | "10009" => "Use the production account: the sandbox does not allow this.",
            "600002" => "Leave the registration number out of the customer's profile: its country uses none.",
            _ => return None,
        })
    }
}

impl RefusalKind {
    /// What a person can do, where the code says no more.
    fn remedy(self) -> &'static str {
        match self {
            Self::CartGone => "Nothing: a new cart is made.",
            Self::NoRelationship => FindingKind::NoRelationship.remedy(),
            Self::AgreementMissing => FindingKind::AgreementMissing.remedy(),
            Self::OfferUnavailable => {
                "Choose an offer, term and billing that Partner Center sells to this customer, then plan again."
            }
            Self::SeatsNotAllowed => "Choose a number of seats that the offer allows, then plan again.",
            Self::AccountOnHold => "Look at the state and the credit of our account in Partner Center.",
            Self::LicenceNotAssignable => {
                "Look at the user in the customer's admin centre: usage location, conflicting licences, groups."
            }
            Self::NoFreeUnits => "Free a licence or wait until the new ones have arrived.",
            Self::NotPermitted => {
                "Give the application and its consenting user the missing right; `carryover doctor` names it."
            }
            Self::Other => "Read the words of the service, and give its support the code.",
        }
    }
}
