//! Assess, plan, approve, pause: upon what was looked at, once, and answered the same when repeated.

use crate::scene::{Scene, Server, approval, planned, reason, request_id, state};
use carryover_api::v1;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::value::Seats;
use carryover_ports::Store;
use tonic::Code;
use v1::migration::State;

#[tokio::test]
async fn a_customer_is_assessed_planned_and_approved() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    assert_eq!(state(&server, &name).await, State::Draft);

    let wish = v1::AssessMigrationRequest { name: name.clone(), request_id: String::new() };
    let assessed = server.migrations().await.assess_migration(wish).await.expect("assessed").into_inner();
    assert_eq!(assessed.lines.len(), 1);

    let plan = planned(&server, &name).await;
    assert_eq!((plan.state(), plan.lines.len(), plan.lines[0].seat_count), (v1::plan::State::Proposed, 1, 7));
    assert_eq!(state(&server, &name).await, State::AwaitingApproval);

    let approved = server.migrations().await.approve_plan(approval(&plan, 2)).await.expect("approved").into_inner();
    assert_eq!((approved.state(), approved.approver.as_str()), (v1::plan::State::Approved, "local"));
    assert_eq!(state(&server, &name).await, State::Scheduled);

    let wish = v1::ListMigrationEventsRequest { parent: name.clone(), ..Default::default() };
    let events = server.migrations().await.list_migration_events(wish).await.expect("events").into_inner().events;
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["imported", "assessed", "assessed", "plan_proposed", "plan_approved"]);
    assert_eq!(events.iter().map(|event| event.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);

    let wish = v1::GetReportRequest { name: format!("{name}/report"), view: v1::get_report_request::View::Full.into() };
    let report = server.migrations().await.get_report(wish).await.expect("a report").into_inner();
    assert_eq!((report.line_count, report.lines.len()), (1, 1));
    assert!(report.lines[0].approve_time.is_some() && report.lines[0].buy_time.is_none());
}

#[tokio::test]
async fn a_plan_that_says_nothing_new_keeps_its_name_and_its_approval() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let plan = planned(&server, &name).await;
    server.migrations().await.approve_plan(approval(&plan, 2)).await.expect("approved");
    let wish = v1::PlanMigrationRequest { name: name.clone(), request_id: request_id(9) };
    for _ in 0..2 {
        let again = server.migrations().await.plan_migration(wish.clone()).await.expect("a plan").into_inner();
        assert_eq!((&again.name, again.state()), (&plan.name, v1::plan::State::Approved));
    }
    let wish = v1::SurveyMigrationRequest { name: name.clone(), request_id: request_id(10) };
    for _ in 0..2 {
        let again = server.migrations().await.survey_migration(wish.clone()).await.expect("surveyed").into_inner();
        assert_eq!(again.plan.map(|plan| plan.name).as_ref(), Some(&plan.name));
    }
    assert_eq!(state(&server, &name).await, State::Scheduled);
}

#[tokio::test]
async fn nothing_is_approved_but_what_was_looked_at() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let first = planned(&server, &name).await;
    let (customer, line) = crate::shop::portfolio();
    let more = SourceLine { target_seats: Seats::try_new(9).ok(), ..line };
    server.desk.import(&customer, &[more], "mia").await.expect("imported");
    let again = v1::PlanMigrationRequest { name: name.clone(), request_id: request_id(9) };
    let second = server.migrations().await.plan_migration(again).await.expect("a plan").into_inner();
    let mut migrations = server.migrations().await;
    let mut refused = async |wish| reason(&migrations.approve_plan(wish).await.expect_err("refused"));

    let blind = v1::ApprovePlanRequest { etag: String::new(), ..approval(&second, 2) };
    assert_eq!(refused(blind).await, (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    // It was looked at before the newer one was made.
    assert_eq!(refused(approval(&first, 3)).await, (Code::Aborted, "ETAG_STALE".to_owned()));
    let nobodys = v1::ApprovePlanRequest {
        name: second.name.replace(&second.name[second.name.len() - 12..], "000000000000"),
        ..approval(&second, 4)
    };
    assert_eq!(refused(nobodys).await, (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned()));
    // Looked at again, it is seen to be superseded.
    let wish = v1::GetPlanRequest { name: first.name.clone() };
    let seen = server.migrations().await.get_plan(wish).await.expect("it is there").into_inner();
    assert_eq!(seen.state(), v1::plan::State::Superseded);
    assert_eq!(refused(approval(&seen, 5)).await, (Code::FailedPrecondition, "PLAN_NOT_NEWEST".to_owned()));
    assert_eq!(state(&server, &name).await, State::AwaitingApproval);
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_time_also_after_a_restart() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let plan = planned(&server, &name).await;
    let first = server.migrations().await.approve_plan(approval(&plan, 2)).await.expect("approved").into_inner();
    let pause = v1::PauseMigrationRequest { name: name.clone(), etag: String::new(), request_id: request_id(3) };
    let paused = server.migrations().await.pause_migration(pause.clone()).await.expect("paused").into_inner();
    let resume =
        v1::ResumeMigrationRequest { name: name.clone(), etag: paused.etag.clone(), request_id: request_id(4) };
    server.migrations().await.resume_migration(resume.clone()).await.expect("resumed");
    let events = |server: &Server| {
        let store = scene.store.clone();
        let id = server.desk.clone();
        async move {
            drop(id);
            let (customer, _) = crate::shop::portfolio();
            let id = carryover_domain::ids::MigrationId::of(customer.tenant);
            store.load(id).await.expect("readable").expect("it is there").events.len()
        }
    };
    let before = events(&server).await;
    server.stop().await;

    let server = scene.server().await;
    let mut migrations = server.migrations().await;
    assert_eq!(migrations.approve_plan(approval(&plan, 2)).await.expect("a repeat").into_inner(), first);
    assert_eq!(planned(&server, &name).await.name, plan.name);
    // As the first call has left it, though it goes on since; and it is not paused anew.
    let repeated = migrations.pause_migration(pause).await.expect("a repeat").into_inner();
    assert_eq!((repeated.state(), &repeated.etag), (State::Paused, &paused.etag));
    assert_eq!(migrations.resume_migration(resume).await.expect("a repeat").into_inner().state(), State::Scheduled);
    assert_eq!(state(&server, &name).await, State::Scheduled);
    assert_eq!(events(&server).await, before);
}

#[tokio::test]
async fn a_request_id_stands_for_one_request() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let pause = v1::PauseMigrationRequest { name: name.clone(), etag: String::new(), request_id: request_id(3) };
    let paused = migrations.pause_migration(pause.clone()).await.expect("paused").into_inner();
    let other = v1::PauseMigrationRequest { etag: paused.etag.clone(), ..pause };
    let refused = migrations.pause_migration(other).await.expect_err("another request");
    assert_eq!(reason(&refused), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    let resume = v1::ResumeMigrationRequest { name, etag: String::new(), request_id: request_id(3) };
    let refused = migrations.resume_migration(resume.clone()).await.expect_err("another method");
    assert_eq!(reason(&refused), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
    let nonsense = v1::ResumeMigrationRequest { request_id: "one".to_owned(), ..resume };
    let refused = migrations.resume_migration(nonsense).await.expect_err("no UUID");
    assert_eq!(reason(&refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
}

#[tokio::test]
async fn a_verb_upon_a_state_that_is_gone_changes_nothing() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let pause =
        |etag: &str| v1::PauseMigrationRequest { name: name.clone(), etag: etag.to_owned(), request_id: String::new() };
    for etag in ["\"99\"", "\"0\""] {
        let refused = migrations.pause_migration(pause(etag)).await.expect_err("stale");
        assert_eq!(reason(&refused), (Code::Aborted, "ETAG_STALE".to_owned()));
    }
    for etag in ["1", "\"\"", "\"x\"", "\"1"] {
        let refused = migrations.pause_migration(pause(etag)).await.expect_err("no etag");
        assert_eq!(reason(&refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    }
    assert_eq!(state(&server, &name).await, State::Draft);
    assert_eq!(migrations.pause_migration(pause("\"1\"")).await.expect("paused").into_inner().state(), State::Paused);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_refused() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let wish = v1::ListLinesRequest { parent: name.clone(), ..Default::default() };
    let line = migrations.list_lines(wish).await.expect("lines").into_inner().lines.remove(0);
    let answer = |answer: i32| v1::ResolveActionItemRequest { name: line.name.clone(), answer, ..Default::default() };
    let refused = migrations.resolve_action_item(answer(1)).await.expect_err("nobody asked");
    assert_eq!(reason(&refused), (Code::FailedPrecondition, "ANSWER_DOES_NOT_FIT".to_owned()));
    for unknown in [0, 77, -1] {
        let refused = migrations.resolve_action_item(answer(unknown)).await.expect_err("no answer");
        assert_eq!(reason(&refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    }
}
