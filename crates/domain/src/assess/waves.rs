//! The purchases of a customer, wave by wave: what stands in the tenant on the day of each, and what it adds to that
//! (rules R27, R77, R89, R118). Judges nothing.

use super::Outlook;
use crate::facts::{HeldStatus, HeldSubscription};
use crate::ids::{LineId, SkuId};
use crate::migration::state::Stage;
use crate::plan::price::first_invoice;
use crate::plan::{Purchases, Route, Timing, may_be_planned, waves};
use crate::portfolio::SourceLine;
use crate::time::{later, start_of, utc_day};
use crate::value::{Currency, Money};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
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
    /// What is invoiced at once, where our credit has a bound. Lines without a known price do not count.
    pub(super) invoiced: BTreeMap<Currency, Decimal>,
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

    /// The day of each line that is bought.
    pub(super) fn days(&self) -> &BTreeMap<LineId, Date> {
        &self.days
    }

    /// Those of all lines that are still to be bought.
    pub(super) fn upon(outlook: &Outlook<'_>) -> Self {
        let lines = || outlook.migration.lines.values().filter(|line| outlook.buys(line));
        let open = lines().filter(|line| may_be_planned(line.stage.underlying()));
        let timed = open.filter_map(|line| Some((line.source.id, outlook.timing(&line.source)?)));
        let (late, now): (Vec<_>, Vec<_>) = timed.partition(|(_, timing)| timing.route == Route::BuyAtEnd);
        let day = |(id, timing): (LineId, Timing)| (id, timing.day);
        let bought = outlook.bought_on().chain(now.iter().map(|(_, timing)| timing.day)).collect();
        let mut days = outlook.in_order(late.into_iter().map(day).collect(), &bought);
        days.extend(now.into_iter().map(day));
        let mut ordered = Tally::default();
        for line in lines().filter(|line| !may_be_planned(line.stage.underlying())) {
            ordered.count(line.plan.as_ref().map(|plan| (plan.sku, plan.seats.get())));
        }
        Self { by_day: by_day(outlook, &days, ordered), days }
    }
}

impl Outlook<'_> {
    /// What the purchase for `source` on `day` is invoiced at once, where its price is known and our credit has a bound.
    pub(super) fn invoiced_at_once(&self, source: &SourceLine, day: Date) -> Option<Money> {
        self.policy.credit.as_ref()?;
        let billing = self.billing(source)?;
        let price = self.deal(source, billing, day)?.price(self.policy)?;
        first_invoice(price, self.seats(source).get(), self.term(source), billing)
    }

    /// The days on which lines are bought of which each has to be on its one of `days` by itself, beside what is `bought` (rules R108,
    /// R118).
    pub(crate) fn in_order(&self, days: BTreeMap<LineId, Date>, bought: &BTreeSet<Date>) -> BTreeMap<LineId, Date> {
        let these = |what: &dyn Fn(&SourceLine) -> bool| -> BTreeSet<LineId> {
            let lines = days.keys().filter_map(|id| self.migration.lines.get(id));
            lines.map(|line| &line.source).filter(|source| what(source)).map(|source| source.id).collect()
        };
        let swapping = these(&|source| self.changes(source));
        let fragile = if swapping.is_empty() { BTreeSet::new() } else { these(&|source| self.is_fragile(source)) };
        let lead = self.lead(self.wanted.lead_business_days);
        let of = Purchases {
            together: &self.together(),
            bought,
            today: utc_day(self.now),
            swapping: &swapping,
            fragile: &fragile,
        };
        waves(days, &of, |day| lead.counts(day))
    }

    /// The days on which lines were bought, and today where one is being bought.
    pub(crate) fn bought_on(&self) -> impl Iterator<Item = Date> {
        let today = utc_day(self.now);
        let begun = self.migration.lines.values().filter(|line| !may_be_planned(line.stage.underlying()));
        begun.filter_map(move |line| match line.purchases.last() {
            Some(purchase) => Some(utc_day(purchase.ordered_at)),
            None => line.stage.underlying().is_on_its_way().then_some(today),
        })
    }
}

/// Subscriptions, and seats of each licence.
#[derive(Debug, Default)]
pub(super) struct Tally {
    subscriptions: u32,
    seats: BTreeMap<SkuId, u32>,
}

impl Tally {
    /// What the tenant holds today, over all channels; what is told where it cannot be seen.
    pub(super) fn today(outlook: &Outlook<'_>) -> Self {
        if let Some(tenancy) = outlook.tenancy {
            let seats = tenancy.pools.iter().map(|(sku, pool)| (*sku, pool.enabled)).collect();
            return Self { subscriptions: count(tenancy.subscriptions.len()), seats };
        }
        let mut told = Self::default();
        outlook.migration.lines.values().for_each(|line| told.count(Some((line.source.sku, line.source.seats.get()))));
        told
    }
    fn count(&mut self, seats: Option<(SkuId, u32)>) {
        self.subscriptions = self.subscriptions.saturating_add(1);
        if let Some((sku, seats)) = seats {
            let sum = self.seats.entry(sku).or_default();
            *sum = sum.saturating_add(seats);
        }
    }
    pub(super) fn seats(&self, sku: SkuId) -> u32 {
        self.seats.get(&sku).copied().unwrap_or(0)
    }
}

/// The waves on `days`, one after another, where `ordered` is on its way before all of them.
fn by_day(outlook: &Outlook<'_>, days: &BTreeMap<LineId, Date>, mut ordered: Tally) -> BTreeMap<Date, Wave> {
    let lines = &outlook.migration.lines;
    let mut bought: Vec<(Date, &SourceLine)> =
        days.iter().filter_map(|(id, day)| Some((*day, &lines.get(id)?.source))).collect();
    bought.sort_by_key(|(day, _)| *day);
    let goes = lines.values().filter(|line| !matches!(line.stage, Stage::Settled { .. }));
    let mut going: Vec<(Timestamp, &SourceLine)> =
        goes.filter_map(|line| Some((gone_from(outlook, &line.source)?, &line.source))).collect();
    going.sort_by_key(|(from, _)| *from);
    let mut going = going.into_iter().peekable();
    let (today, mut gone) = (Tally::today(outlook), Tally::default());
    let mut waves = BTreeMap::new();
    for together in bought.chunk_by(|(day, _), (other, _)| day == other) {
        let day = together[0].0;
        while let Some((_, source)) = going.next_if(|(from, _)| *from <= start_of(day)) {
            gone.count(Some((source.sku, serving(outlook, source))));
        }
        let standing = today.subscriptions.saturating_sub(gone.subscriptions).saturating_add(ordered.subscriptions);
        let subscriptions = Load { standing, adds: count(together.len()) };
        let mut wave = Wave { subscriptions, ..Wave::default() };
        let wanted = |source| Some((outlook.offer(source)?.sku, outlook.seats(source).get()));
        for (_, source) in together {
            if let Some(Money { amount, currency }) = outlook.invoiced_at_once(source, day) {
                let sum = wave.invoiced.entry(currency).or_default();
                *sum = sum.saturating_add(amount);
            }
            let Some((sku, seats)) = wanted(source) else { continue };
            let load = wave.seats.entry(sku).or_insert_with(|| {
                let standing = today.seats(sku).saturating_sub(gone.seats(sku));
                Load { standing: standing.saturating_add(ordered.seats(sku)), adds: 0 }
            });
            load.adds = load.adds.saturating_add(seats);
        }
        together.iter().for_each(|(_, source)| ordered.count(wanted(source)));
        waves.insert(day, wave);
    }
    waves
}

/// From when on `source` will have ended long before; none where nobody knows, or where the tenant does not show it.
fn gone_from(outlook: &Outlook<'_>, source: &SourceLine) -> Option<Timestamp> {
    let seen = serving(outlook, source) > 0;
    outlook.end(source).filter(|_| seen).map(|end| later(end.instant(), GONE_AFTER))
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

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
