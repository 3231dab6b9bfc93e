//! Graph's part of the server: the customer's tenant as its directory shows it (fact sheet 21).
//!
//! The tenant comes from the token, never from the path.

use std::collections::BTreeSet;

use axum::http::Uri;
use serde_json::{Value, json};

use super::admins;
use super::auth::{self, Auth, Denied};
use super::call::{Body, Call, Reply, field, list, text};
use super::faults::Dice;
use super::graph_limits::{self, Over, UNITS};
use crate::ids::{GroupId, PlanId, SkuId, SubscriptionId, TenantId, UserId};
use crate::ledger::licences::User;
use crate::ledger::subscriptions::{Channel, State, Subscription};
use crate::ledger::tenant::Tenant;
use crate::ledger::{
    DirectOwner, Grant, GraphCommerceId, GraphThrottle, Ledger, LicenceRefusal, NoLicenceError, NotAssignedText,
    OwnerTypes, Shortfall,
};
use crate::prng;
use crate::seed::{Program, Right};

/// Requests in one batch at most.
const BATCH: usize = 20;
/// Users on a page: the default, and the most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;
/// Values that a filter takes.
const VALUES_MAX: usize = 15;

/// Answers a request under `/v1.0`.
pub(super) fn answer(call: &Call, ledger: &mut Ledger, auth: Auth, dice: &mut Dice) -> Reply {
    let tenant = match auth::graph(call, ledger, auth) {
        Ok(tenant) => tenant,
        Err(denied) => return turned_away(denied),
    };
    let route = call.route(1);
    match (call.method, route.iter().map(String::as_str).collect::<Vec<_>>().as_slice()) {
        ("POST", ["$batch"]) => batch(call, tenant, ledger, dice),
        (_, route) => paced(call, route, tenant, ledger),
    }
}

/// The answer to one request, alone or of a batch, where the budgets have room for it.
fn paced(call: &Call, route: &[&str], tenant: TenantId, ledger: &mut Ledger) -> Reply {
    let paid = graph_limits::spend(call, route, tenant, ledger);
    let reply = match &paid.over {
        None => selected(call, dispatch(call, route, tenant, ledger)),
        Some(over) => limited(over, &format!("/{tenant}"), ledger),
    };
    let reply = reply.saying("x-ms-resource-unit", paid.units.to_string());
    // Told only near the limit, and up to 1.8 of it (fact sheet 21.7).
    let told = (80..).contains(&paid.percent).then(|| paid.percent.min(180));
    match told {
        Some(percent) => {
            reply.saying("x-ms-throttle-limit-percentage", format!("{}.{}", percent / 100, percent % 100 / 10))
        }
        None => reply,
    }
}

/// The same answer with nothing but what a read selects, and the ids.
fn selected(call: &Call, mut reply: Reply) -> Reply {
    let Some(names) = call.query("$select").filter(|_| call.method == "GET" && reply.status == 200) else {
        return reply;
    };
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    let kept = |name: &str| {
        name == "id" || name.starts_with('@') || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    let trim = |item: &mut Value| {
        if let Some(fields) = item.as_object_mut() {
            fields.retain(|name, _| kept(name));
        }
    };
    if let Body::Json(body) = &mut reply.body {
        match body.get_mut("value").and_then(Value::as_array_mut) {
            Some(items) => items.iter_mut().for_each(trim),
            None => trim(body),
        }
    }
    reply
}

/// Graph's answer to too many requests of the application.
pub(super) fn throttled(seconds: u32, ledger: &Ledger) -> Reply {
    limited(&Over { wait: seconds, scope: "Application/ReadWrite", of: UNITS }, "", ledger)
}

/// The same for any budget that is used up; the delay may be a fraction. `whose` ends what is told of the scope.
fn limited(over: &Over, whose: &str, ledger: &Ledger) -> Reply {
    let code = match ledger.rules().readings.graph_throttle {
        GraphThrottle::TooManyRequests => "TooManyRequests",
        GraphThrottle::ActivityLimitReached => "activityLimitReached",
    };
    let application = &ledger.seed().partner.client_id;
    error(429, code, "Too many requests.")
        .retry_after(format!("{}.5", over.wait))
        .saying("x-ms-throttle-scope", format!("{}/{application}{whose}", over.scope))
        .saying("x-ms-throttle-information", over.of.to_owned())
}

fn dispatch(call: &Call, route: &[&str], tenant: TenantId, ledger: &mut Ledger) -> Reply {
    if tenant == ledger.seed().partner.tenant_id
        && let Some(reply) = admins::answer(call, route, ledger)
    {
        return reply;
    }
    if let Err(refusal) = ledger.administered(tenant) {
        return refused(&refusal, ledger);
    }
    let needs = rights(call.method, route);
    let given = needs.last().is_none_or(|roles| ledger.admin_gives(tenant, roles));
    let consented = ledger.may(&[Right::TenantConsent]);
    if !given || !consented || !needs.iter().all(|any| ledger.may(any)) {
        return refused(&LicenceRefusal::NoDelegatedAdmin(tenant), ledger);
    }
    match (call.method, route) {
        ("GET", ["directory", "subscriptions"]) => with(ledger, tenant, |customer| {
            let items = shown(customer).map(|held| subscription(held, ledger)).collect::<Vec<_>>();
            Reply::ok(json!({ "@odata.context": "directory/subscriptions", "value": items }))
        }),
        ("GET", ["directory", "subscriptions", id]) => with(ledger, tenant, |customer| {
            shown(customer)
                .find(|held| graph_id(held) == *id)
                .map_or_else(not_found, |held| Reply::ok(subscription(held, ledger)))
        }),
        ("GET", ["directory", by_key]) if by_key.starts_with("subscriptions(") => with(ledger, tenant, |customer| {
            let id = by_key.split('\'').nth(1).and_then(|id| id.parse().ok());
            let held =
                id.and_then(|id: SubscriptionId| shown(customer).find(|held| commerce_id(held.id, ledger) == id));
            held.map_or_else(not_found, |held| Reply::ok(subscription(held, ledger)))
        }),
        ("GET", ["subscribedskus"]) => with(ledger, tenant, |customer| {
            let items: Vec<Value> = skus(customer, ledger);
            Reply::ok(json!({ "@odata.context": "subscribedSkus", "value": items }))
        }),
        ("GET", ["users"]) => with(ledger, tenant, |customer| users(call, customer, ledger)),
        ("GET", ["users", user]) => shown_user(call, ledger, tenant, user),
        ("GET", ["groups"]) => with(ledger, tenant, |customer| groups_with_errors(call, customer)),
        ("GET", ["groups", id]) => shown_group(ledger, tenant, id, 200),
        ("POST", ["users", user, "assignlicense"]) => assign(call, tenant, user, ledger),
        ("POST", ["groups", id, "assignlicense"]) => assign_to_group(call, tenant, id, ledger),
        _ => error(404, "BadRequest", "Resource not found for the segment.").not_emulated(),
    }
}

/// What a call needs: one right out of each set, of the application and then of the user in the customer's tenant.
fn rights(method: &str, route: &[&str]) -> Vec<&'static [Right]> {
    const READS: &[Right] = &[Right::DirectoryReader, Right::LicenseAdministrator];
    match route {
        ["directory" | "subscribedskus", ..] => vec![&[Right::OrganizationRead], READS],
        ["groups", ..] if method == "GET" => vec![&[Right::GroupRead], READS],
        _ if method == "GET" => vec![&[Right::UserRead], READS],
        _ => vec![&[Right::LicenseAssignment], &[Right::LicenseAdministrator]],
    }
}

fn with(ledger: &Ledger, tenant: TenantId, read: impl FnOnce(&Tenant) -> Reply) -> Reply {
    ledger.administered(tenant).map_or_else(|refusal| refused(&refusal, ledger), read)
}

/// Subscriptions of any channel whose seats are there.
fn shown(customer: &Tenant) -> impl Iterator<Item = &Subscription> {
    customer.subscriptions.values().filter(|held| held.units > 0 && held.state != State::Deleted)
}

fn graph_id(held: &Subscription) -> String {
    uuid::Uuid::new_v5(&held.id.0, b"directory").to_string()
}

/// The id of a subscription in the commerce system, as Graph has it.
fn commerce_id(id: SubscriptionId, ledger: &Ledger) -> SubscriptionId {
    match ledger.rules().readings.graph_commerce_id {
        GraphCommerceId::Same => id,
        GraphCommerceId::Own => SubscriptionId(uuid::Uuid::new_v5(&id.0, b"commerce")),
    }
}

fn subscription(held: &Subscription, ledger: &Ledger) -> Value {
    let owners = ledger.rules().readings.owner_types;
    let owner_type = match held.channel {
        _ if owners == OwnerTypes::AlwaysUser => Some("User"),
        _ if owners == OwnerTypes::Absent => None,
        Channel::Old(Program::SelfService) => Some("User"),
        _ if held.owner.is_some() => Some("Partner"),
        _ => None,
    };
    let mut body = json!({
        "id": graph_id(held),
        "commerceSubscriptionId": commerce_id(held.id, ledger),
        "skuId": held.sku,
        "skuPartNumber": held.part_number,
        "status": held.state.word(),
        "totalLicenses": held.units,
        "createdDateTime": held.created.to_string(),
        "nextLifecycleDateTime": held.next_step.map(|at| at.to_string()),
        "isTrial": matches!(held.channel, Channel::Old(Program::Trial)),
        "ownerId": Value::Null,
        "ownerTenantId": held.owner,
        "ownerType": owner_type,
        "serviceStatus": plans(held.sku, ledger),
    });
    let untold = held.owner.is_none() && ledger.rules().readings.direct_owner == DirectOwner::Absent;
    if let Some(fields) = body.as_object_mut().filter(|_| untold) {
        fields.retain(|name, _| !["ownerId", "ownerTenantId"].contains(&name.as_str()));
    }
    body
}

fn skus(customer: &Tenant, ledger: &Ledger) -> Vec<Value> {
    customer
        .pools()
        .iter()
        .map(|(sku, pool)| {
            json!({
                "id": format!("{}_{sku}", customer.id),
                "accountId": customer.id,
                "accountName": customer.domain,
                "skuId": sku,
                "skuPartNumber": ledger.catalogue.part_number(*sku),
                "appliesTo": "User",
                "capabilityStatus": pool.capability().word(),
                "consumedUnits": pool.consumed,
                "prepaidUnits": {
                    "enabled": pool.enabled,
                    "suspended": pool.suspended,
                    "warning": pool.warning,
                    "lockedOut": pool.locked_out,
                },
                "servicePlans": plans(*sku, ledger),
                "subscriptionIds": pool.subscriptions.iter().map(|id| commerce_id(*id, ledger)).collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn plans(sku: SkuId, ledger: &Ledger) -> Vec<Value> {
    ledger
        .catalogue
        .plans(sku)
        .iter()
        .map(|plan| {
            json!({
                "servicePlanId": plan.id,
                "servicePlanName": plan.name,
                "provisioningStatus": "Success",
                "appliesTo": "User",
            })
        })
        .collect()
}

fn users(call: &Call, customer: &Tenant, ledger: &Ledger) -> Reply {
    let top = match call.query("$top").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(top)) if (1..=LARGEST_PAGE).contains(&top) => top,
        Some(_) => return error(400, "Request_BadRequest", "Invalid page size specified."),
    };
    let filter = call.query("$filter");
    let wanted = match filter.map(Wanted::read) {
        Some(None) => {
            return error(400, "Request_UnsupportedQuery", "The filter is not supported.");
        }
        Some(Some(wanted)) => wanted,
        None => Wanted::All,
    };
    let after: Option<UserId> = match call.query("$skiptoken").map(str::parse) {
        None => None,
        Some(Ok(after)) => Some(after),
        Some(Err(_)) => return error(400, "Request_BadRequest", "The skip token is not valid."),
    };
    let mut left = customer
        .users
        .values()
        .filter(|user| after.is_none_or(|after| user.id > after))
        .filter(|user| wanted.admits(user))
        .peekable();
    let page: Vec<&User> = left.by_ref().take(top).collect();
    let items: Vec<Value> = page.iter().map(|user| asked_user(call, user, customer, ledger)).collect();
    let mut reply = json!({ "@odata.context": "users", "value": items });
    if call.query("$count").is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        reply["@odata.count"] = customer.users.values().filter(|user| wanted.admits(user)).count().into();
    }
    if let (Some(_), Some(last)) = (left.peek(), page.last()) {
        let host = call.header("host").unwrap_or("localhost");
        // Of the same question: with its filter, and with the properties that it selects.
        let asked = call.asked_without(&["$skiptoken"]);
        let joint = if asked.is_empty() { "" } else { "&" };
        reply["@odata.nextLink"] = format!("http://{host}/v1.0/users?{asked}{joint}$skiptoken={}", last.id).into();
    }
    Reply::ok(reply)
}

/// Which users are asked for.
enum Wanted {
    All,
    /// Those who hold a product.
    Holders(SkuId),
    /// These; so few that they are on one page.
    Ids(BTreeSet<UserId>),
}

impl Wanted {
    /// Reads one of the filters that there are.
    fn read(filter: &str) -> Option<Self> {
        let lower = filter.to_ascii_lowercase();
        if let Some(list) = lower.trim().strip_prefix("id in (") {
            let ids: BTreeSet<UserId> = list.strip_suffix(')')?.split(',').map(guid).collect::<Option<_>>()?;
            return (ids.len() <= VALUES_MAX).then_some(Self::Ids(ids));
        }
        let rest = lower.trim().strip_prefix("assignedlicenses/any(")?;
        let (path, value) = rest.strip_suffix(')')?.split_once(" eq ")?;
        path.trim().ends_with("/skuid").then_some(())?;
        guid(value).map(Self::Holders)
    }

    fn admits(&self, user: &User) -> bool {
        match self {
            Self::All => true,
            Self::Holders(sku) => user.licences.contains_key(sku),
            Self::Ids(ids) => ids.contains(&user.id),
        }
    }
}

fn guid<T: std::str::FromStr>(quoted: &str) -> Option<T> {
    quoted.trim().trim_matches('\'').parse().ok()
}

/// The services of a user: every plan of a licence that is not switched off, as its pool serves it.
fn services(user: &User, customer: &Tenant, ledger: &Ledger) -> Vec<Value> {
    let pools = customer.pools();
    let shut_out = ledger.rules().readings.shortfall == Shortfall::AtOnce;
    let mut services = Vec::new();
    for (sku, held) in &user.licences {
        let off = held.disabled();
        let capability = match pools.get(sku) {
            None => "Deleted",
            Some(_) if shut_out && customer.goes_short(user, *sku) => "Suspended",
            Some(pool) => pool.capability().word(),
        };
        for plan in ledger.catalogue.plans(*sku).iter().filter(|plan| !off.contains(&plan.id)) {
            services.push(json!({
                "capabilityStatus": capability,
                "provisioningStatus": "Success",
                "service": plan.name,
            }));
        }
    }
    services
}

/// Groups with members in violation: those that give a licence of which fewer units serve than are assigned, or that a member did
/// not get (CountViolation). No other question about all groups is answered.
fn groups_with_errors(call: &Call, customer: &Tenant) -> Reply {
    if call.query("$filter").map(str::trim) != Some("hasMembersWithLicenseErrors eq true") {
        return error(400, "Request_UnsupportedQuery", "The filter is not supported.").not_emulated();
    }
    let pools = customer.pools();
    let short = |sku: &SkuId| pools.get(sku).is_none_or(|pool| pool.enabled + pool.warning < pool.consumed);
    let licences = customer.users.values().flat_map(|user| &user.licences);
    let violated = licences.filter(|(sku, _)| short(sku)).flat_map(|(_, held)| held.groups.keys());
    let unserved = customer.groups.keys().filter(|group| customer.unserved(**group).next().is_some());
    let groups: BTreeSet<&GroupId> = violated.chain(unserved).collect();
    let items: Vec<Value> = groups.into_iter().map(|group| json!({ "id": group })).collect();
    Reply::ok(json!({ "@odata.context": "groups", "value": items }))
}

fn shown_user(call: &Call, ledger: &Ledger, tenant: TenantId, user: &str) -> Reply {
    let found = ledger.user(tenant, user);
    let found = found.and_then(|user| Ok(asked_user(call, user, ledger.administered(tenant)?, ledger)));
    found.map_or_else(
        |refusal| refused(&refusal, ledger),
        |mut user| {
            user["@odata.context"] = "users/$entity".into();
            Reply::ok(user)
        },
    )
}

/// A user, with its services where they are asked for: they are not among what is shown unasked.
fn asked_user(call: &Call, user: &User, customer: &Tenant, ledger: &Ledger) -> Value {
    let mut shown = body(user, customer, ledger);
    if call.query("$select").is_some_and(|select| select.contains("provisionedPlans")) {
        shown["provisionedPlans"] = services(user, customer, ledger).into();
    }
    shown
}

fn shown_group(ledger: &Ledger, tenant: TenantId, id: &str, status: u16) -> Reply {
    ledger.group(tenant, id).map_or_else(
        |refusal| refused(&refusal, ledger),
        |(id, group)| {
            let licences: Vec<Value> =
                group.licences.iter().map(|(sku, off)| json!({ "skuId": sku, "disabledPlans": off })).collect();
            Reply::json(status, json!({ "id": id, "assignedLicenses": licences }))
        },
    )
}

fn body(user: &User, customer: &Tenant, ledger: &Ledger) -> Value {
    let fine = &match ledger.rules().readings.no_licence_error {
        NoLicenceError::AsNull => Value::Null,
        NoLicenceError::Word => "None".into(),
    };
    let licences: Vec<Value> =
        user.licences.iter().map(|(sku, held)| json!({ "skuId": sku, "disabledPlans": held.disabled() })).collect();
    let states: Vec<Value> = user
        .licences
        .iter()
        .flat_map(|(sku, held)| {
            let direct = held.direct.iter().map(|off| (Value::Null, off));
            let groups = held.groups.iter().map(|(group, off)| (json!(group), off));
            direct.chain(groups).map(move |(group, off)| {
                json!({
                    "skuId": sku,
                    "disabledPlans": off,
                    "assignedByGroup": group,
                    "state": "Active",
                    "error": fine,
                    "lastUpdatedDateTime": held.since.to_string(),
                })
            })
        })
        .chain(customer.groups.keys().flat_map(|group| {
            let lacks = customer.unserved(*group).filter(|(lacking, _)| *lacking == user.id);
            lacks.map(move |(_, sku)| {
                json!({
                    "skuId": sku,
                    "disabledPlans": [],
                    "assignedByGroup": group,
                    "state": "Error",
                    "error": "CountViolation",
                })
            })
        }))
        .collect();
    json!({
        "id": user.id,
        "userPrincipalName": user.upn,
        "displayName": user.upn.split('@').next().unwrap_or_default(),
        "accountEnabled": true,
        "usageLocation": user.usage_location,
        "assignedLicenses": licences,
        "licenseAssignmentStates": states,
    })
}

fn assign(call: &Call, tenant: TenantId, user: &str, ledger: &mut Ledger) -> Reply {
    let changed = asked(call).map(|(add, remove)| ledger.assign_licences(tenant, user, &add, &remove));
    match changed {
        Ok(Ok(id)) => shown_user(call, ledger, tenant, &id.to_string()),
        Ok(Err(refusal)) => refused(&refusal, ledger),
        Err(wrong) => error(400, "Request_BadRequest", &wrong),
    }
}

/// Taken, and done by and by: whoever goes without shows with the member alone.
fn assign_to_group(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Reply {
    let changed = asked(call).map(|(add, remove)| ledger.assign_to_group(tenant, id, &add, &remove));
    match changed {
        Ok(Ok(group)) => shown_group(ledger, tenant, &group.to_string(), 202),
        Ok(Err(refusal)) => refused(&refusal, ledger),
        Err(wrong) => error(400, "Request_BadRequest", &wrong),
    }
}

/// The licences to give and to take, or in words what is wrong with the question.
fn asked(call: &Call) -> Result<(Vec<Grant>, Vec<SkuId>), String> {
    let wanted = call.json().map_err(|_| "The body is not JSON.")?;
    for name in ["addLicenses", "removeLicenses"] {
        if !field(&wanted, name).is_some_and(Value::is_array) {
            return Err(format!("A value is required for parameter '{name}'."));
        }
    }
    grants(&wanted).zip(removals(&wanted)).ok_or_else(|| "A GUID is malformed.".to_owned())
}

fn grants(wanted: &Value) -> Option<Vec<Grant>> {
    list(wanted, "addLicenses")
        .iter()
        .map(|grant| {
            let disabled = list(grant, "disabledPlans")
                .iter()
                .map(|plan| plan.as_str()?.parse::<PlanId>().ok())
                .collect::<Option<_>>()?;
            Some(Grant { sku: text(grant, "skuId")?.parse().ok()?, disabled })
        })
        .collect()
}

fn removals(wanted: &Value) -> Option<Vec<SkuId>> {
    list(wanted, "removeLicenses").iter().map(|sku| sku.as_str()?.parse().ok()).collect()
}

fn batch(call: &Call, tenant: TenantId, ledger: &mut Ledger, dice: &mut Dice) -> Reply {
    let bad = |text: &str| error(400, "BadRequest", text);
    let Ok(wanted) = call.json() else { return bad("The body is not JSON.") };
    let requests = list(&wanted, "requests");
    if requests.is_empty() || requests.len() > BATCH {
        return bad("A batch holds 1 to 20 requests.");
    }
    let mut failed: Vec<String> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut responses = Vec::new();
    for request in requests {
        let id = text(request, "id").filter(|id| !seen.contains(id));
        let (Some(id), Some(inner)) = (id, inner_call(call, request)) else {
            return bad("Each request needs an id of its own, a method and a relative url.");
        };
        seen.push(id.clone());
        let blocked = list(request, "dependsOn")
            .iter()
            .filter_map(Value::as_str)
            .any(|other| failed.iter().any(|id| id == other));
        let reply = if blocked {
            error(424, "FailedDependency", "A request this one depends on has failed.")
        } else if let Some(seconds) = dice.throttles(inner.method, &inner.path) {
            throttled(seconds, ledger)
        } else {
            let route = inner.route(0);
            let route: Vec<&str> = route.iter().map(String::as_str).collect();
            paced(&inner, &route, tenant, ledger)
        };
        if inner.writes() {
            let now = ledger.now();
            ledger.http.wrote(inner.received(now, Some(tenant), Some(reply.status), true, Vec::new()));
        }
        if reply.status >= 400 {
            failed.push(id.clone());
        }
        let mut response = json!({
            "id": id,
            "status": reply.status,
            "headers": { "Content-Type": "application/json" },
        });
        if let Some(wait) = reply.retry_after {
            response["headers"]["Retry-After"] = wait.into();
        }
        if let Body::Json(body) = reply.body {
            response["body"] = body;
        }
        responses.push((prng::hash(ledger.seed().random, id.as_bytes()), response));
    }
    // In any order (fact sheet 21.7): here one that the seed decides.
    responses.sort_by_key(|(place, _)| *place);
    Reply::ok(json!({ "responses": responses.into_iter().map(|(_, response)| response).collect::<Vec<_>>() }))
}

fn inner_call(outer: &Call, request: &Value) -> Option<Call> {
    let url = text(request, "url")?;
    // Blanks in filters come unescaped here.
    let uri: Uri = format!("/{}", url.trim_start_matches('/').replace(' ', "%20")).parse().ok()?;
    let body = field(request, "body").map(Value::to_string).unwrap_or_default();
    let own = field(request, "headers").and_then(Value::as_object).into_iter().flatten();
    let own = own.filter_map(|(name, value)| Some((name.to_ascii_lowercase(), value.as_str()?.to_owned())));
    let host = outer.header("host").map(|host| ("host".to_owned(), host.to_owned()));
    let method = text(request, "method")?;
    Some(Call::new(&method, &uri, own.chain(host).collect(), body.into_bytes()))
}

/// The answer to a token that is too old.
pub(super) fn expired() -> Reply {
    turned_away(Denied::Invalid)
}

/// The service's own failure, about which nothing is known.
pub(super) fn server_error() -> Reply {
    error(500, "InternalServerError", "An unexpected error occurred.")
}

fn turned_away(denied: Denied) -> Reply {
    let text = match denied {
        Denied::Missing => "Access token is empty.",
        Denied::Invalid | Denied::AppOnly | Denied::NoMfa => "Access token has expired or is not valid.",
        Denied::Audience => "Access token validation failure. Invalid audience.",
        Denied::Role => "Insufficient privileges to complete the operation.",
    };
    error(401, "InvalidAuthenticationToken", text).saying("www-authenticate", "Bearer".to_owned())
}

fn refused(refusal: &LicenceRefusal, ledger: &Ledger) -> Reply {
    let (status, code) = match refusal {
        LicenceRefusal::NoDelegatedAdmin(_) => (403, "Authorization_RequestDenied"),
        LicenceRefusal::UserNotFound(_) | LicenceRefusal::GroupNotFound(_) => (404, "Request_ResourceNotFound"),
        _ => (400, "Request_BadRequest"),
    };
    let text = match (refusal, ledger.rules().readings.not_assigned_text) {
        (LicenceRefusal::NotAssigned(_), NotAssignedText::TheCorresponding) => {
            "User does not have the corresponding license.".to_owned()
        }
        (LicenceRefusal::NotAssigned(sku), NotAssignedText::NotAssigned) => {
            format!("License {sku} is not assigned to the user.")
        }
        _ => refusal.to_string(),
    };
    error(status, code, &text)
}

fn not_found() -> Reply {
    error(404, "Request_ResourceNotFound", "The resource does not exist.")
}

pub(super) fn error(status: u16, code: &str, text: &str) -> Reply {
    let body = json!({ "error": { "code": code, "message": text, "innerError": {} } });
    Reply::json(status, body)
}
