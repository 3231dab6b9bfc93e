//! Trouble on the line.

use std::collections::BTreeSet;

use crate::world::{STANDARD, World, read, seed};
use carryover_emulator::{Faults, Letter, Options};
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
