//! One customer as every rule looks at it, found once: what in the tenant is which line, when each ends, what would take
//! its place, how many seats it needs. Judges nothing.

use super::chosen_offer;
use super::seats::seats_of_lines;
use crate::facts::{Facts, HeldStatus, HeldSubscription, Tenancy};
use crate::ids::{LineId, SkuId, SubscriptionId};
use crate::migration::state::Migration;
use crate::offer::Offer;
use crate::policy::Policy;
use crate::portfolio::{SourceLine, Told, Witness, trusted_end};
use crate::product::table::Products;
use crate::time::{End, Term};
use crate::value::Seats;
use jiff::Timestamp;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What the rules look at.
#[derive(Debug)]
pub struct Outlook<'a> {
    pub(crate) migration: &'a Migration,
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
    pub(crate) tenancy: Option<&'a Tenancy>,
    pub(crate) products: Products<'a>,
    pub(crate) holidays: Cow<'a, BTreeSet<Date>>,
    lines: BTreeMap<LineId, Seen<'a>>,
    seats: BTreeMap<LineId, Seats>,
    /// What in the tenant is a source of any line.
    sources: BTreeSet<&'a SubscriptionId>,
    /// What purchases of the migration have made.
    bought: BTreeSet<&'a SubscriptionId>,
}

/// What is known of one line.
#[derive(Debug)]
struct Seen<'a> {
    held: Option<&'a HeldSubscription>,
    end: Option<Told>,
    offer: Option<&'a Offer>,
}

impl<'a> Outlook<'a> {
    /// The outlook of `migration`, as `facts` show it at `now`.
    pub fn of(migration: &'a Migration, facts: &'a Facts, policy: &'a Policy, now: Timestamp) -> Self {
        let tenancy = facts.tenancy.as_ref().map(|seen| &seen.value);
        let seen = |source: &SourceLine| {
            let held = tenancy.and_then(|tenancy| find_source(migration, source, tenancy));
            Seen { held, end: end_of(source, held, now), offer: chosen_offer(source, &facts.offers.value) }
        };
        let lines: BTreeMap<_, _> = migration.lines.iter().map(|(id, line)| (*id, seen(&line.source))).collect();
        let mut outlook = Self {
            migration,
            facts,
            policy,
            now,
            tenancy,
            products: Products::new(tenancy, facts.products.as_deref()),
            holidays: policy.holidays_with(migration.customer.country),
            sources: lines.values().filter_map(|seen| seen.held).map(|held| &held.id).collect(),
            bought: migration.lines.values().filter_map(|line| line.bought()).collect(),
            lines,
            seats: BTreeMap::new(),
        };
        outlook.seats = seats_of_lines(&outlook);
        outlook
    }

    /// The subscription in the tenant that is `source`; none when nothing fits it or more than one does.
    pub fn held(&self, source: &SourceLine) -> Option<&'a HeldSubscription> {
        self.lines.get(&source.id).and_then(|seen| seen.held)
    }
    /// The end to plan with, by order of trust; the earlier one where two disagree by more than a day (rule R46). What was
    /// told and has passed, while the tenant shows a later end, is from before a renewal.
    pub fn end(&self, source: &SourceLine) -> Option<End> {
        self.lines.get(&source.id).and_then(|seen| seen.end).map(|told| told.end)
    }
    /// The offer that takes the place of `source`: the first match that can be bought now.
    pub fn offer(&self, source: &SourceLine) -> Option<&'a Offer> {
        self.lines.get(&source.id).and_then(|seen| seen.offer)
    }
    /// Seats of the order for `source` (rule R95).
    pub fn seats(&self, source: &SourceLine) -> Seats {
        self.seats.get(&source.id).copied().unwrap_or(source.seats)
    }
    /// The term of the destination: the wanted one, or a year.
    pub fn term(&self, source: &SourceLine) -> Term {
        source.term.unwrap_or(Term::Year)
    }

    /// Enabled subscriptions of `sku` that are neither moved nor bought by this migration.
    pub(super) fn outside(&self, sku: SkuId) -> impl Iterator<Item = &'a HeldSubscription> + use<'a, '_> {
        let outside =
            move |held: &&HeldSubscription| !self.sources.contains(&held.id) && !self.bought.contains(&held.id);
        self.enabled(sku).filter(outside)
    }
    /// Enabled subscriptions of `sku` that this migration has bought.
    pub(super) fn ours(&self, sku: SkuId) -> impl Iterator<Item = &'a HeldSubscription> + use<'a, '_> {
        self.enabled(sku).filter(|held| self.bought.contains(&held.id))
    }
    fn enabled(&self, sku: SkuId) -> impl Iterator<Item = &'a HeldSubscription> + use<'a> {
        let all = self.tenancy.map(|tenancy| &tenancy.subscriptions[..]).unwrap_or_default();
        all.iter().filter(move |held| held.sku == sku && held.status == HeldStatus::Enabled)
    }
}

/// All that is told about the end of `source`, with what the tenant shows now.
pub(super) fn witnesses(source: &SourceLine, held: Option<&HeldSubscription>) -> BTreeMap<Witness, End> {
    let mut ends = source.ends.clone();
    ends.extend(seen_end(held).map(|seen| (Witness::Graph, seen)));
    ends
}

fn end_of(source: &SourceLine, held: Option<&HeldSubscription>, now: Timestamp) -> Option<Told> {
    let mut ends = witnesses(source, held);
    if let Some(seen) = seen_end(held) {
        ends.retain(|_, told| told.instant() > now || *told == seen);
    }
    trusted_end(&ends)
}

/// The end that the tenant shows; none while it is in grace or gone, for then the date means something else (rule R3).
fn seen_end(held: Option<&HeldSubscription>) -> Option<End> {
    let held = held.filter(|held| held.status == HeldStatus::Enabled)?;
    held.next_lifecycle.map(End::at)
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
    let bought = |held: &HeldSubscription| migration.lines.values().any(|line| line.bought() == Some(&held.id));
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
        .filter(|held| !bought(held) && !taken(held))
        .collect()
}
