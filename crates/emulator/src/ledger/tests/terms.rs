//! Terms end, renew and decay.

use super::subscriptions::State;
use super::*;

#[test]
fn a_source_renews_at_the_midnight_after_its_last_day() {
    let mut world = World::new(Rules::usual());
    world.until(at("2026-03-20T23:59:59Z"));
    assert_eq!(world.ledger.books().renewed_sources, 0);
    world.until(at("2026-03-21T00:00:00Z"));
    assert_eq!(world.ledger.books().renewed_sources, 1);
    assert_eq!(world.enabled(STANDARD), 5);
    assert_eq!(world.state(world.source), State::Enabled);
}

#[test]
fn a_direct_source_decays_in_three_steps() {
    let mut world = World::with(Rules::usual(), |customer| customer.subscriptions[0].auto_renew = false);
    for (until, state) in [
        ("2026-03-20T23:59:59Z", State::Enabled),
        ("2026-03-21T00:00:00Z", State::Warning),
        ("2026-04-20T00:00:00Z", State::Suspended),
        ("2026-07-19T00:00:00Z", State::Deleted),
    ] {
        world.until(at(until));
        assert_eq!(world.state(world.source), state, "{until}");
    }
}

#[test]
fn new_commerce_of_another_partner_ends_at_once() {
    let mut world = World::with(Rules::usual(), |customer| {
        customer.subscriptions[0].auto_renew = false;
        customer.subscriptions[0].program = Program::NceOtherPartner;
    });
    world.until(at("2026-03-21T00:00:00Z"));
    assert_eq!(world.state(world.source), State::Suspended);
}

#[test]
fn people_stop_a_renewal_some_time_after_being_asked() {
    let mut world = World::new(Rules::usual());
    world.ask_to_stop();
    world.wait_hours(2);
    assert!(world.ledger.tenants[&world.tenant].subscriptions[&world.source].auto_renew);
    world.wait_hours(1);
    assert!(!world.ledger.tenants[&world.tenant].subscriptions[&world.source].auto_renew);
}

#[test]
fn a_purchase_ends_on_the_day_before_its_anniversary() {
    let mut world = World::new(Rules::prompt()).accepted();
    let id = world.buy(5);
    let bought = world.ledger.subscription(world.tenant, id).unwrap();
    assert_eq!(bought.last_day().to_string(), "2027-03-01");
}

#[test]
fn a_patch_that_leaves_the_renewal_out_turns_it_off() {
    let mut world = World::new(Rules::prompt()).accepted();
    let id = world.buy(5);
    let patch = Patch { quantity: Some(5), ..Patch::default() };
    world.ledger.patch_subscription(world.tenant, id, &patch).unwrap();
    assert!(!world.ledger.subscription(world.tenant, id).unwrap().auto_renew);
}

#[test]
fn a_client_that_forgets_the_renewal_while_it_changes_something_else_has_turned_it_off() {
    for seats in [6, 4] {
        let mut world = World::new(Rules::prompt()).accepted();
        let id = world.buy(5);
        let patch = Patch { quantity: Some(seats), ..Patch::default() };
        world.ledger.patch_subscription(world.tenant, id, &patch).unwrap();
        let held = world.ledger.subscription(world.tenant, id).unwrap();
        assert_eq!((held.seats, held.auto_renew), (seats, false));
    }
    let mut world = World::new(Rules::prompt()).accepted();
    let id = world.buy(5);
    let to = |status: &str, auto_renew| Patch {
        status: Some(status.to_owned()),
        quantity: Some(5),
        auto_renew,
        ..Patch::default()
    };
    for (status, renews) in [("suspended", Some(true)), ("active", Some(true)), ("suspended", None), ("active", None)] {
        world.ledger.patch_subscription(world.tenant, id, &to(status, renews)).unwrap();
    }
    assert!(!world.ledger.subscription(world.tenant, id).unwrap().auto_renew, "reactivated without it");
}

#[test]
fn a_patch_from_a_stale_read_is_refused() {
    let mut world = World::new(Rules::prompt()).accepted();
    let id = world.buy(5);
    let etag = Some(world.ledger.subscription(world.tenant, id).unwrap().etag());
    let patch = Patch { etag, quantity: Some(6), auto_renew: Some(true), ..Patch::default() };
    world.ledger.patch_subscription(world.tenant, id, &patch).unwrap();
    let again = world.ledger.patch_subscription(world.tenant, id, &patch);
    assert_eq!(again, Err(Refusal::StaleEtag));
}

#[test]
fn seats_come_back_within_seven_days_only() {
    let mut world = World::new(Rules::prompt()).accepted();
    let id = world.buy(10);
    let seats = |quantity| Patch { quantity: Some(quantity), auto_renew: Some(true), ..Patch::default() };
    world.ledger.patch_subscription(world.tenant, id, &seats(8)).unwrap();
    assert_eq!(world.enabled(STANDARD), 13);
    world.wait_hours(7 * 24);
    let late = world.ledger.patch_subscription(world.tenant, id, &seats(7));
    assert_eq!(late, Err(Refusal::SeatsCannotGoDown));
    world.ledger.patch_subscription(world.tenant, id, &seats(9)).unwrap();
    world.ledger.patch_subscription(world.tenant, id, &seats(8)).unwrap();
}

#[test]
fn a_purchase_can_be_cancelled_within_seven_days() {
    let mut world = World::new(Rules::prompt()).accepted();
    let (early, late) = (world.buy(5), world.buy(6));
    let cancel = |quantity| Patch { status: Some("deleted".to_owned()), quantity: Some(quantity), ..Patch::default() };
    world.ledger.patch_subscription(world.tenant, early, &cancel(5)).unwrap();
    assert_eq!(world.state(early), State::LockedOut);
    assert_eq!(world.enabled(STANDARD), 11);
    world.wait_hours(7 * 24);
    let refused = world.ledger.patch_subscription(world.tenant, late, &cancel(6));
    assert_eq!(refused, Err(Refusal::CancellationWindowPassed));
}

/// Five seats of ours whose year is over on 1 March 2027, under renewals that take twelve hours.
fn at_its_end(change: &Patch) -> (World, SubscriptionId) {
    let rules = Rules::prompt().with("renewal_hours", "12").unwrap();
    let mut world = World::new(rules).accepted();
    let id = world.buy(5);
    world.ledger.patch_subscription(world.tenant, id, &Patch { quantity: Some(5), ..change.clone() }).unwrap();
    world.until(at("2027-03-02T06:00:00Z"));
    (world, id)
}

#[test]
fn a_renewal_takes_its_hours_in_which_nothing_else_is_changed() {
    let (mut world, id) = at_its_end(&Patch { auto_renew: Some(true), ..Patch::default() });
    let more = Patch { quantity: Some(6), auto_renew: Some(true), ..Patch::default() };
    let held = |world: &World| world.ledger.subscription(world.tenant, id).unwrap().clone();
    assert_eq!((held(&world).last_day().to_string(), world.enabled(STANDARD)), ("2027-03-01".to_owned(), 10));
    let refused = world.ledger.patch_subscription(world.tenant, id, &more);
    assert_eq!(refused, Err(ChangeRefusal::BeingRenewed.into()));
    world.until(at("2027-03-02T12:00:00Z"));
    assert_eq!(held(&world).last_day().to_string(), "2028-03-01", "the new term begins where the old one ended");
    world.ledger.patch_subscription(world.tenant, id, &more).unwrap();
}

#[test]
fn what_goes_on_from_month_to_month_takes_those_hours_too() {
    let (mut world, id) = at_its_end(&Patch { auto_renew: Some(false), ..Patch::default() });
    let back = Patch { quantity: Some(5), auto_renew: Some(true), ..Patch::default() };
    let refused = world.ledger.patch_subscription(world.tenant, id, &back);
    assert_eq!(refused, Err(ChangeRefusal::BeingRenewed.into()));
    world.until(at("2027-03-02T12:00:00Z"));
    assert_eq!(world.ledger.subscription(world.tenant, id).unwrap().last_day().to_string(), "2027-04-01");
}

#[test]
fn what_is_not_renewed_ends_on_time_and_is_called_expiring_for_those_hours() {
    let choice = Patch { auto_renew: Some(false), end_choice: Some(EndChoice::Cancel), ..Patch::default() };
    let (mut world, id) = at_its_end(&choice);
    assert_eq!((world.state(id), world.enabled(STANDARD)), (State::Suspended, 5));
    let back = Patch { quantity: Some(5), auto_renew: Some(true), ..Patch::default() };
    let refused = world.ledger.patch_subscription(world.tenant, id, &back);
    assert_eq!(refused, Err(ChangeRefusal::BeingExpired.into()));
    world.until(at("2027-03-02T12:00:00Z"));
    let refused = world.ledger.patch_subscription(world.tenant, id, &back);
    assert_eq!(refused, Err(Refusal::Suspended));
}

#[test]
fn no_renewal_takes_longer_than_a_day() {
    let rules = Rules::prompt().with("renewal_hours", "2000").unwrap();
    let mut world = World::new(rules).accepted();
    let id = world.buy(5);
    world.until(at("2027-03-02T23:59:59Z"));
    assert_eq!(world.ledger.subscription(world.tenant, id).unwrap().last_day().to_string(), "2027-03-01");
    world.until(at("2027-03-03T00:00:00Z"));
    assert_eq!(world.ledger.subscription(world.tenant, id).unwrap().last_day().to_string(), "2028-03-01");
}

#[test]
fn time_never_goes_back_and_ends_somewhere() {
    let mut world = World::new(Rules::usual());
    let past = at("2026-03-02T07:59:59Z");
    assert!(matches!(world.ledger.advance_to(past), Err(TimeError::Backwards { .. })));
    let never = world.ledger.advance_to(Timestamp::MAX);
    assert!(matches!(never, Err(TimeError::TooFar { .. })));
}
