//! The indirect model on the wire: resellers, partner ids, and the link that a customer accepts (fact sheet 10, 9.5).

use serde_json::{Value, json};

use super::super::call::{Call, Reply, list};
use super::collection;
use super::filter::Filter;
use crate::ids::TenantId;
use crate::ledger::{Ledger, Refusal, ResellerRefusal};
use crate::seed::SeedReseller;

const PROVIDES_TO: &str = "IsIndirectCloudSolutionProviderOf";
const RESELLS_FOR: &str = "IsIndirectResellerOf";

/// The link with which a customer accepts the partner, and a reseller with it if one is named.
pub(super) fn relationship_request(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    // Nobody can be invited into the sandbox (fact sheet 22).
    if ledger.rules().readings.sandbox {
        return Err(Refusal::NotInThisEnvironment);
    }
    let mut url = ledger.invitation_link();
    if let Some(named) = call.query("indirectResellerId") {
        let bad = || Refusal::InvalidArgument("indirectResellerId".to_owned());
        let reseller: TenantId = named.parse().map_err(|_| bad())?;
        ledger.reseller_by_tenant(reseller).ok_or_else(bad)?;
        url = url.replace("&msppId=0", &format!("&msppId=0&indirectResellerId={reseller}"));
    }
    Ok(Reply::ok(json!({ "url": url, "attributes": { "objectType": "RelationshipRequest" } })))
}

pub(super) fn relationships(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let kind = call.query("relationship_type").unwrap_or("");
    let filter = Filter::of(call, &[("name", "starts_with")])?;
    let found = if kind.eq_ignore_ascii_case(PROVIDES_TO) {
        let named = |reseller: &&SeedReseller| {
            filter.as_ref().is_none_or(|filter| reseller.name.to_lowercase().starts_with(&filter.value))
        };
        ledger.resellers_of_partner().filter(named).map(item).collect()
    } else if kind.eq_ignore_ascii_case(RESELLS_FOR) {
        // The partner of a seed is never itself a reseller of another one.
        Vec::new()
    } else {
        return Err(Refusal::InvalidArgument("relationship_type".to_owned()));
    };
    Ok(Reply::ok(collection(found, &format!("/relationships?relationship_type={kind}"))))
}

pub(super) fn of_customer(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let items = ledger.reseller_of(tenant)?.into_iter().map(item).collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/relationships"))))
}

fn item(reseller: &SeedReseller) -> Value {
    json!({
        "id": reseller.tenant_id,
        "name": reseller.name,
        "relationshipType": "is_indirect_cloud_solution_provider_of",
        "state": if reseller.active { "Active" } else { "Inactive" },
        "mpnId": reseller.mpn_id,
        "location": reseller.location,
        "attributes": { "objectType": "PartnerRelationship" },
    })
}

/// Whose a partner id is; without one, our own.
pub(super) fn mpn(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let partner = &ledger.seed().partner;
    let own = &partner.programme.mpn_id;
    let asked = call.query("mpnId").unwrap_or(own);
    let name = if asked == own {
        &partner.name
    } else {
        let known = ledger.reseller_by_id(asked);
        &known.ok_or_else(|| ResellerRefusal::UnknownPartnerId(asked.to_owned()))?.name
    };
    Ok(Reply::ok(json!({
        "partnerName": name,
        "mpnId": asked,
        "profileType": "MpnProfile",
        "attributes": { "objectType": "MpnProfile" },
    })))
}

/// Whether a partner accepted the partner agreement; asked by exactly one of partner id and tenant.
pub(super) fn agreement_status(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let partner = &ledger.seed().partner;
    let signed = match (call.query("mpnId"), call.query("tenantId")) {
        (Some(id), None) if id == partner.programme.mpn_id => true,
        (Some(id), None) => {
            let known = ledger.reseller_by_id(id);
            known.ok_or_else(|| ResellerRefusal::InvalidPartnerId(id.to_owned()))?.agreement_signed
        }
        (None, Some(id)) => {
            let tenant: TenantId = id.parse().map_err(|_| ResellerRefusal::UnknownTenant)?;
            tenant == partner.tenant_id
                || ledger.reseller_by_tenant(tenant).ok_or(ResellerRefusal::UnknownTenant)?.agreement_signed
        }
        _ => return Err(Refusal::InvalidArgument("give mpnId or tenantId".to_owned())),
    };
    Ok(Reply::ok(json!({ "isAgreementSigned": signed })))
}

/// Whether partner ids may stand on a purchase. An id that may not is an answer, not a failure.
pub(super) fn validate(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let ids = list(&body, "partnerIds");
    if ids.is_empty() {
        return Err(Refusal::InvalidProperty("partnerIds".to_owned()));
    }
    let results: Vec<Value> = ids
        .iter()
        .map(|id| {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            match ledger.on_record(&id) {
                Ok(()) => json!({ "partnerId": id, "isValidPartnerIdOnRecord": true }),
                Err((code, text)) => json!({
                    "partnerId": id,
                    "isValidPartnerIdOnRecord": false,
                    "errorCode": code,
                    "errorDescription": text,
                }),
            }
        })
        .collect();
    Ok(Reply::ok(json!({ "validationResults": results })))
}
