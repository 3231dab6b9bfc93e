//! Delegated administration over HTTP: asked for, approved, used, ended.

use carryover_emulator::{Right, Rules};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, read, with};

const PATH: &str = "/v1.0/tenantRelationships/delegatedAdminRelationships";
pub(crate) const READER: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
pub(crate) const LICENCES: &str = "4d6ac14f-3453-41d0-bef9-a3e0c569773a";

async fn call(world: &World, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let partner = world.seed.partner.tenant_id;
    let mut request = world.http.request(method, world.url(path)).bearer_auth(format!("tenant:{partner}"));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer: Response = request.send().await.expect("an answer");
    read(answer).await
}

fn wish(world: &World, duration: &str, role: &str) -> Value {
    json!({
        "displayName": format!("Licences for Birch Lane, {duration}"),
        "duration": duration,
        "customer": { "tenantId": world.tenant() },
        "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": role }] },
    })
}

/// Customers that accept without letting us administer anything.
pub(crate) async fn apart() -> World {
    with(|_, rules| *rules = Rules { gdap_with_acceptance: false, ..rules.clone() }).await.accepted().await
}

/// Asked for, locked, sent to the customer and approved.
pub(crate) async fn approved(world: &World, duration: &str, role: &str) -> String {
    let (status, made) = call(world, Method::POST, PATH, Some(wish(world, duration, role))).await;
    assert_eq!((status, &made["status"]), (StatusCode::CREATED, &json!("created")));
    let id = made["id"].as_str().expect("an id").to_owned();
    let letter = json!({
        "kind": "administration",
        "tenant": world.tenant(),
        "link": format!("https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/{id}"),
    });
    assert_eq!(world.post("/emulator/letters", letter.clone()).await.0, StatusCode::NOT_FOUND, "not locked yet");
    let request = json!({ "action": "lockForApproval" });
    assert_eq!(call(world, Method::POST, &format!("{PATH}/{id}/requests"), Some(request)).await.0, StatusCode::CREATED);
    assert_eq!(world.get("/v1.0/subscribedSkus").await.0, StatusCode::FORBIDDEN, "nobody approved yet");
    assert_eq!(world.post("/emulator/letters", letter).await.0, StatusCode::ACCEPTED);
    world.advance_hours(72).await;
    assert_eq!(world.get("/v1.0/subscribedSkus").await.0, StatusCode::FORBIDDEN, "no group of ours has the role yet");
    id
}

/// Its licence role goes to the helpdesk.
pub(crate) async fn assigned(world: &World, id: &str) -> Value {
    assigned_role(world, id, LICENCES).await
}

/// A role of it goes to the helpdesk.
async fn assigned_role(world: &World, id: &str, role: &str) -> Value {
    let group = json!({
        "accessContainer": { "accessContainerId": "helpdesk", "accessContainerType": "securityGroup" },
        "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": role }] },
    });
    call(world, Method::POST, &format!("{PATH}/{id}/accessAssignments"), Some(group)).await.1
}

pub(crate) async fn ended(world: &World, id: &str) {
    let end = json!({ "action": "terminate" });
    call(world, Method::POST, &format!("{PATH}/{id}/requests"), Some(end)).await;
}

#[tokio::test]
async fn administration_is_asked_for_approved_and_ended() {
    let world = apart().await;
    assert_eq!(call(&world, Method::GET, PATH, None).await.1["value"], json!([]));
    let id = approved(&world, "P90D", LICENCES).await;
    let (_, shown) = call(&world, Method::GET, &format!("{PATH}?$filter=status%20eq%20'active'"), None).await;
    assert_eq!((&shown["value"][0]["id"], &shown["value"][0]["status"]), (&json!(id), &json!("active")));

    assert_eq!(assigned(&world, &id).await["status"], "active");
    let assignments = format!("{PATH}/{id}/accessAssignments");
    assert_eq!(call(&world, Method::GET, &assignments, None).await.1["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.get("/v1.0/subscribedSkus").await.0, StatusCode::OK);

    ended(&world, &id).await;
    assert_eq!(world.get("/v1.0/subscribedSkus").await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(&world, Method::GET, &format!("{PATH}/{id}"), None).await.1["status"], "terminated");
}

#[tokio::test]
async fn administration_ends_with_its_time_and_gives_no_more_than_its_roles() {
    let world = apart().await;
    let id = approved(&world, "P90D", READER).await;
    assigned_role(&world, &id, READER).await;
    assert_eq!(world.get("/v1.0/subscribedSkus").await.0, StatusCode::OK);
    let user = world.seed.customers[0].users[0].id;
    let nothing = json!({ "addLicenses": [], "removeLicenses": [] });
    let (status, _) = world.post(&format!("/v1.0/users/{user}/assignLicense"), nothing).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a reader changes nothing");
    world.advance_hours(24 * 91).await;
    assert_eq!(world.get("/v1.0/subscribedSkus").await.0, StatusCode::FORBIDDEN, "ninety days are over");
}

#[tokio::test]
async fn who_lets_us_in_unasked_shows_as_one_relationship_with_the_roles_that_are_held() {
    let world = World::usual().await.accepted().await;
    let (_, all) = call(&world, Method::GET, &format!("{PATH}?$top=1"), None).await;
    let held = |shown: &Value| shown["value"][0]["accessDetails"]["unifiedRoles"].as_array().map(Vec::len);
    assert_eq!((held(&all), &all["value"][0]["customer"]["tenantId"]), (Some(2), &json!(world.tenant())));
    world.running.with_ledger(|ledger| ledger.take_right(Right::LicenseAdministrator));
    assert_eq!(held(&call(&world, Method::GET, PATH, None).await.1), Some(1));
    world.running.with_ledger(|ledger| {
        ledger.take_right(Right::RelationshipRead);
        ledger.take_right(Right::RelationshipWrite);
    });
    assert_eq!(call(&world, Method::GET, PATH, None).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_wish_that_cannot_be_is_refused() {
    let world = apart().await;
    let ask = async |change: fn(&mut Value)| {
        let mut wish = wish(&world, "P90D", READER);
        change(&mut wish);
        call(&world, Method::POST, PATH, Some(wish)).await.0.as_u16()
    };
    assert_eq!(ask(|wish| wish["duration"] = "P3Y".into()).await, 400);
    assert_eq!(ask(|wish| wish["displayName"] = "x".repeat(51).into()).await, 400);
    assert_eq!(ask(|wish| wish["accessDetails"] = json!({})).await, 400);
    assert_eq!(ask(|_| {}).await, 201);
    assert_eq!(ask(|_| {}).await, 409, "the name is taken");
    let (_, all) = call(&world, Method::GET, PATH, None).await;
    let path = format!("{PATH}/{}", all["value"][0]["id"].as_str().expect("an id"));
    let stale = world.http.delete(world.url(&path)).header("If-Match", "W/\"old\"");
    let stale = stale.bearer_auth(format!("tenant:{}", world.seed.partner.tenant_id)).send().await.expect("an answer");
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
}
