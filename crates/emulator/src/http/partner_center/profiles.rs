//! A customer's company and billing profile, its domains, and what an address looks like (fact sheet 9.4, 9.9).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::call::{Call, Reply, field, text};
use super::link;
use crate::ids::TenantId;
use crate::ledger::customers::Profile;
use crate::ledger::tenant::Tenant;
use crate::ledger::{Ledger, Refusal};
use crate::regions;

/// Fields of the profile itself, all of which must be there, and the most characters they may have.
const FIELDS: [(&str, usize); 6] =
    [("firstName", 50), ("lastName", 50), ("email", 200), ("culture", 200), ("language", 200), ("companyName", 200)];

/// Fields of an address, and the most characters they may have.
const ADDRESS: [(&str, usize); 13] = [
    ("country", 2),
    ("region", 100),
    ("city", 100),
    ("state", 2),
    ("district", 100),
    ("addressLine1", 200),
    ("addressLine2", 200),
    ("addressLine3", 200),
    ("postalCode", 20),
    ("firstName", 50),
    ("middleName", 50),
    ("lastName", 50),
    ("phoneNumber", 50),
];

pub(super) fn company(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let customer = ledger.customer(tenant)?;
    let mut body = company_profile(customer);
    reveal(customer, &mut body);
    Ok(Reply::ok(body))
}

/// Adds to a company profile what only whoever administers the tenant sees (fact sheet 9.1).
pub(super) fn reveal(customer: &Tenant, body: &mut Value) {
    if customer.delegated_admin {
        body["email"] = customer.contact_email.clone().into();
        body["address"] = json!(customer.account.profile.address);
    }
}

pub(super) fn billing(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    Ok(Reply::ok(billing_profile(ledger.reseller(tenant)?)))
}

pub(super) fn replace_billing(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let inside = field(&body, "attributes").and_then(|attributes| text(attributes, "etag"));
    let etag = inside.or_else(|| call.header("if-match").map(|etag| etag.trim_matches('"').to_owned()));
    let etag = etag.ok_or_else(|| Refusal::InvalidProperty("etag".to_owned()))?;
    ledger.replace_profile(tenant, &etag, read(&body)?)?;
    billing(tenant, ledger)
}

pub(super) fn custom_domains(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    ledger.reseller(tenant)?;
    // A bare array (fact sheet 4.2).
    Ok(Reply::ok(json!(ledger.administered(tenant)?.account.custom_domains)))
}

pub(super) fn company_profile(customer: &Tenant) -> Value {
    json!({
        // GUIDs come in any case; this one is upper (fact sheet 3.3).
        "tenantId": customer.id.to_string().to_uppercase(),
        "domain": customer.domain,
        "companyName": customer.name,
        "links": { "self": link(&format!("/customers/{}/profiles/company", customer.id)) },
        "attributes": { "objectType": "CustomerCompanyProfile" },
    })
}

pub(super) fn billing_profile(customer: &Tenant) -> Value {
    let profile = &customer.account.profile;
    let mut body = json!(profile.fields);
    body["id"] = customer.id.0.simple().to_string().into();
    body["defaultAddress"] = json!(profile.address);
    body["links"] = json!({ "self": link(&format!("/customers/{}/profiles/billing", customer.id)) });
    body["attributes"] = json!({ "etag": profile.etag(), "objectType": "CustomerBillingProfile" });
    body
}

/// Reads a whole billing profile.
pub(super) fn read(body: &Value) -> Result<Profile, Refusal> {
    let mut fields = BTreeMap::new();
    for (name, most) in FIELDS {
        let value = text(body, name).filter(|value| !value.is_empty() && value.chars().count() <= most);
        fields.insert(name.to_owned(), value.ok_or_else(|| Refusal::InvalidProperty(name.to_owned()))?);
    }
    let given = field(body, "defaultAddress").ok_or_else(|| Refusal::InvalidProperty("defaultAddress".to_owned()))?;
    let address = address(given)?;
    Ok(Profile { fields, address, version: 0 })
}

fn address(given: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    let mut address = BTreeMap::new();
    for (name, most) in ADDRESS {
        if let Some(value) = text(given, name) {
            if value.chars().count() > most {
                return Err(Refusal::InvalidProperty(name.to_owned()));
            }
            address.insert(name.to_owned(), value);
        }
    }
    if address.get("country").is_none_or(|country| regions::region(country).is_none()) {
        return Err(Refusal::InvalidProperty("country".to_owned()));
    }
    Ok(address)
}

/// Looks at an address (fact sheet 9.9): what has a street, a city and a postal code is fine.
pub(super) fn validate_address(call: &Call) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let original = address(&body)?;
    let has = |name: &str| original.get(name).is_some_and(|value| !value.trim().is_empty());
    let status = match (has("addressLine1"), has("city") || has("postalCode")) {
        (true, true) => "VerifiedShippable",
        (false, true) => "StreetPartial",
        (true, false) => "Multiple",
        (false, false) => "None",
    };
    let suggested: Vec<_> = if status == "VerifiedShippable" { vec![&original] } else { Vec::new() };
    Ok(Reply::ok(json!({
        "originalAddress": original,
        "suggestedAddresses": suggested,
        "status": status,
        "validationMessage": if suggested.is_empty() { "More detail is needed." } else { "The address is fine." },
    })))
}

/// Countries in which companies state a registration number and a phone number (fact sheet 6.3, 600049).
const REGISTERED: [&str; 11] = ["AM", "AZ", "BY", "HU", "IN", "KZ", "KG", "MD", "RU", "TJ", "UZ"];
/// Countries whose addresses name a state.
const WITH_STATES: [&str; 5] = ["AU", "BR", "CA", "IN", "US"];

pub(super) fn country_rules(country: &str) -> Result<Reply, Refusal> {
    let country = country.to_uppercase();
    if regions::region(&country).is_none() {
        return Err(Refusal::UnknownCountry(country));
    }
    let registered = REGISTERED.contains(&country.as_str()) || country == "UA";
    let states = WITH_STATES.contains(&country.as_str());
    Ok(Reply::ok(json!({
        "iso2Code": country,
        "defaultCulture": "en-US",
        "isStateRequired": states,
        "isCityRequired": true,
        "isPostalCodeRequired": true,
        "isVatIdSupported": regions::region(&country) == Some("EUROPE"),
        "isTaxIdSupported": false,
        "isTaxIdOptional": false,
        "supportedStatesList": [],
        "supportedLanguagesList": ["en"],
        "supportedCulturesList": ["en-US"],
        "countryCallingCodesList": [],
        "postalCodeRegex": "^.{2,12}$",
        "phoneNumberRegex": "^[0-9+ ()/-]{3,25}$",
        "vatIdRegex": "^[A-Z]{2}[0-9A-Z]{2,12}$",
        "taxIdFormat": "",
        "taxIdSample": "",
        "customerOrganizationRegistrationNumberRegex": if registered { "^[0-9]{6,14}$" } else { "" },
        "customerOrganizationRegistrationNumberSample": if registered { "123456" } else { "" },
        "customerOrganizationRegistrationNumberRequired": registered,
        "customerOrganizationPhoneNumberRequired": registered,
        "attributes": { "objectType": "CountryInformation" },
    })))
}
