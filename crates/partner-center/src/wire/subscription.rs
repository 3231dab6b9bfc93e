//! Our own subscriptions and their provisioning (fact sheet 15.2, 15.8).

use super::lenient;
use carryover_domain::facts::{OwnStatus, OwnSubscription};
use carryover_domain::ids::SubscriptionId;
use carryover_domain::time::{End, Term, utc_day};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    offer_id: Option<String>,
    #[serde(default)]
    product_type: Option<ProductType>,
    #[serde(default, deserialize_with = "lenient::text")]
    term_duration: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_trial: Option<bool>,
    #[serde(default, deserialize_with = "lenient::instant")]
    commitment_end_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(crate) quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub(crate) effective_start_date: Option<Timestamp>,
}

impl Subscription {
    pub(crate) fn is_active(&self) -> bool {
        lenient::is_word(self.status.as_deref(), "active")
    }

    /// The last day of the term in new commerce: inclusive, stamped at its beginning or end (rule R61).
    pub(crate) fn last_day(&self) -> Option<Date> {
        self.commitment_end_date.map(utc_day)
    }

    /// It as a licence-based subscription; none where it is of another kind, or has no readable id.
    pub(crate) fn own(&self) -> Option<OwnSubscription> {
        let kind = self.product_type.as_ref().and_then(|kind| kind.id.as_deref());
        let new = match kind {
            Some(kind) => kind.eq_ignore_ascii_case("OnlineServicesNCE"),
            // Where the kind is left out the form of the offer tells new commerce from legacy (fact sheet 15.2).
            None => self.offer_id.as_deref().is_some_and(|offer| offer.contains(':')),
        };
        let legacy = !new && kind.is_none_or(|kind| kind.eq_ignore_ascii_case("OnlineServices"));
        let exclusive = |end| End::at(end).last_whole_day();
        let status = self.status.as_deref();
        let id = SubscriptionId::try_new(self.id.as_deref()?).ok()?;
        (new || legacy).then(|| OwnSubscription {
            id,
            legacy,
            status: own_status(status),
            trial: self.is_trial == Some(true),
            term: self.term_duration.as_deref().and_then(Term::of_word),
            starts: self.effective_start_date.map(utc_day),
            last_day: if legacy { self.commitment_end_date.map(exclusive) } else { self.last_day() },
        })
    }
}

/// A word that is not known (fact sheet 15.2 has them all) counts as none of those that allow anything, and is told in the log.
fn own_status(word: Option<&str>) -> OwnStatus {
    match word.map(lenient::plain).as_deref() {
        Some("active") => OwnStatus::Active,
        Some("pending") => OwnStatus::Pending,
        Some("none" | "suspended" | "expired" | "disabled" | "deleted") | None => OwnStatus::Other,
        Some(_) => {
            tracing::warn!(word, "a subscription of ours is in a state that is not known here");
            OwnStatus::Other
        }
    }
}

#[derive(Debug, Deserialize)]
struct ProductType {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Provisioning {
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
}

impl Provisioning {
    pub(crate) fn has_succeeded(&self) -> bool {
        lenient::is_word(self.status.as_deref(), "success")
    }
}
