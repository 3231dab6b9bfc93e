//! Strategy for findings.

use super::portfolio::target;
use super::value::{billing, country, day, money, program, sku, subscription, term, text};
use carryover_domain::finding::{Finding, Successor};
use carryover_domain::offer::Segment;
use carryover_domain::portfolio::{Renewal, Witness};
use carryover_domain::program::Owner;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Any finding.
pub fn finding() -> impl Strategy<Value = Finding> {
    prop_oneof![1 => without_values(), 3 => with_values()]
}

pub(super) fn segment() -> impl Strategy<Value = Segment> {
    prop::sample::select(Segment::ALL.to_vec())
}

fn owner() -> impl Strategy<Value = Owner> {
    prop::sample::select(vec![Owner::Customer, Owner::OtherPartner, Owner::Ourselves, Owner::BuyingUser, Owner::Nobody])
}

fn witness() -> impl Strategy<Value = Witness> {
    prop::sample::select(Witness::ALL.to_vec())
}

fn successor() -> impl Strategy<Value = Successor> {
    (sku(), vec(sku(), 0..2)).prop_map(|(sku, with)| Successor { sku, with })
}

fn without_values() -> impl Strategy<Value = Finding> {
    prop::sample::select(vec![
        Finding::NoRelationship,
        Finding::TenantIsCspPartner,
        Finding::AgreementMissing,
        Finding::PartnerAgreementMissing,
        Finding::IndirectReseller,
        Finding::EndDateUnknown,
        Finding::CancelAtEndSetEarly,
        Finding::NoDelegatedAdmin,
        Finding::SelfServiceOwner,
        Finding::TrialSource,
        Finding::FreeSku,
        Finding::NonprofitGrant,
        Finding::SourceDeleted,
        Finding::SuspendedSource,
        Finding::OtherPartnerSource,
        Finding::ChannelTransferPossible,
        Finding::NoConsumptionReview,
    ])
}

fn with_values() -> impl Strategy<Value = Finding> {
    // Boxed, because a tuple of them all is too long for the macro.
    let all: Vec<BoxedStrategy<Finding>> = vec![
        (country(), country())
            .prop_map(|(partner, customer)| Finding::CustomerInOtherRegion { partner, customer })
            .boxed(),
        country().prop_map(|country| Finding::PartnerNotOnboarded { country }).boxed(),
        text().prop_map(|kind| Finding::TenantTypeUnsupported { kind }).boxed(),
        day().prop_map(|agreed| Finding::AgreementOutdated { agreed }).boxed(),
        country().prop_map(|country| Finding::RegistrationIdMissing { country }).boxed(),
        text().prop_map(|what| Finding::AddressInvalid { what }).boxed(),
        text().prop_map(|what| Finding::ContactMissing { what }).boxed(),
        text().prop_map(|what| Finding::ResellerUnknown { what }).boxed(),
        (money(), money()).prop_map(|(needed, available)| Finding::CreditExceeded { needed, available }).boxed(),
        text().prop_map(|code| Finding::AccountUnderReview { code }).boxed(),
        text().prop_map(|code| Finding::RiskBlocked { code }).boxed(),
        segment().prop_map(|segment| Finding::SegmentNotQualified { segment }).boxed(),
        (target(), sku(), vec(successor(), 0..3))
            .prop_map(|(target, source, equivalents)| Finding::OfferNotInCountry { target, source, equivalents })
            .boxed(),
        (sku(), vec(successor(), 0..3))
            .prop_map(|(sku, successors)| Finding::OfferEndOfSale { sku, successors })
            .boxed(),
        (term(), vec(term(), 0..4)).prop_map(|(term, offered)| Finding::TermNotOffered { term, offered }).boxed(),
        (billing(), term()).prop_map(|(billing, term)| Finding::BillingNotOffered { billing, term }).boxed(),
        (any::<u32>(), any::<u32>()).prop_map(|(seats, min)| Finding::SeatsBelowMin { seats, min }).boxed(),
        (any::<u32>(), any::<u32>()).prop_map(|(seats, max)| Finding::SeatsAboveMax { seats, max }).boxed(),
        (any::<u32>(), any::<u32>(), any::<u32>())
            .prop_map(|(existing, seats, cap)| Finding::SeatCap { existing, seats, cap })
            .boxed(),
        (option::of(subscription()), any::<u32>())
            .prop_map(|(subscription, limit)| Finding::OnePerCustomer { subscription, limit })
            .boxed(),
        (any::<u32>(), option::of(any::<u32>()), any::<u32>())
            .prop_map(|(existing, adds, limit)| Finding::TenantSubscriptionLimit { existing, adds, limit })
            .boxed(),
        (option::of(subscription()), vec(sku(), 0..3))
            .prop_map(|(base, needs)| Finding::PrerequisiteMissing { base, needs })
            .boxed(),
        (option::of(day()), option::of(prop::sample::select(vec![Renewal::On, Renewal::Off, Renewal::Unknown])))
            .prop_map(|(last_day, renewal)| Finding::SourceWillRenew { last_day, renewal })
            .boxed(),
        (option::of(day()), option::of(program()))
            .prop_map(|(last_day, program)| Finding::NoGrace { last_day, program })
            .boxed(),
        option::of(day()).prop_map(|until| Finding::SourceDisabled { until }).boxed(),
        option::of(day()).prop_map(|until| Finding::SourceInGrace { until }).boxed(),
        (option::of(money()), option::of(term()), option::of(money()), option::of(term()))
            .prop_map(|(old, old_term, new, new_term)| Finding::CheaperNow { old, old_term, new, new_term })
            .boxed(),
        (day(), day()).prop_map(|(add_on, base)| Finding::AddOnOutlivesBase { add_on, base }).boxed(),
        (any::<u32>(), any::<u32>())
            .prop_map(|(consumed, pool_after)| Finding::SeatsBelowConsumption { consumed, pool_after })
            .boxed(),
        (any::<u32>(), any::<u32>())
            .prop_map(|(consumed, enabled)| Finding::OverassignedSource { consumed, enabled })
            .boxed(),
        (subscription(), day())
            .prop_map(|(subscription, last_day)| Finding::CoverEndsSoon { subscription, last_day })
            .boxed(),
        (witness(), day(), witness(), day())
            .prop_map(|(by, told, other, seen)| Finding::EndDateConflict { by, told, other, seen })
            .boxed(),
        (program(), witness(), program())
            .prop_map(|(told, by, seen)| Finding::ProgramConflict { told, by, seen })
            .boxed(),
        any::<bool>().prop_map(|past_cutoff| Finding::RenewalStateUnknown { past_cutoff }).boxed(),
        any::<u32>().prop_map(|hours_left| Finding::RenewalImminent { hours_left }).boxed(),
        day().prop_map(|last_day| Finding::EstTrap { last_day }).boxed(),
        (any::<u32>(), any::<u32>())
            .prop_map(|(hours_left, hours_min)| Finding::MarginTooSmall { hours_left, hours_min })
            .boxed(),
        (text(), any::<u32>(), any::<bool>(), any::<bool>())
            .prop_map(|(what, overlap_days, swaps, beside_swaps)| Finding::FragileProduct {
                what,
                overlap_days,
                swaps,
                beside_swaps,
            })
            .boxed(),
        (any::<u32>(), any::<u32>(), option::of(money()))
            .prop_map(|(days, max, cost)| Finding::OverlapTooLong { days, max, cost })
            .boxed(),
        (day(), day()).prop_map(|(window_ends, last_day)| Finding::WindowNotCovering { window_ends, last_day }).boxed(),
        any::<u32>().prop_map(|days| Finding::Gap { days }).boxed(),
        (sku(), sku(), vec(text(), 0..3)).prop_map(|(from, to, less)| Finding::DifferentSku { from, to, less }).boxed(),
        (vec(text(), 0..3), vec(text(), 0..3))
            .prop_map(|(lost, downgraded)| Finding::CapabilityLoss { lost, downgraded })
            .boxed(),
        (sku(), vec(sku(), 0..3), any::<u32>())
            .prop_map(|(beside, with, seats)| Finding::CompanionNeeded { beside, with, seats })
            .boxed(),
        text().prop_map(|what| Finding::PlanConflict { what }).boxed(),
        any::<u32>().prop_map(|users| Finding::UsageLocationMissing { users }).boxed(),
        any::<u32>().prop_map(|users| Finding::GroupAssigned { users }).boxed(),
        (text(), any::<bool>()).prop_map(|(role, swaps)| Finding::GdapRoleMissing { role, swaps }).boxed(),
        (day(), any::<bool>()).prop_map(|(last_day, swaps)| Finding::GdapExpiring { last_day, swaps }).boxed(),
        text().prop_map(|code| Finding::ConditionalAccessBlock { code }).boxed(),
        (owner(), day(), any::<bool>())
            .prop_map(|(owner, due, past_cutoff)| Finding::ForeignSourceNoAction { owner, due, past_cutoff })
            .boxed(),
        text().prop_map(|what| Finding::TransferRefused { what }).boxed(),
        day().prop_map(|on| Finding::TransferExpired { on }).boxed(),
        (any::<u32>(), any::<u32>()).prop_map(|(items, limit)| Finding::TransferItemLimit { items, limit }).boxed(),
        text().prop_map(|reason| Finding::MigrationNotEligible { reason }).boxed(),
        (text(), text()).prop_map(|(with, reason)| Finding::EndNotAligned { with, reason }).boxed(),
        (day(), text()).prop_map(|(planned, why)| Finding::TermEndGone { planned, why }).boxed(),
        (any::<u32>(), any::<u32>()).prop_map(|(consumed, cover)| Finding::AlreadyCovered { consumed, cover }).boxed(),
        (money(), money()).prop_map(|(now, approved)| Finding::PriceChanged { now, approved }).boxed(),
        text().prop_map(|promotion| Finding::PromoNotEligible { promotion }).boxed(),
        text().prop_map(|what| Finding::StateChanged { what }).boxed(),
        (subscription(), any::<u32>())
            .prop_map(|(subscription, seats)| Finding::DuplicateDestination { subscription, seats })
            .boxed(),
        subscription().prop_map(|subscription| Finding::PendingOperation { subscription }).boxed(),
        sku().prop_map(|sku| Finding::SkuUnknown { sku }).boxed(),
        owner().prop_map(|by| Finding::MigrationPossible { by }).boxed(),
        subscription().prop_map(|subscription| Finding::SourceIsOurs { subscription }).boxed(),
        day().prop_map(|last_day| Finding::LeadTooShort { last_day }).boxed(),
        (any::<u32>(), any::<u32>()).prop_map(|(from, to)| Finding::SeatsReduced { from, to }).boxed(),
        (day(), option::of(money()), option::of(money()))
            .prop_map(|(until, price, then)| Finding::EarlierIsCheaper { until, price, then })
            .boxed(),
        (sku(), any::<u32>(), any::<u32>())
            .prop_map(|(sku, warning, suspended)| Finding::LeftoverUnits { sku, warning, suspended })
            .boxed(),
        (any::<u32>(), any::<u32>(), vec(text(), 0..3))
            .prop_map(|(users, sampled, services)| Finding::ServicesNotReady { users, sampled, services })
            .boxed(),
        any::<u32>().prop_map(|groups| Finding::GroupLicenceErrors { groups }).boxed(),
        (text(), option::of(day())).prop_map(|(what, by)| Finding::NotChecked { what, by }).boxed(),
    ];
    proptest::strategy::Union::new(all)
}
