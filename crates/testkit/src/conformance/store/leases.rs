//! Promises about leases.

use super::{at_once, commit, create, lease, loaded, migration, noon, release, whose};
use carryover_domain::ids::MigrationId;
use carryover_ports::{Lease, Store, Version};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What wakes now or earlier is leased until now and the time asked for; what wakes later is not.
pub async fn only_what_is_due_is_leased<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(-1))).await;
    create(&*store, migration(2), Some(noon(0))).await;
    create(&*store, migration(3), Some(noon(1))).await;
    let leases = lease(&*store, 0, 10).await;
    assert_eq!(whose(&leases), [migration(1), migration(2)]);
    assert!(leases.iter().all(|lease| lease.until == noon(60)));
}

/// The longest overdue comes first, and `max` is kept, even when it is 0.
pub async fn the_earliest_is_leased_first_and_no_more_than_asked_for<S: Store>(store: Arc<S>) {
    for (number, wake) in [(1, -10), (2, -40), (3, -20), (4, -30)] {
        create(&*store, migration(number), Some(noon(wake))).await;
    }
    assert_eq!(lease(&*store, 0, 0).await, []);
    let first = lease(&*store, 0, 3).await;
    assert_eq!(whose(&first), [migration(2), migration(4), migration(3)]);
    assert_eq!(whose(&lease(&*store, 0, 3).await), [migration(1)]);
}

/// Whoever holds a lease is alone until it lapses.
pub async fn nothing_is_leased_twice_while_held<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    assert_eq!(lease(&*store, 0, 10).await.len(), 1);
    assert_eq!(lease(&*store, 0, 10).await, []);
    assert_eq!(lease(&*store, 59, 10).await, []);
}

/// At the instant of its end a lease is no longer held; the next one can be told from it.
pub async fn a_lapsed_lease_is_handed_out_again_under_another_token<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let mut tokens = BTreeSet::new();
    for round in 0..4 {
        let leases = lease(&*store, 60 * round, 10).await;
        assert_eq!(whose(&leases), [migration(1)]);
        tokens.insert(leases[0].token);
    }
    assert_eq!(tokens.len(), 4, "every lease has its own token");
}

/// A lease that is given back is free at once; the next one can be told from it.
pub async fn a_released_lease_is_handed_out_again_under_another_token<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let mut tokens = BTreeSet::new();
    for _ in 0..4 {
        let leases = lease(&*store, 0, 10).await;
        assert_eq!(whose(&leases), [migration(1)]);
        tokens.insert(leases[0].token);
        release(&*store, &leases[0]).await;
    }
    assert_eq!(tokens.len(), 4, "every lease has its own token");
}

/// A worker that was away too long cannot give away what another one holds by now.
pub async fn releasing_a_lapsed_lease_does_not_free_its_successor<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let lapsed = lease(&*store, 0, 1).await;
    let held = lease(&*store, 60, 1).await;
    release(&*store, &lapsed[0]).await;
    assert_eq!(lease(&*store, 61, 1).await, []);
    release(&*store, &held[0]).await;
    assert_eq!(whose(&lease(&*store, 61, 1).await), [migration(1)]);
}

/// Giving back twice, or what never was, does no harm.
pub async fn releasing_twice_or_the_unknown_is_ignored<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let first = lease(&*store, 0, 1).await;
    release(&*store, &first[0]).await;
    release(&*store, &first[0]).await;
    let unknown = Lease { migration: migration(9), token: 1, until: noon(60) };
    release(&*store, &unknown).await;
    let second = lease(&*store, 0, 1).await;
    release(&*store, &first[0]).await;
    assert_eq!(whose(&second), [migration(1)]);
    assert_eq!(lease(&*store, 0, 1).await, []);
}

/// Commands write beside a worker: a commit needs no lease, and leaves a lease in force.
pub async fn a_commit_neither_needs_nor_ends_a_lease<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    assert_eq!(lease(&*store, 0, 1).await.len(), 1);
    let answer = commit(&*store, migration(1), 1, &["somebody"], Some(noon(1))).await;
    assert_eq!(answer.expect("up to date"), Version(2));
    assert_eq!(lease(&*store, 30, 1).await, []);
    assert_eq!(whose(&lease(&*store, 60, 1).await), [migration(1)]);
}

/// Without a wake time a migration waits for a person, however long.
pub async fn a_migration_without_wake_time_is_never_leased<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    create(&*store, migration(2), Some(noon(0))).await;
    let answer = commit(&*store, migration(2), 1, &[], None).await;
    assert_eq!(answer.expect("up to date"), Version(1));
    assert_eq!(lease(&*store, 1_000_000_000, 10).await, []);
    assert_eq!(loaded(&*store, migration(1)).await.wake, None);
}

/// Workers that ask at the same time share what is due: nothing goes to two of them, nothing is left out.
pub async fn of_workers_racing_for_leases_no_two_hold_the_same<S: Store + 'static>(store: Arc<S>) {
    let all: BTreeSet<MigrationId> = (0..40).map(migration).collect();
    for id in &all {
        create(&*store, *id, Some(noon(0))).await;
    }
    let taken = at_once(&store, 8, |store, _| async move { lease(&*store, 0, 5).await }).await;
    let taken: Vec<MigrationId> = taken.iter().flat_map(|leases| whose(leases)).collect();
    assert_eq!(taken.len(), 40);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), all);
}
