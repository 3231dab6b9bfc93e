//! The customer agreement: what may be agreed to, and who did (fact sheet 11).

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply, field, text};
use super::collection;
use super::commerce::instant;
use crate::ids::TenantId;
use crate::ledger::tenant::{Agreement, Confirmation};
use crate::ledger::{Ledger, Refusal};

/// The agreement's templates with their ranks; only the one with the highest rank is current.
const TEMPLATES: [(&str, u32); 2] =
    [("117a77b0-9360-443b-8795-c6dedc750cf9", 1), ("0d0f3c6a-94a5-4f0e-9c55-2f9b8a0a41d7", 0)];
const AGREEMENT: &str = "MicrosoftCustomerAgreement";
const LINK: &str = "https://aka.ms/customeragreement";

/// What may be agreed to. Other types than the customer agreement are not kept.
pub(super) fn templates(call: &Call) -> Reply {
    let wanted = call.query("agreementType").unwrap_or("MicrosoftCloudAgreement");
    let ours = wanted == "*" || wanted.eq_ignore_ascii_case(AGREEMENT);
    let items = TEMPLATES.iter().filter(|_| ours).map(|(id, rank)| {
        json!({
            "templateId": id,
            "agreementType": AGREEMENT,
            "agreementLink": LINK,
            "versionRank": rank,
            "attributes": { "objectType": "AgreementMetaData" },
        })
    });
    Reply::ok(collection(items.collect(), "/agreements"))
}

/// Where the text of a template can be read.
pub(super) fn document(call: &Call, template: &str) -> Result<Reply, Refusal> {
    if !TEMPLATES.iter().any(|(known, _)| known.eq_ignore_ascii_case(template)) {
        return Err(Refusal::InvalidArgument("the template is not known".to_owned()));
    }
    let language = call.query("language").unwrap_or("en-US");
    let country = call.query("country").unwrap_or("US");
    Ok(Reply::ok(json!({
        "displayUri": format!("{LINK}?view={template}"),
        "downloadUri": format!("{LINK}?download={template}"),
        "language": language,
        "country": country,
    })))
}

pub(super) fn of_customer(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let wanted = call.query("agreementType").unwrap_or("MicrosoftCloudAgreement");
    let ours = wanted == "*" || wanted.eq_ignore_ascii_case(AGREEMENT);
    let stated = &ledger.reseller(tenant)?.confirmations;
    let items = stated.iter().filter(|_| ours).map(|stated| confirmation(stated, ledger)).collect();
    Ok(Reply::ok(collection(items, &format!("/customers/{tenant}/agreements"))))
}

pub(super) fn confirm(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let body = call.json()?;
    let missing = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let contact = field(&body, "primaryContact").ok_or_else(|| missing("primaryContact"))?;
    let agreed_at = instant(&body, "dateAgreed")?.ok_or_else(|| missing("dateAgreed"))?;
    let template = text(&body, "templateId").ok_or_else(|| missing("templateId"))?;
    if !template.eq_ignore_ascii_case(TEMPLATES[0].0) {
        return Err(Refusal::InvalidArgument("the template is not current".to_owned()));
    }
    if !text(&body, "type").is_some_and(|kind| kind.eq_ignore_ascii_case(AGREEMENT)) {
        return Err(missing("type"));
    }
    let part = |name: &str| text(contact, name).ok_or_else(|| missing(name));
    let stated = Confirmation {
        first_name: part("firstName")?,
        last_name: part("lastName")?,
        email: part("email")?,
        phone: text(contact, "phoneNumber"),
        agreed_at,
    };
    let reply = confirmation(&stated, ledger);
    ledger.confirm_agreement(tenant, stated)?;
    Ok(Reply::json(201, reply))
}

pub(super) fn directly_signed(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let signed = matches!(ledger.reseller(tenant)?.agreement, Some(Agreement::Signed { .. }));
    Ok(Reply::ok(json!({ "isSigned": signed })))
}

fn confirmation(stated: &Confirmation, ledger: &Ledger) -> Value {
    let mut contact = json!({
        "firstName": stated.first_name,
        "lastName": stated.last_name,
        "email": stated.email,
    });
    super::put(&mut contact, "phoneNumber", stated.phone.clone());
    json!({
        "primaryContact": contact,
        "templateId": TEMPLATES[0].0,
        "dateAgreed": stated.agreed_at.to_string(),
        "type": AGREEMENT,
        // Filled in by the server: the partner's user who confirmed.
        "userId": Uuid::new_v5(&ledger.seed().partner.tenant_id.0, b"user"),
        "agreementLink": LINK,
        "attributes": { "objectType": "Agreement" },
    })
}
