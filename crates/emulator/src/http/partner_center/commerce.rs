//! Carts and orders on the wire (fact sheet 13 and 14).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::call::{Call, Reply, list, number, text};
use super::{collection, link};
use crate::ids::{CartId, OrderId, TenantId};
use crate::ledger::carts::{Cart, CartLine};
use crate::ledger::orders::{Order, OrderLine};
use crate::ledger::tenant::Tenant;
use crate::ledger::{Ledger, LineCodes, Refusal, Wish, calendar};
use crate::regions;

pub(super) fn create_cart(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let wishes = wishes(&call.json()?)?;
    let id = ledger.create_cart(tenant, wishes)?;
    Ok(Reply::json(201, cart_body(tenant, ledger.cart(tenant, id)?, ledger)))
}

pub(super) fn read_cart(tenant: TenantId, cart: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(cart_body(tenant, ledger.cart(tenant, cart_id(cart)?)?, ledger)))
}

pub(super) fn replace_cart(call: &Call, tenant: TenantId, cart: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = cart_id(cart)?;
    let wishes = wishes(&call.json()?)?;
    ledger.replace_cart(tenant, id, wishes)?;
    let status = ledger.rules().readings.cart_put_status;
    Ok(Reply::json(status, cart_body(tenant, ledger.cart(tenant, id)?, ledger)))
}

pub(super) fn check_out(tenant: TenantId, cart: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let checkout = ledger.check_out(tenant, cart_id(cart)?)?;
    let customer = ledger.reseller(tenant)?;
    let now = ledger.now();
    let orders: Vec<Value> = checkout
        .orders
        .iter()
        .filter_map(|id| customer.orders.get(id))
        .map(|order| order_body(customer, order, now, false))
        .collect();
    let errors: Vec<Value> = checkout
        .errors
        .iter()
        .map(|error| {
            json!({
                "orderGroupId": error.group,
                "code": error.code,
                "description": error.description,
            })
        })
        .collect();
    Ok(Reply::json(
        201,
        json!({
            "orders": orders,
            "orderErrors": errors,
            "attributes": { "objectType": "CartCheckoutResult" },
        }),
    ))
}

pub(super) fn orders(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let customer = ledger.reseller(tenant)?;
    let priced = with_price(call);
    let mut shown: Vec<&Order> = ledger.orders(tenant)?.collect();
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
    let now = ledger.now();
    let items = order
        .lines
        .iter()
        .map(|line| {
            let held = customer.subscriptions.get(&line.subscription);
            let done = held.is_some_and(|held| held.commerce_status(now) != "pending");
            let status = if done { "fulfilled" } else { "prefulfillmentPending" };
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

fn cart_id(text: &str) -> Result<CartId, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidArgument(format!("{text} is not a cart id")))
}

fn wishes(body: &Value) -> Result<Vec<Wish>, Refusal> {
    let missing = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let lines = list(body, "lineItems");
    if lines.is_empty() {
        return Err(missing("lineItems"));
    }
    lines
        .iter()
        .map(|line| {
            Ok(Wish {
                id: number(line, "id").ok_or_else(|| missing("id"))?,
                catalog_item: text(line, "catalogItemId").ok_or_else(|| missing("catalogItemId"))?,
                quantity: number(line, "quantity").ok_or_else(|| missing("quantity"))?,
                billing_cycle: text(line, "billingCycle").unwrap_or_default(),
                term: text(line, "termDuration").unwrap_or_default(),
                friendly_name: text(line, "friendlyName"),
                currency: text(line, "currencyCode"),
                custom_term_end: chosen_end(line)?,
            })
        })
        .collect()
}

/// A date or an instant; null and absent take the term's own end.
fn chosen_end(line: &Value) -> Result<Option<Timestamp>, Refusal> {
    let Some(written) = text(line, "customTermEndDate") else { return Ok(None) };
    let civil = || written.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let at = written.parse().ok().or_else(civil);
    at.map(Some).ok_or_else(|| Refusal::InvalidProperty("customTermEndDate".to_owned()))
}

fn cart_body(tenant: TenantId, cart: &Cart, ledger: &Ledger) -> Value {
    let lines: Vec<Value> = cart.lines.iter().map(|line| cart_line(line, ledger.rules().readings.line_codes)).collect();
    json!({
        "id": cart.id,
        "creationTimestamp": ticks(cart.created),
        "lastModifiedTimestamp": ticks(cart.modified),
        "expirationTimestamp": ticks(cart.expires),
        "status": if cart.ordered.is_some() { "Ordered" } else { "Active" },
        "lineItems": lines,
        "links": { "self": link(&format!("/customers/{tenant}/carts/{}", cart.id)) },
        "attributes": { "objectType": "Cart" },
    })
}

/// The code of a line: a number, or its name in one of two forms (fact sheet 6.3).
fn line_code(code: u32, codes: LineCodes) -> Value {
    let (pascal, snake) = match code {
        10_000 => ("CurrencyIsNotSupported", "currency_is_not_supported"),
        10_001 => ("CatalogItemIdIsNotValid", "catalog_item_id_is_not_valid"),
        10_010 => ("InvalidInput", "invalid_input"),
        10_013 => ("BillingPlanNotSupported", "billing_plan_not_supported"),
        10_015 => ("MaxAllowedSeatsPerSubscriptionExceeded", "max_allowed_seats_per_subscription_exceeded"),
        10_016 => ("InvalidCustomTermEndDateProduct", "invalid_custom_term_end_date_product"),
        10_017 => ("InvalidCustomTermEndDate", "invalid_custom_term_end_date"),
        _ => return code.into(),
    };
    match codes {
        LineCodes::Number => code.into(),
        LineCodes::Pascal => pascal.into(),
        LineCodes::Snake => snake.into(),
    }
}

fn cart_line(line: &CartLine, codes: LineCodes) -> Value {
    let wish = &line.wish;
    let mut body = json!({
        "id": wish.id,
        "catalogItemId": wish.catalog_item,
        "quantity": wish.quantity,
        "billingCycle": wish.billing_cycle,
        "termDuration": wish.term,
    });
    put(&mut body, "friendlyName", wish.friendly_name.clone());
    put(&mut body, "customTermEndDate", wish.custom_term_end.map(|at| at.to_string()));
    match &line.checked {
        Ok(checked) => {
            body["currencyCode"] = checked.currency.into();
            body["orderGroup"] = line.group.clone().into();
        }
        Err(error) => {
            body["error"] = json!({
                "errorCode": line_code(error.code, codes),
                "errorDescription": error.text,
            });
            if let Some((remaining, held)) = error.room {
                body["error"]["additionalInformation"] =
                    json!({ "availableQuantity": remaining, "purchasedQuantity": held });
            }
        }
    }
    body
}

fn order_body(customer: &Tenant, order: &Order, now: Timestamp, priced: bool) -> Value {
    let tenant = customer.id;
    let lines: Vec<Value> = order.lines.iter().map(|line| order_line(tenant, order, line, now, priced)).collect();
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
        "status": if order.is_complete(customer, now) { "completed" } else { "pending" },
        "transactionType": if order.by_system { "SystemPurchase" } else { "UserPurchase" },
        "links": {
            "self": link(&uri),
            "provisioningStatus": link(&format!("{uri}/provisioningstatus")),
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

/// What one seat costs for the first term, by the day where that ends early.
fn first_term(order: &Order, line: &OrderLine) -> Decimal {
    line.first_term(calendar::day(order.created))
}

fn order_line(tenant: TenantId, order: &Order, line: &OrderLine, now: Timestamp, priced: bool) -> Value {
    let mut body = json!({
        "lineItemNumber": line.number,
        "offerId": line.item,
        "termDuration": line.term.word(),
        "transactionType": line.transaction.word(),
        "quantity": line.quantity,
    });
    put(&mut body, "friendlyName", line.friendly_name.clone());
    put(&mut body, "customTermEndDate", line.custom_term_end.map(|day| format!("{day}T00:00:00Z")));
    if line.named_at <= now {
        let id = line.subscription;
        body["subscriptionId"] = id.to_string().into();
        body["links"] = json!({ "subscription": link(&format!("/customers/{tenant}/subscriptions/{id}")) });
    }
    if priced {
        let price = first_term(order, line);
        body["pricing"] = json!({
            "listPrice": amount(line.price),
            "discountedPrice": amount(line.price),
            "proratedPrice": amount(price),
            "price": amount(price),
            "extendedPrice": amount(price * Decimal::from(line.quantity)),
        });
    }
    body
}

/// Seven digits after the second, as carts show them.
fn ticks(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string()
}

/// A price as a JSON number; prices have two decimals, which a double keeps.
fn amount(price: Decimal) -> Value {
    price.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// Absent values are left out, not written as null.
pub(super) fn put(body: &mut Value, name: &str, value: Option<String>) {
    if let (Some(value), Some(object)) = (value, body.as_object_mut()) {
        let object: &mut Map<String, Value> = object;
        object.insert(name.to_owned(), value.into());
    }
}
