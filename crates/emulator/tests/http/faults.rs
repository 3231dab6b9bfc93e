//! Trouble, as a client meets it: every fault by name, and the books after it.

use std::collections::BTreeSet;

use crate::lifecycle::{bought, change};
use crate::world::{STANDARD, World, read, seed};
use carryover_emulator::{Fault, FaultRule, Faults, Letter, Options, Rules};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn on_a_rough_line_repeated_request_ids_buy_everything_once() {
    let options = Options { faults: Faults::Rough, ..Options::frozen() };
    let world = World::start(options, seed()).await;
    let tenant = world.seed.customers[0].tenant_id;
    let item = world.running.with_ledger(|ledger| {
        let link = ledger.invitation_link();
        ledger.post_letter(&Letter::Invitation { tenant, link }).expect("a letter box");
        ledger.advance_to("2026-03-05T08:00:00Z".parse().expect("an instant")).expect("later");
        ledger.catalog_item(STANDARD.parse().expect("a GUID")).expect("an item")
    });
    let mut trouble = BTreeSet::new();
    for n in 0..120 {
        let body = json!({ "lineItems": [{
            "id": 0, "catalogItemId": item, "quantity": 1,
            "billingCycle": "annual", "termDuration": "P1Y",
        }]});
        let carts = world.carts();
        let cart = insist(&world, &carts, &body, &format!("cart {n}"), &mut trouble).await;
        let path = format!("{carts}/{}/checkout", cart["id"].as_str().expect("an id"));
        insist(&world, &path, &json!({}), &format!("checkout {n}"), &mut trouble).await;
    }
    assert_eq!(trouble, BTreeSet::from([0, 429, 503, 504]), "0 is a closed connection");
    let books = world.running.with_ledger(|ledger| ledger.books());
    assert_eq!(books.purchases, 120);
    assert!(books.http_429 > 0 && books.http_dropped > 0);
    assert_eq!(books.request_ids_misused, 0);
}

/// Posts until the answer is 201, with one request id throughout; notes what went wrong on the way.
async fn insist(world: &World, path: &str, body: &Value, request_id: &str, trouble: &mut BTreeSet<u16>) -> Value {
    for _ in 0..10 {
        let request = world.request(Method::POST, path).header("MS-RequestId", request_id);
        match request.json(body).send().await {
            Ok(answer) if answer.status() == StatusCode::CREATED => return read(answer).await.1,
            Ok(answer) => {
                let throttled = answer.status() == StatusCode::TOO_MANY_REQUESTS;
                assert_eq!(throttled, answer.headers().contains_key("retry-after"));
                trouble.insert(answer.status().as_u16());
            }
            Err(_) => {
                trouble.insert(0);
            }
        }
    }
    panic!("the line must recover");
}

/// A customer that accepted, and a cart with seven seats.
async fn with_cart() -> (World, String) {
    let world = World::usual().await.accepted().await;
    let (status, cart) = world.post(&world.carts(), world.cart_body(7).await).await;
    assert_eq!(status, StatusCode::CREATED, "{cart}");
    let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    (world, path)
}

/// Posts with a request id; `None` where the connection was closed.
async fn send(world: &World, path: &str, id: &str) -> Option<(u16, Value, Option<String>)> {
    let answer = world.request(Method::POST, path).header("MS-RequestId", id).send().await.ok()?;
    let wait = answer.headers().get("retry-after").map(|wait| wait.to_str().expect("text").to_owned());
    let (status, body) = read(answer).await;
    Some((status.as_u16(), body, wait))
}

fn purchases(world: &World) -> (u64, u64) {
    let books = world.running.with_ledger(|ledger| ledger.books());
    (books.purchases, books.duplicate_purchases)
}

#[tokio::test]
async fn faults_on_the_way_differ_in_what_is_said_and_in_what_was_done() {
    for (fault, status, bought) in [
        (Fault::LostBefore, None, 0),
        (Fault::LostAfter, None, 1),
        (Fault::Throttled, Some(429), 0),
        (Fault::ThrottledSilently, Some(429), 0),
        (Fault::Unavailable, Some(503), 0),
        (Fault::ServerError, Some(500), 0),
        (Fault::ServerErrorAfter, Some(500), 1),
        (Fault::GatewayPage, Some(502), 0),
        (Fault::GatewayTimeout, Some(504), 1),
        (Fault::HtmlInstead, Some(200), 1),
        (Fault::Truncated, Some(201), 1),
        (Fault::TokenExpired, Some(401), 0),
    ] {
        let (world, checkout) = with_cart().await;
        world.running.emulator().add_fault(FaultRule::new(fault).once()).expect("a rule");
        let answer = send(&world, &checkout, "first").await;
        assert_eq!(answer.as_ref().map(|(status, ..)| *status), status, "{fault}");
        let wait = answer.as_ref().and_then(|(.., wait)| wait.as_deref());
        assert_eq!(wait, (fault == Fault::Throttled).then_some("2"), "{fault}");
        let html = answer.as_ref().and_then(|(_, body, _)| body.as_str()).is_some_and(|body| body.contains("<html>"));
        assert_eq!(html, matches!(fault, Fault::GatewayPage | Fault::GatewayTimeout | Fault::HtmlInstead), "{fault}");
        assert_eq!(purchases(&world), (bought, 0), "{fault}");
        // The same id again: done once, and answered as if nothing had been.
        let (status, body, _) = send(&world, &checkout, "first").await.expect("an answer");
        assert_eq!((status, body["orders"].as_array().map(Vec::len)), (201, Some(1)), "{fault}: {body}");
        assert_eq!(purchases(&world), (1, 0), "{fault}");
    }
}

#[tokio::test]
async fn graph_throttles_in_its_own_shape_and_inside_batches() {
    let world = World::usual().await.accepted().await;
    let rule = FaultRule { seconds: Some(7), ..FaultRule::new(Fault::Throttled).at("GET", "/v1.0/users") };
    world.running.emulator().add_fault(rule).expect("a rule");
    let answer = world.request(Method::GET, "/v1.0/users").send().await.expect("an answer");
    assert_eq!(answer.headers()["retry-after"], "7.5");
    assert_eq!(read(answer).await.1["error"]["code"], "TooManyRequests");
    let requests = json!({ "requests": [{ "id": "1", "method": "GET", "url": "/users" }] });
    let (status, batch) = world.post("/v1.0/$batch", requests).await;
    assert_eq!((status, &batch["responses"][0]["status"]), (StatusCode::OK, &json!(429)), "{batch}");
}

#[tokio::test]
async fn an_answer_that_comes_too_late_was_processed_all_the_same() {
    let (world, checkout) = with_cart().await;
    let rule = FaultRule { seconds: Some(3600), ..FaultRule::new(Fault::Delayed).once() };
    world.running.emulator().add_fault(rule).expect("a rule");
    let request = world.request(Method::POST, &checkout).timeout(std::time::Duration::from_millis(200));
    assert!(request.send().await.expect_err("no answer for an hour").is_timeout());
    assert_eq!(purchases(&world), (1, 0));
}

#[tokio::test]
async fn a_sign_in_that_was_not_used_for_too_long_is_over() {
    let world = World::strict().await;
    world.running.emulator().add_fault(FaultRule::new(Fault::SignInRefused)).expect("a rule");
    let path = format!("/{}/oauth2/token", world.seed.partner.tenant_id);
    let refresh = world.seed.partner.refresh_token.as_str();
    let form = [("resource", "partnercenter"), ("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, body) = world.sign_in(&path, &form).await;
    assert_eq!((status.as_u16(), &body["error_codes"][0]), (400, &json!(700_082)));
}

#[tokio::test]
async fn a_cart_that_vanishes_after_its_checkout_leaves_its_order() {
    let (world, checkout) = with_cart().await;
    let emulator = world.running.emulator();
    emulator.add_fault(FaultRule::new(Fault::LostAfter).at("POST", "/v1/**").once()).expect("a rule");
    assert_eq!(send(&world, &checkout, "first").await, None);
    emulator.add_fault(FaultRule::new(Fault::CartVanishes).once()).expect("a rule");
    let (status, body, _) = send(&world, &checkout, "second").await.expect("an answer");
    assert_eq!((status, &body["code"]), (404, &json!(800_008)));
    let (_, orders) = world.get(&format!("/v1/customers/{}/orders", world.tenant())).await;
    assert_eq!((&orders["totalCount"], purchases(&world)), (&json!(1), (1, 0)));
}

#[tokio::test]
async fn a_catalogue_that_rotates_makes_a_cart_stale() {
    let (world, checkout) = with_cart().await;
    world.running.emulator().add_fault(FaultRule::new(Fault::CatalogueRotates).once()).expect("a rule");
    let (status, body, _) = send(&world, &checkout, "first").await.expect("an answer");
    assert_eq!((status, &body["orderErrors"][0]["code"]), (201, &json!(400_019)), "{body}");
    assert_eq!(purchases(&world), (0, 0));
}

#[tokio::test]
async fn a_partial_checkout_orders_all_groups_but_the_last() {
    let (world, _) = with_cart().await;
    let mut body = world.cart_body(7).await;
    let mut monthly = body["LineItems"][0].clone();
    monthly["Id"] = json!(1);
    monthly["Quantity"] = json!(3);
    monthly["BillingCycle"] = json!("Monthly");
    monthly["FriendlyName"] = json!("CO-2");
    body["LineItems"].as_array_mut().expect("lines").push(monthly);
    let (_, cart) = world.post(&world.carts(), body).await;
    let checkout = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    world.running.emulator().add_fault(FaultRule::new(Fault::PartialCheckout)).expect("a rule");
    let (status, body, _) = send(&world, &checkout, "first").await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["orders"][0]["lineItems"][0]["quantity"], 7, "{body}");
    assert_eq!(
        (&body["orderErrors"][0]["orderGroupId"], &body["orderErrors"][0]["code"]),
        (&json!("1"), &json!(800_010))
    );
    assert_eq!(purchases(&world).0, 1);
}

#[tokio::test]
async fn stuck_provisioning_stays_pending_for_as_long_as_was_asked() {
    let (world, checkout) = with_cart().await;
    let rule = FaultRule { hours: Some(9), ..FaultRule::new(Fault::ProvisioningStuck) };
    world.running.emulator().add_fault(rule).expect("a rule");
    send(&world, &checkout, "first").await.expect("an answer");
    let status = async || {
        let (_, held) = world.get(&format!("/v1/customers/{}/subscriptions", world.tenant())).await;
        held["items"].as_array().expect("items").last().expect("one").clone()["status"].clone()
    };
    assert_eq!(status().await, "pending");
    world.advance_hours(8).await;
    assert_eq!(status().await, "pending");
    world.advance_hours(2).await;
    assert_eq!(status().await, "active");
}

#[tokio::test]
async fn a_cart_that_another_request_is_busy_with_buys_nothing() {
    let (world, checkout) = with_cart().await;
    world.running.emulator().add_fault(FaultRule::new(Fault::CartBusy).once()).expect("a rule");
    let (status, body, _) = send(&world, &checkout, "first").await.expect("an answer");
    assert_eq!((status, &body["code"], purchases(&world)), (409, &json!(800_064), (0, 0)));
    assert_eq!(send(&world, &checkout, "second").await.expect("an answer").0, 201, "it is free again");
    assert_eq!(purchases(&world), (1, 0));
}

#[tokio::test]
async fn an_order_that_is_in_progress_was_bought_and_is_found_in_the_history() {
    let (world, checkout) = with_cart().await;
    world.running.emulator().add_fault(FaultRule::new(Fault::OrderInProgress)).expect("a rule");
    let (status, body, _) = send(&world, &checkout, "first").await.expect("an answer");
    assert_eq!((status, &body["code"]), (409, &json!(800_060)));
    let (_, orders) = world.get(&format!("/v1/customers/{}/orders", world.tenant())).await;
    assert_eq!((&orders["totalCount"], purchases(&world)), (&json!(1), (1, 0)));
    let (status, body, _) = send(&world, &checkout, "second").await.expect("an answer");
    assert_eq!((status, &body["code"]), (400, &json!(800_065)), "a refusal is no order in progress");
    assert_eq!(purchases(&world), (1, 0));
}

#[tokio::test]
async fn a_gateway_that_forbids_or_finds_nothing_speaks_html_and_lets_nothing_through() {
    for (fault, status) in [(Fault::GatewayForbidden, 403), (Fault::GatewayNotFound, 404)] {
        let (world, checkout) = with_cart().await;
        world.running.emulator().add_fault(FaultRule::new(fault).once()).expect("a rule");
        let (answered, body, _) = send(&world, &checkout, "first").await.expect("an answer");
        let html = body.as_str().is_some_and(|body| body.contains("<html>"));
        assert_eq!((answered, html, purchases(&world)), (status, true, (0, 0)));
    }
}

#[tokio::test]
async fn provisioning_that_failed_is_done_after_as_long_as_was_asked() {
    let (world, checkout) = with_cart().await;
    let rule = FaultRule { hours: Some(9), ..FaultRule::new(Fault::ProvisioningFailed) };
    world.running.emulator().add_fault(rule).expect("a rule");
    let (_, body, _) = send(&world, &checkout, "first").await.expect("an answer");
    let id = body["orders"][0]["lineItems"][0]["subscriptionId"].as_str().expect("an id").to_owned();
    let path = format!("/v1/customers/{}/subscriptions/{id}/provisioningstatus", world.tenant());
    let units = async || world.get("/v1.0/subscribedSkus").await.1["value"][0]["prepaidUnits"]["enabled"].clone();
    assert_eq!((&world.get(&path).await.1["status"], units().await), (&json!("failed"), json!(7)));
    world.advance_hours(10).await;
    assert_eq!((&world.get(&path).await.1["status"], units().await), (&json!("success"), json!(14)));
}

#[tokio::test]
async fn a_change_meets_another_operation_that_is_pending_and_changes_nothing() {
    let world = World::usual().await.accepted_quietly();
    let path = bought(&world).await;
    world.running.emulator().add_fault(FaultRule::new(Fault::OperationPending).once()).expect("a rule");
    let (status, fault) = change(&world, &path, json!({ "quantity": 8 })).await;
    assert_eq!((status, &fault["code"]), (StatusCode::CONFLICT, &json!(900_278)), "{fault}");
    assert_eq!(world.get(&path).await.1["quantity"], 7);
    assert_eq!(change(&world, &path, json!({ "quantity": 8 })).await.1["quantity"], 8, "it is over");
}

#[tokio::test]
async fn a_read_that_lags_shows_no_order_until_the_minutes_are_over() {
    let (world, checkout) = with_cart().await;
    let emulator = world.running.emulator();
    let number = emulator.add_fault(FaultRule::new(Fault::ReadsLag)).expect("a rule");
    send(&world, &checkout, "first").await.expect("an answer");
    let path = format!("/v1/customers/{}/orders", world.tenant());
    let count = async || world.get(&path).await.1["totalCount"].clone();
    assert_eq!(count().await, 0);
    emulator.remove_fault(number);
    assert_eq!(count().await, 1, "another replica knows");
    emulator.add_fault(FaultRule::new(Fault::ReadsLag)).expect("a rule");
    assert_eq!(count().await, 0);
    world.advance_hours(1).await;
    assert_eq!(count().await, 1);
    assert_eq!(purchases(&world), (1, 0));
}

#[tokio::test]
async fn faults_are_put_in_listed_and_taken_out_over_http() {
    let world = World::usual().await;
    let (status, added) = world.post("/emulator/faults", json!({ "fault": "unavailable", "times": 2 })).await;
    assert_eq!((status, &added), (StatusCode::CREATED, &json!({ "id": 1 })));
    assert_eq!(world.get("/v1/customers").await.0, StatusCode::SERVICE_UNAVAILABLE);
    let (_, shown) = world.get("/emulator/faults").await;
    assert_eq!((&shown["rules"][0]["struck"], &shown["preset"]), (&json!(1), &json!("none")), "{shown}");
    assert_eq!(shown["known"].as_array().map(Vec::len), Some(Fault::all().count()));
    for (body, says) in [
        (json!({ "fault": "gremlins" }), "there is no fault \"gremlins\"; there are lost_before"),
        (json!({ "fault": "truncated", "tmies": 1 }), "unknown field `tmies`"),
        (json!({ "fault": "truncated", "hours": 1 }), "truncated has no hours"),
        (json!({ "preset": "awful" }), "there are none, mild, rough and cruel"),
    ] {
        let (status, refused) = world.post("/emulator/faults", body).await;
        let text = refused["error"].as_str().expect("a sentence");
        assert!(status == StatusCode::BAD_REQUEST && text.contains(says), "{text}");
    }
    let delete = async |path: &str| world.request(Method::DELETE, path).send().await.expect("an answer").status();
    assert_eq!(delete("/emulator/faults/7").await, StatusCode::NOT_FOUND);
    assert_eq!(delete("/emulator/faults/1").await, StatusCode::NO_CONTENT);
    assert_eq!(world.get("/v1/customers").await.0, StatusCode::OK);
    assert_eq!(world.post("/emulator/faults", json!({ "preset": "mild" })).await.0, StatusCode::OK);
}

#[tokio::test]
async fn on_a_cruel_line_whoever_insists_with_one_request_id_buys_each_cart_once() {
    let options = Options { faults: Faults::Cruel, rules: Rules::prompt(), ..Options::frozen() };
    let world = World::start(options, seed()).await.accepted_quietly();
    let tenant = world.seed.customers[0].tenant_id;
    let mut bought = 0;
    for n in 0..60 {
        let cart = world.running.with_ledger(|ledger| {
            let item = ledger.catalog_item(STANDARD.parse().expect("a GUID")).expect("an item");
            let wish = carryover_emulator::Wish {
                catalog_item: item,
                quantity: 1,
                billing_cycle: "annual".to_owned(),
                term: "P1Y".to_owned(),
                ..Default::default()
            };
            ledger.create_cart(tenant, vec![wish]).expect("a cart")
        });
        let before = purchases(&world).0;
        let checkout = format!("{}/{cart}/checkout", world.carts());
        for _ in 0..10 {
            let answer = send(&world, &checkout, &format!("checkout {n}")).await;
            if answer.is_some_and(|(status, body, _)| body.is_object() && [201, 404].contains(&status)) {
                break;
            }
        }
        let more = purchases(&world).0 - before;
        assert!(more <= 1, "cart {n} was bought {more} times");
        bought += more;
    }
    assert!((20..60).contains(&bought), "{bought} of 60: some carts are lost, some catalogues stale");
}
