//! The books notice what should not happen, and are silent about what should.

use super::licences::swapping;
use super::*;
use crate::books::Books;
use crate::seed::Act;

/// Accept, buy, wait for the seats, ask to stop, see the source end.
fn move_in_order(world: &mut World) {
    world.buy(5);
    world.wait_hours(3);
    world.ask_to_stop();
    world.until(at("2026-04-10T00:00:00Z"));
}

#[test]
fn a_move_in_order_leaves_clean_books() {
    let mut world = World::new(Rules::usual()).accepted();
    move_in_order(&mut world);
    let books = world.ledger.books();
    assert_eq!((books.purchases, books.duplicate_purchases), (1, 0));
    assert_eq!((books.gap_seat_hours, books.asked_to_end_before_cover), (0, 0));
    assert_eq!((books.renewed_sources, books.expired_sources), (0, 1));
    let line = &books.customers[0].lines[0];
    assert_eq!(line.ended_at, Some(at("2026-03-21T00:00:00Z")));
    assert_eq!(line.replaced_by.as_ref().unwrap().seats, 5);
    // Bought on the 2nd, ended with the 20th: 19 days, five seats.
    assert_eq!(books.overlap_seat_days, 19 * 5);
}

#[test]
fn seats_in_force_are_written_down_at_every_change() {
    let mut world = World::new(Rules::prompt()).accepted();
    move_in_order(&mut world);
    let points: Vec<(String, u32)> = world.ledger.books().customers[0]
        .seats_in_force
        .iter()
        .map(|point| (point.at.to_string(), point.enabled))
        .collect();
    assert_eq!(
        points,
        [
            ("2026-03-02T08:00:00Z".to_owned(), 5),
            ("2026-03-02T12:00:00Z".to_owned(), 10),
            ("2026-03-21T00:00:00Z".to_owned(), 5),
        ]
    );
}

#[test]
fn a_cart_that_was_taken_twice_is_a_duplicate() {
    let rules = Rules { second_checkout: SecondCheckout::AcceptTwice, ..Rules::prompt() };
    let mut world = World::new(rules).accepted();
    let cart = world.cart(5).unwrap();
    for _ in 0..2 {
        world.ledger.check_out(world.tenant, cart).unwrap();
    }
    let books = world.ledger.books();
    assert_eq!((books.purchases, books.duplicate_purchases), (2, 1));
}

#[test]
fn a_second_cart_for_the_same_line_is_a_duplicate() {
    let mut world = World::new(Rules::prompt()).accepted();
    world.buy(5);
    world.buy(5);
    assert_eq!(world.ledger.books().duplicate_purchases, 1);
}

#[test]
fn a_purchase_that_was_cancelled_makes_room_for_another_and_covers_nothing() {
    let mut world = World::new(Rules::prompt()).accepted();
    let first = world.buy(5);
    let cancel = Patch { status: Some("deleted".to_owned()), quantity: Some(5), ..Patch::default() };
    world.ledger.patch_subscription(world.tenant, first, &cancel).unwrap();
    world.ask_to_stop();
    assert_eq!(world.ledger.books().asked_to_end_before_cover, 1);
    let second = world.buy(5);
    let books = world.ledger.books();
    assert_eq!((books.purchases, books.duplicate_purchases), (2, 0));
    let replaced = books.customers[0].lines[0].replaced_by.as_ref().unwrap();
    assert_eq!(replaced.subscription, second);
}

#[test]
fn two_lines_of_one_product_may_be_bought_twice() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.subscriptions.push(line(1, STANDARD, 7));
    })
    .accepted();
    world.buy(5);
    world.buy(7);
    let books = world.ledger.books();
    assert_eq!(books.duplicate_purchases, 0);
    let seats: Vec<u32> =
        books.customers[0].lines.iter().map(|line| line.replaced_by.as_ref().unwrap().seats).collect();
    assert_eq!(seats, [5, 7]);
}

#[test]
fn the_same_friendly_name_on_two_orders_is_a_duplicate() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.subscriptions.push(line(1, STANDARD, 7));
    })
    .accepted();
    for _ in 0..2 {
        let wish = Wish { friendly_name: Some("CO-1".to_owned()), ..world.wish(5) };
        let cart = world.ledger.create_cart(world.tenant, vec![wish]).unwrap();
        world.ledger.check_out(world.tenant, cart).unwrap();
    }
    assert_eq!(world.ledger.books().duplicate_purchases, 1);
}

#[test]
fn a_source_that_ends_with_nothing_in_its_place_makes_a_gap_in_spite_of_grace() {
    let mut world = World::with(Rules::usual(), |customer| customer.subscriptions[0].auto_renew = false);
    world.until(at("2026-03-21T01:30:00Z"));
    let books = world.ledger.books();
    // Three users, an hour and a half each, begun hours counting whole.
    assert_eq!(books.gap_seat_hours, 3 * 2);
    assert_eq!(books.customers[0].lines[0].gap_seat_hours, 6);
}

#[test]
fn a_pool_that_is_too_small_makes_a_gap_for_those_who_do_not_fit() {
    let mut world = World::new(Rules::prompt()).accepted();
    world.buy(2);
    world.ask_to_stop();
    world.until(at("2026-03-21T10:00:00Z"));
    assert_eq!(world.ledger.books().gap_seat_hours, 10);
    world.buy(1);
    world.until(at("2026-03-22T00:00:00Z"));
    assert_eq!(world.ledger.books().gap_seat_hours, 10, "closed by the missing seat");
}

#[test]
fn an_exchange_in_one_call_makes_no_gap() {
    let mut world = swapping(Rules::prompt()).accepted();
    world.buy(3);
    for n in 0..3 {
        world.swap(n, &[STANDARD], &[STANDARD_OLD]).unwrap();
    }
    world.ask_to_stop();
    world.until(at("2026-04-10T00:00:00Z"));
    let books = world.ledger.books();
    assert_eq!((books.gap_seat_hours, books.licences_swapped), (0, 3));
    assert_eq!(books.licence_calls, 3);
}

#[test]
fn removing_first_and_adding_later_makes_a_gap() {
    let mut world = swapping(Rules::prompt()).accepted();
    world.buy(3);
    world.swap(0, &[], &[STANDARD_OLD]).unwrap();
    world.wait_minutes(1);
    world.swap(0, &[STANDARD], &[]).unwrap();
    assert_eq!(world.ledger.books().gap_seat_hours, 1);
}

#[test]
fn asking_to_stop_before_the_seats_arrived_is_written_down() {
    let mut world = World::new(Rules::usual().slowest()).accepted();
    world.buy(5);
    world.ask_to_stop();
    assert_eq!(world.ledger.books().asked_to_end_before_cover, 1);
}

/// Seats of another partner, for as many as they are.
fn others_sell(world: &mut World, seats: u32) {
    let act = Act::OtherPartnerSells { tenant: world.tenant, sku: sku(STANDARD), seats, term: None };
    world.ledger.act(&act).unwrap();
}

#[test]
fn a_source_whose_users_are_covered_by_what_stays_may_be_asked_to_end_without_a_purchase() {
    for (seats, too_early) in [(2, 1), (3, 0)] {
        let mut world = World::new(Rules::prompt()).accepted();
        others_sell(&mut world, seats);
        world.ask_to_stop();
        assert_eq!(world.ledger.books().asked_to_end_before_cover, too_early, "{seats} seats for three users");
    }
}

#[test]
fn another_source_covers_nobody() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.subscriptions.push(line(1, STANDARD, 7));
    })
    .accepted();
    world.ask_to_stop();
    assert_eq!(world.ledger.books().asked_to_end_before_cover, 1);
}

#[test]
fn a_product_that_no_source_leads_to_is_nobodys_second_purchase() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.subscriptions = vec![line(0, PREMIUM, 5)];
    })
    .accepted();
    world.buy(5);
    assert_eq!(world.ledger.books().duplicate_purchases, 0, "the partner may wish so");
    world.buy(5);
    assert_eq!(world.ledger.books().duplicate_purchases, 1, "more than all sources");
}

#[test]
fn one_purchase_does_not_cover_two_sources() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.users = (0..8).map(|n| user(n, STANDARD)).collect();
        customer.subscriptions.push(line(1, STANDARD, 7));
    })
    .accepted();
    world.buy(5);
    world.ask_to_stop();
    assert_eq!(world.ledger.books().asked_to_end_before_cover, 0);
    let second = Letter::StopRenewal { tenant: world.tenant, subscription: nth(3, 1) };
    world.ledger.post_letter(&second).unwrap();
    assert_eq!(world.ledger.books().asked_to_end_before_cover, 1);
}

#[test]
fn the_same_calls_give_the_same_books() {
    let run = || {
        let mut world = World::new(Rules::usual()).accepted();
        move_in_order(&mut world);
        world.ledger.books()
    };
    assert_eq!(run(), run());
    let text = serde_json::to_string(&run()).unwrap();
    assert_eq!(serde_json::from_str::<Books>(&text).unwrap(), run());
}

#[test]
fn a_customer_that_never_accepts_is_told_apart() {
    let seed = Seed::generate(3, 4, at("2026-03-02T08:00:00Z"));
    let mut ledger = Ledger::new(seed, Rules::usual()).unwrap();
    let link = ledger.invitation_link();
    let tenants: Vec<TenantId> = ledger.seed().customers.iter().map(|customer| customer.tenant_id).collect();
    for tenant in tenants {
        ledger.post_letter(&Letter::Invitation { tenant, link: link.clone() }).unwrap();
    }
    ledger.advance_to(at("2026-03-05T08:00:00Z")).unwrap();
    let accepted = ledger.books().customers.iter().filter(|books| books.accepted_at.is_some()).count();
    assert_eq!(accepted, 2);
}
