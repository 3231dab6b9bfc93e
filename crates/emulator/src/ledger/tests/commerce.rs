//! From invitation to order.

use rust_decimal::Decimal;

use super::*;

#[test]
fn nothing_can_be_ordered_before_the_customer_accepts_and_signs() {
    let mut world = World::new(Rules::usual());
    assert_eq!(world.cart(5), Err(Refusal::NoRelationship(world.tenant)));
    world.invite();
    world.wait_hours(2);
    assert!(world.ledger.reseller(world.tenant).is_ok());
    assert_eq!(world.cart(5), Err(Refusal::NoRelationship(world.tenant)), "not spread yet");
    world.wait_minutes(5);
    assert_eq!(world.cart(5), Err(Refusal::NoAgreement(world.tenant)));
    world.wait_hours(1);
    assert!(world.cart(5).is_ok());
}

#[test]
fn an_invitation_must_name_our_partner() {
    let mut world = World::new(Rules::usual());
    let link = world.ledger.invitation_link().replace("partnerId=", "partnerId=1");
    let letter = Letter::Invitation { tenant: world.tenant, link };
    assert!(matches!(world.ledger.post_letter(&letter), Err(LetterError::WrongPartner { .. })));
}

#[test]
fn a_second_letter_of_the_same_kind_changes_nothing() {
    let mut world = World::new(Rules::usual());
    let link = world.ledger.invitation_link();
    let letter = Letter::Invitation { tenant: world.tenant, link };
    assert_eq!(world.ledger.post_letter(&letter), Ok(Delivery::Received));
    assert_eq!(world.ledger.post_letter(&letter), Ok(Delivery::Repeated));
}

#[test]
fn a_cart_is_checked_out_once() {
    let mut world = World::new(Rules::prompt()).accepted();
    let cart = world.cart(5).unwrap();
    world.ledger.check_out(world.tenant, cart).unwrap();
    let again = world.ledger.check_out(world.tenant, cart);
    assert_eq!(again, Err(Refusal::CartSubmitted(cart)));
    assert_eq!(world.ledger.books().purchases, 1);
}

#[test]
fn a_second_checkout_may_answer_with_the_first_result() {
    let rules = Rules { second_checkout: SecondCheckout::Replay, ..Rules::prompt() };
    let mut world = World::new(rules).accepted();
    let cart = world.cart(5).unwrap();
    let first = world.ledger.check_out(world.tenant, cart);
    assert_eq!(world.ledger.check_out(world.tenant, cart), first);
    assert_eq!(world.ledger.books().purchases, 1);
}

#[test]
fn a_cart_is_gone_when_its_time_is_over() {
    let mut world = World::new(Rules::prompt().strict_carts()).accepted();
    let cart = world.cart(5).unwrap();
    world.wait_minutes(15);
    let late = world.ledger.check_out(world.tenant, cart);
    assert_eq!(late, Err(Refusal::CartNotFound(cart)));
}

#[test]
fn a_stale_availability_is_an_error_of_its_line() {
    let mut world = World::new(Rules::prompt()).accepted();
    let wish = world.wish(5);
    world.wait_hours(24);
    let cart = world.ledger.create_cart(world.tenant, vec![wish]).unwrap();
    let line = &world.ledger.cart(world.tenant, cart).unwrap().lines[0];
    assert_eq!(line.checked.as_ref().unwrap_err().code, 10001);
    let checkout = world.ledger.check_out(world.tenant, cart);
    assert_eq!(checkout, Err(Refusal::CartLines(cart)));
}

#[test]
fn an_availability_that_goes_stale_in_the_cart_fails_its_group_only() {
    let mut world = World::new(Rules::prompt()).accepted();
    let cart = world.cart(5).unwrap();
    world.wait_hours(24);
    let checkout = world.ledger.check_out(world.tenant, cart).unwrap();
    assert!(checkout.orders.is_empty());
    assert_eq!(checkout.errors[0].code, 400_019);
    assert!(world.ledger.cart(world.tenant, cart).unwrap().ordered.is_none());
}

#[test]
fn lines_with_the_same_term_become_one_order() {
    let mut world = World::new(Rules::prompt()).accepted();
    let wishes = vec![
        world.wish(5),
        Wish { id: 1, quantity: 6, ..world.wish(6) },
        Wish { id: 2, billing_cycle: "Monthly".to_owned(), ..world.wish(7) },
    ];
    let cart = world.ledger.create_cart(world.tenant, wishes).unwrap();
    let checkout = world.ledger.check_out(world.tenant, cart).unwrap();
    assert_eq!(checkout.orders.len(), 2);
    assert_eq!(world.ledger.books().purchases, 3);
}

#[test]
fn three_hundred_seats_of_a_business_product_are_the_limit_over_all_channels() {
    let mut world = World::new(Rules::prompt()).accepted();
    let (first, second) = (world.cart(200).unwrap(), world.cart(200).unwrap());
    world.ledger.check_out(world.tenant, first).unwrap();
    let over = world.ledger.check_out(world.tenant, second);
    assert_eq!(over, Err(Refusal::SeatCap { requested: 200, remaining: 95 }));
    let cart = world.cart(96).unwrap();
    let line = &world.ledger.cart(world.tenant, cart).unwrap().lines[0];
    assert_eq!(line.checked.as_ref().unwrap_err().room, Some((95, 205)));
}

#[test]
fn a_tenant_in_another_region_cannot_buy() {
    let mut world = World::with(Rules::prompt(), |customer| customer.country = "US".to_owned()).accepted();
    assert_eq!(world.cart(5), Err(Refusal::OtherRegion { country: "US".to_owned() }));
}

#[test]
fn an_order_shows_later_than_it_was_accepted_and_its_seats_later_still() {
    let mut world = World::new(Rules::usual().slowest()).accepted();
    let bought = world.buy(6);
    assert_eq!(world.ledger.orders(world.tenant).unwrap().count(), 0);
    assert!(world.ledger.subscription(world.tenant, bought).is_err());
    world.wait_minutes(15);
    assert_eq!(world.ledger.orders(world.tenant).unwrap().count(), 1);
    let status = |world: &World| {
        let held = world.ledger.subscription(world.tenant, bought).unwrap();
        held.commerce_status(world.ledger.now())
    };
    assert_eq!(status(&world), "pending");
    world.wait_minutes(10);
    assert_eq!(status(&world), "active");
    assert_eq!(world.enabled(STANDARD), 5);
    world.wait_minutes(75);
    assert_eq!(world.enabled(STANDARD), 11);
}

#[test]
fn confirming_the_same_agreement_twice_is_noticed() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.people.signs_agreement_after_hours = None;
    })
    .accepted();
    let stated = Confirmation {
        first_name: "Ana".to_owned(),
        last_name: "Roe".to_owned(),
        email: "ana@moorgarten.example".to_owned(),
        phone: None,
        agreed_at: world.ledger.now(),
    };
    assert!(world.cart(5).is_err());
    world.ledger.confirm_agreement(world.tenant, stated.clone()).unwrap();
    let again = world.ledger.confirm_agreement(world.tenant, stated);
    assert_eq!(again, Err(Refusal::AgreementKnown));
    assert!(world.cart(5).is_ok());
}

#[test]
fn a_first_term_ends_with_a_month_or_with_a_subscription_of_ours_and_costs_its_days() {
    let mut world = World::new(Rules::prompt()).accepted();
    let today = calendar::day(world.ledger.now());
    assert_eq!(today.to_string(), "2026-03-02");
    let first = world.buy(5);
    world.wait_hours(24 * 9);
    let said = |world: &mut World, term: &str, chosen: &str| {
        let at: Timestamp = format!("{chosen}T23:59:59Z").parse().unwrap();
        let billing = if term == "P1M" { "monthly" } else { "annual" };
        let wish = Wish {
            term: term.to_owned(),
            billing_cycle: billing.to_owned(),
            custom_term_end: Some(at),
            ..world.wish(6)
        };
        let cart = world.ledger.create_cart(world.tenant, vec![wish]).unwrap();
        let checked = world.ledger.cart(world.tenant, cart).unwrap().lines[0].checked.clone();
        checked.map(|_| cart).map_err(|error| error.code)
    };
    // The first one began on 2 March, so it ends on 1 March; this one could run until 10 March.
    assert_eq!(said(&mut world, "P1Y", "2027-03-02"), Err(10017), "nobody's end");
    assert_eq!(said(&mut world, "P1Y", "2027-03-31"), Err(10017), "beyond the term");
    assert_eq!(said(&mut world, "P1Y", "2026-03-10"), Err(10017), "over already");
    assert!(said(&mut world, "P1Y", "2027-02-28").is_ok(), "a month end");
    assert!(said(&mut world, "P1M", "2026-03-31").is_ok());
    assert_eq!(said(&mut world, "P1M", "2026-03-30"), Err(10017));
    let cart = said(&mut world, "P1Y", "2027-03-01").expect("the first one's end");
    let bought = world.ledger.check_out(world.tenant, cart).unwrap();
    let customer = world.ledger.reseller(world.tenant).unwrap();
    let order = &customer.orders[&bought.orders[0]];
    let line = &order.lines[0];
    let (old, new) = (&customer.subscriptions[&first], &customer.subscriptions[&line.subscription]);
    assert_eq!((new.last_day(), new.ends), (old.last_day(), old.ends));
    // 356 of 365 days, by the cent.
    let whole = line.price;
    let days = (whole * Decimal::from(356) / Decimal::from(365)).round_dp(2);
    assert_eq!(line.first_term(calendar::day(order.created)), days);
    // From then on it renews in full.
    let id = line.subscription;
    world.until(calendar::end_after("2027-03-01".parse().unwrap()));
    let customer = world.ledger.reseller(world.tenant).unwrap();
    assert_eq!(customer.subscriptions[&id].last_day().to_string(), "2028-03-01");
}
