//! What becomes of subscriptions of the old generation over HTTP: upgrades, conversions of trials, transfers of theirs.

use carryover_emulator::{Program, SeedLicence, Term};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, customer, send, with};

/// The product that trials of this file try.
const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
/// A better product than the first customer's.
const E3: &str = "05e9a617-0261-4cee-bb44-138d3ef5d965";

fn source(world: &World) -> String {
    format!("{}/subscriptions/{}", customer(world), world.seed.customers[0].subscriptions[0].id)
}

/// The first customer's subscription was sold by us, under the old generation, which can still be upgraded if `open`.
async fn ours(program: Program, open: bool) -> World {
    let world = with(|seed, rules| {
        let partner = seed.partner.tenant_id;
        let line = &mut seed.customers[0].subscriptions[0];
        line.program = program;
        line.owner_tenant = Some(partner);
        line.end_date = "2026-05-20".parse().expect("a date");
        if program == Program::Trial {
            line.sku_id = PREMIUM.parse().expect("a GUID");
            line.sku_part_number = "SPB".to_owned();
            line.term = Term::P1M;
            line.auto_renew = false;
            for user in &mut seed.customers[0].users {
                user.licences
                    .iter_mut()
                    .for_each(|held: &mut SeedLicence| held.sku_id = PREMIUM.parse().expect("a GUID"));
            }
        }
        rules.readings.legacy_upgrades = open;
    })
    .await;
    world.accepted().await
}

fn named<'a>(upgrades: &'a Value, sku: &str) -> &'a Value {
    let items = upgrades["items"].as_array().expect("upgrades");
    items.iter().find(|item| item["targetOffer"]["product"]["id"] == sku).expect("an upgrade to it")
}

#[tokio::test]
async fn an_upgrade_takes_the_place_of_the_old_subscription_and_its_users_along() {
    let world = ours(Program::LegacyCsp, true).await;
    let path = format!("{}/upgrades", source(&world));
    let (_, upgrades) = world.get(&path).await;
    let wanted = named(&upgrades, E3).clone();
    assert_eq!(
        (&wanted["upgradeType"], &wanted["isEligible"], &wanted["quantity"]),
        (&json!("upgrade_with_license_transfer"), &json!(true), &json!(7)),
        "{wanted}"
    );
    let (status, made) = world.post(&path, wanted).await;
    assert_eq!((status, &made["upgradeErrors"]), (StatusCode::OK, &json!([])), "{made}");
    assert_eq!(world.get(&source(&world)).await.1["status"], "deleted");
    let target = made["targetSubscriptionId"].as_str().expect("an id");
    let (_, held) = world.get(&format!("{}/subscriptions/{target}", customer(&world))).await;
    assert_eq!((&held["offerId"], &held["quantity"]), (&json!(E3.to_uppercase()), &json!(7)), "{held}");
    let (_, users) = world.get("/v1.0/users?$top=999").await;
    assert_eq!(users["value"][0]["assignedLicenses"][0]["skuId"], E3);
    let (_, orders) = world.get(&format!("{}/orders", customer(&world))).await;
    assert_eq!(orders["items"][0]["lineItems"][0]["subscriptionId"], target);
}

#[tokio::test]
async fn an_upgrade_that_cannot_be_made_says_why_in_its_answer() {
    let closed = ours(Program::LegacyCsp, false).await;
    let path = format!("{}/upgrades", source(&closed));
    assert_eq!(closed.get(&path).await.1["items"], json!([]), "the old generation is not sold any more");
    let wish = |sku: &str| json!({ "targetOffer": { "id": sku }, "upgradeType": "upgrade_only" });
    let (status, refused) = closed.post(&path, wish(E3)).await;
    assert_eq!((status, &refused["upgradeErrors"][0]["code"]), (StatusCode::OK, &json!(7)), "{refused}");
    assert!(refused.get("targetSubscriptionId").is_none());

    let open = ours(Program::LegacyCsp, true).await;
    let path = format!("{}/upgrades", source(&open));
    let none = "99999999-0000-4000-8000-000000000009";
    assert_eq!(open.post(&path, wish(none)).await.1["upgradeErrors"][0]["code"], 8);
    let (status, unread) = open.post(&path, json!({ "targetOffer": { "id": E3 }, "upgradeType": "better" })).await;
    assert_eq!((status.as_u16(), &unread["code"]), (400, &json!(3000)));
    let taken = open.post("/emulator/rights", json!({ "take": ["license_administrator"] })).await;
    assert_eq!(taken.0, StatusCode::OK);
    let with_licences = json!({ "targetOffer": { "id": E3 }, "upgradeType": "upgrade_with_license_transfer" });
    assert_eq!(open.post(&path, with_licences).await.1["upgradeErrors"][0]["code"], 11);
    let only = named(&open.get(&path).await.1, E3).clone();
    assert_eq!((&only["upgradeType"], &only["isEligible"]), (&json!("upgrade_only"), &json!(true)), "{only}");
    let mut held = open.get(&source(&open)).await.1;
    held["status"] = json!("suspended");
    assert_eq!(send(&open, Method::PATCH, &source(&open), held).await.0, StatusCode::OK);
    assert_eq!(open.post(&path, wish(E3)).await.1["upgradeErrors"][0]["code"], 2);
}

#[tokio::test]
async fn a_trial_is_bought_under_the_id_that_it_has() {
    let world = ours(Program::Trial, true).await;
    let path = format!("{}/conversions", source(&world));
    let trial = world.get(&source(&world)).await.1;
    assert_eq!(trial["isTrial"], true, "{trial}");
    let (_, found) = world.get(&path).await;
    let mut wish = found["items"][0].clone();
    assert_eq!((&wish["offerId"], &wish["quantity"]), (&trial["offerId"], &json!(7)), "{wish}");
    let offer = format!("/v1/offers/{}?country=DE", wish["offerId"].as_str().expect("an id"));
    let (_, offer) = world.get(&offer).await;
    assert_eq!((&offer["isTrial"], &offer["conversionTargetOffers"][0]), (&json!(true), &wish["targetOfferId"]));
    wish["quantity"] = json!(9);
    wish["billingCycle"] = json!("annual");
    let (status, made) = world.post(&path, wish.clone()).await;
    assert_eq!((status, &made["subscriptionId"], made.get("error")), (StatusCode::OK, &trial["id"], None), "{made}");
    let bought = world.get(&source(&world)).await.1;
    assert_eq!(
        (&bought["isTrial"], &bought["quantity"], &bought["termDuration"], &bought["autoRenewEnabled"]),
        (&json!(false), &json!(9), &json!("P1Y"), &json!(true)),
        "{bought}"
    );
    assert_eq!(bought["offerId"], wish["targetOfferId"]);
    world.advance_hours(24 * 90).await;
    assert_eq!(world.get("/v1.0/subscribedSkus").await.1["value"][0]["prepaidUnits"]["enabled"], 9);

    assert_eq!(world.get(&path).await.1["items"], json!([]), "it is no trial any more");
    let (status, again) = world.post(&path, wish).await;
    assert_eq!((status, &again["error"]["code"]), (StatusCode::OK, &json!(1)), "{again}");
}

const OTHER: &str = "aaaaaaaa-0000-4000-8000-00000000000f";

/// The first customer's subscription was sold by another partner, under the old generation.
async fn theirs() -> World {
    let world = with(|seed, _| {
        let line = &mut seed.customers[0].subscriptions[0];
        line.program = Program::LegacyCsp;
        line.owner_tenant = Some(OTHER.parse().expect("a GUID"));
        line.end_date = "2026-05-20".parse().expect("a date");
    })
    .await;
    world.accepted().await
}

/// Another partner offers all that it sold to the first customer; hands back the path of the transfer.
async fn offered(world: &World) -> String {
    let (status, made) = world.post("/emulator/transfers", json!({ "tenant": world.tenant(), "partner": OTHER })).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    format!("{}/transfers/{}", customer(world), made["id"].as_str().expect("an id"))
}

async fn enabled(world: &World) -> Value {
    world.get("/v1.0/subscribedSkus").await.1["value"][0]["prepaidUnits"]["enabled"].clone()
}

#[tokio::test]
async fn what_another_partner_offers_is_accepted_once() {
    let world = theirs().await;
    let path = offered(&world).await;
    let twice = world.post("/emulator/transfers", json!({ "tenant": world.tenant(), "partner": OTHER })).await;
    assert_eq!(twice.0, StatusCode::CONFLICT, "{}", twice.1);
    let old = world.seed.customers[0].subscriptions[0].id.to_string();
    let (_, found) = world.get(&path).await;
    assert_eq!(
        (&found["status"], &found["lineItems"][0]["subscriptionId"], &found["sourcePartnerTenantId"]),
        (&json!("Active"), &json!(old), &json!(OTHER)),
        "{found}"
    );
    assert_eq!(send(&world, Method::DELETE, &path, Value::Null).await.1["code"], 900_102, "it is theirs to withdraw");
    let (status, taken) = world.post(&format!("{path}/accept"), json!({})).await;
    assert_eq!((status, &taken["transferErrors"]), (StatusCode::OK, &json!([])), "{taken}");
    let line = &taken["orders"][0]["lineItems"][0];
    let (_, ours) = world.get(&format!("{}/subscriptions", customer(&world))).await;
    assert_eq!(ours["items"][0]["id"], line["subscriptionId"]);
    assert_ne!(line["subscriptionId"], json!(old), "under a new id");
    assert_eq!(ours["items"][0]["commitmentEndDate"], "2026-05-21T00:00:00Z", "the term goes on");
    assert_eq!((enabled(&world).await, &world.get(&path).await.1["status"]), (json!(7), &json!("Complete")));
    let (status, again) = world.post(&format!("{path}/accept"), json!({})).await;
    assert_eq!((status.as_u16(), &again["code"]), (400, &json!(900_102)));
}

#[tokio::test]
async fn an_offer_is_turned_down_or_fails_or_grows_old() {
    let world = theirs().await;
    let path = offered(&world).await;
    assert_eq!(world.post(&format!("{path}/reject"), json!({})).await.1["status"], "Reject");
    assert_eq!(world.post(&format!("{path}/accept"), json!({})).await.1["code"], 900_102);
    assert_eq!(world.get(&format!("{}/subscriptions", customer(&world))).await.1["items"], json!([]));

    let path = offered(&world).await;
    let ends = json!({ "kind": "ends_subscription", "tenant": world.tenant(),
                       "subscription": world.seed.customers[0].subscriptions[0].id });
    assert_eq!(world.post("/emulator/acts", json!({ "act": ends })).await.0, StatusCode::OK);
    let (_, failed) = world.post(&format!("{path}/accept"), json!({})).await;
    assert_eq!((&failed["orders"], &failed["transferErrors"][0]["code"]), (&json!([]), &json!(800_078)), "{failed}");
    assert_eq!(world.get(&path).await.1["lineItems"][0]["status"], "Failed");

    let world = theirs().await;
    let path = offered(&world).await;
    world.advance_hours(24 * 31).await;
    assert_eq!(world.get(&path).await.1["status"], "Expired");
    assert_eq!(world.post(&format!("{path}/accept"), json!({})).await.1["code"], 900_102);
}

#[tokio::test]
async fn what_we_offer_is_withdrawn_or_taken_by_the_other_partner() {
    let world = ours(Program::LegacyCsp, false).await;
    let base = format!("{}/transfers", customer(&world));
    let id = world.seed.customers[0].subscriptions[0].id;
    let wish = json!({
        "sourcePartnerName": "Ours", "customerEmailId": "office@x.example", "targetPartnerTenantId": OTHER,
        "lineItems": [{ "subscriptionId": id, "partnerIdOnRecord": "517285" }],
    });
    let (status, first) = world.post(&base, wish.clone()).await;
    assert_eq!((status, &first["status"]), (StatusCode::CREATED, &json!("Active")), "{first}");
    assert_eq!(first["lineItems"][0]["partnerIdOnRecord"], "517285");
    let path = format!("{base}/{}", first["id"].as_str().expect("an id"));
    assert_eq!(world.post(&format!("{path}/accept"), json!({})).await.1["code"], 900_102, "it is theirs to accept");
    assert_eq!(send(&world, Method::DELETE, &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    let (status, gone) = world.get(&path).await;
    assert_eq!((status, &gone["code"]), (StatusCode::NOT_FOUND, &json!(900_100)));

    let (_, second) = world.post(&base, wish.clone()).await;
    let number = second["id"].as_str().expect("an id");
    assert_eq!(world.post(&format!("/emulator/transfers/{number}/accept"), json!({})).await.0, StatusCode::OK);
    assert_eq!(world.get(&format!("{base}/{number}")).await.1["status"], "Complete");
    assert_eq!(world.get(&source(&world)).await.1["status"], "deleted");
    assert_eq!(enabled(&world).await, 7, "users keep what they have");
    let (status, late) = world.post(&base, wish).await;
    assert_eq!((status.as_u16(), &late["code"]), (400, &json!(800_078)), "{late}");
}
