//! The emulator's own calls.

use crate::world::World;
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn the_clock_stands_still_until_it_is_moved_and_never_goes_back() {
    let world = World::usual().await;
    let (_, before) = world.get("/emulator/clock").await;
    assert_eq!(before["now"], "2026-03-02T08:00:00Z");
    world.advance_hours(1).await;
    let back = json!({ "advance_to": "2026-03-02T08:00:00Z" });
    let (status, _) = world.post("/emulator/clock", back).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, after) = world.get("/emulator/clock").await;
    assert_eq!(after["now"], "2026-03-02T09:00:00Z");
}

#[tokio::test]
async fn the_log_names_requests_but_no_tokens() {
    let world = World::usual().await;
    world.get("/v1/customers?size=5").await;
    let (_, log) = world.get("/emulator/log").await;
    assert_eq!(
        log,
        json!([{
            "at": "2026-03-02T08:00:00Z", "method": "GET", "path": "/v1/customers", "status": 200,
        }])
    );
    let (_, portfolio) = world.get("/emulator/portfolio.csv").await;
    assert!(portfolio.as_str().expect("text").starts_with("tenant_id,domain,"));
    let (_, seed) = world.get("/emulator/seed").await;
    assert_eq!(seed["customers"].as_array().map(Vec::len), Some(3));
}
