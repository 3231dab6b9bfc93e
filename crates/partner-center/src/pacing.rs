//! Keeping to the services' budgets: which call draws on which, and waiting for a place.
//!
//! What is documented is kept; what is not is begun with the number of its neighbours and learned from refusals. Never
//! sends anything: says when a call may leave.

mod memory;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use memory::{MemoryBudgets, Unpaced};

use crate::config::SetupError;
use crate::operation::{Operation, Resource};
use carryover_domain::ids::TenantId;
use carryover_ports::{Admission, BudgetKey, Budgets, Draw};
use jiff::SignedDuration;
use metrics::{counter, gauge};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A budget of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Its name in the settings.
    pub name: &'static str,
    /// How much is allowed within the span, in requests or units.
    pub allowed: u32,
    /// The span, in seconds.
    pub secs: u32,
    /// Whether each customer has one of its own.
    pub per_customer: bool,
    /// Where the number is from.
    pub source: &'static str,
}

const LEARNED: &str = "not documented: begun with the number of the account resources, and learned";

/// Every budget that calls are paced by.
pub const BUDGETS: [Budget; 13] = [
    budget("accounts", 500, 60, false, "fact sheet 7: customer, subscription and order resources, per tenant id"),
    budget("carts", 500, 60, false, LEARNED),
    budget("catalogue", 500, 60, false, LEARNED),
    budget("others", 500, 60, false, LEARNED),
    budget("customer", 500, 60, true, LEARNED),
    budget("migration_checks", 450, 300, true, "fact sheet 7: validations, per partner and customer"),
    budget("migrations", 100, 300, false, "fact sheet 7: created migrations, per partner"),
    budget("webhook_tests", 2, 60, false, "fact sheet 7: validation events"),
    budget(
        "graph_reads",
        3_500,
        10,
        true,
        "fact sheet 21.7: units of an application in a tenant; more in a larger one",
    ),
    budget("graph_reads_all", 150_000, 20, false, "fact sheet 21.7: units of an application in all tenants"),
    budget("graph_writes", 3_000, 150, true, "fact sheet 21.7: writes of an application in a tenant"),
    budget("graph_writes_long", 18_000, 300, true, "fact sheet 21.7: writes in a tenant"),
    budget("graph_writes_all", 70_000, 300, false, "fact sheet 21.7: writes of an application in all tenants"),
];

/// What `graph_reads` allow in a tenant with at least so many users (fact sheet 21.7).
const LARGER_TENANTS: [(u32, u32); 2] = [(501, 8_000), (50, 5_000)];

/// Larger tenants that are known at a time. When there are more, all are taken for small ones until they are seen again.
const LARGER_TENANTS_MAX: usize = 100_000;

const fn budget(name: &'static str, allowed: u32, secs: u32, per_customer: bool, source: &'static str) -> Budget {
    Budget { name, allowed, secs, per_customer, source }
}

/// The budgets that a call for `resource` draws on, each with what it takes for every request.
fn drawn(resource: Resource) -> Vec<(&'static str, u32)> {
    match resource {
        // The authority names no number, and a token lives for an hour.
        Resource::SignIn => vec![],
        Resource::Accounts => vec![("accounts", 1), ("customer", 1)],
        Resource::Carts => vec![("carts", 1), ("customer", 1)],
        Resource::Catalogue => vec![("catalogue", 1), ("customer", 1)],
        Resource::MigrationChecks => vec![("migration_checks", 1)],
        Resource::MigrationOrders => vec![("migrations", 1), ("customer", 1)],
        Resource::WebhookTests => vec![("webhook_tests", 1)],
        Resource::Others => vec![("others", 1), ("customer", 1)],
        Resource::GraphReads(units) => vec![("graph_reads", units), ("graph_reads_all", units)],
        Resource::GraphOwn => vec![("graph_reads_all", 1)],
        Resource::GraphWrites => vec![
            ("graph_reads", 1),
            ("graph_reads_all", 1),
            ("graph_writes", 1),
            ("graph_writes_long", 1),
            ("graph_writes_all", 1),
        ],
    }
}

/// A call that may leave, and what it was paid from.
#[derive(Debug)]
pub(crate) struct Paid {
    draws: Vec<Draw>,
    /// How much the scarcest budget still has.
    pub(crate) left: u32,
}

impl Paid {
    /// Paid with `draws`, which is told to whoever keeps figures.
    fn with(draws: Vec<Draw>, left: u32) -> Self {
        for Draw { key, allowed, per, cost } in &draws {
            counter!("carryover_budget_drawn_total", "budget" => key.name).increment(u64::from(*cost));
            gauge!("carryover_budget_allowed_per_second", "budget" => key.name)
                .set(f64::from(*allowed) / per.as_secs_f64());
        }
        Self { draws, left }
    }
}

#[derive(Clone)]
pub(crate) struct Pacer {
    budgets: Arc<dyn Budgets>,
    partner: TenantId,
    allowed: BTreeMap<&'static str, Budget>,
    wait_max: SignedDuration,
    /// What `graph_reads` allow in tenants that were seen to be larger than the smallest; none where a setting says how much.
    larger: Option<Arc<Mutex<BTreeMap<TenantId, u32>>>>,
}

impl Pacer {
    /// A pacer that keeps `lowered` budgets to less than what is allowed.
    pub(crate) fn try_new(
        budgets: Arc<dyn Budgets>,
        partner: TenantId,
        lowered: &BTreeMap<String, u32>,
        wait_max: SignedDuration,
    ) -> Result<Self, SetupError> {
        let mut allowed: BTreeMap<_, _> = BUDGETS.into_iter().map(|budget| (budget.name, budget)).collect();
        for (name, wish) in lowered {
            let budget = allowed.get_mut(name.as_str()).filter(|budget| (1..=budget.allowed).contains(wish));
            budget.ok_or_else(|| SetupError::Budget { name: name.clone(), wish: *wish })?.allowed = *wish;
        }
        let larger = (!lowered.contains_key("graph_reads")).then(Arc::default);
        Ok(Self { budgets, partner, allowed, wait_max, larger })
    }

    /// The tenant of `customer` was seen to have so many users or more.
    pub(crate) fn has_users(&self, customer: TenantId, users: u32) {
        let Some(larger) = &self.larger else { return };
        let mut larger = larger.lock().unwrap_or_else(PoisonError::into_inner);
        match LARGER_TENANTS.into_iter().find(|(least, _)| users >= *least) {
            Some((_, allowed)) => {
                if larger.len() >= LARGER_TENANTS_MAX {
                    larger.clear();
                }
                larger.insert(customer, allowed);
            }
            None => drop(larger.remove(&customer)),
        }
    }

    fn allowed_to_read(&self, customer: TenantId) -> Option<u32> {
        self.larger.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).get(&customer).copied()
    }

    /// What `requests` calls at once draw on.
    pub(crate) fn draws(&self, operation: Operation, customer: Option<TenantId>, requests: u32) -> Vec<Draw> {
        let drawn = drawn(operation.resource()).into_iter();
        let draw = |(name, cost): (&'static str, u32)| {
            let budget = self.allowed.get(name)?;
            // What is not about a customer leaves the customers' own budgets alone.
            let customer = if budget.per_customer { Some(customer?) } else { None };
            let larger = customer.filter(|_| name == "graph_reads").and_then(|customer| self.allowed_to_read(customer));
            Some(Draw {
                key: BudgetKey { name, partner: self.partner, customer },
                allowed: larger.unwrap_or(budget.allowed),
                per: SignedDuration::from_secs(i64::from(budget.secs)),
                cost: cost * requests,
            })
        };
        drawn.filter_map(draw).collect()
    }

    /// Waits for a place, or says for how long to stay away where that is longer than a call should wait here.
    pub(crate) async fn admit(&self, draws: Vec<Draw>) -> Result<Paid, SignedDuration> {
        let mut patience = self.wait_max;
        loop {
            match self.budgets.take(&draws, patience).await {
                Admission::Later { after } => return Err(spread(after)),
                Admission::Go { after, left, .. } if after.is_zero() => return Ok(Paid::with(draws, left)),
                Admission::Go { after, place, left } => {
                    tokio::time::sleep(after.unsigned_abs()).await;
                    if self.budgets.holds(&draws, place).await {
                        return Ok(Paid::with(draws, left));
                    }
                    patience = (patience - after).max(SignedDuration::ZERO);
                }
            }
        }
    }

    /// The service refused what was paid for.
    pub(crate) async fn refused(&self, paid: &Paid, retry_after: SignedDuration) {
        self.budgets.refused(&paid.draws, retry_after).await;
    }

    /// The service refused one request of a batch in the tenant of `customer`, and answered the batch as such.
    pub(crate) async fn refused_inside(&self, operation: Operation, customer: TenantId, retry_after: SignedDuration) {
        self.budgets.refused(&self.draws(operation, Some(customer), 1), retry_after).await;
    }
}

/// `pause` and up to a tenth more, so that not all who were sent away come back together.
fn spread(pause: SignedDuration) -> SignedDuration {
    let chance = u32::from(Uuid::new_v4().as_bytes()[0]);
    pause.saturating_add(pause / 10 * i32::try_from(chance).unwrap_or_default() / 256)
}
