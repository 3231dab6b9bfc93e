//! Promotions, and who gets them (fact sheet 12.6).

use super::{lenient, terms};
use carryover_domain::facts::Hope;
use carryover_domain::offer::{OfferId, Promotion};
use carryover_domain::time::End;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Constraints that only the service can judge for a customer (fact sheet 12.6).
const ASKED_FOR: [&str; 3] = ["OfferPurchasedPreviously", "PrerequisiteProductOwnership", "RedemptionLimit"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductPromotion {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    end_date: Option<Timestamp>,
    #[serde(default)]
    properties: Option<Properties>,
    #[serde(default, deserialize_with = "lenient::list")]
    required_products: Vec<RequiredProduct>,
    #[serde(default, deserialize_with = "lenient::list")]
    promotion_constraints: Vec<Constraint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    #[serde(default, deserialize_with = "lenient::flag")]
    is_auto_applicable: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequiredProduct {
    #[serde(default, deserialize_with = "lenient::text")]
    product_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    #[serde(default)]
    term: Option<RequiredTerm>,
    #[serde(default, deserialize_with = "lenient::list")]
    pricing_policies: Vec<PricingPolicy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequiredTerm {
    #[serde(default, deserialize_with = "lenient::text")]
    duration: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    billing_cycle: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PricingPolicy {
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::decimal")]
    value: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Constraint {
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    minimum_required_seats: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    maximum_required_seats: Option<u32>,
}

impl ProductPromotion {
    /// One for each product, term and billing that it is for. None of a promotion that has to be asked for, that nobody could
    /// ask about, or whose constraints or discount are in words not known: a price may turn out lower than foretold, never higher.
    pub(crate) fn promotions(&self) -> Vec<Promotion> {
        let applies_itself = self.properties.as_ref().and_then(|held| held.is_auto_applicable) == Some(true);
        let (Some(id), Some(end), Some(seats), true) = (&self.id, self.end_date, self.seats(), applies_itself) else {
            return Vec::new();
        };
        let name = self.name.as_ref().unwrap_or(id);
        let one = |product: &RequiredProduct| {
            let told = product.term.as_ref()?;
            let (term, billing) = terms::both(told.duration.as_deref(), told.billing_cycle.as_deref())?;
            Some(Promotion {
                id: Some(id.clone()),
                name: name.clone(),
                offer: format!("{}:{}", product.product_id.as_deref()?, product.sku_id.as_deref()?)
                    .parse::<OfferId>()
                    .ok()?,
                term,
                billing,
                until: End::at(end).last_whole_day(),
                off_pct: product.off_pct()?,
                seats_min: seats.0,
                seats_max: seats.1,
            })
        };
        self.required_products.iter().filter_map(one).collect()
    }

    /// The fewest and the most seats that it takes; none where anything is asked for that is not known. Whether the customer has
    /// what is known of the rest, the service is asked on the day.
    fn seats(&self) -> Option<(u32, Option<u32>)> {
        let mut seats = (1, None);
        for Constraint { kind, minimum_required_seats, maximum_required_seats } in &self.promotion_constraints {
            let kind = kind.as_deref()?;
            let is = |word: &&str| lenient::is_word(Some(kind), word);
            if is(&"SeatCount") {
                seats = (minimum_required_seats.unwrap_or(1), *maximum_required_seats);
            } else if !ASKED_FOR.iter().any(is) {
                return None;
            }
        }
        Some(seats)
    }
}

impl RequiredProduct {
    /// What is taken off, in per cent; none where it is reckoned in another way.
    fn off_pct(&self) -> Option<Decimal> {
        let [PricingPolicy { kind: Some(kind), value: Some(value) }] = &self.pricing_policies[..] else { return None };
        let known =
            ["Discount", "Percentage", "PercentageDiscount"].iter().any(|word| lenient::is_word(Some(kind), word));
        (known && (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(value)).then_some(*value)
    }
}

/// What a customer wants to buy, as the service is asked about it.
pub(crate) fn question(nth: usize, item: &str, hope: &Hope) -> Value {
    json!({
        "id": nth,
        "catalogItemId": item,
        "quantity": hope.seats,
        "billingCycle": hope.billing.word(),
        "termDuration": hope.term.word(),
    })
}

/// What it says to one of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    #[serde(default, deserialize_with = "lenient::count")]
    pub(crate) id: Option<u32>,
    #[serde(default, deserialize_with = "lenient::list")]
    eligibilities: Vec<PromotionEligibility>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromotionEligibility {
    #[serde(default, deserialize_with = "lenient::text")]
    promotion_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_eligible: Option<bool>,
}

impl Answer {
    /// The promotions that are given.
    pub(crate) fn given(self) -> BTreeSet<String> {
        let given = self.eligibilities.into_iter().filter(|held| held.is_eligible == Some(true));
        given.filter_map(|held| held.promotion_id).collect()
    }
}
