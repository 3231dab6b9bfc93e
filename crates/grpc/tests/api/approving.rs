//! Four eyes and spending limits: what an approval needs beside the role, also after a restart.

use crate::admission::shown;
use crate::scene::{PARTNER, Scene, Server, approval, reason, request_id};
use carryover_api::v1;
use carryover_domain::forecast::Amounts;
use carryover_domain::ids::{LineId, TenantId};
use carryover_domain::portfolio::{Customer, SourceLine};
use carryover_domain::value::Money;
use carryover_grpc::{ApprovalRules, Caller, Credentials, Gate, Role, StaticToken};
use ring::digest::{SHA256, digest};
use std::sync::Arc;
use std::task::Poll;
use tonic::{Code, Status};
use uuid::Uuid;

/// A scene where `ana` and `ben` may do everything.
fn scene(approvals: ApprovalRules) -> Scene {
    let token = |name: &str| StaticToken {
        sha256: digest(&SHA256, name.as_bytes()).as_ref().try_into().expect("32 bytes"),
        caller: Arc::new(Caller { name: name.to_owned(), roles: [Role::Admin].into() }),
    };
    let credentials = Credentials { tokens: vec![token("ana"), token("ben")], ..Credentials::default() };
    Scene { gate: Gate::Guarded(credentials), approvals, priced: true, ..Scene::new() }
}

async fn planned_by(server: &Server, name: &str, who: &str, request: u128) -> v1::Plan {
    let wish = v1::PlanMigrationRequest { name: name.to_owned(), request_id: request_id(request) };
    server.migrations().await.plan_migration(shown(wish, Some(who))).await.expect("a plan").into_inner()
}

async fn approved_by(server: &Server, plan: &v1::Plan, who: &str, request: u128) -> Result<v1::Plan, Status> {
    let wish = shown(approval(plan, request), Some(who));
    server.migrations().await.approve_plan(wish).await.map(tonic::Response::into_inner)
}

/// The migration of the customer `number`, who has seven seats.
async fn customer(server: &Server, number: u128) -> String {
    let (customer, line) = crate::shop::portfolio();
    let tenant = if number == 0 { customer.tenant } else { TenantId::new(Uuid::from_u128(0xD000 + number)) };
    let line = SourceLine { id: LineId::of(tenant, "old"), ..line };
    let customer = Customer { tenant, domain: format!("c{number}.example"), ..customer };
    server.desk.import(&customer, &[line], "mia").await.expect("imported");
    format!("{PARTNER}/customers/{tenant}/migrations/{}", carryover_domain::ids::MigrationId::of(tenant))
}

#[tokio::test]
async fn whoever_proposed_a_plan_does_not_approve_it() {
    let scene = scene(ApprovalRules { four_eyes: true, ..ApprovalRules::default() });
    let server = scene.server().await;
    let name = customer(&server, 0).await;
    let plan = planned_by(&server, &name, "ana", 1).await;
    assert_eq!(plan.proposer, "ana");
    let refused = approved_by(&server, &plan, "ana", 2).await.expect_err("her own");
    assert_eq!(reason(&refused), (Code::PermissionDenied, "FOUR_EYES_WANTED".to_owned()));
    server.stop().await;
    let server = scene.server().await;
    assert_eq!(approved_by(&server, &plan, "ana", 3).await.expect_err("still her own").code(), Code::PermissionDenied);
    assert_eq!(approved_by(&server, &plan, "ben", 4).await.expect("another's").approver, "ben");
}

/// What the plan for the shop's customer can cost, in EUR.
const COST: i64 = 630;

fn euro(amount: &str) -> Option<Amounts> {
    let currency = "EUR".parse().expect("a currency");
    Some([Money { amount: amount.parse().expect("a number"), currency }].into_iter().collect())
}

#[tokio::test]
async fn a_days_limit_holds_for_processes_that_approve_in_the_same_moment() {
    let scene = scene(ApprovalRules { per_day: euro(&COST.to_string()), ..ApprovalRules::default() });
    let (one, other) = (scene.server().await, scene.server().await);
    let mut plans = Vec::new();
    for number in 0..4 {
        plans.push(planned_by(&one, &customer(&one, number).await, "ben", 100 + number).await);
    }
    let approving = plans.iter().zip(0..).map(|(plan, number)| {
        let server = if number % 2 == 0 { &one } else { &other };
        approved_by(server, plan, "ana", 200 + number)
    });
    let approved = together(approving).await;
    assert_eq!(approved.iter().filter(|done| done.is_ok()).count(), 1, "{approved:?}");
    for refused in approved.into_iter().filter_map(Result::err) {
        assert_eq!(reason(&refused), (Code::PermissionDenied, "SPENDING_LIMIT_EXCEEDED".to_owned()));
    }
}

/// Waits for all of `futures` at once.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in waiting.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        if waiting.iter().all(|(_, done)| done.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn no_approval_goes_beyond_its_limit_nor_a_day_beyond_the_days() {
    // Seven seats at 90 EUR.
    let cost = rust_decimal::Decimal::from(COST);
    let cent = rust_decimal::Decimal::new(1, 2);
    let little = scene(ApprovalRules { per_approval: euro(&(cost - cent).to_string()), ..ApprovalRules::default() });
    let server = little.server().await;
    let name = customer(&server, 0).await;
    let plan = planned_by(&server, &name, "ana", 1).await;
    let ceiling = plan.lines[0].price_ceiling.clone().expect("a price");
    assert_eq!((ceiling.units * i64::from(plan.lines[0].seat_count), ceiling.nanos), (COST, 0));
    let refused = approved_by(&server, &plan, "ana", 2).await.expect_err("too much");
    assert_eq!(reason(&refused), (Code::PermissionDenied, "SPENDING_LIMIT_EXCEEDED".to_owned()));

    // What has no known price passes no limit.
    let unpriced =
        Scene { priced: false, ..scene(ApprovalRules { per_day: euro("1000000"), ..ApprovalRules::default() }) };
    let server = unpriced.server().await;
    let name = customer(&server, 0).await;
    let plan = planned_by(&server, &name, "ana", 1).await;
    assert_eq!(reason(&approved_by(&server, &plan, "ana", 2).await.expect_err("unknown")).1, "SPENDING_LIMIT_EXCEEDED");

    // A currency without a limit may cost nothing.
    let usd = [Money { amount: cost, currency: "USD".parse().expect("a currency") }].into_iter().collect();
    let other = scene(ApprovalRules { per_approval: Some(usd), ..ApprovalRules::default() });
    let server = other.server().await;
    let name = customer(&server, 0).await;
    let plan = planned_by(&server, &name, "ana", 1).await;
    assert_eq!(
        reason(&approved_by(&server, &plan, "ana", 2).await.expect_err("too much")).1,
        "SPENDING_LIMIT_EXCEEDED"
    );

    let rules =
        ApprovalRules { per_approval: euro(&cost.to_string()), per_day: euro(&cost.to_string()), four_eyes: false };
    let day = scene(rules);
    let server = day.server().await;
    let name = customer(&server, 0).await;
    let plan = planned_by(&server, &name, "ana", 1).await;
    approved_by(&server, &plan, "ana", 2).await.expect("just within");
    let again = planned_by(&server, &name, "ana", 3).await;
    let refused = approved_by(&server, &again, "ana", 4).await.expect_err("the day's is spent");
    assert_eq!(reason(&refused).1, "SPENDING_LIMIT_EXCEEDED");
    // Counted from the journal, not from the process.
    server.stop().await;
    let server = day.server().await;
    assert_eq!(reason(&approved_by(&server, &again, "ana", 5).await.expect_err("still")).1, "SPENDING_LIMIT_EXCEEDED");
    approved_by(&server, &again, "ben", 6).await.expect("each has their own");
    let third = planned_by(&server, &name, "ana", 7).await;
    day.clock.advance(jiff::SignedDuration::from_hours(24));
    approved_by(&server, &third, "ana", 8).await.expect("another day");
}
