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
        is_word(self.status.as_deref(), "active")
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
            status: match () {
                () if self.is_active() => OwnStatus::Active,
                () if is_word(status, "pending") => OwnStatus::Pending,
                () => OwnStatus::Other,
            },
            trial: self.is_trial == Some(true),
            term: self.term_duration.as_deref().and_then(Term::of_word),
            starts: self.effective_start_date.map(utc_day),
            last_day: if legacy { self.commitment_end_date.map(exclusive) } else { self.last_day() },
        })
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
        is_word(self.status.as_deref(), "success")
    }
}

fn is_word(status: Option<&str>, word: &str) -> bool {
    status.is_some_and(|status| status.eq_ignore_ascii_case(word))
}
