//! Seats, caps, trials, steps of cancelling, and markets.

use crate::read;
use carryover_domain::policy::Sizing::{self, LikeForLike, RightSize};
use carryover_domain::portfolio::Renewal;
use carryover_domain::region::markets;
use carryover_domain::rules::seats::{
    direct_cancel_steps, order, pool_after, seat_cap, subscription_limit, trial_source,
};
use carryover_domain::value::Seats;

fn ordered(source_seats: u32, consumed: u32, buffer_pct: u32, sizing: Sizing) -> String {
    let found = order(source_seats, consumed, buffer_pct, sizing);
    let flags: String = found.flags.iter().map(|flag| format!(" {}", flag.word())).collect();
    format!("{}{flags}", found.seats)
}

#[test]
fn the_buffer_alone_never_buys_more_than_today() {
    assert_eq!(ordered(60, 58, 20, RightSize), "60");
    assert_eq!(ordered(60, 50, 20, RightSize), "60");
    assert_eq!(ordered(50, 53, 20, RightSize), "53 OVERASSIGNED_SOURCE");
    assert_eq!(ordered(60, 50, 5, LikeForLike), "60");
}

#[test]
fn part_of_a_seat_is_a_whole_one() {
    assert_eq!(ordered(60, 50, 0, RightSize), "50 SEATS_REDUCED");
    assert_eq!(ordered(60, 50, 1, RightSize), "51 SEATS_REDUCED");
    assert_eq!(ordered(60, 50, 2, RightSize), "51 SEATS_REDUCED");
    assert_eq!(ordered(60, 50, 3, RightSize), "52 SEATS_REDUCED");
}

#[test]
fn an_order_has_at_least_one_seat() {
    assert_eq!(ordered(60, 0, 5, RightSize), "1 SEATS_REDUCED NO_CONSUMPTION_REVIEW");
    assert_eq!(ordered(60, 0, 5, LikeForLike), "60 NO_CONSUMPTION_REVIEW");
    assert_eq!(ordered(0, 0, 0, LikeForLike), "1 NO_CONSUMPTION_REVIEW");
}

#[test]
fn the_largest_numbers_are_reckoned_with_too() {
    let most = u32::MAX;
    assert_eq!(ordered(most, most, most, RightSize), most.to_string());
    assert_eq!(pool_after(most, most, most).pool, 2 * u64::from(most));
    assert_eq!(subscription_limit(300, most, most).total, 2 * u64::from(most));
    assert_eq!(seat_cap(300, most, most).left_over, most);
}

#[test]
fn a_pool_that_is_just_enough_is_enough() {
    assert!(pool_after(50, 25, 25).ok());
    let short = pool_after(50, 25, 24);
    assert_eq!((short.ok(), short.shortfall, short.need), (false, 1, 25));
    assert_eq!(pool_after(20, 25, 0).need, 0);
}

#[test]
fn a_cap_is_reached_and_not_passed() {
    let fits = seat_cap(300, 299, 1);
    assert_eq!((fits.ok, fits.buy_now, fits.left_over), (true, 1, 0));
    let over = seat_cap(300, 310, 5);
    assert_eq!((over.ok, over.remaining, over.buy_now, over.left_over), (false, 0, 0, 5));
    assert!(seat_cap(300, 310, 0).ok);
    let limit = subscription_limit(300, 299, 1);
    assert_eq!((limit.ok, limit.max_parallel), (true, 1));
    assert_eq!(subscription_limit(300, 301, 0).max_parallel, 0);
}

#[test]
fn a_trial_that_nobody_uses_is_only_switched_off() {
    let action = |billing, consumed| {
        let found = trial_source(read("2026-12-13"), billing, consumed).expect("within the calendar");
        assert_eq!((found.min_dest_seats, found.expired_until), (consumed, read("2027-01-12")));
        found.action.word()
    };
    assert_eq!(action(Renewal::On, 1), "BUY_NEW_AND_TURN_OFF_TRIAL_BILLING");
    assert_eq!(action(Renewal::Unknown, 1), "BUY_NEW_AND_TURN_OFF_TRIAL_BILLING");
    assert_eq!(action(Renewal::Off, 1), "BUY_NEW");
    assert_eq!(action(Renewal::Unknown, 0), "TURN_OFF_TRIAL_BILLING");
    assert_eq!(action(Renewal::Off, 0), "NOTHING_TO_DO");
}

#[test]
fn up_to_25_licences_are_cancelled_online() {
    let steps = |seats| {
        let steps = direct_cancel_steps(Seats::try_new(seats).expect("at least 1"));
        steps.iter().map(|step| step.word()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(steps(1), "CANCEL");
    assert_eq!(steps(25), "CANCEL");
    assert_eq!(steps(26), "REDUCE_TO_25_OR_FEWER, CANCEL");
}

#[test]
fn two_countries_without_a_region_are_no_market() {
    let ok = |partner, customer| markets(read(partner), read(customer)).ok();
    assert!(ok("DE", "FR"));
    assert!(!ok("DE", "US"));
    assert!(!ok("XX", "XX"));
    assert!(!ok("DE", "XX"));
    assert_eq!(markets(read("XX"), read("DE")).partner, None);
}
