//! Carts on the wire (fact sheet 13).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply, field, list, number, text};
use super::orders::order_body;
use super::{link, put};
use crate::ids::{CartId, TenantId};
use crate::ledger::carts::{Cart, CartLine};
use crate::ledger::{Ledger, LineCodes, Parent, Refusal, Wish};

pub(super) fn create_cart(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let wishes = wishes(&body)?;
    ledger.attested(attested(&body))?;
    let id = ledger.create_cart(tenant, wishes)?;
    Ok(Reply::json(201, cart_body(tenant, ledger.cart(tenant, id)?, ledger)))
}

pub(super) fn read_cart(tenant: TenantId, cart: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(cart_body(tenant, ledger.cart(tenant, cart_id(cart)?)?, ledger)))
}

pub(super) fn replace_cart(call: &Call, tenant: TenantId, cart: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let id = cart_id(cart)?;
    let body = call.json()?;
    let wishes = wishes(&body)?;
    ledger.attested(attested(&body))?;
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

fn cart_id(text: &str) -> Result<CartId, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidArgument(format!("{text} is not a cart id")))
}

/// Whether the partner says in which role it sells.
fn attested(body: &Value) -> bool {
    field(body, "partnerOnRecordAttestationAccepted").and_then(Value::as_bool).unwrap_or(false)
}

/// All lines, an add-on right after the line that it was written into.
fn wishes(body: &Value) -> Result<Vec<Wish>, Refusal> {
    let lines = list(body, "lineItems");
    if lines.is_empty() {
        return Err(missing("lineItems"));
    }
    let mut wishes = Vec::new();
    for line in lines {
        let base = wish(line, parent(line)?)?;
        let parent = Some(Parent::Line(base.id));
        wishes.push(base);
        for addon in list(line, "addonItems") {
            wishes.push(wish(addon, parent)?);
        }
    }
    Ok(wishes)
}

fn wish(line: &Value, parent: Option<Parent>) -> Result<Wish, Refusal> {
    let named = |key: &str| {
        let same = |it: &&Value| text(it, "key").is_some_and(|word| word.replace('_', "").eq_ignore_ascii_case(key));
        list(line, "participants").iter().filter(same).filter_map(|it| text(it, "value")).collect::<Vec<_>>()
    };
    Ok(Wish {
        id: number(line, "id").ok_or_else(|| missing("id"))?,
        catalog_item: text(line, "catalogItemId").ok_or_else(|| missing("catalogItemId"))?,
        quantity: number(line, "quantity").ok_or_else(|| missing("quantity"))?,
        billing_cycle: text(line, "billingCycle").unwrap_or_default(),
        term: text(line, "termDuration").unwrap_or_default(),
        friendly_name: text(line, "friendlyName"),
        currency: text(line, "currencyCode"),
        custom_term_end: chosen_end(line)?,
        promotion: text(line, "promotionId"),
        reseller: named("transactionreseller").into_iter().next(),
        more_resellers: named("additionaltransactionreseller"),
        parent,
    })
}

/// The subscription that an add-on is for (fact sheet 13.3).
fn parent(line: &Value) -> Result<Option<Parent>, Refusal> {
    let named = field(line, "provisioningContext").and_then(|context| text(context, "parentSubscriptionId"));
    named
        .map(|id| {
            id.parse().map(Parent::Subscription).map_err(|_| Refusal::InvalidProperty("provisioningContext".into()))
        })
        .transpose()
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::InvalidProperty(name.to_owned())
}

/// The chosen end of a line; null and absent take the term's own end.
pub(super) fn chosen_end(line: &Value) -> Result<Option<Timestamp>, Refusal> {
    instant(line, "customTermEndDate")
}

/// A date or an instant, if there is one; without an offset it is meant in UTC (fact sheet 3.3).
pub(super) fn instant(of: &Value, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(written) = text(of, name) else { return Ok(None) };
    let civil = || written.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let at = written.parse().ok().or_else(civil);
    at.map(Some).ok_or_else(|| Refusal::InvalidProperty(name.to_owned()))
}

fn cart_body(tenant: TenantId, cart: &Cart, ledger: &Ledger) -> Value {
    let codes = ledger.rules().readings.line_codes;
    let addons = |of: u32| cart.lines.iter().filter(move |line| line.wish.parent == Some(Parent::Line(of)));
    let lines: Vec<Value> = cart
        .lines
        .iter()
        .filter(|line| !matches!(line.wish.parent, Some(Parent::Line(_))))
        .map(|line| {
            let mut body = cart_line(line, codes);
            let addons: Vec<Value> = addons(line.wish.id).map(|addon| cart_line(addon, codes)).collect();
            if !addons.is_empty() {
                body["addonItems"] = addons.into();
            }
            body
        })
        .collect();
    json!({
        "id": cart.id,
        "creationTimestamp": ticks(cart.created),
        "lastModifiedTimestamp": ticks(cart.modified),
        "expirationTimestamp": ticks(cart.expires),
        "lastModifiedUser": Uuid::new_v5(&ledger.seed().partner.tenant_id.0, b"user"),
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
        10_003 => ("InventoryNotAvailable", "inventory_not_available"),
        10_004 => ("ParticipantsIsNotSupportedForPartner", "participants_is_not_supported_for_partner"),
        10_006 => ("UnableToProcessCartLineItem", "unable_to_process_cart_line_item"),
        10_007 => ("SubscriptionIsNotValid", "subscription_is_not_valid"),
        10_009 => ("SandboxLimitExceeded", "sandbox_limit_exceeded"),
        10_014 => ("InvalidPromotionId", "invalid_promotion_id"),
        10_010 => ("InvalidInput", "invalid_input"),
        10_013 => ("BillingPlanNotSupported", "billing_plan_not_supported"),
        10_015 => ("MaxAllowedSeatsPerSubscriptionExceeded", "max_allowed_seats_per_subscription_exceeded"),
        10_016 => ("InvalidCustomTermEndDateProduct", "invalid_custom_term_end_date_product"),
        10_017 => ("InvalidCustomTermEndDate", "invalid_custom_term_end_date"),
        500_600 => ("LegacyOfferNotEligibleForPurchase", "legacy_offer_not_eligible_for_purchase"),
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
    put(&mut body, "promotionId", wish.promotion.clone());
    let further = wish.more_resellers.iter().map(|id| ("additional_transaction_reseller", id));
    let participants: Vec<Value> = wish
        .reseller
        .iter()
        .map(|id| ("transaction_reseller", id))
        .chain(further)
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    if !participants.is_empty() {
        body["participants"] = participants.into();
    }
    if let Some(Parent::Subscription(id)) = wish.parent {
        body["provisioningContext"] = json!({ "ParentSubscriptionId": id });
    }
    match &line.checked {
        Ok(checked) => {
            if let Some(promoted) = &checked.promotion {
                body["promotionId"] = promoted.id.clone().into();
            }
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

/// Seven digits after the second, as carts show them.
fn ticks(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string()
}
