//! Graph over HTTP: pages of users, and batches.

use crate::world::{STANDARD, World, read};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn users_are_read_by_following_links_and_changed_in_batches() {
    let world = World::usual().await.accepted().await;
    let filter = format!("assignedLicenses/any(x:x/skuId%20eq%20{STANDARD})");
    let mut next = Some(world.url(&format!("/v1.0/users?$top=2&$count=true&$filter={filter}")));
    let mut users = Vec::new();
    while let Some(url) = next {
        let request = world.http.get(url).bearer_auth(format!("tenant:{}", world.tenant()));
        let (_, page) = read(request.send().await.expect("an answer")).await;
        users.extend(page["value"].as_array().expect("users").clone());
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(users.len(), world.seed.customers[0].users.len());
    assert_eq!(users[0]["licenseAssignmentStates"][0]["state"], "Active");

    let one = |id: &str, user: &Value, remove: &str| {
        json!({
            "id": id,
            "method": "POST",
            "url": format!("/users/{}/assignLicense", user["id"].as_str().expect("an id")),
            "headers": { "Content-Type": "application/json" },
            "body": { "addLicenses": [], "removeLicenses": [remove] },
        })
    };
    let requests = [one("1", &users[0], STANDARD), one("2", &users[0], STANDARD)];
    let (status, batch) = world.post("/v1.0/$batch", json!({ "requests": requests })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(batch["responses"][0]["status"], 200);
    assert_eq!(batch["responses"][1]["body"]["error"]["code"], "Request_BadRequest");

    let many: Vec<Value> = (0..21).map(|n| one(&n.to_string(), &users[0], STANDARD)).collect();
    let (status, _) = world.post("/v1.0/$batch", json!({ "requests": many })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let path = format!("/v1.0/users/{}/assignLicense", users[0]["id"].as_str().expect("an id"));
    let (status, refused) = world.post(&path, json!({ "addLicenses": [] })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let text = refused["error"]["message"].as_str().expect("a message");
    assert!(text.contains("removeLicenses"), "{text}");
}
