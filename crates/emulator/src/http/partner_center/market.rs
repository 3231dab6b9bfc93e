//! Stock and promotions on the wire (fact sheet 12.6).

use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, list, number, text};
use super::{catalogue, collection};
use crate::ids::TenantId;
use crate::ledger::promotions::Ineligible;
use crate::ledger::{Ledger, Refusal};
use crate::seed::{Billing, SeedPromotion, Segment, Term};

/// What is left of the items that are asked about, as a bare array; unknown ones are left out without a word.
pub(super) fn inventory(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    catalogue::country(call)?;
    let body = call.json()?;
    let wanted = list(&body, "targetItems");
    if wanted.is_empty() {
        return Err(Refusal::InvalidProperty("TargetItems".to_owned()));
    }
    let found = wanted.iter().filter_map(|item| {
        let offer = ledger.catalogue.find(&text(item, "productId")?, &text(item, "skuId")?)?;
        let gone = offer.has_run_out();
        let why = json!({ "reasonCode": "OutOfStock", "description": "No seats are left.", "properties": {} });
        Some(json!({
            "productId": offer.product,
            "skuId": offer.sku,
            "isRestricted": gone,
            "restrictions": if gone { vec![why] } else { Vec::new() },
        }))
    });
    Ok(Reply::ok(found.collect::<Vec<Value>>().into()))
}

/// The promotions that run now; only those of the commercial segment are documented.
pub(super) fn promotions(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    catalogue::country(call)?;
    let segment = match call.query("segment") {
        None => Segment::Commercial,
        Some(word) => Segment::parse(word).ok_or_else(|| Refusal::InvalidArgument("segment".to_owned()))?,
    };
    let shown = ledger.promotions().filter(|_| segment == Segment::Commercial);
    let items = shown.filter_map(|it| body(it, ledger)).collect();
    Ok(Reply::ok(collection(items, "/productpromotions")))
}

/// One promotion, whether it runs or not.
pub(super) fn promotion(call: &Call, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    catalogue::country(call)?;
    let known = ledger.seed().promotions.iter().find(|it| it.id.eq_ignore_ascii_case(id));
    known
        .and_then(|it| body(it, ledger))
        .map(Reply::ok)
        .ok_or_else(|| Refusal::InvalidArgument(format!("there is no promotion {id}")))
}

fn body(promotion: &SeedPromotion, ledger: &Ledger) -> Option<Value> {
    let offer = ledger.catalogue.offer(promotion.sku_id)?;
    let plans = offer.terms.iter().filter(|(term, billing)| fits(promotion, *term, *billing));
    let required: Vec<Value> = plans
        .map(|(term, billing)| {
            json!({
                "productId": offer.product,
                "skuId": offer.sku,
                "term": { "duration": term.word(), "billingCycle": billing.word() },
                "pricingPolicies": [{ "type": "Discount", "value": promotion.percent_off }],
            })
        })
        .collect();
    let mut seats = json!({ "type": "SeatCount", "minimumRequiredSeats": promotion.min_seats });
    if let Some(most) = promotion.max_seats {
        seats["maximumRequiredSeats"] = most.into();
    }
    let constraints: Vec<Value> =
        if promotion.new_only { vec![seats, json!({ "type": "OfferPurchasedPreviously" })] } else { vec![seats] };
    Some(json!({
        "id": promotion.id,
        "name": promotion.name,
        "description": promotion.name,
        "startDate": promotion.starts.to_string(),
        "endDate": promotion.ends.to_string(),
        "properties": { "isAutoApplicable": promotion.applies_itself },
        "requiredProducts": required,
        "promotionConstraints": constraints,
        "attributes": { "objectType": "ProductPromotion" },
    }))
}

fn fits(promotion: &SeedPromotion, term: Term, billing: Billing) -> bool {
    promotion.term == term && promotion.billing.is_none_or(|only| only == billing)
}

/// Which promotions a customer could have for what it wants to buy, and why not.
pub(super) fn eligibilities(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    ledger.reseller(tenant)?;
    let wanted = call.json()?;
    let items = list(&wanted, "items");
    if items.is_empty() {
        return Err(Refusal::InvalidProperty("items".to_owned()));
    }
    let answers = items.iter().map(|item| {
        let mut answer = item.clone();
        answer["eligibilities"] = of_item(item, tenant, ledger).into();
        answer
    });
    Ok(Reply::ok(collection(answers.collect(), &format!("/customers/{tenant}/promotionEligibilities"))))
}

fn of_item(item: &Value, tenant: TenantId, ledger: &Ledger) -> Vec<Value> {
    let named = text(item, "promotionId");
    let refused = |error: Value| json!({ "promotionId": named.clone().unwrap_or_default(), "isEligible": false, "errors": [error] });
    let catalog_item = text(item, "catalogItemId").unwrap_or_default();
    let Some((offer, true)) = ledger.catalogue.item(&catalog_item, ledger.now()) else {
        return vec![refused(error("InvalidCatalogItemId", "The catalog item id is not valid."))];
    };
    let term = text(item, "termDuration").and_then(|word| Term::parse(&word));
    let billing = text(item, "billingCycle").and_then(|word| Billing::parse(&word));
    let Some(plan) = term.zip(billing).filter(|plan| offer.terms.contains(plan)) else {
        return vec![refused(error("Term", "The product is not sold on this term."))];
    };
    let seats = number(item, "quantity").unwrap_or(0);
    let about: Vec<&SeedPromotion> = ledger
        .promotions()
        .filter(|it| it.sku_id == offer.entra)
        .filter(|it| named.as_ref().is_none_or(|named| it.id.eq_ignore_ascii_case(named)))
        .collect();
    if about.is_empty() {
        return vec![refused(match field(item, "promotionId") {
            Some(_) => error("InvalidPromotion", "No such promotion runs for this product."),
            None => error("NoPromotionsAvailable", "No promotion runs for this product."),
        })];
    }
    about
        .into_iter()
        .map(|promotion| {
            let errors: Vec<Value> =
                ledger.eligible(tenant, promotion, seats, plan).err().map(why).into_iter().collect();
            json!({ "promotionId": promotion.id, "isEligible": errors.is_empty(), "errors": errors })
        })
        .collect()
}

fn why(reason: Ineligible) -> Value {
    match reason {
        Ineligible::OfferPurchasedPreviously => {
            error("OfferPurchasedPreviously", "The customer had the product before.")
        }
        Ineligible::SeatCount { min, max, left } => {
            let mut error = error("SeatCount", "The number of seats does not fit the promotion.");
            error["minimumRequiredSeats"] = min.into();
            if let (Some(max), Some(left)) = (max, left) {
                error["maximumRequiredSeats"] = max.into();
                error["availableSeats"] = left.into();
            }
            error
        }
        Ineligible::Term { term, billing } => {
            let mut error = error("Term", "The promotion is for another term.");
            let mut eligible = json!({ "duration": term.word() });
            if let Some(billing) = billing {
                eligible["billingCycle"] = billing.word().into();
            }
            error["eligibleTerms"] = json!([eligible]);
            error
        }
    }
}

fn error(kind: &str, text: &str) -> Value {
    json!({ "type": kind, "description": text })
}
