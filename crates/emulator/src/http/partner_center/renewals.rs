//! What was chosen for the end of a term, on the wire (fact sheet 15.5, 15.6).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::{field, list, number, text};
use super::commerce::{chosen_end, instant};
use super::put;
use crate::ledger::renewals::Renewal;
use crate::ledger::subscriptions::Subscription;
use crate::ledger::{ActionWords, Dated, DatedAction, EndChoice, Ledger, NextTerm, Refusal};
use crate::seed::{Billing, Term};

/// Actions at the end of a term, by the words of the one source that names them.
const ACTIONS: [(EndChoice, &str, &str); 3] = [
    (EndChoice::Cancel, "Cancel", "cancel"),
    (EndChoice::Renew, "RenewToNewTerm", "renew_to_new_term"),
    (EndChoice::Extend, "RenewToExtendedServiceTerm", "renew_to_extended_service_term"),
];

/// Actions on a date, by the same words.
const DATED: [(DatedAction, &str, &str); 2] =
    [(DatedAction::Cancel, "Cancel", "cancel"), (DatedAction::Transition, TRANSITION.0, TRANSITION.1)];

/// The word for becoming another product, at the end of the term or on a date.
const TRANSITION: (&str, &str) = ("Transition", "transition");

/// Reads what is scheduled for the next term. Scheduled actions alone count where both are sent.
pub(super) fn next_term(body: &Value) -> Result<Option<NextTerm>, Refusal> {
    let action = at_term_end(body);
    let given = match action {
        Some(action) => field(action, "instructions"),
        None => field(body, "scheduledNextTermInstructions"),
    };
    if given.is_none() && is_transition(body) {
        return Err(invalid("instructions"));
    }
    given.map(product).transpose()
}

/// Reads what a subscription is to become.
fn product(given: &Value) -> Result<NextTerm, Refusal> {
    let product = field(given, "product").ok_or_else(|| invalid("product"))?;
    let part = |name: &str| text(product, name).ok_or_else(|| invalid(name));
    Ok(NextTerm {
        product: part("productId")?,
        sku: part("skuId")?,
        availability: text(product, "availabilityId"),
        billing: Billing::parse(&part("billingCycle")?).ok_or_else(|| invalid("billingCycle"))?,
        term: Term::parse(&part("termDuration")?).ok_or_else(|| invalid("termDuration"))?,
        promotion: text(product, "promotionId"),
        quantity: number(given, "quantity").ok_or_else(|| invalid("quantity"))?,
        custom_end: chosen_end(given)?,
    })
}

/// Reads the choice for the end of the term. Words come in any case, with or without underscores. Whoever wants another product then
/// wants another term.
pub(super) fn end_choice(body: &Value) -> Result<Option<EndChoice>, Refusal> {
    let Some(action) = at_term_end(body) else { return Ok(None) };
    let word = text(action, "actionType").unwrap_or_default();
    if is_transition(body) {
        return Ok(Some(EndChoice::Renew));
    }
    let known = ACTIONS.iter().find(|(_, known, _)| plain(known) == plain(&word));
    known.map(|(choice, ..)| Some(*choice)).ok_or_else(|| invalid("actionType"))
}

/// Whether another product is wanted at the end of the term.
pub(super) fn is_transition(body: &Value) -> bool {
    let word = at_term_end(body).and_then(|action| text(action, "actionType"));
    word.is_some_and(|word| plain(&word) == plain(TRANSITION.0))
}

/// Reads what is scheduled for dates.
pub(super) fn dated(body: &Value) -> Result<Vec<Dated>, Refusal> {
    let on_date = |action: &&Value| text(action, "scheduleType").is_some_and(|kind| plain(&kind) == "customdate");
    let read = |action: &Value| {
        let word = text(action, "actionType").unwrap_or_default();
        let known = DATED.iter().find(|(_, known, _)| plain(known) == plain(&word));
        Ok(Dated {
            action: known.ok_or_else(|| invalid("actionType"))?.0,
            at: instant(action, "effectiveDate")?.ok_or_else(|| invalid("effectiveDate"))?,
            becomes: field(action, "instructions").map(product).transpose()?,
        })
    };
    list(body, "scheduledActions").iter().filter(on_date).map(read).collect()
}

/// The words of an action, both spellings.
fn words<T: PartialEq>(known: &[(T, &'static str, &'static str)], action: T) -> (&'static str, &'static str) {
    known.iter().find(|(it, ..)| *it == action).map_or(TRANSITION, |(_, pascal, snake)| (*pascal, *snake))
}

fn invalid(name: &str) -> Refusal {
    Refusal::InvalidProperty(name.to_owned())
}

fn at_term_end(body: &Value) -> Option<&Value> {
    let ends = |action: &&Value| text(action, "scheduleType").is_some_and(|kind| plain(&kind) == "termend");
    list(body, "scheduledActions").iter().find(ends)
}

fn plain(word: &str) -> String {
    word.replace('_', "").to_ascii_lowercase()
}

/// Writes all of it into a subscription.
pub(super) fn write(body: &mut Value, held: &Subscription, renewal: &Renewal, ledger: &Ledger) {
    let snake = ledger.rules().readings.action_words == ActionWords::Snake;
    let spelled = |(pascal, word): (&'static str, &'static str)| if snake { word } else { pascal };
    let action = |kind, word, at: Timestamp, becomes: Option<&NextTerm>| {
        let mut action = json!({ "scheduleType": kind, "actionType": word, "effectiveDate": at.to_string() });
        if let Some(next) = becomes {
            action["instructions"] = instructions(next);
        }
        action
    };
    let mut actions = Vec::new();
    if let Some(choice) = renewal.choice {
        let word = spelled(if renewal.transition { TRANSITION } else { words(&ACTIONS, choice) });
        actions.push(action(spelled(("TermEnd", "term_end")), word, held.ends, renewal.next_term.as_ref()));
    }
    for dated in &renewal.dated {
        let word = spelled(words(&DATED, dated.action));
        actions.push(action(spelled(("CustomDate", "custom_date")), word, dated.at, dated.becomes.as_ref()));
    }
    if !actions.is_empty() {
        body["scheduledActions"] = actions.into();
    }
    if let Some(next) = &renewal.next_term {
        body["scheduledNextTermInstructions"] = instructions(next);
    }
}

fn instructions(next: &NextTerm) -> Value {
    let billing = match next.billing {
        Billing::Monthly => "Monthly",
        Billing::Annual => "Annual",
        Billing::Triennial => "Triennial",
    };
    let mut product = json!({
        "productId": next.product,
        "skuId": next.sku,
        "billingCycle": billing,
        "termDuration": next.term.word(),
    });
    put(&mut product, "availabilityId", next.availability.clone());
    put(&mut product, "promotionId", next.promotion.clone());
    let mut body = json!({ "product": product, "quantity": next.quantity });
    put(&mut body, "customTermEndDate", next.custom_end.map(|end| end.to_string()));
    body
}
