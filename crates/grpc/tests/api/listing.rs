//! Lists, their pages and filters, and names.

use crate::scene::{PARTNER, Scene, Server, reason};
use carryover_api::v1;
use carryover_domain::ids::TenantId;
use carryover_domain::portfolio::{Customer, SourceLine};
use tonic::Code;
use uuid::Uuid;

/// A server that knows `count` customers.
async fn with(scene: &Scene, count: u128) -> Server {
    let server = scene.server().await;
    let (customer, line) = crate::shop::portfolio();
    for number in 0..count {
        let tenant = TenantId::new(Uuid::from_u128(0xD000 + number));
        let customer = Customer { tenant, domain: format!("c{number}.example"), ..customer.clone() };
        let line = SourceLine { id: carryover_domain::ids::LineId::of(tenant, "old"), ..line.clone() };
        server.desk.import(&customer, &[line], "mia").await.expect("imported");
    }
    server
}

fn page(size: i32, token: &str, filter: &str) -> v1::ListMigrationsRequest {
    let parent = format!("{PARTNER}/customers/-");
    v1::ListMigrationsRequest { parent, page_size: size, page_token: token.to_owned(), filter: filter.to_owned() }
}

#[tokio::test]
async fn pages_together_are_the_list() {
    let scene = Scene::new();
    let server = with(&scene, 23).await;
    let mut migrations = server.migrations().await;
    let (mut domains, mut token) = (Vec::new(), String::new());
    loop {
        let said = migrations.list_migrations(page(5, &token, "")).await.expect("a page").into_inner();
        assert!(said.migrations.len() <= 5);
        domains.extend(said.migrations.into_iter().map(|migration| migration.domain));
        token = said.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(domains, (0..23).map(|number| format!("c{number}.example")).collect::<Vec<_>>());

    let wish = v1::ListCustomersRequest { parent: PARTNER.to_owned(), ..Default::default() };
    let customers = server.customers().await.list_customers(wish).await.expect("a page").into_inner();
    assert_eq!((customers.customers.len(), customers.next_page_token.as_str()), (23, ""));
}

#[tokio::test]
async fn a_log_is_read_once_for_all_lists_until_it_grows() {
    let scene = Scene::new();
    let server = with(&scene, 40).await;
    let mut migrations = server.migrations().await;
    let wish = v1::ListCustomersRequest { parent: PARTNER.to_owned(), ..Default::default() };
    let mut lists = async || {
        let first = migrations.list_migrations(page(20, "", "")).await.expect("a page").into_inner();
        migrations.list_migrations(page(20, &first.next_page_token, "")).await.expect("a page");
        migrations.list_migrations(page(20, "", "state = PAUSED")).await.expect("a page");
        server.customers().await.list_customers(wish.clone()).await.expect("a page");
        let wish = v1::GetPortfolioRequest { name: format!("{PARTNER}/portfolio") };
        let portfolio = server.portfolios().await.get_portfolio(wish).await.expect("figures").into_inner();
        (first.migrations[0].state(), portfolio)
    };
    lists().await;
    let read = || scene.loads.load(std::sync::atomic::Ordering::SeqCst);
    let before = read();
    let (_, portfolio) = lists().await;
    assert_eq!(read(), before);
    assert_eq!((portfolio.customer_count, portfolio.unplanned_line_count, portfolio.paused_line_count), (40, 40, 0));

    let first = carryover_domain::ids::MigrationId::of(TenantId::new(Uuid::from_u128(0xD000)));
    server.desk.pause(first, "ana").await.expect("paused");
    let before = read();
    assert_eq!(lists().await.0, v1::migration::State::Paused);
    assert_eq!(read(), before + 1);
}

#[tokio::test]
async fn first_lists_and_forecasts_read_many_logs_at_once() {
    let scene = Scene::new();
    let server = with(&scene, 200).await;
    let read = || scene.loads.load(std::sync::atomic::Ordering::SeqCst);
    let before = read();
    let listed = server.migrations().await.list_migrations(page(500, "", "")).await.expect("a page").into_inner();
    assert_eq!(listed.migrations.len(), 200);
    // 64 at once; and the server reads them by itself as well, as soon as it starts.
    assert!(read() - before <= 8, "{} reads", read() - before);
    let before = read();
    let wish = v1::ForecastPortfolioRequest { name: format!("{PARTNER}/portfolio"), ..Default::default() };
    let forecast = server.portfolios().await.forecast_portfolio(wish).await.expect("a forecast").into_inner();
    assert!(forecast.unread_customers.len() == 200 && read() - before <= 8, "{} reads", read() - before);
    let other = scene.server().await;
    let before = read();
    let wish = v1::GetPortfolioRequest { name: format!("{PARTNER}/portfolio") };
    let portfolio = other.portfolios().await.get_portfolio(wish).await.expect("figures").into_inner();
    assert!(portfolio.customer_count == 200 && read() - before <= 8, "{} reads", read() - before);
}

#[tokio::test]
async fn damaged_logs_are_read_once_for_a_page_and_do_not_make_it_short() {
    let mut scene = Scene::new();
    with(&scene, 130).await.stop().await;
    let id = |number: u128| carryover_domain::ids::MigrationId::of(TenantId::new(Uuid::from_u128(0xD000 + number)));
    scene.damaged = (0..70).map(id).collect();
    let server = scene.server().await;
    let read = || scene.loads.load(std::sync::atomic::Ordering::SeqCst);
    let before = read();
    let listed = server.migrations().await.list_migrations(page(50, "", "")).await.expect("a page").into_inner();
    assert_eq!(listed.migrations.len(), 50);
    assert_eq!(listed.migrations[0].domain, "c70.example");
    // 64 at once, by the list and by the server itself.
    assert!(read() - before <= 6, "{} reads", read() - before);
}

#[tokio::test]
async fn a_list_shows_what_another_process_has_done_before_it_was_asked_for() {
    let scene = Scene::new();
    let (one, other) = (with(&scene, 700).await, scene.server().await);
    let (mut here, mut there) = (one.migrations().await, other.migrations().await);
    for number in 0..20_u128 {
        let listed = there.list_migrations(page(500, "", "state = PAUSED")).await.expect("a page").into_inner();
        assert_eq!(listed.migrations.len() as u128, number);
        let tenant = TenantId::new(Uuid::from_u128(0xD000 + number * 20));
        let name =
            format!("{PARTNER}/customers/{tenant}/migrations/{}", carryover_domain::ids::MigrationId::of(tenant));
        let pause = v1::PauseMigrationRequest { name: name.clone(), ..Default::default() };
        here.pause_migration(pause).await.expect("paused");
        let seen = there.get_migration(v1::GetMigrationRequest { name }).await.expect("it is there").into_inner();
        assert_eq!(seen.state(), v1::migration::State::Paused);
    }
    // More at once than are caught up with one by one; and a customer who is new.
    for number in 0..700 {
        let id = carryover_domain::ids::MigrationId::of(TenantId::new(Uuid::from_u128(0xD000 + number)));
        one.desk.resume(id, "ana").await.expect("resumed");
        one.desk.pause(id, "ana").await.expect("paused");
    }
    with(&scene, 701).await;
    let wish = v1::GetPortfolioRequest { name: format!("{PARTNER}/portfolio") };
    let portfolio = other.portfolios().await.get_portfolio(wish).await.expect("figures").into_inner();
    assert_eq!((portfolio.customer_count, portfolio.unplanned_line_count), (701, 701));
    let listed = there.list_migrations(page(500, "", "state = DRAFT")).await.expect("a page").into_inner();
    assert_eq!(
        listed.migrations.iter().map(|migration| migration.domain.as_str()).collect::<Vec<_>>(),
        ["c700.example"]
    );
}

#[tokio::test]
async fn a_filter_shows_what_fits() {
    let scene = Scene::new();
    let server = with(&scene, 5).await;
    let mut migrations = server.migrations().await;
    let wish = |number: i32| page(50, "", &format!("domain = \"C{number}.example\" AND state = DRAFT"));
    let said = migrations.list_migrations(wish(3)).await.expect("a page").into_inner();
    assert_eq!(said.migrations.iter().map(|migration| migration.domain.as_str()).collect::<Vec<_>>(), ["c3.example"]);
    assert!(
        migrations
            .list_migrations(page(50, "", "state = PAUSED"))
            .await
            .expect("a page")
            .into_inner()
            .migrations
            .is_empty()
    );
    for bad in ["state = ASLEEP", "state", "name = x"] {
        let refused = migrations.list_migrations(page(50, "", bad)).await.expect_err("refused");
        assert_eq!(reason(&refused), (Code::InvalidArgument, "FILTER_INVALID".to_owned()), "{bad}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_own_list() {
    let scene = Scene::new();
    let server = with(&scene, 5).await;
    let mut migrations = server.migrations().await;
    let token = migrations.list_migrations(page(2, "", "")).await.expect("a page").into_inner().next_page_token;
    // Also at another server with the same key.
    let other = scene.server().await;
    assert!(other.migrations().await.list_migrations(page(2, &token, "")).await.is_ok());
    let mut forged = token.clone().into_bytes();
    forged[3] ^= 1;
    let forged = String::from_utf8(forged).expect("text");
    let refused =
        [page(2, &token, "state = DRAFT"), page(2, &forged, ""), page(2, "x", ""), page(2, &"A".repeat(100_000), "")];
    for wish in refused {
        let status = migrations.list_migrations(wish).await.expect_err("refused");
        assert_eq!(reason(&status), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));
    }
    let wish = v1::ListCustomersRequest { parent: PARTNER.to_owned(), page_token: token, ..Default::default() };
    let status = server.customers().await.list_customers(wish).await.expect_err("another list");
    assert_eq!(reason(&status), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));
    let status = migrations.list_migrations(page(-1, "", "")).await.expect_err("a negative size");
    assert_eq!(reason(&status), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_no_name_is_refused() {
    let scene = Scene::new();
    let server = scene.server().await;
    let name = server.with_customer().await;
    let mut migrations = server.migrations().await;
    let mut get = async |name: String| {
        migrations.get_migration(v1::GetMigrationRequest { name }).await.map(|_| ()).map_err(|status| reason(&status).1)
    };
    assert_eq!(get(name.clone()).await, Ok(()));
    assert_eq!(get(name.replace(PARTNER, "partners/-")).await, Ok(()));
    let unknown = carryover_domain::ids::MigrationId::of(TenantId::new(Uuid::from_u128(1)));
    let unknown = format!("{PARTNER}/customers/{}/migrations/{unknown}", Uuid::from_u128(1));
    for name in [unknown, name.replace("0a1/", "0a2/"), name.replace("00c1/", "00c2/")] {
        assert_eq!(get(name).await, Err("RESOURCE_NOT_FOUND".to_owned()));
    }
    for name in [String::new(), name.to_uppercase(), format!("{name}/"), "x".repeat(1_000_000)] {
        assert_eq!(get(name).await, Err("NAME_INVALID".to_owned()));
    }
}
