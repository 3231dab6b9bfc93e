//! Customers: listing, reading, making, and ending the relationship (fact sheet 9).

use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, text};
use super::commerce::missing;
use super::filter::Filter;
use super::{link, profiles, seek};
use crate::ids::TenantId;
use crate::ledger::tenant::{Standing, Tenant};
use crate::ledger::{Ledger, Refusal, StrangerRead};
use crate::seed::{SeedAccount, SeedCustomer, SeedPeople, SeedRelationship};

/// Customers on a page, unless asked for fewer.
const PAGE: usize = 500;

pub(super) fn list(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let filter = Filter::of(
        call,
        &[
            ("companyname", "starts_with"),
            ("domain", "starts_with"),
            ("indirectreseller", "starts_with"),
            ("indirectcloudsolutionprovider", "starts_with"),
        ],
    )?;
    let partner = ledger.seed().partner.tenant_id;
    let matches = |customer: &Tenant| {
        let Some(Filter { field, value, .. }) = &filter else { return true };
        let text = match field.as_str() {
            "companyname" => customer.name.to_lowercase(),
            "domain" => customer.domain.to_lowercase(),
            "indirectreseller" => customer.account.reseller.map_or_else(String::new, |id| id.to_string()),
            _ => partner.to_string(),
        };
        !text.is_empty() && text.starts_with(value)
    };
    let found: Vec<&Tenant> = ledger.listed().filter(|customer| matches(customer)).collect();
    let readings = &ledger.rules().readings;
    seek::page(call, &found, |customer| customer.id.0, PAGE, readings, "/customers", |customer| brief(customer))
        .map(Reply::ok)
}

pub(super) fn one(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    match ledger.customer(tenant) {
        Err(Refusal::NoRelationship(_)) if ledger.rules().readings.stranger == StrangerRead::NotFound => {
            Err(Refusal::CustomerNotFound(tenant))
        }
        found => Ok(Reply::ok(whole(found?))),
    }
}

fn whole(customer: &Tenant) -> Value {
    let mut body = brief(customer);
    body["commerceId"] = customer.id.0.simple().to_string().into();
    body["billingProfile"] = profiles::billing_profile(customer);
    body["allowDelegatedAccess"] = false.into();
    profiles::reveal(customer, &mut body["companyProfile"]);
    if customer.delegated_admin {
        body["customDomains"] = json!(customer.account.custom_domains);
    }
    if let Some(reseller) = customer.account.reseller {
        body["associatedPartnerId"] = reseller.to_string().into();
    }
    body
}

/// Makes a tenant (fact sheet 9.2). Its administrator's password is invented and opens nothing.
pub(super) fn create(call: &Call, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let company = field(&body, "companyProfile").ok_or_else(|| missing("companyProfile"))?;
    let billing = field(&body, "billingProfile").ok_or_else(|| missing("billingProfile"))?;
    let domain = text(company, "domain").ok_or_else(|| missing("domain"))?;
    let mut profile = profiles::read(billing)?;
    let name = profile.fields.get("companyName").cloned().ok_or_else(|| missing("companyName"))?;
    let country = profile.address.get("country").cloned().ok_or_else(|| missing("country"))?;
    let tenant = TenantId(uuid::Uuid::new_v5(&ledger.seed().partner.tenant_id.0, domain.to_lowercase().as_bytes()));
    let customer = SeedCustomer {
        tenant_id: tenant,
        domain: domain.clone(),
        name,
        country,
        contact_email: profile.fields.get("email").cloned().unwrap_or_default(),
        relationship: Some(SeedRelationship { accepted_at: ledger.now(), agreement_signed: false }),
        users: Vec::new(),
        subscriptions: Vec::new(),
        purchases: Vec::new(),
        people: SeedPeople {
            accepts_invitation_after_hours: None,
            signs_agreement_after_hours: None,
            stops_renewal_after_hours: None,
        },
        account: SeedAccount {
            reseller: text(&body, "associatedPartnerId").and_then(|id| id.parse().ok()),
            ..SeedAccount::default()
        },
    };
    ledger.create_customer(&customer)?;
    profile.version = 1;
    ledger.replace_profile(tenant, "1", profile)?;
    let mut reply = whole(ledger.customer(tenant)?);
    reply["userCredentials"] = json!({ "userName": "admin", "password": format!("{:08x}", tenant.0.as_fields().0) });
    Ok(Reply::json(201, reply))
}

/// The two changes that a customer's own record takes (fact sheet 9.6).
pub(super) fn patch(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    ledger.customer(tenant)?;
    let ended = text(&body, "relationshipToPartner").is_some_and(|word| word.eq_ignore_ascii_case("none"));
    let access = field(&body, "allowDelegatedAccess").and_then(Value::as_bool);
    match (ended, access) {
        (true, _) => ledger.end_relationship(tenant)?,
        // Nobody has delegated access of the old kind here, so there is nothing left to drop.
        (false, Some(false)) => {}
        _ => return Err(Refusal::InvalidProperty("relationshipToPartner".to_owned())),
    }
    // The echo is in Pascal case, with nulls (fact sheet 3.3).
    Ok(Reply::ok(json!({
        "Id": Value::Null,
        "CommerceId": Value::Null,
        "CompanyProfile": Value::Null,
        "BillingProfile": Value::Null,
        "RelationshipToPartner": if ended { "none" } else { "reseller" },
        "AllowDelegatedAccess": access,
        "UserCredentials": Value::Null,
        "CustomDomains": Value::Null,
        "AssociatedPartnerId": Value::Null,
        "Attributes": { "ObjectType": "Customer" },
    })))
}

pub(super) fn delete(tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    ledger.delete_customer(tenant)?;
    Ok(Reply::empty(204))
}

fn brief(customer: &Tenant) -> Value {
    let relationship = match customer.standing {
        Standing::Stranger => "none",
        Standing::Advised => "advisor",
        Standing::Reseller { .. } => "reseller",
    };
    json!({
        "id": customer.id,
        "companyProfile": profiles::company_profile(customer),
        "relationshipToPartner": relationship,
        "links": { "self": link(&format!("/customers/{}", customer.id)) },
        "attributes": { "objectType": "Customer" },
    })
}
