//! A log makes the state it was written for, and a damaged one still loads: what does not fit is counted and shown.

#[allow(dead_code, reason = "each test file uses its part of the scene")]
mod fixture;

use carryover_domain::audit::{Note, audit};
use carryover_domain::facts::Purchase;
use carryover_domain::ids::IntentId;
use carryover_domain::migration::action::action_items;
use carryover_domain::observed::Observed;
use carryover_domain::policy::Policy;
use carryover_domain::reply::{Outcome, RefusalKind};
use carryover_domain::report::report;
use carryover_domain::{
    Answer, Event, Input, Migration, Moment, Observation, Stage, decide, evolve, owed, replay, wake,
};
use fixture::story::{Story, holder, no, purchase, refused};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

/// A migration of two lines with most things that can happen: a dead cart, lost answers, a changed licence, a stop, a
/// renewal that comes in spite of all.
fn eventful() -> Story {
    let mut story = Story::approved(
        "line SPB 5 seats until 2026-12-13 direct_mca renews\nline E3 2 seats until 2026-12-13 open wants VISIO",
    );
    let both = "tenant holds SPB 5 seats until 2026-12-13\ntenant holds E3 2 seats until 2026-12-13
                tenant holds SPB 5 seats until 2027-12-08 named new-1 ours
                tenant holds VISIO 2 seats until 2027-12-08 named new-2 ours\nin use SPB 5";
    story.at("2026-12-09");
    story.facts(1);
    story.facts(2);
    story.cart(1, "cart-1");
    story.cart(2, "cart-2");
    story.checked_out(1, Outcome::InDoubt(no()));
    story.checked_out(2, Outcome::Done(purchase("VISIO", 2, None, "2026-12-09")));
    story.at("2026-12-09T00:52:30Z");
    story.orders(2, vec![purchase("VISIO", 2, Some("new-2"), "2026-12-09")]);
    story.delivered(2, both);
    story.at("2026-12-09T01:00:00Z");
    story.orders(1, vec![]);
    story.facts(1);
    story.checked_out(1, refused(RefusalKind::CartGone));
    story.at("2026-12-09T03:00:00Z");
    story.orders(1, vec![]);
    story.change(&both.replace("tenant holds SPB 5 seats until 2027-12-08 named new-1 ours", ""));
    story.facts(1);
    story.cart(1, "cart-3");
    story.checked_out(1, Outcome::Throttled { retry_after: SignedDuration::from_secs(300) });
    story.at("2026-12-09T03:05:00Z");
    story.checked_out(1, refused(RefusalKind::AccountOnHold));
    story.resolve(1, Answer::GoOn);
    story.checked_out(1, Outcome::Done(purchase("SPB", 5, Some("new-1"), "2026-12-09T03:05:00Z")));
    story.delivered(1, both);
    story.resolve(1, Answer::RenewalStopped);
    story.holders(2, vec![holder(1), holder(2)]);
    story.swapped(2, 1, Outcome::Done(()));
    story.swapped(2, 2, refused(RefusalKind::LicenceNotAssignable));
    story.resolve(2, Answer::GoOn);
    story.verified(2);
    story.holders(2, vec![]);
    story.source(2, both);
    story.at("2026-12-14T01:00:00Z");
    story.source(1, &both.replace("SPB 5 seats until 2026-12-13", "SPB 5 seats until 2027-12-13"));
    story.source(2, "tenant holds VISIO 2 seats named new-2 ours");
    story.source(1, "tenant holds SPB 5 seats named new-1 ours");
    story
}

fn events() -> Vec<Event> {
    eventful().log.into_iter().map(|(_, event)| event).collect()
}

/// The migration after `events`, of which each must fit or be counted; none without an import at the beginning.
fn counted(events: &[Event]) -> Option<Migration> {
    let (first, rest) = events.split_first()?;
    let mut migration = replay([first])?;
    for event in rest {
        let before = migration.clone();
        migration = evolve(migration, event);
        if migration.misfits > before.misfits {
            assert_eq!(
                Migration { misfits: before.misfits, ..migration.clone() },
                before,
                "a misfit changed something"
            );
        }
    }
    Some(migration)
}

/// Everything that is derived from a state can be derived from this one, and its audit tells the misfits.
fn examine(events: &[Event]) {
    let Some(migration) = counted(events) else {
        assert_eq!(replay(events), None);
        return;
    };
    assert_eq!(replay(events).as_ref(), Some(&migration));
    let (policy, now) = (Policy::rule_book(), Timestamp::UNIX_EPOCH);
    let notes = audit(&migration);
    let told = notes.iter().find_map(|note| match note {
        Note::EventsDidNotFit { count } => Some(*count),
        _ => None,
    });
    assert_eq!(told.unwrap_or(0), migration.misfits);
    for at in [now, Timestamp::MAX, Timestamp::MIN, "2026-12-12T00:00:00Z".parse().expect("an instant")] {
        assert_eq!(owed(&migration, &policy, at), owed(&migration, &policy, at));
        assert!(wake(&migration, &policy, at).is_none_or(|next| next > at || at == Timestamp::MAX));
    }
    let items = action_items(&migration, &policy, now);
    let report = report(&migration, events.iter().map(|event| (now, event)), &policy, now);
    assert_eq!((report.notes, report.actions), (notes, items));
    assert_eq!(report.lines.len(), migration.lines.len());
}

#[test]
fn the_replay_of_a_log_is_the_state_that_grew_with_it() {
    let events = events();
    let mut live = replay(&events[..1]).expect("begins with an import");
    for (n, event) in events.iter().enumerate().skip(1) {
        live = evolve(live, event);
        assert_eq!(replay(&events[..=n]).as_ref(), Some(&live), "after {}", event.name());
    }
    assert_eq!(live.misfits, 0);
    assert!(live.lines.values().all(|line| matches!(line.stage, Stage::Closed { .. })), "{:#?}", live.lines);
    examine(&events);
}

#[test]
fn the_eventful_log_holds_most_kinds_of_events() {
    let mut kinds: Vec<&str> = events().iter().map(Event::name).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert!(kinds.len() >= 19, "{kinds:?}");
}

#[test]
fn a_log_that_does_not_begin_with_an_import_is_no_migration() {
    assert_eq!(replay(&[]), None);
    assert_eq!(replay(&events()[1..]), None);
}

#[test]
fn a_step_that_is_lost_is_noticed_when_the_next_one_does_not_fit() {
    let events = events();
    for n in 1..events.len() {
        let mut damaged = events.clone();
        let lost = damaged.remove(n);
        let whole = replay(&events).expect("begins with an import");
        let migration = counted(&damaged).expect("begins with an import");
        // What only pauses, or says what the next event says again, leaves no trace; everything else is missed by what came
        // after it, or is the last word about its line.
        let traceless = matches!(
            lost,
            Event::PutOff { .. }
                | Event::Compared { .. }
                | Event::Assessed { .. }
                | Event::StandingSeen { .. }
                | Event::UserNotSwapped { .. }
                | Event::BatchVerified { next: 0, .. }
                | Event::Resolved { answer: Answer::RenewalStopped, .. }
        );
        assert!(
            migration.misfits > 0 || traceless || migration.lines != whole.lines,
            "{} was lost and nobody noticed",
            lost.name()
        );
        examine(&damaged);
    }
}

#[test]
fn a_step_that_is_written_twice_is_counted() {
    let events = events();
    for (n, event) in events.iter().enumerate().skip(1) {
        let repeats = matches!(
            event,
            Event::PutOff { .. }
                | Event::Compared { .. }
                | Event::Assessed { .. }
                | Event::StandingSeen { .. }
                | Event::PlanProposed { .. }
                | Event::PlanApproved { .. }
                | Event::AttentionNeeded { .. }
                | Event::SubscriptionNamed { .. }
        );
        let mut damaged = events.clone();
        damaged.insert(n, event.clone());
        let migration = counted(&damaged).expect("begins with an import");
        assert!(migration.misfits > 0 || repeats, "{} was written twice and nobody noticed", event.name());
        examine(&damaged);
    }
}

#[test]
fn a_put_off_where_nothing_was_sent_does_not_fit() {
    let story = Story::approved("");
    let line = story.scene.lines[0].id;
    let off = Event::PutOff { line, until: Timestamp::MAX, answered: true };
    let before = story.migration();
    let after = evolve(before.clone(), &off);
    assert_eq!(after.misfits, 1);
    assert_eq!(after.lines, before.lines);
}

#[test]
fn an_event_about_a_line_of_somebody_else_does_not_fit() {
    let story = Story::approved("");
    let after = evolve(story.migration(), &Event::SourceEnded { line: fixture::line_id(9) });
    assert_eq!(after.misfits, 1);
}

#[test]
fn an_approval_of_a_plan_that_is_not_the_newest_does_not_fit() {
    let story = Story::planned("");
    let stale = Event::PlanApproved { plan: fixture::story::plan_id(9), by: "ana".to_owned() };
    let after = evolve(story.migration(), &stale);
    assert_eq!((after.misfits, after.approved), (1, None));
}

#[test]
fn facts_about_another_cart_or_another_act_do_not_fit() {
    let mut story = Story::approved("");
    let line = story.scene.lines[0].id;
    let (other, another) = (IntentId::new(Uuid::from_u128(0xAB)), fixture::story::cart("cart-9"));
    let stays = |story: &Story, event: Event| {
        let before = story.migration();
        let after = evolve(before.clone(), &event);
        assert_eq!(after.misfits, 1, "{}", event.name());
        assert_eq!(after.lines, before.lines);
    };
    story.at("2026-12-09");
    story.facts(1);
    stays(&story, Event::CartRecorded { line, intent: other, cart: another.clone() });
    story.cart(1, "cart-1");
    stays(&story, Event::CartGone { line, cart: another, at: story.now });
    story.checked_out(1, refused(RefusalKind::CartGone));
    stays(&story, Event::CartWrittenOff { line, intent: other });
}

#[test]
fn order_history_that_was_asked_for_by_another_mark_says_nothing() {
    let mut story = Story::buying("");
    story.checked_out(1, refused(RefusalKind::CartGone));
    let asked = |story: &Story, intent, found: Vec<Purchase>| {
        let at = Moment { now: story.now, fresh: IntentId::new(Uuid::from_u128(0xCD)) };
        let found = Observed { value: found, at: story.now };
        let seen = Observation::Orders { line: fixture::line_id(1), intent, found };
        decide(&story.migration(), Input::Observation(seen), at, &story.scene.policy).expect("no command")
    };
    let other = IntentId::new(Uuid::from_u128(0xAB));
    let found = || vec![purchase("SPB", 25, Some("new-1"), "2026-12-09")];
    assert_eq!(asked(&story, other, found()), []);
    story.at("2026-12-09T03:00:00Z");
    assert_eq!(asked(&story, other, vec![]), []);
    let mut story = Story::buying("");
    story.checked_out(1, Outcome::Done(purchase("SPB", 25, None, "2026-12-09")));
    assert_eq!(asked(&story, other, found()), []);
}

/// How a log is damaged.
#[derive(Debug, Clone)]
enum Damage {
    Drop(prop::sample::Index),
    Double(prop::sample::Index),
    Exchange(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    use prop::sample::Index;
    prop_oneof![
        any::<Index>().prop_map(Damage::Drop),
        any::<Index>().prop_map(Damage::Double),
        any::<(Index, Index)>().prop_map(|(one, two)| Damage::Exchange(one, two)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_log_loads_and_its_audit_says_how_much_did_not_fit(damages in prop::collection::vec(damage(), 1..12)) {
        let mut events = events();
        for damage in damages {
            let len = events.len();
            match damage {
                Damage::Drop(at) => drop(events.remove(at.index(len))),
                Damage::Double(at) => events.insert(at.index(len), events[at.index(len)].clone()),
                Damage::Exchange(one, two) => events.swap(one.index(len), two.index(len)),
            }
        }
        examine(&events);
    }

    #[test]
    fn a_shuffled_log_loads(events in Just(events()).prop_shuffle()) {
        examine(&events);
        let mut begun = events;
        let first = begun.iter().position(|event| matches!(event, Event::Imported { .. })).expect("an import");
        begun.swap(0, first);
        examine(&begun);
    }
}
