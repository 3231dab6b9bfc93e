//! People act by themselves, and the books do not blame the partner for it.

use super::*;
use crate::ledger::subscriptions::State;
use crate::seed::{Act, SeedEvent};

fn done(world: &mut World, act: Act) {
    world.ledger.act(&act).unwrap();
}

fn gaps(world: &World) -> u64 {
    world.ledger.books().gap_seat_hours
}

#[test]
fn an_administrator_may_accept_and_sign_without_being_asked() {
    let mut world = World::new(Rules::prompt());
    let tenant = world.tenant;
    done(&mut world, Act::Accepts { tenant });
    done(&mut world, Act::Signs { tenant });
    world.buy(5);
    assert_eq!(world.ledger.books().purchases, 1);
}

#[test]
fn a_partner_that_was_dismissed_sells_nothing_until_it_is_accepted_again() {
    let mut world = World::new(Rules::prompt()).accepted();
    let tenant = world.tenant;
    done(&mut world, Act::DismissesPartner { tenant });
    assert_eq!(world.cart(5), Err(Refusal::NoRelationship(tenant)));
    let mut world = world.accepted();
    world.cart(5).unwrap();
}

#[test]
fn a_subscription_whose_renewal_was_switched_on_again_renews_by_itself() {
    let mut world = World::with(Rules::usual(), |customer| customer.subscriptions[0].auto_renew = false);
    let (tenant, subscription) = (world.tenant, world.source);
    let act = Act::StartsRenewal { tenant, subscription };
    world.ledger.act_later(SeedEvent { at: at("2026-03-20T12:00:00Z"), act }).unwrap();
    world.until(at("2026-03-25T00:00:00Z"));
    let books = world.ledger.books();
    assert_eq!((books.renewed_sources, books.expired_sources, books.gap_seat_hours), (1, 0, 0));
}

#[test]
fn a_subscription_that_its_owner_cancels_ends_at_once_and_leaves_its_users_without() {
    let mut world = World::new(Rules::usual());
    let (tenant, subscription) = (world.tenant, world.source);
    done(&mut world, Act::EndsSubscription { tenant, subscription });
    world.wait_hours(2);
    assert_eq!((world.enabled(STANDARD), gaps(&world)), (0, 3 * 2));
    let unserved = world.ledger.statement().unserved;
    assert_eq!((unserved.len(), unserved[0].to, unserved[0].hours), (3, None, 2));
}

#[test]
fn whoever_leaves_is_not_missed_and_whoever_joins_is_to_be_served() {
    let mut world = World::new(Rules::usual());
    let (tenant, subscription) = (world.tenant, world.source);
    let leaver: UserId = nth(2, 0);
    done(&mut world, Act::UserLeaves { tenant, user: leaver.to_string() });
    for upn in ["ida@x.example", "jan@x.example"] {
        let (upn, skus) = (upn.to_owned(), vec![sku(STANDARD)]);
        done(&mut world, Act::UserJoins { tenant, upn, usage_location: None, skus });
    }
    done(&mut world, Act::EndsSubscription { tenant, subscription });
    world.wait_hours(1);
    assert_eq!(gaps(&world), 4, "three less one and two more, an hour each");
    done(&mut world, Act::UserLeaves { tenant, user: "Ida@X.example".to_owned() });
    world.wait_hours(1);
    assert_eq!(gaps(&world), 4 + 3);
}

#[test]
fn a_licence_that_the_owner_takes_or_gives_is_the_owners_will() {
    let mut world = World::new(Rules::usual());
    let (tenant, sku) = (world.tenant, sku(STANDARD));
    let user: String = nth::<UserId>(2, 0).to_string();
    done(&mut world, Act::LosesLicence { tenant, user: user.clone(), sku });
    world.wait_hours(5);
    assert_eq!(gaps(&world), 0);
    assert_eq!(world.ledger.act(&Act::LosesLicence { tenant, user: user.clone(), sku }), Err(ActError::NotHeld(sku)));
    done(&mut world, Act::GetsLicence { tenant, user, sku });
    done(&mut world, Act::EndsSubscription { tenant, subscription: nth(3, 0) });
    world.wait_hours(1);
    assert_eq!(gaps(&world), 3);
}

#[test]
fn another_partners_seats_serve_are_no_purchase_of_ours_and_renew() {
    let mut world = World::with(Rules::prompt(), |customer| customer.subscriptions[0].auto_renew = false).accepted();
    let (tenant, sku) = (world.tenant, sku(STANDARD));
    done(&mut world, Act::OtherPartnerSells { tenant, sku, seats: 4, term: None });
    assert_eq!(world.enabled(STANDARD), 9);
    assert_eq!(world.ledger.subscriptions(tenant).unwrap().count(), 0, "not ours to see");
    world.until(at("2027-06-01T00:00:00Z"));
    let books = world.ledger.books();
    assert_eq!((world.enabled(STANDARD), books.purchases, books.gap_seat_hours), (4, 0, 0));
    let too_many = Act::OtherPartnerSells { tenant, sku, seats: 297, term: None };
    assert_eq!(world.ledger.act(&too_many), Err(ActError::Seats { sku, wanted: 297, room: 296 }));
}

#[test]
fn people_who_changed_their_mind_act_at_their_new_pace() {
    let mut world = World::new(Rules::prompt()).accepted();
    let (tenant, subscription) = (world.tenant, world.source);
    let people = SeedPeople {
        accepts_invitation_after_hours: None,
        signs_agreement_after_hours: None,
        stops_renewal_after_hours: None,
    };
    done(&mut world, Act::ChangesMind { tenant, people });
    world.ask_to_stop();
    world.until(at("2026-04-01T00:00:00Z"));
    assert_eq!(world.ledger.books().renewed_sources, 1);
    assert_eq!(
        world.ledger.act(&Act::StopsRenewal { tenant, subscription: nth(9, 9) }),
        Err(ActError::UnknownSubscription { tenant, subscription: nth(9, 9) })
    );
    done(&mut world, Act::StopsRenewal { tenant, subscription });
}

#[test]
fn what_could_not_happen_is_written_down_with_its_reason() {
    let mut world = World::new(Rules::prompt());
    let tenant = world.tenant;
    let act = Act::UserLeaves { tenant, user: "nobody".to_owned() };
    world.ledger.act_later(SeedEvent { at: at("2026-03-03T08:00:00Z"), act: act.clone() }).unwrap();
    assert_eq!(world.ledger.planned().len(), 1);
    world.wait_hours(48);
    let happened = world.ledger.happened();
    assert_eq!((&happened[0].act, happened[0].at), (&act, at("2026-03-03T08:00:00Z")));
    assert_eq!(happened[0].failed.as_deref(), Some("there is no user \"nobody\""));
    let late = SeedEvent { at: at("2026-03-03T08:00:00Z"), act };
    assert!(matches!(world.ledger.act_later(late), Err(ActError::Over { .. })));
}

#[test]
fn a_seed_brings_its_own_events_and_presets_happen_as_written() {
    for outside in [crate::seed::Outside::Lively, crate::seed::Outside::Contrary] {
        let seed = Seed::generate(30, 5, at("2026-03-02T08:00:00Z")).in_world(outside);
        let wanted = seed.outside.len();
        let mut ledger = Ledger::new(seed, Rules::usual()).unwrap();
        ledger.advance_to(at("2026-06-01T00:00:00Z")).unwrap();
        assert_eq!(ledger.happened().len(), wanted);
        let failed = ledger.happened().iter().filter(|it| it.failed.is_some()).count();
        assert!(wanted > 30 && failed < wanted, "{failed} of {wanted} could not happen");
    }
}

#[test]
fn what_its_owner_cancels_early_is_gone_at_once_or_expired_first() {
    for (early_end, state) in [(EarlyEnd::AtOnce, State::LockedOut), (EarlyEnd::ExpiredFirst, State::Warning)] {
        let rules = Rules { readings: Readings { early_end, ..Readings::usual() }, ..Rules::prompt() };
        let mut world = World::new(rules);
        let act = Act::EndsSubscription { tenant: world.tenant, subscription: world.source };
        world.ledger.act(&act).unwrap();
        assert_eq!(world.state(world.source), state);
        assert!(world.ledger.books().customers[0].lines[0].ended_at.is_some(), "grace counts for nothing");
        world.wait_hours(30 * 24);
        assert_eq!(world.state(world.source) == State::Suspended, early_end == EarlyEnd::ExpiredFirst);
    }
}
