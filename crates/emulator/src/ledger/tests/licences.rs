//! Pools and assignments.

use super::*;

#[test]
fn one_pool_is_fed_by_every_channel() {
    let mut world = World::new(Rules::prompt()).accepted();
    let bought = world.buy(6);
    let pool = world.ledger.tenants[&world.tenant].pools()[&sku(STANDARD)].clone();
    assert_eq!((pool.enabled, pool.consumed), (11, 3));
    assert!(pool.subscriptions.contains(&bought) && pool.subscriptions.contains(&world.source));
}

#[test]
fn an_exchange_happens_whole_or_not_at_all() {
    let mut world = swapping(Rules::prompt()).accepted();
    let refused = world.swap(0, &[STANDARD], &[STANDARD_OLD]);
    assert_eq!(refused, Err(LicenceRefusal::UnknownSku(sku(STANDARD))));
    let held = |world: &World| {
        let user = &world.ledger.tenants[&world.tenant].users[&nth(2, 0)];
        user.licences.keys().copied().collect::<Vec<_>>()
    };
    assert_eq!(held(&world), [sku(STANDARD_OLD)]);
    world.buy(5);
    world.swap(0, &[STANDARD], &[STANDARD_OLD]).unwrap();
    assert_eq!(held(&world), [sku(STANDARD)]);
}

#[test]
fn the_last_free_unit_goes_once() {
    let mut world = swapping(Rules::prompt()).accepted();
    world.buy(1);
    world.swap(0, &[STANDARD], &[STANDARD_OLD]).unwrap();
    let refused = world.swap(1, &[STANDARD], &[STANDARD_OLD]);
    assert_eq!(refused, Err(LicenceRefusal::NoFreeUnits { sku: sku(STANDARD) }));
    world.swap(0, &[STANDARD], &[]).unwrap();
}

#[test]
fn nobody_without_a_usage_location_gets_a_licence() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.users[0].usage_location = None;
    })
    .accepted();
    let refused = world.swap(0, &[STANDARD], &[]);
    assert_eq!(refused, Err(LicenceRefusal::UsageLocation(nth(2, 0))));
}

#[test]
fn a_licence_from_a_group_stays_until_the_group_gives_it_up() {
    let mut world = World::with(Rules::prompt(), |customer| {
        customer.users[0].licences[0].assigned_by_group = Some(nth(4, 1));
    })
    .accepted();
    assert_eq!(world.swap(0, &[], &[STANDARD]), Err(LicenceRefusal::FromGroup(sku(STANDARD))));
}

#[test]
fn what_is_not_held_cannot_be_removed() {
    let mut world = World::new(Rules::prompt()).accepted();
    assert_eq!(world.swap(0, &[], &[STANDARD_OLD]), Err(LicenceRefusal::NotAssigned(sku(STANDARD_OLD))));
}

#[test]
fn without_delegated_administration_nothing_can_be_read() {
    let rules = Rules { gdap_with_acceptance: false, ..Rules::prompt() };
    let mut world = World::new(rules).accepted();
    let refused = LicenceRefusal::NoDelegatedAdmin(world.tenant);
    assert_eq!(world.swap(0, &[STANDARD], &[]), Err(refused));
    world.ledger.grant_delegated_admin(world.tenant).unwrap();
    assert!(world.swap(0, &[STANDARD], &[]).is_ok());
}

/// Everybody holds the product that is not sold any more.
pub(super) fn swapping(rules: Rules) -> World {
    World::with(rules, |customer| {
        customer.users = (0..3).map(|n| user(n, STANDARD_OLD)).collect();
        customer.subscriptions = vec![line(0, STANDARD_OLD, 5)];
    })
}
