//! What somebody has said or done, told back: the fields of a line, who acted, which users an event names.

use crate::fixture::story::{plan_id, user};
use crate::fixture::{SECOND, Scene, line_id, read, sku, subscription};
use carryover_domain::ids::{IntentId, RequestId};
use carryover_domain::migration::decide::import;
use carryover_domain::migration::state::Former;
use carryover_domain::plan::plan;
use carryover_domain::policy::OwnPolicy;
use carryover_domain::portfolio::{EndOption, Kind, Renewal, SourceLine, Target};
use carryover_domain::program::SourceProgram;
use carryover_domain::provenance::Field;
use carryover_domain::route::Course;
use carryover_domain::time::{Billing, Term};
use carryover_domain::value::{Money, Seats};
use carryover_domain::{Answer, Cause, Event};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A line of which nobody has said more than has to be said.
fn least() -> SourceLine {
    SourceLine::least(line_id(1), SourceProgram::Open, sku("SPB"), Seats::at_least_one(25))
}

/// The fields that `line` says, in the order of the file.
fn said(line: &SourceLine) -> Vec<&'static str> {
    Field::ALL.into_iter().filter(|field| line.says(*field)).map(Field::name).collect()
}

/// Somebody fills in one field, and the columns that the line says then.
type Filled = (fn(&mut SourceLine), &'static [&'static str]);

#[test]
fn a_line_says_what_somebody_has_filled_in_and_nothing_that_is_only_presumed() {
    assert_eq!(said(&least()), ["program", "sku_id", "seats"]);
    let filled: [Filled; 19] = [
        (|line| line.subscription = Some(subscription("old-1")), &["subscription_id"]),
        (|line| line.sku_part_number = Some("SPB".to_owned()), &["sku_part_number"]),
        (|line| line.product_name = Some("Business Premium".to_owned()), &["product_name"]),
        (|line| line.assigned_seats = Some(0), &["assigned_seats"]),
        (|line| *line = line.clone().ending(read("2026-12-13")), &["end_date"]),
        (|line| line.term_start = Some(read("2025-12-14")), &["term_start"]),
        (|line| line.auto_renew = Renewal::Off, &["auto_renew"]),
        (|line| line.end_option = Some(EndOption::CancelAtEnd), &["end_option"]),
        (|line| line.kind = Kind::AddOn { base: None }, &["add_on"]),
        (|line| line.kind = Kind::AddOn { base: Some(subscription("old-2")) }, &["add_on", "base_subscription_id"]),
        (|line| line.term = Some(Term::Year), &["term"]),
        (|line| line.billing = Some(Billing::Monthly), &["billing"]),
        (
            |line| line.price_per_seat = Some(Money { amount: read("264.00"), currency: read("EUR") }),
            &["price_per_seat", "currency"],
        ),
        (|line| line.target = Target::Sku(sku("E3")), &["target_sku"]),
        (|line| line.companion = Some(sku("TEAMS")), &["companion_sku"]),
        (|line| line.target_seats = Some(Seats::at_least_one(20)), &["target_seats"]),
        (|line| line.target_term = Some(Term::Month), &["target_term"]),
        (|line| line.evidence = Some("a letter of its owner".to_owned()), &["evidence"]),
        (|line| line.contact_email = Some("it@birchlane.example".to_owned()), &["contact_email"]),
    ];
    for (fill, expected) in filled {
        let mut line = least();
        fill(&mut line);
        let more: Vec<&str> = said(&line).into_iter().filter(|name| !said(&least()).contains(name)).collect();
        assert_eq!(more, expected);
    }
}

#[test]
fn the_ends_of_a_line_are_told_with_their_witnesses() {
    assert_eq!(format!("{:?}", least().ends), "{}");
    let told = format!("{:?}", least().ending(read("2026-12-13")).ends);
    assert!(told.contains("Typed") && told.contains("2026-12-14"), "{told}");
}

#[test]
fn who_has_acted_is_told_of_what_a_person_has_done() {
    let scene = Scene::of("");
    let by = |name: &str| Some(name.to_owned());
    let imported = import(None, scene.customer.clone(), scene.lines.clone(), Some("kim")).expect("a first import");
    let made = plan(&scene.migration(), &scene.facts, &scene.policy, plan_id(1), scene.now).expect("a plan");
    let standing = scene.facts.standing.value.clone();
    let assessed = Event::Assessed { standing, findings: BTreeMap::new(), by: by("mia"), at: None };
    let named = || "ana".to_owned();
    let line = line_id(1);
    let done = [
        (imported, Some("kim")),
        (assessed, Some("mia")),
        (Event::PlanProposed { plan: made.clone(), by: by("mia") }, Some("mia")),
        (Event::PlanProposed { plan: made, by: None }, None),
        (Event::PlanApproved { plan: plan_id(1), by: named() }, Some("ana")),
        (Event::Resolved { line, answer: Answer::GoOn, by: named() }, Some("ana")),
        (Event::Paused { by: named() }, Some("ana")),
        (Event::Resumed { by: named() }, Some("ana")),
        (Event::Cancelled { by: named() }, Some("ana")),
        (Event::Labelled { labels: BTreeMap::new(), by: named() }, Some("ana")),
        (Event::PolicySet { own: OwnPolicy::default(), by: named() }, Some("ana")),
        (Event::SourceEnded { line }, None),
    ];
    for (event, expected) in done {
        assert_eq!(event.by(), expected, "{}", event.name());
    }
}

#[test]
fn users_are_told_whoever_of_them_changes_cannot_change_or_is_waited_for() {
    let line = line_id(1);
    let failed = |n: u128| BTreeMap::from([(user(n), "has no usage location".to_owned())]);
    let former = Former { via: carryover_domain::facts::Via::Direct, disabled: BTreeSet::new() };
    let planned = Event::SwapPlanned {
        line,
        add: sku("E3"),
        remove: sku("SPB"),
        users: BTreeMap::from([(user(1), BTreeSet::new())]),
        failed: failed(2),
        held: BTreeMap::from([(user(3), former)]),
        beside: None,
        batch: None,
    };
    let reason = "has no usage location".to_owned();
    let stopped = Cause::SwapStopped { failed: failed(6) };
    let named = [
        (planned, vec![user(1), user(2), user(3)]),
        (Event::UserSwapped { line, user: user(4), at: None }, vec![user(4)]),
        (Event::UserNotSwapped { line, user: user(5), reason }, vec![user(5)]),
        (Event::AttentionNeeded { line, cause: stopped }, vec![user(6)]),
        (Event::AttentionNeeded { line, cause: Cause::WindowMissed }, Vec::new()),
    ];
    for (event, expected) in named {
        assert_eq!(event.users(), BTreeSet::from_iter(expected), "{}", event.name());
    }
}

#[test]
fn the_old_subscriptions_are_told_as_they_were_given_and_second_licences_are_none_of_them() {
    let scene = Scene::of(
        "line SPB 25 seats until 2026-12-13 open wants E3_ALONE with TEAMS\nline VISIO 2 seats until 2026-12-13 open",
    );
    let mut given = scene.lines.clone();
    given.sort_by_key(|line| line.id);
    let migration = scene.migration();
    assert_eq!((migration.lines.len(), migration.told()), (3, given));
}

#[test]
fn a_second_licence_follows_the_line_beside_it_in_seats_terms_and_end_and_says_nothing_else_of_it() {
    let mut scene = Scene::of(
        "line SPB 25 seats until 2026-12-13 direct_mca renews P1Y monthly at 264.00 EUR assigned 9 targets 20 term P3Y \
         option cancel_at_end contact it@birchlane.example wants E3_ALONE with TEAMS addon",
    );
    scene.lines[0].evidence = Some("a letter of its owner".to_owned());
    let migration = scene.migration();
    let (main, second) = (&scene.lines[0], &migration.lines[&line_id(SECOND + 1)].source);
    let follows = SourceLine {
        sku: second.sku,
        product_name: Some("Microsoft Teams Enterprise".to_owned()),
        subscription: None,
        sku_part_number: None,
        assigned_seats: None,
        auto_renew: Renewal::Off,
        end_option: None,
        kind: Kind::Base,
        price_per_seat: None,
        target: Target::Same,
        companion: None,
        evidence: None,
        ..SourceLine { id: second.id, ..main.clone() }
    };
    assert_eq!((second, second.sku), (&follows, sku("TEAMS")));
}

#[test]
fn every_way_is_known_by_its_word() {
    for course in Course::ALL {
        assert_eq!(Course::of_word(course.word()), Some(course));
    }
    assert_eq!(Course::of_word("BY_POST"), None);
}

#[test]
fn the_name_that_support_knows_an_operation_by_is_the_same_for_each_sending_of_it_and_another_for_the_next() {
    let request = |attempt| RequestId::of(IntentId::new(Uuid::from_u128(7)), "cart", attempt);
    assert_eq!(request(0).correlation(), request(0).correlation());
    assert_ne!(request(0).correlation(), request(1).correlation());
    assert_ne!(request(0).correlation(), request(0).as_uuid(), "it is no second use of the request id");
}
