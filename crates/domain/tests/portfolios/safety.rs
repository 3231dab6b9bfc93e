//! Nobody is ever without a licence: no gap, and never fewer seats than are in use.

use super::common::{planned, serves};
use carryover_domain::facts::HeldStatus;
use carryover_domain::forecast::{Forecast, LineForecast, Prospect, Standing};
use carryover_domain::ids::SkuId;
use carryover_domain::plan::Route;
use carryover_domain::portfolio::SourceLine;
use carryover_domain::program::SourceProgram;
use carryover_domain::time::{gap_days, later, start_of, utc_day};
use carryover_testkit::strategies::situation;
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn no_plan_has_a_gap(situation in situation()) {
        for (line, plan) in planned(&situation) {
            let lives = plan.ends.instant() > situation.now;
            match plan.route {
                Route::BuyAtEnd => {
                    prop_assert!(lives, "what is over is replaced at once: {plan:?}");
                    prop_assert_eq!(gap_days(plan.ends, plan.day), 0, "{:?}", plan);
                    prop_assert!(plan.opens < plan.ends.instant(), "{plan:?}");
                }
                // Nothing is waited for: it is bought at the first moment.
                Route::BuyNow => prop_assert_eq!((plan.day, plan.opens), (utc_day(situation.now), situation.now)),
            }
            prop_assert!(plan.opens >= situation.now && plan.opens >= start_of(plan.day), "{line:?} {plan:?}");
        }
    }

    #[test]
    fn a_chosen_end_lies_inside_the_term_and_not_before_the_old_one(situation in situation()) {
        for (_, plan) in planned(&situation) {
            if let Some(end) = &plan.term_end {
                prop_assert!(end.last_day >= plan.ends.last_whole_day(), "{plan:?}");
                prop_assert!(end.last_day >= plan.day && end.last_day < plan.term.last_day(plan.day), "{plan:?}");
            }
        }
    }

    #[test]
    fn every_plan_holds_without_any_grace(situation in situation()) {
        for (line, plan) in planned(&situation) {
            if serves(&situation, &line) && plan.ends.instant() > situation.now {
                // The replacement starts while the old one is still paid.
                prop_assert!(plan.day <= plan.ends.billing_last_day(), "{plan:?}");
            }
        }
    }

    /// Rule R99: once all of its lines are bought, at every instant that is looked at.
    #[test]
    fn no_pool_runs_short_whose_lines_are_all_planned(situation in situation()) {
        let prospect = situation.look(Prospect::of);
        let forecast = Forecast::of([prospect], [], &situation.policy, situation.now);
        for pool in &forecast.pools {
            let touches = |line: &&LineForecast| line.old_sku == pool.sku || line.new_sku == Some(pool.sku);
            let lines: Vec<&LineForecast> = forecast.lines.iter().filter(touches).collect();
            let bought = lines.iter().filter_map(|line| line.opens).max();
            if lines.iter().all(|line| line.standing == Standing::Planned) {
                for now in pool.instants.iter().filter(|now| Some(now.at) >= bought) {
                    prop_assert_eq!(now.short(), 0, "{:?} of {:?} {:?}", now, pool, lines);
                }
            }
        }
    }

    #[test]
    fn no_plan_buys_below_consumption(situation in situation()) {
        let Some(tenancy) = situation.facts.tenancy.as_ref().map(|seen| &seen.value) else { return Ok(()) };
        let planned = planned(&situation);
        let skus: BTreeSet<SkuId> = situation.lines.iter().map(|line| line.sku).collect();
        for sku in skus {
            let moving: Vec<&SourceLine> = situation.lines.iter().filter(|line| line.sku == sku).collect();
            // Where one of its lines is not planned, its users stay where they are.
            if !moving.iter().all(|line| planned.iter().any(|(other, _)| other.id == line.id)) {
                continue;
            }
            let of_sku = || planned.iter().filter(|(line, _)| line.sku == sku).map(|(_, plan)| plan);
            let last: Timestamp = of_sku().map(|plan| plan.ends.instant()).max().unwrap_or(situation.now);
            let horizon = later(last, situation.policy.pool_horizon);
            let moved = |id| situation.lines.iter().any(|line| line.subscription.as_ref() == Some(id));
            let stays = tenancy.subscriptions.iter().filter(|held| {
                held.sku == sku
                    && held.status == HeldStatus::Enabled
                    && !moved(&held.id)
                    && held.owner != Some(situation.facts.partner.tenant)
                    && held.next_lifecycle.is_some_and(|end| end > horizon)
            });
            let stays: u64 = stays.map(|held| u64::from(held.seats)).sum();
            let bought: u64 = of_sku().map(|plan| u64::from(plan.seats.get())).sum();
            let consumed = u64::from(tenancy.pool(sku).consumed);
            prop_assert!(stays + bought >= consumed, "{stays} stay, {bought} are bought, {consumed} are in use");
        }
    }

    #[test]
    fn like_for_like_never_buys_fewer_seats_than_are_paid_today_unless_the_portfolio_asks_for_it(
        situation in situation(),
    ) {
        let mut situation = situation;
        situation.policy.sizing = carryover_domain::policy::Sizing::LikeForLike;
        for (line, plan) in planned(&situation) {
            match line.target_seats {
                Some(asked) => prop_assert_eq!(plan.seats, asked),
                // Nothing is paid for a trial: it is bought by need.
                None if line.program == SourceProgram::Trial => {}
                None => prop_assert!(plan.seats >= line.seats, "{line:?} {plan:?}"),
            }
        }
    }

    #[test]
    fn a_cap_is_never_exceeded_while_old_and_new_stand_side_by_side(situation in situation()) {
        const CAP: u32 = 300;
        let planned = planned(&situation);
        let pools = situation.facts.tenancy.as_ref().map(|seen| seen.value.pools.clone()).unwrap_or_default();
        for (_, plan) in &planned {
            let offer = situation.facts.offers.value.iter().find(|offer| offer.id == plan.offer).expect("for sale");
            let of_sku = || planned.iter().filter(|(_, other)| other.sku == plan.sku && other.day <= plan.day);
            let asked: u32 = of_sku().map(|(_, other)| other.seats.get()).sum();
            // What has ended before that day is gone.
            let over = |line: &SourceLine| {
                situation.look(|outlook| outlook.end(line)).is_some_and(|end| end.instant() <= start_of(plan.day))
            };
            let gone = |line: &&SourceLine| line.sku == plan.sku && serves(&situation, line) && over(line);
            let gone: u32 = situation.lines.iter().filter(gone).map(|line| line.seats.get()).sum();
            if let Some(pool) = pools.get(&plan.sku).filter(|_| offer.seats_max == CAP) {
                let standing = pool.enabled - gone;
                prop_assert!(standing + asked <= CAP, "{standing} stand, {asked} are bought");
            }
        }
    }
}
