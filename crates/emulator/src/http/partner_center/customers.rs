//! Customers, their profiles, and the agreement (fact sheet 9 and 11).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, text};
use super::{collection, link};
use crate::ids::TenantId;
use crate::ledger::tenant::{Agreement, Confirmation, Tenant};
use crate::ledger::{Ledger, Refusal};

/// Customers on a page, unless asked for fewer.
const PAGE: usize = 500;

/// The agreement's template. There is one version.
const TEMPLATE: &str = "117a77b0-9360-443b-8795-c6dedc750cf9";
const AGREEMENT: &str = "MicrosoftCustomerAgreement";

pub(super) fn list(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let size = match call.query("size") {
        None => PAGE,
        Some(size) => match size.parse() {
            Ok(0) => PAGE,
            Ok(size) => PAGE.min(size),
            Err(_) => return Err(Refusal::InvalidArgument("size".to_owned())),
        },
    };
    let filter = call.query("filter").map(Filter::read).transpose()?;
    let after = match call.header("ms-continuationtoken") {
        Some(token) => Some(seek(token)?),
        None => None,
    };
    let mut found = ledger
        .resellers()
        .filter(|customer| filter.as_ref().is_none_or(|filter| filter.matches(customer)))
        .filter(|customer| after.is_none_or(|after| customer.id > after));
    let page: Vec<&Tenant> = found.by_ref().take(size).collect();
    let more = found.next().is_some();
    let items = page.iter().map(|customer| brief(customer)).collect();
    let uri = format!("/customers?size={size}");
    let mut body = collection(items, &uri);
    if let (true, Some(last)) = (more, page.last()) {
        let token = format!("EMU{}", last.id.0.simple());
        body["links"]["next"] = json!({
            "uri": format!("{uri}&seekOperation=Next"),
            "method": "GET",
            "headers": [{ "key": "MS-ContinuationToken", "value": token }],
        });
        body["continuationToken"] = token.into();
    }
    Ok(Reply::ok(body))
}

pub(super) fn one(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let customer = ledger.reseller(tenant)?;
    let mut body = brief(customer);
    body["commerceId"] = tenant.0.simple().to_string().into();
    body["billingProfile"] = billing_profile(customer);
    body["allowDelegatedAccess"] = false.into();
    Ok(Reply::ok(body))
}

pub(super) fn company(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let customer = ledger.reseller(tenant)?;
    let mut body = company_profile(customer);
    body["email"] = customer.contact_email.clone().into();
    body["address"] = address(customer);
    Ok(Reply::ok(body))
}

pub(super) fn billing(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(billing_profile(ledger.reseller(tenant)?)))
}

pub(super) fn validation(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    ledger.reseller(tenant)?;
    Ok(Reply::ok(json!({
        "type": "account",
        "status": "Allowed",
        "lastUpdateDateTime": ledger.seed().start.to_string(),
    })))
}

/// What may be agreed to. Other types than the customer agreement are not kept.
pub(super) fn agreement_templates(call: &Call) -> Reply {
    let wanted = call.query("agreementType").unwrap_or("MicrosoftCloudAgreement");
    let items = if wanted == "*" || wanted.eq_ignore_ascii_case(AGREEMENT) {
        vec![json!({
            "templateId": TEMPLATE,
            "agreementType": AGREEMENT,
            "agreementLink": "https://aka.ms/customeragreement",
            "versionRank": 1,
        })]
    } else {
        Vec::new()
    };
    Reply::ok(collection(items, "/agreements"))
}

pub(super) fn agreements(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let items = match &ledger.reseller(tenant)?.agreement {
        Some(Agreement::Confirmed(stated)) => vec![confirmation(stated)],
        Some(Agreement::Signed { .. }) | None => Vec::new(),
    };
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/agreements"))))
}

pub(super) fn confirm(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let missing = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let contact = field(&body, "primaryContact").ok_or_else(|| missing("primaryContact"))?;
    let agreed_at: Timestamp =
        text(&body, "dateAgreed").and_then(|text| text.parse().ok()).ok_or_else(|| missing("dateAgreed"))?;
    let template = text(&body, "templateId").ok_or_else(|| missing("templateId"))?;
    if !template.eq_ignore_ascii_case(TEMPLATE) {
        return Err(Refusal::InvalidArgument("the template is not current".to_owned()));
    }
    if !text(&body, "type").is_some_and(|kind| kind.eq_ignore_ascii_case(AGREEMENT)) {
        return Err(missing("type"));
    }
    let part = |name: &str| text(contact, name).ok_or_else(|| missing(name));
    let stated =
        Confirmation { first_name: part("firstName")?, last_name: part("lastName")?, email: part("email")?, agreed_at };
    let reply = confirmation(&stated);
    ledger.confirm_agreement(tenant, stated)?;
    Ok(Reply::json(201, reply))
}

pub(super) fn directly_signed(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let signed = matches!(ledger.reseller(tenant)?.agreement, Some(Agreement::Signed { .. }));
    Ok(Reply::ok(json!({ "isSigned": signed })))
}

fn confirmation(stated: &Confirmation) -> Value {
    json!({
        "primaryContact": {
            "firstName": stated.first_name,
            "lastName": stated.last_name,
            "email": stated.email,
        },
        "templateId": TEMPLATE,
        "dateAgreed": stated.agreed_at.to_string(),
        "type": AGREEMENT,
        "agreementLink": "https://aka.ms/customeragreement",
    })
}

fn brief(customer: &Tenant) -> Value {
    json!({
        "id": customer.id,
        "companyProfile": company_profile(customer),
        "relationshipToPartner": "reseller",
        "links": { "self": link(&format!("/customers/{}", customer.id)) },
        "attributes": { "objectType": "Customer" },
    })
}

fn company_profile(customer: &Tenant) -> Value {
    json!({
        // GUIDs come in any case; this one is upper (fact sheet 3.3).
        "tenantId": customer.id.to_string().to_uppercase(),
        "domain": customer.domain,
        "companyName": customer.name,
        "links": { "self": link(&format!("/customers/{}/profiles/company", customer.id)) },
        "attributes": { "objectType": "CustomerCompanyProfile" },
    })
}

fn billing_profile(customer: &Tenant) -> Value {
    json!({
        "id": customer.id.0.simple().to_string(),
        "firstName": "Kim",
        "lastName": "Contact",
        "email": customer.contact_email,
        "culture": "en-US",
        "language": "en",
        "companyName": customer.name,
        "defaultAddress": address(customer),
        "links": { "self": link(&format!("/customers/{}/profiles/billing", customer.id)) },
        "attributes": { "etag": "1", "objectType": "CustomerBillingProfile" },
    })
}

fn address(customer: &Tenant) -> Value {
    json!({
        "country": customer.country,
        "city": "Sampletown",
        "addressLine1": "1 Sample Street",
        "postalCode": "10000",
        "firstName": "Kim",
        "lastName": "Contact",
    })
}

/// The one kind of filter that works on customers: a field that starts with a value (fact sheet 5.2).
struct Filter {
    domain: bool,
    value: String,
}

impl Filter {
    fn read(text_of_filter: &str) -> Result<Filter, Refusal> {
        let bad = || Refusal::InvalidArgument("filter".to_owned());
        let filter: Value = serde_json::from_str(text_of_filter).map_err(|_| bad())?;
        let operator = text(&filter, "Operator").ok_or_else(bad)?;
        if !operator.eq_ignore_ascii_case("starts_with") {
            return Err(bad());
        }
        let domain = match text(&filter, "Field").ok_or_else(bad)?.to_lowercase().as_str() {
            "domain" => true,
            "companyname" => false,
            _ => return Err(bad()),
        };
        let value = text(&filter, "Value").ok_or_else(bad)?.to_lowercase();
        Ok(Filter { domain, value })
    }

    fn matches(&self, customer: &Tenant) -> bool {
        let of = if self.domain { &customer.domain } else { &customer.name };
        of.to_lowercase().starts_with(&self.value)
    }
}

fn seek(token: &str) -> Result<TenantId, Refusal> {
    token
        .strip_prefix("EMU")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Refusal::InvalidArgument("the continuation token is not valid".to_owned()))
}
