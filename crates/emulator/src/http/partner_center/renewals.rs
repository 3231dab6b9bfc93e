//! What was chosen for the end of a term, on the wire (fact sheet 15.5, 15.6).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::call::{field, list, number, text};
use super::put;
use crate::ledger::renewals::Renewal;
use crate::ledger::subscriptions::Subscription;
use crate::ledger::{ActionWords, EndChoice, Ledger, NextTerm, Refusal};
use crate::seed::{Billing, Term};

/// Actions at the end of a term, by the words of the one source that names them.
const ACTIONS: [(EndChoice, &str, &str); 3] = [
    (EndChoice::Cancel, "Cancel", "cancel"),
    (EndChoice::Renew, "RenewToNewTerm", "renew_to_new_term"),
    (EndChoice::Extend, "RenewToExtendedServiceTerm", "renew_to_extended_service_term"),
];

/// Reads what is scheduled. Scheduled actions alone count where both are sent.
pub(super) fn next_term(body: &Value) -> Result<Option<NextTerm>, Refusal> {
    let action = at_term_end(body);
    let given = match action {
        Some(action) => field(action, "instructions"),
        None => field(body, "scheduledNextTermInstructions"),
    };
    let Some(given) = given else { return Ok(None) };
    let invalid = |name: &str| Refusal::InvalidProperty(name.to_owned());
    let product = field(given, "product").ok_or_else(|| invalid("product"))?;
    let part = |name: &str| text(product, name).ok_or_else(|| invalid(name));
    let custom_end: Option<Timestamp> = match text(given, "customTermEndDate") {
        Some(end) => Some(end.parse().map_err(|_| invalid("customTermEndDate"))?),
        None => None,
    };
    Ok(Some(NextTerm {
        product: part("productId")?,
        sku: part("skuId")?,
        availability: text(product, "availabilityId"),
        billing: Billing::parse(&part("billingCycle")?).ok_or_else(|| invalid("billingCycle"))?,
        term: Term::parse(&part("termDuration")?).ok_or_else(|| invalid("termDuration"))?,
        promotion: text(product, "promotionId"),
        quantity: number(given, "quantity").ok_or_else(|| invalid("quantity"))?,
        custom_end,
    }))
}

/// Reads the choice for the end of the term. Words come in any case, with or without underscores.
pub(super) fn end_choice(body: &Value) -> Result<Option<EndChoice>, Refusal> {
    let Some(action) = at_term_end(body) else { return Ok(None) };
    let word = text(action, "actionType").unwrap_or_default();
    let known = ACTIONS.iter().find(|(_, known, _)| plain(known) == plain(&word));
    known.map(|(choice, ..)| Some(*choice)).ok_or_else(|| Refusal::InvalidProperty("actionType".to_owned()))
}

fn at_term_end(body: &Value) -> Option<&Value> {
    let ends = |action: &&Value| text(action, "scheduleType").is_some_and(|kind| plain(&kind) == "termend");
    list(body, "scheduledActions").iter().find(ends)
}

fn plain(word: &str) -> String {
    word.replace('_', "").to_ascii_lowercase()
}

/// Writes both into a subscription.
pub(super) fn write(body: &mut Value, held: &Subscription, renewal: &Renewal, ledger: &Ledger) {
    let instructions = renewal.next_term.as_ref().map(instructions);
    if let Some(choice) = renewal.choice {
        let snake = ledger.rules().readings.action_words == ActionWords::Snake;
        let word = ACTIONS.iter().find(|(known, ..)| *known == choice);
        let word = word.map_or("", |(_, pascal, words)| if snake { words } else { pascal });
        let mut action = json!({
            "scheduleType": if snake { "term_end" } else { "TermEnd" },
            "actionType": word,
            "effectiveDate": held.ends.to_string(),
        });
        if let Some(instructions) = &instructions {
            action["instructions"] = instructions.clone();
        }
        body["scheduledActions"] = json!([action]);
    }
    if let Some(instructions) = instructions {
        body["scheduledNextTermInstructions"] = instructions;
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
