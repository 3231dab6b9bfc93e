//! One customer as every rule looks at it, found once: what in the tenant is which line, when each ends, what would take
//! its place, how many seats it needs. Judges nothing.

use super::product::{chosen_offer, qualified};
use super::seats::{seats_of_lines, seconds_to_spare};
use super::source::{settled_lines, stays_ours};
use super::waves::Waves;
use crate::facts::{Facts, HeldStatus, HeldSubscription, OwnStatus, OwnSubscription, Tenancy};
use crate::finding::Finding;
use crate::ids::{LineId, SkuId, SubscriptionId, TenantId};
use crate::migration::state::{Ending, Line, Migration, Stage};
use crate::offer::{Offer, Segment};
use crate::plan::Timing;
use crate::policy::{Policy, Wanted};
use crate::portfolio::{SourceLine, Told, Witness, trusted};
use crate::product::table::Products;
use crate::program::SourceProgram;
use crate::time::{End, Term, days_between, earlier};
use crate::value::Seats;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Ends that differ by more days than this are in conflict (rule R46).
const CORRECTION_DAYS: i64 = 1;

/// What was ordered less long ago may be an order of this migration that its journal does not know (section F).
const LATELY: SignedDuration = SignedDuration::from_hours(72);

/// What the rules look at.
#[derive(Debug)]
pub struct Outlook<'a> {
    pub(crate) migration: &'a Migration,
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a Policy,
    /// What of the policy the customer can have its own wishes of.
    pub(crate) wanted: Wanted,
    pub(crate) now: Timestamp,
    pub(crate) tenancy: Option<&'a Tenancy>,
    pub(crate) products: Products<'a>,
    pub(crate) holidays: Cow<'a, BTreeSet<Date>>,
    /// The segments that the customer is qualified for (rule R83).
    pub(super) qualified: BTreeSet<Segment>,
    /// What stands in the way of every line.
    pub(super) of_customer: Vec<Finding>,
    /// Volume agreements of which some product is not sold any more.
    pub(super) end_of_sale: BTreeSet<SourceProgram>,
    /// What is still to be bought, wave by wave.
    pub(super) waves: Waves,
    /// How many lines were bought where, by the most trusted witness.
    pub(super) by_program: BTreeMap<SourceProgram, u32>,
    lines: BTreeMap<LineId, Seen<'a>>,
    /// Why nothing has to be bought, for each line where that is so.
    settled: BTreeMap<LineId, Finding>,
    seats: BTreeMap<LineId, Seats>,
    timings: BTreeMap<LineId, Timing>,
    /// Bases of add-ons that are blocked themselves.
    pub(super) stuck: BTreeSet<LineId>,
    /// What in the tenant which line is about, sorted: several lines may be about one.
    told: Vec<(&'a SubscriptionId, LineId)>,
    /// Subscriptions that serve and that are neither moved nor bought here, in the order of their licences and then of the
    /// tenant's list.
    outside: Vec<&'a HeldSubscription>,
    /// Subscriptions that serve and were bought here, in the same order.
    ours: Vec<&'a HeldSubscription>,
}

/// What is known of one line.
#[derive(Debug)]
struct Seen<'a> {
    held: Option<&'a HeldSubscription>,
    own: Option<&'a OwnSubscription>,
    /// Where it was bought, and who shows it, where that contradicts what was told.
    shown: Option<(Witness, SourceProgram)>,
    end: Option<Told>,
    offer: Option<&'a Offer>,
}

impl<'a> Outlook<'a> {
    /// The outlook of `migration`, as `facts` show it at `now`.
    ///
    /// What one line asks of all others, or of everything in the tenant, is found here once: a tenant may have some hundred
    /// subscriptions, and a portfolio a million.
    pub fn of(migration: &'a Migration, facts: &'a Facts, policy: &'a Policy, now: Timestamp) -> Self {
        Self::wanting(policy.wanted(&migration.own), migration, facts, policy, now)
    }

    /// As [`Self::of`], where something else is `wanted` than what the customer is planned by now.
    pub(crate) fn wanting(
        wanted: Wanted,
        migration: &'a Migration,
        facts: &'a Facts,
        policy: &'a Policy,
        now: Timestamp,
    ) -> Self {
        let tenancy = facts.tenancy.as_ref().map(|seen| &seen.value);
        let subscriptions = tenancy.map(|tenancy| &tenancy.subscriptions[..]).unwrap_or_default();
        let mut by_id: Vec<&HeldSubscription> = subscriptions.iter().collect();
        by_id.sort_by_key(|held| &held.id);
        let of_id = |id: &SubscriptionId| {
            let first = by_id.get(by_id.partition_point(|held| held.id < *id)).copied();
            first.filter(|held| held.id == *id)
        };
        let qualified = qualified(migration, facts.profile.as_ref().map(|seen| &seen.value));
        let sold = facts.own.as_ref().map(|seen| &seen.value[..]).unwrap_or_default();
        let seen = |source: &SourceLine| {
            let held = tenancy.and_then(|tenancy| only(fitting(migration, source, tenancy, of_id)));
            let id = held.map(|held| &held.id).or(source.subscription.as_ref());
            let own = sold.iter().find(|own| Some(&own.id) == id);
            Seen {
                held,
                own,
                shown: shown_program(source, own, held, facts.partner.tenant, now),
                end: end_of(source, own, held, now),
                offer: chosen_offer(source, &facts.offers.value, &qualified),
            }
        };
        let mut lines: BTreeMap<_, _> = migration.leaving().map(|line| (line.source.id, seen(&line.source))).collect();
        // A second licence leaves nothing, and has the end of what it follows.
        for (id, line) in &migration.lines {
            if let Some(main) = &line.beside {
                let offer = chosen_offer(&line.source, &facts.offers.value, &qualified);
                let end = lines.get(main).and_then(|main| main.end);
                lines.insert(*id, Seen { held: None, own: None, shown: None, end, offer });
            }
        }
        let about = |(id, line): (&LineId, &'a Line)| {
            let seen = lines.get(id).and_then(|seen: &Seen<'a>| seen.held).map(|held| &held.id);
            Some((line.held.as_ref().or(seen)?, *id))
        };
        let mut told: Vec<(&SubscriptionId, LineId)> = migration.lines.iter().filter_map(about).collect();
        told.sort_unstable();
        // What is ours already does not move: it covers users as any other subscription that stays does (rules R4, R95).
        let moves = |(id, seen): (&LineId, &Seen<'a>)| {
            let line = migration.lines.get(id)?;
            let told = line.source.program;
            let program = seen.shown.map_or(told, |(_, program)| program);
            let kept = matches!(line.stage, Stage::Settled { how: Ending::OldKept { .. } });
            seen.held.filter(|held| !kept && !stays_ours(program, seen.own, Some(held), facts.partner.tenant))
        };
        let sources: BTreeSet<_> = lines.iter().filter_map(moves).map(|held| &held.id).collect();
        let bought: BTreeSet<_> = migration.lines.values().filter_map(|line| line.bought()).collect();
        let (mut ours, mut outside): (Vec<&HeldSubscription>, Vec<&HeldSubscription>) = subscriptions
            .iter()
            .filter(|held| held.status == HeldStatus::Enabled)
            .filter(|held| bought.contains(&held.id) || !sources.contains(&held.id))
            .partition(|held| bought.contains(&held.id));
        ours.sort_by_key(|held| held.sku);
        outside.sort_by_key(|held| held.sku);
        let mut outlook = Self {
            migration,
            facts,
            policy,
            wanted,
            now,
            tenancy,
            products: Products::new(tenancy, facts.products.as_deref()),
            holidays: policy.holidays_with(migration.customer.country),
            qualified,
            of_customer: Vec::new(),
            end_of_sale: BTreeSet::new(),
            waves: Waves::default(),
            by_program: BTreeMap::new(),
            lines,
            settled: BTreeMap::new(),
            seats: BTreeMap::new(),
            timings: BTreeMap::new(),
            stuck: BTreeSet::new(),
            told,
            outside,
            ours,
        };
        for line in migration.leaving() {
            *outlook.by_program.entry(outlook.program_of(&line.source)).or_default() += 1;
        }
        outlook.settled = settled_lines(&outlook);
        outlook.seats = seats_of_lines(&outlook);
        let spared = seconds_to_spare(&outlook);
        outlook.settled.extend(spared);
        let timed = |(id, line): (&LineId, &Line)| match line.beside {
            None => Some((*id, outlook.timed(&line.source)?)),
            Some(_) => None,
        };
        outlook.timings = migration.lines.iter().filter_map(timed).collect();
        let follows = |(id, line): (&LineId, &Line)| Some((*id, *outlook.timings.get(&line.beside?)?));
        let second: Vec<(LineId, Timing)> = migration.lines.iter().filter_map(follows).collect();
        outlook.timings.extend(second);
        outlook.waves = Waves::upon(&outlook);
        outlook.end_of_sale = outlook.agreements_over();
        outlook.of_customer = outlook.about_customer();
        outlook.find_stuck_bases();
        outlook
    }

    /// The subscription in the tenant that is `source`; none when nothing fits it or more than one does.
    pub fn held(&self, source: &SourceLine) -> Option<&'a HeldSubscription> {
        self.lines.get(&source.id).and_then(|seen| seen.held)
    }
    /// The line of `source`.
    fn line(&self, source: &SourceLine) -> Option<&'a Line> {
        self.migration.lines.get(&source.id)
    }
    /// Whether `source` is a second licence, beside what takes the place of another line.
    pub(crate) fn is_second(&self, source: &SourceLine) -> bool {
        self.line(source).is_some_and(|line| line.beside.is_some())
    }
    /// The other one of the pair that `source` is one of.
    pub(super) fn paired(&self, source: &SourceLine) -> Option<&'a Line> {
        self.line(source).and_then(|line| self.migration.paired(line))
    }
    /// The old subscription that `source` follows: the one that it stands beside, where it is a second licence, else itself.
    pub(crate) fn followed<'s>(&self, source: &'s SourceLine) -> &'s SourceLine
    where
        'a: 's,
    {
        let main = self.line(source).filter(|line| line.beside.is_some()).and_then(|line| self.migration.paired(line));
        main.map_or(source, |main| &main.source)
    }
    /// What Partner Center has of `source`, where we have sold it (rule R4).
    pub(super) fn own(&self, source: &SourceLine) -> Option<&'a OwnSubscription> {
        self.lines.get(&source.id).and_then(|seen| seen.own)
    }
    /// Where `source` was bought, and who shows it, where that contradicts what was told (rule R5).
    pub(super) fn shown(&self, source: &SourceLine) -> Option<(Witness, SourceProgram)> {
        self.lines.get(&source.id).and_then(|seen| seen.shown)
    }
    /// Where `source` was bought, by the most trusted witness.
    pub(super) fn program_of(&self, source: &SourceLine) -> SourceProgram {
        self.shown(source).map_or(source.program, |(_, program)| program)
    }
    /// `source` as rules judge it: bought where the most trusted witness shows it.
    pub(crate) fn judged<'s>(&self, source: &'s SourceLine) -> Cow<'s, SourceLine> {
        source.bought_as(self.shown(source).map(|(_, program)| program))
    }
    /// The end to plan with, by order of trust; the earlier one where two disagree by more than a day (rule R46). What was
    /// told and has passed, while a service shows a later end, is from before a renewal.
    pub fn end(&self, source: &SourceLine) -> Option<End> {
        self.told_end(source).map(|told| told.end)
    }
    /// That end, with who said it and who says otherwise.
    pub(super) fn told_end(&self, source: &SourceLine) -> Option<Told> {
        self.lines.get(&source.id).and_then(|seen| seen.end)
    }
    /// The offer that takes the place of `source`: the first match that can be bought now.
    pub fn offer(&self, source: &SourceLine) -> Option<&'a Offer> {
        self.lines.get(&source.id).and_then(|seen| seen.offer)
    }
    /// Seats of the order for `source` (rule R95).
    pub fn seats(&self, source: &SourceLine) -> Seats {
        self.seats.get(&source.id).copied().unwrap_or(source.seats)
    }
    /// When `source` is bought again; none while nobody has said when it ends.
    pub fn timing(&self, source: &SourceLine) -> Option<Timing> {
        self.timings.get(&source.id).copied()
    }
    /// The term of the destination: the wanted one, else that of the source, else a year.
    pub fn term(&self, source: &SourceLine) -> Term {
        source.target_term.or(source.term).unwrap_or(Term::Year)
    }

    /// Why nothing has to be bought for `source`, where that is so (rules R4, R17, R48, R95).
    pub(super) fn settled(&self, source: &SourceLine) -> Option<&Finding> {
        self.settled.get(&source.id)
    }
    /// Whether a person has let `finding` about `source` pass.
    pub(super) fn is_let_pass(&self, source: &SourceLine, finding: &Finding) -> bool {
        let line = self.migration.lines.get(&source.id);
        line.is_some_and(|line| line.waived.iter().any(|waived| waived.lets_pass(finding)))
    }
    /// Whether `line` has something to buy and has not bought it yet.
    pub(super) fn buys(&self, line: &Line) -> bool {
        let passes = |why: &Finding| self.is_let_pass(&line.source, why);
        let over = matches!(line.stage, Stage::Settled { .. });
        !over && line.bought().is_none() && self.settled(&line.source).is_none_or(passes)
    }

    /// Enabled subscriptions of `sku` that are neither moved nor bought by this migration.
    pub(super) fn outside(&self, sku: SkuId) -> impl Iterator<Item = &'a HeldSubscription> + use<'a, '_> {
        of_licence(&self.outside, sku)
    }
    /// Enabled subscriptions of `sku` that this migration has bought.
    pub(super) fn ours(&self, sku: SkuId) -> impl Iterator<Item = &'a HeldSubscription> + use<'a, '_> {
        of_licence(&self.ours, sku)
    }
    /// Whether `held`, which no order of this migration explains, is ours and may be one all the same: of the size of a line,
    /// made lately or since a plan, or nobody knows when (rule R127 and section F).
    pub(super) fn may_be_ordered_here(&self, held: &HeldSubscription) -> bool {
        let lately = |created: Timestamp| created > earlier(self.now, LATELY);
        let asks = |line: &Line| {
            let (source, plan) = (&line.source, line.plan.as_ref().filter(|plan| plan.sku == held.sku));
            let wanted = self.offer(source).is_some_and(|offer| offer.sku == held.sku);
            let sizes = [
                Some(source.seats).filter(|_| wanted),
                source.target_seats.filter(|_| wanted),
                plan.map(|plan| plan.seats),
            ];
            let since = held.created.zip(plan.and_then(|plan| plan.made)).is_some_and(|(created, made)| created > made);
            since || sizes.into_iter().flatten().any(|seats| seats.get() == held.seats)
        };
        let migrated = self.facts.conversions.iter().any(|known| known.to.as_ref() == Some(&held.id));
        let explained = migrated || self.told.binary_search_by_key(&&held.id, |(told, _)| *told).is_ok();
        !explained
            && held.owner == Some(self.facts.partner.tenant)
            && (held.created.is_none_or(lately) || self.migration.lines.values().any(asks))
    }
    /// The lines that are about `held`, in their order.
    pub(super) fn told(&self, held: &SubscriptionId) -> impl Iterator<Item = LineId> {
        let from = self.told.partition_point(|(id, _)| *id < held);
        self.told.iter().skip(from).take_while(move |(id, _)| *id == held).map(|(_, line)| *line)
    }
}

/// Those of licence `sku` in `sorted`, which is in the order of licences.
fn of_licence<'a, 'b>(
    sorted: &'b [&'a HeldSubscription],
    sku: SkuId,
) -> impl Iterator<Item = &'a HeldSubscription> + use<'a, 'b> {
    let from = sorted.partition_point(|held| held.sku < sku);
    sorted.iter().skip(from).copied().take_while(move |held| held.sku == sku)
}

/// The end of `source` by all that is told about it (rule R46). What a service shows now goes before what it showed before, and
/// what was told and has passed, also by that service, only contradicts it.
fn end_of(
    source: &SourceLine,
    own: Option<&OwnSubscription>,
    held: Option<&HeldSubscription>,
    now: Timestamp,
) -> Option<Told> {
    let live =
        [sold_end(own).map(|end| (Witness::PartnerCenter, end)), seen_end(held).map(|end| (Witness::Graph, end))];
    let live = || live.into_iter().flatten();
    let is_live = |by: &Witness| live().any(|(other, _)| other == *by);
    let passed = |(_, end): &(Witness, End)| live().next().is_some() && end.instant() <= now;
    let counts = |told: &(Witness, End)| !is_live(&told.0) && !passed(told);
    let judged = trusted(source.ends.iter().filter(counts).chain(live()))?;
    let differs = |(_, end): &(Witness, End)| {
        days_between(end.last_whole_day(), judged.end.last_whole_day()).abs() > CORRECTION_DAYS
    };
    let against = judged.against.or_else(|| source.ends.iter().filter(passed).find(differs));
    Some(Told { against, ..judged })
}

/// The end that Partner Center tells of a subscription of ours; none where its term is over.
fn sold_end(own: Option<&OwnSubscription>) -> Option<End> {
    let own = own.filter(|own| own.status != OwnStatus::Other)?;
    own.last_day.map(End::after_day)
}

/// The end that the tenant shows; none while it is in grace or gone, for then the date means something else (rule R3).
fn seen_end(held: Option<&HeldSubscription>) -> Option<End> {
    let held = held.filter(|held| held.status == HeldStatus::Enabled)?;
    held.next_lifecycle.map(End::at)
}

/// Where a source that was `told` to be bought somewhere was bought by a witness who contradicts that (rule R5): Partner
/// Center's record of what is ours, and else the tenant. That no partner is named contradicts nothing: it is likely, not sure.
fn shown_program(
    told: &SourceLine,
    own: Option<&OwnSubscription>,
    held: Option<&HeldSubscription>,
    us: TenantId,
    now: Timestamp,
) -> Option<(Witness, SourceProgram)> {
    use SourceProgram as P;
    let (by, shown) = match (own, held?) {
        (Some(own), _) if own.legacy => (Witness::PartnerCenter, P::LegacyCspOurs),
        (_, held) if held.trial => (Witness::Graph, P::Trial),
        (_, held) if held.owner == Some(us) => return None,
        (_, held) if held.owner.is_some() => match told.program {
            P::LegacyCsp | P::LegacyCspOurs => (Witness::Graph, P::LegacyCsp),
            P::NonprofitGrant => return None,
            _ => (Witness::Graph, P::NceOtherPartner),
        },
        (_, held) if held.bought_by_user => (Witness::Graph, P::SelfService),
        // Direct or volume: nobody can tell which. As direct it may renew and is given back for no money.
        _ if told.program == P::Trial => (Witness::Graph, P::DirectMca),
        // It has renewed since, and renews under the newer agreement (rule R6).
        (_, held) if told.program == P::DirectMosa && has_renewed(told, held, now) => (Witness::Graph, P::DirectMca),
        _ => return None,
    };
    (shown != told.program).then_some((by, shown))
}

/// Whether an end that was told has passed and the tenant shows a later one.
fn has_renewed(told: &SourceLine, held: &HeldSubscription, now: Timestamp) -> bool {
    let later = |end: &End| {
        end.instant() <= now
            && seen_end(Some(held))
                .is_some_and(|seen| days_between(end.last_whole_day(), seen.last_whole_day()) > CORRECTION_DAYS)
    };
    told.ends.iter().any(|(_, end)| later(&end))
}

fn only(fitting: Vec<&HeldSubscription>) -> Option<&HeldSubscription> {
    match fitting[..] {
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
    fitting(migration, source, tenancy, |id| tenancy.subscription(id))
}

/// As [`fitting_sources`], where `of_id` finds a subscription of `tenancy`.
fn fitting<'a>(
    migration: &Migration,
    source: &SourceLine,
    tenancy: &'a Tenancy,
    of_id: impl Fn(&SubscriptionId) -> Option<&'a HeldSubscription>,
) -> Vec<&'a HeldSubscription> {
    let line = migration.lines.get(&source.id);
    if line.is_some_and(|line| line.beside.is_some()) {
        return Vec::new();
    }
    if let Some(recognised) = line.and_then(|line| line.held.as_ref()) {
        return of_id(recognised).into_iter().collect();
    }
    if let Some(held) = source.subscription.as_ref().and_then(of_id) {
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
