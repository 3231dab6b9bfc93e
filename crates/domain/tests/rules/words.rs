//! Words that people read beside a finding.

use carryover_domain::Cause;
use carryover_domain::finding::{Finding, Phase};
use carryover_domain::ids::{SkuId, SubscriptionId};
use carryover_domain::policy::Alignment;
use carryover_domain::portfolio::Witness;
use carryover_domain::reply::Fault;
use expect_test::expect;
use uuid::Uuid;

#[test]
fn each_phase_has_a_word() {
    assert_eq!([Phase::Plan, Phase::Execute, Phase::End].map(Phase::word), ["plan", "execute", "end"]);
}

#[test]
fn an_alignment_is_read_by_its_word() {
    for one in [Alignment::None, Alignment::First, Alignment::Oldest, Alignment::MonthEnd] {
        assert_eq!(Alignment::of_word(one.word()), Some(one));
    }
    assert_eq!(Alignment::of_word("newest"), None);
}

#[test]
fn one_day_is_no_days() {
    assert_eq!(Finding::Gap { days: 1 }.to_string(), "users are without service for 1 day");
    assert_eq!(Finding::Gap { days: 2 }.to_string(), "users are without service for 2 days");
}

#[test]
fn one_of_a_thing_is_told_in_the_singular() {
    let sku = SkuId::new(Uuid::from_u128(1));
    let subscription = SubscriptionId::try_new("s-1").expect("not empty");
    let findings = [
        Finding::SeatsBelowMin { seats: 1, min: 5 },
        Finding::SeatCap { existing: 1, seats: 300, cap: 300 },
        Finding::TenantSubscriptionLimit { existing: 1, adds: Some(300), limit: 300 },
        Finding::SeatsBelowConsumption { consumed: 1, pool_after: 0 },
        Finding::OverassignedSource { consumed: 2, enabled: 1 },
        Finding::RenewalImminent { hours_left: 1 },
        Finding::MarginTooSmall { hours_left: 1, hours_min: 24 },
        Finding::OverlapTooLong { days: 1, max: 0, cost: None },
        Finding::UsageLocationMissing { users: 1 },
        Finding::GroupAssigned { users: 1 },
        Finding::AlreadyCovered { consumed: 1, cover: 1 },
        Finding::DuplicateDestination { subscription, seats: 1 },
        Finding::LeftoverUnits { sku, warning: 1, suspended: 0 },
        Finding::ServicesNotReady { users: 1, sampled: 1, services: vec!["exchange".to_owned()] },
        Finding::GroupLicenceErrors { groups: 1 },
    ];
    let causes = [Cause::NoFreeUnits { users: 1 }, Cause::Shortfall { consumed: 1, pool_after: 0 }];
    let told: Vec<String> =
        findings.iter().map(ToString::to_string).chain(causes.iter().map(ToString::to_string)).collect();
    expect![[r#"
        1 seat would be bought, fewer than the product's minimum of 5
        the tenant has 1 seat of this licence, and 300 more would exceed the cap of 300
        the tenant holds 1 subscription, to which 300 would be added; it may hold 300
        1 licence is in use and only 0 would be left after the old subscription ends
        2 licences are in use and only 1 is paid
        1 hour is left: too late to trust a change of the renewal
        1 hour is left before the end, fewer than 24
        1 day would be paid twice, more than 0
        1 user has no usage location
        1 user has the old licence through a group
        1 licence is in use and 1 stays without this subscription
        subscription s-1 with 1 seat of this licence is ours and active already
        licence 00000000-0000-0000-0000-000000000001 still has 1 seat in grace and 0 switched off
        1 of 1 user looked at has services that are not ready: exchange
        members of 1 group did not get the licences of their group
        the new licence has no free unit for 1 user who is to change
        1 licence is in use and 0 would be left without the old subscription"#]]
    .assert_eq(&told.join("\n"));
    for many in ["seats", "subscriptions", "licences", "hours", "days", "users", "groups"] {
        assert!(told.iter().all(|text| !format!(" {text}").contains(&format!(" 1 {many}"))), "{many}: {told:?}");
    }
}

#[test]
fn a_witness_is_told_by_its_word_and_a_fault_in_its_own_sentence() {
    assert_eq!(Witness::Graph.to_string(), Witness::Graph.word());
    assert_eq!(Fault::new("the line was cut").to_string(), "the line was cut");
}
