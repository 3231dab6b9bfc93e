//! Signing in, and what a token opens.

use crate::world::World;
use reqwest::StatusCode;
use serde_json::{Value, json};

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
async fn a_user_consents_and_the_code_becomes_a_token_of_that_user() {
    let world = World::strict().await;
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let browser = browser.expect("a client");
    let client = &world.seed.partner.client_id;
    let consent = async |client: &str| {
        let path = format!("/common/oauth2/authorize?client_id={client}&redirect_uri=http://here.example/back&state=7");
        browser.get(world.url(&path)).send().await.expect("an answer")
    };
    assert_eq!(consent("somebody").await.status(), StatusCode::BAD_REQUEST);
    let code = async || {
        let answer = consent(client).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let place = answer.headers()["location"].to_str().expect("text").to_owned();
        let code = place.strip_prefix("http://here.example/back?code=").and_then(|rest| rest.strip_suffix("&state=7"));
        code.expect("a code and the state").to_owned()
    };

    let used = code().await;
    let form = [("grant_type", "authorization_code"), ("code", &*used), ("redirect_uri", "http://here.example/back")];
    let token = world.partner_token(&form).await;
    let (status, _) = world.get_with(&token, "/v1/customers/relationshiprequests").await;
    assert_eq!(status, StatusCode::OK, "a user's token");
    let path = format!("/{}/oauth2/token", world.seed.partner.tenant_id);
    let refused = async |code: &str, back| {
        let grant = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back)];
        let form = [&[("resource", "https://api.partnercenter.microsoft.com")][..], &grant].concat();
        world.sign_in(&path, &form).await.1["error"].clone()
    };
    assert_eq!(refused(&used, "http://here.example/back").await, "invalid_grant", "used");
    assert_eq!(refused(&code().await, "http://elsewhere.example").await, "invalid_grant");
    let old = code().await;
    world.advance_hours(1).await;
    assert_eq!(refused(&old, "http://here.example/back").await, "invalid_grant", "too old");
}

#[tokio::test]
async fn a_browser_posts_the_code_and_who_signed_in_where_that_was_asked_for() {
    let world = World::strict().await;
    let client = &world.seed.partner.client_id;
    let path = format!(
        "/common/oauth2/authorize?client_id={client}&redirect_uri=http://here.example/back&state=a%22b\
         &response_mode=form_post&response_type=code%20id_token&scope=openid%20profile&nonce=41"
    );
    let page = world.http.get(world.url(&path)).send().await.expect("an answer");
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.expect("a page");
    assert!(page.contains("method=\"post\" action=\"http://here.example/back\""), "{page}");
    assert!(page.contains("name=\"state\" value=\"a&quot;b\""), "{page}");
    let value = |name: &str| {
        let rest = page.split_once(&format!("name=\"{name}\" value=\"")).expect(name).1;
        rest.split('"').next().expect("a value").to_owned()
    };
    assert_eq!(claims(&value("id_token"))["nonce"], "41");
    let code = value("code");
    let grant = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", "http://here.example/back")];
    let form = [&[("resource", "https://api.partnercenter.microsoft.com"), ("scope", "openid")][..], &grant].concat();
    let (status, tokens) = world.sign_in(&format!("/{}/oauth2/token", world.seed.partner.tenant_id), &form).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(claims(tokens["id_token"].as_str().expect("who signed in"))["aud"], json!(client));
}

#[tokio::test]
async fn whatever_the_state_is_it_comes_back_unchanged() {
    let world = World::strict().await;
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let browser = browser.expect("a client");
    let state = "a+b&code=other#c%41 d=é";
    let query = [
        ("client_id", world.seed.partner.client_id.as_str()),
        ("redirect_uri", "http://here.example/back?from=login"),
        ("state", state),
    ];
    let url = url::Url::parse_with_params(&world.url("/common/oauth2/authorize"), query).expect("an address");
    let answer = browser.get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::FOUND);
    let place = answer.headers()["location"].to_str().expect("text");
    let place: url::Url = place.parse().expect("an address");
    let told: Vec<(String, String)> = place.query_pairs().into_owned().collect();
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names.as_slice(), told[2].1.as_str()), (&["from", "code", "state"][..], state), "{place}");
}

/// What a signed statement says.
fn claims(statement: &str) -> Value {
    use base64::Engine as _;
    let part = statement.split('.').nth(1).expect("claims");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base 64");
    serde_json::from_slice(&bytes).expect("JSON")
}
