//! What stands in the way of moving a line: facts in, findings out. Never fails, may find nothing.
//!
//! One function per rule; each finding carries the values that made it. The codes are those of the blocker table
//! (section F of the rule book).

use crate::facts::{Agreement, Facts, HeldStatus, HeldSubscription, Relationship, Tenancy};
use crate::finding::{Finding, Severity};
use crate::ids::SubscriptionId;
use crate::migration::state::{Line, Migration, Stage};
use crate::offer::{Offer, matching};
use crate::plan::{Timing, may_be_planned, timing};
use crate::policy::Policy;
use crate::portfolio::{Renewal, SourceLine, Told, Witness, trusted_end};
use crate::program::SourceProgram;
use crate::region::csp_region;
use crate::time::{Billing, End, Term, later};
use crate::value::Seats;
use jiff::Timestamp;

/// Most seats that one Business product may have in a tenant, over all channels (rule R77).
const BUSINESS_CAP: u32 = 300;
/// Most licence-based subscriptions that a tenant may hold (rule R27).
const SUBSCRIPTIONS_MAX: u32 = 300;

/// Everything that stands in the way of `source`, worst first; a line of `migration` that is not being moved counts too.
pub fn assess(
    migration: &Migration,
    source: &SourceLine,
    facts: &Facts,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Finding> {
    let tenancy = facts.tenancy.as_ref().map(|seen| &seen.value);
    let mut found = Vec::new();
    found.extend(region(migration, facts));
    found.extend(standing(facts));
    found.extend(program(source));
    found.extend(renewal(source));
    if let Some(tenancy) = tenancy {
        found.extend(source_state(migration, source, tenancy));
        found.extend(told_twice(migration, source, tenancy));
        found.extend(end_conflict(migration, source, tenancy));
        found.extend(overassigned(source, tenancy));
        found.extend(subscription_limit(migration, tenancy));
    }
    let seats = seats_needed(migration, source, tenancy, policy, now);
    match chosen_offer(source, &facts.offers.value) {
        None => found.push(Finding::OfferNotInCountry { target: source.target.clone(), source: source.sku }),
        Some(offer) => {
            found.extend(term_and_billing(source, offer));
            found.extend(seat_limits(source, offer, seats, tenancy));
            found.extend(different_sku(source, offer));
            if let Some(tenancy) = tenancy {
                found.extend(duplicate(migration, offer, facts, tenancy));
            }
        }
    }
    found.extend(schedule(migration, source, tenancy, policy, now));
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    found
}

/// Whether any of `findings` forbids to plan.
pub fn is_blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity() == Severity::Blocks)
}

/// Rules R28 and R84: one CSP region for partner and tenant.
fn region(migration: &Migration, facts: &Facts) -> Option<Finding> {
    let (partner, customer) = (facts.partner.country, migration.customer.country);
    let same = csp_region(partner).is_some() && csp_region(partner) == csp_region(customer);
    (!same).then_some(Finding::CustomerInOtherRegion { partner, customer })
}

/// Rules R86 to R88: relationship, agreement, a look into the tenant. What cannot be read yet is not missing.
fn standing(facts: &Facts) -> Option<Finding> {
    let standing = &facts.standing.value;
    if standing.relationship != Relationship::Reseller {
        return Some(Finding::NoRelationship);
    }
    if standing.agreement == Agreement::Missing {
        return Some(Finding::AgreementMissing);
    }
    facts.tenancy.is_none().then_some(Finding::NoDelegatedAdmin)
}

/// Rules R12, R17, R18 and R48: what the program means for the move.
fn program(source: &SourceLine) -> Option<Finding> {
    match source.program {
        SourceProgram::Trial => Some(Finding::TrialSource),
        SourceProgram::SelfService => Some(Finding::SelfServiceOwner),
        SourceProgram::LegacyCsp | SourceProgram::NceOtherPartner => Some(Finding::OtherPartnerSource),
        SourceProgram::DirectMosa
        | SourceProgram::DirectMca
        | SourceProgram::Open
        | SourceProgram::Ea
        | SourceProgram::Mpsa
        | SourceProgram::Advisor
        | SourceProgram::LegacyCspOurs
        | SourceProgram::NonprofitGrant => None,
    }
}

/// Rule R2: unknown is never read as off.
fn renewal(source: &SourceLine) -> Option<Finding> {
    (source.program.can_renew() && source.auto_renew == Renewal::Unknown).then_some(Finding::RenewalStateUnknown)
}

/// Rules R17 and R47: what the tenant says about the source now.
fn source_state(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> Option<Finding> {
    let Some(held) = find_source(migration, source, tenancy) else {
        return Some(Finding::StateChanged {
            what: format!("the tenant holds no subscription of {} that fits the file", source.title()),
        });
    };
    if held.sku != source.sku {
        let what = format!("subscription {} is of licence {}, the file says {}", held.id, held.sku, source.title());
        return Some(Finding::StateChanged { what });
    }
    match &held.status {
        HeldStatus::Enabled | HeldStatus::Other(_) => None,
        HeldStatus::Warning => Some(Finding::SourceInGrace),
        HeldStatus::Suspended => Some(Finding::SourceDisabled),
        HeldStatus::Deleted | HeldStatus::LockedOut => Some(Finding::SourceDeleted),
    }
}

/// Rule R46: more than a day apart is a conflict.
fn end_conflict(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> Option<Finding> {
    let mut ends = source.ends.clone();
    ends.extend(seen_end(migration, source, tenancy).map(|seen| (Witness::Graph, seen)));
    let Told { end, by, against } = trusted_end(&ends)?;
    let (other, seen) = against?;
    Some(Finding::EndDateConflict { by, told: end.last_whole_day(), other, seen: seen.last_whole_day() })
}

/// Section F: more users than paid seats.
fn overassigned(source: &SourceLine, tenancy: &Tenancy) -> Option<Finding> {
    let pool = tenancy.pool(source.sku);
    (pool.consumed > pool.enabled)
        .then_some(Finding::OverassignedSource { consumed: pool.consumed, enabled: pool.enabled })
}

/// Rule R27: old and new together within what a tenant may hold.
fn subscription_limit(migration: &Migration, tenancy: &Tenancy) -> Option<Finding> {
    let existing = count(tenancy.subscriptions.len());
    let to_add = count(migration.lines.values().filter(|line| line.bought().is_none()).count());
    (existing.saturating_add(to_add) > SUBSCRIPTIONS_MAX)
        .then_some(Finding::TenantSubscriptionLimit { existing, limit: SUBSCRIPTIONS_MAX })
}

/// Rule R63: the availability list decides.
fn term_and_billing(source: &SourceLine, offer: &Offer) -> Option<Finding> {
    let term = source.term.unwrap_or(Term::Year);
    let Some(billings) = offer.terms.get(&term) else {
        return Some(Finding::TermNotOffered { term, offered: offer.terms.keys().copied().collect() });
    };
    let billing = source.billing?;
    (!billings.contains(&billing)).then_some(Finding::BillingNotOffered { billing, term })
}

/// Rules R77 to R79: limits of the product, and the cap over all channels while old and new overlap.
fn seat_limits(source: &SourceLine, offer: &Offer, seats: Seats, tenancy: Option<&Tenancy>) -> Option<Finding> {
    let seats = seats.get();
    if seats < offer.seats_min {
        return Some(Finding::SeatsBelowMin { seats, min: offer.seats_min });
    }
    if seats > offer.seats_max {
        return Some(Finding::SeatsAboveMax { seats, max: offer.seats_max });
    }
    let told = if offer.sku == source.sku { source.seats.get() } else { 0 };
    let existing = tenancy.map_or(told, |tenancy| tenancy.pool(offer.sku).enabled);
    (offer.seats_max == BUSINESS_CAP && existing.saturating_add(seats) > BUSINESS_CAP).then_some(Finding::SeatCap {
        existing,
        seats,
        cap: BUSINESS_CAP,
    })
}

/// Rule R91: the same offer means the same Entra SKU, nothing else.
fn different_sku(source: &SourceLine, offer: &Offer) -> Option<Finding> {
    (offer.sku != source.sku).then_some(Finding::DifferentSku { from: source.sku, to: offer.sku })
}

/// Rule R127 and section F: a subscription of ours that no order of this migration explains was ordered by a person, or by
/// a run whose journal is lost. Its seats and age prove nothing.
fn duplicate(migration: &Migration, offer: &Offer, facts: &Facts, tenancy: &Tenancy) -> Option<Finding> {
    let old = sources(migration, tenancy);
    let explained = |held: &HeldSubscription| old.contains(&&held.id) || bought_by(migration, held);
    let mut unexplained = tenancy.subscriptions.iter().filter(|held| {
        held.owner == Some(facts.partner.tenant)
            && held.sku == offer.sku
            && held.status == HeldStatus::Enabled
            && !explained(held)
    });
    // Each line whose purchase is under way will turn out to explain one of them.
    let under_way = migration
        .lines
        .values()
        .filter(|line| line.bought().is_none() && !may_be_planned(line.stage.underlying()))
        .filter(|line| line.plan.as_ref().is_some_and(|plan| plan.sku == offer.sku))
        .count();
    unexplained
        .nth(under_way)
        .map(|held| Finding::DuplicateDestination { subscription: held.id.clone(), seats: held.seats })
}

/// Rule R111 and section F: whether the lead is there, and how long both are paid.
fn schedule(
    migration: &Migration,
    source: &SourceLine,
    tenancy: Option<&Tenancy>,
    policy: &Policy,
    now: Timestamp,
) -> Vec<Finding> {
    let Some(Timing { ends, late, overlap_days: days, .. }) = timing(migration, source, tenancy, policy, now) else {
        return vec![Finding::EndDateUnknown];
    };
    let short = late.then(|| Finding::LeadTooShort { last_day: ends.last_whole_day() });
    let max = policy.overlap_days_max;
    let long = (days > max).then_some(Finding::OverlapTooLong { days, max });
    short.into_iter().chain(long).collect()
}

/// The offer that takes the place of `source`: the first match that can be bought now.
pub fn chosen_offer<'a>(source: &SourceLine, catalogue: &'a [Offer]) -> Option<&'a Offer> {
    matching(source, catalogue).into_iter().find(|offer| !offer.terms.is_empty())
}

/// The billing of a purchase: the wanted one, or the most frequent that the term has.
pub fn chosen_billing(source: &SourceLine, offer: &Offer, term: Term) -> Option<Billing> {
    let offered = offer.terms.get(&term)?;
    match source.billing {
        Some(wanted) => offered.contains(&wanted).then_some(wanted),
        None => offered.first().copied(),
    }
}

/// The subscription in the tenant that is `source`; none when nothing fits it or more than one does.
pub fn find_source<'a>(
    migration: &Migration,
    source: &SourceLine,
    tenancy: &'a Tenancy,
) -> Option<&'a HeldSubscription> {
    match fitting_sources(migration, source, tenancy).as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// What in the tenant can be `source`: the one that was recognised when its purchase was decided, else the one of its id,
/// else all of its licence and seats that are neither bought by `migration` nor known to be another of its lines.
pub fn fitting_sources<'a>(
    migration: &Migration,
    source: &SourceLine,
    tenancy: &'a Tenancy,
) -> Vec<&'a HeldSubscription> {
    let line = migration.lines.get(&source.id);
    if let Some(recognised) = line.and_then(|line| line.held.as_ref()) {
        return tenancy.subscription(recognised).into_iter().collect();
    }
    if let Some(held) = source.subscription.as_ref().and_then(|id| tenancy.subscription(id)) {
        return vec![held];
    }
    let taken =
        |held: &HeldSubscription| {
            migration.lines.values().filter(|other| other.source.id != source.id).any(|other| {
                other.source.subscription.as_ref() == Some(&held.id) || other.held.as_ref() == Some(&held.id)
            })
        };
    tenancy
        .subscriptions
        .iter()
        .filter(|held| held.sku == source.sku && held.seats == source.seats.get())
        .filter(|held| !bought_by(migration, held) && !taken(held))
        .collect()
}

/// Another line of `migration` that is about the same subscription as `source`: told twice, it would be bought twice.
fn told_twice(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> Option<Finding> {
    let held = &find_source(migration, source, tenancy)?.id;
    let same = |other: &&Line| {
        other.source.id != source.id
            && (other.held.as_ref() == Some(held)
                || find_source(migration, &other.source, tenancy).is_some_and(|theirs| theirs.id == *held))
    };
    migration.lines.values().find(same).map(|other| Finding::StateChanged {
        what: format!("line {} is about the same subscription, {held}", other.source.id),
    })
}

/// What in the tenant is a source of any line.
fn sources<'a>(migration: &Migration, tenancy: &'a Tenancy) -> Vec<&'a SubscriptionId> {
    let found = migration.lines.values().filter_map(|line| find_source(migration, &line.source, tenancy));
    found.map(|held| &held.id).collect()
}

/// Whether a purchase of `migration` made it.
fn bought_by(migration: &Migration, held: &HeldSubscription) -> bool {
    migration.lines.values().any(|line| line.bought() == Some(&held.id))
}

/// The end that the tenant shows; none while it is in grace or gone, for then the date means something else (rule R3).
fn seen_end(migration: &Migration, source: &SourceLine, tenancy: &Tenancy) -> Option<End> {
    let held = find_source(migration, source, tenancy)?;
    (held.status == HeldStatus::Enabled).then_some(held.next_lifecycle.map(End::at)).flatten()
}

/// The end to plan with, by order of trust; the earlier one where two disagree by more than a day (rule R46). What was
/// told and has passed, while the tenant shows a later end, is from before a renewal.
pub fn known_end(migration: &Migration, source: &SourceLine, tenancy: Option<&Tenancy>, now: Timestamp) -> Option<End> {
    let Some(seen) = tenancy.and_then(|tenancy| seen_end(migration, source, tenancy)) else {
        return source.end();
    };
    let mut ends = source.ends.clone();
    ends.retain(|_, told| told.instant() > now);
    ends.insert(Witness::Graph, seen);
    trusted_end(&ends).map(|told| told.end)
}

/// Seats of the order (rule R95): like for like, and more where more are in use than all moving lines of the licence
/// bring. The shortfall of a licence is bought once, by the first of its lines that is still to be bought.
pub fn seats_needed(
    migration: &Migration,
    source: &SourceLine,
    tenancy: Option<&Tenancy>,
    policy: &Policy,
    now: Timestamp,
) -> Seats {
    let Some(tenancy) = tenancy else {
        return source.seats.at_least(source.assigned_seats.unwrap_or(0));
    };
    let to_buy = || {
        migration
            .lines
            .values()
            .filter(|line| line.source.sku == source.sku && line.bought().is_none())
            .map(|line| &line.source)
    };
    if to_buy().map(|other| other.id).min() != Some(source.id) {
        return source.seats;
    }
    let others: u32 = to_buy().filter(|other| other.id != source.id).map(|other| other.seats.get()).sum();
    let coming: u32 = migration.lines.values().map(|line| coming(line, source, tenancy)).sum();
    source
        .seats
        .at_least(uncovered(migration, source, tenancy, policy, now).saturating_sub(others).saturating_sub(coming))
}

/// Licences of the source's SKU in use, less what subscriptions that stay go on covering: those that live long enough
/// after its end, and our own.
fn uncovered(migration: &Migration, source: &SourceLine, tenancy: &Tenancy, policy: &Policy, now: Timestamp) -> u32 {
    let leaving = sources(migration, tenancy);
    let ends = known_end(migration, source, Some(tenancy), now).map_or(now, End::instant);
    let horizon = later(ends, policy.pool_horizon);
    let lasts =
        |held: &HeldSubscription| held.next_lifecycle.is_none_or(|end| end > horizon) || bought_by(migration, held);
    let staying: u32 = tenancy
        .subscriptions
        .iter()
        .filter(|held| held.sku == source.sku && held.status == HeldStatus::Enabled)
        .filter(|held| !leaving.contains(&&held.id) && lasts(held))
        .map(|held| held.seats)
        .sum();
    tenancy.pool(source.sku).consumed.saturating_sub(staying)
}

/// Seats that `line` has bought for users of the source's SKU and that its pool does not show yet: they have not arrived,
/// or the users have not changed to them.
fn coming(line: &Line, source: &SourceLine, tenancy: &Tenancy) -> u32 {
    let (stage, Some(plan)) = (line.stage.underlying(), &line.plan) else {
        return 0;
    };
    if line.source.sku != source.sku {
        return 0;
    }
    let shown = |id: &SubscriptionId| tenancy.subscription(id).is_some_and(|held| held.status == HeldStatus::Enabled);
    match stage {
        Stage::Provisioning { bought, .. } => match &bought.subscription {
            Some(id) if plan.sku != source.sku || !shown(id) => bought.seats,
            _ => 0,
        },
        Stage::Reassigning { .. } => plan.seats.get().saturating_sub(count(line.swapped.len())),
        _ => 0,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
