//! Strategy for findings.

use super::portfolio::target;
use super::value::{billing, country, day, money, sku, subscription, term, text};
use carryover_domain::finding::Finding;
use carryover_domain::portfolio::Witness;
use proptest::collection::vec;
use proptest::prelude::*;

/// Any finding.
pub fn finding() -> impl Strategy<Value = Finding> {
    prop_oneof![
        2 => without_values(),
        3 => about_seats(),
        5 => about_offers_and_dates(),
    ]
}

fn without_values() -> impl Strategy<Value = Finding> {
    prop::sample::select(vec![
        Finding::NoRelationship,
        Finding::AgreementMissing,
        Finding::NoDelegatedAdmin,
        Finding::EndDateUnknown,
        Finding::RenewalStateUnknown,
        Finding::SourceInGrace,
        Finding::SourceDisabled,
        Finding::SourceDeleted,
        Finding::TrialSource,
        Finding::SelfServiceOwner,
        Finding::OtherPartnerSource,
    ])
}

fn witness() -> impl Strategy<Value = Witness> {
    prop::sample::select(Witness::ALL.to_vec())
}

fn about_seats() -> impl Strategy<Value = Finding> {
    let count = any::<u32>;
    prop_oneof![
        (count(), count()).prop_map(|(seats, min)| Finding::SeatsBelowMin { seats, min }),
        (count(), count()).prop_map(|(seats, max)| Finding::SeatsAboveMax { seats, max }),
        (count(), count(), count()).prop_map(|(existing, seats, cap)| Finding::SeatCap { existing, seats, cap }),
        (count(), count()).prop_map(|(consumed, pool_after)| Finding::SeatsBelowConsumption { consumed, pool_after }),
        (count(), count()).prop_map(|(consumed, enabled)| Finding::OverassignedSource { consumed, enabled }),
        (count(), count()).prop_map(|(existing, limit)| Finding::TenantSubscriptionLimit { existing, limit }),
        (subscription(), count())
            .prop_map(|(subscription, seats)| Finding::DuplicateDestination { subscription, seats }),
    ]
}

fn about_offers_and_dates() -> impl Strategy<Value = Finding> {
    prop_oneof![
        (country(), country()).prop_map(|(partner, customer)| Finding::CustomerInOtherRegion { partner, customer }),
        (target(), sku()).prop_map(|(target, source)| Finding::OfferNotInCountry { target, source }),
        (term(), vec(term(), 0..4)).prop_map(|(term, offered)| Finding::TermNotOffered { term, offered }),
        (billing(), term()).prop_map(|(billing, term)| Finding::BillingNotOffered { billing, term }),
        (witness(), day(), witness(), day()).prop_map(|(by, told, other, seen)| Finding::EndDateConflict {
            by,
            told,
            other,
            seen
        }),
        (sku(), sku()).prop_map(|(from, to)| Finding::DifferentSku { from, to }),
        any::<(u32, u32)>().prop_map(|(days, max)| Finding::OverlapTooLong { days, max }),
        day().prop_map(|last_day| Finding::LeadTooShort { last_day }),
        (money(), money()).prop_map(|(now, approved)| Finding::PriceChanged { now, approved }),
        text().prop_map(|what| Finding::StateChanged { what }),
    ]
}
