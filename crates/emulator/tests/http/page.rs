//! The page for people, as text.

use carryover_emulator::{Options, Outside, Seed};
use reqwest::{Method, StatusCode};

use crate::world::World;

async fn page(world: &World) -> String {
    let answer = world.request(Method::GET, "/emulator/").send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    answer.text().await.expect("a whole page")
}

#[tokio::test]
async fn it_shows_every_customer_and_the_last_calls_and_fetches_nothing() {
    let world = World::usual().await.accepted().await;
    let page = page(&world).await;
    for customer in &world.seed.customers {
        assert!(page.contains(&customer.tenant_id.to_string()), "{}", customer.name);
    }
    assert!(page.contains("GET /v1/customers/relationshiprequests"));
    for outside in ["http://", "https://", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test]
async fn names_from_a_seed_are_text_and_nothing_else() {
    let mut seed = Seed::generate(1, 3, "2026-03-02T08:00:00Z".parse().expect("an instant"));
    seed.customers[0].name = "<b>Bold & Sons</b>".to_owned();
    let world = World::start(Options::frozen(), seed).await;
    let page = page(&world).await;
    assert!(!page.contains("<b>Bold") && page.contains("Bold &#38; Sons"), "{page}");
}

#[tokio::test]
async fn a_world_in_trouble_shows_it_first() {
    let start = "2026-03-02T08:00:00Z".parse().expect("an instant");
    let mut seed = Seed::generate(12, 3, start).in_world(Outside::Lively);
    for customer in &mut seed.customers {
        customer.subscriptions.iter_mut().for_each(|line| line.auto_renew = customer.name.len() % 2 == 0);
    }
    let world = World::start(Options::frozen(), seed).await;
    world.advance_hours(24 * 75).await;
    let page = page(&world).await;
    let marked = page.rfind("<mark>").expect("somebody is without");
    let calm = page.match_indices("<tbody class=\"c\">").map(|(at, _)| at).filter(|at| *at > marked).count();
    assert!(calm > 0 && page.contains("What people did unasked"));
    assert!(page.find("<mark>").is_some_and(|first| first < 20_000), "it stands at the top");
}

#[tokio::test]
async fn its_buttons_move_time_and_lead_back_to_it() {
    let world = World::usual().await;
    let step = world.request(Method::POST, "/emulator/step").body("seconds=3600");
    let answer = step.send().await.expect("an answer");
    assert_eq!((answer.status(), answer.url().path()), (StatusCode::OK, "/emulator/"));
    assert_eq!(world.get("/emulator/clock").await.1["now"], "2026-03-02T09:00:00Z");
}
