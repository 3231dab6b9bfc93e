//! Subscriptions that we have sold, whole, and what a change makes of one (fact sheet 15.2 to 15.6).

use super::{lenient, terms};
use carryover_domain::ids::{OrderId, SubscriptionId};
use carryover_domain::offer::OfferId;
use carryover_domain::sold::{EndOfTerm, NextTerm, Sold, SoldChange, SoldProduct, SoldStatus};
use carryover_domain::time::{Term, day_before, utc_day};
use carryover_domain::value::Seats;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SoldSubscription {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    offer_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    friendly_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    term_duration: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    billing_cycle: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    effective_start_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::instant")]
    commitment_end_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::flag")]
    auto_renew_enabled: Option<bool>,
    #[serde(default, deserialize_with = "lenient::list")]
    scheduled_actions: Vec<ScheduledAction>,
    #[serde(default)]
    scheduled_next_term_instructions: Option<Instructions>,
    #[serde(default, deserialize_with = "lenient::instant")]
    cancellation_allowed_until_date: Option<Timestamp>,
    #[serde(default)]
    refundable_quantity: Option<Refundable>,
    #[serde(default, deserialize_with = "lenient::text")]
    order_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    parent_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    migrated_from_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_trial: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScheduledAction {
    #[serde(default, deserialize_with = "lenient::text")]
    schedule_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    action_type: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Instructions {
    #[serde(default)]
    product: Option<NextProduct>,
    #[serde(default, deserialize_with = "lenient::count")]
    quantity: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextProduct {
    #[serde(default, deserialize_with = "lenient::text")]
    product_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    billing_cycle: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    term_duration: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Refundable {
    #[serde(default, deserialize_with = "lenient::list")]
    details: Vec<RefundableSeats>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefundableSeats {
    #[serde(default, deserialize_with = "lenient::count")]
    quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::instant")]
    allowed_until_date_time: Option<Timestamp>,
}

/// The service's words for what follows the end; their spelling is not verified, so any is read (fact sheet 15.6, 26).
const CHOICES: [(&str, EndOfTerm); 3] = [
    ("RenewToNewTerm", EndOfTerm::Renew),
    ("Cancel", EndOfTerm::Cancel),
    ("RenewToExtendedServiceTerm", EndOfTerm::Extend),
];

fn word_of(choice: EndOfTerm) -> &'static str {
    match choice {
        EndOfTerm::Renew => "RenewToNewTerm",
        EndOfTerm::Cancel => "Cancel",
        EndOfTerm::Extend => "RenewToExtendedServiceTerm",
    }
}

impl SoldSubscription {
    /// The subscription in our words.
    ///
    /// # Errors
    /// In words, what is missing.
    pub(crate) fn sold(self) -> Result<Sold, String> {
        let missing = |field: &str| format!("a subscription without a readable {field}");
        let offer = self.offer_id.as_deref().ok_or_else(|| missing("offerId"))?;
        let product = match offer.parse::<OfferId>() {
            Ok(id) => SoldProduct::NewCommerce(id),
            Err(_) => SoldProduct::Legacy(offer.to_ascii_lowercase()),
        };
        let at_end = self.at_end();
        // Inclusive in new commerce, exclusive before (fact sheet 15.2).
        let last_day = self.commitment_end_date.map(utc_day).map(|day| match &product {
            SoldProduct::NewCommerce(_) => day,
            SoldProduct::Legacy(_) => day_before(day),
        });
        let subscription = |id: Option<String>| id.and_then(|id| SubscriptionId::try_new(&id).ok());
        let removable = self.refundable_quantity.into_iter().flat_map(|all| all.details);
        Ok(Sold {
            id: subscription(self.id).ok_or_else(|| missing("id"))?,
            product,
            name: self.friendly_name,
            seats: self.quantity.ok_or_else(|| missing("quantity"))?,
            status: status(self.status.ok_or_else(|| missing("status"))?),
            term: self.term_duration.as_deref().and_then(Term::of_word),
            billing: self.billing_cycle.as_deref().and_then(terms::billing),
            starts: self.effective_start_date,
            last_day,
            at_end,
            next_term: self.scheduled_next_term_instructions.map(Instructions::next_term).transpose()?.flatten(),
            cancellable_until: self.cancellation_allowed_until_date,
            removable: removable.filter_map(|seats| Some((seats.quantity?, seats.allowed_until_date_time?))).collect(),
            order: self.order_id.as_deref().and_then(|id| OrderId::try_new(id).ok()),
            base: subscription(self.parent_subscription_id),
            migrated_from: subscription(self.migrated_from_subscription_id),
            trial: self.is_trial == Some(true),
        })
    }

    /// What follows the end. Renewal switched off alone says nothing of what comes instead (fact sheet 15.6).
    fn at_end(&self) -> Option<EndOfTerm> {
        let at_end = |action: &&ScheduledAction| is_at_end(action.schedule_type.as_deref());
        let chosen = self.scheduled_actions.iter().filter(at_end).find_map(|action| {
            let word = action.action_type.as_deref();
            CHOICES.iter().find(|(name, _)| lenient::is_word(word, name)).map(|(_, choice)| *choice)
        });
        match (chosen, self.auto_renew_enabled) {
            (None, Some(true)) => Some(EndOfTerm::Renew),
            (chosen, _) => chosen,
        }
    }
}

/// Whether an action of this schedule type happens at the end of the term.
fn is_at_end(schedule: Option<&str>) -> bool {
    schedule.is_none() || lenient::is_word(schedule, "TermEnd")
}

/// Actions in `body`, a subscription as it was just read, that somebody has scheduled for another day than the end.
pub(crate) fn appointments(body: &Value) -> Vec<Value> {
    let actions = body.get("scheduledActions").and_then(Value::as_array);
    let is_another = |action: &&Value| !is_at_end(action.get("scheduleType").and_then(Value::as_str));
    actions.into_iter().flatten().filter(is_another).cloned().collect()
}

impl Instructions {
    /// The next term; none where the service left out what it is to be, as it may for trials.
    ///
    /// # Errors
    /// In the service's words, where one is set that is not known here: it is not none.
    fn next_term(self) -> Result<Option<NextTerm>, String> {
        let Some(NextProduct { product_id: Some(id), sku_id: Some(sku), term_duration, billing_cycle }) = self.product
        else {
            return Ok(None);
        };
        let (Some(seats), Some(term), Some(cycle)) = (self.quantity, &term_duration, &billing_cycle) else {
            return Ok(None);
        };
        let item = format!("{id}:{sku}");
        let strange = || format!("the next term is {seats} × {item} for {}", terms::told(Some(term), Some(cycle)));
        let (term, billing) = terms::both(Some(term), Some(cycle)).ok_or_else(strange)?;
        let (Ok(offer), Ok(seats)) = (item.parse(), Seats::try_new(seats)) else { return Err(strange()) };
        Ok(Some(NextTerm { offer, term, billing, seats }))
    }
}

fn status(word: String) -> SoldStatus {
    match word.to_ascii_lowercase().as_str() {
        "active" => SoldStatus::Active,
        "pending" => SoldStatus::Pending,
        "suspended" => SoldStatus::Suspended,
        "expired" => SoldStatus::Expired,
        "disabled" => SoldStatus::Disabled,
        "deleted" => SoldStatus::Deleted,
        _ => SoldStatus::Other(word),
    }
}

/// Whether `sold` is as `change` would make it.
pub(crate) fn shows(sold: &Sold, change: &SoldChange) -> bool {
    match change {
        SoldChange::Seats(seats) => sold.seats == seats.get(),
        SoldChange::AtEnd(choice) => sold.at_end == Some(*choice),
        SoldChange::NextTerm(next) => sold.next_term.as_ref() == Some(next) && sold.at_end == Some(EndOfTerm::Renew),
        SoldChange::SameAgain => sold.next_term.is_none(),
        SoldChange::Cancel => match sold.product {
            SoldProduct::NewCommerce(_) => sold.status == SoldStatus::Deleted,
            SoldProduct::Legacy(_) => matches!(sold.status, SoldStatus::Suspended | SoldStatus::Deleted),
        },
    }
}

/// The tag of the version that `body`, a subscription as it was just read, shows; none where it is empty (fact sheet 8.3).
pub(crate) fn tag(body: &Value) -> Option<String> {
    let tag = body.get("attributes")?.get("etag")?.as_str()?;
    (!tag.trim().is_empty()).then(|| tag.to_owned())
}

/// `body`, a subscription as it was just read, with `change` in it: the whole resource goes back (fact sheet 15.3).
/// `availability` is the perishable part of the next term's item.
pub(crate) fn changed(mut body: Value, sold: &Sold, change: &SoldChange, availability: Option<&str>) -> Value {
    match change {
        SoldChange::Seats(seats) => body["quantity"] = seats.get().into(),
        SoldChange::AtEnd(choice) => {
            body["autoRenewEnabled"] = (*choice == EndOfTerm::Renew).into();
            // What others have scheduled stays: all that is left out goes (fact sheet 15.3).
            let mut actions = appointments(&body);
            actions.push(json!({ "scheduleType": "TermEnd", "actionType": word_of(*choice) }));
            body["scheduledActions"] = actions.into();
            // Where both are sent only the actions count; a next term needs the renewal.
            if *choice != EndOfTerm::Renew {
                body["scheduledNextTermInstructions"] = Value::Null;
            }
        }
        SoldChange::NextTerm(next) => {
            body["autoRenewEnabled"] = true.into();
            // Where both are sent only the actions count; where there are others than of the end, this is not asked for.
            body["scheduledActions"] = Value::Null;
            body["scheduledNextTermInstructions"] = json!({
                "product": {
                    "productId": next.offer.product(),
                    "skuId": next.offer.sku(),
                    "availabilityId": availability,
                    "billingCycle": next.billing.word(),
                    "termDuration": next.term.word(),
                },
                "quantity": next.seats.get(),
            });
        }
        SoldChange::SameAgain => body["scheduledNextTermInstructions"] = Value::Null,
        SoldChange::Cancel => {
            body["status"] = match sold.product {
                SoldProduct::NewCommerce(_) => "deleted".into(),
                SoldProduct::Legacy(_) => "suspended".into(),
            };
        }
    }
    body
}
