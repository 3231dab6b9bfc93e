//! A few users change licence before many, and somebody looks in between (rule R109).

use crate::fixture::story::{Story, holder, refused, user};
use crate::fixture::{line_id, sku};
use carryover_domain::aftermath::{Provisioning, Service};
use carryover_domain::facts::HeldStatus;
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::report::report;
use carryover_domain::{Answer, Effect, Event, Input, Observation, ServicesSeen};
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet};

/// So many users of SPB who are to have E3, which has arrived; who they are was read.
fn changing(users: u32) -> Story {
    let mut story = arrived(users);
    story.holders(1, (1..=users.into()).map(holder).collect());
    story.forget();
    story
}

fn arrived(users: u32) -> Story {
    let mut story = Story::bought(&format!("line SPB {users} seats until 2026-12-13 direct_mca renews wants E3"));
    story.delivered(
        1,
        &format!(
            "tenant holds SPB {users} seats until 2026-12-13
             tenant holds E3 {users} seats until 2027-12-08 named new-1 ours\nin use SPB {users}"
        ),
    );
    story
}

/// How many users have a turn now, in one call after the other; all of them are changed.
fn change(story: &mut Story) -> Vec<usize> {
    let mut calls = Vec::new();
    loop {
        let turn: Vec<Effect> =
            story.owed().into_iter().filter(|effect| matches!(effect, Effect::SwapLicence { .. })).collect();
        if turn.is_empty() {
            return calls;
        }
        calls.push(turn.len());
        for effect in turn {
            let Effect::SwapLicence { user, .. } = effect else { continue };
            story.swapped(1, user.as_uuid().as_u128() - 0xE000, Outcome::Done(()));
        }
    }
}

#[test]
fn the_pilot_changes_and_is_looked_at_before_anybody_else_has_a_turn() {
    let mut story = changing(12);
    assert_eq!(change(&mut story), [5]);
    story.forget();
    story.tell_owed();
    story.at("2026-12-09T00:15:00Z");
    story.tell_owed();
    story.now = "2026-12-09T00:00:00Z".parse().expect("a time");
    story.verified(1);
    story.tell_owed();
    story.reads(expect![[r#"
          owed: nothing; next look: 2026-12-09 00:15
        2026-12-09 00:15 time passed
          owed: old-1: read the services of user 1, user 2, user 3, user 4, user 5
          next look: 2026-12-09 00:30
        2026-12-09 00:15 services of 5 users were read
            old-1: services work, 5 users are next
          owed: old-1: change user 6
          owed: old-1: change user 7
          owed: old-1: change user 8
          owed: old-1: change user 9
          owed: old-1: change user 10
          next look: 2026-12-09 00:16
    "#]]);
}

#[test]
fn a_report_says_for_what_the_others_wait() {
    let mut story = changing(12);
    change(&mut story);
    let log = story.log.iter().map(|(at, event)| (*at, event));
    let report = report(&story.migration(), log, &story.scene.policy, story.scene.now);
    let says: Vec<&str> = report.lines.iter().map(|line| line.says.as_str()).collect();
    assert_eq!(says, ["users change licence; 5 done, 7 wait until it was seen that services work for those"]);
}

#[test]
fn each_batch_is_at_most_as_large_as_all_that_went_well_and_goes_out_in_full_calls() {
    let mut story = changing(130);
    let mut batches = Vec::new();
    while story.line(1).swapped.len() < 130 {
        batches.push(change(&mut story));
        story.verified(1);
    }
    let expected: [&[usize]; 8] = [&[5], &[5], &[10], &[20], &[20, 6], &[20, 6], &[20, 6], &[12]];
    assert_eq!(batches, expected);
    assert_eq!(story.owed().len(), 1, "who holds the old licence is read");
}

#[test]
fn a_service_that_fails_for_a_user_of_the_pilot_stops_the_rest() {
    let mut story = changing(12);
    change(&mut story);
    story.forget();
    story.services_of(1, Some(Provisioning::Error));
    story.tell_owed();
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    assert_eq!(story.line(1).swapped.len(), 5);
    story.reads(expect![[r#"
        2026-12-09 00:15 services of 5 users were read
            old-1: needs a person, SWAP_STOPPED: the change of 5 users did not go well, the first user 1: SERVICES_NOT_READY: with the new licence exchange does not work
          owed: nothing; next look: never
          by 2026-12-14 00:00: SWAP_STOPPED the change of 5 users did not go well, the first user 1: SERVICES_NOT_READY: with the new licence exchange does not work. Correct what is wrong with these users, or give them back what they had (`carryover show` has it), then `carryover resolve LINE go-on`.
        2026-12-09 00:15 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:16
    "#]]);
}

#[test]
fn a_service_that_is_being_made_ready_has_four_hours() {
    let mut story = changing(12);
    change(&mut story);
    story.forget();
    story.services_of(1, Some(Provisioning::Pending));
    story.tell_owed();
    story.now = "2026-12-09T03:45:00Z".parse().expect("a time");
    story.services_of(1, Some(Provisioning::Pending));
    story.reads(expect![[r#"
        2026-12-09 00:15 services of 5 users were read
          owed: old-1: read the services of user 1, user 2, user 3, user 4, user 5
          next look: 2026-12-09 00:30
        2026-12-09 04:00 services of 5 users were read
            old-1: needs a person, SWAP_STOPPED: the change of 5 users did not go well, the first user 1: SERVICES_NOT_READY: with the new licence exchange does not work
    "#]]);
}

#[test]
fn where_services_cannot_be_read_a_person_looks_at_the_pilot_and_at_nobody_after_it() {
    let mut story = changing(12);
    change(&mut story);
    story.forget();
    story.services_of(1, None);
    story.resolve(1, Answer::GoOn);
    story.holders(1, (6..=12).map(holder).collect());
    story.forget();
    change(&mut story);
    story.forget();
    story.services_of(1, None);
    story.reads(expect![[r#"
        2026-12-09 00:30 services of 5 users were read
            old-1: services work, 2 users are next
    "#]]);
}

#[test]
fn one_user_of_the_pilot_who_cannot_be_changed_stops_the_rest() {
    let mut story = changing(12);
    story.swapped(1, 1, Outcome::Done(()));
    story.swapped(1, 2, refused(RefusalKind::LicenceNotAssignable));
    story.tell_owed();
    assert!(story.line(1).swapped.contains_key(&user(1)));
    story.reads(expect![[r#"
        2026-12-09 00:00 changing user 1: done
            old-1: user 1 changed
        2026-12-09 00:00 changing user 2: refused, LicenceNotAssignable
            old-1: user 2 not changed: LicenceNotAssignable (code 4xx)
            old-1: needs a person, SWAP_STOPPED: the change of 1 user did not go well, user 2: LicenceNotAssignable (code 4xx)
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn users_who_were_changed_before_a_batch_stopped_are_looked_at_before_anybody_else_has_a_turn() {
    let mut story = changing(12);
    story.swapped(1, 1, Outcome::Done(()));
    story.swapped(1, 2, refused(RefusalKind::LicenceNotAssignable));
    story.forget();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.verified(1);
    story.tell_owed();
    story.holders(1, (2..=12).map(holder).collect());
    story.reads(expect![[r#"
        2026-12-09 00:00 answered GoOn
            old-1: ana says GoOn
          owed: nothing; next look: 2026-12-09 00:15
        2026-12-09 00:15 services of 1 users were read
            old-1: services work
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:16
        2026-12-09 00:15 11 hold the old licence
            old-1: 11 users to change, 5 of them first, 0 cannot be
    "#]]);
}

#[test]
fn a_service_that_fails_for_a_user_who_was_changed_before_a_batch_stopped_is_told() {
    let mut story = changing(12);
    story.swapped(1, 1, Outcome::Done(()));
    story.swapped(1, 2, refused(RefusalKind::LicenceNotAssignable));
    story.resolve(1, Answer::GoOn);
    story.forget();
    story.services_of(1, Some(Provisioning::Error));
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:15 services of 1 users were read
            old-1: needs a person, SWAP_STOPPED: the change of 1 user did not go well, user 1: SERVICES_NOT_READY: with the new licence exchange does not work
        2026-12-09 00:15 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 00:16
    "#]]);
}

#[test]
fn a_log_in_which_nobody_was_looked_at_after_a_stop_is_still_understood() {
    let mut story = changing(12);
    story.swapped(1, 1, Outcome::Done(()));
    story.swapped(1, 2, refused(RefusalKind::LicenceNotAssignable));
    story.resolve(1, Answer::GoOn);
    let users = (2..=12).map(|n| (user(n), BTreeSet::new())).collect();
    let (failed, held) = (BTreeMap::new(), BTreeMap::new());
    let (add, remove) = (sku("E3"), sku("SPB"));
    let (line, beside) = (line_id(1), None);
    let planned = Event::SwapPlanned { line, add, remove, users, failed, held, beside, batch: Some(5) };
    story.log.push((story.now, planned));
    assert_eq!((change(&mut story), story.migration().misfits), (vec![5], 0));
}

#[test]
fn failures_are_counted_against_the_whole_batch_however_many_of_it_had_their_turn() {
    let mut story = arrived(200);
    let planned = Event::SwapPlanned {
        line: line_id(1),
        add: sku("E3"),
        remove: sku("SPB"),
        users: (1..=200).map(|n| (user(n), BTreeSet::new())).collect(),
        failed: BTreeMap::new(),
        held: BTreeMap::new(),
        beside: None,
        batch: Some(200),
    };
    story.log.push((story.now, planned));
    let (line, at) = (line_id(1), Some(story.now));
    story.log.extend((1..=190).map(|n| (story.now, Event::UserSwapped { line, user: user(n), at })));
    // Two of two hundred are one per cent and no more.
    (191..=192).for_each(|n| story.swapped(1, n, refused(RefusalKind::LicenceNotAssignable)));
    assert_eq!(story.line(1).stage.word(), "reassigning");
    story.swapped(1, 193, refused(RefusalKind::LicenceNotAssignable));
    assert_eq!(story.line(1).stage.word(), "needs_attention");
}

#[test]
fn users_who_were_changed_and_still_show_do_not_count_among_those_who_went_well() {
    let mut story = changing(60);
    for _ in 0..2 {
        change(&mut story);
        story.verified(1);
    }
    story.swapped(1, 11, refused(RefusalKind::LicenceNotAssignable));
    story.resolve(1, Answer::GoOn);
    story.forget();
    // Ten were changed, three of them still show: so seven went well, and as many are next.
    story.holders(1, (1..=3).chain(11..=60).map(holder).collect());
    story.reads(expect![[r#"
        2026-12-09 00:30 53 hold the old licence
            old-1: 53 users to change, 7 of them first, 0 cannot be
    "#]]);
}

/// What follows where `service` fails for the users of the pilot.
fn failing(service: &str) -> &'static str {
    let mut story = changing(12);
    change(&mut story);
    story.now = "2026-12-09T00:15:00Z".parse().expect("a time");
    let fails =
        Service { name: service.to_owned(), capability: HeldStatus::Enabled, provisioning: Provisioning::Error };
    let seen = (1..=5).map(|n| (user(n), vec![fails.clone()])).collect();
    story.step(
        "services were read",
        Input::Observation(Observation::Services { line: line_id(1), seen: ServicesSeen::Of(seen) }),
    );
    story.line(1).stage.word()
}

#[test]
fn only_the_mailbox_teams_and_files_hold_up_the_others() {
    let essential = ["exchange", "TeamspaceAPI", "MicrosoftCommunicationsOnline", "SHAREPOINT"];
    assert_eq!(essential.map(failing), ["needs_attention"; 4]);
    assert_eq!(["YammerEnterprise", "Sway", "exchangeonline"].map(failing), ["reassigning"; 3]);
}

#[test]
fn in_a_large_batch_one_failure_is_shown_to_a_person_only_when_everybody_had_a_turn() {
    let mut story = arrived(100);
    // A batch of a hundred is one of a line of five hundred users; the others are left out.
    let planned = Event::SwapPlanned {
        line: line_id(1),
        add: sku("E3"),
        remove: sku("SPB"),
        users: (1..=100).map(|n| (user(n), BTreeSet::new())).collect(),
        failed: BTreeMap::new(),
        held: BTreeMap::new(),
        beside: None,
        batch: Some(100),
    };
    story.log.push((story.now, planned));
    story.swapped(1, 1, refused(RefusalKind::LicenceNotAssignable));
    assert_eq!(change(&mut story), [20, 20, 20, 20, 19]);
    story.forget();
    story.verified(1);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 00:15 services of 5 users were read
            old-1: services work
            old-1: needs a person, SWAP_STOPPED: the change of 1 user did not go well, user 1: LicenceNotAssignable (code 4xx)
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn an_answer_about_services_that_cannot_be_understood_is_asked_for_again_for_four_hours_and_then_left_to_a_person() {
    let mut story = changing(12);
    change(&mut story);
    for _ in 0..15 {
        story.services_garbled(1);
        assert_eq!(story.line(1).stage.word(), "reassigning", "{}", story.now);
    }
    story.forget();
    story.services_garbled(1);
    story.tell_owed();
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-09 04:00 services of 5 users were read
            old-1: needs a person, SWAP_STOPPED: the change of 5 users did not go well, the first user 1: NOT_CHECKED: whether services work with the new licence is answered in a form that cannot be understood
          owed: nothing; next look: never
        2026-12-09 04:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read who holds the old licence
          next look: 2026-12-09 04:01
    "#]]);
}

#[test]
fn an_answer_that_is_understood_in_time_lets_the_next_users_change() {
    let mut story = changing(12);
    change(&mut story);
    for _ in 0..10 {
        story.services_garbled(1);
    }
    story.verified(1);
    assert_eq!(change(&mut story), [5]);
}

#[test]
fn users_who_come_after_a_pilot_that_was_seen_do_not_wait_for_a_person_where_answers_cannot_be_understood() {
    let mut story = changing(12);
    change(&mut story);
    story.verified(1);
    change(&mut story);
    for _ in 0..16 {
        story.services_garbled(1);
    }
    assert_eq!(change(&mut story), [2]);
}

#[test]
fn shortly_before_the_end_services_are_looked_at_sooner() {
    let mut story = changing(12);
    story.now = "2026-12-13T16:00:00Z".parse().expect("a time");
    change(&mut story);
    story.forget();
    story.at("2026-12-13T16:07:00Z");
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-13 16:07 time passed
            old-1: needs a person, SWAP_LATE: not all users were seen to work with the new licence in time
          owed: nothing; next look: 2026-12-13 16:07
    "#]]);
}

#[test]
fn what_each_user_had_is_kept_so_that_it_can_be_given_back() {
    let mut story = changing(1);
    change(&mut story);
    let line = story.line(1);
    let swapped = &line.swapped[&user(1)];
    assert_eq!((swapped.removed, swapped.added), (line.source.sku, line.plan.as_ref().expect("a plan").sku));
    assert_eq!(swapped.former.as_ref().map(|former| former.via), Some(carryover_domain::facts::Via::Direct));
    assert_eq!(swapped.at, Some(story.now));
}

#[test]
fn users_who_are_late_are_not_called_a_purchase_that_is() {
    let mut story = changing(12);
    story.at("2026-12-13T16:07:00Z");
    assert_eq!(story.actions(), ["KEEP_ALIVE", "SWAP_LATE"], "the purchase stands: {:?}", story.line(1).stage);
    change(&mut story);
    assert!(!story.actions().contains(&"SWAP_LATE"), "it goes on by itself: {:?}", story.actions());
}
