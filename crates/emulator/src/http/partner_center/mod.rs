//! Partner Center's part of the server: which path means what, and faults in its shape.
//!
//! Reads and writes JSON around calls of the ledger; decides nothing about business.

mod access;
mod activation;
mod agreements;
mod audit;
mod catalogue;
mod commerce;
mod consents;
mod customers;
pub(super) mod faults;
mod filter;
mod licences;
mod market;
mod mfa;
mod migrations;
mod offers;
mod orders;
mod places;
mod profiles;
mod renewals;
mod resellers;
mod seek;
mod spelling;
mod subscriptions;
mod transfers;
mod transitions;
mod upgrades;
mod vetting;

use serde_json::{Map, Value, json};

use super::auth::{self, Auth, Denied};
use super::call::{Body, Call, Reply};
use crate::ids::TenantId;
use crate::ledger::{Ledger, Readings, Refusal, RequestIdReuse};

/// Answers a request under `/v1`. A repeated request id gets the first answer again. `user` says whether somebody is signed
/// in, and not an application alone.
pub(crate) fn answer(call: &Call, ledger: &mut Ledger, auth: Auth, user: bool) -> Reply {
    let reply = answered(call, ledger, auth, user);
    spelling::spelled(reply, &ledger.rules().readings)
}

fn answered(call: &Call, ledger: &mut Ledger, auth: Auth, user: bool) -> Reply {
    let route = call.route(1);
    let route: Vec<&str> = route.iter().map(String::as_str).collect();
    let needs =
        auth::Needs { user: access::needs_user(call.method, &route), rights: access::rights(call.method, &route) };
    if let Err(denied) = auth::partner_center(call, ledger, auth, &needs) {
        return faults::turned_away(denied, ledger);
    }
    if let Some((sharing, budget)) = access::budget(call.method, &route, ledger.rules().readings.budget_of)
        && let Some(seconds) = ledger.spend(sharing, budget, 1).wait
    {
        return throttled(seconds);
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
        if kept.other_body && ledger.rules().readings.request_id_reuse == RequestIdReuse::Refuse {
            let refusal = Refusal::InvalidArgument("the request id was used with another body".to_owned());
            return faults::of(&refusal, &route, ledger);
        }
        return Reply {
            body: kept.body.map_or(Body::Empty, Body::Json),
            location: kept.location,
            ..Reply::empty(kept.status)
        };
    }
    let reply = dispatch(call, &route, ledger, user).unwrap_or_else(|refusal| faults::of(&refusal, &route, ledger));
    if let Some(kind) = audit::kind(call.method, &route) {
        let tenant = route.get(1).and_then(|customer| customer.parse().ok());
        ledger.audit(tenant, kind, reply.status < 400);
    }
    if let Some(key) = key {
        let body = match &reply.body {
            Body::Json(body) => Some(body.clone()),
            Body::Empty | Body::Text(..) | Body::Bytes(..) => None,
        };
        ledger.replays.keep(key, &call.body, (reply.status, body, reply.location.clone()), now);
    }
    reply
}

fn dispatch(call: &Call, route: &[&str], ledger: &mut Ledger, user: bool) -> Result<Reply, Refusal> {
    match (call.method, route) {
        ("GET", ["customers"]) => customers::list(call, ledger),
        ("POST", ["customers"]) => customers::create(call, ledger),
        ("GET", ["customers", "relationshiprequests"]) => resellers::relationship_request(call, ledger),
        ("GET", ["customers", "all", "validations"]) => Ok(vetting::codes(ledger)),
        ("GET", ["relationships"]) => resellers::relationships(call, ledger),
        ("GET", ["profiles", "mpn"]) => resellers::mpn(call, ledger),
        ("GET", ["compliance", "csp", "agreementstatus"]) => resellers::agreement_status(call, ledger),
        ("POST", ["partners", "validateresellers"]) => resellers::validate(call, ledger),
        ("GET", ["agreements"]) => Ok(agreements::templates(call)),
        ("GET", ["agreementtemplates", template, "document"]) => agreements::document(call, template),
        ("POST", ["validations", "address"]) => profiles::validate_address(call),
        ("GET", ["countryvalidationrules", country]) => profiles::country_rules(country),
        ("HEAD", ["domains", domain]) => Ok(Reply::empty(if ledger.domain_taken(domain) { 200 } else { 404 })),
        ("GET", ["migrations", "newcommerce"]) => migrations::query(call, ledger),
        ("GET", ["migrations", "newcommerce", "schedules"]) => {
            scheduled(ledger)?;
            migrations::schedules(call, ledger)
        }
        ("GET", ["auditrecords"]) => audit::list(call, ledger),
        ("GET", ["partnerrequests"]) => Ok(mfa::requests(ledger)),
        ("GET", ["applicationmfaadoptionstatus"]) => mfa::adoption(call, ledger),
        ("POST", ["extensions", "product", "checkinventory"]) => market::inventory(call, ledger),
        ("GET", ["productpromotions"]) => market::promotions(call, ledger),
        ("GET", ["productpromotions", id]) => market::promotion(call, id, ledger),
        ("GET", ["offers"]) => Ok(offers::list(call, ledger, &catalogue::country(call)?, "")),
        ("GET", ["offercategories"]) => Ok(offers::categories(&catalogue::country(call)?)),
        ("GET", ["offers", id]) => offers::one(id, ledger, &catalogue::country(call)?),
        ("GET", ["offers", id, "addons"]) => offers::addons(call, id, ledger, &catalogue::country(call)?),
        ("GET", ["products", rest @ ..]) => {
            let country = catalogue::country(call)?;
            catalogue::read(call, rest, ledger, &country, None)
        }
        (_, ["customers", customer, rest @ ..]) => {
            let tenant = tenant(customer)?;
            of_customer(call, tenant, rest, ledger, user)
        }
        _ => Err(Refusal::NotEmulated),
    }
}

fn of_customer(
    call: &Call,
    tenant: TenantId,
    route: &[&str],
    ledger: &mut Ledger,
    user: bool,
) -> Result<Reply, Refusal> {
    if let ["migrations", "newcommerce", "schedules", ..] = route {
        scheduled(ledger)?;
    }
    match (call.method, route) {
        ("GET", []) => customers::one(tenant, ledger),
        ("PATCH", []) => customers::patch(call, tenant, ledger),
        ("DELETE", []) => customers::delete(tenant, ledger),
        ("GET", ["profiles", "company"]) => profiles::company(tenant, ledger),
        ("GET", ["profiles", "billing"]) => profiles::billing(tenant, ledger),
        ("PUT", ["profiles", "billing"]) => profiles::replace_billing(call, tenant, ledger),
        ("GET", ["customdomains"]) => profiles::custom_domains(tenant, ledger),
        ("GET", ["qualifications"]) => vetting::qualifications(tenant, ledger),
        ("POST", ["qualifications"]) => vetting::qualify(call, tenant, ledger),
        ("GET", ["validationstatus"]) => vetting::validation(call, tenant, ledger),
        ("GET", ["relationships"]) => resellers::of_customer(tenant, ledger),
        ("POST", ["applicationconsents"]) => consents::give(call, tenant, ledger),
        ("DELETE", ["applicationconsents", application]) => consents::withdraw(tenant, application, ledger),
        ("GET", ["agreements"]) => agreements::of_customer(call, tenant, ledger),
        ("POST", ["agreements"]) => agreements::confirm(call, tenant, ledger),
        ("GET", ["directsignedmicrosoftcustomeragreementstatus"]) => agreements::directly_signed(tenant, ledger),
        // One table of the documents has POST for the availabilities of a customer, the samples GET (fact sheet 25).
        ("GET", ["products", rest @ ..]) | ("POST", rest @ ["products", _, "skus", _, "availabilities"]) => {
            let rest = if call.method == "POST" { &rest[1..] } else { rest };
            let customer = ledger.reseller(tenant)?;
            catalogue::read(call, rest, ledger, &customer.country, Some(customer))
        }
        ("POST", ["carts"]) => commerce::create_cart(call, tenant, ledger),
        ("GET", ["carts", cart]) => commerce::read_cart(tenant, cart, ledger),
        ("PUT", ["carts", cart]) => commerce::replace_cart(call, tenant, cart, ledger),
        ("POST", ["carts", cart, "checkout"]) => commerce::check_out(tenant, cart, ledger),
        ("GET", ["orders"]) => orders::orders(call, tenant, ledger),
        ("POST", ["orders"]) => orders::create(call, tenant, ledger),
        ("GET", ["orders", order]) => orders::order(call, tenant, order, ledger),
        ("PATCH", ["orders", order]) => orders::patch(call, tenant, order, ledger),
        ("GET", ["orders", order, "provisioningstatus"]) => orders::order_provisioning(tenant, order, ledger),
        ("GET", ["orders", order, "lineitems", line, "activationlinks"]) => {
            activation::of_line(tenant, order, line, ledger)
        }
        ("GET", ["orders", order, "activationlinks"]) => activation::of_order(tenant, order, ledger),
        ("POST", ["promotioneligibilities"]) => market::eligibilities(call, tenant, ledger),
        ("GET", ["offers"]) => {
            let country = ledger.reseller(tenant)?.country.clone();
            Ok(offers::list(call, ledger, &country, &format!("/customers/{tenant}")))
        }
        ("GET", ["offercategories"]) => {
            let country = ledger.reseller(tenant)?.country.clone();
            Ok(offers::categories(&country))
        }
        ("GET", ["subscriptions"]) => subscriptions::list(call, tenant, ledger),
        ("GET", ["subscriptions", id]) => subscriptions::one(tenant, id, ledger),
        ("PATCH", ["subscriptions", id]) => subscriptions::patch(call, tenant, id, ledger),
        ("GET", ["subscriptions", id, "provisioningstatus"]) => subscriptions::provisioning(tenant, id, ledger),
        ("GET", ["subscriptions", id, "addons"]) => subscriptions::addons(tenant, id, ledger),
        ("GET", ["subscriptions", id, "upgrades"]) => upgrades::upgrades(tenant, id, ledger, user),
        ("POST", ["subscriptions", id, "upgrades"]) => upgrades::create_upgrade(call, tenant, id, ledger, user),
        ("GET", ["subscriptions", id, "conversions"]) => upgrades::conversions(tenant, id, ledger),
        ("POST", ["subscriptions", id, "conversions"]) => upgrades::convert(call, tenant, id, ledger),
        ("GET", ["subscriptions", id, "activationlinks"]) => activation::of_subscription(tenant, id, ledger),
        ("GET", ["subscriptions", id, "supportcontact"]) => subscriptions::support_contact(tenant, id, ledger),
        ("GET", ["subscriptions", id, "transitioneligibilities"]) => {
            transitions::eligibilities(call, tenant, id, ledger)
        }
        ("GET", ["subscriptions", id, "transitions"]) => transitions::list(call, tenant, id, ledger),
        ("POST", ["subscriptions", id, "transitions"]) => transitions::create(call, tenant, id, ledger),
        ("POST", ["migrations", "newcommerce", "validate"]) => migrations::validate(call, tenant, ledger),
        ("POST", ["migrations", "newcommerce"]) => migrations::create(call, tenant, ledger),
        ("GET", ["migrations", "newcommerce", "events"]) => migrations::events(call, tenant, ledger),
        ("POST", ["migrations", "newcommerce", "schedules"]) => migrations::schedule(call, tenant, ledger),
        ("GET", ["migrations", "newcommerce", "schedules", id]) => migrations::one_schedule(tenant, id, ledger),
        ("PUT", ["migrations", "newcommerce", "schedules", id]) => {
            migrations::change_schedule(call, tenant, id, ledger)
        }
        ("POST", ["migrations", "newcommerce", "schedules", id, "cancel"]) => {
            migrations::cancel_schedule(tenant, id, ledger)
        }
        ("GET", ["migrations", "newcommerce", id]) => migrations::one(tenant, id, ledger),
        ("POST", ["transfers"]) => transfers::create(call, tenant, ledger),
        ("GET", ["transfers"]) => transfers::all(tenant, ledger),
        ("GET", ["transfers", id]) => transfers::one(tenant, id, ledger),
        ("PATCH", ["transfers", id]) => transfers::patch(call, tenant, id, ledger),
        ("DELETE", ["transfers", id]) => transfers::withdraw(tenant, id, ledger),
        ("POST", ["transfers", id, "accept"]) => transfers::accept(tenant, id, ledger),
        ("POST", ["transfers", id, "reject"]) => transfers::reject(tenant, id, ledger),
        ("GET", ["transferseligibility"]) => transfers::eligibility(call, tenant, ledger),
        ("GET", ["subscribedskus"]) => licences::skus(call, tenant, ledger),
        ("GET", ["users"]) => licences::users(call, tenant, ledger),
        ("GET", ["users", user]) => licences::user(tenant, user, ledger),
        ("PATCH", ["users", user]) => licences::patch(call, tenant, user, ledger),
        ("GET", ["users", user, "licenses"]) => licences::of_user(call, tenant, user, ledger),
        ("POST", ["users", user, "licenseupdates"]) => licences::update(call, tenant, user, ledger),
        _ => Err(Refusal::NotEmulated),
    }
}

/// Refuses schedules of migrations where only the sandbox has them.
fn scheduled(ledger: &Ledger) -> Result<(), Refusal> {
    let Readings { schedules_in_sandbox, sandbox, .. } = ledger.rules().readings;
    if schedules_in_sandbox && !sandbox { Err(Refusal::NotInThisEnvironment) } else { Ok(()) }
}

/// The gateway's answer to too many requests (shape C).
pub(crate) fn throttled(seconds: u32) -> Reply {
    let body = json!({
        "statusCode": 429,
        "message": format!("Rate limit is exceeded. Try again in {seconds} seconds."),
    });
    Reply::json(429, body).retry_after(seconds.to_string())
}

/// The answer to a token that is too old.
pub(crate) fn expired(ledger: &Ledger) -> Reply {
    faults::turned_away(Denied::Invalid, ledger)
}

/// The service's own failure, about which nothing is known (fact sheet 6.3).
pub(crate) fn server_error() -> Reply {
    let text = "An unexpected service error occurred.";
    Reply::json(500, json!({ "code": 800_003, "description": text, "data": [], "source": "PartnerFD" }))
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

/// Absent values are left out, not written as null.
fn put(body: &mut Value, name: &str, value: Option<String>) {
    if let (Some(value), Some(object)) = (value, body.as_object_mut()) {
        let object: &mut Map<String, Value> = object;
        object.insert(name.to_owned(), value.into());
    }
}
