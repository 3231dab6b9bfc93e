//! The protocol holds in every state within the bounds, and each deliberate mistake is found. `cargo xtask model` explores more.

use carryover_testkit::model::{Bounds, Explored, Protocol, Variant, explore};

const ONE_LINE: Bounds = Bounds { lines: 1, crashes: 1, losses: 1, idles: 1 };

fn explored(bounds: Bounds, variant: Variant) -> Explored {
    explore(Protocol::new(bounds, variant))
}

/// The shortest way to what a mistake breaks.
fn counter_example(variant: Variant) -> (String, usize) {
    let bounds = Bounds { idles: 2, ..ONE_LINE };
    let (what, moves) = explored(bounds, variant).broken.expect("the mistake is found");
    (what, moves.len())
}

#[test]
fn one_line_is_bought_once_and_let_go_after_its_cover_in_every_state() {
    let explored = explored(ONE_LINE, Variant::AsShipped);
    assert_eq!(explored.broken, None);
    assert!(explored.states > 10_000, "{explored:?}");
}

#[test]
fn two_lines_are_bought_once_and_let_go_after_their_cover_in_every_state() {
    let bounds = Bounds { lines: 2, crashes: 0, losses: 1, idles: 0 };
    assert_eq!(explored(bounds, Variant::AsShipped).broken, None);
}

#[test]
fn starting_over_when_a_checkout_is_in_doubt_buys_twice() {
    assert_eq!(counter_example(Variant::StartsOverInDoubt).0, "I1: bought twice");
}

#[test]
fn replacing_a_dead_cart_without_a_look_at_the_orders_buys_twice() {
    assert_eq!(counter_example(Variant::ReplacesDeadCart).0, "I1: bought twice");
}

#[test]
fn writing_a_cart_off_before_orders_can_show_buys_twice() {
    assert_eq!(counter_example(Variant::WritesOffTooSoon).0, "I1: bought twice");
}

#[test]
fn buying_before_anything_is_recorded_buys_twice() {
    assert_eq!(counter_example(Variant::RecordsAfterwards).0, "I1: bought twice");
}

#[test]
fn the_last_cart_without_versions_buys_twice() {
    assert_eq!(counter_example(Variant::LastCartWins).0, "I1: bought twice");
}

#[test]
fn letting_go_before_the_cover_is_there_is_seen_at_once() {
    let (what, moves) = counter_example(Variant::LetsGoBeforeCover);
    assert_eq!(what, "I2: an old subscription was let go before its line was covered");
    assert!(moves < 12, "{moves} moves");
}

#[test]
fn no_rule_of_ours_survives_a_service_that_accepts_one_cart_twice() {
    assert_eq!(counter_example(Variant::ServiceAcceptsTwice).0, "I1: bought twice");
}

/// Two belts: versions, and the first cart. Each holds alone.
#[test]
fn the_first_cart_suffices_without_versions_and_versions_suffice_without_it() {
    let bounds = Bounds { crashes: 0, losses: 0, idles: 0, ..ONE_LINE };
    for variant in [Variant::NoVersionCheck, Variant::LastCartWinsChecked] {
        let broken = explored(bounds, variant).broken;
        assert_eq!(broken, None, "{variant:?}");
    }
}
