//! Webhooks and the audit over HTTP: who is told what, and whether it can be believed.

use std::time::Duration;

use carryover_emulator::{EVENTS, Patch, Wish};
use jiff::SignedDuration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::admins;
use crate::world::{STANDARD, World, read};

const REGISTRATION: &str = "/webhooks/v1/registration";

/// A partner's endpoint that answers with `status`.
struct Receiver {
    listener: TcpListener,
    status: u16,
}

struct Received {
    head: String,
    body: Vec<u8>,
}

impl Receiver {
    async fn new() -> Receiver {
        Receiver { listener: TcpListener::bind("127.0.0.1:0").await.expect("a free port"), status: 200 }
    }

    fn url(&self) -> String {
        format!("http://{}/notify", self.listener.local_addr().expect("an address"))
    }

    async fn next(&self) -> Received {
        let wait = timeout(Duration::from_secs(30), self.listener.accept());
        let (mut stream, _) = wait.await.expect("a notification").expect("a connection");
        let mut bytes = Vec::new();
        let (head, start) = loop {
            let mut piece = [0; 1024];
            let read = stream.read(&mut piece).await.expect("bytes");
            bytes.extend_from_slice(&piece[..read]);
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break (String::from_utf8_lossy(&bytes[..end]).into_owned(), end + 4);
            }
        };
        let length: usize = header(&head, "content-length").parse().expect("a length");
        while bytes.len() < start + length {
            let mut piece = [0; 1024];
            let read = stream.read(&mut piece).await.expect("bytes");
            bytes.extend_from_slice(&piece[..read]);
        }
        let answer = format!("HTTP/1.1 {} Fine\r\nContent-Length: 0\r\n\r\n", self.status);
        stream.write_all(answer.as_bytes()).await.expect("an answer");
        Received { head, body: bytes[start..].to_vec() }
    }
}

impl Received {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}

async fn usual() -> (World, Receiver) {
    (World::usual().await, Receiver::new().await)
}

/// A world in which `fault` befalls what the webhook is to be told.
async fn troubled(fault: Value) -> (World, Receiver) {
    let (world, receiver) = usual().await;
    assert_eq!(world.post("/emulator/faults", fault).await.0, StatusCode::CREATED);
    (world, receiver)
}

fn wish(receiver: &Receiver, events: &[&str]) -> Value {
    json!({ "webhookUrl": receiver.url(), "webhookEvents": events, "signatureTokenToMsSignatureHeader": false })
}

#[tokio::test]
async fn there_is_one_registration_and_it_is_replaced() {
    let (world, receiver) = usual().await;
    assert_eq!(world.get(REGISTRATION).await.0, StatusCode::NOT_FOUND);
    let (_, events) = world.get(&format!("{REGISTRATION}/events")).await;
    assert!(events.as_array().expect("a bare array").contains(&json!("subscription-updated")));
    assert_eq!(world.post(REGISTRATION, wish(&receiver, &["test-created"])).await.0, StatusCode::OK);
    assert_eq!(world.post(REGISTRATION, wish(&receiver, &["test-created"])).await.0, StatusCode::CONFLICT);
    let request = world.request(Method::PUT, REGISTRATION).json(&wish(&receiver, &["subscription-updated"]));
    let (status, body) = read(request.send().await.expect("an answer")).await;
    assert_eq!((status, &body["webhookEvents"]), (StatusCode::OK, &json!(["subscription-updated"])));
    assert_eq!(world.post(REGISTRATION, wish(&receiver, &["made-up"])).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_acceptance_is_told_signed_and_points_to_the_customer() {
    let (world, receiver) = usual().await;
    world.post(REGISTRATION, wish(&receiver, &["reseller-relationship-accepted-by-customer"])).await;
    let world = world.accepted().await;
    let received = receiver.next().await;
    let body = received.json();
    assert_eq!(body["EventName"], "reseller-relationship-accepted-by-customer");
    assert_eq!(body["ResourceUri"], json!(world.url(&format!("/v1/customers/{}", world.tenant()))));

    assert_eq!(header(&received.head, "x-ms-signature-algorithm"), "rsa-sha256");
    let url = header(&received.head, "x-ms-certificate-url");
    let certificate = world.http.get(url).send().await.expect("an answer").bytes().await.expect("a certificate");
    let root = world.http.get(world.url("/emulator/certificates/root.cer")).send().await.expect("an answer");
    let root = rustls::pki_types::CertificateDer::from(root.bytes().await.expect("a certificate").to_vec());
    let certificate = rustls::pki_types::CertificateDer::from(certificate.to_vec());
    let certificate = webpki::EndEntityCert::try_from(&certificate).expect("a certificate");
    let anchor = webpki::anchor_from_trusted_cert(&root).expect("an anchor");
    let now = rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(1_772_000_000));
    let algorithm = webpki::ring::RSA_PKCS1_2048_8192_SHA256;
    let anchors = [anchor];
    let chain =
        certificate.verify_for_usage(&[algorithm], &anchors, &[], now, webpki::KeyUsage::server_auth(), None, None);
    assert!(chain.is_ok(), "the emulator's own authority signed it");
    use base64::Engine as _;
    let signature = header(&received.head, "authorization").strip_prefix("Signature ").expect("a signature");
    let signature = base64::engine::general_purpose::STANDARD.decode(signature).expect("base 64");
    certificate.verify_signature(algorithm, &received.body, &signature).expect("the body is as it was signed");
}

#[tokio::test]
async fn a_test_event_is_delivered_again_until_it_is_taken() {
    let (world, mut receiver) = usual().await;
    world.post(REGISTRATION, wish(&receiver, &["test-created"])).await;
    let path = format!("{REGISTRATION}/validationEvents");
    let (_, asked) = world.post(&path, Value::Null).await;
    let result = format!("{path}/{}", asked["correlationId"].as_str().expect("an id"));
    receiver.status = 503;
    assert_eq!(receiver.next().await.json()["EventName"], "test-created");
    receiver.status = 200;
    let until = async |done: &str, results: usize| {
        // The result is written when the emulator has read the answer.
        let wait = timeout(Duration::from_secs(30), async {
            loop {
                let (_, found) = world.get(&result).await;
                if found["status"] == done && found["results"].as_array().map(Vec::len) == Some(results) {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        });
        wait.await.expect("a result")
    };
    until("pending", 1).await;
    world.advance_hours(1).await;
    receiver.next().await;
    let found = until("completed", 2).await;
    assert_eq!(found["results"][0]["responseCode"], "503");

    assert_eq!(world.post(&path, Value::Null).await.0, StatusCode::OK);
    assert_eq!(world.post(&path, Value::Null).await.0, StatusCode::OK);
    let answer = world.request(Method::POST, &path).send().await.expect("an answer");
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"].to_str().expect("text")),
        (StatusCode::TOO_MANY_REQUESTS, &"60")
    );
}

#[tokio::test]
async fn notifications_may_come_twice() {
    let (world, receiver) = troubled(json!({ "fault": "webhook_twice" })).await;
    world.post(REGISTRATION, wish(&receiver, &["reseller-relationship-accepted-by-customer"])).await;
    let _world = world.accepted().await;
    assert_eq!(receiver.next().await.body, receiver.next().await.body);
}

#[tokio::test]
async fn notifications_may_be_lost() {
    let (world, receiver) = troubled(json!({ "fault": "webhook_lost", "path": "/v1/customers/*" })).await;
    let events = ["reseller-relationship-accepted-by-customer", "test-created"];
    world.post(REGISTRATION, wish(&receiver, &events)).await;
    let world = world.accepted().await;
    // A test of the endpoint is asked for by the partner, and comes all the same.
    world.post(&format!("{REGISTRATION}/validationEvents"), json!({})).await;
    assert_eq!(receiver.next().await.json()["EventName"], "test-created", "the acceptance never came");
}

#[tokio::test]
async fn notifications_may_come_in_another_order_than_what_they_tell_of() {
    let (world, receiver) = troubled(json!({ "fault": "webhook_out_of_order", "times": 1 })).await;
    world.post(REGISTRATION, wish(&receiver, &["reseller-relationship-accepted-by-customer"])).await;
    let tenants: Vec<String> =
        world.seed.customers.iter().take(2).map(|customer| customer.tenant_id.to_string()).collect();
    for tenant in &tenants {
        let act = json!({ "act": { "kind": "accepts", "tenant": tenant } });
        assert_eq!(world.post("/emulator/acts", act).await.0, StatusCode::OK);
    }
    let told_of = |received: &Received| received.json()["ResourceUri"].as_str().expect("an address").to_owned();
    let first = told_of(&receiver.next().await);
    world.advance_hours(2).await;
    let second = told_of(&receiver.next().await);
    assert!(first.ends_with(&tenants[1]) && second.ends_with(&tenants[0]), "{first}, {second}");
}

#[tokio::test]
async fn notifications_may_come_two_days_late() {
    let (world, receiver) = troubled(json!({ "fault": "webhook_late", "path": "/v1/customers/*" })).await;
    let events = ["reseller-relationship-accepted-by-customer", "test-created"];
    world.post(REGISTRATION, wish(&receiver, &events)).await;
    let act = json!({ "act": { "kind": "accepts", "tenant": world.tenant() } });
    assert_eq!(world.post("/emulator/acts", act).await.0, StatusCode::OK);
    world.advance_hours(47).await;
    world.post(&format!("{REGISTRATION}/validationEvents"), json!({})).await;
    assert_eq!(receiver.next().await.json()["EventName"], "test-created", "nothing about the customer yet");
    world.advance_hours(2).await;
    assert_eq!(receiver.next().await.json()["EventName"], "reseller-relationship-accepted-by-customer");
}

#[tokio::test]
async fn a_cruel_world_loses_and_doubles_notifications_and_the_same_ones_each_time() {
    const CHANGES: u32 = 30;
    let told = async || {
        let (world, receiver) = usual().await;
        assert_eq!(world.post("/emulator/faults", json!({ "preset": "cruel" })).await.0, StatusCode::OK);
        let world = world.accepted_quietly();
        let tenant = world.seed.customers[0].tenant_id;
        world.running.with_ledger(|ledger| {
            let events = ["subscription-updated", "test-created"].map(str::to_owned).to_vec();
            ledger.register(receiver.url(), events, false, false).expect("the first registration");
            let wish = Wish {
                catalog_item: ledger.catalog_item(STANDARD.parse().expect("a GUID")).expect("an item"),
                quantity: 1,
                billing_cycle: "annual".to_owned(),
                term: "P1Y".to_owned(),
                ..Wish::default()
            };
            let cart = ledger.create_cart(tenant, vec![wish]).expect("a cart");
            ledger.check_out(tenant, cart).expect("an order");
            let id = ledger.statement().purchases[0].subscription;
            for seats in 0..CHANGES {
                let patch = Patch { quantity: Some(2 + seats), auto_renew: Some(true), ..Patch::default() };
                ledger.patch_subscription(tenant, id, &patch).expect("more seats");
                ledger.advance_to(ledger.now() + SignedDuration::from_mins(10)).expect("later");
            }
            // A test of the endpoint comes for certain, and after everything that was owed before.
            ledger.advance_to(ledger.now() + SignedDuration::from_hours(72)).expect("later");
            ledger.validate_webhook().expect("a registration");
        });
        let mut told = Vec::new();
        loop {
            let body = receiver.next().await.json();
            if body["EventName"] == "test-created" {
                return told;
            }
            told.push(body["ResourceChangeUtcDate"].as_str().expect("an instant").to_owned());
        }
    };
    let first = told().await;
    let mut changes = first.clone();
    changes.sort();
    changes.dedup();
    assert!(changes.len() < CHANGES as usize, "some were lost");
    assert!(first.len() > changes.len(), "some came twice");
    assert!(!first.is_sorted(), "some came late");
    assert_eq!(told().await, first, "the seed decides");
}

#[tokio::test]
async fn what_happens_to_the_administration_is_told_event_by_event() {
    let (world, receiver) = (admins::apart().await, Receiver::new().await);
    let events: Vec<&str> = EVENTS.into_iter().filter(|event| event.starts_with("granular-admin-")).collect();
    world.post(REGISTRATION, wish(&receiver, &events)).await;
    let id = admins::approved(&world, "P90D", admins::LICENCES).await;
    admins::assigned(&world, &id).await;
    admins::assigned(&world, &id).await;
    admins::ended(&world, &id).await;
    admins::approved(&world, "P30D", admins::READER).await;
    world.advance_hours(24 * 31).await;
    let mut told = Vec::new();
    for _ in 0..9 {
        let event = receiver.next().await.json()["EventName"].as_str().expect("a name").to_owned();
        told.push(event.strip_prefix("granular-admin-").expect("of the administration").to_owned());
    }
    told.sort();
    let mut all = [
        ["relationship-approved", "relationship-activated"].repeat(2),
        vec!["access-assignment-created", "access-assignment-activated", "access-assignment-updated"],
        vec!["relationship-terminated", "relationship-expired"],
    ]
    .concat();
    all.sort_unstable();
    assert_eq!(told, all);
}

#[tokio::test]
async fn every_documented_event_can_be_registered_for() {
    let (world, receiver) = usual().await;
    let (_, known) = world.get(&format!("{REGISTRATION}/events")).await;
    let mut events: Vec<&str> = known.as_array().expect("names").iter().filter_map(Value::as_str).collect();
    events.extend(["dap-admin-relationship-terminated-by-microsoft", "azure-fraud-event-detected", "referral-created"]);
    assert_eq!(world.post(REGISTRATION, wish(&receiver, &events)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_audit_names_what_was_changed_and_for_whom() {
    let world = World::usual().await.accepted().await;
    let cart = world.post(&world.carts(), world.cart_body(7).await).await.1;
    let path = format!("{}/{}/checkout", world.carts(), cart["id"].as_str().expect("an id"));
    world.post(&path, Value::Null).await;
    world.post(&path, Value::Null).await;
    let (_, records) = world.get("/v1/auditrecords?startDate=2026-03-01&endDate=2026-03-31").await;
    let shown: Vec<(&Value, &Value)> = records["items"]
        .as_array()
        .expect("records")
        .iter()
        .map(|record| (&record["operationType"], &record["operationStatus"]))
        .collect();
    assert_eq!(shown, [(&json!("create_order"), &json!("succeeded")), (&json!("create_order"), &json!("failed"))]);
    let filter = "%7B%22Field%22:%22CustomerId%22,%22Value%22:%2200000000-0000-0000-0000-000000000000%22,%22Operator%22:%22equals%22%7D";
    assert_eq!(world.get(&format!("/v1/auditrecords?filter={filter}")).await.1["totalCount"], 0);
    world.advance_hours(24 * 100).await;
    let (_, records) = world.get("/v1/auditrecords?startDate=2026-03-01&endDate=2026-03-31").await;
    assert_eq!(records["totalCount"], 0, "kept for ninety days");
}
