//! Whether an account may transact, and the segments it qualifies for (fact sheet 9.7, 9.8).

use serde_json::{Value, json};

use super::super::call::{Call, Reply, text};
use crate::ids::TenantId;
use crate::ledger::customers::Qualified;
use crate::ledger::{AccountRefusal, Ledger, Refusal, VettingDate};
use crate::seed::{Qualification, Vetting};

pub(super) fn validation(call: &Call, tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    if !call.query("type").is_some_and(|kind| kind.eq_ignore_ascii_case("account")) {
        return Err(Refusal::InvalidArgument("type".to_owned()));
    }
    let status = ledger.reseller(tenant)?.account.validation.word().ok_or(AccountRefusal::NoValidationStatus)?;
    Ok(Reply::ok(json!({
        "type": "account",
        "status": status,
        "lastUpdateDateTime": ledger.seed().start.to_string(),
    })))
}

pub(super) fn qualifications(tenant: TenantId, ledger: &Ledger) -> Result<Reply, Refusal> {
    let held = &ledger.reseller(tenant)?.account.qualifications;
    let items: Vec<Value> = held.iter().map(|held| body(held, ledger)).collect();
    // A bare array (fact sheet 4.2).
    Ok(Reply::ok(Value::Array(items)))
}

pub(super) fn qualify(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let wanted = call.json()?;
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let qualification = text(&wanted, "qualification")
        .and_then(|word| Qualification::parse(&word))
        .ok_or_else(|| invalid("qualification"))?;
    match qualification {
        Qualification::Nonprofit => return Err(invalid("qualification")),
        Qualification::StateOwnedEntity => {}
        Qualification::GovernmentCommunityCloud => {
            let code = text(&wanted, "validationCode").or_else(|| call.query("code").map(str::to_owned));
            if code.as_deref() != Some(code_of(ledger).as_str()) {
                return Err(invalid("validationCode"));
            }
        }
        Qualification::Education => {
            let segment = text(&wanted, "educationSegment").unwrap_or_default();
            if !["K12", "HigherEducation"].iter().any(|known| known.eq_ignore_ascii_case(&segment)) {
                return Err(invalid("educationSegment"));
            }
            text(&wanted, "website").filter(|website| !website.is_empty()).ok_or_else(|| invalid("website"))?;
        }
    }
    ledger.qualify(tenant, qualification)?;
    let held = ledger.reseller(tenant)?.account.qualifications.iter().find(|held| held.qualification == qualification);
    Ok(Reply::json(201, held.map_or(Value::Null, |held| body(held, ledger))))
}

/// The partner's codes for government customers; the emulator hands out one.
pub(super) fn codes(ledger: &Ledger) -> Reply {
    let partner = &ledger.seed().partner;
    Reply::ok(json!([{
        "partnerId": partner.tenant_id,
        "organizationName": partner.name,
        "validationId": code_of(ledger),
        "maxCreates": 10,
        "remainingCreates": 10,
        "eTag": "1",
    }]))
}

fn code_of(ledger: &Ledger) -> String {
    uuid::Uuid::new_v5(&ledger.seed().partner.tenant_id.0, b"government").to_string()
}

fn body(held: &Qualified, ledger: &Ledger) -> Value {
    let status = held.status(ledger.now());
    let date = match ledger.rules().readings.vetting_date {
        VettingDate::Create => "vettingCreateDate",
        VettingDate::Created => "vettingCreatedDate",
    };
    let mut body = json!({ "qualification": held.qualification.word(), "vettingStatus": status.word() });
    body[date] = held.asked_at.to_string().into();
    if status == Vetting::Denied {
        body["vettingReason"] = format!("Not a {} customer", held.qualification.word()).into();
    }
    body
}
