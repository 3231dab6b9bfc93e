//! Starting, cancelling and labelling a migration.

use crate::scene::{Scene, approval, planned, reason, request_id, state};
use carryover_api::v1;
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
async fn labels_are_all_that_can_be_updated() {
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
