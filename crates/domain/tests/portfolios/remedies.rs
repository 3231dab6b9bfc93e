//! Every remedy works: applied, it removes the finding that asked for it. Where the remedy is a change of input.

use carryover_domain::assess::is_blocked;
use carryover_domain::facts::{Agreement, Assignments, HeldSubscription, OwnSubscription, Pool, Relationship};
use carryover_domain::finding::{Finding, FindingKind};
use carryover_domain::ids::{ServicePlanId, SubscriptionId};
use carryover_domain::offer::Offer;
use carryover_domain::plan::{Verdict, verdicts};
use carryover_domain::policy::Alignment;
use carryover_domain::portfolio::{EndOption, Kind, Renewal, SourceLine, Target, Witness};
use carryover_domain::product::table::ProductTable;
use carryover_domain::time::{End, Term};
use carryover_domain::value::Seats;
use carryover_testkit::strategies::{PRODUCTS, Situation, situation};
use jiff::civil::date;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The findings of the `n`-th line.
fn findings(situation: &Situation, n: usize) -> Vec<Finding> {
    situation.look(|outlook| outlook.findings(&situation.lines[n]))
}

fn pool<'a>(situation: &'a mut Situation, line: &SourceLine) -> Option<&'a mut Pool> {
    situation.facts.tenancy.as_mut().map(|seen| seen.value.pools.entry(line.sku).or_default())
}

/// `situation` after a person has done what the remedy of `finding` says about its `n`-th line; none where the remedy is no
/// change of input: time that has passed, a yes, another partner account, a leftover purchase.
fn remedied(situation: &Situation, n: usize, finding: &Finding) -> Option<Situation> {
    let mut after = situation.clone();
    let old = situation.lines[n].clone();
    let line = &mut after.lines[n];
    // What blocks the second licence is told of the first as well: no other one is taken.
    if old.companion.is_some() && is_blocked(std::slice::from_ref(finding)) {
        let mut alone = situation.clone();
        alone.lines[n].companion = None;
        if !findings(&alone, n).contains(finding) {
            return Some(alone);
        }
    }
    let standing = &mut after.facts.standing.value;
    match finding {
        Finding::NoRelationship => standing.relationship = Relationship::Reseller,
        Finding::AgreementMissing => standing.agreement = Agreement::Accepted,
        Finding::AgreementOutdated { .. } => standing.agreed = Some(jiff::civil::date(2026, 11, 1)),
        Finding::NoDelegatedAdmin => {
            let tenancy = carryover_domain::facts::Tenancy::default();
            after.facts.tenancy = Some(carryover_domain::observed::Observed { value: tenancy, at: after.now });
        }
        Finding::RegistrationIdMissing { .. } => {
            after.facts.profile.as_mut()?.value.registration_id = Some("5261040828".to_owned());
        }
        Finding::ContactMissing { .. } => after.facts.profile.as_mut()?.value.contact_lacks.clear(),
        Finding::SegmentNotQualified { segment } => {
            after.facts.profile.as_mut()?.value.segments.insert(*segment);
        }
        Finding::CreditExceeded { needed, .. } => {
            after.policy.credit.as_mut()?.available.insert(needed.currency, needed.amount);
        }
        Finding::BillingNotOffered { term, .. } => {
            let offered = situation.look(|outlook| Some(outlook.offer(&old)?.terms.get(term)?.first().copied()));
            line.billing = offered?;
        }
        Finding::OnePerCustomer { .. } => {
            let limits = &situation.policy.per_customer_max;
            let unlimited =
                |offer: &&Offer| !offer.end_of_sale && !offer.terms.is_empty() && !limits.contains_key(&offer.id);
            line.target = Target::Sku(after.facts.offers.value.iter().find(unlimited)?.sku);
        }
        Finding::SkuUnknown { .. } => {
            let mut table = ProductTable::new();
            for sku in PRODUCTS {
                table.add(
                    sku.parse().expect("an id"),
                    "NOVELTY",
                    "Novelty",
                    ServicePlanId::new(uuid::Uuid::from_u128(0xF1)),
                );
            }
            after.facts.products = Some(Arc::new(table));
        }
        Finding::AddressInvalid { .. } => after.facts.profile.as_mut()?.value.address_lacks.clear(),
        Finding::OfferNotInCountry { .. } | Finding::OfferEndOfSale { .. } => {
            let sold = |offer: &&Offer| !offer.end_of_sale && !offer.terms.is_empty();
            line.target = Target::Sku(after.facts.offers.value.iter().find(sold)?.sku);
        }
        Finding::TermNotOffered { offered, .. } => line.target_term = offered.first().copied(),
        Finding::SeatsBelowMin { min, .. } => line.target_seats = Seats::try_new(*min).ok(),
        Finding::SeatsAboveMax { max, .. } => line.target_seats = Seats::try_new(*max).ok(),
        Finding::SeatCap { existing, cap, .. } => {
            // Only the missing cover: what is left under the cap, for this line alone.
            line.target_seats = Some(Seats::try_new(cap.checked_sub(*existing)?).ok()?);
            let rivals = situation.lines.iter().filter(|other| other.id != old.id).count();
            if rivals > 0 {
                return None;
            }
        }
        Finding::SeatsBelowConsumption { consumed, pool_after } => {
            let short = consumed.checked_sub(*pool_after)?;
            line.target_seats = Seats::try_new(old.target_seats?.get().checked_add(short)?).ok();
        }
        Finding::OverassignedSource { enabled, .. } => pool(&mut after, &old)?.consumed = *enabled,
        Finding::EndDateUnknown => {
            line.ends.insert(Witness::Typed, End::after_day(jiff::civil::date(2026, 12, 31)));
        }
        Finding::EndDateConflict { by, other, .. } => {
            // The file is corrected to what the tenant shows, or to the one date that was right.
            let tenant_shows = [by, other].contains(&&Witness::Graph);
            let right = line.ends.get(*by).filter(|_| !tenant_shows && by != other);
            line.ends = right.map(|end| (*by, end)).into_iter().collect();
        }
        Finding::ProgramConflict { seen, .. } => line.program = *seen,
        Finding::RenewalStateUnknown { .. } => line.auto_renew = Renewal::On,
        Finding::EstTrap { .. } => line.end_option = Some(EndOption::CancelAtEnd),
        Finding::CancelAtEndSetEarly => {
            (line.auto_renew, line.end_option) = (Renewal::On, Some(EndOption::Renew));
        }
        Finding::DifferentSku { .. } | Finding::CapabilityLoss { .. } => line.target = Target::Same,
        Finding::PrerequisiteMissing { .. } => {
            let base = SubscriptionId::try_new("base-1").expect("an id");
            line.kind = Kind::AddOn { base: Some(base.clone()) };
            let tenancy = &mut after.facts.tenancy.as_mut()?.value;
            tenancy.subscriptions.push(HeldSubscription::least(base, PRODUCTS[7].parse().expect("an id"), 1));
        }
        Finding::AddOnOutlivesBase { base, .. } => {
            let tenancy = after.facts.tenancy.as_mut().map(|seen| &mut seen.value);
            let end = End::after_day(*base);
            if let Some(held) = tenancy.and_then(|tenancy| {
                tenancy.subscriptions.iter_mut().find(|held| Some(&held.id) == old.subscription.as_ref())
            }) {
                held.next_lifecycle = Some(end.instant());
            }
            line.ends = [(Witness::Typed, end)].into_iter().collect();
        }
        Finding::NoConsumptionReview => pool(&mut after, &old)?.consumed = 1,
        Finding::SeatsReduced { from, .. } => line.target_seats = Seats::try_new(*from).ok(),
        Finding::GroupAssigned { .. } => {
            after.facts.assignments.entry(old.sku).or_default().by_group = 0;
        }
        Finding::UsageLocationMissing { .. } => {
            after.facts.assignments.insert(old.sku, Assignments::default());
        }
        Finding::CoverEndsSoon { subscription, .. } => {
            let held = situation.facts.tenancy.as_ref()?.value.subscription(subscription)?.clone();
            let record = |own: &&mut OwnSubscription| own.id == *subscription;
            let own = after.facts.own.as_mut().and_then(|own| own.value.iter_mut().find(record));
            let ours = own.as_ref().map_or(held.owner == Some(after.facts.partner.tenant), |own| !own.legacy);
            if ours {
                // Renewed: it does not move.
                own.into_iter().for_each(|own| own.last_day = Some(date(2030, 12, 31)));
                let tenancy = &mut after.facts.tenancy.as_mut()?.value;
                for renewed in tenancy.subscriptions.iter_mut().filter(|one| one.id == *subscription) {
                    renewed.next_lifecycle = Some(End::after_day(date(2030, 12, 31)).instant());
                }
                return Some(after);
            }
            let ends = held.next_lifecycle.map(|end| (Witness::Graph, End::at(end)));
            after.lines.push(SourceLine {
                subscription: Some(held.id.clone()),
                ends: ends.into_iter().collect(),
                ..SourceLine::least(
                    carryover_domain::ids::LineId::of(after.customer.tenant, held.id.as_str()),
                    old.program,
                    held.sku,
                    Seats::at_least_one(held.seats),
                )
            });
        }
        _ => return None,
    }
    Some(after)
}

/// The kinds whose remedy is a change of input; each must be met, so that none of them is held by nothing.
const BY_INPUT: [FindingKind; 34] = [
    FindingKind::NoRelationship,
    FindingKind::AgreementMissing,
    FindingKind::AgreementOutdated,
    FindingKind::NoDelegatedAdmin,
    FindingKind::RegistrationIdMissing,
    FindingKind::AddressInvalid,
    FindingKind::ContactMissing,
    FindingKind::CreditExceeded,
    FindingKind::SegmentNotQualified,
    FindingKind::BillingNotOffered,
    FindingKind::OnePerCustomer,
    FindingKind::SkuUnknown,
    FindingKind::SeatCap,
    FindingKind::AddOnOutlivesBase,
    FindingKind::EndDateConflict,
    FindingKind::CancelAtEndSetEarly,
    FindingKind::UsageLocationMissing,
    FindingKind::OfferNotInCountry,
    FindingKind::OfferEndOfSale,
    FindingKind::TermNotOffered,
    FindingKind::SeatsBelowMin,
    FindingKind::SeatsAboveMax,
    FindingKind::SeatsBelowConsumption,
    FindingKind::OverassignedSource,
    FindingKind::EndDateUnknown,
    FindingKind::RenewalStateUnknown,
    FindingKind::EstTrap,
    FindingKind::DifferentSku,
    FindingKind::CapabilityLoss,
    FindingKind::PrerequisiteMissing,
    FindingKind::NoConsumptionReview,
    FindingKind::SeatsReduced,
    FindingKind::GroupAssigned,
    FindingKind::CoverEndsSoon,
];

proptest! {
    #[test]
    fn every_remedy_that_is_applied_removes_its_finding(situation in situation()) {
        for n in 0..situation.lines.len() {
            for finding in findings(&situation, n) {
                let Some(after) = remedied(&situation, n, &finding) else { continue };
                let left = findings(&after, n);
                // Another offer, term or number may have limits of its own, which are found then; this one is settled.
                let same = match &finding {
                    // Of several covers that end soon each has a finding of its own turn.
                    Finding::CoverEndsSoon { .. } => left.contains(&finding),
                    // So have the two of a pair.
                    _ if situation.lines[n].companion.is_some() => left.contains(&finding),
                    _ => left.iter().any(|one| one.kind() == finding.kind()),
                };
                prop_assert!(!same, "{finding} is still there after its remedy: {left:?}");
            }
        }
    }
}

/// Whether the `n`-th line is planned, and whether its term is told not to end with another.
fn aligned(situation: &Situation, n: usize) -> Option<bool> {
    let told = |verdict: &Verdict| verdict.findings().iter().any(|one| one.kind() == FindingKind::EndNotAligned);
    situation.look(|outlook| match verdicts(outlook).get(&situation.lines[n].id) {
        Some(verdict @ Verdict::Planned { .. }) => Some(!told(verdict)),
        _ => None,
    })
}

/// `situation` with another term for its `n`-th line.
fn with_term(situation: &Situation, n: usize, term: Term) -> Situation {
    let mut after = situation.clone();
    after.lines[n].target_term = Some(term);
    after
}

/// The terms that end as the policy wants.
fn fitting_terms(situation: &Situation, n: usize) -> Vec<Term> {
    let fits = |term: &Term| aligned(&with_term(situation, n, *term), n) == Some(true);
    [Term::Month, Term::Year, Term::ThreeYears].into_iter().filter(fits).collect()
}

proptest! {
    #[test]
    fn a_term_that_cannot_end_with_another_can_be_another_one_or_left_to_itself(situation in situation()) {
        for n in 0..situation.lines.len() {
            if aligned(&situation, n) != Some(false) {
                continue;
            }
            let mut left = situation.clone();
            left.policy.alignment = Alignment::None;
            prop_assert_eq!(aligned(&left, n), Some(true));
        }
    }
}

#[test]
fn ends_that_cannot_meet_are_met_among_generated_customers_and_so_are_terms_that_can() {
    let mut runner = TestRunner::deterministic();
    let strategy = situation();
    let (mut told, mut remedied) = (0, 0);
    for _ in 0..2_000 {
        let situation = strategy.new_tree(&mut runner).expect("situations can be generated").current();
        for n in (0..situation.lines.len()).filter(|n| aligned(&situation, *n) == Some(false)) {
            told += 1;
            remedied += usize::from(!fitting_terms(&situation, n).is_empty());
        }
    }
    assert!(told > 0 && remedied > 0, "{told} told, {remedied} with a term that fits");
}

#[test]
fn every_finding_with_a_remedy_by_input_is_met_among_generated_customers() {
    let mut runner = TestRunner::deterministic();
    let strategy = situation();
    let mut met: BTreeSet<FindingKind> = BTreeSet::new();
    for _ in 0..2_000 {
        let situation = strategy.new_tree(&mut runner).expect("situations can be generated").current();
        for n in 0..situation.lines.len() {
            met.extend(findings(&situation, n).iter().map(Finding::kind));
        }
    }
    let unmet: Vec<_> = BY_INPUT.iter().filter(|kind| !met.contains(kind)).collect();
    assert!(unmet.is_empty(), "never met: {unmet:?}");
}
