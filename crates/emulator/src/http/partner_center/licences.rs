//! Users and licences in Partner Center's own words (fact sheet 16).

use serde_json::{Value, json};

use super::super::call::{Call, Reply, list, text};
use super::filter::Filter;
use super::{collection, link, put, seek};
use crate::ids::{PlanId, SkuId, TenantId};
use crate::ledger::licences::User;
use crate::ledger::{Grant, Ledger, Refusal};

/// Users on a page, unless asked for fewer.
const PAGE: usize = 500;

/// Whether a listing asks for what Entra manages: by name, or by naming no group (fact sheet 16). Nothing here is of another one.
fn asks_for_entra(call: &Call) -> bool {
    let mut groups = call.queries("licenseGroupIds").peekable();
    groups.peek().is_none() || groups.any(|group| group.eq_ignore_ascii_case("Group1"))
}

pub(super) fn skus(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let pools = ledger.administered(tenant)?.pools();
    let items = pools
        .iter()
        .filter(|_| asks_for_entra(call))
        .map(|(sku, pool)| {
            let total = pool.enabled + pool.warning;
            json!({
                "availableUnits": i64::from(total) - i64::from(pool.consumed),
                "activeUnits": pool.enabled,
                "consumedUnits": pool.consumed,
                "suspendedUnits": pool.suspended,
                "warningUnits": pool.warning,
                "totalUnits": total,
                "capabilityStatus": pool.capability().word(),
                "productSku": product_sku(*sku, ledger),
                "servicePlans": plans(*sku, ledger, "Success"),
                "attributes": { "objectType": "SubscribedSku" },
            })
        })
        .collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscribedskus"))))
}

pub(super) fn users(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let filter = Filter::of(call, &[("userstate", "equals"), ("userstatus", "equals")])?;
    // Deleted accounts are not kept, so the one filter there is finds all of them or none.
    let active = filter.is_none_or(|filter| filter.value != "inactive");
    let customer = ledger.administered(tenant)?;
    let mut found: Vec<&User> = customer.users.values().filter(|_| active).collect();
    sort(call, &mut found)?;
    let path = format!("/customers/{tenant}/users");
    let readings = &ledger.rules().readings;
    seek::page(call, &found, |user| user.id.0, PAGE, readings, &path, |user| user_body(tenant, user)).map(Reply::ok)
}

/// Puts users in the order that is asked for, by their names (fact sheet 5.1).
fn sort(call: &Call, users: &mut [&User]) -> Result<(), Refusal> {
    let invalid = |name: &str| Err(Refusal::InvalidArgument(name.to_owned()));
    match call.query("sortField").map(str::to_ascii_lowercase).as_deref() {
        None => return Ok(()),
        Some("displayname" | "userprincipalname") => users.sort_by_key(|user| user.upn.to_lowercase()),
        Some(_) => return invalid("sortField"),
    }
    match call.query("sortDirection").unwrap_or("Ascending").to_ascii_lowercase().as_str() {
        "ascending" => {}
        "descending" => users.reverse(),
        _ => return invalid("sortDirection"),
    }
    Ok(())
}

pub(super) fn user(tenant: TenantId, user: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(user_body(tenant, ledger.user(tenant, user)?)))
}

/// The one change that a user takes here: where it is.
pub(super) fn patch(call: &Call, tenant: TenantId, user: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    ledger.user(tenant, user)?;
    let country = text(&call.json()?, "usageLocation");
    let country = country.ok_or_else(|| Refusal::InvalidProperty("usageLocation".to_owned()))?;
    ledger.set_usage_location(tenant, user, &country)?;
    self::user(tenant, user, ledger)
}

pub(super) fn of_user(call: &Call, tenant: TenantId, user: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let user = ledger.user(tenant, user)?;
    let items = user
        .licences
        .keys()
        .filter(|_| asks_for_entra(call))
        .map(|sku| {
            json!({
                "servicePlans": plans(*sku, ledger, "Assigned"),
                "productSku": product_sku(*sku, ledger),
                "attributes": { "objectType": "License" },
            })
        })
        .collect();
    let uri = format!("/customers/{tenant}/users/{}/licenses", user.id);
    Ok(Reply::ok(collection(items, &uri)))
}

pub(super) fn update(call: &Call, tenant: TenantId, user: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let add = list(&body, "licensesToAssign")
        .iter()
        .map(|grant| {
            let sku = text(grant, "skuId").and_then(|sku| sku.parse().ok()).ok_or_else(|| invalid("skuId"))?;
            let disabled = list(grant, "excludedPlans")
                .iter()
                .map(|plan| plan.as_str().and_then(|plan| plan.parse::<PlanId>().ok()))
                .collect::<Option<_>>()
                .ok_or_else(|| invalid("excludedPlans"))?;
            Ok(Grant { sku, disabled })
        })
        .collect::<Result<Vec<Grant>, Refusal>>()?;
    let remove = list(&body, "licensesToRemove")
        .iter()
        .map(|sku| sku.as_str().and_then(|sku| sku.parse().ok()))
        .collect::<Option<Vec<SkuId>>>()
        .ok_or_else(|| invalid("licensesToRemove"))?;
    ledger.assign_licences(tenant, user, &add, &remove)?;
    let reply = json!({
        "licensesToAssign": list(&body, "licensesToAssign"),
        "licensesToRemove": remove,
        "licenseWarnings": [],
        "attributes": { "objectType": "LicenseUpdate" },
    });
    Ok(Reply::json(201, reply))
}

fn user_body(tenant: TenantId, user: &User) -> Value {
    let mut body = json!({
        "id": user.id,
        "userPrincipalName": user.upn,
        "displayName": user.upn.split('@').next().unwrap_or_default(),
        "userDomainType": "managed",
        "state": "active",
        "links": { "self": link(&format!("/customers/{tenant}/users/{}", user.id)) },
        "attributes": { "objectType": "CustomerUser" },
    });
    put(&mut body, "usageLocation", user.usage_location.clone());
    body
}

fn product_sku(sku: SkuId, ledger: &Ledger) -> Value {
    json!({
        "id": sku,
        "name": ledger.catalogue.title(sku),
        "skuPartNumber": ledger.catalogue.part_number(sku),
        "targetType": "User",
        "licenseGroupId": "group1",
    })
}

fn plans(sku: SkuId, ledger: &Ledger, status: &str) -> Vec<Value> {
    ledger
        .catalogue
        .plans(sku)
        .iter()
        .map(|plan| {
            json!({
                "displayName": plan.name,
                "serviceName": plan.name,
                "id": plan.id,
                "capabilityStatus": status,
                "targetType": "User",
            })
        })
        .collect()
}
