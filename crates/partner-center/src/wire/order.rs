//! Orders (fact sheet 14).

use super::lenient;
use carryover_domain::facts::Purchase;
use carryover_domain::ids::{Mark, OrderId, SubscriptionId};
use carryover_domain::offer::OfferId;
use carryover_domain::value::Money;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    #[serde(default, deserialize_with = "lenient::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    currency_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::instant")]
    creation_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::text")]
    transaction_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub(crate) line_items: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    #[serde(default, deserialize_with = "lenient::text")]
    offer_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    subscription_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    transaction_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    friendly_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    quantity: Option<u32>,
    #[serde(default)]
    pricing: Option<Pricing>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pricing {
    #[serde(default, deserialize_with = "lenient::decimal")]
    list_price: Option<Decimal>,
    /// What is paid where a promotion applies.
    #[serde(default, deserialize_with = "lenient::decimal")]
    discounted_price: Option<Decimal>,
}

impl Order {
    /// Whether a renewal or a billing run made it.
    pub(crate) fn is_by_system(&self) -> bool {
        self.transaction_type
            .as_deref()
            .and_then(|word| word.get(..6))
            .is_some_and(|start| start.eq_ignore_ascii_case("system"))
    }

    /// Whether it was called off.
    pub(crate) fn is_cancelled(&self) -> bool {
        ["cancelled", "canceled"].iter().any(|word| lenient::is_word(self.status.as_deref(), word))
    }

    /// `line` of this order as a purchase.
    ///
    /// # Errors
    /// In words, what is missing, or that nothing stands of it: neither is it a purchase, nor is there none, for one who called it
    /// off may not want another.
    pub(crate) fn purchase(&self, line: &Line) -> Result<Purchase, String> {
        let missing = |field: &str| format!("an order without a readable {field}");
        if self.is_cancelled() {
            return Err(format!(
                "the order {}, which carries our mark, is cancelled",
                self.id.as_deref().unwrap_or("?")
            ));
        }
        let id = self.id.as_deref().and_then(|id| OrderId::try_new(id).ok());
        let offer = line.offer_id.as_deref().and_then(|id| id.parse::<OfferId>().ok());
        let subscription = line.subscription_id.as_deref();
        let currency = self.currency_code.as_deref().and_then(|code| code.parse().ok());
        let amount = line.pricing.as_ref().and_then(|pricing| pricing.discounted_price.or(pricing.list_price));
        Ok(Purchase {
            order: id.ok_or_else(|| missing("id"))?,
            subscription: subscription.and_then(|id| SubscriptionId::try_new(id).ok()),
            offer: offer.ok_or_else(|| missing("offerId"))?,
            seats: line.quantity.ok_or_else(|| missing("quantity"))?,
            ordered_at: self.creation_date.ok_or_else(|| missing("creationDate"))?,
            price_per_seat: match (amount, currency) {
                (Some(amount), Some(currency)) => Some(Money { amount, currency }),
                _ => None,
            },
        })
    }
}

impl Line {
    /// Whether it carries `mark`.
    pub(crate) fn is_marked(&self, mark: &Mark) -> bool {
        self.friendly_name.as_deref().is_some_and(|name| mark.is(name))
    }

    /// Whether the service told no name of it.
    pub(crate) fn is_unnamed(&self) -> bool {
        self.friendly_name.is_none()
    }

    /// Whether it changes or renews a subscription that an earlier line made. A word not known counts as new: an order
    /// of ours must not be overlooked.
    pub(crate) fn is_follow_up(&self) -> bool {
        const FOLLOW_UPS: [&str; 6] = ["renew", "addQuantity", "removeQuantity", "cancel", "convert", "customerCredit"];
        FOLLOW_UPS.iter().any(|follow_up| lenient::is_word(self.transaction_type.as_deref(), follow_up))
    }
}

#[cfg(test)]
mod tests {
    use super::Order;
    use carryover_domain::value::Money;
    use serde_json::json;

    fn paid(pricing: &serde_json::Value) -> Option<Money> {
        let order = json!({
            "id": "o-1", "currencyCode": "EUR", "creationDate": "2026-12-09T00:00:00Z",
            "lineItems": [{ "offerId": "CFQ7TTC0LH18:0001:CFQ7TTC0K971", "quantity": 3, "pricing": pricing }],
        });
        let order: Order = serde_json::from_value(order).expect("an order");
        order.purchase(&order.line_items[0]).expect("a purchase").price_per_seat
    }

    #[test]
    fn what_is_paid_is_the_price_with_its_promotion() {
        let euros = |amount: i64| Some(Money { amount: amount.into(), currency: "EUR".parse().expect("a currency") });
        assert_eq!(paid(&json!({ "listPrice": 100, "discountedPrice": 90 })), euros(90));
        assert_eq!(paid(&json!({ "listPrice": 100 })), euros(100));
    }
}
