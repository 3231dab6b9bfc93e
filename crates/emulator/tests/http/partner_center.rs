//! Partner Center over HTTP: a whole move, request ids, pages, and faults in its shape.

use std::collections::BTreeSet;

use crate::world::{STANDARD, World, read, with};
use carryover_emulator::{Options, Rules, Seed, SeedRelationship};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_customer_moves_from_invitation_to_clean_books() {
    let world = World::usual().await.accepted().await;
    let tenant = world.tenant();

    let (status, cart) = world.post(&world.carts(), world.cart_body(7).await).await;
    assert_eq!((status, &cart["status"]), (StatusCode::CREATED, &json!("Active")), "{cart}");
    let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    let (status, bought) = world.post(&path, Value::Null).await;
    assert_eq!(status, StatusCode::CREATED, "{bought}");
    assert_eq!(bought["orderErrors"], json!([]));

    let path = format!("/v1/customers/{tenant}/orders?include_price=true");
    let (_, orders) = world.get(&path).await;
    let line = &orders["items"][0]["lineItems"][0];
    assert_eq!(line["transactionType"], "New");
    assert_eq!(line["pricing"]["listPrice"], 150.0);
    assert_eq!(line["pricing"]["extendedPrice"], 1050.0);

    let id = line["subscriptionId"].as_str().expect("an id");
    let path = format!("/v1/customers/{tenant}/subscriptions/{id}");
    let (_, held) = world.get(&path).await;
    assert_eq!((&held["status"], &held["autoRenewEnabled"]), (&json!("active"), &json!(true)));
    assert_eq!(held["commitmentEndDate"], "2027-03-04T00:00:00Z", "inclusive");
    let (_, provisioned) = world.get(&format!("{path}/provisioningstatus")).await;
    assert_eq!(provisioned["status"], "success");
    assert_eq!(provisioned["skuId"], STANDARD.to_uppercase());

    let (_, skus) = world.get("/v1.0/subscribedSkus").await;
    assert_eq!(skus["value"][0]["prepaidUnits"]["enabled"], 14);
    assert_eq!(skus["value"][0]["subscriptionIds"].as_array().map(Vec::len), Some(2));

    let source = world.seed.customers[0].subscriptions[0].id;
    let letter = json!({ "kind": "stop_renewal", "tenant": tenant, "subscription": source });
    assert_eq!(world.post("/emulator/letters", letter).await.0, StatusCode::ACCEPTED);
    world.advance_hours(90 * 24).await;
    let (_, books) = world.get("/emulator/books").await;
    for (figure, value) in [("purchases", 1), ("duplicate_purchases", 0), ("asked_to_end_before_cover", 0)] {
        assert_eq!(books[figure], value, "{figure}");
    }
    let moved = books["customers"]
        .as_array()
        .expect("customers")
        .iter()
        .find(|customer| customer["tenant"] == json!(tenant))
        .expect("the customer");
    assert_eq!(moved["gap_seat_hours"], 0);
    assert_eq!(moved["lines"][0]["renewed"], false);
    world.running.shutdown().await.expect("a clean end");
}

#[tokio::test]
async fn a_repeated_request_id_gets_the_first_answer() {
    let world = World::usual().await.accepted().await;
    let body = world.cart_body(7).await;
    let mut ids = BTreeSet::new();
    for (request_id, times) in [("a0", 3), ("A0", 1), ("b1", 1)] {
        for _ in 0..times {
            let request = world.request(Method::POST, &world.carts()).json(&body);
            let answer = request.header("MS-RequestId", request_id).send().await.expect("an answer");
            ids.insert(read(answer).await.1["id"].to_string());
        }
    }
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn answers_carry_marks_doubled_locales_and_echoes() {
    let world = World::usual().await;
    let mut marked = 0;
    for _ in 0..8 {
        let request = world.request(Method::GET, "/v1/customers").header("MS-CorrelationId", "c7");
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.headers()["x-locale"], "en-US,en-US");
        assert_eq!(answer.headers()["ms-correlationid"], "c7");
        let bytes = answer.bytes().await.expect("a whole answer");
        marked += u32::from(bytes.starts_with(b"\xef\xbb\xbf"));
    }
    assert_eq!(marked, 2, "one in four");
}

#[tokio::test]
async fn customers_are_read_page_by_page() {
    let options = Options { rules: Rules::prompt(), ..Options::frozen() };
    let start = "2026-03-02T08:00:00Z".parse().expect("an instant");
    let world = World::start(options, Seed::small(start)).await;
    let mut seen = BTreeSet::new();
    let mut token: Option<String> = None;
    loop {
        let path = if token.is_some() { "/v1/customers?size=2&seekOperation=Next" } else { "/v1/customers?size=2" };
        let mut request = world.request(Method::GET, path);
        if let Some(token) = &token {
            request = request.header("MS-ContinuationToken", token);
        }
        let (_, page) = read(request.send().await.expect("an answer")).await;
        for customer in page["items"].as_array().expect("items") {
            seen.insert(customer["id"].to_string());
        }
        token = page["continuationToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    let name = &world.seed.customers[0].name.to_uppercase();
    let name = name.replace(' ', "%20");
    let filter =
        format!("%7B%22Field%22:%22CompanyName%22,%22Value%22:%22{name}%22,%22Operator%22:%22starts_with%22%7D");
    let (_, found) = world.get(&format!("/v1/customers?filter={filter}")).await;
    assert_eq!(found["totalCount"], 1, "{found}");
}

#[tokio::test]
async fn faults_carry_status_and_code() {
    let world = World::usual().await;
    let tenant = world.tenant();
    for (path, status, code) in [
        (format!("/v1/customers/{tenant}"), 403, 20002),
        ("/v1/customers/not-a-guid".to_owned(), 400, 2000),
        ("/v1/products?targetView=OnlineServices".to_owned(), 400, 2000),
        ("/v1/nothing".to_owned(), 404, 1000),
        (format!("/v1/customers/{tenant}/carts"), 404, 1000),
    ] {
        let (found, body) = world.get(&path).await;
        assert_eq!((found.as_u16(), &body["code"]), (status, &json!(code)), "{path}");
    }
    let (status, body) = world.get("/v1.0/subscribedSkus").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(body["error"]["code"], "Authorization_RequestDenied");
}

#[tokio::test]
async fn the_next_page_of_a_filtered_list_is_filtered_too() {
    let world = with(|seed, _| {
        let accepted_at = seed.start;
        // The one that is not asked for comes between the others.
        seed.customers.sort_by_key(|customer| customer.tenant_id);
        for (customer, name) in seed.customers.iter_mut().zip(["Birch One", "Oak", "Birch Two"]) {
            customer.relationship = Some(SeedRelationship { accepted_at, agreement_signed: true });
            customer.name = name.to_owned();
        }
    })
    .await;
    let filter = "%7B%22Field%22:%22CompanyName%22,%22Value%22:%22birch%22,%22Operator%22:%22starts_with%22%7D";
    let mut path = format!("/customers?size=1&filter={filter}");
    let mut token = None;
    let mut names = Vec::new();
    loop {
        let mut request = world.request(Method::GET, &format!("/v1{path}"));
        if let Some(token) = token.take() {
            request = request.header("MS-ContinuationToken", token);
        }
        let (status, page) = read(request.send().await.expect("an answer")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        names.push(page["items"][0]["companyProfile"]["companyName"].as_str().expect("a name").to_owned());
        let next = &page["links"]["next"];
        let Some(uri) = next["uri"].as_str() else { break };
        path = uri.to_owned();
        token = next["headers"][0]["value"].as_str().map(str::to_owned);
    }
    names.sort();
    assert_eq!(names, ["Birch One", "Birch Two"]);
}

#[tokio::test]
async fn a_path_of_no_service_is_answered_in_the_documented_shape_and_counted() {
    let world = World::usual().await;
    let (status, fault) = world.get("/v7/customers").await;
    assert_eq!((status, &fault["code"]), (StatusCode::NOT_FOUND, &json!(1000)));
    assert!(fault["description"].is_string(), "{fault}");
    assert_eq!(world.get("/emulator/ledger").await.1["not_emulated"]["GET /v7/customers"], 1);
}
