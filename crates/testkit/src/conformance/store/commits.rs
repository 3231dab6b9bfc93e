//! Promises about logs and commits.

use super::{at_once, commit, create, doers, list, loaded, migration, noon, paused};
use crate::strategies;
use carryover_domain::Event;
use carryover_ports::{Commit, CommitError, Index, Store, Under, Version};
use jiff::{SignedDuration, Timestamp};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::sync::Arc;

/// Asserts that a commit upon `was_expected` was refused because the log is at `is`.
fn assert_stale(answer: Result<Version, CommitError>, was_expected: u64, is: u64) {
    match answer {
        Err(CommitError::Stale { migration: _, expected, actual }) => {
            assert_eq!((expected, actual), (Version(was_expected), Version(is)))
        }
        other => panic!("expected a stale commit, got {other:?}"),
    }
}

/// A migration that was never committed is not found.
pub async fn an_unknown_migration_is_not_found<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let answer = store.load(migration(2)).await;
    assert_eq!(answer.expect("the store is readable"), None);
}

/// Version 0 creates; the answer is the number of events.
pub async fn the_first_commit_creates_the_migration<S: Store>(store: Arc<S>) {
    let version = commit(&*store, migration(1), 0, &["a", "b"], Some(noon(5))).await;
    assert_eq!(version.expect("created"), Version(2));
    let log = loaded(&*store, migration(1)).await;
    assert_eq!((log.version, log.wake), (Version(2), Some(noon(5))));
    assert_eq!(doers(&*store, migration(1)).await, ["a", "b"]);
}

/// Version 0 of a migration that exists is stale.
pub async fn creating_twice_is_stale<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(5))).await;
    let again = commit(&*store, migration(1), 0, &["second"], None).await;
    assert_stale(again, 0, 1);
    assert_eq!(doers(&*store, migration(1)).await, ["importer"]);
    assert_eq!(loaded(&*store, migration(1)).await.wake, Some(noon(5)));
}

/// A commit at version 0 without events creates nothing.
pub async fn a_migration_begins_with_an_event<S: Store + Index>(store: Arc<S>) {
    let answer = commit(&*store, migration(1), 0, &[], Some(noon(5))).await;
    assert!(matches!(answer, Err(CommitError::Unwritable { .. })), "{answer:?}");
    assert_eq!(list(&*store).await, []);
    create(&*store, migration(1), None).await;
}

/// A commit upon an older version is refused; neither events nor wake time change.
pub async fn a_stale_commit_is_refused_and_changes_nothing<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let first = commit(&*store, migration(1), 1, &["first"], Some(noon(10))).await;
    assert_eq!(first.expect("up to date"), Version(2));
    let before = loaded(&*store, migration(1)).await;

    let second = commit(&*store, migration(1), 1, &["second", "third"], Some(noon(20))).await;
    assert_stale(second, 1, 2);
    let only_wake = commit(&*store, migration(1), 1, &[], None).await;
    assert_stale(only_wake, 1, 2);
    assert_eq!(loaded(&*store, migration(1)).await, before);
}

/// A commit upon a version that is not there yet is refused, and says what is there.
pub async fn a_commit_ahead_of_the_log_is_refused<S: Store>(store: Arc<S>) {
    assert_stale(commit(&*store, migration(1), 1, &["early"], None).await, 1, 0);
    create(&*store, migration(1), None).await;
    assert_stale(commit(&*store, migration(1), 2, &["early"], None).await, 2, 1);
    assert_eq!(doers(&*store, migration(1)).await, ["importer"]);
}

/// Events come back oldest first, numbered from 1, each with the exact time it was recorded at.
pub async fn events_come_back_in_order_with_number_and_time<S: Store>(store: Arc<S>) {
    let to_the_nanosecond = noon(0) + SignedDuration::from_nanos(123_456_789);
    let clock_set_back = noon(-3600);
    let times = [noon(0), to_the_nanosecond, clock_set_back];
    for (expected, at) in (0..).step_by(2).zip(times) {
        let events = [paused("first of two"), paused("second of two")];
        let answer = store
            .commit(Commit {
                migration: migration(1),
                expected: Version(expected),
                events: &events,
                at,
                wake: None,
                under: Under::NoLease,
                request: None,
            })
            .await;
        assert_eq!(answer.expect("up to date"), Version(expected + 2));
    }
    let events = loaded(&*store, migration(1)).await.events;
    assert!(events.iter().all(|recorded| recorded.migration == migration(1)));
    let numbers: Vec<u64> = events.iter().map(|recorded| recorded.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let recorded: Vec<Timestamp> = events.iter().map(|recorded| recorded.at).collect();
    let [a, b, c] = times;
    assert_eq!(recorded, [a, a, b, b, c, c]);
}

/// Whatever an event holds comes back unchanged.
pub async fn every_kind_of_event_comes_back_as_it_went_in<S: Store>(store: Arc<S>) {
    let mut runner = TestRunner::deterministic();
    let events: Vec<Event> = (0..500)
        .map(|_| strategies::event().new_tree(&mut runner))
        .map(|tree| tree.expect("events can be generated").current())
        .collect();
    let answer = store
        .commit(Commit {
            migration: migration(1),
            expected: Version(0),
            events: &events,
            at: noon(0),
            wake: None,
            under: Under::NoLease,
            request: None,
        })
        .await;
    assert_eq!(answer.expect("created"), Version(500));
    let log = loaded(&*store, migration(1)).await.events;
    let back: Vec<Event> = log.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(back, events);
}

/// A commit may hold no event: then the version stays and the wake time is the new one, or none.
pub async fn a_commit_without_events_changes_the_wake_time_only<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    for wake in [Some(noon(30)), Some(noon(10)), None] {
        let version = commit(&*store, migration(1), 1, &[], wake).await;
        assert_eq!(version.expect("up to date"), Version(1));
        assert_eq!(loaded(&*store, migration(1)).await.wake, wake);
    }
    assert_eq!(doers(&*store, migration(1)).await, ["importer"]);
}

/// Wake times keep every nanosecond, and the end of time is a time like any other.
pub async fn the_wake_time_is_exact_up_to_the_end_of_time<S: Store + Index>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let odd = noon(0) + SignedDuration::from_nanos(1);
    for wake in [odd, Timestamp::MAX] {
        let answer = commit(&*store, migration(1), 1, &[], Some(wake)).await;
        assert_eq!(answer.expect("up to date"), Version(1));
        assert_eq!(loaded(&*store, migration(1)).await.wake, Some(wake));
        assert_eq!(store.next_wake().await.expect("readable"), Some(wake));
    }
}

/// Each migration has its own log and its own version.
pub async fn migrations_do_not_touch_each_other<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(1))).await;
    create(&*store, migration(2), Some(noon(2))).await;
    let answer = commit(&*store, migration(2), 1, &["second"], None).await;
    assert_eq!(answer.expect("up to date"), Version(2));
    assert_eq!(doers(&*store, migration(1)).await, ["importer"]);
    assert_eq!(loaded(&*store, migration(1)).await.wake, Some(noon(1)));
    assert_eq!(doers(&*store, migration(2)).await, ["importer", "second"]);
}

/// Logs that are read together come in the order in which they were asked for, each whole, and none for a stranger.
pub async fn logs_read_together_are_those_read_one_by_one<S: Store>(store: Arc<S>) {
    for number in 1..=3 {
        create(&*store, migration(number), Some(noon(1))).await;
    }
    commit(&*store, migration(3), 1, &["second", "third"], None).await.expect("up to date");
    let ids = [3, 9, 1, 2].map(migration);
    let together = store.load_all(&ids).await.expect("the store is readable");
    assert_eq!(together.len(), ids.len());
    for (id, log) in ids.into_iter().zip(together) {
        let alone = store.load(id).await.expect("the store is readable");
        assert_eq!(log.expect("the log is readable"), alone);
    }
    assert!(store.load_all(&[]).await.expect("the store is readable").is_empty());
}

/// Of many that decided upon the same version one writes, and all others are told what is there now.
pub async fn of_commits_racing_at_one_version_exactly_one_wins<S: Store + 'static>(store: Arc<S>) {
    for version in 0..10 {
        let answers = at_once(&store, 8, move |store, racer| async move {
            commit(&*store, migration(1), version, &[&racer.to_string()], None).await
        })
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "winners at version {version}");
        for answer in lost {
            assert_stale(answer, version, version + 1);
        }
        let doers = doers(&*store, migration(1)).await;
        assert_eq!(doers.len() as u64, version + 1);
    }
}

/// Commits that have nothing to do with each other do not disturb each other, nor do stale ones among them.
pub async fn commits_to_many_migrations_at_once_all_land<S: Store + 'static>(store: Arc<S>) {
    let answers = at_once(&store, 100, |store, number| async move {
        let id = migration(u128::from(number));
        create(&*store, id, Some(noon(0))).await;
        let stale = commit(&*store, id, 0, &["stale"], None).await;
        let fine = commit(&*store, id, 1, &["fine"], None).await;
        (stale, fine)
    })
    .await;
    for (number, (stale, fine)) in (0..).zip(answers) {
        assert_stale(stale, 0, 1);
        assert_eq!(fine.expect("up to date"), Version(2));
        assert_eq!(doers(&*store, migration(number)).await, ["importer", "fine"]);
    }
}
