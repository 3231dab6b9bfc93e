//! Stored form of findings: the kind, and the values that made it.

use super::form::{Stored, Text, mirror};
use super::portfolio::{Billing, Money, Renewal, SourceProgram, Target, Term};
use carryover_domain::ids::{SkuId, SubscriptionId};
use carryover_domain::portfolio::Witness;
use carryover_domain::value::Country;
use carryover_domain::{finding, offer, program};
use jiff::civil::Date;
use serde_json::{Value, json};

/// Who spoke in records from before witnesses were kept: the file, and against it the tenant.
fn typed() -> Text<Witness> {
    Stored::store(&Witness::Typed)
}

fn graph() -> Text<Witness> {
    Stored::store(&Witness::Graph)
}

/// Findings that once had no values.
const ONCE_BARE: [&str; 5] = ["cheaper_now", "no_grace", "source_disabled", "source_in_grace", "source_will_renew"];

/// Brings findings of older records into the form below: some once had no values, and a successor was the id of its licence
/// alone.
pub(super) fn upgrade(findings: &mut Value) {
    match findings {
        Value::Array(found) => found.iter_mut().for_each(upgrade_one),
        Value::Object(of_lines) => of_lines.values_mut().for_each(upgrade),
        _ => {}
    }
}

fn upgrade_one(finding: &mut Value) {
    match finding.as_str() {
        Some("renewal_state_unknown") => *finding = json!({ "renewal_state_unknown": { "past_cutoff": false } }),
        Some(bare) if ONCE_BARE.contains(&bare) => *finding = json!({ bare: {} }),
        _ => {}
    }
    let successors = finding.pointer_mut("/offer_end_of_sale/successors").and_then(Value::as_array_mut);
    for successor in successors.into_iter().flatten().filter(|successor| successor.is_string()) {
        *successor = json!({ "sku": successor });
    }
}

mirror! {
    enum Finding = finding::Finding {
        NoRelationship = "no_relationship",
        CustomerInOtherRegion { partner: Text<Country>, customer: Text<Country> } = "customer_in_other_region",
        PartnerNotOnboarded { country: Text<Country> } = "partner_not_onboarded",
        TenantIsCspPartner = "tenant_is_csp_partner",
        TenantTypeUnsupported { kind: String } = "tenant_type_unsupported",
        AgreementMissing = "agreement_missing",
        AgreementOutdated { agreed: Text<Date> } = "agreement_outdated",
        PartnerAgreementMissing = "partner_agreement_missing",
        IndirectReseller = "indirect_reseller",
        ResellerUnknown { what: String } = "reseller_unknown",
        RegistrationIdMissing { country: Text<Country> } = "registration_id_missing",
        AddressInvalid { what: String } = "address_invalid",
        ContactMissing { what: String } = "contact_missing",
        CreditExceeded { needed: Money, available: Money } = "credit_exceeded",
        AccountUnderReview { code: String } = "account_under_review",
        RiskBlocked { code: String } = "risk_blocked",
        SegmentNotQualified { segment: Segment } = "segment_not_qualified",
        OfferNotInCountry {
            target: Target,
            source: Text<SkuId>,
            #[serde(default)]
            equivalents: Vec<Successor>,
        } = "offer_not_in_country",
        OfferEndOfSale { sku: Text<SkuId>, successors: Vec<Successor> } = "offer_end_of_sale",
        TermNotOffered { term: Term, offered: Vec<Term> } = "term_not_offered",
        BillingNotOffered { billing: Billing, term: Term } = "billing_not_offered",
        SeatsBelowMin { seats: u32, min: u32 } = "seats_below_min",
        SeatsAboveMax { seats: u32, max: u32 } = "seats_above_max",
        SeatCap { existing: u32, seats: u32, cap: u32 } = "seat_cap",
        OnePerCustomer { subscription: Option<Text<SubscriptionId>>, limit: u32 } = "one_per_customer",
        TenantSubscriptionLimit {
            existing: u32,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            adds: Option<u32>,
            limit: u32,
        } = "tenant_subscription_limit",
        PrerequisiteMissing {
            base: Option<Text<SubscriptionId>>,
            #[serde(default)]
            needs: Vec<Text<SkuId>>,
        } = "prerequisite_missing",
        AddOnOutlivesBase { add_on: Text<Date>, base: Text<Date> } = "add_on_outlives_base",
        SeatsBelowConsumption { consumed: u32, pool_after: u32 } = "seats_below_consumption",
        OverassignedSource { consumed: u32, enabled: u32 } = "overassigned_source",
        CoverEndsSoon { subscription: Text<SubscriptionId>, last_day: Text<Date> } = "cover_ends_soon",
        EndDateUnknown = "end_date_unknown",
        EndDateConflict {
            #[serde(default = "typed")]
            by: Text<Witness>,
            told: Text<Date>,
            #[serde(default = "graph")]
            other: Text<Witness>,
            seen: Text<Date>,
        } = "end_date_conflict",
        ProgramConflict { told: SourceProgram, by: Text<Witness>, seen: SourceProgram } = "program_conflict",
        RenewalStateUnknown { past_cutoff: bool } = "renewal_state_unknown",
        RenewalImminent { hours_left: u32 } = "renewal_imminent",
        SourceWillRenew {
            #[serde(default)]
            last_day: Option<Text<Date>>,
            #[serde(default)]
            renewal: Option<Renewal>,
        } = "source_will_renew",
        EstTrap { last_day: Text<Date> } = "est_trap",
        NoGrace {
            #[serde(default)]
            last_day: Option<Text<Date>>,
            #[serde(default)]
            program: Option<SourceProgram>,
        } = "no_grace",
        CancelAtEndSetEarly = "cancel_at_end_set_early",
        MarginTooSmall { hours_left: u32, hours_min: u32 } = "margin_too_small",
        FragileProduct { what: String, overlap_days: u32, swaps: bool, beside_swaps: bool } = "fragile_product",
        OverlapTooLong {
            days: u32,
            max: u32,
            #[serde(default)]
            cost: Option<Money>,
        } = "overlap_too_long",
        WindowNotCovering { window_ends: Text<Date>, last_day: Text<Date> } = "window_not_covering",
        Gap { days: u32 } = "gap",
        DifferentSku {
            from: Text<SkuId>,
            to: Text<SkuId>,
            #[serde(default)]
            less: Vec<String>,
        } = "different_sku",
        CapabilityLoss { lost: Vec<String>, downgraded: Vec<String> } = "capability_loss",
        CompanionNeeded { beside: Text<SkuId>, with: Vec<Text<SkuId>>, seats: u32 } = "companion_needed",
        PlanConflict { what: String } = "plan_conflict",
        UsageLocationMissing { users: u32 } = "usage_location_missing",
        GroupAssigned { users: u32 } = "group_assigned",
        NoDelegatedAdmin = "no_delegated_admin",
        GdapRoleMissing { role: String, swaps: bool } = "gdap_role_missing",
        GdapExpiring { last_day: Text<Date>, swaps: bool } = "gdap_expiring",
        ConditionalAccessBlock { code: String } = "conditional_access_block",
        ForeignSourceNoAction { owner: Owner, due: Text<Date>, past_cutoff: bool } = "foreign_source_no_action",
        TransferRefused { what: String } = "transfer_refused",
        TransferExpired { on: Text<Date> } = "transfer_expired",
        TransferItemLimit { items: u32, limit: u32 } = "transfer_item_limit",
        MigrationNotEligible { reason: String } = "migration_not_eligible",
        SelfServiceOwner = "self_service_owner",
        TrialSource = "trial_source",
        FreeSku = "free_sku",
        NonprofitGrant = "nonprofit_grant",
        AlreadyCovered { consumed: u32, cover: u32 } = "already_covered",
        SourceDisabled {
            #[serde(default)]
            until: Option<Text<Date>>,
        } = "source_disabled",
        SourceDeleted = "source_deleted",
        SuspendedSource = "suspended_source",
        PriceChanged { now: Money, approved: Money } = "price_changed",
        PromoNotEligible { promotion: String } = "promo_not_eligible",
        StateChanged { what: String } = "state_changed",
        DuplicateDestination { subscription: Text<SubscriptionId>, seats: u32 } = "duplicate_destination",
        PendingOperation { subscription: Text<SubscriptionId> } = "pending_operation",
        SkuUnknown { sku: Text<SkuId> } = "sku_unknown",
        OtherPartnerSource = "other_partner_source",
        MigrationPossible { by: Owner } = "migration_possible",
        ChannelTransferPossible = "channel_transfer_possible",
        SourceIsOurs { subscription: Text<SubscriptionId> } = "source_is_ours",
        SourceInGrace {
            #[serde(default)]
            until: Option<Text<Date>>,
        } = "source_in_grace",
        LeadTooShort { last_day: Text<Date> } = "lead_too_short",
        SeatsReduced { from: u32, to: u32 } = "seats_reduced",
        NoConsumptionReview = "no_consumption_review",
        EarlierIsCheaper {
            until: Text<Date>,
            #[serde(default)]
            price: Option<Money>,
            #[serde(default)]
            then: Option<Money>,
        } = "earlier_is_cheaper",
        EndNotAligned { with: String, reason: String } = "end_not_aligned",
        TermEndGone { planned: Text<Date>, why: String } = "term_end_gone",
        CheaperNow {
            #[serde(default)]
            old: Option<Money>,
            #[serde(default)]
            old_term: Option<Term>,
            #[serde(default)]
            new: Option<Money>,
            #[serde(default)]
            new_term: Option<Term>,
        } = "cheaper_now",
        LeftoverUnits { sku: Text<SkuId>, warning: u32, suspended: u32 } = "leftover_units",
        ServicesNotReady { users: u32, sampled: u32, services: Vec<String> } = "services_not_ready",
        GroupLicenceErrors { groups: u32 } = "group_licence_errors",
        NotChecked { what: String, by: Option<Text<Date>> } = "not_checked",
    }
}

mirror! {
    struct Successor = finding::Successor {
        sku: Text<SkuId>,
        #[serde(default)]
        with: Vec<Text<SkuId>>,
    }
}

mirror! {
    enum Segment = offer::Segment {
        Commercial = "commercial",
        Education = "education",
        Government = "government",
        Nonprofit = "nonprofit",
    }
}

mirror! {
    enum Owner = program::Owner {
        Customer = "customer",
        OtherPartner = "other_partner",
        Ourselves = "ourselves",
        BuyingUser = "buying_user",
        Nobody = "nobody",
    }
}
