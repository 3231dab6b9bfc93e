//! Subscriptions that this partner sold, on the wire (fact sheet 15).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, number, text};
use super::commerce::put;
use super::{collection, link};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::ledger::calendar;
use crate::ledger::subscriptions::{Channel, Subscription};
use crate::ledger::{Ledger, Patch, Refusal};

pub(super) fn list(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let order = call.query("order_id").map(|id| OrderId(id.to_lowercase()));
    let items = ledger
        .subscriptions(tenant)?
        .filter(|held| match (&order, &held.channel) {
            (None, _) => true,
            (Some(order), Channel::Bought(bought)) => bought.order == *order,
            (Some(_), Channel::Old(_)) => false,
        })
        .map(|held| body(tenant, held, ledger.now()))
        .collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscriptions"))))
}

pub(super) fn one(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let held = ledger.subscription(tenant, subscription_id(id)?)?;
    Ok(Reply::ok(body(tenant, held, ledger.now())))
}

pub(super) fn patch(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let wanted = call.json()?;
    let patch = Patch {
        etag: field(&wanted, "attributes").and_then(|attributes| text(attributes, "etag")),
        status: text(&wanted, "status"),
        quantity: number(&wanted, "quantity"),
        auto_renew: field(&wanted, "autoRenewEnabled").and_then(Value::as_bool),
        friendly_name: text(&wanted, "friendlyName"),
    };
    ledger.patch_subscription(tenant, id, &patch)?;
    Ok(Reply::ok(body(tenant, ledger.subscription(tenant, id)?, ledger.now())))
}

pub(super) fn provisioning(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let held = ledger.subscription(tenant, id)?;
    let now = ledger.now();
    let status = match &held.channel {
        Channel::Bought(bought) if now < bought.active_at => {
            return Err(Refusal::ProvisioningUnknown(id));
        }
        Channel::Bought(bought) if now < bought.provisioned_at => "pending",
        Channel::Bought(_) if held.units < held.seats && held.units > 0 => "pending",
        Channel::Bought(_) | Channel::Old(_) => "success",
    };
    Ok(Reply::ok(json!({
        // In upper case here, unlike everywhere else (fact sheet 15.8).
        "skuId": held.sku.to_string().to_uppercase(),
        "status": status,
        "quantity": held.seats,
        "endDate": format!("{}T00:00:00Z", held.last_day()),
        "attributes": { "objectType": "SubscriptionProvisioningStatus" },
    })))
}

fn subscription_id(text: &str) -> Result<SubscriptionId, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidArgument(format!("{text} is not a subscription id")))
}

fn body(tenant: TenantId, held: &Subscription, now: Timestamp) -> Value {
    let mut body = json!({
        "id": held.id,
        "offerName": held.name,
        "quantity": held.seats,
        "unitType": "Licenses",
        "hasPurchasableAddons": false,
        "creationDate": held.created.to_string(),
        "effectiveStartDate": held.term_start.to_string(),
        "status": held.commerce_status(now),
        "autoRenewEnabled": held.auto_renew,
        "isTrial": false,
        "billingType": "license",
        "billingCycle": held.billing.word(),
        "termDuration": held.term.word(),
        "renewalTermDuration": "",
        "isMicrosoftProduct": true,
        "contractType": "subscription",
        "publisherName": "Microsoft Corporation",
        "links": { "self": link(&format!("/customers/{tenant}/subscriptions/{}", held.id)) },
        "attributes": { "etag": held.etag(), "objectType": "Subscription" },
    });
    put(&mut body, "friendlyName", held.friendly_name.clone());
    match &held.channel {
        Channel::Bought(bought) => {
            body["offerId"] = bought.item.clone().into();
            body["orderId"] = bought.order.0.clone().into();
            body["productType"] = json!({ "id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE" });
            // Inclusive: the last day of service (rule R61).
            body["commitmentEndDate"] = format!("{}T00:00:00Z", held.last_day()).into();
            body["commitmentEndDateTime"] = format!("{}T23:59:59Z", held.last_day()).into();
            let until = held.cancellable_until(now);
            put(&mut body, "cancellationAllowedUntilDate", until.map(|until| until.to_string()));
            let open: Vec<_> = bought.returnable.iter().filter(|(_, until)| now < *until).collect();
            if until.is_some() {
                body["refundOptions"] = json!([
                    { "type": "Full", "expiresAt": calendar::days(held.term_start, 1).to_string() },
                    { "type": "Partial", "expiresAt": bought.cancellable_until.to_string() },
                ]);
            }
            if !open.is_empty() {
                let total: u32 = open.iter().map(|(seats, _)| seats).sum();
                let details: Vec<Value> = open
                    .iter()
                    .map(|(seats, until)| json!({ "quantity": seats, "allowedUntilDateTime": until.to_string() }))
                    .collect();
                body["refundableQuantity"] = json!({ "totalQuantity": total, "details": details });
            }
        }
        Channel::Old(_) => {
            // Legacy: a bare GUID as offer, and an exclusive end.
            body["offerId"] = held.sku.to_string().to_uppercase().into();
            body["productType"] = json!({ "id": "OnlineServices", "displayName": "OnlineServices" });
            body["commitmentEndDate"] = held.ends.to_string().into();
        }
    }
    body
}
