//! Consents of the partner's applications in customers' tenants, given without the customer (fact sheet 2.6).
//!
//! Tokens do not depend on them here: what they open follows from delegated administration, and from the right `tenant_consent`.

use serde_json::Value;

use super::super::call::{Call, Reply, list, text};
use super::commerce::missing;
use crate::ids::TenantId;
use crate::ledger::{Ledger, Refusal};

pub(super) fn give(call: &Call, tenant: TenantId, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    let wanted = call.json()?;
    let application = text(&wanted, "applicationId").ok_or_else(|| missing("applicationId"))?;
    let grants = list(&wanted, "applicationGrants");
    let whole = |grant: &Value| text(grant, "enterpriseApplicationId").is_some() && text(grant, "scope").is_some();
    if grants.is_empty() || !grants.iter().all(whole) {
        return Err(missing("applicationGrants"));
    }
    ledger.consent(tenant, &application)?;
    Ok(Reply::json(201, wanted))
}

pub(super) fn withdraw(tenant: TenantId, application: &str, ledger: &mut Ledger) -> Result<Reply, Refusal> {
    ledger.withdraw_consent(tenant, application)?;
    Ok(Reply::empty(204))
}
