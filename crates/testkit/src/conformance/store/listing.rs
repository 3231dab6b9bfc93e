//! Promises about reads over all migrations.

use super::{commit, create, lease, list, migration, next_wake, noon};
use carryover_ports::{Index, Store, Summary, Version};
use std::sync::Arc;

/// In a new store there is nothing to see and nothing to wait for.
pub async fn an_empty_store_lists_nothing<S: Store + Index>(store: Arc<S>) {
    assert_eq!(list(&*store).await, []);
    assert_eq!(next_wake(&*store).await, None);
    assert_eq!(lease(&*store, 0, 10).await, []);
}

/// Migrations are listed in the order in which they were created, whatever happened to them since.
pub async fn the_list_is_in_order_of_creation<S: Store + Index>(store: Arc<S>) {
    for number in [7, 3, 9] {
        create(&*store, migration(number), Some(noon(0))).await;
    }
    let answer = commit(&*store, migration(3), 1, &["a", "b"], None).await;
    assert_eq!(answer.expect("up to date"), Version(3));
    let row = |number, version, wake| Summary { migration: migration(number), version: Version(version), wake };
    let rows = [row(7, 1, Some(noon(0))), row(3, 3, None), row(9, 1, Some(noon(0)))];
    assert_eq!(list(&*store).await, rows);
}

/// The driver sleeps until the earliest wake time, leased or not.
pub async fn the_next_wake_is_the_earliest_of_all<S: Store + Index>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    assert_eq!(next_wake(&*store).await, None);
    create(&*store, migration(2), Some(noon(20))).await;
    create(&*store, migration(3), Some(noon(10))).await;
    assert_eq!(next_wake(&*store).await, Some(noon(10)));
    assert_eq!(lease(&*store, 15, 10).await.len(), 1);
    assert_eq!(next_wake(&*store).await, Some(noon(10)));
    let answer = commit(&*store, migration(3), 1, &[], None).await;
    assert_eq!(answer.expect("up to date"), Version(1));
    assert_eq!(next_wake(&*store).await, Some(noon(20)));
}
