//! The licence pools of one customer over time: what is held and what is needed (rules R92, R95, R99). Adds up; judges nothing.

use super::line::{LineForecast, Who};
use crate::assess::Outlook;
use crate::facts::{HeldStatus, Tenancy};
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
    /// Licences in use: as many as today, less users who have changed to another licence by then, and with those who have
    /// changed to this one.
    pub needed: u64,
}

impl PoolAt {
    /// How many are missing.
    pub fn short(&self) -> u64 {
        self.needed.saturating_sub(self.held)
    }
}

/// The pools that `lines` touch; none where the tenant was not read.
pub(super) fn of(outlook: &Outlook<'_>, who: &Who, lines: &[LineForecast]) -> Vec<PoolForecast> {
    let Some(tenancy) = outlook.tenancy else { return Vec::new() };
    let sources: BTreeMap<&SubscriptionId, &LineForecast> = lines
        .iter()
        .filter_map(|line| {
            let source = &outlook.migration.lines.get(&line.line)?.source;
            Some((&outlook.held(source)?.id, line))
        })
        .collect();
    let arrived = |line: &LineForecast| {
        let bought = outlook.migration.lines.get(&line.line).and_then(|line| line.bought());
        bought.is_some_and(|bought| tenancy.subscription(bought).is_some())
    };
    let pool = |sku: SkuId| {
        let touching = || lines.iter().filter(move |line| line.old_sku == sku || line.new_sku == Some(sku));
        let mut instants = BTreeSet::from([outlook.now]);
        for line in touching() {
            let margin = line.ends.map(|ends| earlier(ends, outlook.policy.margin_min));
            let horizon = line.ends.map(|ends| later(ends, outlook.policy.pool_horizon));
            instants.extend([line.opens, margin, line.ends, horizon].into_iter().flatten());
        }
        let at = |at: Timestamp| {
            let coming = touching()
                .filter(|line| {
                    line.new_sku == Some(sku) && !arrived(line) && line.opens.is_some_and(|opens| opens <= at)
                })
                .filter_map(|line| line.new_seats);
            let moved = |from: bool| -> u64 {
                let begun = touching().filter(|line| line.opens.is_some_and(|opens| opens <= at));
                begun.filter(|line| (line.old_sku == sku) == from).map(|line| u64::from(line.swaps)).sum()
            };
            PoolAt {
                at,
                held: in_force(tenancy, &sources, sku, at) + coming.map(u64::from).sum::<u64>(),
                needed: u64::from(tenancy.pool(sku).consumed).saturating_sub(moved(true)) + moved(false),
            }
        };
        let instants = instants.into_iter().filter(|at| *at >= outlook.now).map(at).collect();
        PoolForecast { who: who.clone(), sku, instants }
    };
    let skus: BTreeSet<SkuId> = lines.iter().flat_map(|line| [Some(line.old_sku), line.new_sku]).flatten().collect();
    skus.into_iter().map(pool).collect()
}

/// Licences of what the tenant shows and that is still in force at `at`.
fn in_force(tenancy: &Tenancy, sources: &BTreeMap<&SubscriptionId, &LineForecast>, sku: SkuId, at: Timestamp) -> u64 {
    let serving = tenancy.subscriptions.iter().filter(|held| held.sku == sku && held.status == HeldStatus::Enabled);
    let lasts = |held: &&crate::facts::HeldSubscription| {
        let ends = sources.get(&held.id).map_or(held.next_lifecycle, |line| line.ends);
        ends.is_none_or(|ends| ends > at)
    };
    serving.filter(lasts).map(|held| u64::from(held.seats)).sum()
}
