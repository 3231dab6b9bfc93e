//! Money: double payment as short as is safe, and at once where that is cheaper.

use super::common::{planned, serves};
use carryover_domain::plan::{LinePlan, Reassign, Route, SourceEnd, overlap_cost};
use carryover_domain::portfolio::SourceLine;
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{Term, day_after, overlap_days, utc_day};
use carryover_testkit::strategies::situation;
use jiff::ToSpan;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// What a day of the old and of the new one costs, for all seats.
fn daily(line: &SourceLine, plan: &LinePlan) -> Option<(Decimal, Decimal)> {
    let (old, term, new) = (line.price_per_seat?, line.term?, plan.price_ceiling?);
    let began = day_after(plan.ends.last_whole_day()).saturating_sub(term.months().months());
    let old = old.amount * Decimal::from(line.seats.get()) / Decimal::from(term.days(began));
    let new = new.amount * Decimal::from(plan.seats.get()) / Decimal::from(plan.term.days(plan.day));
    Some((old, new))
}

proptest! {
    /// C(D) = old × (D − today) + new × (H − D): where the old one is dearer by the day, every later day costs more
    /// (rule R122).
    #[test]
    fn later_is_never_cheaper_than_planned_when_the_source_is_refundable_and_dearer(mut situation in situation()) {
        // A price that is about to rise is another reason for an earlier day.
        situation.policy.price_changes.clear();
        for (line, plan) in planned(&situation) {
            let refundable = matches!(line.program, SourceProgram::DirectMosa | SourceProgram::Advisor);
            let Some((old, new)) = daily(&line, &plan).filter(|_| refundable) else { continue };
            // What is suspended is replaced at once, whatever it costs.
            let lives = plan.ends.instant() > situation.now && serves(&situation, &line);
            // Amounts are compared exactly by the product; here a day's cost is rounded at the 28th digit.
            let clearly = (old - new).abs() > Decimal::new(1, 9);
            if lives && clearly && old > new && plan.source_end != SourceEnd::RunsOut {
                let today = utc_day(situation.now);
                let cost = |days: i64| old * Decimal::from(days) + new * Decimal::from(400 - days);
                let chosen = i64::from(plan.day.duration_since(today).as_hours() as i32) / 24;
                for later in chosen + 1..=chosen + 30 {
                    prop_assert!(cost(later) > cost(chosen));
                }
                prop_assert_eq!((plan.route, plan.day), (Route::BuyNow, today), "{:?} {:?}", line, plan);
            }
            if lives && clearly && old < new {
                prop_assert_eq!(plan.route, Route::BuyAtEnd, "{:?} {:?}", line, plan);
            }
        }
    }

    #[test]
    fn the_days_paid_twice_follow_from_the_day_of_the_purchase(situation in situation()) {
        for (_, plan) in planned(&situation) {
            if plan.route == Route::BuyAtEnd {
                prop_assert_eq!(plan.overlap_days, overlap_days(plan.ends, plan.day));
            }
            if let Some(price) = plan.price_ceiling {
                prop_assert_eq!(plan.overlap_cost, overlap_cost(price, plan.seats, plan.overlap_days, plan.term, plan.day));
            }
        }
    }

    /// Rule R119: never later than the lead allows, and earlier only where a useful day then costs less.
    #[test]
    fn an_earlier_day_than_the_latest_is_chosen_only_for_a_lower_price_or_a_wave(situation in situation()) {
        let mut steady = situation.clone();
        steady.policy.price_changes.clear();
        let without = planned(&steady);
        for (line, plan) in planned(&situation) {
            let Some((_, latest)) = without.iter().find(|(other, _)| other.id == line.id) else { continue };
            if plan.route == Route::BuyAtEnd && latest.route == Route::BuyAtEnd && plan.seats == latest.seats {
                // A rise moves a line, and with it those of its wave, by up to the two days of a wave.
                prop_assert!(plan.day <= latest.day.saturating_add(2.days()), "{plan:?} {latest:?}");
            }
        }
    }

    #[test]
    fn the_same_licence_touches_no_user_and_another_one_swaps_each(situation in situation()) {
        for (line, plan) in planned(&situation) {
            let expected = if plan.sku == line.sku { Reassign::Nothing } else { Reassign::SwapEachUser };
            prop_assert_eq!(plan.reassign, expected);
        }
    }

    #[test]
    fn what_is_bought_is_for_sale_in_that_term_and_billing(situation in situation()) {
        for (line, plan) in planned(&situation) {
            let offer = situation.facts.offers.value.iter().find(|offer| offer.id == plan.offer);
            let offer = offer.expect("an offer of the catalogue");
            prop_assert!(offer.terms.get(&plan.term).is_some_and(|billings| billings.contains(&plan.billing)));
            prop_assert_eq!(plan.term, line.term.unwrap_or(Term::Year));
            prop_assert!((offer.seats_min..=offer.seats_max).contains(&plan.seats.get()));
            prop_assert!(!offer.end_of_sale);
        }
    }
}
