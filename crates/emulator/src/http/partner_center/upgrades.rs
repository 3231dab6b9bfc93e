//! Upgrades and conversions of the old generation on the wire (fact sheet 15.9).
//!
//! What cannot be made is answered with 200 and its reasons inside, as the service does.

use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, number, text};
use super::subscriptions::subscription_id;
use super::{collection, link};
use crate::catalogue::Offer;
use crate::ids::{SubscriptionId, TenantId};
use crate::ledger::legacy::offer_id;
use crate::ledger::subscriptions::Subscription;
use crate::ledger::upgrades::{UpgradeObstacle, UpgradeWish};
use crate::ledger::{Ledger, Refusal};
use crate::seed::Billing;

const ONLY: &str = "upgrade_only";
const WITH_LICENCES: &str = "upgrade_with_license_transfer";

/// Code of a conversion that there is no offer for.
const NO_CONVERSION: u32 = 1;

/// What a subscription can be upgraded to, with what stands in the way.
pub(super) fn upgrades(tenant: TenantId, id: &str, ledger: &Ledger, user: bool) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let held = ledger.subscription(tenant, id)?;
    let one = |offer: &&Offer| {
        let wish = UpgradeWish { target: offer.entra, with_licences: true, user };
        upgrade(tenant, held, offer, &ledger.upgrade_obstacles(tenant, held, wish)?, ledger)
    };
    let items = ledger.upgrade_targets(held).iter().map(one).collect::<Result<Vec<Value>, Refusal>>()?;
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscriptions/{id}/upgrades"))))
}

fn upgrade(
    tenant: TenantId,
    held: &Subscription,
    offer: &Offer,
    found: &[UpgradeObstacle],
    ledger: &Ledger,
) -> Result<Value, Refusal> {
    let country = &ledger.reseller(tenant)?.country;
    let about_licences = found.iter().all(|obstacle| obstacle.is_about_licences());
    Ok(json!({
        "targetOffer": super::offers::body(offer.entra, false, ledger, country),
        "upgradeType": match (found.is_empty(), about_licences) {
            (true, _) => WITH_LICENCES,
            (false, true) => ONLY,
            (false, false) => "none",
        },
        "isEligible": about_licences,
        "quantity": held.seats,
        "upgradeErrors": errors(found),
        "attributes": { "objectType": "Upgrade" },
    }))
}

fn errors(found: &[UpgradeObstacle]) -> Value {
    let error = |it: &UpgradeObstacle| json!({ "code": it.code(), "description": it.text(), "additionalDetails": "" });
    found.iter().map(error).collect()
}

/// Makes one of the upgrades that were read.
pub(super) fn create_upgrade(
    call: &Call,
    tenant: TenantId,
    id: &str,
    ledger: &mut Ledger,
    user: bool,
) -> Result<Reply, Refusal> {
    let (id, wanted) = (subscription_id(id)?, call.json()?);
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let target = field(&wanted, "targetOffer").and_then(|offer| text(offer, "id")).and_then(|id| id.parse().ok());
    let kind = text(&wanted, "upgradeType").unwrap_or_default().to_ascii_lowercase();
    let with_licences = match kind.as_str() {
        ONLY => false,
        WITH_LICENCES => true,
        _ => return Err(invalid("upgradeType")),
    };
    let wish = UpgradeWish { target: target.ok_or_else(|| invalid("targetOffer"))?, with_licences, user };
    let mut body = json!({
        "sourceSubscriptionId": id,
        "upgradeType": kind,
        "upgradeErrors": [],
        "licenseErrors": [],
        "attributes": { "objectType": "UpgradeResult" },
    });
    match ledger.upgrade(tenant, id, wish)? {
        Ok(made) => body["targetSubscriptionId"] = made.to_string().into(),
        Err(found) => body["upgradeErrors"] = errors(&found),
    }
    Ok(Reply::ok(body))
}

/// What a trial can be bought as.
pub(super) fn conversions(tenant: TenantId, id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = subscription_id(id)?;
    let held = ledger.subscription(tenant, id)?;
    let one = |offer: &Offer| {
        json!({
            "offerId": held.legacy_offer(),
            "targetOfferId": offer_id(offer.entra),
            "orderId": order_of(tenant, id, ledger),
            "quantity": held.seats,
            "billingCycle": held.billing.word(),
            "attributes": { "objectType": "Conversion" },
        })
    };
    let items = ledger.conversion_target(held).map(one).into_iter().collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/subscriptions/{id}/conversions"))))
}

/// The order that sold a subscription, where the service still has it.
fn order_of(tenant: TenantId, id: SubscriptionId, ledger: &Ledger) -> Option<String> {
    let mut orders = ledger.orders(tenant).ok()?;
    orders.find(|order| order.lines.iter().any(|line| line.subscription == id)).map(|order| order.id.to_string())
}

/// Buys a trial.
pub(super) fn convert(call: &Call, tenant: TenantId, id: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let (id, wanted) = (subscription_id(id)?, call.json()?);
    let held = ledger.subscription(tenant, id)?;
    let (offer, target) = (held.legacy_offer(), text(&wanted, "targetOfferId"));
    let target = target.ok_or_else(|| Refusal::InvalidProperty("targetOfferId".to_owned()))?;
    let billing = match text(&wanted, "billingCycle") {
        None => None,
        Some(word) => Some(Billing::parse(&word).ok_or_else(|| Refusal::InvalidProperty("billingCycle".to_owned()))?),
    };
    let known = ledger.conversion_target(held).is_some_and(|it| offer_id(it.entra).eq_ignore_ascii_case(&target));
    let made = if known { ledger.convert_trial(tenant, id, number(&wanted, "quantity"), billing)? } else { None };
    let mut body = json!({
        "subscriptionId": id,
        "offerId": offer,
        "targetOfferId": target,
        "links": { "subscription": link(&format!("/customers/{tenant}/subscriptions/{id}")) },
        "attributes": { "objectType": "ConversionResult" },
    });
    if made.is_none() {
        body["error"] = json!({
            "code": NO_CONVERSION,
            "description": "There is no offer that the subscription can be converted to.",
        });
    }
    Ok(Reply::ok(body))
}
