//! Buying beyond the plain cart: promotions, stock, add-ons, resellers, orders without a cart; and the old catalogue.

use carryover_emulator::{Billing, Minutes, SeedOffer, SeedPromotion, Segment, Term, WithoutReseller};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::accounts::provider;
use crate::world::{STANDARD, World, customer, send, with};

const SPRING: &str = "EMUPROMO0001:0001:EMUSPRING001";
const ADDON: &str = "0d1e4a5c-6a5f-4a7b-9a51-0c7f2f6b7d10";

fn promotion() -> SeedPromotion {
    SeedPromotion {
        id: SPRING.to_owned(),
        name: "A fifth off in spring".to_owned(),
        sku_id: STANDARD.parse().expect("a GUID"),
        term: Term::P1Y,
        billing: Some(Billing::Annual),
        percent_off: 20,
        starts: "2026-03-01T00:00:00Z".parse().expect("an instant"),
        ends: "2026-06-01T00:00:00Z".parse().expect("an instant"),
        min_seats: 3,
        max_seats: Some(17),
        new_only: false,
        applies_itself: false,
    }
}

/// An add-on of Business Standard, with two seats left.
fn addon() -> SeedOffer {
    SeedOffer {
        sku_id: ADDON.parse().expect("a GUID"),
        sku_part_number: "EMULATED_ADDON".to_owned(),
        title: "An add-on".to_owned(),
        sold: true,
        end_of_sale: false,
        max_seats: None,
        price_per_year: None,
        segment: Segment::Commercial,
        addon_of: vec![STANDARD.parse().expect("a GUID")],
        stock: Some(2),
        publisher: None,
    }
}

fn line(id: u32, item: &str, seats: u32) -> Value {
    json!({ "id": id, "catalogItemId": item, "quantity": seats, "billingCycle": "annual", "termDuration": "P1Y" })
}

fn item(world: &World, sku: &str) -> String {
    let sku = sku.parse().expect("a GUID");
    world.running.with_ledger(|ledger| ledger.catalog_item(sku)).expect("on sale")
}

async fn cart(world: &World, lines: Value) -> (StatusCode, Value) {
    world.post(&world.carts(), json!({ "lineItems": lines })).await
}

async fn check_out(world: &World, cart: &Value) -> Value {
    let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    let (status, bought) = world.post(&path, json!({})).await;
    assert_eq!(status, StatusCode::CREATED, "{bought}");
    bought
}

#[tokio::test]
async fn a_promotion_is_found_checked_applied_and_priced() {
    let world = with(|seed, _| seed.promotions.push(promotion())).await.accepted().await;
    let (_, running) = world.get("/v1/productpromotions?country=DE&segment=commercial").await;
    assert_eq!((&running["totalCount"], &running["items"][0]["id"]), (&json!(1), &json!(SPRING)));
    let (_, one) = world.get(&format!("/v1/productpromotions/{}?country=DE", SPRING.replace(':', "%3A"))).await;
    assert_eq!(one["requiredProducts"][0]["pricingPolicies"][0]["value"], 20);

    let item = item(&world, STANDARD);
    let ask = |quantity: u32, cycle: &str| json!({ "id": 0, "catalogItemId": item, "quantity": quantity, "billingCycle": cycle, "termDuration": "P1Y" });
    let path = format!("{}/promotionEligibilities", customer(&world));
    let items = json!({ "items": [ask(5, "Annual"), ask(2, "Annual"), ask(5, "Monthly")] });
    let (_, answers) = world.post(&path, items).await;
    let first = |nth: usize| answers["items"][nth]["eligibilities"][0].clone();
    assert_eq!(first(0)["isEligible"], true);
    assert_eq!(first(1)["errors"][0]["type"], "SeatCount");
    assert_eq!(first(2)["errors"][0]["type"], "Term");

    let mut wanted = line(0, &item, 5);
    wanted["promotionId"] = SPRING.into();
    let (_, made) = cart(&world, json!([wanted])).await;
    check_out(&world, &made).await;
    let (_, orders) = world.get(&format!("{}/orders?include_price=true", customer(&world))).await;
    let bought = &orders["items"][0]["lineItems"][0];
    assert_eq!(bought["promotionId"], SPRING);
    assert_eq!((&bought["pricing"]["listPrice"], &bought["pricing"]["price"]), (&json!(150.0), &json!(120.0)));

    // Six more would be eighteen with the seven of the old subscription, and the promotion is good for seventeen.
    let mut more = line(0, &item, 6);
    more["promotionId"] = SPRING.into();
    let (_, refused) = cart(&world, json!([more])).await;
    assert_eq!(refused["lineItems"][0]["error"]["errorCode"], 10_014);
    world.advance_hours(24 * 120).await;
    assert_eq!(world.get("/v1/productpromotions?country=DE").await.1["totalCount"], 0, "it is over");
}

#[tokio::test]
async fn a_promotion_that_applies_itself_needs_no_name() {
    let world = with(|seed, _| {
        seed.promotions.push(SeedPromotion { applies_itself: true, ..promotion() });
    })
    .await
    .accepted()
    .await;
    let item = item(&world, STANDARD);
    let (_, made) = cart(&world, json!([line(0, &item, 5), line(1, &item, 2)])).await;
    assert_eq!(made["lineItems"][0]["promotionId"], SPRING);
    assert_eq!(made["lineItems"][1]["promotionId"], Value::Null, "two seats are too few");
}

#[tokio::test]
async fn an_addon_is_bought_with_its_base_or_for_one_and_as_long_as_there_is_stock() {
    let world = with(|seed, _| seed.catalogue.push(addon())).await.accepted().await;
    let (base, extra) = (item(&world, STANDARD), item(&world, ADDON));
    let parts: Vec<&str> = extra.split(':').collect();
    let inventory = async || {
        let body = json!({ "TargetItems": [{ "ProductId": parts[0], "SkuId": parts[1] }, { "ProductId": "none", "SkuId": "1" }] });
        world.post("/v1/extensions/product/checkInventory?country=DE", body).await.1
    };
    let before = inventory().await;
    assert_eq!((before.as_array().map(Vec::len), &before[0]["isRestricted"]), (Some(1), &json!(false)));

    let mut both = line(0, &base, 4);
    both["addonItems"] = json!([line(1, &extra, 1)]);
    let (_, made) = cart(&world, json!([both])).await;
    let nested = &made["lineItems"][0]["addonItems"][0];
    assert_eq!((&nested["error"], &nested["orderGroup"]), (&Value::Null, &made["lineItems"][0]["orderGroup"]));
    let bought = check_out(&world, &made).await;
    let lines = &bought["orders"][0]["lineItems"];
    let parent = lines[0]["subscriptionId"].as_str().expect("an id");
    assert_eq!(lines[1]["parentSubscriptionId"], parent);
    let (_, addons) = world.get(&format!("{}/subscriptions/{parent}/addons", customer(&world))).await;
    assert_eq!(addons["totalCount"], 1);

    // Later, for the base that is there; a stranger's id is none.
    let mut later = line(0, &extra, 1);
    later["provisioningContext"] = json!({ "ParentSubscriptionId": parent });
    let (_, made) = cart(&world, json!([later.clone()])).await;
    check_out(&world, &made).await;
    assert_eq!(inventory().await[0]["isRestricted"], true, "the second was the last");
    let (_, gone) = cart(&world, json!([later.clone()])).await;
    assert_eq!(gone["lineItems"][0]["error"]["errorCode"], 10_003);
    later["provisioningContext"] = json!({ "ParentSubscriptionId": world.tenant() });
    later["quantity"] = 0.into();
    let (_, wrong) = cart(&world, json!([later])).await;
    assert_ne!(wrong["lineItems"][0]["error"], Value::Null);
}

#[tokio::test]
async fn an_addon_needs_a_base_of_the_right_kind() {
    let world = with(|seed, _| {
        seed.catalogue.push(SeedOffer { addon_of: vec![ADDON.parse().expect("a GUID")], stock: None, ..addon() });
    })
    .await
    .accepted()
    .await;
    let (base, extra) = (item(&world, STANDARD), item(&world, ADDON));
    let code = |made: &Value, line: &str| made.pointer(line).cloned().unwrap_or_default();
    let (_, alone) = cart(&world, json!([line(0, &extra, 1)])).await;
    assert_eq!(code(&alone, "/lineItems/0/error/errorCode"), 10_006);
    let mut both = line(0, &base, 4);
    both["addonItems"] = json!([line(1, &extra, 1)]);
    let (_, nested) = cart(&world, json!([both])).await;
    assert_eq!(code(&nested, "/lineItems/0/addonItems/0/error/errorCode"), 10_006);
    let mut named = line(0, &extra, 1);
    named["provisioningContext"] = json!({ "ParentSubscriptionId": world.seed.customers[0].subscriptions[0].id });
    let (_, foreign) = cart(&world, json!([named])).await;
    assert_eq!(code(&foreign, "/lineItems/0/error/errorCode"), 10_007);
}

#[tokio::test]
async fn a_provider_names_its_reseller_and_says_so_and_a_direct_partner_names_none() {
    let world = with(|seed, _| drop(provider(seed))).await.accepted().await;
    let item = item(&world, STANDARD);
    let mut named = line(0, &item, 2);
    named["participants"] = json!([{ "key": "transaction_reseller", "value": "12345" }]);
    let body =
        |attested: bool, line: &Value| json!({ "lineItems": [line], "partnerOnRecordAttestationAccepted": attested });
    let (status, fault) = world.post(&world.carts(), body(false, &named)).await;
    assert_eq!((status.as_u16(), &fault["code"]), (400, &json!(900_206)));
    let mut inactive = named.clone();
    inactive["participants"][0]["value"] = "23456".into();
    let (_, fault) = world.post(&world.carts(), body(true, &inactive)).await;
    assert_eq!(fault["code"], 900_154);
    let (status, fault) = world.post(&world.carts(), body(true, &line(0, &item, 2))).await;
    assert_eq!((status.as_u16(), &fault["code"]), (400, &json!(900_206)), "it sells through resellers");

    let (_, made) = world.post(&world.carts(), body(true, &named)).await;
    assert_eq!(made["lineItems"][0]["participants"][0]["value"], "12345");
    let bought = check_out(&world, &made).await;
    assert_eq!(bought["orders"][0]["lineItems"][0]["partnerIdOnRecord"], "12345");
    let (_, held) = world.get(&format!("{}/subscriptions?mpn_id=12345", customer(&world))).await;
    assert_eq!(held["totalCount"], 1);

    let direct = World::usual().await.accepted().await;
    let (_, refused) = cart(&direct, json!([named])).await;
    assert_eq!(refused["lineItems"][0]["error"]["errorCode"], 10_004);
}

#[tokio::test]
async fn what_a_provider_buys_for_no_reseller_is_taken_where_that_is_the_reading() {
    let world = with(|seed, rules| {
        drop(provider(seed));
        rules.readings.provider_without_reseller = WithoutReseller::Accept;
    })
    .await
    .accepted()
    .await;
    let lines = json!([line(0, &item(&world, STANDARD), 2)]);
    let body = json!({ "lineItems": lines, "partnerOnRecordAttestationAccepted": true });
    assert_eq!(world.post(&world.carts(), body).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn an_order_without_a_cart_is_checked_as_a_cart_is_and_the_old_catalogue_sells_nothing() {
    let world = with(|seed, rules| {
        rules.readings.sandbox = true;
        seed.promotions.push(promotion());
    })
    .await
    .accepted_quietly();
    let orders = format!("{}/orders", customer(&world));
    let order = |offer: &str, seats: u32| {
        json!({ "billingCycle": "annual", "lineItems": [
            { "lineItemNumber": 0, "offerId": offer, "quantity": seats, "termDuration": "P1Y", "friendlyName": "by hand" },
        ]})
    };
    let item = item(&world, STANDARD);
    let (status, made) = world.post(&orders, order(&item, 3)).await;
    assert_eq!((status, &made["lineItems"][0]["friendlyName"]), (StatusCode::CREATED, &json!("by hand")));
    assert_eq!(world.post(&orders, order(&item, 301)).await.1["code"], 900_275);
    assert_eq!(world.post(&orders, order(STANDARD, 3)).await.1["code"], 2091, "a legacy offer");
    let (_, books) = world.get("/emulator/ledger").await;
    assert_eq!(books["purchases"].as_array().map(Vec::len), Some(1));

    let path = format!("{orders}/{}", made["id"].as_str().expect("an id"));
    let (status, taken_back) = send(&world, Method::PATCH, &path, json!({ "status": "cancelled" })).await;
    assert_eq!((status, &taken_back["status"]), (StatusCode::OK, &json!("cancelled")));
    let subscription = made["lineItems"][0]["subscriptionId"].as_str().expect("an id");
    let (_, held) = world.get(&format!("{}/subscriptions/{subscription}", customer(&world))).await;
    assert_eq!(held["status"], "deleted");

    let real = World::usual().await.accepted().await;
    let (_, made) = real.post(&format!("{}/orders", customer(&real)), order(&item, 3)).await;
    let path = format!("{}/orders/{}", customer(&real), made["id"].as_str().expect("an id"));
    assert_eq!(send(&real, Method::PATCH, &path, json!({ "status": "cancelled" })).await.1["code"], 800_019);
}

#[tokio::test]
async fn an_offer_of_the_old_catalogue_is_an_error_of_its_line() {
    for (codes, told) in [("number", json!(500_600)), ("pascal", json!("LegacyOfferNotEligibleForPurchase"))] {
        let world = with(|_, rules| *rules = rules.with("line_codes", codes).expect("a reading")).await;
        let world = world.accepted_quietly();
        let (status, made) = cart(&world, json!([line(0, &STANDARD.to_uppercase(), 2)])).await;
        assert_eq!((status, &made["lineItems"][0]["error"]["errorCode"]), (StatusCode::CREATED, &told), "{made}");
        assert!(made["lastModifiedUser"].is_string(), "{made}");
    }
}

#[tokio::test]
async fn the_sandbox_has_few_seats_few_subscriptions_and_no_invitations() {
    let world = with(|_, rules| rules.readings.sandbox = true).await.accepted_quietly();
    let item = item(&world, STANDARD);
    let error = |cart: &Value, nth: usize| cart["lineItems"][nth]["error"]["errorCode"].clone();
    let (_, many) = cart(&world, json!([line(0, &item, 26), line(1, &item, 25)])).await;
    assert_eq!((error(&many, 0), error(&many, 1)), (json!(10_009), Value::Null));
    let (_, six) = cart(&world, (0..6).map(|id| line(id, &item, 1)).collect()).await;
    assert_eq!((error(&six, 4), error(&six, 5)), (Value::Null, json!(10_009)));

    let (_, one) = cart(&world, json!([line(0, &item, 25)])).await;
    let order = check_out(&world, &one).await;
    let id = order["orders"][0]["lineItems"][0]["subscriptionId"].as_str().expect("an id");
    let path = format!("{}/subscriptions/{id}", customer(&world));
    let (_, mut held) = world.get(&path).await;
    held["quantity"] = json!(26);
    assert_eq!(send(&world, Method::PATCH, &path, held).await.1["code"], 800_018);
    let (_, five) = cart(&world, (0..5).map(|id| line(id, &item, 1)).collect()).await;
    assert_eq!((error(&five, 3), error(&five, 4)), (Value::Null, json!(10_009)), "one is there already");

    let (status, fault) = world.get("/v1/customers/relationshiprequests").await;
    assert_eq!((status, &fault["code"]), (StatusCode::BAD_REQUEST, &json!(900_141)));
}

#[tokio::test]
async fn the_old_catalogue_is_read_by_pages_and_names_the_products_that_offers_stand_for() {
    let world = with(|seed, _| seed.catalogue.push(addon())).await.accepted().await;
    let (_, first) = world.get("/v1/offers?country=DE&size=5").await;
    assert_eq!(first["totalCount"], 5);
    let next = first["links"]["next"]["uri"].as_str().expect("more");
    let (_, second) = world.get(&format!("/v1{next}")).await;
    assert_ne!(second["items"][0]["id"], first["items"][0]["id"]);
    let id = STANDARD.to_uppercase();
    let (_, offer) = world.get(&format!("/v1/offers/{id}?country=DE")).await;
    assert_eq!((&offer["product"]["id"], &offer["isAvailableForPurchase"]), (&json!(STANDARD), &json!(false)));
    let (_, addons) = world.get(&format!("/v1/offers/{id}/addons?country=DE")).await;
    assert_eq!(addons["items"][0]["product"]["id"], ADDON);
    let (_, elsewhere) = world.get(&format!("/v1/offers/{}?country=DE", item(&world, STANDARD))).await;
    assert_eq!(elsewhere["code"], 2100);
    assert_eq!(world.get("/v1/offercategories?country=DE").await.1["totalCount"], 1);
    let (_, own) = world.get(&format!("{}/offers?size=1", customer(&world))).await;
    assert_eq!(own["totalCount"], 1);
}

#[tokio::test]
async fn availabilities_of_a_customer_are_read_by_either_verb() {
    let world = World::usual().await.accepted().await;
    let item = item(&world, STANDARD);
    let [product, sku, _] = item.split(':').collect::<Vec<_>>()[..] else { panic!("{item}") };
    let path = format!("{}/products/{product}/skus/{sku}/availabilities", customer(&world));
    let (_, read) = world.get(&path).await;
    assert_eq!(world.post(&path, Value::Null).await, (StatusCode::OK, read));
}

#[tokio::test]
async fn a_cart_has_no_more_lines_than_the_reading_says() {
    for (most, status) in [(None, 201), (Some(2), 201), (Some(1), 400)] {
        let world = with(|_, rules| rules.readings.cart_lines_max = most).await.accepted().await;
        let item = item(&world, STANDARD);
        let (made, cart) = cart(&world, json!([line(0, &item, 2), line(1, &item, 3)])).await;
        assert_eq!(made.as_u16(), status, "{cart}");
        if status == 400 {
            assert_eq!(cart["code"], 800_071);
        }
    }
}

#[tokio::test]
async fn what_was_bought_can_be_given_back_for_as_long_as_the_reading_says() {
    for (hours, code) in [(168, 900_117), (72, 900_213)] {
        let world = with(|_, rules| rules.readings.window_hours = hours).await.accepted().await;
        let (_, made) = cart(&world, json!([line(0, &item(&world, STANDARD), 2)])).await;
        let bought = check_out(&world, &made).await;
        let id = bought["orders"][0]["lineItems"][0]["subscriptionId"].as_str().expect("an id").to_owned();
        let path = format!("{}/subscriptions/{id}", customer(&world));
        world.advance_hours(i64::from(hours) - 1).await;
        assert!(world.get(&path).await.1["cancellationAllowedUntilDate"].is_string(), "{hours} hours");
        world.advance_hours(1).await;
        let (_, mut held) = world.get(&path).await;
        assert_eq!(held["cancellationAllowedUntilDate"], Value::Null);
        held["status"] = json!("deleted");
        assert_eq!(send(&world, Method::PATCH, &path, held).await.1["code"], code);
    }
}

#[tokio::test]
async fn schedules_of_migrations_are_for_the_sandbox_alone_where_that_is_the_reading() {
    for (alone, sandbox, status) in [(false, false, 200), (true, false, 400), (true, true, 200)] {
        let world = with(|_, rules| {
            (rules.readings.schedules_in_sandbox, rules.readings.sandbox) = (alone, sandbox);
        })
        .await;
        let (read, answer) = world.get("/v1/migrations/newcommerce/schedules").await;
        assert_eq!(read.as_u16(), status, "{answer}");
    }
}

#[tokio::test]
async fn another_publishers_product_is_activated_by_a_link_and_microsofts_own_by_none() {
    for publisher in [Some("Contoso Apps".to_owned()), None] {
        let world = with(|seed, rules| {
            let standard =
                SeedOffer { sku_id: STANDARD.parse().expect("a GUID"), addon_of: Vec::new(), stock: None, ..addon() };
            seed.catalogue.push(SeedOffer { publisher: publisher.clone(), ..standard });
            rules.active = Minutes { min: 10, max: 10 };
        })
        .await
        .accepted()
        .await;
        let cart = world.post(&world.carts(), world.cart_body(7).await).await.1;
        let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
        let order = world.post(&path, Value::Null).await.1["orders"][0].clone();
        let line = format!("{}/orders/{}/lineitems", customer(&world), order["id"].as_str().expect("an id"));
        let of_line = format!("{line}/0/activationlinks");
        assert_eq!(world.get(&of_line).await.1["items"], json!([]), "nothing is there yet to be activated");
        world.advance_hours(1).await;
        let id = order["lineItems"][0]["subscriptionId"].as_str().expect("an id");
        let held = format!("{}/subscriptions/{id}", customer(&world));
        let (status, links) = world.get(&of_line).await;
        assert_eq!(
            (status, &links["items"]),
            (StatusCode::OK, &world.get(&format!("{held}/activationlinks")).await.1["items"])
        );
        let of_order = line.replace("lineitems", "activationlinks");
        assert_eq!(world.get(&of_order).await.1["items"], links["items"], "of the whole order");
        let (_, held) = world.get(&held).await;
        match publisher {
            Some(name) => {
                let link = links["items"][0]["link"]["uri"].as_str().expect("an address");
                assert!(link.starts_with("https://publisher.example/"), "{link}");
                assert_eq!((&held["publisherName"], &held["isMicrosoftProduct"]), (&json!(name), &json!(false)));
                assert!(held["links"]["activationLinks"]["uri"].is_string(), "{held}");
            }
            None => {
                assert_eq!((&links["items"], &held["isMicrosoftProduct"]), (&json!([]), &json!(true)));
                assert!(held["links"].get("activationLinks").is_none());
            }
        }
        let (status, beyond) = world.get(&format!("{line}/5/activationlinks")).await;
        assert_eq!((status.as_u16(), &beyond["code"]), (400, &json!(800_071)), "{beyond}");
    }
}
