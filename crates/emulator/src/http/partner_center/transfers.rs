//! Transfers between partners on the wire (fact sheet 18).

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply, list, text};
use super::orders::order_body;
use super::{link, put};
use crate::ids::{SubscriptionId, TenantId};
use crate::ledger::subscriptions::Channel;
use crate::ledger::transfers::{Transfer, TransferLine, TransferState, Way};
use crate::ledger::{AcceptWord, Ledger, Refusal, TransferRefusal, TransferWish};

/// Asks for subscriptions of new commerce, or offers those of the old generation that it names.
pub(super) fn create(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let wanted = call.json()?;
    let id = match list(&wanted, "lineItems") {
        [] => {
            let source_partner = text(&wanted, "sourcePartnerTenantId")
                .and_then(|id| id.parse().ok())
                .ok_or(TransferRefusal::NoSource("sourcePartnerTenantId"))?;
            ledger.ask_transfer(tenant, wish(&wanted, source_partner)?)?
        }
        lines => {
            let target = text(&wanted, "targetPartnerTenantId").and_then(|id| id.parse().ok());
            let target = target.ok_or_else(|| Refusal::InvalidProperty("targetPartnerTenantId".to_owned()))?;
            let source = ledger.seed().partner.tenant_id;
            let lines = lines.iter().map(offered).collect::<Result<_, _>>()?;
            ledger.hand_over(tenant, target, wish(&wanted, source)?, lines)?
        }
    };
    Ok(Reply::json(201, body(ledger.transfer(tenant, id)?, ledger)))
}

/// A line of an offer: the subscription, and the reseller that is to stand on it.
fn offered(line: &Value) -> Result<(SubscriptionId, Option<String>), Refusal> {
    let id = text(line, "subscriptionId").and_then(|id| id.parse().ok());
    Ok((id.ok_or(TransferRefusal::InvalidSubscription)?, text(line, "partnerIdOnRecord")))
}

fn wish(wanted: &Value, source_partner: TenantId) -> Result<TransferWish, Refusal> {
    let missing = |name: &str| Refusal::InvalidProperty(name.to_owned());
    Ok(TransferWish {
        source_partner,
        source_name: text(wanted, "sourcePartnerName").ok_or(TransferRefusal::NoSource("sourcePartnerName"))?,
        customer_email: text(wanted, "customerEmailId").ok_or_else(|| missing("customerEmailId"))?,
        customer_name: text(wanted, "customerName"),
        target_email: text(wanted, "targetPartnerEmailId"),
        product_types: list(wanted, "targetProductTypes").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        partner_on_record: text(wanted, "partnerOnRecord"),
    })
}

/// Takes over what another partner offers: the orders that came of it, and what could not be moved.
pub(super) fn accept(tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = parsed(id)?;
    ledger.accept_transfer(tenant, id)?;
    let (customer, now) = (ledger.reseller(tenant)?, ledger.now());
    let orders: Vec<Value> = ledger
        .orders_of_transfer(tenant, id)?
        .iter()
        .filter_map(|id| customer.orders.get(id))
        .map(|order| order_body(customer, order, now, false))
        .collect();
    let transfer = ledger.transfer(tenant, id)?;
    let failed = transfer.lines.iter().enumerate().filter(|(_, line)| !line.moved);
    let errors: Vec<Value> = failed
        .map(|(nth, line)| {
            json!({
                "transferGroupId": nth.to_string(),
                "code": 800_078,
                "description": "The subscription cannot be transferred any more.",
                "lineItems": [line_item(nth, line, transfer)],
            })
        })
        .collect();
    Ok(Reply::ok(json!({
        "orders": orders,
        "transferErrors": errors,
        "attributes": { "objectType": "TransferAcceptResult" },
    })))
}

/// Turns down what another partner offers.
pub(super) fn reject(tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = parsed(id)?;
    ledger.reject_transfer(tenant, id)?;
    Ok(Reply::ok(body(ledger.transfer(tenant, id)?, ledger)))
}

/// Takes back an offer of ours.
pub(super) fn withdraw(tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    ledger.withdraw_offer(tenant, parsed(id)?)?;
    Ok(Reply::empty(204))
}

/// What the new owner may change is to withdraw; whoever is asked may give up subscriptions that it names.
pub(super) fn patch(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let (id, wanted) = (parsed(id)?, call.json()?);
    let word = text(&wanted, "status").unwrap_or_default().to_ascii_lowercase();
    if word == "cancel" {
        ledger.cancel_transfer(tenant, id)?;
    } else {
        let gives_up = match ledger.rules().readings.transfer_accept_word {
            AcceptWord::Accept => word == "accept",
            AcceptWord::InProgress => word == "inprogress",
            AcceptWord::Any => !word.is_empty(),
        };
        if !gives_up {
            return Err(Refusal::InvalidProperty("status".to_owned()));
        }
        let named = list(&wanted, "lineItems").iter().map(|line| offered(line).map(|(id, _)| id));
        ledger.give_up(tenant, id, &named.collect::<Result<Vec<_>, _>>()?)?;
    }
    Ok(Reply::ok(body(ledger.transfer(tenant, id)?, ledger)))
}

pub(super) fn one(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(body(ledger.transfer(tenant, parsed(id)?)?, ledger)))
}

pub(super) fn all(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    // A bare array (fact sheet 4.2).
    Ok(Reply::ok(ledger.transfers(tenant)?.into_iter().map(|transfer| body(transfer, ledger)).collect()))
}

/// Which of our own subscriptions could be given to an indirect provider.
pub(super) fn eligibility(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    if !call.query("transferType").is_some_and(|kind| kind.eq_ignore_ascii_case("directtoindirect")) {
        return Err(Refusal::InvalidArgument("transferType".to_owned()));
    }
    let now = ledger.now();
    let items: Vec<Value> = ledger
        .subscriptions(tenant)?
        .map(|held| {
            let reason = if ledger.is_provider() {
                Some("The partner is no direct partner.")
            } else if !matches!(held.channel, Channel::Bought(_)) {
                Some("The subscription is not in new commerce.")
            } else if held.commerce_status(now) != "active" {
                Some("The subscription is not active.")
            } else {
                None
            };
            let mut item = json!({ "id": held.id, "isEligible": reason.is_none() });
            put(&mut item, "reason", reason.map(str::to_owned));
            item
        })
        .collect();
    Ok(Reply::ok(Value::Array(items)))
}

fn parsed(id: &str) -> Result<Uuid, Refusal> {
    id.parse().map_err(|_| Refusal::InvalidArgument(format!("{id} is not a transfer id")))
}

fn body(transfer: &Transfer, ledger: &Ledger) -> Value {
    let (wish, partner) = (&transfer.wish, &ledger.seed().partner);
    let legacy = matches!(transfer.way, Way::Offered | Way::OfferedByUs);
    let mut body = json!({
        "id": transfer.id,
        "status": transfer.word(ledger.now(), &ledger.rules().readings),
        "sourcePartnerTenantId": wish.source_partner,
        "sourcePartnerName": wish.source_name,
        "customerEmailId": wish.customer_email,
        "customerTenantId": transfer.tenant,
        "targetPartnerTenantId": transfer.target,
        // All in lower case (fact sheet 18.1).
        "partnertenantid": partner.tenant_id,
        "targetProductTypes": wish.product_types,
        "transferType": if legacy { 1 } else { 3 },
        "transferDirection": if transfer.target == partner.tenant_id { 2 } else { 1 },
        "ignoreEligibilityCheck": false,
        "createdTime": transfer.created.to_string(),
        "lastModifiedTime": transfer.modified.to_string(),
        "expirationTime": transfer.expires().to_string(),
        "lastModifiedUser": Uuid::new_v5(&partner.tenant_id.0, b"user"),
        "links": { "self": link(&format!("/customers/{}/transfers/{}", transfer.tenant, transfer.id)) },
        "attributes": { "objectType": "TransferEntity" },
    });
    put(&mut body, "customerName", wish.customer_name.clone());
    put(&mut body, "targetPartnerEmailId", wish.target_email.clone());
    put(&mut body, "partnerOnRecord", wish.partner_on_record.clone());
    if !transfer.lines.is_empty() {
        let lines = transfer.lines.iter().enumerate();
        body["lineItems"] = lines.map(|(nth, line)| line_item(nth, line, transfer)).collect();
    }
    body
}

fn line_item(nth: usize, line: &TransferLine, transfer: &Transfer) -> Value {
    let mut item = json!({
        "id": nth,
        "subscriptionId": line.subscription,
        "billingCycle": line.billing,
        "quantity": line.quantity,
    });
    match transfer.state {
        TransferState::Pending | TransferState::Active | TransferState::Rejected | TransferState::Cancelled => {}
        TransferState::InProgress => item["status"] = "InProgress".into(),
        TransferState::Complete | TransferState::PartiallyComplete | TransferState::Failed => {
            item["status"] = if line.moved { "Complete" } else { "Failed" }.into();
        }
    }
    match &line.offer {
        None => item["productType"] = 4.into(),
        Some(offer) => {
            item["offerId"] = offer.clone().into();
            item["transferGroupId"] = nth.to_string().into();
            item["addonItems"] = json!([]);
        }
    }
    put(&mut item, "orderId", line.order.as_ref().map(ToString::to_string));
    put(&mut item, "friendlyName", line.friendly_name.clone());
    put(&mut item, "partnerIdOnRecord", line.partner_on_record.clone());
    item
}
