//! Faults in the shapes that Partner Center uses (fact sheet 6.1).

use serde_json::{Value, json};

use super::super::auth::Denied;
use super::super::call::Reply;
use crate::ledger::{ChangeRefusal, ConsentConflict, Ledger, LicenceRefusal, NewerFaults, Refusal, WrongTokenKind};

/// The fault of a refused call: migrations and transfers have the newer shape, everything else the older.
pub(crate) fn of(refusal: &Refusal, route: &[&str], ledger: &Ledger) -> Reply {
    let readings = ledger.rules().readings;
    let (status, code) = match refusal {
        Refusal::NotReady => (readings.not_ready_status, 800_082),
        Refusal::Change(ChangeRefusal::NotShown) if readings.pending_code == 800_082 => {
            (readings.not_ready_status, 800_082)
        }
        Refusal::Change(ChangeRefusal::NotShown) => (409, readings.pending_code),
        Refusal::UnknownCountry(_) if readings.unknown_country_status == 400 => (400, 2000),
        // Windows of hours have codes of their own (fact sheet 15.4).
        Refusal::CancellationWindowPassed if readings.window_hours < 168 => (400, 900_213),
        Refusal::SeatsCannotGoDown if readings.window_hours < 168 => (400, 900_214),
        Refusal::SeatsCannotGoDown => (400, readings.seats_down_code),
        Refusal::Licence(LicenceRefusal::UsageLocation(_)) => (400, readings.usage_location_code),
        _ => refusal.status_and_code(),
    };
    let text = refusal.to_string();
    let newer = match (refusal, readings.consent_conflict) {
        (Refusal::ConsentExists(_), ConsentConflict::Empty) => return Reply::empty(status),
        (Refusal::ConsentExists(_), shape) => shape == ConsentConflict::Newer,
        _ => matches!(route, ["migrations", ..] | ["customers", _, "migrations" | "transfers", ..]),
    };
    let reply = if newer {
        let code_value = code_value(code, ledger);
        // Any of the properties may be missing (fact sheet 6.1).
        Reply::json(
            status,
            match readings.newer_faults {
                NewerFaults::Whole => json!({
                    "code": code_value,
                    "message": text,
                    "description": text,
                    "errorName": "RequestRefused",
                    "isRetryable": status >= 500,
                    "errorMessageExtended": format!("InternalErrorCode={code}"),
                    "data": [],
                }),
                NewerFaults::Message => json!({ "code": code_value, "message": text }),
                NewerFaults::Description => json!({ "code": code_value, "description": text }),
            },
        )
    } else {
        let source = if code == 13605 { "ComplianceController" } else { "PartnerFD" };
        let data = if matches!(refusal, Refusal::Licence(_)) { json!([text]) } else { json!([]) };
        older(status, code, &text, data, source, ledger)
    };
    if *refusal == Refusal::NotEmulated { reply.not_emulated() } else { reply }
}

/// The fault of a caller who was turned away.
pub(crate) fn turned_away(denied: Denied, ledger: &Ledger) -> Reply {
    let kind = ledger.rules().readings.wrong_token_kind;
    let (status, code, text) = match denied {
        Denied::Missing => (401, 800_001, "The partner token is missing."),
        Denied::Invalid => (401, 400, "Access denied: the token is not valid any more."),
        Denied::Audience => (401, 900_420, "The audience of the token is wrong."),
        Denied::NoMfa => (401, 900_421, "The token lacks the claim of multi-factor authentication."),
        Denied::Role => (403, 900_308, "The role of the user does not allow this."),
        Denied::AppOnly if kind == WrongTokenKind::Bare => return Reply::empty(401),
        Denied::AppOnly if kind == WrongTokenKind::Older => (403, 2032, "Access denied."),
        Denied::AppOnly => (403, 900_329, "An application alone may not do this."),
    };
    let reply = older(status, code, text, json!([]), "PartnerFD", ledger);
    if status == 401 { reply.saying("www-authenticate", "Bearer".to_owned()) } else { reply }
}

fn older(status: u16, code: u32, text: &str, data: Value, source: &str, ledger: &Ledger) -> Reply {
    let code = code_value(code, ledger);
    Reply::json(status, json!({ "code": code, "description": text, "data": data, "source": source }))
}

/// Documented as text, observed as a number (fact sheet 25).
fn code_value(code: u32, ledger: &Ledger) -> Value {
    if ledger.rules().readings.codes_as_text { code.to_string().into() } else { code.into() }
}
