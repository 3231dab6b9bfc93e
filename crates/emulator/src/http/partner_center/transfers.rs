//! Transfers between partners on the wire (fact sheet 18).

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply, list, text};
use super::link;
use super::put;
use crate::ids::TenantId;
use crate::ledger::subscriptions::Channel;
use crate::ledger::transfers::{Transfer, TransferLine};
use crate::ledger::{Ledger, Refusal, TransferRefusal, TransferWish};

pub(super) fn create(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let wanted = call.json()?;
    let missing = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let source_partner = text(&wanted, "sourcePartnerTenantId")
        .and_then(|id| id.parse().ok())
        .ok_or(TransferRefusal::NoSource("sourcePartnerTenantId"))?;
    let wish = TransferWish {
        source_partner,
        source_name: text(&wanted, "sourcePartnerName").ok_or(TransferRefusal::NoSource("sourcePartnerName"))?,
        customer_email: text(&wanted, "customerEmailId").ok_or_else(|| missing("customerEmailId"))?,
        customer_name: text(&wanted, "customerName"),
        target_email: text(&wanted, "targetPartnerEmailId"),
        product_types: list(&wanted, "targetProductTypes")
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        partner_on_record: text(&wanted, "partnerOnRecord"),
    };
    let id = ledger.ask_transfer(tenant, wish)?;
    Ok(Reply::json(201, body(ledger.transfer(tenant, id)?, ledger)))
}

/// The one change that the new owner may make: to withdraw.
pub(super) fn patch(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let (id, wanted) = (parsed(id)?, call.json()?);
    if !text(&wanted, "status").is_some_and(|word| word.eq_ignore_ascii_case("cancel")) {
        return Err(TransferRefusal::WrongState.into());
    }
    ledger.cancel_transfer(tenant, id)?;
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
    let mut body = json!({
        "id": transfer.id,
        "status": transfer.state.word(),
        "sourcePartnerTenantId": wish.source_partner,
        "sourcePartnerName": wish.source_name,
        "customerEmailId": wish.customer_email,
        "customerTenantId": transfer.tenant,
        "targetPartnerTenantId": partner.tenant_id,
        // All in lower case (fact sheet 18.1).
        "partnertenantid": partner.tenant_id,
        "targetProductTypes": wish.product_types,
        "transferType": 3,
        "transferDirection": 2,
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
        let line = |(nth, line): (usize, &TransferLine)| {
            json!({
                "id": nth,
                "subscriptionId": line.subscription,
                "billingCycle": line.billing,
                "quantity": line.quantity,
                "productType": 4,
                "status": if line.moved { "Complete" } else { "Failed" },
            })
        };
        body["lineItems"] = transfer.lines.iter().enumerate().map(line).collect();
    }
    body
}
