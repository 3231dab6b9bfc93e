//! Reports about multi-factor authentication on the wire (fact sheet 2.8).

use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::call::{Call, Reply};
use super::audit::date;
use super::collection;
use crate::ledger::{AddressName, Ledger, Refusal, calendar};

/// Requests of users, the latest first.
pub(super) fn requests(ledger: &Ledger) -> Reply {
    let partner = &ledger.seed().partner;
    let address = match ledger.rules().readings.request_address {
        AddressName::IpAddress => "ipAddress",
        AddressName::SourceIpAddress => "sourceIpAddress",
    };
    let items = ledger.user_requests().map(|asked| {
        let mut body = json!({
            "requestId": asked.request_id,
            "correlationId": asked.correlation_id,
            "operationName": asked.operation,
            "requestDateTime": asked.at.to_string(),
            "objectId": Uuid::new_v5(&partner.tenant_id.0, b"user"),
            "tenantId": partner.tenant_id,
            "upn": "agent@partner.onmicrosoft.com",
            "applicationId": partner.client_id,
            "mfaCompliant": asked.compliant,
        });
        // The emulator listens on loopback only.
        body[address] = "127.0.0.1".into();
        body
    });
    Reply::ok(collection(items.collect(), "/partnerRequests"))
}

/// How many requests of users there were on each day, and how many with multi-factor authentication; a month unless asked.
pub(super) fn adoption(call: &Call, ledger: &Ledger) -> Result<Reply, Refusal> {
    let month = SignedDuration::from_hours(30 * 24);
    let to = date(call, "endDate")?.unwrap_or(ledger.now());
    let from = date(call, "startDate")?.unwrap_or(to - month);
    let partner = &ledger.seed().partner;
    let items: Vec<Value> = ledger
        .requests_by_day(calendar::day(from), calendar::day(to))
        .map(|(day, requests)| {
            json!({
                "loginDate": format!("{day}T00:00:00Z"),
                "mfaCompliantRequestCount": requests.compliant,
                "totalRequestCount": requests.total,
                "applicationId": partner.client_id,
                "applicationName": "The partner's application",
            })
        })
        .collect();
    Ok(Reply::ok(collection(items, "/applicationmfaadoptionstatus")))
}
