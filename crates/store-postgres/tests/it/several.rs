//! Several processes on one database: each store here stands for one.

use crate::standing::{migration, open, pause};
use carryover_ports::{Commit, CommitError, Cursor, Index, Store, Under, Version};
use carryover_testkit::postgres;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test]
async fn what_one_commits_another_is_told_of() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let (one, other) = (open(&address).await, open(&address).await);
    let waiting = tokio::spawn(async move {
        let news = other.changed(Cursor::START, Duration::from_secs(60)).await;
        (other, news)
    });
    pause(&one, migration(1), 0).await.expect("written");
    let (other, news) = waiting.await.expect("it ends");
    assert!(news.expect("readable"));
    pause(&other, migration(1), 1).await.expect("written");
    let late = pause(&one, migration(1), 1).await;
    assert!(matches!(late, Err(CommitError::Stale { actual: Version(2), .. })), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_in_order_for_a_follower_while_processes_commit_at_the_same_time() {
    const PROCESSES: u64 = 3;
    const COMMITS: u64 = 60;
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let follower = open(&address).await;
    let mut processes = Vec::new();
    for process in 0..PROCESSES {
        let store = open(&address).await;
        processes.push(tokio::spawn(async move {
            for version in 0..COMMITS {
                pause(&store, migration(u128::from(process)), version).await.expect("written");
            }
        }));
    }
    let (mut seen, mut cursor) = (Vec::new(), Cursor::START);
    while seen.len() < (PROCESSES * COMMITS) as usize {
        assert!(follower.changed(cursor, Duration::from_secs(60)).await.expect("readable"));
        for fed in follower.feed_after(cursor, 10).await.expect("readable") {
            assert!(fed.cursor > cursor);
            cursor = fed.cursor;
            seen.push((fed.recorded.migration, fed.recorded.number));
        }
    }
    for process in processes {
        process.await.expect("it ends");
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
    for process in 0..PROCESSES {
        let id = migration(u128::from(process));
        let numbers: Vec<_> = seen.iter().filter(|(whose, _)| *whose == id).map(|(_, number)| *number).collect();
        assert_eq!(numbers, (1..=COMMITS).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_what_is_due_and_none_gets_what_another_has() {
    let Some(cluster) = postgres::shared() else { return };
    let address = cluster.database();
    let first = open(&address).await;
    for number in 0..60 {
        pause(&first, migration(number), 0).await.expect("written");
    }
    let mut processes = Vec::new();
    for _ in 0..3 {
        let store = open(&address).await;
        processes.push(tokio::spawn(async move {
            let mut taken = Vec::new();
            for _ in 0..10 {
                let (now, ttl) = (Timestamp::UNIX_EPOCH, SignedDuration::from_mins(1));
                taken.extend(store.lease_due(now, ttl, 2).await.expect("leased"));
            }
            taken
        }));
    }
    let mut taken = BTreeSet::new();
    for process in processes {
        for lease in process.await.expect("it ends") {
            assert!(taken.insert(lease.migration), "{} was leased twice", lease.migration);
        }
    }
    assert_eq!(taken.len(), 60);
}

/// A clock that jumps ahead has its worker lease customers until another day; once it is right again, nobody would look at them.
#[tokio::test]
async fn what_was_leased_far_ahead_is_freed_and_whoever_had_it_commits_nothing_any_more() {
    let Some(cluster) = postgres::shared() else { return };
    let store = open(&cluster.database()).await;
    for number in 0..2 {
        pause(&store, migration(number), 0).await.expect("written");
    }
    let now = store.server_time().await.expect("readable");
    let (usual, hour) = (SignedDuration::from_mins(10), SignedDuration::from_hours(1));
    let right = store.lease_due(now, usual, 1).await.expect("leased").remove(0);
    let wrong = store.lease_due(now, 24 * hour, 1).await.expect("leased").remove(0);
    assert_eq!(store.free_beyond(hour).await.expect("freed"), 1);
    let anew = store.lease_due(now, usual, 9).await.expect("leased");
    assert_eq!(anew.iter().map(|lease| lease.migration).collect::<Vec<_>>(), [wrong.migration], "not {right:?}");
    let commit = Commit {
        migration: wrong.migration,
        expected: Version(1),
        events: &[],
        at: now,
        wake: None,
        under: Under::Lease(wrong),
        request: None,
    };
    let late = store.commit(commit).await;
    assert!(matches!(late, Err(CommitError::Lost { .. })), "{late:?}");
}
