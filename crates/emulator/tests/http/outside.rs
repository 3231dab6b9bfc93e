//! The outside world by script, and the whole account over HTTP.

use carryover_emulator::{Fault, FaultRule};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{STANDARD, World};

#[tokio::test]
async fn people_act_when_a_script_says_so() {
    let world = World::usual().await.accepted().await;
    let tenant = world.tenant();
    let sells = json!({ "act": { "kind": "other_partner_sells", "tenant": tenant, "sku": STANDARD, "seats": 3 } });
    assert_eq!(world.post("/emulator/acts", sells).await, (StatusCode::OK, json!({ "act": "done" })));
    let (_, skus) = world.get("/v1.0/subscribedSkus").await;
    assert_eq!(skus["value"][0]["prepaidUnits"]["enabled"], 10);

    let upn = world.seed.customers[0].users[0].upn.clone();
    let leaves =
        json!({ "at": "2026-03-06T08:00:00Z", "act": { "kind": "user_leaves", "tenant": tenant, "user": upn } });
    assert_eq!(world.post("/emulator/acts", leaves).await.0, StatusCode::ACCEPTED);
    let (_, acts) = world.get("/emulator/acts").await;
    assert_eq!(
        (acts["planned"].as_array().map(Vec::len), acts["happened"].as_array().map(Vec::len)),
        (Some(1), Some(1))
    );
    world.advance_hours(48).await;
    let (_, users) = world.get("/v1.0/users").await;
    assert_eq!(users["value"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn what_nobody_can_do_is_refused_with_a_sentence() {
    let world = World::usual().await;
    let tenant = world.tenant();
    for (act, status, says) in [
        (json!({ "kind": "sings", "tenant": tenant }), 400, "unknown variant `sings`, expected one of `accepts`"),
        (json!({ "kind": "signs", "tenant": STANDARD }), 404, "there is no customer"),
        (json!({ "kind": "user_leaves", "tenant": tenant, "user": "nobody" }), 404, "there is no user \"nobody\""),
        (
            json!({ "kind": "gets_licence", "tenant": tenant, "user": world.seed.customers[0].users[0].upn,
            "sku": world.seed.partner.tenant_id }),
            400,
            "is free",
        ),
    ] {
        let (found, body) = world.post("/emulator/acts", json!({ "act": act })).await;
        let text = body["error"].as_str().expect("a sentence");
        assert!(found.as_u16() == status && text.contains(says), "{found} {text}");
    }
}

#[tokio::test]
async fn the_account_has_every_write_with_its_ids_processed_or_not() {
    let world = World::usual().await.accepted().await;
    let body = world.cart_body(7).await;
    world.running.emulator().add_fault(FaultRule::new(Fault::Unavailable).once()).expect("a rule");
    for _ in 0..2 {
        let request = world.request(Method::POST, &world.carts()).json(&body);
        let request = request.header("MS-RequestId", "r-1").header("MS-CorrelationId", "c-1");
        request.send().await.expect("an answer");
    }
    world.post("/v1/nothing/7", Value::Null).await;
    let (_, account) = world.get("/emulator/ledger").await;
    let writes: Vec<_> = account["writes"]
        .as_array()
        .expect("writes")
        .iter()
        .map(|write| (write["request_id"].clone(), write["status"].clone(), write["processed"].clone()))
        .collect();
    assert_eq!(
        writes,
        [
            (json!("r-1"), json!(503), json!(false)),
            (json!("r-1"), json!(201), json!(true)),
            (Value::Null, json!(404), json!(true)),
        ]
    );
    assert_eq!(account["writes"][0]["faults"], json!(["unavailable"]));
    assert_eq!(account["writes"][1]["tenant"], json!(world.tenant()));
    assert_eq!(account["writes"][1]["correlation_id"], "c-1");
    assert_eq!(account["not_emulated"], json!({ "POST /v1/nothing/{id}": 1 }));
}

#[tokio::test]
async fn seats_are_told_by_the_hour_for_one_customer() {
    let world = World::usual().await.accepted().await;
    let path = format!("/emulator/ledger/seats?tenant={}&until=2026-03-02T10:00:00Z", world.tenant());
    let (status, hours) = world.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{hours}");
    assert_eq!(
        hours,
        json!([
            { "hour": "2026-03-02T08:00:00Z", "sku": STANDARD, "enabled": 7 },
            { "hour": "2026-03-02T09:00:00Z", "sku": STANDARD, "enabled": 7 },
        ])
    );
    for (query, status) in [("", 400), ("?tenant=x", 400), (&format!("?tenant={STANDARD}"), 404)] {
        let (found, body) = world.get(&format!("/emulator/ledger/seats{query}")).await;
        assert_eq!(found.as_u16(), status, "{body}");
    }
}
