//! Stored form of findings: the kind, and the values that made it.

use super::form::{Stored, Text, mirror};
use super::portfolio::{Billing, Money, Target, Term};
use carryover_domain::finding;
use carryover_domain::ids::{SkuId, SubscriptionId};
use carryover_domain::portfolio::Witness;
use carryover_domain::value::Country;
use jiff::civil::Date;

/// Who spoke in records from before witnesses were kept: the file, and against it the tenant.
fn typed() -> Text<Witness> {
    Stored::store(&Witness::Typed)
}

fn graph() -> Text<Witness> {
    Stored::store(&Witness::Graph)
}

mirror! {
    enum Finding = finding::Finding {
        NoRelationship = "no_relationship",
        AgreementMissing = "agreement_missing",
        NoDelegatedAdmin = "no_delegated_admin",
        CustomerInOtherRegion { partner: Text<Country>, customer: Text<Country> } = "customer_in_other_region",
        OfferNotInCountry { target: Target, source: Text<SkuId> } = "offer_not_in_country",
        TermNotOffered { term: Term, offered: Vec<Term> } = "term_not_offered",
        BillingNotOffered { billing: Billing, term: Term } = "billing_not_offered",
        SeatsBelowMin { seats: u32, min: u32 } = "seats_below_min",
        SeatsAboveMax { seats: u32, max: u32 } = "seats_above_max",
        SeatCap { existing: u32, seats: u32, cap: u32 } = "seat_cap",
        SeatsBelowConsumption { consumed: u32, pool_after: u32 } = "seats_below_consumption",
        OverassignedSource { consumed: u32, enabled: u32 } = "overassigned_source",
        EndDateConflict {
            #[serde(default = "typed")]
            by: Text<Witness>,
            told: Text<Date>,
            #[serde(default = "graph")]
            other: Text<Witness>,
            seen: Text<Date>,
        } = "end_date_conflict",
        EndDateUnknown = "end_date_unknown",
        RenewalStateUnknown = "renewal_state_unknown",
        DifferentSku { from: Text<SkuId>, to: Text<SkuId> } = "different_sku",
        OverlapTooLong { days: u32, max: u32 } = "overlap_too_long",
        LeadTooShort { last_day: Text<Date> } = "lead_too_short",
        SourceInGrace = "source_in_grace",
        SourceDisabled = "source_disabled",
        SourceDeleted = "source_deleted",
        TrialSource = "trial_source",
        SelfServiceOwner = "self_service_owner",
        OtherPartnerSource = "other_partner_source",
        TenantSubscriptionLimit { existing: u32, limit: u32 } = "tenant_subscription_limit",
        DuplicateDestination { subscription: Text<SubscriptionId>, seats: u32 } = "duplicate_destination",
        PriceChanged { now: Money, approved: Money } = "price_changed",
        StateChanged { what: String } = "state_changed",
    }
}
