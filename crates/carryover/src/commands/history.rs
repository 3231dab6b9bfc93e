//! `carryover export ID`: one customer's whole history for an auditor, a JSON object a line: who, what, when, upon which
//! request, and what was sent.
//!
//! What was sent follows from the events before it, as it did when it was sent; nothing here is remembered apart from them.

use super::import::cannot_write;
use crate::cli::Format;
use crate::failure::{Ending, Failure};
use crate::place::Place;
use crate::render::count;
use crate::{find, output};
use carryover_domain::ids::{LineId, TenantId};
use carryover_domain::migration::state::Cause;
use carryover_domain::policy::Policy;
use carryover_domain::{Effect, Event, Migration, evolve, owed, replay};
use carryover_journal::chain::{Digest, Link, verify};
use carryover_ports::{Chain, Remembered, StoreError};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

pub(super) async fn run(place: &dyn Place, id: &str, out: Option<&Path>, format: Format) -> Result<Ending, Failure> {
    let known = find::named(place, &[id.to_owned()]).await?;
    let known = known.first().ok_or_else(|| Failure::input(format!("no customer is `{id}`")))?;
    let migration = known.migration.id;
    let gone = || Failure::failed(format!("migration {migration} is gone"));
    let chain = place.chain(migration).await?.ok_or_else(gone)?;
    let requests = place.requests(migration).await?;
    let lines = history(&chain, known.migration.customer.tenant, &requests, place.policy())?;
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    match out {
        Some(path) => {
            std::fs::write(path, text).map_err(|error| cannot_write(path, &error))?;
            output::result(
                format,
                || format!("{} in {}", count(lines.len(), "event", "events"), path.display()),
                || json!({ "file": path, "events": lines.len() }),
            );
        }
        None => output::result(Format::Text, || text, || Value::Null),
    }
    let links = chain.events.iter().map(|kept| Link {
        number: kept.number,
        at: kept.at,
        record: &kept.record,
        before: Digest(kept.before),
    });
    verify(migration, links, Digest(chain.head.digest)).map_err(|broken| {
        Failure::failed(format!(
            "the history was written, and is not as it was recorded: {broken}; `carryover verify` says what to do"
        ))
    })?;
    Ok(Ending::Done)
}

/// The history, an object for each event.
fn history(
    chain: &Chain,
    tenant: TenantId,
    requests: &[Remembered],
    policy: &Policy,
) -> Result<Vec<Value>, StoreError> {
    let mut state: Option<Migration> = None;
    let mut lines = Vec::new();
    for kept in &chain.events {
        let damaged = |detail: String| StoreError::Damaged { migration: kept.migration, number: kept.number, detail };
        let event = carryover_journal::decode(&kept.record).map_err(|error| damaged(error.to_string()))?;
        let record: Value = serde_json::from_str(&kept.record).map_err(|error| damaged(error.to_string()))?;
        let asked = requests.iter().find(|asked| (asked.before.0 + 1..=asked.after.0).contains(&kept.number));
        let before = Digest(kept.before);
        let written = state.as_ref().and_then(|state| written(state, &event, policy, kept.at));
        // Whether a write has left that nobody answered is not on record.
        let answered = !matches!(event, Event::PutOff { answered: false, .. });
        lines.push(json!({
            "migration": kept.migration.to_string(),
            "tenant": tenant.to_string(),
            "number": kept.number,
            "at": kept.at.to_string(),
            "event": event.name(),
            "line": event.line().map(|line| line.to_string()),
            "by": event.by(),
            "api_request": asked.map(|asked| asked.request.key.to_string()),
            "sent": written.clone().filter(|_| answered),
            "tried": written.filter(|_| !answered),
            "record": record,
            "digest_before": before.to_string(),
            "digest": before.with(kept.number, kept.at, &kept.record).to_string(),
        }));
        state = match state {
            Some(state) => Some(evolve(state, &event)),
            None => replay([&event]),
        };
    }
    Ok(lines)
}

/// The write that `event` records the answer to, with the ids that it carried. Where users' licences were changed together and the
/// event is about none of them alone, it has all of their ids.
fn written(state: &Migration, event: &Event, policy: &Policy, at: Timestamp) -> Option<Value> {
    let answer = answer(event)?;
    let line = event.line()?;
    let writes: Vec<Effect> = match event {
        Event::UserSwapped { user, .. } | Event::UserNotSwapped { user, .. } => {
            vec![Effect::SwapLicence { line, user: *user }]
        }
        _ => owed(state, policy, at).into_iter().filter(|effect| written_line(effect) == Some(line)).collect(),
    };
    let ids: Vec<String> = writes.iter().filter_map(Effect::request_id).map(|id| id.to_string()).collect();
    let mut said = match (writes.first()?, ids.as_slice()) {
        (Effect::SwapLicence { .. }, [id]) => json!({ "operation": "change_licence", "request_id": id }),
        (Effect::SwapLicence { .. }, ids) => json!({ "operation": "change_licence", "request_ids": ids }),
        (purchase, _) => {
            let request = purchase.request_id()?;
            json!({
                "operation": if matches!(purchase, Effect::CheckOut { .. }) { "check_out" } else { "create_cart" },
                "request_id": request.to_string(),
                "correlation_id": request.correlation().to_string(),
                "mark": purchase.mark().map(|mark| mark.to_string()),
            })
        }
    };
    said["answer"] = answer.into();
    Some(said)
}

/// What was answered to a write, in words, where `event` records that.
fn answer(event: &Event) -> Option<String> {
    match event {
        Event::CartRecorded { .. } | Event::PurchaseConfirmed { .. } | Event::UserSwapped { .. } => {
            Some("done".to_owned())
        }
        Event::CartGone { .. } => Some("refused: the cart can no longer be checked out".to_owned()),
        Event::UserNotSwapped { reason, .. } => Some(format!("refused: {reason}")),
        Event::PutOff { answered: true, .. } => Some("answered, and not settled".to_owned()),
        Event::PutOff { answered: false, .. } => Some("none: it may have been sent, or not".to_owned()),
        Event::AttentionNeeded { cause: Cause::Refused(refusal), .. } => Some(format!("refused: {refusal}")),
        Event::AttentionNeeded { cause: Cause::CartDiffers { what } | Cause::PurchaseDiffers { what }, .. } => {
            Some(format!("done, and not as planned: {what}"))
        }
        _ => None,
    }
}

/// The line that a write is about.
fn written_line(effect: &Effect) -> Option<LineId> {
    match effect {
        Effect::CreateCart { line, .. } | Effect::CheckOut { line, .. } | Effect::SwapLicence { line, .. } => {
            Some(*line)
        }
        _ => None,
    }
}
