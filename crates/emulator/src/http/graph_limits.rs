//! What a request to Graph costs, and which of the documented budgets it draws on (fact sheet 21.7).

use super::call::Call;
use crate::ids::TenantId;
use crate::ledger::budgets::Budget;
use crate::ledger::{GraphLimit, Ledger};

/// Writes of an application in one tenant.
const TENANT_WRITES: Budget = Budget { units: 3_000, seconds: 150 };
/// Writes in one tenant.
const TENANT_WRITES_LONG: Budget = Budget { units: 18_000, seconds: 300 };
/// Writes of an application in all tenants.
const ALL_WRITES: Budget = Budget { units: 70_000, seconds: 300 };
/// Units of an application in all tenants.
const ALL_UNITS: Budget = Budget { units: 150_000, seconds: 20 };
/// Requests of an application to all of Graph, as newer and as older pages have it.
const ALL_REQUESTS: Budget = Budget { units: 130_000, seconds: 10 };
const ALL_REQUESTS_OLDER: Budget = Budget { units: 2_000, seconds: 1 };
/// Graph's words for what there was too much of.
pub(super) const UNITS: &str = "ResourceUnitLimitExceeded";
const WRITES: &str = "WriteLimitExceeded";
/// Queries for fewer items than this are cheaper.
const SMALL_PAGE: usize = 20;

/// What a request came to.
pub(super) struct Paid {
    /// Its cost.
    pub(super) units: usize,
    /// Percent used of the budget that is nearest to its end.
    pub(super) percent: usize,
    /// The budget that has no room for the longest.
    pub(super) over: Option<Over>,
}

/// A budget that is used up.
pub(super) struct Over {
    /// Seconds until there is room.
    pub(super) wait: u32,
    /// Whose budget it is, and of what: the first two parts of Graph's word for it.
    pub(super) scope: &'static str,
    /// What there was too much of, in Graph's word.
    pub(super) of: &'static str,
}

/// Counts a request in `tenant`.
pub(super) fn spend(call: &Call, route: &[&str], tenant: TenantId, ledger: &mut Ledger) -> Paid {
    let units = units(call, route);
    let size = ledger.administered(tenant).map_or(0, |customer| customer.users.len());
    let in_tenant = Budget {
        units: if size < 50 {
            3_500
        } else if size <= 500 {
            5_000
        } else {
            8_000
        },
        seconds: 10,
    };
    let all = match ledger.rules().readings.graph_limit {
        GraphLimit::TenSeconds => ALL_REQUESTS,
        GraphLimit::OneSecond => ALL_REQUESTS_OLDER,
    };
    let mut draws = vec![
        (format!("graph {tenant}"), in_tenant, units, "Tenant_Application/ReadWrite", UNITS),
        ("graph".to_owned(), ALL_UNITS, units, "Application/ReadWrite", UNITS),
        ("graph requests".to_owned(), all, 1, "Application/ReadWrite", UNITS),
    ];
    if call.method != "GET" {
        draws.push((format!("graph writes {tenant}"), TENANT_WRITES, 1, "Tenant_Application/Write", WRITES));
        draws.push((format!("graph writes for long {tenant}"), TENANT_WRITES_LONG, 1, "Tenant/Write", WRITES));
        draws.push(("graph writes".to_owned(), ALL_WRITES, 1, "Application/Write", WRITES));
    }
    let mut paid = Paid { units, percent: 0, over: None };
    for (sharing, budget, cost, scope, of) in draws {
        let spent = ledger.spend(sharing, budget, cost);
        paid.percent = paid.percent.max(spent.percent);
        let longest = paid.over.as_ref().map_or(0, |over| over.wait);
        if let Some(wait) = spent.wait.filter(|wait| *wait > longest) {
            paid.over = Some(Over { wait, scope, of });
        }
    }
    paid
}

fn units(call: &Call, route: &[&str]) -> usize {
    let base: usize = match route {
        _ if call.method != "GET" => return 1,
        ["users", ..] => 2,
        ["subscribedskus", ..] => 3,
        _ => 1,
    };
    let few = call.query("$top").and_then(|top| top.parse().ok()).is_some_and(|top: usize| top < SMALL_PAGE);
    let less = usize::from(call.query("$select").is_some()) + usize::from(few);
    (base + usize::from(call.query("$expand").is_some())).saturating_sub(less).max(1)
}
