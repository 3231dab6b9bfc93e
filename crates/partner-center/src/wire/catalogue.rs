//! Products, SKUs and availabilities (fact sheet 12.2 to 12.4).

use super::{lenient, terms};
use carryover_domain::ids::SkuId;
use carryover_domain::offer::{OfferId, Segment};
use carryover_domain::time::{Billing, Term};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Product {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) id: Option<String>,
    #[serde(default)]
    product_type: Option<ProductType>,
}

#[derive(Debug, Deserialize)]
struct ProductType {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
}

impl Product {
    /// Whether it is licence-based new commerce; a product that does not say counts as such.
    pub(crate) fn is_licence_based(&self) -> bool {
        self.product_type
            .as_ref()
            .and_then(|kind| kind.id.as_deref())
            .is_none_or(|id| id.eq_ignore_ascii_case("OnlineServicesNCE"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sku {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) title: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(crate) minimum_quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub(crate) maximum_quantity: Option<u32>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_trial: Option<bool>,
    #[serde(default)]
    dynamic_attributes: Value,
}

impl Sku {
    pub(crate) fn is_trial(&self) -> bool {
        self.is_trial == Some(true)
    }

    /// The catalogue item it is under `product`.
    pub(crate) fn item(&self, product: &str) -> Option<OfferId> {
        format!("{product}:{}", self.id.as_deref()?).parse().ok()
    }

    /// The items of which an add-on needs one (fact sheet 12.3): a list, or a text that holds one.
    pub(crate) fn prerequisites(&self) -> BTreeSet<OfferId> {
        let listed = match self.dynamic_attributes.get("prerequisiteSkus") {
            Some(Value::Array(listed)) => listed.clone(),
            Some(Value::String(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| vec![Value::String(text.clone())])
            }
            _ => Vec::new(),
        };
        listed.iter().filter_map(|item| item.as_str()?.parse().ok()).collect()
    }

    /// The licence it provisions: the join key of the whole move (rule R91). None for items without a licence.
    pub(crate) fn provisions(&self) -> Option<SkuId> {
        self.dynamic_attributes.get("provisioningId")?.as_str()?.parse().ok()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Availability {
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) catalog_item_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    segment: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_purchasable: Option<bool>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_renewable: Option<bool>,
    #[serde(default, deserialize_with = "lenient::list")]
    terms: Vec<AvailableTerm>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AvailableTerm {
    #[serde(default, deserialize_with = "lenient::text")]
    duration: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    billing_cycle: Option<String>,
}

impl Availability {
    /// Whom it is for: everybody where it does not say; none in words that are not known.
    pub(crate) fn segment(&self) -> Option<Segment> {
        self.segment.as_deref().map_or(Some(Segment::Commercial), Segment::of_word)
    }

    /// The word for whom it is for, where it is not known here.
    pub(crate) fn strange_segment(&self) -> Option<&str> {
        self.segment.as_deref().filter(|word| Segment::of_word(word).is_none())
    }

    /// Whether what was bought earlier renews.
    pub(crate) fn is_renewable(&self) -> bool {
        self.is_renewable == Some(true)
    }

    /// The terms on sale; none of one that is not purchasable. Those in words not known are [`Self::strange`].
    pub(crate) fn on_sale(&self) -> impl Iterator<Item = (Term, Billing)> {
        self.purchasable().filter_map(AvailableTerm::known)
    }

    /// The terms on sale that nothing here knows, in the service's words.
    pub(crate) fn strange(&self) -> impl Iterator<Item = String> {
        let strange = self.purchasable().filter(|term| term.known().is_none());
        strange.map(|term| terms::told(term.duration.as_deref(), term.billing_cycle.as_deref()))
    }

    fn purchasable(&self) -> impl Iterator<Item = &AvailableTerm> {
        let purchasable = self.is_purchasable == Some(true);
        self.terms.iter().filter(move |_| purchasable)
    }
}

impl AvailableTerm {
    fn known(&self) -> Option<(Term, Billing)> {
        terms::both(self.duration.as_deref(), self.billing_cycle.as_deref())
    }
}

/// What is left of an item, or why there is none (fact sheet 12.6).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stocked {
    #[serde(default, deserialize_with = "lenient::text")]
    product_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    sku_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_restricted: Option<bool>,
    #[serde(default, deserialize_with = "lenient::list")]
    restrictions: Vec<Restriction>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Restriction {
    #[serde(default, deserialize_with = "lenient::text")]
    reason_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    description: Option<String>,
}

impl Stocked {
    /// Why it cannot be bought, nothing where it can; none where no item is named.
    pub(crate) fn restrictions(self) -> Option<(OfferId, Vec<String>)> {
        let item = format!("{}:{}", self.product_id?, self.sku_id?).parse().ok()?;
        let told = self
            .restrictions
            .into_iter()
            .map(|it| [it.reason_code, it.description].into_iter().flatten().collect::<Vec<_>>().join(": "));
        let mut told: Vec<String> = told.collect();
        if told.is_empty() && self.is_restricted == Some(true) {
            told.push("restricted".to_owned());
        }
        Some((item, told))
    }
}
