//! Carts and checkouts (fact sheet 13).

use super::order::Order;
use super::{fault, lenient, terms};
use carryover_domain::facts::CartRequest;
use carryover_domain::time::{Billing, Term, utc_day};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

/// The body that asks for a cart of one line.
pub(crate) fn request(want: &CartRequest, catalogue_item: &str) -> Value {
    let mut line = json!({
        "id": 0,
        "catalogItemId": catalogue_item,
        "friendlyName": want.mark.as_str(),
        "quantity": want.seats.get(),
        "termDuration": want.term.word(),
        "billingCycle": want.billing.word(),
    });
    // The last day of service at midnight, as in the sample of "Create a cart" (Partner Center documentation).
    if let Some(last_day) = want.term_end {
        line["customTermEndDate"] = json!(format!("{last_day}T00:00:00Z"));
    }
    if let Some(parent) = &want.parent {
        line["provisioningContext"] = json!({ "ParentSubscriptionId": parent.as_str() });
    }
    // Who sells through a reseller says so with its name; who bills its customers itself must not (fact sheet 10). What is attested is
    // what the settings say and the approved plan shows.
    if let Some(reseller) = &want.reseller {
        line["participants"] = json!([{ "key": "transaction_reseller", "value": reseller.as_str() }]);
        return json!({ "lineItems": [line], "partnerOnRecordAttestationAccepted": true });
    }
    json!({ "lineItems": [line] })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cart {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    pub(crate) expiration_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub(crate) line_items: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) catalog_item_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(crate) quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::text")]
    term_duration: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    billing_cycle: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    custom_term_end_date: Option<Timestamp>,
    #[serde(default)]
    pub(crate) error: Option<LineError>,
}

impl Line {
    /// What it is for, none of either where the service left it out.
    ///
    /// # Errors
    /// In the service's words, where they are not known here: then it is not what was asked for.
    pub(crate) fn terms(&self) -> Result<(Option<Term>, Option<Billing>), String> {
        let (term, cycle) = (self.term_duration.as_deref(), self.billing_cycle.as_deref());
        match (term.map(Term::of_word), cycle.map(terms::billing)) {
            (Some(None), _) | (_, Some(None)) => Err(terms::told(term, cycle)),
            (term, billing) => Ok((term.flatten(), billing.flatten())),
        }
    }

    /// Stamped at the beginning or the end of the last day (rule R61).
    pub(crate) fn term_end(&self) -> Option<Date> {
        self.custom_term_end_date.map(utc_day)
    }
}

/// A problem of one line inside a success.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineError {
    #[serde(default)]
    error_code: Value,
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) error_description: Option<String>,
}

impl LineError {
    /// The code, a number or a name in some spelling; 0 is the service's word for none.
    pub(crate) fn code(&self) -> String {
        fault::code_of(Some(&self.error_code)).unwrap_or_else(|| "0".to_owned())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checkout {
    #[serde(default, deserialize_with = "lenient::list")]
    pub(crate) orders: Vec<Order>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub(crate) order_errors: Vec<OrderError>,
}

/// An order group that failed inside a success.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderError {
    #[serde(default)]
    code: Value,
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) description: Option<String>,
}

impl OrderError {
    pub(crate) fn code(&self) -> String {
        fault::code_of(Some(&self.code)).unwrap_or_else(|| "0".to_owned())
    }
}
