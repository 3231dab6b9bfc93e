//! What a client needs to work as if it had the database: whole logs, surveys, matches, and who it is taken for.

use crate::admission::{guarded, shown};
use crate::scene::{PARTNER, Scene, Server, planned, reason, request_id};
use crate::shop;
use carryover_api::v1;
use carryover_domain::Event;
use carryover_domain::ids::UserId;
use carryover_ports::{Archive, Commit, Index, RequestKey, Store, Under};
use std::collections::{BTreeMap, BTreeSet};
use tonic::Code;
use uuid::Uuid;
use v1::partner_service_client::PartnerServiceClient;

/// The parts of the logs that `name` stands for.
async fn parts(server: &Server, name: &str) -> Vec<v1::ReadJournalResponse> {
    let wish = v1::ReadJournalRequest { name: name.to_owned(), ..Default::default() };
    let mut said = server.migrations().await.read_journal(wish).await.expect("logs").into_inner();
    let mut parts = Vec::new();
    while let Some(part) = said.message().await.expect("to its end") {
        parts.push(part);
    }
    parts
}

#[tokio::test]
async fn a_log_is_told_as_it_is_kept_in_parts_with_its_digests_and_requests() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    planned(&server, &name).await;
    // More than one part holds.
    for event in 0..600 {
        let id = scene.store.heads().await.expect("heads")[0].migration;
        let changed =
            if event % 2 == 0 { server.desk.pause(id, "ana").await } else { server.desk.resume(id, "ana").await };
        changed.expect("it changes");
    }
    let head = scene.store.heads().await.expect("heads").remove(0);
    let chain = scene.store.chain(head.migration).await.expect("readable").expect("a chain");
    let any = format!("{PARTNER}/customers/-/migrations");
    for asked in [name.clone(), format!("{any}/-"), format!("{any}/{}", head.migration)] {
        let parts = parts(&server, &asked).await;
        assert_eq!(parts.len(), 2, "{asked}");
        let log = parts[0].log.as_ref().expect("its head");
        assert_eq!((log.migration_id.clone(), log.digest.as_slice()), (head.migration.to_string(), &head.digest[..]));
        assert_eq!(log.record_count, i64::try_from(head.version.0).expect("few"));
        assert!(parts[1].log.is_none(), "the second part goes on");
        let told: Vec<_> = parts.iter().flat_map(|part| &part.records).collect();
        assert_eq!(told.len(), chain.events.len());
        for (told, kept) in told.iter().zip(&chain.events) {
            assert_eq!((told.text.as_str(), &told.digest_before[..]), (kept.record.as_str(), &kept.before[..]));
            assert_eq!(u64::try_from(told.number), Ok(kept.number));
        }
        // What asked for the plan.
        let asked = scene.store.remembered(RequestKey(Uuid::from_u128(1))).await.expect("readable").remove(0);
        let told = &parts[0].requests[0];
        assert_eq!((told.request_id.clone(), &told.fingerprint[..]), (request_id(1), &asked.request.fingerprint[..]));
        let (before, after) = (told.record_count_before, told.record_count_after);
        assert_eq!((u64::try_from(before), u64::try_from(after)), (Ok(asked.before.0), Ok(asked.after.0)));
    }
    let nobody =
        v1::ReadJournalRequest { name: format!("{any}/00000000-0000-0000-0000-0000000000ff"), ..Default::default() };
    let mut said = server.migrations().await.read_journal(nobody).await.expect("a stream").into_inner();
    assert_eq!(reason(&said.message().await.expect_err("refused")), (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned()));
}

/// A log that names users: its first record is an import, its second a change of two users that is planned.
async fn with_users(scene: &Scene, server: &Server) -> [UserId; 2] {
    let (customer, line) = shop::portfolio();
    server.desk.import(&customer, &[line], "mia").await.expect("imported");
    let head = scene.store.heads().await.expect("heads").remove(0);
    let users = [0x5a5a_0001, 0x5a5a_0002].map(|n| UserId::new(Uuid::from_u128(n)));
    let known = server.desk.load(head.migration).await.expect("readable").expect("a migration");
    let line = *known.migration.lines.keys().next().expect("a line");
    let sku = known.migration.lines[&line].source.sku;
    let planned = Event::SwapPlanned {
        line,
        add: sku,
        remove: sku,
        beside: None,
        users: users.iter().map(|user| (*user, BTreeSet::new())).collect(),
        failed: BTreeMap::new(),
        held: BTreeMap::new(),
        batch: None,
    };
    let events = [planned];
    let (migration, expected, at) = (head.migration, head.version, server.desk.now());
    let commit = Commit { migration, expected, events: &events, at, wake: None, under: Under::NoLease, request: None };
    scene.store.commit(commit).await.expect("committed");
    users
}

#[tokio::test]
async fn who_only_looks_is_told_logs_without_users_and_whole_ones_are_for_operators() {
    let scene = guarded();
    let server = scene.server().await;
    let users = with_users(&scene, &server).await;
    let wish = |view: v1::log::View| v1::ReadJournalRequest {
        name: format!("{PARTNER}/customers/-/migrations/-"),
        view: view.into(),
    };
    use v1::log::View::{Unspecified, Whole, WithoutUsers};
    for (role, asked, told) in [
        ("viewer", Unspecified, Some(WithoutUsers)),
        ("viewer", WithoutUsers, Some(WithoutUsers)),
        ("viewer", Whole, None),
        ("approver", Unspecified, Some(WithoutUsers)),
        ("operator", Unspecified, Some(Whole)),
        ("operator", WithoutUsers, Some(WithoutUsers)),
        ("admin", Whole, Some(Whole)),
    ] {
        let said = server.migrations().await.read_journal(shown(wish(asked), Some(role))).await;
        let Some(expected) = told else {
            let refused = said.expect_err("refused");
            assert_eq!(reason(&refused), (Code::PermissionDenied, "ROLE_MISSING".to_owned()), "{role}");
            continue;
        };
        let part = said.expect("logs").into_inner().message().await.expect("readable").expect("a part");
        assert_eq!(part.log.expect("its head").view(), expected, "{role}");
        let text: String = part.records.iter().map(|record| record.text.as_str()).collect();
        for user in users {
            assert_eq!(text.contains(&user.to_string()), expected == Whole, "{role}: {text}");
        }
        let decoded = carryover_journal::decode(&part.records[1].text).expect("an event");
        assert_eq!(decoded.users().len(), 2, "each is told from the other: {decoded:?}");
    }
    let unknown = v1::ReadJournalRequest { view: 7, ..wish(Unspecified) };
    let refused = server.migrations().await.read_journal(shown(unknown, Some("admin"))).await.expect_err("refused");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_survey_plans_and_forecasts_once_however_often_it_is_repeated() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let wish = v1::SurveyMigrationRequest { name: name.clone(), request_id: request_id(7) };
    let first = server.migrations().await.survey_migration(wish.clone()).await.expect("surveyed").into_inner();
    let (plan, forecast) = (first.plan.clone().expect("a plan"), first.forecast.expect("a forecast"));
    assert_eq!((plan.state(), plan.lines.len()), (v1::plan::State::Proposed, 1));
    assert_eq!((forecast.lines.len(), forecast.lines[0].standing.as_str()), (1, "PLANNED"));
    assert!(!forecast.pools.is_empty(), "{forecast:?}");
    let pool = &forecast.pools[0];
    assert!(pool.instants.iter().all(|at| at.held_count >= at.needed_count), "{pool:?}");
    let again = server.migrations().await.survey_migration(wish).await.expect("repeated").into_inner();
    assert_eq!((again.plan, again.migration), (first.plan, first.migration));
    let wish = v1::ListPlansRequest { parent: name, ..Default::default() };
    assert_eq!(server.migrations().await.list_plans(wish).await.expect("plans").into_inner().plans.len(), 1);
}

#[tokio::test]
async fn matches_are_shown_best_first_and_recorded_nowhere() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let before = scene.store.newest().await.expect("readable");
    let wish = v1::MatchMigrationRequest { name: name.clone() };
    let shown = server.migrations().await.match_migration(wish).await.expect("matches").into_inner();
    let [line] = shown.lines.as_slice() else { panic!("one line: {shown:?}") };
    assert!(line.line.starts_with(&format!("{name}/lines/")), "{line:?}");
    assert_eq!(line.outcome(), v1::line_matches::Outcome::Purchasable);
    assert_eq!(
        (line.matches[0].sku_id.as_str(), line.matches[0].relation.as_str()),
        (&*line.sku_id, "the same licence")
    );
    assert_eq!(scene.store.newest().await.expect("readable"), before);
}

#[tokio::test]
async fn a_caller_learns_who_it_is_taken_for_and_what_the_server_goes_by() {
    let scene = guarded();
    let server = scene.server().await;
    let mut partners = PartnerServiceClient::new(server.channel().await);
    let wish = |name: &str| v1::GetPartnerRequest { name: name.to_owned() };
    let partner = partners.get_partner(shown(wish("partners/-"), Some("viewer"))).await.expect("told").into_inner();
    assert_eq!((partner.name.as_str(), partner.caller.as_str()), (PARTNER, "the viewer"));
    assert_eq!((partner.policy_json.as_str(), partner.server_version.as_str()), ("{}", env!("CARGO_PKG_VERSION")));
    let other = partners.get_partner(shown(wish("partners/other"), Some("viewer"))).await.expect_err("refused");
    assert_eq!(reason(&other), (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned()));
    let nobody = partners.get_partner(wish("partners/-")).await.expect_err("refused");
    assert_eq!(nobody.code(), Code::Unauthenticated);
    // What looks at Microsoft's services is not for everybody.
    let wish = || v1::MatchMigrationRequest { name: format!("{PARTNER}/customers/-/migrations/-") };
    let viewer = server.migrations().await.match_migration(shown(wish(), Some("viewer"))).await.expect_err("refused");
    assert_eq!(reason(&viewer), (Code::PermissionDenied, "ROLE_MISSING".to_owned()));
    let journal = v1::ReadJournalRequest { name: format!("{PARTNER}/customers/-/migrations/-"), ..Default::default() };
    let nobody = server.migrations().await.read_journal(journal).await.expect_err("refused");
    assert_eq!(nobody.code(), Code::Unauthenticated);
}
