//! Subscriptions that this partner sold, on the wire (fact sheet 15).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, number, text};
use super::{activation, collection, link, places, put, renewals};
use crate::ids::{OrderId, SubscriptionId, TenantId};
use crate::ledger::calendar;
use crate::ledger::subscriptions::{Channel, State, Subscription};
use crate::ledger::{Ledger, Patch, Refusal};

pub(super) fn list(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let reseller = call.query("mpn_id");
    let order = call.query("order_id").map(|id| OrderId(id.to_lowercase()));
    let items = ledger
        .subscriptions(tenant)?
        .filter(|held| match (&order, &held.channel) {
            (None, _) => true,
            (Some(order), Channel::Bought(bought)) => bought.order == *order,
            (Some(_), Channel::Old(_)) => false,
        })
        .filter(|held| match (reseller, &held.channel) {
            (None, _) => true,
            (Some(id), Channel::Bought(bought)) => bought.extra.partner_id.as_deref() == Some(id),
            (Some(_), Channel::Old(_)) => false,
        })
        .map(|held| body(tenant, held, ledger))
        .collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscriptions"))))
}

pub(super) fn one(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let held = ledger.subscription(tenant, subscription_id(id)?)?;
    Ok(Reply::ok(body(tenant, held, ledger)))
}

pub(super) fn patch(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let wanted = call.json()?;
    let held = ledger.subscription(tenant, id)?;
    if ledger.rules().readings.if_match_wanted && call.header("if-match") != Some(held.etag().as_str()) {
        return Err(Refusal::IfMatch);
    }
    let patch = Patch {
        etag: field(&wanted, "attributes").and_then(|attributes| text(attributes, "etag")),
        status: text(&wanted, "status"),
        quantity: number(&wanted, "quantity"),
        auto_renew: field(&wanted, "autoRenewEnabled").and_then(Value::as_bool),
        friendly_name: text(&wanted, "friendlyName"),
        partner_id: text(&wanted, "partnerId"),
        billing_cycle: text(&wanted, "billingCycle"),
        next_term: renewals::next_term(&wanted)?,
        end_choice: renewals::end_choice(&wanted)?,
        transition: renewals::is_transition(&wanted),
        dated: renewals::dated(&wanted)?,
    };
    if ledger.patch_subscription(tenant, id, &patch)? {
        let place = format!("/customers/{tenant}/subscriptions/{id}");
        return Ok(Reply { location: Some(place), ..Reply::empty(202) });
    }
    Ok(Reply::ok(body(tenant, ledger.subscription(tenant, id)?, ledger)))
}

/// Add-ons of a subscription.
pub(super) fn addons(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    ledger.subscription(tenant, id)?;
    let of = |held: &&Subscription| match &held.channel {
        Channel::Bought(bought) => bought.extra.parent == Some(id),
        Channel::Old(_) => false,
    };
    let items = ledger.subscriptions(tenant)?.filter(of).map(|held| body(tenant, held, ledger)).collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscriptions/{id}/addons"))))
}

/// Who supports the customer: the partner.
pub(super) fn support_contact(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    ledger.subscription(tenant, id)?;
    let partner = &ledger.seed().partner;
    Ok(Reply::ok(json!({
        "supportTenantId": partner.tenant_id,
        "supportMpnId": partner.programme.mpn_id,
        "name": partner.name,
        "links": { "self": link(&format!("/customers/{tenant}/subscriptions/{id}/supportcontact")) },
        "attributes": { "objectType": "SupportContact" },
    })))
}

pub(super) fn provisioning(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let held = ledger.subscription(tenant, id)?;
    let now = ledger.now();
    let status = match &held.channel {
        Channel::Bought(bought) if now < bought.active_at => {
            return Err(Refusal::ProvisioningUnknown(id));
        }
        Channel::Bought(bought) if now < bought.provisioned_at && bought.extra.provisioning_fails => "failed",
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

pub(super) fn subscription_id(text: &str) -> Result<SubscriptionId, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidArgument(format!("{text} is not a subscription id")))
}

/// What may be done with it now: what is gone is not edited, and new commerce cancels in its window alone.
fn actions(held: &Subscription, now: Timestamp) -> Vec<&'static str> {
    let (live, legacy) =
        (matches!(held.state, State::Enabled | State::Suspended), matches!(held.channel, Channel::Old(_)));
    let cancels = held.cancellable_until(now).is_some() || legacy && held.state == State::Enabled;
    [live.then_some("edit"), cancels.then_some("cancel")].into_iter().flatten().collect()
}

fn body(tenant: TenantId, held: &Subscription, ledger: &Ledger) -> Value {
    let now = ledger.now();
    let country = ledger.reseller(tenant).map_or("", |customer| customer.country.as_str());
    let has_addons = ledger.catalogue.offers().any(|offer| offer.addon_of.contains(&held.sku));
    let mut body = json!({
        "id": held.id,
        "entitlementId": uuid::Uuid::new_v5(&held.id.0, b"entitlement"),
        "offerName": held.name,
        "quantity": held.seats,
        "unitType": "Licenses",
        "hasPurchasableAddons": has_addons,
        "creationDate": held.created.to_string(),
        "effectiveStartDate": held.term_start.to_string(),
        "status": held.commerce_status(now),
        "autoRenewEnabled": held.auto_renew,
        "isTrial": held.is_trial(),
        "billingType": "license",
        "billingCycle": held.billing.word(),
        "termDuration": held.term.word(),
        "renewalTermDuration": "",
        "actions": actions(held, now),
        "attentionNeeded": false,
        "actionTaken": false,
        "partnerId": "",
        "isMicrosoftProduct": true,
        "contractType": ledger.rules().readings.contract_type,
        "publisherName": "Microsoft Corporation",
        "links": { "self": link(&format!("/customers/{tenant}/subscriptions/{}", held.id)) },
        "attributes": { "etag": held.etag(), "objectType": "Subscription" },
    });
    put(&mut body, "friendlyName", held.friendly_name.clone());
    if let Some(publisher) = ledger.catalogue.offer(held.sku).and_then(|offer| offer.publisher.as_deref()) {
        body["isMicrosoftProduct"] = false.into();
        body["publisherName"] = publisher.into();
    }
    if let Some(place) = activation::place(tenant, held, ledger) {
        body["links"]["activationLinks"] = place;
    }
    match &held.channel {
        Channel::Bought(bought) => {
            body["offerId"] = bought.item.clone().into();
            places::put(&mut body, &bought.item, country);
            if let Some(parent) = bought.extra.parent {
                body["parentSubscriptionId"] = parent.to_string().into();
                body["links"]["parentSubscription"] = link(&format!("/customers/{tenant}/subscriptions/{parent}"));
            }
            if let Some(source) = bought.extra.migrated_from {
                body["migratedFromSubscriptionId"] = source.to_string().into();
            }
            put(&mut body, "partnerId", bought.extra.partner_id.clone());
            put(&mut body, "promotionId", bought.extra.promotion.clone());
            renewals::write(&mut body, held, &bought.extra.renewal, ledger);
            body["orderId"] = bought.order.0.clone().into();
            body["productType"] = json!({ "id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE" });
            // Inclusive: the last day of service (rule R61).
            body["commitmentEndDate"] = format!("{}T00:00:00Z", held.last_day()).into();
            body["commitmentEndDateTime"] = format!("{}T23:59:59Z", held.last_day()).into();
            let billed = held.billed_until(calendar::day(now));
            body["billingCycleEndDate"] = format!("{billed}T00:00:00Z").into();
            body["billingCycleEndDateTime"] = format!("{billed}T23:59:59Z").into();
            let until = held.cancellable_until(now);
            put(&mut body, "cancellationAllowedUntilDate", until.map(|until| until.to_string()));
            let open: Vec<_> = bought.returnable.iter().filter(|(_, until)| now < *until).collect();
            if until.is_some() {
                let options = [("Full", calendar::days(held.term_start, 1)), ("Partial", bought.cancellable_until)];
                let left = options.into_iter().filter(|(_, expires)| now < *expires);
                let left = left.map(|(kind, expires)| json!({ "type": kind, "expiresAt": expires.to_string() }));
                body["refundOptions"] = left.collect();
            }
            // Nothing can be given back of what is suspended (fact sheet 15.2).
            if !open.is_empty() && held.state == State::Enabled {
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
            body["offerId"] = held.legacy_offer().into();
            places::put(&mut body, &held.legacy_offer(), country);
            body["productType"] = json!({ "id": "OnlineServices", "displayName": "OnlineServices" });
            body["commitmentEndDate"] = held.ends.to_string().into();
        }
    }
    body
}
