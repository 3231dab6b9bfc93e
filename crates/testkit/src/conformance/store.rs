//! What every store must do. One function per promise of [`Store`], [`Index`] and [`Archive`](carryover_ports::Archive); each is handed a new, empty store.
//!
//! Call [`store!`](macro@super::store) rather than the functions: then a promise that is added later is tested too.

mod chains;
mod commits;
mod feed;
mod leases;
mod listing;
mod requests;

pub use chains::*;
pub use commits::*;
pub use feed::*;
pub use leases::*;
pub use listing::*;
pub use requests::*;

use carryover_domain::Event;
use carryover_domain::ids::{MigrationId, TenantId};
use carryover_ports::{Commit, CommitError, Index, Lease, Loaded, Store, Summary, Under, Version};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use uuid::Uuid;

/// Makes one test of every promise that a store must keep.
///
/// Takes a function or closure without arguments that answers with a new, empty store, and with a guard that is dropped
/// after it, such as a temporary folder. The store implements [`Store`], [`Index`] and [`Archive`](carryover_ports::Archive) and is `'static`. A store that needs a
/// server answers with an `Option` of both: none where there is no server, which it has said.
///
/// ```
/// # // The tests are made in a module of their own, which is not run here.
/// mod memory_store {
///     use carryover_testkit::MemoryStore;
///
///     carryover_testkit::conformance::store!(|| (MemoryStore::new(), ()));
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_store {
    ($fresh:expr) => {
        $crate::__conformance_store! { $fresh =>
            an_unknown_migration_is_not_found
            the_first_commit_creates_the_migration
            creating_twice_is_stale
            a_migration_begins_with_an_event
            a_stale_commit_is_refused_and_changes_nothing
            a_commit_ahead_of_the_log_is_refused
            events_come_back_in_order_with_number_and_time
            every_kind_of_event_comes_back_as_it_went_in
            a_commit_without_events_changes_the_wake_time_only
            the_wake_time_is_exact_up_to_the_end_of_time
            migrations_do_not_touch_each_other
            logs_read_together_are_those_read_one_by_one
            of_commits_racing_at_one_version_exactly_one_wins
            commits_to_many_migrations_at_once_all_land
            only_what_is_due_is_leased
            the_earliest_is_leased_first_and_no_more_than_asked_for
            nothing_is_leased_twice_while_held
            a_lapsed_lease_is_handed_out_again_under_another_token
            a_released_lease_is_handed_out_again_under_another_token
            releasing_a_lapsed_lease_does_not_free_its_successor
            releasing_twice_or_the_unknown_is_ignored
            a_commit_neither_needs_nor_ends_a_lease
            a_migration_without_wake_time_is_never_leased
            of_workers_racing_for_leases_no_two_hold_the_same
            a_commit_under_the_newest_lease_is_written
            a_lapsed_lease_is_good_until_another_one_is_given
            a_commit_under_a_lease_that_another_took_over_is_refused_and_changes_nothing
            a_commit_under_a_lease_that_never_was_is_refused
            the_last_commit_of_a_turn_gives_its_lease_back
            a_last_commit_that_is_refused_gives_nothing_back
            a_last_commit_under_a_lapsed_lease_does_not_free_its_successor
            a_repeated_request_is_told_what_it_did_and_does_nothing
            a_request_key_is_not_good_for_something_else
            one_request_may_change_several_migrations
            a_request_is_not_remembered_when_its_commit_is_refused
            a_request_without_events_is_remembered
            of_one_request_racing_with_itself_one_commit_is_written
            an_empty_store_lists_nothing
            the_list_is_in_order_of_creation
            the_next_wake_is_the_earliest_of_all
            events_after_a_version_are_those_that_follow
            the_feed_holds_all_events_in_the_order_of_commits
            the_feed_goes_on_after_a_cursor
            a_follower_of_the_feed_misses_nothing_while_commits_interleave
            news_are_waited_for_and_no_longer_than_asked
            every_event_carries_the_digest_of_those_before_it
            what_is_kept_is_the_feed_with_its_places
            nothing_has_no_chain
            a_store_takes_over_another_with_all_that_it_holds
            what_was_taken_over_is_worked_on_as_before
            a_store_that_holds_something_takes_nothing_over
            nothing_is_taken_over_of_a_broken_chain
        }
    };
    ($fresh:expr => $($case:ident)*) => { $(
        #[test]
        fn $case() {
            $crate::conformance::run(async {
                let fresh = $crate::conformance::store::Fresh::fresh(($fresh)());
                let Some((store, _guard)) = fresh else { return };
                $crate::conformance::store::$case(::std::sync::Arc::new(store)).await;
            });
        }
    )* };
}

/// A new store with its guard, where there can be one.
pub trait Fresh<S, G> {
    /// The store and the guard; none where what they need is not there.
    fn fresh(self) -> Option<(S, G)>;
}

impl<S, G> Fresh<S, G> for (S, G) {
    fn fresh(self) -> Option<(S, G)> {
        Some(self)
    }
}

impl<S, G> Fresh<S, G> for Option<(S, G)> {
    fn fresh(self) -> Self {
        self
    }
}

/// The `number`-th customer's migration.
fn migration(number: u128) -> MigrationId {
    MigrationId::of(TenantId::new(Uuid::from_u128(number)))
}

/// Noon of a day in the life of the suite, and the `seconds` after it.
fn noon(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds)
}

/// A fact that can be told from others by who did it.
fn paused(by: &str) -> Event {
    Event::Paused { by: by.to_owned() }
}

/// Commits and says what came of it.
async fn commit<S: Store>(
    store: &S,
    id: MigrationId,
    expected: u64,
    by: &[&str],
    wake: Option<Timestamp>,
) -> Result<Version, CommitError> {
    let events: Vec<Event> = by.iter().map(|by| paused(by)).collect();
    store
        .commit(Commit {
            migration: id,
            expected: Version(expected),
            events: &events,
            at: noon(0),
            wake,
            under: Under::NoLease,
            request: None,
        })
        .await
}

/// Creates a migration that wakes at `wake`.
async fn create<S: Store>(store: &S, id: MigrationId, wake: Option<Timestamp>) {
    let version = commit(store, id, 0, &["importer"], wake).await;
    assert_eq!(version.expect("a new migration is created"), Version(1));
}

/// The log of a migration that must exist.
async fn loaded<S: Store>(store: &S, id: MigrationId) -> Loaded {
    store.load(id).await.expect("the store is readable").expect("the migration exists")
}

/// Who did what the log of `id` holds, in order.
async fn doers<S: Store>(store: &S, id: MigrationId) -> Vec<String> {
    let doer = |event: &Event| match event {
        Event::Paused { by } => by.clone(),
        other => panic!("the suite did not record {other:?}"),
    };
    let log = loaded(store, id).await;
    log.events.iter().map(|recorded| doer(&recorded.event)).collect()
}

/// Leases for a minute at the `seconds` after noon.
async fn lease<S: Store>(store: &S, seconds: i64, max: usize) -> Vec<Lease> {
    store.lease_due(noon(seconds), SignedDuration::from_secs(60), max).await.expect("leases can be taken")
}

/// What is leased, without the tokens.
fn whose(leases: &[Lease]) -> Vec<MigrationId> {
    leases.iter().map(|lease| lease.migration).collect()
}

async fn release<S: Store>(store: &S, lease: &Lease) {
    store.release(lease).await.expect("a lease can be released");
}

async fn list<S: Index>(store: &S) -> Vec<Summary> {
    store.list().await.expect("the store is readable")
}

async fn next_wake<S: Index>(store: &S) -> Option<Timestamp> {
    store.next_wake().await.expect("the store is readable")
}

/// Starts `count` tasks at once and answers with what each came to.
async fn at_once<S, T, F>(store: &Arc<S>, count: u64, task: impl Fn(Arc<S>, u64) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(task(Arc::clone(store), number))).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a task ends"));
    }
    answers
}

/// Commits under `lease`, which stays in force.
async fn commit_under<S: Store>(store: &S, lease: &Lease, expected: u64, by: &str) -> Result<Version, CommitError> {
    commit_by(store, Under::Lease(*lease), lease.migration, expected, by).await
}

/// Commits under `lease`, and gives it back with that.
async fn commit_last<S: Store>(store: &S, lease: &Lease, expected: u64, by: &str) -> Result<Version, CommitError> {
    commit_by(store, Under::LastOf(*lease), lease.migration, expected, by).await
}

async fn commit_by<S: Store>(
    store: &S,
    under: Under,
    migration: MigrationId,
    expected: u64,
    by: &str,
) -> Result<Version, CommitError> {
    let (events, expected, wake) = ([paused(by)], Version(expected), Some(noon(0)));
    store.commit(Commit { migration, expected, events: &events, at: noon(0), wake, under, request: None }).await
}
