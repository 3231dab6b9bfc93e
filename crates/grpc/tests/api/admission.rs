//! Who is let in, to what, and what is written down about it.

use crate::scene::{PARTNER, Scene, Server, reason};
use carryover_api::v1;
use carryover_grpc::{Audit, Caller, Credentials, Gate, Role, StaticToken};
use ring::digest::{SHA256, digest};
use std::sync::Arc;
use tonic::{Code, Request, Status};

pub(crate) fn guarded() -> Scene {
    let token = |role: Role| StaticToken {
        sha256: digest(&SHA256, role.word().as_bytes()).as_ref().try_into().expect("32 bytes"),
        caller: Arc::new(Caller { name: format!("the {}", role.word()), roles: [role].into() }),
    };
    let tokens = Role::ALL.map(token).to_vec();
    Scene { gate: Gate::Guarded(Credentials { tokens, ..Credentials::default() }), ..Scene::new() }
}

pub(crate) fn shown<T>(message: T, token: Option<&str>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("text"));
    }
    request
}

/// Every method that changes something, with the role that it needs, called with `token`.
async fn changes(server: &Server, token: Option<&str>) -> Vec<(&'static str, Role, Result<(), Status>)> {
    let mut migrations = server.migrations().await;
    let mut portfolios = server.portfolios().await;
    macro_rules! call {
        ($role:ident, $name:literal, $done:expr) => {
            ($name, Role::$role, $done.await.map(|_| ()))
        };
    }
    let files = tokio_stream::iter([v1::ImportPortfolioRequest {
        parent: PARTNER.to_owned(),
        complete: true,
        ..Default::default()
    }]);
    vec![
        call!(Operator, "ImportPortfolio", portfolios.import_portfolio(shown(files, token))),
        call!(Operator, "AssessMigration", migrations.assess_migration(shown(Default::default(), token))),
        call!(Operator, "PlanMigration", migrations.plan_migration(shown(Default::default(), token))),
        call!(Operator, "SurveyMigration", migrations.survey_migration(shown(Default::default(), token))),
        call!(Approver, "ApprovePlan", migrations.approve_plan(shown(Default::default(), token))),
        call!(Approver, "StartMigration", migrations.start_migration(shown(Default::default(), token))),
        call!(Operator, "CancelMigration", migrations.cancel_migration(shown(Default::default(), token))),
        call!(Operator, "UpdateMigration", migrations.update_migration(shown(Default::default(), token))),
        call!(Operator, "PauseMigration", migrations.pause_migration(shown(Default::default(), token))),
        call!(Operator, "ResumeMigration", migrations.resume_migration(shown(Default::default(), token))),
        call!(Operator, "ResolveActionItem", migrations.resolve_action_item(shown(Default::default(), token))),
    ]
}

#[tokio::test]
async fn a_change_needs_its_role() {
    let scene = guarded();
    let server = scene.server().await;
    for role in Role::ALL {
        for (method, needs, done) in changes(&server, Some(role.word())).await {
            let refused = done.is_err_and(|status| status.code() == Code::PermissionDenied);
            assert_eq!(refused, role != needs && role != Role::Admin, "{} calls {method}", role.word());
        }
    }
}

#[tokio::test]
async fn nobody_unknown_is_let_in() {
    let scene = guarded();
    let server = scene.server().await;
    for (token, expected) in [(None, "TOKEN_MISSING"), (Some("guessed"), "TOKEN_INVALID")] {
        for (method, _, done) in changes(&server, token).await {
            let status = done.expect_err("refused");
            assert_eq!(reason(&status), (Code::Unauthenticated, expected.to_owned()), "{method}");
            assert!(!status.message().contains("guessed"));
        }
        let reads = server.migrations().await.list_migrations(shown(Default::default(), token)).await;
        assert_eq!(reads.expect_err("refused").code(), Code::Unauthenticated);
        let watch = server.migrations().await.watch_migrations(shown(Default::default(), token)).await;
        assert_eq!(watch.expect_err("refused").code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn every_change_is_written_down_with_who_asked_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("audit.jsonl");
    let scene = Scene { audit: Audit::to(&file).expect("a file"), ..guarded() };
    let server = scene.server().await;
    let mut methods = Vec::new();
    for token in [None, Some("viewer"), Some("admin")] {
        methods.extend(changes(&server, token).await.into_iter().map(|(method, ..)| (method, token)));
    }
    let text = std::fs::read_to_string(&file).expect("readable");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let written: Vec<(&str, Option<&str>)> =
        lines.iter().map(|line| (line["method"].as_str().expect("a method"), line["caller"].as_str())).collect();
    let expected: Vec<(&str, Option<String>)> =
        methods.iter().map(|(method, token)| (*method, token.map(|token| format!("the {token}")))).collect();
    assert_eq!(written, expected.iter().map(|(method, who)| (*method, who.as_deref())).collect::<Vec<_>>());
    let outcome = |caller: Option<&str>, outcome: &str| {
        lines.iter().filter(|line| line["caller"].as_str() == caller && line["outcome"] == outcome).count()
    };
    assert_eq!(outcome(None, "TOKEN_MISSING"), 11, "{text}");
    assert_eq!(outcome(Some("the viewer"), "ROLE_MISSING"), 11, "{text}");
    assert_eq!(outcome(Some("the admin"), "OK"), 1, "the import of nothing: {text}");
}
