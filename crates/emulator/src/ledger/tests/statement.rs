//! The whole account: what was bought for how much, and how many seats there were in every hour.

use super::*;
use crate::books::HoursError;

#[test]
fn every_purchase_is_there_with_its_price_and_a_second_one_is_marked() {
    let mut world = World::new(Rules::prompt()).accepted();
    world.buy(5);
    world.buy(5);
    let statement = world.ledger.statement();
    let purchases: Vec<(u32, Option<String>, bool)> = statement
        .purchases
        .iter()
        .map(|bought| (bought.seats, bought.price_per_seat.map(|price| price.to_string()), bought.duplicate))
        .collect();
    let price = Some("150.00".to_owned());
    assert_eq!(purchases, [(5, price.clone(), false), (5, price, true)]);
    assert_eq!(statement.duplicate_purchases, 1);
    assert_eq!(statement.money["EUR"].ordered.to_string(), "1500.00");
}

#[test]
fn what_is_cancelled_or_taken_down_is_given_back() {
    let mut world = World::new(Rules::prompt()).accepted();
    let (kept, cancelled) = (world.buy(5), world.buy(2));
    let patch = |status: &str, quantity| Patch {
        status: Some(status.to_owned()),
        quantity: Some(quantity),
        ..Patch::default()
    };
    world.ledger.patch_subscription(world.tenant, kept, &patch("active", 4)).unwrap();
    world.ledger.patch_subscription(world.tenant, cancelled, &patch("deleted", 2)).unwrap();
    let money = &world.ledger.statement().money["EUR"];
    assert_eq!((money.ordered.to_string(), money.given_back.to_string()), ("1050.00".to_owned(), "450.00".to_owned()));
}

#[test]
fn an_hour_has_the_fewest_seats_that_were_enabled_in_it() {
    let mut world = World::with(Rules::prompt(), |customer| customer.subscriptions[0].auto_renew = false).accepted();
    world.wait_minutes(30);
    world.buy(7);
    world.until(at("2026-03-22T00:00:00Z"));
    let hours = |from: &str, until: &str| -> Vec<u32> {
        let hours = world.ledger.seats_by_hour(world.tenant, at(from), at(until)).unwrap();
        hours.iter().map(|hour| hour.enabled).collect()
    };
    assert_eq!(hours("2026-03-02T11:00:00Z", "2026-03-02T14:00:00Z"), [5, 5, 12]);
    assert_eq!(hours("2026-03-20T23:00:00Z", "2026-03-21T01:00:00Z"), [12, 7]);
    let all = world.ledger.seats_by_hour(world.tenant, Timestamp::MIN, Timestamp::MAX).unwrap();
    assert_eq!((all.len(), all[0].hour), (19 * 24 + 16, at("2026-03-02T08:00:00Z")));
    let none = world.ledger.seats_by_hour(world.tenant, at("2027-01-01T00:00:00Z"), Timestamp::MAX);
    assert_eq!(none, Err(HoursError::Nothing));
}
