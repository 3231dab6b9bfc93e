//! The purchases of a customer, wave by wave: what stands in the tenant on the day of each, and what it adds to that
//! (rules R27, R77, R89, R118). Judges nothing.

use super::Outlook;
use crate::facts::{HeldStatus, HeldSubscription};
use crate::ids::{LineId, SkuId};
use crate::migration::state::Line;
use crate::plan::{Route, Timing, may_be_planned, waves};
use crate::portfolio::SourceLine;
use crate::time::{Billing, later, start_of};
use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// So long after its end an old subscription is taken to be gone when others are bought: a wave may begin as much earlier
/// (rule R118).
const GONE_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// What one wave finds, and what it adds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    /// There on its day, as far as is known now.
    pub(super) standing: u32,
    /// Added by it.
    pub(super) adds: u32,
}

/// One wave of purchases.
#[derive(Debug, Default)]
pub(super) struct Wave {
    /// Subscriptions in the tenant; those of today where it cannot be seen.
    pub(super) subscriptions: Load,
    /// Seats of each licence that it buys, over all channels.
    pub(super) seats: BTreeMap<SkuId, Load>,
    /// What is invoiced at once. Lines without a price in the currency of the credit do not count.
    pub(super) invoiced: Decimal,
}

/// The waves of one customer.
#[derive(Debug, Default)]
pub(super) struct Waves {
    days: BTreeMap<LineId, Date>,
    by_day: BTreeMap<Date, Wave>,
}

impl Waves {
    /// The wave in which a line is bought; none for one that is not bought, or of which nobody knows when.
    pub(super) fn of(&self, line: LineId) -> Option<&Wave> {
        self.by_day.get(&self.day(line)?)
    }

    /// The day of that wave.
    pub(super) fn day(&self, line: LineId) -> Option<Date> {
        self.days.get(&line).copied()
    }

    /// Those of all lines that are still to be bought.
    pub(super) fn upon(outlook: &Outlook<'_>) -> Self {
        let lines = || outlook.migration.lines.values().filter(|line| outlook.buys(line));
        let open = lines().filter(|line| may_be_planned(line.stage.underlying()));
        let timed = open.filter_map(|line| Some((line.source.id, outlook.timing(&line.source)?)));
        // What is bought at once draws nothing into its wave.
        let (late, now): (Vec<_>, Vec<_>) = timed.partition(|(_, timing)| timing.route == Route::BuyAtEnd);
        let day = |(id, timing): (LineId, Timing)| (id, timing.day);
        let mut days = waves(late.into_iter().map(day).collect(), &outlook.together());
        days.extend(now.into_iter().map(day));
        let under_way: Vec<&Line> = lines().filter(|line| !may_be_planned(line.stage.underlying())).collect();
        let each: BTreeSet<Date> = days.values().copied().collect();
        let by_day = each.into_iter().map(|day| (day, wave(outlook, &days, &under_way, day))).collect();
        Self { days, by_day }
    }
}

/// The wave on `day`.
fn wave(outlook: &Outlook<'_>, days: &BTreeMap<LineId, Date>, under_way: &[&Line], day: Date) -> Wave {
    let lines = &outlook.migration.lines;
    let bought = |when: fn(&Date, &Date) -> bool| {
        let then = days.iter().filter(move |(_, other)| when(other, &day));
        then.filter_map(|(id, _)| lines.get(id)).map(|line| &line.source)
    };
    let before = || bought(|other, day| other < day);
    let gone: Vec<&SourceLine> = lines.values().map(|line| &line.source).filter(|s| is_gone(outlook, s, day)).collect();
    let standing = outlook.tenancy.map_or(lines.len(), |tenancy| tenancy.subscriptions.len());
    let subscriptions = Load {
        standing: count(standing)
            .saturating_sub(count(gone.len()))
            .saturating_add(count(under_way.len() + before().count())),
        adds: count(bought(|other, day| other == day).count()),
    };
    let sku_of = |source: &SourceLine| outlook.offer(source).map(|offer| offer.sku);
    let mut seats: BTreeMap<SkuId, Load> = BTreeMap::new();
    let mut invoiced = Decimal::ZERO;
    for source in bought(|other, day| other == day) {
        invoiced = invoiced.saturating_add(first_invoice(outlook, source, day).unwrap_or_default());
        let Some(sku) = sku_of(source) else { continue };
        let load = seats.entry(sku).or_insert_with(|| {
            let of = |source: &&SourceLine| sku_of(source) == Some(sku);
            let ordered = sum(before().filter(of).map(|source| outlook.seats(source).get()));
            let ordering = under_way.iter().filter_map(|line| line.plan.as_ref()).filter(|plan| plan.sku == sku);
            let old = gone.iter().filter(|source| source.sku == sku).map(|source| serving(outlook, source));
            let standing = standing_seats(outlook, sku).saturating_sub(sum(old));
            let coming = ordered.saturating_add(sum(ordering.map(|plan| plan.seats.get())));
            Load { standing: standing.saturating_add(coming), adds: 0 }
        });
        load.adds = load.adds.saturating_add(outlook.seats(source).get());
    }
    Wave { subscriptions, seats, invoiced }
}

/// Whether `source` will have ended long before `day`.
fn is_gone(outlook: &Outlook<'_>, source: &SourceLine, day: Date) -> bool {
    let seen = outlook.tenancy.is_none() || serving(outlook, source) > 0;
    seen && outlook.end(source).is_some_and(|end| later(end.instant(), GONE_AFTER) <= start_of(day))
}

/// Seats of a licence today, over all channels; those that are told where the tenant cannot be seen.
pub(super) fn standing_seats(outlook: &Outlook<'_>, sku: SkuId) -> u32 {
    let told = || {
        let lines = outlook.migration.lines.values().filter(|line| line.source.sku == sku);
        sum(lines.map(|line| line.source.seats.get()))
    };
    outlook.tenancy.map_or_else(told, |tenancy| tenancy.pool(sku).enabled)
}

/// Seats that `source` brings today.
fn serving(outlook: &Outlook<'_>, source: &SourceLine) -> u32 {
    match outlook.tenancy {
        None => source.seats.get(),
        Some(_) => {
            let serves = |held: &&HeldSubscription| held.status == HeldStatus::Enabled;
            outlook.held(source).filter(serves).map_or(0, |held| held.seats)
        }
    }
}

/// What the purchase for `source` on `day` is invoiced at once, where its price is known in the currency of the credit.
fn first_invoice(outlook: &Outlook<'_>, source: &SourceLine, day: Date) -> Option<Decimal> {
    let credit = outlook.facts.credit.as_ref()?;
    let (term, billing) = (outlook.term(source), outlook.billing(source)?);
    let price = outlook.deal(source, billing, day)?.price(outlook.policy);
    let price = price.filter(|price| price.currency == credit.value.currency)?;
    let share = match billing {
        Billing::Monthly => Decimal::from(term.months()),
        Billing::Annual => (Decimal::from(term.months()) / Decimal::from(12)).max(Decimal::ONE),
        Billing::Triennial => Decimal::ONE,
    };
    Some(price.amount.saturating_mul(outlook.seats(source).get().into()) / share)
}

fn sum(counts: impl Iterator<Item = u32>) -> u32 {
    counts.fold(0, u32::saturating_add)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
