//! The emulator's own calls: its clock, its letter box, its books. Real services have none of these.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, Reply, field, text};
use super::clock::VirtualClock;
use super::faults::{Dice, FaultRule, Faults};
use super::keys;
use super::page;
use crate::books::HoursError;
use crate::ids::SubscriptionId;
use crate::ledger::{ActError, Ledger, Letter, LetterError};
use crate::seed::{Act, Right, SeedEvent};

/// Requests that the log remembers; older ones are forgotten.
const REMEMBERED: usize = 1000;

/// The latest requests, without bodies, queries or tokens.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Entry>);

#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) method: &'static str,
    pub(super) path: String,
    /// Absent where the connection was closed instead of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// The faults that struck it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) faults: Vec<&'static str>,
}

impl Log {
    /// The last `most` requests, the latest first.
    pub(super) fn latest(&self, most: usize) -> impl Iterator<Item = &Entry> {
        self.0.iter().rev().take(most)
    }

    pub(super) fn write(&mut self, entry: Entry) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }
}

/// What a letter looks like, for whoever got it wrong.
const LETTERS: &str = "send {\"kind\": \"invitation\", \"tenant\": GUID, \"link\": URL}, {\"kind\": \"agreement\", \"tenant\": GUID} or \
                       {\"kind\": \"stop_renewal\", \"tenant\": GUID, \"subscription\": GUID}";
/// What can be called, for whoever looks around.
const CALLS: &str = "there is no such call; GET clock, books, ledger, ledger/seats, acts, faults, rights, seed, portfolio.csv or log; \
                     POST clock ({\"advance_to\": TIME} or {\"advance_seconds\": N}), letters, acts, faults, transfers or \
                     rights ({\"take\": [RIGHT]} or {\"grant\": [RIGHT]}); DELETE faults or faults/N";
/// What an act looks like, for whoever got it wrong.
const ACTS: &str = "send {\"act\": {\"kind\": KIND, \"tenant\": GUID, ...}}, and \"at\": TIME for later; the README of the emulator \
                    lists the kinds";

/// What names subscriptions, for whoever got it wrong.
const SUBSCRIPTIONS: &str = "subscriptions must be a list of GUIDs; leave it out for all of them";

/// Answers a request under `/emulator`.
pub(super) fn answer(call: &Call, ledger: &mut Ledger, clock: &mut VirtualClock, dice: &mut Dice, log: &Log) -> Reply {
    let route = call.route(1);
    let route: Vec<&str> = route.iter().map(String::as_str).collect();
    match (call.method, route.as_slice()) {
        ("GET", []) => page::page(ledger, dice, log),
        ("POST", ["step"]) => step(call, ledger, clock),
        ("GET", ["clock"]) => time(ledger),
        ("POST", ["clock"]) => advance(call, ledger, clock),
        ("POST", ["letters"]) => post(call, ledger),
        ("GET", ["certificates", "notifications.cer"]) => Reply::bytes(200, "application/pkix-cert", keys::CERTIFICATE),
        ("GET", ["certificates", "root.cer"]) => Reply::bytes(200, "application/pkix-cert", keys::ROOT),
        ("POST", ["transfers"]) => offer(call, ledger),
        ("POST", ["transfers", id, "release"]) => release(call, id, ledger),
        ("POST", ["transfers", id, answer @ ("accept" | "reject")]) => answer_offer(id, *answer == "accept", ledger),
        ("GET", ["rights"]) => written(&ledger.rights().collect::<Vec<_>>()),
        ("POST", ["rights"]) => rights(call, ledger),
        ("GET", ["books"]) => written(&ledger.books()),
        ("GET", ["seed"]) => written(ledger.seed()),
        ("GET", ["portfolio.csv"]) => Reply::text(200, "text/csv; charset=utf-8", ledger.seed().portfolio_csv()),
        ("GET", ["log"]) => written(&log.0),
        ("GET", ["ledger"]) => written(&ledger.statement()),
        ("GET", ["ledger", "seats"]) => seats(call, ledger),
        ("GET", ["acts"]) => Reply::ok(json!({ "planned": ledger.planned(), "happened": ledger.happened() })),
        ("POST", ["acts"]) => act(call, ledger),
        ("GET", ["faults"]) => Reply::ok(dice.shown()),
        ("POST", ["faults"]) => add_fault(call, dice),
        ("DELETE", ["faults"]) => {
            dice.clear();
            Reply::empty(204)
        }
        ("DELETE", ["faults", number]) => match number.parse() {
            Ok(number) if dice.remove(number) => Reply::empty(204),
            _ => problem(404, &format!("no fault has the number {number}; GET faults lists those in force")),
        },
        _ => problem(404, CALLS),
    }
}

fn time(ledger: &Ledger) -> Reply {
    Reply::ok(json!({ "now": ledger.now().to_string() }))
}

/// Moves time for a button of the page, and shows the page again.
fn step(call: &Call, ledger: &mut Ledger, clock: &mut VirtualClock) -> Reply {
    let seconds = call.form().into_iter().find(|(name, _)| name == "seconds").and_then(|(_, value)| value.parse().ok());
    let wanted = seconds.and_then(|seconds| ledger.now().checked_add(SignedDuration::from_secs(seconds)).ok());
    let Some(wanted) = wanted else { return problem(400, "give seconds, a number") };
    match ledger.advance_to(wanted) {
        Ok(()) => {
            clock.jump_to(wanted);
            Reply { location: Some("/emulator/".to_owned()), ..Reply::empty(303) }
        }
        Err(error) => problem(400, &error.to_string()),
    }
}

fn advance(call: &Call, ledger: &mut Ledger, clock: &mut VirtualClock) -> Reply {
    let Ok(body) = call.json() else { return problem(400, "the body is not JSON") };
    let to = text(&body, "advance_to").and_then(|to| to.parse::<Timestamp>().ok());
    let by = field(&body, "advance_seconds").and_then(Value::as_i64);
    let wanted = match (to, by) {
        (Some(to), None) => Some(to),
        (None, Some(seconds)) => ledger.now().checked_add(SignedDuration::from_secs(seconds)).ok(),
        _ => None,
    };
    let Some(wanted) = wanted else {
        return problem(400, "give either advance_to, an instant, or advance_seconds, a number");
    };
    match ledger.advance_to(wanted) {
        Ok(()) => {
            clock.jump_to(wanted);
            time(ledger)
        }
        Err(error) => problem(400, &error.to_string()),
    }
}

fn post(call: &Call, ledger: &mut Ledger) -> Reply {
    let letter: Letter = match serde_json::from_slice(&call.body) {
        Ok(letter) => letter,
        Err(error) => return problem(400, &format!("this is no letter: {error}; {LETTERS}")),
    };
    match ledger.post_letter(&letter) {
        Ok(delivery) => Reply::json(202, json!({ "delivery": delivery })),
        Err(error @ LetterError::WrongPartner { .. }) => problem(400, &error.to_string()),
        Err(error) => problem(404, &error.to_string()),
    }
}

/// Seats of one customer by the hour: `tenant`, and `from` and `until` if not all of the run.
fn seats(call: &Call, ledger: &Ledger) -> Reply {
    let Some(tenant) = call.query("tenant").and_then(|tenant| tenant.parse().ok()) else {
        return problem(400, "name the customer by tenant=GUID");
    };
    let instant = |name: &str, usual: Timestamp| match call.query(name) {
        None => Ok(usual),
        Some(text) => text.parse().map_err(|_| format!("{name} is not an instant such as 2026-11-02T08:00:00Z")),
    };
    let (from, until) = match (instant("from", ledger.seed().start), instant("until", ledger.now())) {
        (Ok(from), Ok(until)) => (from, until),
        (Err(error), _) | (_, Err(error)) => return problem(400, &error),
    };
    match ledger.seats_by_hour(tenant, from, until) {
        Ok(hours) => written(&hours),
        Err(error @ HoursError::UnknownTenant(_)) => problem(404, &error.to_string()),
        Err(error) => problem(400, &error.to_string()),
    }
}

/// Lets somebody outside do something, now or later.
fn act(call: &Call, ledger: &mut Ledger) -> Reply {
    let wanted: WantedAct = match serde_json::from_slice(&call.body) {
        Ok(wanted) => wanted,
        Err(error) => return problem(400, &format!("nobody can do this: {error}; {ACTS}")),
    };
    let done = match wanted.at {
        Some(at) => ledger.act_later(SeedEvent { at, act: wanted.act }).map(|()| (202, "planned")),
        None => ledger.act(&wanted.act).map(|()| (200, "done")),
    };
    match done {
        Ok((status, word)) => Reply::json(status, json!({ "act": word })),
        Err(error @ (ActError::UnknownTenant(_) | ActError::UnknownUser(_) | ActError::UnknownSubscription { .. })) => {
            problem(404, &error.to_string())
        }
        Err(error) => problem(400, &error.to_string()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedAct {
    at: Option<Timestamp>,
    act: Act,
}

/// Puts a fault in force, or changes how bad everything is.
fn add_fault(call: &Call, dice: &mut Dice) -> Reply {
    if let Ok(body) = call.json()
        && let Some(preset) = field(&body, "preset")
    {
        return match serde_json::from_value::<Faults>(preset.clone()) {
            Ok(faults) => {
                dice.set(faults);
                Reply::ok(json!({ "preset": faults }))
            }
            Err(_) => problem(400, &format!("there is no preset {preset}; there are none, mild, rough and cruel")),
        };
    }
    let rule: FaultRule = match serde_json::from_slice(&call.body) {
        Ok(rule) => rule,
        Err(error) => return problem(400, &format!("this is no fault: {error}; GET faults lists what there is")),
    };
    match dice.add(rule) {
        Ok(number) => Reply::json(201, json!({ "id": number })),
        Err(error) => problem(400, &error.to_string()),
    }
}

/// Another partner offers subscriptions of the old generation, or asks for those of new commerce.
fn offer(call: &Call, ledger: &mut Ledger) -> Reply {
    let body = call.json().unwrap_or_default();
    let id = |name: &str| text(&body, name).and_then(|id| id.parse().ok());
    let (Some(tenant), Some(partner)) = (id("tenant"), id("partner")) else {
        return problem(400, "give tenant, the customer, and partner, the partner that offers, both GUIDs");
    };
    let Some(named) = subscriptions(&body) else { return problem(400, SUBSCRIPTIONS) };
    let made = match text(&body, "wants").as_deref() {
        None => ledger.offer_transfer(tenant, partner, &named),
        Some("new_commerce") => ledger.asked_transfer(tenant, partner),
        Some(_) => return problem(400, "wants can be new_commerce, or is left out where the partner offers"),
    };
    match made {
        Ok(id) => Reply::json(201, json!({ "id": id })),
        Err(error) => problem(error.status_and_code().0, &error.to_string()),
    }
}

/// The other partner answers what was offered to it.
fn answer_offer(id: &str, accepts: bool, ledger: &mut Ledger) -> Reply {
    let Ok(id) = id.parse() else { return problem(400, "the transfer id is not a GUID") };
    match ledger.answer_offer(id, accepts) {
        Ok(()) => Reply::ok(json!({ "accepted": accepts })),
        Err(error) => problem(error.status_and_code().0, &error.to_string()),
    }
}

/// The subscriptions that a body names; none where it leaves them out.
fn subscriptions(body: &Value) -> Option<Vec<SubscriptionId>> {
    super::call::list(body, "subscriptions").iter().map(|id| id.as_str()?.parse().ok()).collect()
}

/// The other partner gives up subscriptions of a customer.
fn release(call: &Call, id: &str, ledger: &mut Ledger) -> Reply {
    let Ok(id) = id.parse() else { return problem(400, "the transfer id is not a GUID") };
    let body = call.json().unwrap_or_default();
    let Some(named) = subscriptions(&body) else { return problem(400, SUBSCRIPTIONS) };
    match ledger.release_transfer(id, &named) {
        Ok(()) => Reply::ok(json!({ "released": true })),
        Err(error) => problem(error.status_and_code().0, &error.to_string()),
    }
}

/// Takes rights away, or gives them back.
fn rights(call: &Call, ledger: &mut Ledger) -> Reply {
    let change: RightsChange = match serde_json::from_slice(&call.body) {
        Ok(change) => change,
        Err(error) => return problem(400, &format!("give take or grant, lists of rights: {error}")),
    };
    change.take.into_iter().for_each(|right| ledger.take_right(right));
    change.grant.into_iter().for_each(|right| ledger.grant_right(right));
    written(&ledger.rights().collect::<Vec<_>>())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RightsChange {
    take: Vec<Right>,
    grant: Vec<Right>,
}

fn written(value: &impl Serialize) -> Reply {
    match serde_json::to_value(value) {
        Ok(value) => Reply::ok(value),
        Err(error) => problem(500, &error.to_string()),
    }
}

fn problem(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "error": text }))
}
