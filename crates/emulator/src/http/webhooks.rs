//! Registration of the partner's webhook on the wire, under `/webhooks/v1/registration` (fact sheet 20.1).

use serde_json::{Value, json};

use super::auth::{self, Auth, Needs};
use super::call::{Call, Reply, field, list, text};
use super::partner_center::faults;
use crate::ledger::webhooks::{EVENTS, Registration};
use crate::ledger::{Ledger, Refusal, WebhookRefusal};
use crate::seed::Right;

/// Answers a request under `/webhooks/v1`.
pub(super) fn answer(call: &Call, ledger: &mut Ledger, auth: Auth) -> Reply {
    let needs = Needs { user: true, rights: vec![&[Right::AdminAgent]] };
    if let Err(denied) = auth::partner_center(call, ledger, auth, &needs) {
        return faults::turned_away(denied, ledger);
    }
    let route = call.route(2);
    let route: Vec<&str> = route.iter().map(String::as_str).collect();
    dispatch(call, &route, ledger).unwrap_or_else(|refusal| match refusal {
        Refusal::Webhook(WebhookRefusal::TooMany(seconds)) => super::partner_center::throttled(seconds),
        refusal => faults::of(&refusal, &route, ledger),
    })
}

fn dispatch(call: &Call, route: &[&str], ledger: &mut Ledger) -> Result<Reply, Refusal> {
    match (call.method, route) {
        // A bare array (fact sheet 4.2).
        ("GET", ["registration", "events"]) => Ok(Reply::ok(json!(EVENTS))),
        ("GET", ["registration"]) => Ok(Reply::ok(body(ledger.registration()?, ledger))),
        ("POST", ["registration"]) => register(call, ledger, false),
        ("PUT", ["registration"]) => register(call, ledger, true),
        ("POST", ["registration", "validationevents"]) => {
            let id = ledger.validate_webhook()?;
            Ok(Reply::ok(json!({ "correlationId": id })))
        }
        ("GET", ["registration", "validationevents", id]) => validation(id, ledger),
        _ => Err(Refusal::NotEmulated),
    }
}

fn register(call: &Call, ledger: &mut Ledger, replace: bool) -> Result<Reply, Refusal> {
    let wanted = call.json()?;
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let url = text(&wanted, "webhookUrl")
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
        .ok_or_else(|| invalid("webhookUrl"))?;
    let events = list(&wanted, "webhookEvents")
        .iter()
        .map(|event| event.as_str().map(str::to_owned))
        .collect::<Option<Vec<String>>>()
        .filter(|events| !events.is_empty())
        .ok_or_else(|| invalid("webhookEvents"))?;
    let own_header = field(&wanted, "signatureTokenToMsSignatureHeader").and_then(Value::as_bool).unwrap_or(false);
    ledger.register(url, events, own_header, replace)?;
    Ok(Reply::ok(body(ledger.registration()?, ledger)))
}

fn body(registration: &Registration, ledger: &Ledger) -> Value {
    json!({
        "subscriberId": uuid::Uuid::new_v5(&ledger.seed().partner.tenant_id.0, b"webhook"),
        "webhookUrl": registration.url,
        "webhookEvents": registration.events,
        "signatureTokenToMsSignatureHeader": registration.own_header,
        "lastModifiedTimestamp": registration.modified.to_string(),
        "properties": {},
    })
}

fn validation(id: &str, ledger: &Ledger) -> Result<Reply, Refusal> {
    let id = id.parse().map_err(|_| Refusal::InvalidArgument(format!("{id} is not a correlation id")))?;
    let found = ledger.webhook_validation(id)?;
    let results: Vec<Value> = found
        .results
        .iter()
        .map(|attempt| {
            json!({
                "responseCode": attempt.status.map_or_else(String::new, |status| status.to_string()),
                "responseMessage": "",
                "systemError": attempt.status.is_none(),
                "dateTimeUtc": attempt.at.to_string(),
            })
        })
        .collect();
    Ok(Reply::ok(json!({
        "correlationId": id,
        "partnerId": ledger.seed().partner.tenant_id,
        "status": if found.done { "completed" } else { "pending" },
        "callbackUrl": found.url,
        "results": results,
    })))
}
