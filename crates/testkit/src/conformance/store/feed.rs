//! Promises about following along.

use super::{at_once, commit, create, doers, migration, noon, paused};
use carryover_domain::Event;
use carryover_ports::{Commit, Cursor, Fed, Index, Store, Under, Version};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any store takes to notice news, so that a wait which ends by it has failed.
const LONG: Duration = Duration::from_secs(60);

async fn feed<S: Index>(store: &S, after: Cursor, max: usize) -> Vec<Fed> {
    store.feed_after(after, max).await.expect("the store is readable")
}

/// Customer and number of each event.
fn places(feed: &[Fed]) -> Vec<(carryover_domain::ids::MigrationId, u64)> {
    feed.iter().map(|fed| (fed.recorded.migration, fed.recorded.number)).collect()
}

/// Events after a version come oldest first, as many as asked for, as they were recorded.
pub async fn events_after_a_version_are_those_that_follow<S: Store + Index>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    create(&*store, migration(2), None).await;
    commit(&*store, migration(1), 1, &["a", "b", "c"], None).await.expect("written");
    let all = store.load(migration(1)).await.expect("readable").expect("it exists").events;
    let after = async |version, max| {
        store.events_after(migration(1), Version(version), max).await.expect("the store is readable")
    };
    assert_eq!(after(0, 10).await, all);
    assert_eq!(after(2, 10).await, all[2..]);
    assert_eq!(after(1, 2).await, all[1..3]);
    assert_eq!(after(4, 10).await, []);
    assert_eq!(after(0, 0).await, []);
    let nobody = store.events_after(migration(9), Version(0), 10).await;
    assert_eq!(nobody.expect("the store is readable"), []);
}

/// The feed is everything that was recorded, commit after commit, with cursors that grow.
pub async fn the_feed_holds_all_events_in_the_order_of_commits<S: Store + Index>(store: Arc<S>) {
    assert_eq!(feed(&*store, Cursor::START, 10).await, []);
    assert_eq!(store.newest().await.expect("readable"), Cursor::START);
    create(&*store, migration(2), None).await;
    create(&*store, migration(1), None).await;
    commit(&*store, migration(2), 1, &["a", "b"], None).await.expect("written");
    commit(&*store, migration(1), 1, &[], Some(noon(0))).await.expect("written");
    commit(&*store, migration(1), 1, &["c"], None).await.expect("written");

    let all = feed(&*store, Cursor::START, 10).await;
    let (one, two) = (migration(1), migration(2));
    assert_eq!(places(&all), [(two, 1), (one, 1), (two, 2), (two, 3), (one, 2)]);
    assert!(all.is_sorted_by(|before, after| before.cursor < after.cursor), "{all:?}");
    assert!(all.iter().all(|fed| fed.cursor > Cursor::START));
    assert_eq!(store.newest().await.expect("readable"), all[4].cursor);
    assert_eq!(all[2].recorded.event, paused("a"));
    assert_eq!(all[2].recorded.at, noon(0));
}

/// Whoever comes back with a cursor gets what came after it, piece by piece.
pub async fn the_feed_goes_on_after_a_cursor<S: Store + Index>(store: Arc<S>) {
    for number in 1..=7 {
        create(&*store, migration(number), None).await;
    }
    let all = feed(&*store, Cursor::START, 100).await;
    let mut pieces = Vec::new();
    let mut cursor = Cursor::START;
    loop {
        let piece = feed(&*store, cursor, 3).await;
        assert!(piece.len() <= 3);
        let Some(last) = piece.last() else { break };
        // A cursor outlives the follower as text.
        cursor = last.cursor.to_string().parse().expect("a cursor");
        pieces.extend(piece);
    }
    assert_eq!(pieces, all);
    assert_eq!(feed(&*store, Cursor::START, 0).await, []);
}

/// Many write while one follows: it sees every event once, and each customer's in order.
pub async fn a_follower_of_the_feed_misses_nothing_while_commits_interleave<S: Store + Index + 'static>(store: Arc<S>) {
    const WRITERS: u64 = 8;
    const COMMITS: u64 = 20;
    let follower = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mut seen = Vec::new();
            let mut cursor = Cursor::START;
            while seen.len() < (WRITERS * COMMITS * 2) as usize {
                assert!(store.changed(cursor, LONG).await.expect("readable"), "news after {} events", seen.len());
                let piece = feed(&*store, cursor, 7).await;
                cursor = piece.last().map_or(cursor, |fed| fed.cursor);
                seen.extend(places(&piece));
            }
            seen
        }
    });
    at_once(&store, WRITERS, |store, writer| async move {
        for round in 0..COMMITS {
            let commit = Commit {
                migration: migration(u128::from(writer)),
                expected: Version(round * 2),
                events: &[paused("first"), paused("second")] as &[Event],
                at: noon(0),
                wake: None,
                under: Under::NoLease,
                request: None,
            };
            store.commit(commit).await.expect("written");
        }
    })
    .await;
    let seen = follower.await.expect("the follower ends");
    let different: BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!(different.len(), seen.len(), "nothing is seen twice");
    for writer in 0..WRITERS {
        let id = migration(u128::from(writer));
        let numbers: Vec<u64> = seen.iter().filter(|(whose, _)| *whose == id).map(|(_, number)| *number).collect();
        assert_eq!(numbers, (1..=COMMITS * 2).collect::<Vec<_>>());
        assert_eq!(doers(&*store, id).await.len() as u64, COMMITS * 2);
    }
}

/// Waiting ends with news, at once where there are some, and with the time where there are none.
pub async fn news_are_waited_for_and_no_longer_than_asked<S: Store + Index + 'static>(store: Arc<S>) {
    let changed = async |after, timeout| store.changed(after, timeout).await.expect("readable");
    assert!(!changed(Cursor::START, Duration::ZERO).await);
    assert!(!changed(Cursor::START, Duration::from_millis(20)).await);

    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.changed(Cursor::START, LONG).await }
    });
    create(&*store, migration(1), None).await;
    assert!(waiting.await.expect("it ends").expect("readable"));
    assert!(changed(Cursor::START, Duration::ZERO).await, "there are news already");

    let newest = store.newest().await.expect("readable");
    // A new alarm is no event.
    commit(&*store, migration(1), 1, &[], Some(noon(5))).await.expect("written");
    assert!(!changed(newest, Duration::from_millis(20)).await);
}
