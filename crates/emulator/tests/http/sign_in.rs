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
