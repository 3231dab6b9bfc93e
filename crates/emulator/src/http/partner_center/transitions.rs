//! Transitions of new-commerce subscriptions on the wire (fact sheet 15.9).

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply, number, text};
use super::collection;
use super::subscriptions::subscription_id;
use crate::ids::TenantId;
use crate::ledger::transitions::{Transition, TransitionWish};
use crate::ledger::{Ledger, Refusal};
use crate::seed::{Billing, Term};

pub(super) fn eligibilities(call: &Call, tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let held = ledger.subscription(tenant, id)?;
    let kind = call.query("eligibilityType").unwrap_or("immediate").to_ascii_lowercase();
    if !["immediate", "scheduled"].contains(&kind.as_str()) {
        return Err(Refusal::InvalidArgument("eligibilityType".to_owned()));
    }
    let now = ledger.now();
    let active = held.commerce_status(now) == "active";
    let settled = !held.is_being_renewed(now);
    let errors = match (active, settled) {
        (true, true) => json!([]),
        (true, false) => json!([{ "code": 4, "description": "The renewal of the subscription is under way." }]),
        (false, _) => json!([{ "code": 2, "description": "The subscription is not active." }]),
    };
    let one = |kind: &str| json!({ "isEligible": active && settled, "transitionType": kind, "errors": errors });
    let items = ledger
        .transition_targets(held)
        .into_iter()
        .map(|offer| {
            json!({
                "operationId": Uuid::new_v5(&id.0, format!("eligible {}", offer.item(now)).as_bytes()),
                "catalogItemId": offer.item(now),
                "title": offer.title,
                "description": offer.title,
                "quantity": held.seats,
                "eligibilities": [one("transition_only"), one("transition_with_license_transfer")],
            })
        })
        .collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscriptions/{id}/transitionEligibilities"))))
}

pub(super) fn create(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let (id, wanted) = (subscription_id(id)?, call.json()?);
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let kind = text(&wanted, "transitionType").unwrap_or_default().to_ascii_lowercase();
    let with_licences = match kind.as_str() {
        "transition_only" => false,
        "transition_with_license_transfer" => true,
        _ => return Err(invalid("transitionType")),
    };
    let wish = TransitionWish {
        to_item: text(&wanted, "toCatalogItemId").ok_or_else(|| invalid("toCatalogItemId"))?,
        to_subscription: text(&wanted, "toSubscriptionId").and_then(|id| id.parse().ok()),
        quantity: number(&wanted, "quantity").ok_or_else(|| invalid("quantity"))?,
        term: text(&wanted, "termDuration").and_then(|term| Term::parse(&term)),
        billing: text(&wanted, "billingCycle").and_then(|cycle| Billing::parse(&cycle)),
        with_licences,
    };
    let operation = ledger.transition(tenant, id, &wish)?;
    let made = ledger.reseller(tenant)?.transitions.iter().find(|made| made.id == operation).map(body);
    Ok(Reply::json(200, made.unwrap_or(Value::Null)))
}

pub(super) fn list(call: &Call, tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let operation: Option<Uuid> = match call.query("operationId") {
        Some(text) => Some(text.parse().map_err(|_| Refusal::InvalidArgument("operationId".to_owned()))?),
        None => None,
    };
    let made = ledger.reseller(tenant)?.transitions.iter();
    let found = made.filter(|made| made.from == id && operation.is_none_or(|operation| made.id == operation));
    // Under a name of its own, with Pascal case inside (fact sheet 4.3).
    Ok(Reply::ok(json!({ "transition": found.map(body).collect::<Vec<_>>() })))
}

fn body(made: &Transition) -> Value {
    let event = |name: &str| json!({ "name": name, "status": "Completed", "timestamp": made.at.to_string() });
    let mut events = vec![event("Conversion")];
    if made.with_licences {
        events.push(event("SeatReassignment"));
    }
    json!({
        "operationId": made.id,
        "FromCatalogItemId": made.from_item,
        "FromSubscriptionId": made.from,
        "ToCatalogItemId": made.to_item,
        "ToSubscriptionId": made.to,
        "quantity": made.quantity,
        "transitionType": if made.with_licences { "transition_with_license_transfer" } else { "transition_only" },
        "Events": events,
    })
}
