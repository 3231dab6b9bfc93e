//! Orders on the wire: reading them, and ordering without a cart (fact sheet 14).

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::call::{Call, Reply, list, number, text};
use super::commerce::{chosen_end, missing};
use super::{collection, link, places, put};
use crate::ids::{OrderId, TenantId};
use crate::ledger::orders::{Order, OrderLine};
use crate::ledger::tenant::Tenant;
use crate::ledger::{CancelledLine, Ledger, Parent, Refusal, Wish, calendar};
use crate::regions;
use crate::seed::Billing;

pub(super) fn orders(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let customer = ledger.reseller(tenant)?;
    let priced = with_price(call);
    let billing = match call.query("billingType") {
        None => None,
        Some(word) => Some(Billing::parse(word).ok_or_else(|| Refusal::InvalidArgument("billingType".to_owned()))?),
    };
    let billed = |order: &&Order| billing.is_none_or(|billing| order.billing == billing);
    let mut shown: Vec<&Order> = ledger.orders(tenant)?.filter(billed).collect();
    shown.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    let items = shown.into_iter().map(|order| order_body(customer, order, ledger.now(), priced)).collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/orders"))))
}

pub(super) fn order(call: &Call, tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let order = ledger.order(tenant, &OrderId(id.to_owned()))?;
    let customer = ledger.reseller(tenant)?;
    Ok(Reply::ok(order_body(customer, order, ledger.now(), with_price(call))))
}

pub(super) fn order_provisioning(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let order = ledger.order(tenant, &OrderId(id.to_owned()))?;
    let customer = ledger.reseller(tenant)?;
    let (now, cancelled) = (ledger.now(), ledger.rules().readings.cancelled_line);
    let items = order
        .lines
        .iter()
        .map(|line| {
            let held = customer.subscriptions.get(&line.subscription);
            let done = held.is_some_and(|held| held.commerce_status(now) != "pending");
            let status = match (order.cancelled, cancelled) {
                (true, CancelledLine::Cancelled) => "cancelled",
                (true, CancelledLine::Unfulfilled) => "unfulfilled",
                (false, _) if done => "fulfilled",
                (false, _) => "prefulfillmentPending",
            };
            json!({
                "lineItemNumber": line.number,
                "orderLineItemId": line.number,
                "status": status,
                "quantityProvisioningInformation": [{ "quantity": line.quantity, "status": status }],
            })
        })
        .collect();
    let uri = format!("/customers/{tenant}/orders/{id}/provisioningstatus");
    Ok(Reply::ok(collection(items, &uri)))
}

fn with_price(call: &Call) -> bool {
    call.query("include_price").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Orders without a cart. Offers of the old catalogue are withdrawn.
pub(super) fn create(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let lines = list(&body, "lineItems");
    if lines.is_empty() {
        return Err(missing("lineItems"));
    }
    let cycle = text(&body, "billingCycle").unwrap_or_default();
    let currency = text(&body, "currencyCode");
    let wishes = lines.iter().map(|line| wish(line, &cycle, currency.as_deref())).collect::<Result<_, _>>()?;
    let id = ledger.order_directly(tenant, wishes)?;
    let (customer, now) = (ledger.reseller(tenant)?, ledger.now());
    let order = customer.orders.get(&id).ok_or(Refusal::OrderNotFound(id))?;
    Ok(Reply::json(201, order_body(customer, order, now, false)))
}

fn wish(line: &Value, cycle: &str, currency: Option<&str>) -> Result<Wish, Refusal> {
    let offer = text(line, "offerId").ok_or_else(|| missing("offerId"))?;
    if !offer.contains(':') {
        return Err(Refusal::OfferWithdrawn(offer));
    }
    let parent = text(line, "parentSubscriptionId")
        .map(|id| id.parse().map(Parent::Subscription).map_err(|_| missing("parentSubscriptionId")))
        .transpose()?;
    Ok(Wish {
        id: number(line, "lineItemNumber").unwrap_or(0),
        catalog_item: offer,
        quantity: number(line, "quantity").ok_or_else(|| missing("quantity"))?,
        billing_cycle: cycle.to_owned(),
        term: text(line, "termDuration").unwrap_or_default(),
        friendly_name: text(line, "friendlyName"),
        currency: currency.map(str::to_owned),
        custom_term_end: chosen_end(line)?,
        promotion: text(line, "promotionId"),
        reseller: text(line, "partnerIdOnRecord"),
        more_resellers: list(line, "additionalPartnerIdsOnRecord")
            .iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect(),
        parent,
    })
}

/// Takes an order back. Nothing else about an order can be changed here: what sold add-ons and changed billing this way
/// was the old catalogue.
pub(super) fn patch(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = OrderId(id.to_owned());
    ledger.order(tenant, &id)?;
    match text(&call.json()?, "status") {
        Some(status) if status.eq_ignore_ascii_case("cancelled") => ledger.cancel_order(tenant, &id)?,
        _ => return Err(Refusal::OfferWithdrawn(id.0)),
    }
    let (customer, now) = (ledger.reseller(tenant)?, ledger.now());
    Ok(Reply::ok(order_body(customer, ledger.order(tenant, &id)?, now, false)))
}

pub(super) fn order_body(customer: &Tenant, order: &Order, now: Timestamp, priced: bool) -> Value {
    let tenant = customer.id;
    let lines: Vec<Value> = order.lines.iter().map(|line| order_line(customer, order, line, now, priced)).collect();
    let uri = format!("/customers/{tenant}/orders/{}", order.id);
    let mut body = json!({
        "id": order.id,
        "alternateId": order.id,
        "referenceCustomerId": tenant,
        "billingCycle": order.billing.word(),
        "currencyCode": order.currency,
        "currencySymbol": regions::symbol(order.currency),
        "lineItems": lines,
        "creationDate": order.created.to_string(),
        "status": status(customer, order, now),
        "transactionType": if order.by_system { "SystemPurchase" } else { "UserPurchase" },
        "links": {
            "self": link(&uri),
            "provisioningStatus": link(&format!("{uri}/provisioningstatus")),
            "patchOperation": { "uri": uri, "method": "PATCH", "headers": [] },
        },
        "attributes": { "objectType": "Order", "etag": order.id },
    });
    if priced {
        let total: Decimal =
            order.lines.iter().map(|line| first_term(order, line) * Decimal::from(line.quantity)).sum();
        body["totalPrice"] = amount(total);
    }
    body
}

fn status(customer: &Tenant, order: &Order, now: Timestamp) -> &'static str {
    match order.is_complete(customer, now) {
        _ if order.cancelled => "cancelled",
        true => "completed",
        false => "pending",
    }
}

/// What one seat costs for the first term, by the day where that ends early.
fn first_term(order: &Order, line: &OrderLine) -> Decimal {
    line.first_term(calendar::day(order.created))
}

fn order_line(customer: &Tenant, order: &Order, line: &OrderLine, now: Timestamp, priced: bool) -> Value {
    let tenant = customer.id;
    let mut body = json!({
        "lineItemNumber": line.number,
        "offerId": line.item,
        "termDuration": line.term.word(),
        "transactionType": line.transaction.word(),
        "quantity": line.quantity,
        "links": {
            "provisioningStatus": link(&format!("/customers/{tenant}/orders/{}/provisioningstatus", order.id)),
        },
    });
    places::put(&mut body, &line.item, &customer.country);
    put(&mut body, "friendlyName", line.friendly_name.clone());
    let extra = &line.extra;
    put(&mut body, "promotionId", extra.promotion.as_ref().map(|promoted| promoted.id.clone()));
    put(&mut body, "partnerIdOnRecord", extra.reseller.clone());
    put(&mut body, "parentSubscriptionId", extra.parent.map(|id| id.to_string()));
    if !extra.more_resellers.is_empty() {
        body["additionalPartnerIdsOnRecord"] = extra.more_resellers.clone().into();
    }
    put(&mut body, "customTermEndDate", line.custom_term_end.map(|day| format!("{day}T00:00:00Z")));
    if line.named_at <= now {
        let id = line.subscription;
        body["subscriptionId"] = id.to_string().into();
        body["links"]["subscription"] = link(&format!("/customers/{tenant}/subscriptions/{id}"));
    }
    if priced {
        let price = first_term(order, line);
        body["pricing"] = json!({
            "listPrice": amount(line.price),
            "discountedPrice": amount(line.discounted()),
            "proratedPrice": amount(price),
            "price": amount(price),
            "extendedPrice": amount(price * Decimal::from(line.quantity)),
        });
    }
    body
}

/// A price as a JSON number; prices have two decimals, which a double keeps.
fn amount(price: Decimal) -> Value {
    price.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}
