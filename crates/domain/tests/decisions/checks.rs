//! A closed line is looked at again a day and three days after the end (rule R125).

use crate::fixture::story::Story;
use carryover_domain::aftermath::{Provisioning, Service, Services};
use carryover_domain::facts::HeldStatus;
use carryover_domain::{Answer, wake};
use expect_test::expect;

const OVER: &str = "tenant holds SPB 25 seats until 2027-12-08 named new-1 ours";

/// Bought, let go, and over.
fn closed(words: &str) -> Story {
    let mut story = Story::bought(&format!("line SPB 25 seats until 2026-12-13 {words}"));
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{OVER}\nin use SPB 25"));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.forget();
    story
}

#[test]
fn a_closed_line_is_looked_at_a_day_and_three_days_after_the_end_and_then_no_more() {
    let mut story = closed("open");
    story.tell_owed();
    story.at("2026-12-14T23:59:59Z");
    story.tell_owed();
    story.at("2026-12-15");
    story.tell_owed();
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_owed();
    story.at("2026-12-17");
    story.tell_owed();
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_owed();
    story.tell_actions();
    story.reads(expect![[r#"
          owed: nothing; next look: 2026-12-15 00:00
        2026-12-14 23:59 time passed
          owed: nothing; next look: 2026-12-15 00:00
        2026-12-15 00:00 time passed
          owed: old-1: read the old subscription and the users of SPB
          next look: 2026-12-15 00:15
        2026-12-15 00:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-12-17 00:00
        2026-12-17 00:00 time passed
          owed: old-1: read the old subscription and the users of SPB
          next look: 2026-12-17 00:15
        2026-12-17 00:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: never
          nobody has to act
    "#]]);
}

#[test]
fn users_without_a_licence_open_a_closed_line_until_they_have_one() {
    let mut story = closed("open");
    story.at("2026-12-15");
    story.source(1, &format!("{OVER}\nin use SPB 27"));
    story.tell_actions();
    story.tell_owed();
    story.at("2026-12-15T01:00:00Z");
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_actions();
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 27 licences are in use and 25 would be left without the old subscription
          by 2026-12-14 00:00: SEATS_BELOW_CONSUMPTION 27 licences are in use and 25 would be left without the old subscription. Add seats to the new subscription or take licences from users: the last day of the old one has passed. Work goes on by itself.
          owed: old-1: read the old subscription
          next look: 2026-12-15 01:00
        2026-12-15 01:00 time passed
        2026-12-15 01:00 the tenant was read
            old-1: goes on
            old-1: nobody is short after the end
          nobody has to act
          owed: nothing; next look: 2026-12-17 00:00
    "#]]);
}

#[test]
fn a_person_who_lets_a_shortage_pass_has_it_looked_at_again() {
    let mut story = closed("open");
    story.at("2026-12-15");
    story.source(1, &format!("{OVER}\nin use SPB 27"));
    story.resolve(1, Answer::GoOn);
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: needs a person, SEATS_BELOW_CONSUMPTION: 27 licences are in use and 25 would be left without the old subscription
        2026-12-15 00:00 answered GoOn
            old-1: ana says GoOn
          owed: old-1: read the old subscription and the users of SPB
          next look: 2026-12-15 00:15
    "#]]);
}

#[test]
fn an_old_subscription_that_serves_again_is_told() {
    let mut story = closed("direct_mca renews");
    story.at("2026-12-15");
    let back = format!("tenant holds SPB 25 seats until 2027-12-13\n{OVER}\nin use SPB 25");
    story.source(1, &back);
    story.tell_owed();
    story.at("2026-12-16");
    story.source(1, &back.replace("until 2027-12-13\n", "locked\n"));
    story.tell_owed();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: needs a person, SOURCE_RENEWED: the old subscription renewed; its last day is now 2027-12-13
          owed: old-1: read the old subscription
          next look: 2026-12-16 00:00
        2026-12-16 00:00 time passed
        2026-12-16 00:00 the tenant was read
            old-1: goes on
            old-1: nobody is short after the end
          owed: nothing; next look: 2026-12-17 00:00
    "#]]);
}

#[test]
fn what_renewed_first_is_looked_at_from_the_day_on_which_it_was_over() {
    let mut story = Story::bought("line SPB 25 seats until 2026-12-13 direct_mca renews");
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{OVER}\nin use SPB 25"));
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats until 2027-12-13\n{OVER}\nin use SPB 25"));
    story.at("2026-12-19T01:00:00Z");
    story.source(1, &format!("tenant holds SPB 25 seats locked\n{OVER}\nin use SPB 25"));
    story.forget();
    story.tell_owed();
    story.at("2026-12-24");
    story.tell_owed();
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    story.tell_owed();
    story.reads(expect![[r#"
          owed: nothing; next look: 2026-12-20 01:00
        2026-12-24 00:00 time passed
          owed: old-1: read the old subscription and the users of SPB
          next look: 2026-12-24 00:15
        2026-12-24 00:00 the tenant was read
            old-1: nobody is short after the end
          owed: nothing; next look: never
    "#]]);
}

#[test]
fn what_is_seen_to_be_over_within_a_day_is_looked_at_from_its_end_and_later_from_then_on() {
    let next = |seen: &str| {
        let mut story = Story::bought("line SPB 25 seats until 2026-12-13 open");
        story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{OVER}\nin use SPB 25"));
        story.at(seen);
        story.source(1, &format!("{OVER}\nin use SPB 25"));
        wake(&story.migration(), &story.scene.policy, story.now).map(|at| at.to_string())
    };
    assert_eq!(next("2026-12-14").as_deref(), Some("2026-12-15T00:00:00Z"));
    assert_eq!(next("2026-12-14T23:59:59Z").as_deref(), Some("2026-12-15T00:00:00Z"));
    assert_eq!(next("2026-12-15").as_deref(), Some("2026-12-16T00:00:00Z"));
}

#[test]
fn a_line_that_was_closed_before_looks_were_recorded_is_left_alone() {
    let mut story = closed("open");
    story.log.retain(|(_, event)| event.name() != "end_checked");
    assert!(story.owed().is_empty());
    assert_eq!(story.line(1).next_check(&story.scene.policy), None);
}

/// A user with one service in each of these states.
fn user_with(provisioning: &[Provisioning], capability: &HeldStatus) -> Vec<Service> {
    let service = |(at, provisioning): (usize, &Provisioning)| Service {
        name: format!("service {at}"),
        capability: capability.clone(),
        provisioning: provisioning.clone(),
    };
    provisioning.iter().enumerate().map(service).collect()
}

const FINE: [Provisioning; 3] = [Provisioning::Success, Provisioning::Disabled, Provisioning::PendingActivation];

/// What users see at each of the three looks, and what is told of it.
fn looks(words: &str, services: Services) -> Story {
    let mut story = Story::bought(&format!("line SPB 25 seats until 2026-12-13 {words}"));
    story.delivered(1, &format!("tenant holds SPB 25 seats until 2026-12-13\n{OVER}\nin use SPB 25"));
    story.services = Some(services);
    story.forget();
    for time in ["2026-12-14T01:00:00Z", "2026-12-15", "2026-12-17"] {
        story.at(time);
        story.source(1, &format!("{OVER}\nin use SPB 25"));
    }
    story
}

#[test]
fn services_that_work_and_groups_without_errors_leave_nothing_to_look_at() {
    let sample = Some(vec![user_with(&FINE, &HeldStatus::Enabled)]);
    let mut story = looks("open", Services { sample, groups_with_errors: Some(0) });
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: nobody is short after the end
        2026-12-17 00:00 time passed
        2026-12-17 00:00 the tenant was read
            old-1: nobody is short after the end
          nobody has to act
    "#]]);
}

#[test]
fn what_failed_is_told_at_once_and_what_is_late_at_the_last_look() {
    let failed = user_with(&[Provisioning::Success, Provisioning::Error], &HeldStatus::Enabled);
    let late = user_with(&[Provisioning::Pending], &HeldStatus::Warning);
    let strange = user_with(&[Provisioning::Other("Odd".to_owned())], &HeldStatus::Suspended);
    let sample = Some(vec![failed, late, strange]);
    let mut story = looks("open", Services { sample, groups_with_errors: Some(2) });
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.tell_actions();
    story.resolve(1, Answer::GoOn);
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end; warns SERVICES_NOT_READY: 1 of 3 users looked at has services that are not ready: service 1; warns GROUP_LICENCE_ERRORS: members of 2 groups did not get the licences of their group
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: nobody is short after the end; warns SERVICES_NOT_READY: 1 of 3 users looked at has services that are not ready: service 1; warns GROUP_LICENCE_ERRORS: members of 2 groups did not get the licences of their group
        2026-12-17 00:00 time passed
        2026-12-17 00:00 the tenant was read
            old-1: nobody is short after the end; warns SERVICES_NOT_READY: 2 of 3 users looked at have services that are not ready: service 0, service 1; warns GROUP_LICENCE_ERRORS: members of 2 groups did not get the licences of their group
          by 2026-12-21 00:00: CHECK_AFTER_END look after the end: 2 of 3 users looked at have services that are not ready: service 0, service 1 (SERVICES_NOT_READY); members of 2 groups did not get the licences of their group (GROUP_LICENCE_ERRORS)
        2026-12-17 00:00 answered GoOn
            old-1: ana says GoOn
          nobody has to act
        2026-12-17 00:00 answered GoOn
            rejected: line old-1 cannot be answered with go-on now: it is done; there is nothing to answer
    "#]]);
}

#[test]
fn what_may_not_be_read_and_invoices_are_left_to_a_person() {
    let mut story = looks("direct_mca ends since 2026-03-01", Services::default());
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-14 01:00 time passed
        2026-12-14 01:00 the tenant was read
            old-1: is over
            old-1: nobody is short after the end; warns NOT_CHECKED: not looked at: whether services work for users; warns NOT_CHECKED: not looked at: whether groups could give their members licences
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: nobody is short after the end; warns NOT_CHECKED: not looked at: whether services work for users; warns NOT_CHECKED: not looked at: whether groups could give their members licences
        2026-12-17 00:00 time passed
        2026-12-17 00:00 the tenant was read
            old-1: nobody is short after the end; warns NOT_CHECKED: not looked at: whether services work for users; warns NOT_CHECKED: not looked at: whether groups could give their members licences; warns NOT_CHECKED: not looked at: the next invoice of the old subscription, which comes by 2027-01-13: it must have no line of an extended term for days after 2026-12-13
          by 2026-12-21 00:00: CHECK_AFTER_END look after the end: not looked at: whether services work for users (NOT_CHECKED); not looked at: whether groups could give their members licences (NOT_CHECKED)
          by 2027-01-14 00:00: CHECK_AFTER_END look after the end: not looked at: the next invoice of the old subscription, which comes by 2027-01-13: it must have no line of an extended term for days after 2026-12-13 (NOT_CHECKED)
    "#]]);
}

#[test]
fn an_invoice_is_not_answered_together_with_what_can_be_looked_at_before_it_comes() {
    let mut story = looks("direct_mca ends since 2026-03-01", Services::default());
    assert_eq!(story.actions(), ["CHECK_AFTER_END", "CHECK_AFTER_END"]);
    story.resolve(1, Answer::GoOn);
    assert_eq!(story.actions(), ["CHECK_AFTER_END"], "of the invoice");
    story.resolve(1, Answer::GoOn);
    assert_eq!(story.actions(), [""; 0]);
}

#[test]
fn what_a_person_has_looked_at_is_not_asked_again_by_a_later_look() {
    let mut story = closed("open");
    story.services = Some(Services { sample: Some(vec![]), groups_with_errors: Some(1) });
    story.at("2026-12-15");
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    assert_eq!(story.actions(), ["CHECK_AFTER_END"]);
    story.resolve(1, Answer::GoOn);
    story.at("2026-12-17");
    story.source(1, &format!("{OVER}\nin use SPB 25"));
    assert_eq!(story.actions(), [""; 0]);
}

#[test]
fn units_of_the_old_subscription_that_are_left_are_told_and_nobody_has_to_act() {
    let mut story = closed("open");
    story.at("2026-12-15");
    let mut tenancy = crate::fixture::tenancy(&format!("{OVER}\nin use SPB 25"));
    let pool = tenancy.pools.values_mut().next().expect("a pool");
    (pool.warning, pool.suspended) = (20, 5);
    story.source_in(1, tenancy);
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-15 00:00 time passed
        2026-12-15 00:00 the tenant was read
            old-1: nobody is short after the end; note LEFTOVER_UNITS: Microsoft 365 Business Premium (SPB) still has 20 seats in grace and 5 switched off
          nobody has to act
    "#]]);
}

#[test]
fn an_invoice_is_asked_about_by_its_days_and_only_where_an_extended_term_can_follow() {
    let services = || Services { sample: Some(vec![]), groups_with_errors: Some(0) };
    let mut story = looks("direct_mca ends since 2026-03-01", services());
    story.forget();
    story.at("2026-12-18");
    story.tell_actions();
    story.reads(expect![[r#"
        2026-12-18 00:00 time passed
          by 2027-01-14 00:00: CHECK_AFTER_END look after the end: not looked at: the next invoice of the old subscription, which comes by 2027-01-13: it must have no line of an extended term for days after 2026-12-13 (NOT_CHECKED)
    "#]]);
    for words in ["direct_mca ends since 2025-12-14", "direct_mosa ends", "open", "ea ends"] {
        assert_eq!(looks(words, services()).actions(), Vec::<&str>::new(), "{words}");
    }
}
