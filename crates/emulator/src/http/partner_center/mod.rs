//! Partner Center's part of the server: which path means what, and faults in its shape.
//!
//! Reads and writes JSON around calls of the ledger; decides nothing about business.

mod catalogue;
mod commerce;
mod customers;
mod licences;
mod subscriptions;

use serde_json::{Value, json};

use super::auth::{self, Auth, Denied};
use super::call::{Body, Call, Reply};
use crate::ids::TenantId;
use crate::ledger::{Ledger, Refusal};

/// Answers a request under `/v1`. A repeated request id gets the first answer again.
pub(crate) fn answer(call: &Call, ledger: &mut Ledger, auth: Auth) -> Reply {
    let route = call.route(1);
    let route: Vec<&str> = route.iter().map(String::as_str).collect();
    if let Err(denied) = auth::partner_center(call, ledger, auth, needs_user(&route)) {
        return turned_away(denied);
    }
    let writes = matches!(call.method, "POST" | "PUT" | "PATCH" | "DELETE");
    let key = call
        .header("ms-requestid")
        .filter(|_| writes)
        .map(|id| (call.path.to_ascii_lowercase(), id.to_ascii_lowercase(), call.method));
    let now = ledger.now();
    if let Some(key) = &key
        && let Some(kept) = ledger.replays.find(key, &call.body, now)
    {
        return Reply {
            status: kept.status,
            body: kept.body.map_or(Body::Empty, Body::Json),
            location: kept.location,
            retry_after: None,
        };
    }
    let reply = dispatch(call, &route, ledger).unwrap_or_else(|refusal| fault(&refusal));
    if let Some(key) = key {
        let body = match &reply.body {
            Body::Json(body) => Some(body.clone()),
            Body::Empty | Body::Text(..) => None,
        };
        ledger.replays.keep(key, &call.body, (reply.status, body, reply.location.clone()), now);
    }
    reply
}

/// Calls that an application alone may not make (fact sheet 0.3).
fn needs_user(route: &[&str]) -> bool {
    matches!(
        route,
        ["customers", "relationshiprequests"]
            | [
                "customers",
                _,
                "agreements" | "directsignedmicrosoftcustomeragreementstatus" | "subscribedskus" | "users",
                ..
            ]
    )
}

fn dispatch(call: &Call, route: &[&str], ledger: &mut Ledger) -> Result<Reply, Refusal> {
    match (call.method, route) {
        ("GET", ["customers"]) => customers::list(call, ledger),
        ("GET", ["customers", "relationshiprequests"]) => Ok(Reply::ok(json!({
            "url": ledger.invitation_link(),
            "attributes": { "objectType": "RelationshipRequest" },
        }))),
        ("GET", ["agreements"]) => Ok(customers::agreement_templates(call)),
        ("GET", ["products", rest @ ..]) => {
            let country = catalogue::country(call)?;
            catalogue::read(call, rest, ledger, &country, "")
        }
        (_, ["customers", customer, rest @ ..]) => {
            let tenant = tenant(customer)?;
            of_customer(call, tenant, rest, ledger)
        }
        _ => Ok(not_found()),
    }
}

fn of_customer(call: &Call, tenant: TenantId, route: &[&str], ledger: &mut Ledger) -> Result<Reply, Refusal> {
    match (call.method, route) {
        ("GET", []) => customers::one(tenant, ledger),
        ("GET", ["profiles", "company"]) => customers::company(tenant, ledger),
        ("GET", ["profiles", "billing"]) => customers::billing(tenant, ledger),
        ("GET", ["validationstatus"]) => customers::validation(tenant, ledger),
        ("GET", ["agreements"]) => customers::agreements(tenant, ledger),
        ("POST", ["agreements"]) => customers::confirm(call, tenant, ledger),
        ("GET", ["directsignedmicrosoftcustomeragreementstatus"]) => customers::directly_signed(tenant, ledger),
        ("GET", ["products", rest @ ..]) => {
            let country = ledger.reseller(tenant)?.country.clone();
            catalogue::read(call, rest, ledger, &country, &format!("/customers/{tenant}"))
        }
        ("POST", ["carts"]) => commerce::create_cart(call, tenant, ledger),
        ("GET", ["carts", cart]) => commerce::read_cart(tenant, cart, ledger),
        ("PUT", ["carts", cart]) => commerce::replace_cart(call, tenant, cart, ledger),
        ("POST", ["carts", cart, "checkout"]) => commerce::check_out(tenant, cart, ledger),
        ("GET", ["orders"]) => commerce::orders(call, tenant, ledger),
        ("GET", ["orders", order]) => commerce::order(call, tenant, order, ledger),
        ("GET", ["orders", order, "provisioningstatus"]) => commerce::order_provisioning(tenant, order, ledger),
        ("GET", ["subscriptions"]) => subscriptions::list(call, tenant, ledger),
        ("GET", ["subscriptions", id]) => subscriptions::one(tenant, id, ledger),
        ("PATCH", ["subscriptions", id]) => subscriptions::patch(call, tenant, id, ledger),
        ("GET", ["subscriptions", id, "provisioningstatus"]) => subscriptions::provisioning(tenant, id, ledger),
        ("GET", ["subscribedskus"]) => licences::skus(tenant, ledger),
        ("GET", ["users"]) => licences::users(call, tenant, ledger),
        ("GET", ["users", user]) => licences::user(tenant, user, ledger),
        ("GET", ["users", user, "licenses"]) => licences::of_user(tenant, user, ledger),
        ("POST", ["users", user, "licenseupdates"]) => licences::update(call, tenant, user, ledger),
        _ => Ok(not_found()),
    }
}

/// A fault in the shape of most resources (fact sheet 6.1, shape A).
pub(super) fn fault(refusal: &Refusal) -> Reply {
    let (status, code) = refusal.status_and_code();
    let text = refusal.to_string();
    let source = if code == 13605 { "ComplianceController" } else { "PartnerFD" };
    let data = match refusal {
        Refusal::Licence(_) => json!([text]),
        _ => json!([]),
    };
    let body = json!({ "code": code, "description": text, "data": data, "source": source });
    Reply::json(status, body)
}

/// The gateway's answer to too many requests (shape C).
pub(crate) fn throttled(seconds: u32) -> Reply {
    let body = json!({
        "statusCode": 429,
        "message": format!("Too many requests; the next one may come in {seconds} seconds."),
    });
    Reply::json(429, body).retry_after(seconds.to_string())
}

/// The answer to a token that is too old.
pub(crate) fn expired() -> Reply {
    turned_away(Denied::Invalid)
}

/// The service's own failure, about which nothing is known (fact sheet 6.3).
pub(crate) fn server_error() -> Reply {
    let text = "An unexpected service error occurred.";
    Reply::json(500, json!({ "code": 800_003, "description": text, "data": [], "source": "PartnerFD" }))
}

fn turned_away(denied: Denied) -> Reply {
    let (status, code, text) = match denied {
        Denied::Missing => (401, 800_001, "The partner token is missing."),
        Denied::Invalid => (401, 400, "Access denied: the token is not valid any more."),
        Denied::Audience => (401, 900_420, "The audience of the token is wrong."),
        Denied::AppOnly => (403, 900_329, "An application alone may not do this."),
    };
    Reply::json(status, json!({ "code": code, "description": text, "data": [], "source": "PartnerFD" }))
}

fn not_found() -> Reply {
    let body = json!({ "code": 1000, "description": "Not found.", "data": [], "source": "PartnerFD" });
    Reply::json(404, body)
}

fn tenant(text: &str) -> Result<TenantId, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidArgument(format!("{text} is not a customer id")))
}

/// A list in its envelope (fact sheet 4.1).
fn collection(items: Vec<Value>, uri: &str) -> Value {
    json!({
        "totalCount": items.len(),
        "items": items,
        "links": { "self": link(uri) },
        "attributes": { "objectType": "Collection" },
    })
}

fn link(uri: &str) -> Value {
    json!({ "uri": uri, "method": "GET", "headers": [] })
}
