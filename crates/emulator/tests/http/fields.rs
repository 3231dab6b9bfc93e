//! What answers carry beside the plain facts: dates of bills, places in the catalogue, ids of requests, and what a budget has left.

use carryover_emulator::{
    Billing, Options, OrderId, Program, Rules, SeedOffer, SeedPurchase, SeedRelationship, Segment, Term,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::lifecycle::bought;
use crate::world::{STANDARD, World, customer, read, send, with};

/// A world in which a year with monthly bills began on 10 February, and the old generation sold the source.
async fn monthly() -> World {
    with(|seed, _| {
        let partner = seed.partner.tenant_id;
        let customer = &mut seed.customers[0];
        let line = &mut customer.subscriptions[0];
        (line.program, line.owner_tenant) = (Program::LegacyCsp, Some(partner));
        customer.relationship = Some(SeedRelationship { accepted_at: seed.start, agreement_signed: true });
        customer.purchases.push(SeedPurchase {
            order_id: OrderId("0a1b2c3d4e5f".to_owned()),
            subscription_id: "55555555-0000-4000-8000-000000000501".parse().expect("a GUID"),
            sku_id: STANDARD.parse().expect("a GUID"),
            seats: 3,
            term: Term::P1Y,
            billing: Billing::Monthly,
            ordered_at: "2026-02-10T09:00:00Z".parse().expect("an instant"),
            auto_renew: true,
            friendly_name: None,
        });
    })
    .await
}

#[tokio::test]
async fn a_subscription_tells_when_its_bill_ends_what_may_be_done_and_where_the_catalogue_has_it() {
    let world = monthly().await;
    let path = format!("{}/subscriptions/55555555-0000-4000-8000-000000000501", customer(&world));
    let (_, held) = world.get(&path).await;
    assert_eq!(held["commitmentEndDate"], "2027-02-09T00:00:00Z", "{held}");
    assert_eq!(held["billingCycleEndDate"], "2026-03-09T00:00:00Z", "inclusive, as its term is");
    assert_eq!(held["billingCycleEndDateTime"], "2026-03-09T23:59:59Z");
    assert_eq!(held["actions"], json!(["edit"]), "its window is over");
    assert!(held["entitlementId"].is_string() && held["entitlementId"] != held["id"], "{held}");
    world.advance_hours(24 * 20).await;
    assert_eq!(world.get(&path).await.1["billingCycleEndDate"], "2026-04-09T00:00:00Z");

    let (_, fresh) = world.get(&bought(&world).await).await;
    assert_eq!(fresh["actions"], json!(["edit", "cancel"]));
    assert_eq!(fresh["billingCycleEndDate"], fresh["commitmentEndDate"], "a year is one bill");
    for (place, key) in [("product", "id"), ("sku", "productId"), ("availability", "catalogItemId")] {
        let uri = fresh["links"][place]["uri"].as_str().expect(place);
        let (status, there) = world.get(&format!("/v1{uri}")).await;
        let of = there[key].as_str().expect(key);
        assert!(status == StatusCode::OK && fresh["offerId"].as_str().expect("an offer").starts_with(of), "{there}");
    }
}

#[tokio::test]
async fn what_the_old_generation_sold_is_found_among_its_offers() {
    let world = monthly().await;
    let source = world.seed.customers[0].subscriptions[0].id;
    let (_, held) = world.get(&format!("{}/subscriptions/{source}", customer(&world))).await;
    let offer = world.get(&format!("/v1{}", held["links"]["offer"]["uri"].as_str().expect("a link"))).await.1;
    assert_eq!((&offer["id"], &held["actions"]), (&held["offerId"], &json!(["edit", "cancel"])));
}

#[tokio::test]
async fn a_line_of_an_order_links_to_what_it_bought() {
    let world = World::usual().await.accepted_quietly();
    bought(&world).await;
    let (_, orders) = world.get(&format!("{}/orders", customer(&world))).await;
    assert_eq!(orders["items"][0]["links"]["patchOperation"]["method"], "PATCH");
    let line = &orders["items"][0]["lineItems"][0];
    for place in ["subscription", "product", "sku", "availability", "provisioningStatus"] {
        let uri = line["links"][place]["uri"].as_str().expect(place);
        assert_eq!(world.get(&format!("/v1{uri}")).await.0, StatusCode::OK, "{uri}");
    }
}

#[tokio::test]
async fn orders_are_told_by_how_they_are_billed() {
    let world = monthly().await;
    bought(&world).await;
    let orders = format!("{}/orders", customer(&world));
    let cycles = async |query: &str| {
        let (_, found) = world.get(&format!("{orders}{query}")).await;
        let items = found["items"].as_array().expect("orders").clone();
        let mut cycles: Vec<String> = items.iter().map(|order| order["billingCycle"].to_string()).collect();
        cycles.sort();
        cycles
    };
    assert_eq!(cycles("").await, ["\"annual\"", "\"monthly\""]);
    assert_eq!(cycles("?billingType=Monthly").await, ["\"monthly\""]);
    assert_eq!(cycles("?billingType=annual").await, ["\"annual\""]);
    let (status, fault) = world.get(&format!("{orders}?billingType=often")).await;
    assert_eq!((status, &fault["code"]), (StatusCode::BAD_REQUEST, &json!(2000)));
}

#[tokio::test]
async fn graph_names_every_request_and_says_so_again_in_every_error() {
    let world = World::usual().await.accepted_quietly();
    let head = |answer: &reqwest::Response, name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    let ask = async |path: &str, own: Option<&str>| {
        let mut request = world.request(Method::GET, path);
        if let Some(own) = own {
            request = request.header("client-request-id", own);
        }
        request.send().await.expect("an answer")
    };
    let (first, second) = (ask("/v1.0/users", None).await, ask("/v1.0/users", None).await);
    assert_ne!(head(&first, "request-id"), head(&second, "request-id"), "each has its own");
    assert_eq!(head(&first, "date"), "Thu, 05 Mar 2026 08:00:00 GMT", "of virtual time");

    let missing = ask("/v1.0/users/nobody", Some("mine")).await;
    let id = head(&missing, "request-id");
    assert!(id != "mine" && head(&missing, "client-request-id") == "mine", "{id}");
    let (status, fault) = read(missing).await;
    let inner = json!({ "date": "2026-03-05T08:00:00", "request-id": id, "client-request-id": "mine" });
    assert_eq!((status, &fault["error"]["innerError"]), (StatusCode::NOT_FOUND, &inner));

    let requests = json!({ "requests": [{ "id": "1", "method": "GET", "url": "/users/nobody" }] });
    let (_, batch) = world.post("/v1.0/$batch", requests).await;
    assert!(batch["responses"][0]["body"]["error"]["innerError"]["request-id"].is_string(), "{batch}");
}

#[tokio::test]
async fn graph_tells_what_a_request_cost_and_how_near_the_limit_is() {
    let rules = Rules::prompt().with("budgets", "true").expect("a reading");
    let world = World::start(Options { rules, ..Options::frozen() }, crate::world::seed()).await.accepted_quietly();
    let ask = async |path: &str| world.request(Method::GET, path).send().await.expect("an answer");
    let told = |answer: &reqwest::Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    };
    for (path, units) in [("/v1.0/subscribedSkus", "3"), ("/v1.0/users", "2"), ("/v1.0/users?$select=id", "1")] {
        let answer = ask(path).await;
        assert_eq!(told(&answer, "x-ms-resource-unit").as_deref(), Some(units), "{path}");
        assert_eq!(told(&answer, "x-ms-throttle-limit-percentage"), None, "far from the limit");
    }
    // Of 3,500 units in ten seconds six are used, and 47 batches use 60 each.
    let one = |id: usize| json!({ "id": id.to_string(), "method": "GET", "url": "/subscribedSkus" });
    let batch = json!({ "requests": (0..20).map(one).collect::<Vec<_>>() });
    for _ in 0..47 {
        world.post("/v1.0/$batch", batch.clone()).await;
    }
    assert_eq!(told(&ask("/v1.0/subscribedSkus").await, "x-ms-throttle-limit-percentage").as_deref(), Some("0.8"));
    for _ in 0..12 {
        world.post("/v1.0/$batch", batch.clone()).await;
    }
    let refused = ask("/v1.0/subscribedSkus").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let scope = format!("Tenant_Application/ReadWrite/{}/{}", world.seed.partner.client_id, world.tenant());
    assert_eq!(told(&refused, "x-ms-throttle-scope"), Some(scope));
    assert_eq!(told(&refused, "x-ms-throttle-information").as_deref(), Some("ResourceUnitLimitExceeded"));
    assert_eq!(told(&refused, "x-ms-throttle-limit-percentage").as_deref(), Some("1.0"));
}

#[tokio::test]
async fn the_gateway_says_in_its_own_words_when_to_come_again() {
    let world = World::usual().await;
    world.post("/emulator/faults", json!({ "fault": "throttled", "seconds": 57 })).await;
    let (status, fault) = world.get("/v1/customers").await;
    let words = "Rate limit is exceeded. Try again in 57 seconds.";
    let documented = json!({ "statusCode": 429, "message": words });
    assert_eq!((status, fault), (StatusCode::TOO_MANY_REQUESTS, documented));
}

#[tokio::test]
async fn users_come_in_the_order_that_is_asked_for_page_by_page() {
    let world = World::usual().await.accepted_quietly();
    let users = format!("{}/users", customer(&world));
    let mut names: Vec<String> = world.seed.customers[0].users.iter().map(|user| user.upn.clone()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    for direction in ["Ascending", "Descending"] {
        let (mut path, mut token, mut seen) =
            (format!("{users}?size=2&sortField=DisplayName&sortDirection={direction}"), None, Vec::new());
        loop {
            let mut request = world.request(Method::GET, &path);
            if let Some(token) = token.take() {
                request = request.header("MS-ContinuationToken", token);
            }
            let (_, page) = read(request.send().await.expect("an answer")).await;
            let items = page["items"].as_array().expect("users").iter();
            seen.extend(items.map(|user| user["userPrincipalName"].as_str().expect("a name").to_owned()));
            let Some(next) = page["links"]["next"]["uri"].as_str() else { break };
            path = format!("/v1{next}");
            token = page["continuationToken"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, names, "{direction}");
        names.reverse();
    }
    assert_eq!(world.get(&format!("{users}?sortField=Shoes")).await.1["code"], 2000);
}

#[tokio::test]
async fn whoever_administers_a_customer_sees_where_it_is_in_its_company_profile() {
    for administers in [true, false] {
        let world = with(|_, rules| rules.gdap_with_acceptance = administers).await.accepted_quietly();
        let (_, found) = world.get(&customer(&world)).await;
        let profile = &found["companyProfile"];
        assert_eq!(
            [profile["address"]["country"].is_string(), profile["email"].is_string()],
            [administers; 2],
            "{found}"
        );
        let (_, listed) = world.get("/v1/customers").await;
        assert!(listed["items"][0]["companyProfile"]["address"].is_null(), "not in the list: {listed}");
    }
}

#[tokio::test]
async fn a_resource_names_its_type_and_a_product_its_publisher() {
    let world = with(|seed, _| {
        seed.catalogue.push(SeedOffer {
            sku_id: "0d1e4a5c-6a5f-4a7b-9a51-0c7f2f6b7d10".parse().expect("a GUID"),
            sku_part_number: "OTHERS".to_owned(),
            title: "Others' product".to_owned(),
            sold: true,
            end_of_sale: false,
            max_seats: None,
            price_per_year: None,
            segment: Segment::Commercial,
            addon_of: Vec::new(),
            stock: None,
            publisher: Some("Others".to_owned()),
        });
    });
    let world = world.await.accepted_quietly();
    let (_, products) = world.get("/v1/products?country=DE&targetView=OnlineServices").await;
    for product in products["items"].as_array().expect("products") {
        let others = product["title"] == "Others' product";
        let publisher = if others { "Others" } else { "Microsoft Corporation" };
        assert_eq!((&product["publisherName"], &product["isMicrosoftProduct"]), (&json!(publisher), &json!(!others)));
    }
    let item = world.item().await;
    let parts: Vec<&str> = item.split(':').collect();
    let sku = format!("/v1/products/{}/skus/{}", parts[0], parts[1]);
    for (path, kind) in [
        (format!("/v1/products/{}?country=DE", parts[0]), "Product"),
        (format!("{sku}?country=DE"), "Sku"),
        (format!("{sku}/availabilities/{}?country=DE", parts[2]), "Availability"),
    ] {
        assert_eq!(world.get(&path).await.1["attributes"]["objectType"], kind);
    }
    let (_, templates) = world.get("/v1/agreements?agreementType=*").await;
    assert_eq!(templates["items"][0]["attributes"]["objectType"], "AgreementMetaData");
}

#[tokio::test]
async fn whoever_is_turned_away_with_401_is_told_how_to_come_in() {
    let world = World::strict().await;
    for path in ["/v1/customers", "/v1.0/users"] {
        let answer = world.http.get(world.url(path)).bearer_auth("made-up").header("MS-CV", "v7").send().await;
        let answer = answer.expect("an answer");
        assert_eq!(
            (answer.status(), &answer.headers()["www-authenticate"]),
            (StatusCode::UNAUTHORIZED, &"Bearer".parse().expect("text"))
        );
        assert_eq!(answer.headers().get("ms-cv").is_some(), path.starts_with("/v1/"));
    }
}

#[tokio::test]
async fn a_confirmation_may_say_its_day_without_an_offset() {
    let world = World::usual().await.accepted_quietly();
    let (_, templates) = world.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement").await;
    let body = json!({
        "primaryContact": { "firstName": "Ana", "lastName": "Roe", "email": "ana@birchlane.example" },
        "templateId": templates["items"][0]["templateId"],
        "dateAgreed": "2026-03-04T00:00:00",
        "type": "MicrosoftCustomerAgreement",
    });
    let (status, made) = world.post(&format!("{}/agreements", customer(&world)), body).await;
    assert_eq!((status, &made["dateAgreed"]), (StatusCode::CREATED, &json!("2026-03-04T00:00:00Z")), "{made}");
}

#[tokio::test]
async fn a_name_in_a_billing_profile_has_fifty_characters_at_most() {
    let world = World::usual().await.accepted_quietly();
    let path = format!("{}/profiles/billing", customer(&world));
    for (length, status) in [(50, StatusCode::OK), (51, StatusCode::BAD_REQUEST)] {
        let (_, mut profile) = world.get(&path).await;
        profile["firstName"] = "K".repeat(length).into();
        assert_eq!(send(&world, Method::PUT, &path, profile).await.0, status, "{length}");
    }
}
