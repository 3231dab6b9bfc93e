//! Money: double payment as short as is safe, and at once where that is cheaper.

use super::common::{planned, serves};
use carryover_domain::finding::FindingKind;
use carryover_domain::plan::{LinePlan, Reassign, Route, Timing, overlap_cost};
use carryover_domain::policy::Policy;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::program::SourceProgram;
use carryover_domain::rules::schedule::{Lead, provision_day};
use carryover_domain::time::{Billing, Term, day_after, days_between, overlap_days, utc_day};
use carryover_testkit::strategies::{Situation, situation};
use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// What one seat costs for one term that is bought on `day`: the newest price announced for its segment, else that of the catalogue; and by the
/// month a year costs five per cent more.
fn price_on(situation: &Situation, plan: &LinePlan, day: Date) -> Option<Decimal> {
    let announced = situation
        .policy
        .price_changes
        .iter()
        .filter(|change| change.sku == plan.sku && change.segment == plan.segment)
        .filter(|change| change.term == plan.term && change.from <= day);
    let listed = || situation.facts.offers.value.iter().find(|offer| offer.id == plan.offer)?.prices.get(&plan.term);
    let price = announced.max_by_key(|change| change.from).map(|change| &change.price).or_else(listed)?.amount;
    let monthly = plan.term == Term::Year && plan.billing == Billing::Monthly;
    Some(if monthly { price * Decimal::new(105, 2) } else { price })
}

/// Every planned line that is bought for the end of an old one that serves, with its own day, whatever its wave; and the days
/// on which the rules let it be bought.
fn days_to_choose_from(situation: &Situation) -> Vec<(SourceLine, LinePlan, Timing, Vec<Date>)> {
    let today = utc_day(situation.now);
    let holidays = situation.policy.holidays_with(situation.customer.country);
    let Policy { lead_business_days, avoid, .. } = situation.policy;
    // Rule R117.
    let most = |line: &SourceLine| if line.term == Some(Term::Month) { 3 } else { u32::MAX };
    let timing = |line: &SourceLine| situation.look(|outlook| outlook.timing(line));
    planned(situation)
        .into_iter()
        .filter(|(line, plan)| plan.ends.instant() > situation.now && serves(situation, line))
        .filter(|(line, _)| line.program != SourceProgram::Trial)
        // With a second licence beside it, the day is the best one for both.
        .filter(|(line, _)| line.companion.is_none())
        .filter_map(|(line, plan)| {
            let business_days = lead_business_days.min(most(&line));
            let latest = provision_day(plan.ends, &Lead { business_days, holidays: &holidays, avoid }, today).day;
            let days = today.series(1.day()).take_while(|day| *day <= latest).collect();
            Some((line.clone(), plan, timing(&line)?, days))
        })
        .collect()
}

/// Whether it shows that `line` was bought otherwise than was told, or has renewed since (rules R5, R6).
fn is_of_another_program(situation: &Situation, line: &SourceLine) -> bool {
    let found = situation.look(|outlook| outlook.findings(line));
    found.iter().any(|one| one.kind() == FindingKind::ProgramConflict)
}

proptest! {
    /// C(D) = old × (D − today) + new × (H − D), where the rest of the old one is given back (rule R122).
    #[test]
    fn no_day_is_cheaper_than_the_chosen_one_where_the_source_is_given_back_for_money(mut situation in situation()) {
        // A price that is about to change is another reason for another day.
        situation.policy.price_changes.clear();
        for (line, plan, timing, days) in days_to_choose_from(&situation) {
            if line.program != SourceProgram::DirectMosa || is_of_another_program(&situation, &line) {
                continue;
            }
            let Some((old, term)) = line.price_per_seat.zip(line.term) else { continue };
            let Some(new) = price_on(&situation, &plan, timing.day) else { continue };
            let began = day_after(plan.ends.last_whole_day()).saturating_sub(term.months().months());
            let old = old.amount * Decimal::from(line.seats.get()) / Decimal::from(term.days(began));
            let new = new * Decimal::from(plan.seats.get()) / Decimal::from(plan.term.days(utc_day(situation.now)));
            let today = utc_day(situation.now);
            let cost = |day: Date| {
                let waited = days_between(today, day);
                old * Decimal::from(waited) + new * Decimal::from(400 - waited)
            };
            for day in days {
                // Amounts are compared exactly by the product; here a day's cost is rounded at the 28th digit.
                prop_assert!(cost(day) + Decimal::new(1, 9) > cost(timing.day), "{day} {timing:?} {line:?} {plan:?}");
            }
        }
    }

    /// Rule R119: cost per day that is not paid twice.
    #[test]
    fn no_day_is_cheaper_by_the_useful_day_than_the_chosen_one(situation in situation()) {
        for (line, plan, timing, days) in days_to_choose_from(&situation) {
            if timing.route != Route::BuyAtEnd {
                continue;
            }
            let cost = |day: Date| {
                let useful = plan.term.days(day) - i64::from(overlap_days(plan.ends, day));
                (useful > 0).then_some(())?;
                Some(price_on(&situation, &plan, day)? / Decimal::from(useful))
            };
            let Some(chosen) = cost(timing.day) else { continue };
            for day in days {
                if let Some(cost) = cost(day) {
                    prop_assert!(cost + Decimal::new(1, 9) > chosen, "{day} {timing:?} {line:?} {plan:?}");
                }
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
