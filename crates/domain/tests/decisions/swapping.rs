//! Another licence: each user changes in one call, and nobody is left without.

use crate::fixture::story::{Story, holder, no, refused, service_plan, user};
use crate::fixture::{read, sku, tenancy};
use carryover_domain::Answer;
use carryover_domain::facts::{Holder, Via};
use carryover_domain::ids::ServicePlanId;
use carryover_domain::migration::state::Change;
use carryover_domain::policy::NewPlans;
use carryover_domain::reply::{Outcome, RefusalKind};
use expect_test::expect;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

const EXCHANGE_KIOSK: &str = "4a82b400-a79f-41a4-b4e2-e94f5787b113";
pub(super) const EXCHANGE_STANDARD: &str = "9aaf7827-d63c-4b61-89c3-182f06f82e5c";
const EXCHANGE_ENTERPRISE: &str = "efb87545-963c-4e0d-99df-69c6916d9eb0";
const SHAREPOINT_STANDARD: &str = "c7699d2e-19aa-44de-8edf-1736da088ca1";
const SHAREPOINT_ENTERPRISE: &str = "5dbe027f-2339-4123-9542-606e4d348a72";
pub(super) const TEAMS: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";

pub(super) const ARRIVED: &str = "tenant holds SPB 3 seats until 2026-12-13
                       tenant holds E3 3 seats until 2027-12-08 named new-1 ours\nin use SPB 3";

/// Three users of SPB who are to have E3, which has arrived.
fn swapping() -> Story {
    of_seats(3, ARRIVED)
}

fn of_seats(seats: u32, arrived: &str) -> Story {
    let mut story = Story::bought(&format!("line SPB {seats} seats until 2026-12-13 direct_mca renews wants E3"));
    story.delivered(1, arrived);
    story.forget();
    story
}

fn by_group(n: u128) -> Holder {
    Holder { via: Via::Group, ..holder(n) }
}

#[test]
fn another_licence_is_let_go_only_after_every_user_has_changed() {
    let mut story = Story::bought("line SPB 3 seats until 2026-12-13 direct_mca renews wants E3");
    story.delivered(1, ARRIVED);
    story.tell_owed();
    story.holders(1, vec![holder(1), holder(2)]);
    story.tell_owed();
    story.swapped(1, 1, Outcome::Done(()));
    story.swapped(1, 2, Outcome::Done(()));
    story.tell_owed();
    story.verified(1);
    story.tell_owed();
    story.holders(1, vec![]);
    story.tell_owed();
    story.source(
        1,
        "tenant holds SPB 3 seats until 2026-12-13
         tenant holds E3 3 seats until 2027-12-08 named new-1 ours\nin use SPB 0\nin use E3 2",
    );
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:01
        2026-12-09 00:00 2 hold the old licence
            old-1: 2 users to change, 0 cannot be
          owed: old-1: change user 1
          owed: old-1: change user 2
          next look: 2026-12-09 00:01
        2026-12-09 00:00 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:00 changing user 2: done
            old-1: user 2 changed
          owed: nothing; next look: 2026-12-09 00:15
        2026-12-09 00:15 services of 2 users were read
            old-1: services work
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:16
        2026-12-09 00:15 0 hold the old licence
            old-1: nobody holds the old licence
          owed: old-1: read the old subscription
          next look: 2026-12-09 00:52
        2026-12-09 00:15 the tenant was read
            old-1: may go, by its owner's hand
          by 2026-12-13 00:00: STOP_RENEWAL ask an owner or contributor of the customer's billing account or billing profile to stop the renewal of SPB ("cancel at end of term" where that exists), in the Microsoft 365 admin centre under Billing, Your products
    "#]]);
}

#[test]
fn a_user_who_was_changed_and_still_shows_is_changed_again() {
    let mut story = swapping();
    story.holders(1, vec![holder(1)]);
    story.swapped(1, 1, Outcome::Done(()));
    story.verified(1);
    story.holders(1, vec![holder(1), holder(2)]);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 1 hold the old licence
            old-1: 1 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:15 services of 1 users were read
            old-1: services work
        2026-12-09 00:15 2 hold the old licence
            old-1: 2 users to change, 0 cannot be
          owed: old-1: change user 1
          owed: old-1: change user 2
          next look: 2026-12-09 00:16
    "#]]);
}

#[test]
fn no_more_users_are_changed_than_seats_were_bought() {
    let mut story = swapping();
    story.holders(1, (1..=5).map(holder).collect());
    (1..=3).for_each(|n| story.swapped(1, n, Outcome::Done(())));
    story.verified(1);
    story.holders(1, vec![holder(4), holder(5)]);
    story.reads(expect![[r#"
        2026-12-09 00:00 5 hold the old licence
            old-1: 3 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:00 changing user 2: done
            old-1: user 2 changed
        2026-12-09 00:00 changing user 3: done
            old-1: user 3 changed
        2026-12-09 00:15 services of 3 users were read
            old-1: services work
        2026-12-09 00:15 2 hold the old licence
            old-1: nobody holds the old licence
    "#]]);
}

#[test]
fn what_a_user_had_switched_off_stays_off_where_the_new_licence_has_it() {
    let mut story = swapping();
    let mut tenancy = tenancy(ARRIVED);
    tenancy.pools.entry(sku("E3")).or_default().plans = [1, 2].map(service_plan).into();
    let disabled_plans = [2, 3].map(service_plan).into();
    story.holders_among(1, vec![Holder { disabled_plans, ..holder(1) }], tenancy);
    let line = story.line(1);
    let change = line.change_of(user(1)).expect("user 1 waits for a change");
    let add = BTreeMap::from([(sku("E3"), BTreeSet::from([service_plan(2)]))]);
    assert_eq!(change, Change { add, remove: sku("SPB") });
}

/// What stays off in E3 for user 1, who has `off` of an SPB that holds `old`, by short name.
fn stays_off(old: &[ServicePlanId], off: &[ServicePlanId], new: &[ServicePlanId]) -> BTreeSet<ServicePlanId> {
    let mut story = swapping();
    let mut tenancy = tenancy(ARRIVED);
    for (product, plans) in [("SPB", old), ("E3", new)] {
        tenancy.pools.entry(sku(product)).or_default().plans = plans.iter().copied().collect();
    }
    let disabled_plans = off.iter().copied().collect();
    story.holders_among(1, vec![Holder { disabled_plans, ..holder(1) }], tenancy);
    story.line(1).change_of(user(1)).expect("user 1 waits for a change").add[&sku("E3")].clone()
}

#[test]
fn a_user_without_a_mailbox_gets_none_through_the_new_licences_tier() {
    let [standard, enterprise] = [EXCHANGE_STANDARD, EXCHANGE_ENTERPRISE].map(read::<ServicePlanId>);
    let teams = read(TEAMS);
    assert_eq!(stays_off(&[standard, teams], &[standard], &[enterprise, teams]), [enterprise].into());
    // Where the old licence shows another mailbox that is on, the user has mail and keeps it.
    assert_eq!(stays_off(&[standard, enterprise], &[standard], &[read(EXCHANGE_KIOSK)]), [].into());
    // Where the tenant does not list the old licence's plans, only the same plan is known to be meant.
    assert_eq!(stays_off(&[], &[standard, teams], &[enterprise, teams]), [teams].into());
}

#[test]
fn a_missing_usage_location_is_said_before_a_group() {
    let mut story = swapping();
    story.holders(1, vec![Holder { has_usage_location: false, ..by_group(1) }]);
    story.reads(expect![[r#"
        2026-12-09 00:00 1 hold the old licence
            old-1: 0 users to change, 1 cannot be
            old-1: needs a person, SWAP_STOPPED: the change of 1 user did not go well, user 1: USAGE_LOCATION_MISSING: the user has no usage location; set it
    "#]]);
}

#[test]
fn a_lost_reply_leaves_the_user_to_be_changed_again() {
    let mut story = swapping();
    story.holders(1, vec![holder(1)]);
    story.swapped(1, 1, Outcome::InDoubt(no()));
    story.tell_owed();
    story.at("2026-12-09T00:01:00Z");
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 1 hold the old licence
            old-1: 1 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: no answer
            old-1: put off until 2026-12-09 00:01
          owed: nothing; next look: 2026-12-09 00:01
        2026-12-09 00:01 time passed
          owed: old-1: change user 1
          next look: 2026-12-09 00:02
    "#]]);
}

#[test]
fn no_free_units_yet_is_waited_for_and_no_users_fault() {
    let mut story = swapping();
    story.holders(1, vec![holder(1)]);
    story.swapped(1, 1, refused(RefusalKind::NoFreeUnits));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 1 hold the old licence
            old-1: 1 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: refused, NoFreeUnits
            old-1: put off until 2026-12-09 00:15, answered
          owed: nothing; next look: 2026-12-09 00:15
    "#]]);
}

#[test]
fn no_more_users_are_changed_than_units_are_free_and_who_has_both_licences_takes_none() {
    let mut story = swapping();
    let both = Holder { others: [(sku("E3"), BTreeSet::new())].into(), ..holder(3) };
    let used = |units: u32| tenancy(&format!("{ARRIVED}\nin use E3 {units}"));
    story.holders_among(1, vec![holder(1), holder(2), both.clone()], used(3));
    story.swapped(1, 3, Outcome::Done(()));
    story.verified(1);
    story.holders_among(1, vec![holder(1), holder(2)], used(3));
    story.tell_owed();
    story.at("2026-12-09T00:30:00Z");
    story.holders_among(1, vec![holder(1), holder(2)], used(2));
    story.reads(expect![[r#"
        2026-12-09 00:00 3 hold the old licence
            old-1: 1 users to change, 0 cannot be
        2026-12-09 00:00 changing user 3: done
            old-1: user 3 changed
        2026-12-09 00:15 services of 1 users were read
            old-1: services work
        2026-12-09 00:15 2 hold the old licence
            old-1: put off until 2026-12-09 00:30
          owed: nothing; next look: 2026-12-09 00:30
        2026-12-09 00:30 time passed
        2026-12-09 00:30 2 hold the old licence
            old-1: 1 users to change, 0 cannot be
    "#]]);
}

/// Looks that bring nothing would otherwise fill the log for ever: found by seed 31100 of the simulated worlds.
#[test]
fn units_that_do_not_come_are_looked_for_ever_more_rarely_but_not_so_before_the_end() {
    let mut story = swapping();
    let used = || tenancy(&format!("{ARRIVED}\nin use E3 3"));
    let mut pauses = |from: &str| {
        story.at(from);
        let minutes = (0..7).map(|_| {
            story.holders_among(1, vec![holder(1)], used());
            let until = story.line(1).quiet_until.expect("put off");
            let pause = until.duration_since(story.now).as_mins();
            story.at(&until.to_string());
            pause
        });
        minutes.collect::<Vec<_>>()
    };
    assert_eq!(pauses("2026-12-09T00:30:00Z"), [15, 30, 60, 120, 240, 240, 240]);
    assert_eq!(pauses("2026-12-13T20:00:00Z"), [30, 26, 22, 20, 17, 15, 15]);
    assert_eq!(pauses("2026-12-14T01:00:00Z"), [240; 7]);
}

#[test]
fn what_only_the_new_licence_has_stays_off_where_the_policy_says_so() {
    let mut story = swapping();
    story.scene.policy.new_plans = NewPlans::Off;
    let mut tenancy = tenancy(ARRIVED);
    let [standard, enterprise] = [EXCHANGE_STANDARD, EXCHANGE_ENTERPRISE].map(read::<ServicePlanId>);
    let (teams, other) = (read(TEAMS), service_plan(1));
    tenancy.pools.entry(sku("SPB")).or_default().plans = [standard].into();
    tenancy.pools.entry(sku("E3")).or_default().plans = [enterprise, teams, other].into();
    story.holders_among(1, vec![holder(1)], tenancy);
    // Mail is not new: the old licence has it in another tier.
    let change = story.line(1).change_of(user(1)).expect("user 1 waits for a change");
    assert_eq!(change.add[&sku("E3")], [teams, other].into());
}

#[test]
fn a_user_who_keeps_a_licence_that_excludes_the_new_one_is_left_to_a_person() {
    let mut tenancy = tenancy(ARRIVED);
    let [standard, enterprise] = [SHAREPOINT_STANDARD, SHAREPOINT_ENTERPRISE].map(read::<ServicePlanId>);
    tenancy.pools.entry(sku("E3")).or_default().plans = [enterprise].into();
    tenancy.pools.entry(sku("VISIO")).or_default().plans = [standard].into();
    let keeps =
        |off: &[ServicePlanId]| Holder { others: [(sku("VISIO"), off.iter().copied().collect())].into(), ..holder(1) };
    let mut story = swapping();
    story.holders_among(1, vec![keeps(&[])], tenancy.clone());
    story.resolve(1, Answer::GoOn);
    // Switched off there, it excludes nothing.
    story.holders_among(1, vec![keeps(&[standard])], tenancy);
    story.reads(expect![[r#"
        2026-12-09 00:00 1 hold the old licence
            old-1: 0 users to change, 1 cannot be
            old-1: needs a person, SWAP_STOPPED: the change of 1 user did not go well, user 1: PLAN_CONFLICT: SHAREPOINTENTERPRISE and SHAREPOINTSTANDARD exclude each other; switch one off for the user, or take the other licence
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
        2026-12-09 00:00 1 hold the old licence
            old-1: 1 users to change, 0 cannot be
    "#]]);
}

#[test]
fn what_a_user_has_beside_the_other_licence_already_excludes_nothing_in_the_new_one_either() {
    let changes = |off: &[&str]| {
        let mut tenancy = tenancy(ARRIVED);
        let [standard, enterprise] = [SHAREPOINT_STANDARD, SHAREPOINT_ENTERPRISE].map(read::<ServicePlanId>);
        for (product, plan) in [("SPB", enterprise), ("E3", enterprise), ("VISIO", standard)] {
            tenancy.pools.entry(sku(product)).or_default().plans = [plan, service_plan(1)].into();
        }
        let mut story = swapping();
        let others = BTreeMap::from([(sku("VISIO"), BTreeSet::new())]);
        let disabled_plans = off.iter().map(|id| read(id)).collect();
        story.holders_among(1, vec![Holder { others, disabled_plans, ..holder(1) }], tenancy);
        story.line(1).change_of(user(1)).is_some()
    };
    assert!(changes(&[]), "both tiers are on today");
    assert!(changes(&[SHAREPOINT_ENTERPRISE]), "and off, one stays off");
}

#[test]
fn a_throttled_swap_waits_for_as_long_as_it_was_told() {
    let mut story = swapping();
    story.holders(1, vec![holder(1)]);
    story.swapped(1, 1, Outcome::Throttled { retry_after: SignedDuration::from_secs(150) });
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 1 hold the old licence
            old-1: 1 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: not before 2m 30s
            old-1: put off until 2026-12-09 00:02, answered
          owed: nothing; next look: 2026-12-09 00:02
    "#]]);
}

#[test]
fn users_whose_licence_comes_from_a_group_are_left_to_a_person() {
    let mut story = swapping();
    let both = Holder { via: Via::Both, ..holder(2) };
    let nowhere = Holder { has_usage_location: false, ..holder(3) };
    story.holders(1, vec![by_group(1), both, nowhere]);
    story.tell_owed();
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 3 hold the old licence
            old-1: 0 users to change, 3 cannot be
            old-1: needs a person, SWAP_STOPPED: the change of 3 users did not go well, the first user 1: ASSIGNED_BY_GROUP: the licence comes from a group; change it on the group
          owed: nothing; next look: never
          by 2026-12-14 00:00: SWAP_STOPPED the change of 3 users did not go well, the first user 1: ASSIGNED_BY_GROUP: the licence comes from a group; change it on the group. Correct what is wrong with these users, or give them back what they had (`carryover show` has it), then `carryover resolve LINE go-on`.
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:01
    "#]]);
}

#[test]
fn users_who_can_be_changed_are_changed_before_the_others_are_shown_to_a_person() {
    let mut story = swapping();
    story.holders(1, vec![by_group(1), holder(2)]);
    story.tell_owed();
    story.swapped(1, 2, Outcome::Done(()));
    story.verified(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 2 hold the old licence
            old-1: 1 users to change, 1 cannot be
          owed: old-1: change user 2
          next look: 2026-12-09 00:01
        2026-12-09 00:00 changing user 2: done
            old-1: user 2 changed
        2026-12-09 00:15 services of 1 users were read
            old-1: services work
            old-1: needs a person, SWAP_STOPPED: the change of 1 user did not go well, user 1: ASSIGNED_BY_GROUP: the licence comes from a group; change it on the group
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn many_who_cannot_be_changed_do_not_hold_up_those_who_can() {
    let arrived = "tenant holds SPB 7 seats until 2026-12-13
                   tenant holds E3 7 seats until 2027-12-08 named new-1 ours\nin use SPB 7";
    let mut story = of_seats(7, arrived);
    story.holders(1, (1..=4).map(by_group).chain((5..=7).map(holder)).collect());
    (5..=6).for_each(|n| story.swapped(1, n, Outcome::Done(())));
    story.tell_owed();
    story.swapped(1, 7, Outcome::Done(()));
    story.verified(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 7 hold the old licence
            old-1: 3 users to change, 4 cannot be
        2026-12-09 00:00 changing user 5: done
            old-1: user 5 changed
        2026-12-09 00:00 changing user 6: done
            old-1: user 6 changed
          owed: old-1: change user 7
          next look: 2026-12-09 00:01
        2026-12-09 00:00 changing user 7: done
            old-1: user 7 changed
        2026-12-09 00:15 services of 3 users were read
            old-1: services work
            old-1: needs a person, SWAP_STOPPED: the change of 4 users did not go well, the first user 1: ASSIGNED_BY_GROUP: the licence comes from a group; change it on the group
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn two_lines_of_one_licence_share_their_users_without_a_stop() {
    let mut story = Story::approved(
        "line SPB 2 seats until 2026-12-13 open wants E3\nline SPB 3 seats until 2026-12-13 open\nin use SPB 5",
    );
    story.at("2026-12-09");
    story.facts(1);
    story.cart(1, "cart-1");
    story.checked_out(1, Outcome::Done(crate::fixture::story::purchase("E3", 2, Some("new-1"), "2026-12-09")));
    story.facts(2);
    story.change(
        "tenant holds SPB 2 seats until 2026-12-13\ntenant holds SPB 3 seats until 2026-12-13
         tenant holds E3 2 seats until 2027-12-08 named new-1 ours\nin use SPB 5",
    );
    story.delivered(
        1,
        "tenant holds SPB 2 seats until 2026-12-13\ntenant holds SPB 3 seats until 2026-12-13
         tenant holds E3 2 seats until 2027-12-08 named new-1 ours\nin use SPB 5",
    );
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 time passed
        2026-12-09 00:00 facts were read
            old-1: to be bought as act 5
        2026-12-09 00:00 making a cart: done
            old-1: cart-1 recorded
        2026-12-09 00:00 checking out: done
            old-1: bought 2 seats
        2026-12-09 00:00 facts were read
            old-2: to be bought as act 8
        2026-12-09 00:00 the delivery was read
            old-1: covered by new-1
          owed: old-1: read who holds the old licence
          owed: old-2: make a cart (act 8, try 0)
          next look: 2026-12-09 00:01
    "#]]);
}

#[test]
fn a_user_whom_another_line_of_the_same_licence_changes_is_left_alone() {
    let mut story = Story::bought(
        "line SPB 2 seats until 2026-12-13 open wants E3\nline SPB 3 seats until 2026-12-13 open wants VISIO\nin use SPB 4",
    );
    let holds = "tenant holds SPB 2 seats until 2026-12-13\ntenant holds SPB 3 seats until 2026-12-13
                 tenant holds E3 2 seats until 2027-12-08 named new-1 ours
                 tenant holds VISIO 3 seats until 2027-12-08 named new-2 ours\nin use SPB 4";
    story.delivered(1, holds);
    story.delivered(2, holds);
    story.forget();
    story.holders(1, (1..=4).map(holder).collect());
    story.swapped(1, 1, Outcome::Done(()));
    story.holders(2, (1..=4).map(holder).collect());
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 4 hold the old licence
            old-1: 2 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:00 4 hold the old licence
            old-2: 2 users to change, 0 cannot be
          owed: old-1: change user 2
          owed: old-2: change user 3
          owed: old-2: change user 4
          next look: 2026-12-09 00:01
    "#]]);
}

#[test]
fn a_user_who_got_a_licence_from_another_line_is_not_carried_on_from_it() {
    let mut story = Story::bought(
        "line SPB 2 seats until 2026-12-13 open wants E3\nline E3 3 seats until 2026-12-13 open wants VISIO\nin use SPB 2\nin use E3 2",
    );
    let holds = "tenant holds SPB 2 seats until 2026-12-13\ntenant holds E3 3 seats until 2026-12-13
                 tenant holds E3 2 seats until 2027-12-08 named new-1 ours
                 tenant holds VISIO 3 seats until 2027-12-08 named new-2 ours\nin use SPB 2\nin use E3 2";
    story.delivered(1, holds);
    story.delivered(2, holds);
    story.forget();
    story.holders(1, (1..=2).map(holder).collect());
    story.swapped(1, 1, Outcome::Done(()));
    story.holders(2, [1, 5, 6].map(holder).into());
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:00 2 hold the old licence
            old-1: 2 users to change, 0 cannot be
        2026-12-09 00:00 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:00 3 hold the old licence
            old-2: 2 users to change, 0 cannot be
          owed: old-1: change user 2
          owed: old-2: change user 5
          owed: old-2: change user 6
          next look: 2026-12-09 00:01
    "#]]);
}

/// Three users of SPB have E3, and somebody got one of the old licences again shortly before the end.
fn short_at_the_end() -> Story {
    let mut story = swapping();
    story.holders(1, vec![]);
    let holds = |in_use| {
        format!(
            "tenant holds SPB 3 seats until 2026-12-13
             tenant holds E3 3 seats until 2027-12-08 named new-1 ours\nin use SPB {in_use}"
        )
    };
    story.source(1, &holds(0));
    story.at("2026-12-13");
    story.source(1, &holds(1));
    story.forget();
    story
}

#[test]
fn whoever_got_the_old_licence_again_is_changed_once_a_person_lets_it_go_on() {
    let mut story = short_at_the_end();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-13 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read who holds the old licence
          next look: 2026-12-13 00:01
    "#]]);
}

#[test]
fn without_a_change_of_licence_the_end_goes_on_where_it_was() {
    let mut story = Story::bought("line SPB 3 seats until 2026-12-13 open");
    let holds = |in_use| {
        format!(
            "tenant holds SPB 3 seats until 2026-12-13
             tenant holds SPB 3 seats until 2027-12-08 named new-1 ours\nin use SPB {in_use}"
        )
    };
    story.delivered(1, &holds(3));
    story.at("2026-12-13");
    story.source(1, &holds(4));
    story.forget();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-13 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read the old subscription
          next look: 2026-12-14 00:00
    "#]]);
}

#[test]
fn who_waits_for_free_units_is_told_by_the_second_look_in_vain_and_not_as_a_late_delivery() {
    let mut story = swapping();
    let used = |units: u32| tenancy(&format!("{ARRIVED}\nin use E3 {units}"));
    story.holders_among(1, vec![holder(1), holder(2)], used(3));
    assert_eq!(story.actions(), [""; 0]);
    story.at("2026-12-09T00:30:00Z");
    story.holders_among(1, vec![holder(1), holder(2)], used(3));
    assert_eq!(story.actions(), ["NO_FREE_UNITS"]);
    story.at("2026-12-13T01:00:00Z");
    assert!(story.actions().contains(&"NO_FREE_UNITS") && !story.actions().contains(&"DELIVERY_LATE"));
    story.holders_among(1, vec![holder(1), holder(2)], used(1));
    assert!(!story.actions().contains(&"NO_FREE_UNITS"), "{:?}", story.actions());
}
