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
/// Queries for fewer items than this are cheaper.
const SMALL_PAGE: usize = 20;

/// Counts a request in `tenant`. `Err` holds the seconds until there is room.
pub(super) fn spend(call: &Call, route: &[&str], tenant: TenantId, ledger: &mut Ledger) -> Result<(), u32> {
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
        (format!("graph {tenant}"), in_tenant, units),
        ("graph".to_owned(), ALL_UNITS, units),
        ("graph requests".to_owned(), all, 1),
    ];
    if call.method != "GET" {
        draws.push((format!("graph writes {tenant}"), TENANT_WRITES, 1));
        draws.push((format!("graph writes for long {tenant}"), TENANT_WRITES_LONG, 1));
        draws.push(("graph writes".to_owned(), ALL_WRITES, 1));
    }
    let waits = draws.into_iter().filter_map(|(sharing, budget, cost)| ledger.spend(sharing, budget, cost).err());
    waits.max().map_or(Ok(()), Err)
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
