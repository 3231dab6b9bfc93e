//! Sentences about a change of users that has stopped name none of them, to nobody: who it is stands in the log, for operators.

use crate::scene::{PARTNER, Scene, Server, approval, planned};
use carryover_api::v1;
use carryover_domain::ids::UserId;
use carryover_domain::{Cause, Event};
use carryover_ports::{Archive, Commit, Store, Under};
use uuid::Uuid;

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(0x5a5a_0000_0000_4000_9000_0000_0000_0000 | n))
}

/// A customer of whom one user was changed, and after that the change of users has stopped; and the name of its migration.
async fn stopped(scene: &Scene, server: &Server, failed: &[(UserId, &str)]) -> String {
    let name = server.with_customer().await;
    let plan = planned(server, &name).await;
    server.migrations().await.approve_plan(approval(&plan, 2)).await.expect("approved");
    let head = scene.store.heads().await.expect("heads").remove(0);
    let known = server.desk.load(head.migration).await.expect("readable").expect("a migration");
    let line = *known.migration.lines.keys().next().expect("a line");
    let failed = failed.iter().map(|(user, why)| (*user, (*why).to_owned())).collect();
    // The log speaks of the second user first.
    let events = [
        Event::UserSwapped { line, user: user(2), at: None },
        Event::AttentionNeeded { line, cause: Cause::SwapStopped { failed } },
    ];
    let (migration, expected, at) = (head.migration, head.version, server.desk.now());
    let commit = Commit { migration, expected, events: &events, at, wake: None, under: Under::NoLease, request: None };
    scene.store.commit(commit).await.expect("committed");
    name
}

#[tokio::test]
async fn who_could_not_be_changed_is_told_by_number() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = stopped(&scene, &server, &[(user(1), "no"), (user(3), "not either")]).await;
    let mut migrations = server.migrations().await;
    let migration =
        migrations.get_migration(v1::GetMigrationRequest { name: name.clone() }).await.expect("it is there");
    let lines = v1::ListLinesRequest { parent: name.clone(), ..Default::default() };
    let lines = migrations.list_lines(lines).await.expect("lines").into_inner().lines;
    let one =
        migrations.get_line(v1::GetLineRequest { name: lines[0].name.clone() }).await.expect("a line").into_inner();
    let full = v1::get_report_request::View::Full.into();
    let report = v1::GetReportRequest { name: format!("{name}/report"), view: full };
    let report = migrations.get_report(report).await.expect("a report").into_inner();
    let everything = v1::forecast_portfolio_request::View::Full.into();
    let mut portfolios = server.portfolios().await;
    let mut forecast = async |migrations: Vec<String>| {
        let name = format!("{PARTNER}/portfolio");
        let wish = v1::ForecastPortfolioRequest { name, migrations, view: everything, ..Default::default() };
        portfolios.forecast_portfolio(wish).await.expect("a forecast").into_inner()
    };
    let (of_all, of_one) = (forecast(Vec::new()).await, forecast(vec![name.clone()]).await);
    let told = [
        format!("{:?}", migration.into_inner().action_items),
        format!("{lines:?}"),
        format!("{one:?}"),
        format!("{report:?}"),
        format!("{:?}", (&of_all.actions, &of_all.misses)),
        format!("{:?}", (&of_one.actions, &of_one.misses)),
    ];
    for text in told {
        assert!(text.contains("the change of 2 users did not go well, the first user 2: no"), "{text}");
        assert!(!text.to_lowercase().contains("5a5a"), "{text}");
    }
}

#[tokio::test]
async fn a_reason_that_names_a_user_who_changed_before_does_so_by_number() {
    let scene = Scene::new();
    let server = scene.server().await;
    let why = format!("the place of {} is taken", user(2).to_string().to_uppercase());
    let name = stopped(&scene, &server, &[(user(1), &why)]).await;
    let wish = v1::GetMigrationRequest { name };
    let migration = server.migrations().await.get_migration(wish).await.expect("it is there").into_inner();
    let text = format!("{:?}", migration.action_items);
    assert!(text.contains("the change of 1 user did not go well, user 2: the place of user 1 is taken"), "{text}");
}

#[tokio::test]
async fn a_reason_that_names_users_in_another_way_names_them_to_nobody() {
    let scene = Scene::new();
    let server = scene.server().await;
    let id = user(2).as_uuid().simple();
    let why = format!("{id} and <zoë.o'hara_birchlane.example#EXT#@other.example>, mailto:bob@birchlane.example. No");
    let name = stopped(&scene, &server, &[(user(1), &why)]).await;
    let wish = v1::GetMigrationRequest { name };
    let migration = server.migrations().await.get_migration(wish).await.expect("it is there").into_inner();
    let text = format!("{:?}", migration.action_items);
    assert!(text.contains("user 1 and <a user>, mailto:a user. No"), "{text}");
}
