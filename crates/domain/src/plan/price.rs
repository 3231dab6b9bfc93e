//! What a destination costs on a given day: the catalogue, announced changes, promotions (rules R75, R76, R119).

use crate::offer::Offer;
use crate::policy::Policy;
use crate::time::{Billing, Term};
use crate::value::Money;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// What one seat costs for one term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The amount, exact.
    pub money: Money,
    /// The promotion that it counts on.
    pub promotion: Option<String>,
}

/// What one seat of `offer` costs for one `term` when it is bought on `day`; none where the catalogue does not say.
///
/// `seats` are those of all channels with the ones to be bought: a promotion counts them all.
pub fn on(policy: &Policy, offer: &Offer, term: Term, billing: Billing, seats: u32, day: Date) -> Option<Price> {
    let listed = *offer.prices.get(&term)?;
    let changes = policy.price_changes.iter().filter(|change| change.sku == offer.sku && change.term == term);
    let changed = changes.filter(|change| change.from <= day).max_by_key(|change| change.from);
    let money = changed.map_or(listed, |change| change.price);
    let runs = policy.promotions.iter().filter(|promotion| {
        promotion.offer == offer.id
            && promotion.term == term
            && promotion.billing == billing
            && day <= promotion.until
            && promotion.seats_max.is_none_or(|max| seats <= max)
    });
    let hundred = Decimal::ONE_HUNDRED;
    match runs.max_by_key(|promotion| promotion.off_pct) {
        None => Some(Price { money, promotion: None }),
        Some(promotion) => {
            let rest = hundred - promotion.off_pct.clamp(Decimal::ZERO, hundred);
            let amount = money.amount.checked_mul(rest)?.checked_div(hundred)?;
            Some(Price { money: Money { amount, ..money }, promotion: Some(promotion.name.clone()) })
        }
    }
}
