//! A server on a free port, and a client that knows nothing of its insides.

use carryover_emulator::{Auth, Emulator, Letter, Options, Rules, Running, Seed};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Business Standard, as new commerce sells it.
pub(crate) const STANDARD: &str = "f245ecc8-75af-4f8e-b61f-27d8114de5f3";

pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) seed: Seed,
}

impl World {
    pub(crate) async fn start(options: Options, seed: Seed) -> World {
        // Another test may have been first; there is one provider per process.
        let _first = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let running = Emulator::start(seed.clone(), options, listener).expect("a possible world");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        World { running, http, seed }
    }

    /// One customer that moves, one that never accepts, one abroad; no delays, any token.
    pub(crate) async fn usual() -> World {
        let options = Options { rules: Rules::prompt(), ..Options::frozen() };
        World::start(options, seed()).await
    }

    pub(crate) async fn strict() -> World {
        let options = Options { auth: Auth::Strict, rules: Rules::prompt(), ..Options::frozen() };
        World::start(options, seed()).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.base_url())
    }

    pub(crate) fn tenant(&self) -> String {
        self.seed.customers[0].tenant_id.to_string()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(format!("tenant:{}", self.tenant()))
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).send().await.expect("an answer")).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).json(&body).send().await.expect("an answer")).await
    }

    pub(crate) async fn accepted(self) -> World {
        let (_, request) = self.get("/v1/customers/relationshiprequests").await;
        let letter = json!({ "kind": "invitation", "tenant": self.tenant(), "link": request["url"] });
        let (status, body) = self.post("/emulator/letters", letter).await;
        assert_eq!((status, &body["delivery"]), (StatusCode::ACCEPTED, &json!("received")));
        self.advance_hours(72).await;
        self
    }

    /// The first customer has accepted, without a request over the line.
    pub(crate) fn accepted_quietly(self) -> World {
        let tenant = self.seed.customers[0].tenant_id;
        self.running.with_ledger(|ledger| {
            let link = ledger.invitation_link();
            ledger.post_letter(&Letter::Invitation { tenant, link }).expect("a letter box");
            ledger.advance_to("2026-03-05T08:00:00Z".parse().expect("an instant")).expect("later");
        });
        self
    }

    pub(crate) async fn advance_hours(&self, hours: i64) {
        let body = json!({ "advance_seconds": hours * 3600 });
        let (status, _) = self.post("/emulator/clock", body).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// The catalogue item of Business Standard, found as a client finds it: by its Entra id.
    pub(crate) async fn item(&self) -> String {
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

    pub(crate) async fn cart_body(&self, seats: u32) -> Value {
        json!({ "LineItems": [{
            "Id": 0,
            "CatalogItemId": self.item().await,
            "Quantity": seats,
            "BillingCycle": "Annual",
            "TermDuration": "P1Y",
            "FriendlyName": "CO-1",
        }]})
    }

    pub(crate) fn carts(&self) -> String {
        format!("/v1/customers/{}/carts", self.tenant())
    }

    pub(crate) async fn sign_in(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
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

    pub(crate) async fn partner_token(&self, grant: &[(&str, &str)]) -> String {
        let path = format!("/{}/oauth2/token", self.seed.partner.tenant_id);
        let mut form = vec![("resource", "https://api.partnercenter.microsoft.com")];
        form.extend(grant);
        let (status, body) = self.sign_in(&path, &form).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["expires_in"], "3599", "numbers are text in the first version");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn get_with(&self, token: &str, path: &str) -> (StatusCode, Value) {
        let request = self.http.get(self.url(path)).bearer_auth(token);
        read(request.send().await.expect("an answer")).await
    }
}

/// Three customers; the first gets a size of its own and the product that is sold.
pub(crate) fn seed() -> Seed {
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

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.expect("a whole answer");
    let text = text.trim_start_matches('\u{feff}');
    (status, serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// The usual world, changed before it starts.
pub(crate) async fn with(change: impl FnOnce(&mut Seed, &mut Rules)) -> World {
    let (mut seed, mut rules) = (seed(), Rules::prompt());
    change(&mut seed, &mut rules);
    World::start(Options { rules, ..Options::frozen() }, seed).await
}

pub(crate) async fn send(world: &World, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    read(world.request(method, path).json(&body).send().await.expect("an answer")).await
}

/// Where the first customer is found.
pub(crate) fn customer(world: &World) -> String {
    format!("/v1/customers/{}", world.tenant())
}
