//! The server over loopback, seen with a client that knows nothing of the crate's insides.

use std::collections::BTreeSet;

use carryover_emulator::{Auth, Emulator, Faults, Letter, Options, Rules, Running, Seed};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const STANDARD: &str = "f245ecc8-75af-4f8e-b61f-27d8114de5f3";

struct World {
    running: Running,
    http: reqwest::Client,
    seed: Seed,
}

impl World {
    async fn start(options: Options, seed: Seed) -> World {
        // Another test may have been first; there is one provider per process.
        let _first = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let running = Emulator::start(seed.clone(), options, listener).expect("a possible world");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        World { running, http, seed }
    }

    /// One customer that moves, one that never accepts, one abroad; no delays, any token.
    async fn usual() -> World {
        let options = Options { rules: Rules::prompt(), ..Options::frozen() };
        World::start(options, seed()).await
    }

    async fn strict() -> World {
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        World::start(options, seed()).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.base_url())
    }

    fn tenant(&self) -> String {
        self.seed.customers[0].tenant_id.to_string()
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(format!("tenant:{}", self.tenant()))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).send().await.expect("an answer")).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).json(&body).send().await.expect("an answer")).await
    }

    async fn accepted(self) -> World {
        let (_, request) = self.get("/v1/customers/relationshiprequests").await;
        let letter = json!({ "kind": "invitation", "tenant": self.tenant(), "link": request["url"] });
        let (status, body) = self.post("/emulator/letters", letter).await;
        assert_eq!((status, &body["delivery"]), (StatusCode::ACCEPTED, &json!("received")));
        self.advance_hours(72).await;
        self
    }

    async fn advance_hours(&self, hours: i64) {
        let body = json!({ "advance_seconds": hours * 3600 });
        let (status, _) = self.post("/emulator/clock", body).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// The catalogue item of Business Standard, found as a client finds it: by its Entra id.
    async fn item(&self) -> String {
        let base = format!("/v1/customers/{}/products", self.tenant());
        let (_, products) = self.get(&format!("{base}?targetView=OnlineServices")).await;
        for product in products["items"].as_array().expect("products") {
            let product = product["id"].as_str().expect("an id");
            let (_, skus) = self.get(&format!("{base}/{product}/skus")).await;
            for sku in skus["items"].as_array().expect("skus") {
                if sku["dynamicAttributes"]["provisioningId"] == STANDARD {
                    let sku = sku["id"].as_str().expect("an id");
                    let path = format!("{base}/{product}/skus/{sku}/availabilities");
                    let (_, found) = self.get(&path).await;
                    return found["items"][0]["catalogItemId"].as_str().expect("an item").to_owned();
                }
            }
        }
        panic!("Business Standard is not sold");
    }

    async fn cart_body(&self, seats: u32) -> Value {
        json!({ "LineItems": [{
            "Id": 0,
            "CatalogItemId": self.item().await,
            "Quantity": seats,
            "BillingCycle": "Annual",
            "TermDuration": "P1Y",
            "FriendlyName": "CO-1",
        }]})
    }

    fn carts(&self) -> String {
        format!("/v1/customers/{}/carts", self.tenant())
    }

    async fn sign_in(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let partner = &self.seed.partner;
        let mut fields =
            vec![("client_id", partner.client_id.as_str()), ("client_secret", partner.client_secret.as_str())];
        fields.extend(form);
        let body = fields.iter().map(|(name, value)| format!("{name}={value}"));
        let request = self
            .http
            .post(self.url(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.collect::<Vec<_>>().join("&"));
        read(request.send().await.expect("an answer")).await
    }

    async fn partner_token(&self, grant: &[(&str, &str)]) -> String {
        let path = format!("/{}/oauth2/token", self.seed.partner.tenant_id);
        let mut form = vec![("resource", "https://api.partnercenter.microsoft.com")];
        form.extend(grant);
        let (status, body) = self.sign_in(&path, &form).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["expires_in"], "3599", "numbers are text in the first version");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    async fn get_with(&self, token: &str, path: &str) -> (StatusCode, Value) {
        let request = self.http.get(self.url(path)).bearer_auth(token);
        read(request.send().await.expect("an answer")).await
    }
}

/// Three customers; the first gets a size of its own and the product that is sold.
fn seed() -> Seed {
    let mut seed = Seed::generate(3, 21, "2026-03-02T08:00:00Z".parse().expect("an instant"));
    let standard = STANDARD.parse().expect("a GUID");
    let customer = &mut seed.customers[0];
    customer.subscriptions.truncate(1);
    let line = &mut customer.subscriptions[0];
    let (old, seats) = (line.sku_id, 7);
    line.sku_id = standard;
    line.sku_part_number = "O365_BUSINESS_PREMIUM".to_owned();
    line.target_sku = None;
    line.seats = seats;
    line.auto_renew = true;
    customer.users.retain(|user| user.licences.iter().any(|held| held.sku_id == old));
    customer.users.truncate(5);
    for user in &mut customer.users {
        user.licences.truncate(1);
        user.licences[0].sku_id = standard;
        user.licences[0].disabled_plans.clear();
        user.licences[0].assigned_by_group = None;
    }
    seed
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.expect("a whole answer");
    let text = text.trim_start_matches('\u{feff}');
    (status, serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

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
async fn strict_sign_in_checks_client_kind_audience_and_age() {
    let world = World::strict().await;
    let partner = world.seed.partner.clone();
    let path = format!("/{}/oauth2/token", partner.tenant_id);
    let wrong = [
        ("resource", "https://api.partnercenter.microsoft.com"),
        ("grant_type", "refresh_token"),
        ("refresh_token", "not-ours"),
    ];
    let (status, body) = world.sign_in(&path, &wrong).await;
    assert_eq!((status.as_u16(), &body["error"]), (400, &json!("invalid_grant")));

    let app = world.partner_token(&[("grant_type", "client_credentials")]).await;
    assert_eq!(world.get_with(&app, "/v1/customers").await.0, StatusCode::OK);
    let (status, body) = world.get_with(&app, "/v1/customers/relationshiprequests").await;
    assert_eq!((status.as_u16(), &body["code"]), (403, &json!(900_329)));
    assert_eq!(world.get_with(&app, "/v1.0/users").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(world.get_with("made-up", "/v1/customers").await.0, StatusCode::UNAUTHORIZED);

    let grant = [("grant_type", "refresh_token"), ("refresh_token", partner.refresh_token.as_str())];
    let user = world.partner_token(&grant).await;
    let (status, _) = world.get_with(&user, "/v1/customers/relationshiprequests").await;
    assert_eq!(status, StatusCode::OK);
    world.advance_hours(1).await;
    let (status, _) = world.get_with(&user, "/v1/customers").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "too old");
}

#[tokio::test]
async fn a_customers_tenant_opens_with_its_acceptance() {
    let world = World::strict().await;
    let tenant = world.tenant();
    let path = format!("/{tenant}/oauth2/v2.0/token");
    let form = [
        ("scope", "https://graph.microsoft.com/.default"),
        ("grant_type", "refresh_token"),
        ("refresh_token", world.seed.partner.refresh_token.as_str()),
    ];
    let (status, body) = world.sign_in(&path, &form).await;
    assert_eq!((status.as_u16(), &body["error"]), (400, &json!("invalid_grant")));

    let link = world.running.with_ledger(|ledger| ledger.invitation_link());
    let letter = json!({ "kind": "invitation", "tenant": tenant, "link": link });
    world.post("/emulator/letters", letter).await;
    world.advance_hours(72).await;
    let (status, body) = world.sign_in(&path, &form).await;
    assert_eq!((status, &body["expires_in"]), (StatusCode::OK, &json!(3599)));
    let token = body["access_token"].as_str().expect("a token");
    let (status, shown) = world.get_with(token, "/v1.0/directory/subscriptions").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(shown["value"][0]["ownerTenantId"], Value::Null, "bought elsewhere");

    let rotated = body["refresh_token"].as_str().expect("a refresh token");
    let again = [form[0], form[1], ("refresh_token", rotated)];
    assert_eq!(world.sign_in(&path, &again).await.0, StatusCode::OK);
    assert_eq!(world.sign_in(&path, &form).await.0, StatusCode::OK, "the old one stays valid");
}

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

#[tokio::test]
async fn the_clock_stands_still_until_it_is_moved_and_never_goes_back() {
    let world = World::usual().await;
    let (_, before) = world.get("/emulator/clock").await;
    assert_eq!(before["now"], "2026-03-02T08:00:00Z");
    world.advance_hours(1).await;
    let back = json!({ "advance_to": "2026-03-02T08:00:00Z" });
    let (status, _) = world.post("/emulator/clock", back).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, after) = world.get("/emulator/clock").await;
    assert_eq!(after["now"], "2026-03-02T09:00:00Z");
}

#[tokio::test]
async fn the_log_names_requests_but_no_tokens() {
    let world = World::usual().await;
    world.get("/v1/customers?size=5").await;
    let (_, log) = world.get("/emulator/log").await;
    assert_eq!(
        log,
        json!([{
            "at": "2026-03-02T08:00:00Z", "method": "GET", "path": "/v1/customers", "status": 200,
        }])
    );
    let (_, portfolio) = world.get("/emulator/portfolio.csv").await;
    assert!(portfolio.as_str().expect("text").starts_with("tenant_id,domain,"));
    let (_, seed) = world.get("/emulator/seed").await;
    assert_eq!(seed["customers"].as_array().map(Vec::len), Some(3));
}
