//! Promises about leases.

use super::{
    at_once, commit, commit_last, commit_under, create, doers, lease, loaded, migration, noon, release, whose,
};
use carryover_domain::ids::MigrationId;
use carryover_ports::{CommitError, Lease, Store, Version};
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

/// Whoever holds the lease writes as often as needed.
pub async fn a_commit_under_the_newest_lease_is_written<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let leases = lease(&*store, 0, 1).await;
    for version in 1..4 {
        let answer = commit_under(&*store, &leases[0], version, "worker").await;
        assert_eq!(answer.expect("its holder writes"), Version(version + 1));
    }
}

/// A worker that was slow, but that nobody has replaced, loses nothing.
pub async fn a_lapsed_lease_is_good_until_another_one_is_given<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    create(&*store, migration(2), Some(noon(1))).await;
    let slow = lease(&*store, 0, 1).await;
    assert_eq!(whose(&lease(&*store, 30, 10).await), [migration(2)]);
    let answer = commit_under(&*store, &slow[0], 1, "slow").await;
    assert_eq!(answer.expect("nobody else holds it"), Version(2));
}

/// A worker that slept past its lease writes nothing once another one has the work, though its version is right.
pub async fn a_commit_under_a_lease_that_another_took_over_is_refused_and_changes_nothing<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let slept = lease(&*store, 0, 1).await;
    let awake = lease(&*store, 60, 1).await;
    let before = loaded(&*store, migration(1)).await;
    let answer = commit_under(&*store, &slept[0], 1, "sleeper").await;
    assert!(matches!(answer, Err(CommitError::Lost { migration: id }) if id == migration(1)), "{answer:?}");
    assert_eq!(loaded(&*store, migration(1)).await, before);

    release(&*store, &awake[0]).await;
    let answer = commit_under(&*store, &slept[0], 1, "sleeper").await;
    assert!(matches!(answer, Err(CommitError::Lost { .. })), "given back is not given to the sleeper: {answer:?}");
    let answer = commit_under(&*store, &lease(&*store, 61, 1).await[0], 1, "awake").await;
    assert_eq!(answer.expect("it holds the newest lease"), Version(2));
    assert_eq!(doers(&*store, migration(1)).await, ["importer", "awake"]);
}

/// A token that was not given, or given for nothing that exists, opens nothing.
pub async fn a_commit_under_a_lease_that_never_was_is_refused<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    for (number, expected) in [(1, 1), (9, 0)] {
        let never = Lease { migration: migration(number), token: 7, until: noon(60) };
        let answer = commit_under(&*store, &never, expected, "stranger").await;
        assert!(matches!(answer, Err(CommitError::Lost { .. })), "{answer:?}");
    }
    assert_eq!(store.load(migration(9)).await.expect("readable"), None);
}

/// What a turn writes last frees the migration with it: nothing else has to be written for that. Also after the lease has
/// lapsed, while nobody else was given one.
pub async fn the_last_commit_of_a_turn_gives_its_lease_back<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let held = lease(&*store, 0, 1).await[0];
    assert_eq!(commit_last(&*store, &held, 1, "worker").await.expect("its holder writes"), Version(2));
    let next = lease(&*store, 0, 1).await;
    assert_eq!(whose(&next), [migration(1)]);
    assert_ne!(next[0].token, held.token, "every lease has its own token");
    let answer = commit_under(&*store, &held, 2, "worker").await;
    assert!(matches!(answer, Err(CommitError::Lost { .. })), "it was given back: {answer:?}");
    let answer = commit_under(&*store, &next[0], 2, "next").await;
    assert_eq!(answer.expect("it is in force"), Version(3));
}

/// A turn that has to begin anew holds what it held.
pub async fn a_last_commit_that_is_refused_gives_nothing_back<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let held = lease(&*store, 0, 1).await[0];
    let answer = commit_last(&*store, &held, 7, "worker").await;
    assert!(matches!(answer, Err(CommitError::Stale { .. })), "{answer:?}");
    assert_eq!(lease(&*store, 59, 1).await, []);
    let answer = commit_last(&*store, &held, 1, "worker").await;
    assert_eq!(answer.expect("it is in force"), Version(2));
}

/// A worker that slept past its lease does not end another one's turn with the end of its own.
pub async fn a_last_commit_under_a_lapsed_lease_does_not_free_its_successor<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), Some(noon(0))).await;
    let slept = lease(&*store, 0, 1).await[0];
    let awake = lease(&*store, 60, 1).await[0];
    let answer = commit_last(&*store, &slept, 1, "sleeper").await;
    assert!(matches!(answer, Err(CommitError::Lost { .. })), "{answer:?}");
    assert_eq!(lease(&*store, 61, 1).await, []);
    assert_eq!(commit_last(&*store, &awake, 1, "awake").await.expect("it is in force"), Version(2));
}
