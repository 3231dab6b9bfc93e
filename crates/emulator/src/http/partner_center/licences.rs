//! Users and licences in Partner Center's own words (fact sheet 16).

use serde_json::{Value, json};

use super::super::call::{Call, Reply, list, text};
use super::commerce::put;
use super::{collection, link};
use crate::ids::{PlanId, SkuId, TenantId, UserId};
use crate::ledger::licences::User;
use crate::ledger::{Grant, Ledger, Refusal};

/// Users on a page, unless asked for fewer.
const PAGE: usize = 500;

pub(super) fn skus(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let pools = ledger.administered(tenant)?.pools();
    let items = pools
        .iter()
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
    let size =
        call.query("size").and_then(|size| size.parse().ok()).filter(|size| (1..=PAGE).contains(size)).unwrap_or(PAGE);
    let bad = || Refusal::InvalidArgument("the continuation token is not valid".to_owned());
    let after: Option<UserId> = match call.header("ms-continuationtoken") {
        Some(token) => {
            let id = token.strip_prefix("EMU").and_then(|id| id.parse().ok());
            Some(id.ok_or_else(bad)?)
        }
        None => None,
    };
    let users = &ledger.administered(tenant)?.users;
    let mut left = users.values().filter(|user| after.is_none_or(|after| user.id > after)).peekable();
    let page: Vec<&User> = left.by_ref().take(size).collect();
    let uri = format!("/customers/{tenant}/users?size={size}");
    let mut body = collection(page.iter().map(|user| user_body(tenant, user)).collect(), &uri);
    if let (Some(_), Some(last)) = (left.peek(), page.last()) {
        let token = format!("EMU{}", last.id.0.simple());
        body["links"]["next"] = json!({
            "uri": format!("{uri}&seekOperation=Next"),
            "method": "GET",
            "headers": [{ "key": "MS-ContinuationToken", "value": token }],
        });
        body["continuationToken"] = token.into();
    }
    Ok(Reply::ok(body))
}

pub(super) fn user(tenant: TenantId, user: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(user_body(tenant, ledger.user(tenant, user)?)))
}

pub(super) fn of_user(tenant: TenantId, user: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let user = ledger.user(tenant, user)?;
    let items = user
        .licences
        .keys()
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
