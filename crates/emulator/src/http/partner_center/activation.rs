//! Links by which a customer activates another publisher's product (fact sheet 14). Microsoft's own have none.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::Reply;
use super::subscriptions::subscription_id;
use super::{collection, link};
use crate::ids::{OrderId, TenantId};
use crate::ledger::orders::OrderLine;
use crate::ledger::subscriptions::Subscription;
use crate::ledger::{Ledger, Refusal};

/// Links of one line of an order.
pub(super) fn of_line(tenant: TenantId, order: &str, line: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let number: Option<u32> = line.parse().ok();
    let found = ledger.order(tenant, &OrderId(order.to_owned()))?;
    let line = found.lines.iter().find(|line| Some(line.number) == number).ok_or(Refusal::TooManyLines)?;
    let held = ledger.subscription(tenant, line.subscription).ok();
    let uri = format!("/customers/{tenant}/orders/{order}/lineitems/{}/activationlinks", line.number);
    Ok(Reply::ok(collection(held.map_or_else(Vec::new, |held| links(held, line.number, ledger)), &uri)))
}

/// Links of all lines of an order.
pub(super) fn of_order(tenant: TenantId, order: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let found = ledger.order(tenant, &OrderId(order.to_owned()))?;
    let of_line = |line: &OrderLine| {
        let held = ledger.subscription(tenant, line.subscription).ok();
        held.map_or_else(Vec::new, |held| links(held, line.number, ledger))
    };
    let items = found.lines.iter().flat_map(of_line).collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/orders/{order}/activationlinks"))))
}

/// Links of a subscription.
pub(super) fn of_subscription(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let held = ledger.subscription(tenant, subscription_id(id)?)?;
    let number = ledger.orders(tenant)?.flat_map(|order| &order.lines).find(|line| line.subscription == held.id);
    let number = number.map_or(0, |line| line.number);
    let uri = format!("/customers/{tenant}/subscriptions/{id}/activationlinks");
    Ok(Reply::ok(collection(links(held, number, ledger), &uri)))
}

/// There is one, as soon as the subscription is there to be activated.
fn links(held: &Subscription, number: u32, ledger: &Ledger) -> Vec<Value> {
    let foreign = ledger.catalogue.offer(held.sku).is_some_and(|offer| offer.publisher.is_some());
    if !foreign || held.commerce_status(ledger.now()) == "pending" {
        return Vec::new();
    }
    let token = Uuid::new_v5(&held.id.0, b"activation");
    let place =
        json!({ "uri": format!("https://publisher.example/activate?token={token}"), "method": "GET", "headers": [] });
    vec![
        json!({ "lineItemNumber": number, "link": place, "attributes": { "objectType": "OrderLineItemActivationLink" } }),
    ]
}

/// Where a subscription's links are, where it has any.
pub(super) fn place(tenant: TenantId, held: &Subscription, ledger: &Ledger) -> Option<Value> {
    let links = links(held, 0, ledger);
    (!links.is_empty()).then(|| link(&format!("/customers/{tenant}/subscriptions/{}/activationlinks", held.id)))
}
