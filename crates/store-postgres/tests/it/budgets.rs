//! Budgets in the database keep every promise of budgets, and their sum whatever number of processes draws on them.

use crate::standing::open;
use carryover_domain::ids::TenantId;
use carryover_ports::{Admission, BudgetKey, Budgets, Draw};
use carryover_store_postgres::PostgresBudgets;
use carryover_testkit::postgres::{self, Cluster};
use jiff::SignedDuration;
use std::time::Instant;
use uuid::Uuid;

async fn budgets(address: &str) -> PostgresBudgets {
    open(address).await.budgets()
}

carryover_testkit::conformance::budgets!(|| {
    let address = postgres::shared()?.database();
    let budgets = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(budgets(&address)));
    Some((budgets, ()))
});

/// A draw upon what all processes of the partner share: 120 a minute.
fn shared() -> [Draw; 1] {
    let key = BudgetKey { name: "accounts", partner: TenantId::new(Uuid::from_u128(1)), customer: None };
    [Draw { key, allowed: 120, per: SignedDuration::from_mins(1), cost: 1 }]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sum_of_what_processes_call_keeps_the_budget() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let start = Instant::now();
    let mut processes = Vec::new();
    for _ in 0..4 {
        let budgets = budgets(&address).await;
        processes.push(tokio::spawn(async move {
            let mut leaving = Vec::new();
            for _ in 0..75 {
                match budgets.take(&shared(), SignedDuration::from_hours(1)).await {
                    Admission::Go { after, .. } => leaving.push((start.elapsed() + after.unsigned_abs()).as_millis()),
                    later @ Admission::Later { .. } => panic!("{later:?}"),
                }
            }
            leaving
        }));
    }
    let mut leaving = Vec::new();
    for process in processes {
        leaving.extend(process.await.expect("it ends"));
    }
    leaving.sort_unstable();
    let within = |from: usize| leaving[from..].iter().take_while(|at| **at < leaving[from] + 60_000).count();
    let most = (0..leaving.len()).map(within).max().unwrap_or_default();
    assert!((110..=120).contains(&most), "{most} leave within a minute");
    let last = leaving.last().copied().unwrap_or_default();
    assert!(last > 140_000, "300 calls of 120 a minute take more than two minutes, and end after {last} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_is_refused_holds_back_the_others() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let (one, other) = (budgets(&address).await, budgets(&address).await);
    one.refused(&shared(), SignedDuration::from_mins(3)).await;
    let answer = other.take(&shared(), SignedDuration::ZERO).await;
    let Admission::Later { after } = answer else { panic!("{answer:?}") };
    assert!(after > SignedDuration::from_secs(170), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_reach_the_budgets_does_not_call() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let budgets = budgets(&address).await;
    cluster.sql(Cluster::name_of(&address), "DROP TABLE carryover.budgets CASCADE");
    let answer = budgets.take(&shared(), SignedDuration::from_hours(1)).await;
    assert!(matches!(answer, Admission::Later { .. }), "{answer:?}");
    assert!(!budgets.holds(&shared(), 0).await);
}
