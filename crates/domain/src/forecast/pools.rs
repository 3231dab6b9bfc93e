//! The licence pools of one customer over time: what is held and what is needed (rules R92, R95, R99). Adds up; judges nothing.

use super::line::{LineForecast, Who};
use crate::assess::Outlook;
use crate::facts::{HeldStatus, HeldSubscription};
use crate::ids::{SkuId, SubscriptionId};
use crate::time::{earlier, later};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// All units of one licence in a tenant, as far ahead as lines touch them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolForecast {
    /// The customer.
    pub who: Who,
    /// The licence.
    pub sku: SkuId,
    /// Now; and for each line each instant at which it adds seats, the margin before its end, its end, and the horizon after
    /// it that other cover must outlive (rule R99). In order.
    pub instants: Vec<PoolAt>,
}

/// A pool at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolAt {
    /// When.
    pub at: Timestamp,
    /// Licences of subscriptions in force: each until its own end, a line's old one until it ends, a new one from when it may
    /// be bought. Renewals that nobody has planned are not counted.
    pub held: u64,
    /// Licences in use, as far as that is told: as many as today, less users who have changed to another licence by then, and with those who have
    /// changed to this one.
    pub needed: u64,
}

impl PoolAt {
    /// How many are missing.
    pub fn short(&self) -> u64 {
        self.needed.saturating_sub(self.held)
    }
}

/// The pools that `lines` touch: of what the tenant shows, or while it was not read, of what the lines tell.
pub(super) fn of(outlook: &Outlook<'_>, who: &Who, lines: &[LineForecast]) -> Vec<PoolForecast> {
    let (units, all) = (units(outlook, lines), lines);
    let skus: BTreeSet<SkuId> = lines.iter().flat_map(|line| [Some(line.old_sku), line.new_sku]).flatten().collect();
    let pool = |sku: SkuId| {
        let lines = || lines.iter().filter(move |line| line.old_sku == sku || line.new_sku == Some(sku));
        let mut instants = BTreeSet::from([outlook.now]);
        for line in lines() {
            let margin = line.ends.map(|ends| earlier(ends, outlook.policy.margin_min));
            let horizon = line.ends.map(|ends| later(ends, outlook.policy.pool_horizon));
            instants.extend([line.opens, margin, line.ends, horizon].into_iter().flatten());
        }
        let at = |at: Timestamp| {
            let begun = || lines().filter(|line| line.opens.is_some_and(|opens| opens <= at));
            let moved = |from: bool| -> u64 {
                begun().filter(|line| (line.old_sku == sku) == from).map(|line| u64::from(line.swaps)).sum()
            };
            let beside: u64 = begun().map(|line| u64::from(swaps_beside(outlook, all, line))).sum();
            let coming = begun().filter(|line| line.new_sku == Some(sku) && !arrived(outlook, line));
            let in_force = units.iter().filter(|unit| unit.sku == sku && unit.ends.is_none_or(|ends| ends > at));
            PoolAt {
                at,
                held: in_force
                    .map(|unit| unit.seats)
                    .chain(coming.filter_map(|line| line.new_seats))
                    .map(u64::from)
                    .sum(),
                needed: in_use(outlook, sku).saturating_sub(moved(true)) + moved(false) + beside,
            }
        };
        let instants = instants.into_iter().filter(|at| *at >= outlook.now).map(at).collect();
        PoolForecast { who: who.clone(), sku, instants }
    };
    skus.into_iter().map(pool).collect()
}

/// Users who get the second licence `line` with their change to what it stands beside.
fn swaps_beside(outlook: &Outlook<'_>, lines: &[LineForecast], line: &LineForecast) -> u32 {
    let main = outlook.migration.lines.get(&line.line).and_then(|line| line.beside);
    main.and_then(|main| lines.iter().find(|other| other.line == main)).map_or(0, |main| main.swaps)
}

/// A subscription that is in force.
struct Units {
    sku: SkuId,
    seats: u32,
    ends: Option<Timestamp>,
}

/// What is in force now.
fn units(outlook: &Outlook<'_>, lines: &[LineForecast]) -> Vec<Units> {
    let Some(tenancy) = outlook.tenancy else {
        let old = lines.iter().filter(|line| line.ends.is_none_or(|ends| ends > outlook.now));
        return old.map(|line| Units { sku: line.old_sku, seats: line.seats, ends: line.ends }).collect();
    };
    let held = |line: &LineForecast| Some(&outlook.held(&outlook.migration.lines.get(&line.line)?.source)?.id);
    let sources: BTreeMap<&SubscriptionId, &LineForecast> =
        lines.iter().filter_map(|line| Some((held(line)?, line))).collect();
    let serving = tenancy.subscriptions.iter().filter(|held| held.status == HeldStatus::Enabled);
    let unit = |held: &HeldSubscription| {
        let ends = sources.get(&held.id).map_or(held.next_lifecycle, |line| line.ends);
        Units { sku: held.sku, seats: held.seats, ends }
    };
    serving.map(unit).collect()
}

/// Licences in use now: as the tenant counts them, or as many as the lines tell.
fn in_use(outlook: &Outlook<'_>, sku: SkuId) -> u64 {
    match outlook.tenancy {
        Some(tenancy) => tenancy.pool(sku).consumed.into(),
        None => {
            let sources = outlook.migration.lines.values().map(|line| &line.source);
            sources.filter(|line| line.sku == sku).filter_map(|line| line.assigned_seats).map(u64::from).sum()
        }
    }
}

/// Whether the tenant shows what was bought for `line`.
fn arrived(outlook: &Outlook<'_>, line: &LineForecast) -> bool {
    let bought = outlook.migration.lines.get(&line.line).zip(outlook.tenancy);
    bought.is_some_and(|(line, tenancy)| outlook.migration.shown_new(line, tenancy).is_some())
}
