//! What a line costs, gives back and asks for, reckoned from its source, its plan and its order. Exact; rounds nothing.

use super::line::PricedBy;
use crate::facts::Purchase;
use crate::migration::state::{Line, Stage, Swap};
use crate::plan::{LinePlan, Reassign, price};
use crate::portfolio::SourceLine;
use crate::rules::money::early_end;
use crate::rules::window;
use crate::time::{End, day_after, days_between, overlap_days, utc_day};
use crate::value::Money;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// `plan`, to be carried out today: what is paid twice is paid for fewer days.
pub(super) fn put_off(plan: &LinePlan, now: Timestamp) -> LinePlan {
    let day = utc_day(now);
    let days = overlap_days(plan.ends, day).min(plan.overlap_days);
    let part = |cost: Money| {
        let amount = cost.amount.checked_mul(days.into())?.checked_div(plan.overlap_days.into())?;
        Some(Money { amount, ..cost })
    };
    LinePlan {
        day,
        opens: plan.opens.max(now),
        overlap_days: days,
        overlap_cost: plan
            .overlap_cost
            .and_then(|cost| if days == plan.overlap_days { Some(cost) } else { part(cost) }),
        ..plan.clone()
    }
}

/// The order's price, or that of the catalogue, or of the old subscription where its term is the same.
pub(super) fn price(source: &SourceLine, plan: &LinePlan, bought: Option<&Purchase>) -> Option<(Money, PricedBy)> {
    let ordered = bought.and_then(|purchase| purchase.price_per_seat).map(|price| (price, PricedBy::Order));
    let listed = plan.price_ceiling.map(|price| (price, PricedBy::Catalogue));
    let same_term = source.term.is_none_or(|term| term == plan.term);
    let old = source.price_per_seat.filter(|_| same_term).map(|price| (price, PricedBy::OldSubscription));
    ordered.or(listed).or(old)
}

/// What `seats` of `plan` are invoiced at once: never more than the first term costs, which may be shorter than a whole one.
pub(super) fn first_invoice(
    price: Option<(Money, PricedBy)>,
    seats: u32,
    plan: &LinePlan,
    first_term: Option<Money>,
) -> Option<Money> {
    let whole = price::first_invoice(price?.0, seats, plan.term, plan.billing)?;
    Some(first_term.filter(|term| term.amount < whole.amount).unwrap_or(whole))
}

/// What comes back and what is lost of `source` when its owner cancels it on `day` (rule R121).
pub(super) fn given_up(source: &SourceLine, ends: End, day: Date) -> Option<(Money, Money)> {
    let (price, term) = (source.price_per_seat?, source.term?);
    let first = day_after(ends.last_whole_day()).saturating_sub(term.months().months());
    let began = source.term_start.unwrap_or(first);
    let in_window = began <= day && days_between(began, day) < window::DAYS;
    let whole = |days: i64| u32::try_from(days.max(0)).unwrap_or(u32::MAX);
    let left = whole(days_between(day, ends.billing_last_day()));
    let days = whole(term.days(began));
    let end = early_end(source.program, in_window, price.amount, source.seats.get(), left.min(days), days).ok()?;
    let money = |amount| Money { amount, ..price };
    Some((money(end.refund), money(end.lost)))
}

/// Users whose licence `line` still has to swap, at most.
pub(super) fn swaps_left(line: &Line, plan: &LinePlan, users: Option<u32>) -> u32 {
    match (line.stage.underlying(), plan.reassign) {
        (_, Reassign::Nothing) | (Stage::Covered { .. } | Stage::WindingDown { .. } | Stage::Closed { .. }, _) => 0,
        (Stage::Reassigning { swap: Swap::Planned { waiting, .. }, .. }, _) => {
            u32::try_from(waiting.len()).unwrap_or(u32::MAX)
        }
        (_, Reassign::SwapEachUser) => users.unwrap_or(u32::MAX).min(plan.seats.get()),
    }
}
