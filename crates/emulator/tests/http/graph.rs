//! Graph over HTTP: pages of users, and batches.

use crate::world::{STANDARD, World, read, with};
use carryover_emulator::SeedSubscription;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Business Premium.
const OTHER: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
const GROUP: &str = "99999999-0000-4000-8000-000000000009";

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
    assert_eq!(answered(&batch, "1")["status"], 200);
    assert_eq!(answered(&batch, "2")["body"]["error"]["code"], "Request_BadRequest");

    let many: Vec<Value> = (0..21).map(|n| one(&n.to_string(), &users[0], STANDARD)).collect();
    let (status, _) = world.post("/v1.0/$batch", json!({ "requests": many })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let path = format!("/v1.0/users/{}/assignLicense", users[0]["id"].as_str().expect("an id"));
    let (status, refused) = world.post(&path, json!({ "addLicenses": [] })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let text = refused["error"]["message"].as_str().expect("a message");
    assert!(text.contains("removeLicenses"), "{text}");
}

#[tokio::test]
async fn a_group_gives_its_members_another_licence_as_far_as_units_go() {
    let world = with(|seed, _| {
        let customer = &mut seed.customers[0];
        let other = SeedSubscription {
            id: "55555555-0000-4000-8000-000000000509".parse().expect("a GUID"),
            sku_id: OTHER.parse().expect("a GUID"),
            seats: 1,
            ..customer.subscriptions[0].clone()
        };
        customer.subscriptions.push(other);
        for user in &mut customer.users[..2] {
            user.licences[0].assigned_by_group = Some(GROUP.parse().expect("a GUID"));
        }
    });
    let world = world.await.accepted().await;
    let group = &format!("/v1.0/groups/{GROUP}");
    let (_, shown) = world.get(group).await;
    assert_eq!(shown["assignedLicenses"][0]["skuId"], STANDARD);
    let of_group = |user: &Value| {
        let states = user["licenseAssignmentStates"].as_array().expect("states").clone();
        let of_group = states.into_iter().find(|state| state["assignedByGroup"] == GROUP).expect("one of the group");
        let error = of_group["error"].as_str().unwrap_or("none");
        (of_group["skuId"].as_str().expect("a SKU").to_owned(), error.to_owned())
    };
    let user = format!("/v1.0/users/{}", world.seed.customers[0].users[0].id);
    assert_eq!(of_group(&world.get(&user).await.1), (STANDARD.to_owned(), "none".to_owned()));
    let with_errors = "/v1.0/groups?$filter=hasMembersWithLicenseErrors%20eq%20true";
    assert_eq!(world.get(with_errors).await.1["value"], json!([]));

    // The tenant has one unit of the other licence, and two members.
    let swap = json!({ "addLicenses": [{ "skuId": OTHER, "disabledPlans": [] }], "removeLicenses": [STANDARD] });
    let (status, _) = world.post(&format!("{group}/assignLicense"), swap.clone()).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let mut told = Vec::new();
    for nth in 0..2 {
        let user = format!("/v1.0/users/{}", world.seed.customers[0].users[nth].id);
        told.push(of_group(&world.get(&user).await.1));
    }
    told.sort();
    let other = |error: &str| (OTHER.to_owned(), error.to_owned());
    assert_eq!(told, [other("CountViolation"), other("none")]);
    assert_eq!(world.get(with_errors).await.1["value"][0]["id"], GROUP);
    let (status, _) = world.post(&format!("{group}/assignLicense"), swap).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "it gives nothing of it any more");
    assert_eq!(world.get("/v1.0/groups/nobody").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_tenant_has_so_many_units_and_each_request_of_a_batch_counts() {
    let world = with(|_, rules| rules.readings.budgets = true).await.accepted().await;
    let ask = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/subscribedSkus" });
    let batch = json!({ "requests": (0..20).map(ask).collect::<Vec<_>>() });
    // Three units each, 3,500 in ten seconds.
    for _ in 0..58 {
        let (_, answer) = world.post("/v1.0/$batch", batch.clone()).await;
        assert!(answer["responses"].as_array().expect("responses").iter().all(|it| it["status"] == 200), "{answer}");
    }
    let (status, answer) = world.post("/v1.0/$batch", batch).await;
    let late: Vec<&Value> = answer["responses"].as_array().expect("responses").iter().map(|it| &it["status"]).collect();
    assert_eq!((status, late.iter().filter(|status| **status == 429).count()), (StatusCode::OK, 14));
    assert_eq!(answered(&answer, "19")["headers"]["Retry-After"], "10.5");
    assert_eq!(world.get("/v1.0/users").await.0, StatusCode::TOO_MANY_REQUESTS);
}

/// The answer to the request of that id in a batch.
fn answered<'a>(batch: &'a Value, id: &str) -> &'a Value {
    let all = batch["responses"].as_array().expect("responses");
    all.iter().find(|response| response["id"] == id).expect("an answer to it")
}

#[tokio::test]
async fn a_batch_is_answered_in_any_order() {
    let world = World::usual().await.accepted().await;
    let ask = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/subscribedSkus" });
    let (_, answer) = world.post("/v1.0/$batch", json!({ "requests": (0..9).map(ask).collect::<Vec<_>>() })).await;
    let ids = answer["responses"].as_array().expect("responses").iter().map(|response| response["id"].to_string());
    let ids: Vec<String> = ids.collect();
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 9, "each once");
    assert_ne!(ids, sorted, "and not as they were asked");
}

#[tokio::test]
async fn a_read_shows_what_it_selects_and_nothing_else() {
    let world = World::usual().await.accepted_quietly();
    let names = |item: &Value| {
        let mut names: Vec<String> = item.as_object().expect("an entity").keys().cloned().collect();
        names.retain(|name| !name.starts_with('@'));
        names.sort();
        names.join(" ")
    };
    let id = world.seed.customers[0].users[0].id;
    for (path, shown) in [
        ("/v1.0/users?$select=id,UserPrincipalName".to_owned(), "id userPrincipalName"),
        (format!("/v1.0/users/{id}?$select=usageLocation,provisionedPlans"), "id provisionedPlans usageLocation"),
        ("/v1.0/subscribedSkus?$select=skuId,consumedUnits".to_owned(), "consumedUnits id skuId"),
        ("/v1.0/directory/subscriptions?$select=skuId".to_owned(), "id skuId"),
    ] {
        let (_, answer) = world.get(&path).await;
        assert_eq!(names(answer["value"].get(0).unwrap_or(&answer)), shown, "{path}: {answer}");
        let batch = json!({ "requests": [{ "id": "1", "method": "GET", "url": path.replace("/v1.0", "") }] });
        let (_, batch) = world.post("/v1.0/$batch", batch).await;
        let inner = &batch["responses"][0]["body"];
        assert_eq!(names(inner["value"].get(0).unwrap_or(inner)), shown, "{path} in a batch: {inner}");
    }
}

#[tokio::test]
async fn a_list_says_what_it_is_a_list_of_and_counts_where_it_is_asked_to() {
    let world = World::usual().await.accepted_quietly();
    let (_, users) = world.get("/v1.0/users?$top=2&$count=true").await;
    assert_eq!(users["@odata.context"], format!("{}/v1.0/$metadata#users", world.running.base_url()));
    assert_eq!((&users["@odata.count"], users["value"].as_array().map(Vec::len)), (&json!(5), Some(2)), "all of them");
    assert_eq!(world.get("/v1.0/users").await.1["@odata.count"], Value::Null);
}

#[tokio::test]
async fn the_next_page_of_users_shows_the_properties_that_the_first_one_was_asked_for() {
    let world = World::usual().await.accepted().await;
    let path = "/v1.0/users?$select=id,provisionedPlans&$top=2";
    let (_, first) = world.get(path).await;
    let next = first["@odata.nextLink"].as_str().expect("more users");
    let next = next.strip_prefix(&world.running.base_url()).expect("of this server");
    let (status, second) = world.get(next).await;
    assert_eq!((status, second["value"].as_array().map(Vec::len)), (StatusCode::OK, Some(2)));
    assert!(second["value"][0]["provisionedPlans"].is_array(), "{second}");
}
