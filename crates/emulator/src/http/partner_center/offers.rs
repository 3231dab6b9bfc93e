//! Offers of the old catalogue, which are read and never bought (fact sheet 12.7). An offer's id is its product's; a trial has one
//! of its own, and is on no list.

use serde_json::{Value, json};

use super::super::call::{Call, Reply};
use super::{collection, link};
use crate::ids::SkuId;
use crate::ledger::legacy::{offer_id, trial_offer_id};
use crate::ledger::{Ledger, Refusal, TotalCount};

/// Offers on a page unless asked otherwise.
const PAGE: usize = 100;
/// There is one category.
const CATEGORY: &str = "emulated";

pub(super) fn list(call: &Call, ledger: &Ledger, country: &str, base: &str) -> Reply {
    let other = call.query("offer_category_id").is_some_and(|id| !id.eq_ignore_ascii_case(CATEGORY));
    let offers = ledger.catalogue.named().filter(|_| !other).map(|(sku, ..)| body(sku, false, ledger, country));
    page(call, offers.collect(), &format!("{base}/offers"), country, ledger)
}

pub(super) fn one(id: &str, ledger: &Ledger, country: &str) -> Result<Reply, Refusal> {
    let (sku, trial) = known(id, ledger)?;
    Ok(Reply::ok(body(sku, trial, ledger, country)))
}

pub(super) fn addons(call: &Call, id: &str, ledger: &Ledger, country: &str) -> Result<Reply, Refusal> {
    let (base, _) = known(id, ledger)?;
    let of = ledger.catalogue.offers().filter(|offer| offer.addon_of.contains(&base));
    let items = of.map(|offer| body(offer.entra, false, ledger, country)).collect();
    Ok(page(call, items, &format!("/offers/{id}/addons"), country, ledger))
}

pub(super) fn categories(country: &str) -> Reply {
    Reply::ok(collection(vec![category(country)], "/offercategories"))
}

/// The product of an offer, and whether the offer is its trial.
fn known(id: &str, ledger: &Ledger) -> Result<(SkuId, bool), Refusal> {
    if id.contains(':') {
        return Err(Refusal::OfferElsewhere);
    }
    let of = |sku: SkuId| match id {
        id if id.eq_ignore_ascii_case(&offer_id(sku)) => Some((sku, false)),
        id if id.eq_ignore_ascii_case(&trial_offer_id(sku)) => Some((sku, true)),
        _ => None,
    };
    ledger.catalogue.named().find_map(|(sku, ..)| of(sku)).ok_or_else(|| Refusal::OfferNotFound(id.to_owned()))
}

/// A part of a list, with a link to the next one.
fn page(call: &Call, items: Vec<Value>, uri: &str, country: &str, ledger: &Ledger) -> Reply {
    let number = |name: &str, usual| call.query(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (offset, size) = (number("offset", 0), number("size", PAGE).max(1));
    let all = items.len();
    let more = all > offset.saturating_add(size);
    // Of the same list, so with its category.
    let asked = call.asked_without(&["country", "offset", "size"]);
    let joint = if asked.is_empty() { "" } else { "&" };
    let place = |offset: usize| format!("{uri}?country={country}&offset={offset}&size={size}{joint}{asked}");
    let shown = items.into_iter().skip(offset).take(size).collect();
    let mut body = collection(shown, &place(offset));
    if ledger.rules().readings.total_count == TotalCount::All {
        body["totalCount"] = all.into();
    }
    if more {
        body["links"]["next"] = link(&place(offset + size));
    }
    Reply::ok(body)
}

fn category(country: &str) -> Value {
    json!({ "id": CATEGORY, "name": "Online Services", "rank": 1, "locale": "en-US", "country": country })
}

pub(super) fn body(sku: SkuId, trial: bool, ledger: &Ledger, country: &str) -> Value {
    let id = if trial { trial_offer_id(sku) } else { offer_id(sku) };
    let title = ledger.catalogue.title(sku);
    let sold = ledger.catalogue.offer(sku);
    let bases = sold.map(|offer| offer.addon_of.as_slice()).unwrap_or_default();
    let has_addons = ledger.catalogue.offers().any(|offer| offer.addon_of.contains(&sku));
    json!({
        "id": id,
        "name": title,
        "description": title,
        "minimumQuantity": 1,
        "maximumQuantity": sold.map_or(999_999, |offer| offer.max_seats),
        "rank": 1,
        "uri": format!("/offers/{id}"),
        "locale": "en-US",
        "country": country,
        "category": category(country),
        "prerequisiteOffers": bases.iter().map(|base| base.to_string().to_uppercase()).collect::<Vec<_>>(),
        "isAddOn": !bases.is_empty(),
        "hasAddOns": has_addons,
        // Seats are not sold this way any more.
        "isAvailableForPurchase": false,
        "billing": "license",
        "supportedBillingCycles": ["monthly", "annual"],
        "isAutoRenewable": true,
        "upgradeTargetOffers": [],
        "conversionTargetOffers": if trial { vec![offer_id(sku)] } else { Vec::new() },
        "limit": 1,
        "limitUnitOfMeasure": "none",
        "isTrial": trial,
        "isInternal": false,
        "product": { "id": sku, "name": title, "unit": "Licenses" },
        "unitType": "Licenses",
        "links": { "self": link(&format!("/offers/{id}?country={country}")) },
        "attributes": { "objectType": "Offer" },
    })
}
