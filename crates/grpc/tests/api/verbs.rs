//! Starting, cancelling and updating a migration.

use crate::scene::{Scene, approval, planned, reason, request_id, state};
use carryover_api::v1;
use carryover_ports::Clock;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use tonic::Code;
use v1::migration::State;

#[tokio::test]
async fn what_was_approved_to_wait_is_started_apart() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let start = v1::StartMigrationRequest { name: name.clone(), ..Default::default() };
    let refused = migrations.start_migration(start.clone()).await.expect_err("nothing is approved");
    assert_eq!(reason(&refused), (Code::FailedPrecondition, "NOTHING_APPROVED".to_owned()));

    let plan = planned(&server, &name).await;
    let wish = v1::ApprovePlanRequest { hold: true, ..approval(&plan, 2) };
    let held = migrations.approve_plan(wish).await.expect("approved").into_inner();
    assert_eq!((held.state(), held.proposer.as_str()), (v1::plan::State::Approved, "local"));
    assert_eq!(state(&server, &name).await, State::Paused);
    let started = migrations.start_migration(start.clone()).await.expect("started").into_inner();
    assert_eq!(started.state(), State::Scheduled);
    let again = migrations.start_migration(start).await.expect("nothing changes").into_inner();
    assert_eq!(again.etag, started.etag);
}

#[tokio::test]
async fn what_is_cancelled_waits_for_nobody_and_is_planned_anew() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let plan = planned(&server, &name).await;
    let mut migrations = server.migrations().await;
    migrations.approve_plan(approval(&plan, 2)).await.expect("approved");
    let cancel = v1::CancelMigrationRequest { name: name.clone(), request_id: request_id(3), ..Default::default() };
    let cancelled = migrations.cancel_migration(cancel.clone()).await.expect("cancelled").into_inner();
    assert_eq!(
        (cancelled.state(), cancelled.plan.as_str(), cancelled.approved_plan.as_str()),
        (State::Cancelled, "", "")
    );
    assert_eq!(cancelled.action_items, []);
    let seen = migrations.get_plan(v1::GetPlanRequest { name: plan.name.clone() }).await.expect("a plan").into_inner();
    assert_eq!(seen.state(), v1::plan::State::Superseded);
    let refused = migrations.approve_plan(approval(&seen, 4)).await.expect_err("it stands no more");
    assert_eq!(reason(&refused), (Code::FailedPrecondition, "PLAN_NOT_NEWEST".to_owned()));

    let again = v1::PlanMigrationRequest { name: name.clone(), request_id: request_id(5) };
    migrations.plan_migration(again).await.expect("a plan");
    assert_eq!(state(&server, &name).await, State::AwaitingApproval);
    // The first request once more is answered as it was, and cancels nothing anew.
    let repeated = migrations.cancel_migration(cancel).await.expect("a repeat").into_inner();
    assert_eq!(repeated, cancelled);
    assert_eq!(state(&server, &name).await, State::AwaitingApproval);
}

#[tokio::test]
async fn labels_are_replaced_as_a_whole_and_what_moves_by_verbs_cannot_be_updated() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let wish = |labels: BTreeMap<String, String>, paths: &[&str], request: u128| v1::UpdateMigrationRequest {
        migration: Some(v1::Migration { name: name.clone(), labels, ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        request_id: request_id(request),
    };
    let many = labels(&[("team", "north"), ("wave", "2"), ("a", ""), ("b", "x"), ("c", "y")]);
    let first = wish(many.clone(), &["labels"], 1);
    let updated = migrations.update_migration(first.clone()).await.expect("updated").into_inner();
    assert_eq!((updated.labels.clone(), updated.event_count), (many.clone(), 2));
    let replaced = migrations.update_migration(wish(labels(&[("team", "south")]), &[], 2)).await.expect("updated");
    assert_eq!(replaced.into_inner().labels, labels(&[("team", "south")]));
    // However maps are ordered on the wire, it is the same request.
    assert_eq!(migrations.update_migration(first.clone()).await.expect("a repeat").into_inner(), updated);

    let mut refused = async |wish| reason(&migrations.update_migration(wish).await.expect_err("refused"));
    for (number, path) in (10..).zip(["state", "labels.team", "*", "action_items", ""]) {
        let said = refused(wish(many.clone(), &["labels", path], number)).await;
        assert_eq!(said, (Code::InvalidArgument, "FIELD_INVALID".to_owned()), "{path}");
    }
    let long = "x".repeat(64);
    for (number, (key, value)) in
        (20..).zip([("", "x"), ("Team", "x"), ("1a", "x"), ("a b", "x"), ("a", "X"), (&long, "x"), ("a", &long)])
    {
        let said = refused(wish(labels(&[(key, value)]), &["labels"], number)).await;
        assert_eq!(said, (Code::InvalidArgument, "FIELD_INVALID".to_owned()), "{key}={value}");
    }
    let crowd = (0..65).map(|number| (format!("k{number}"), String::new())).collect();
    assert_eq!(refused(wish(crowd, &["labels"], 30)).await.1, "FIELD_INVALID");
    let mut stale = wish(many, &["labels"], 31);
    stale.migration.as_mut().expect("it is there").etag = "\"1\"".to_owned();
    assert_eq!(refused(stale).await, (Code::Aborted, "ETAG_STALE".to_owned()));
    assert_eq!(refused(v1::UpdateMigrationRequest::default()).await.1, "FIELD_INVALID");
}

/// Has the migration `name` planned by `policy`, or by the server's alone.
fn wish(name: &str, policy: Option<v1::CustomerPolicy>, request: u128) -> v1::UpdateMigrationRequest {
    v1::UpdateMigrationRequest {
        migration: Some(v1::Migration { name: name.to_owned(), policy, ..Default::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["policy".to_owned()] }),
        request_id: request_id(request),
    }
}

#[tokio::test]
async fn a_customer_is_planned_by_its_own_policy_and_what_was_approved_stands() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let before = planned(&server, &name).await;
    migrations.approve_plan(approval(&before, 2)).await.expect("approved");
    let own = v1::CustomerPolicy { lead_business_day_count: Some(5), ..Default::default() };
    let approved = scene.clock.now();
    scene.clock.advance(SignedDuration::from_hours(1));
    let updated = migrations.update_migration(wish(&name, Some(own), 3)).await.expect("updated").into_inner();
    assert_eq!((updated.policy, updated.state()), (Some(own), State::Scheduled));
    assert_eq!((&updated.plan, &updated.approved_plan), (&before.name, &before.name));
    // It stands there since it was approved, whatever was changed of it since.
    let seconds = |at: &Option<prost_types::Timestamp>| at.as_ref().map(|at| at.seconds);
    assert_eq!(seconds(&updated.state_time), Some(approved.as_second()));
    assert_eq!(seconds(&updated.update_time), Some(scene.clock.now().as_second()));

    let again = v1::PlanMigrationRequest { name: name.clone(), request_id: request_id(4) };
    let after = migrations.plan_migration(again.clone()).await.expect("a plan").into_inner();
    let start = |plan: &v1::Plan| plan.lines[0].start_date.map(|day| (day.month, day.day));
    assert_eq!((start(&before), start(&after)), (Some((11, 10)), Some((11, 6))));
    // A repeat is answered as the first call, though a plan was made since.
    let repeated = migrations.update_migration(wish(&name, Some(own), 3)).await.expect("a repeat").into_inner();
    assert_eq!(repeated, updated);

    let without = migrations.update_migration(wish(&name, None, 5)).await.expect("updated").into_inner();
    assert_eq!((without.policy, without.approved_plan), (None, before.name.clone()));
    let again = v1::PlanMigrationRequest { request_id: request_id(6), ..again };
    let last = migrations.plan_migration(again).await.expect("a plan").into_inner();
    assert_eq!(start(&last), start(&before));
    let wish =
        v1::ListMigrationEventsRequest { parent: name, filter: "kind = policy_set".to_owned(), ..Default::default() };
    let events = migrations.list_migration_events(wish).await.expect("events").into_inner().events;
    assert_eq!(events.iter().map(|event| event.actor.as_str()).collect::<Vec<_>>(), ["local", "local"]);
}

#[tokio::test]
async fn without_a_mask_what_is_said_is_changed_and_nothing_else() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let own = v1::CustomerPolicy { sizing: v1::customer_policy::Sizing::RightSize.into(), ..Default::default() };
    let labels: BTreeMap<String, String> = [("team".to_owned(), "north".to_owned())].into();
    let mut say = async |labels: &BTreeMap<String, String>, policy| {
        let migration = v1::Migration { name: name.clone(), labels: labels.clone(), policy, ..Default::default() };
        let wish = v1::UpdateMigrationRequest { migration: Some(migration), ..Default::default() };
        let said = migrations.update_migration(wish).await.expect("updated").into_inner();
        (said.labels, said.policy)
    };
    assert_eq!(say(&labels, None).await, (labels.clone(), None));
    assert_eq!(say(&BTreeMap::new(), Some(own)).await, (labels.clone(), Some(own)), "labels stay");
    assert_eq!(say(&BTreeMap::new(), None).await, (BTreeMap::new(), Some(own)), "the policy stays");
    assert_eq!(say(&labels, Some(v1::CustomerPolicy::default())).await, (labels, None));
}

#[tokio::test]
async fn a_policy_that_cannot_be_meant_is_refused_by_its_field() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let nothing = v1::CustomerPolicy::default();
    let wrong = [
        ("lead_business_day_count", v1::CustomerPolicy { lead_business_day_count: Some(0), ..nothing }),
        ("lead_business_day_count", v1::CustomerPolicy { lead_business_day_count: Some(251), ..nothing }),
        ("max_overlap_day_count", v1::CustomerPolicy { max_overlap_day_count: Some(-1), ..nothing }),
        ("seat_buffer_percent", v1::CustomerPolicy { seat_buffer_percent: Some(101), ..nothing }),
        ("sizing", v1::CustomerPolicy { sizing: 99, ..nothing }),
        ("billing", v1::CustomerPolicy { billing: -1, ..nothing }),
        ("alignment", v1::CustomerPolicy { alignment: 99, ..nothing }),
        ("new_plans", v1::CustomerPolicy { new_plans: 99, ..nothing }),
    ];
    for (number, (field, policy)) in (1..).zip(wrong) {
        let refused = migrations.update_migration(wish(&name, Some(policy), number)).await.expect_err("refused");
        assert_eq!(reason(&refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()), "{field}");
        assert!(refused.message().starts_with(&format!("migration.policy.{field} cannot be used")), "{refused}");
    }
    let mut part = wish(&name, Some(nothing), 20);
    part.update_mask.as_mut().expect("a mask").paths = vec!["policy.sizing".to_owned()];
    let refused = migrations.update_migration(part).await.expect_err("refused");
    assert_eq!(reason(&refused).1, "FIELD_INVALID");
    let mut stale = wish(&name, None, 21);
    stale.migration.as_mut().expect("a migration").etag = "\"7\"".to_owned();
    let refused = migrations.update_migration(stale).await.expect_err("refused");
    assert_eq!(reason(&refused), (Code::Aborted, "ETAG_STALE".to_owned()));
}
