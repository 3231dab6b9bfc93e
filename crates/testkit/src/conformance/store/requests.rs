//! Promises about requests: asked for once or often, done once.

use super::{at_once, commit, create, doers, loaded, migration, noon, paused};
use carryover_domain::ids::MigrationId;
use carryover_ports::{Commit, CommitError, Index, Remembered, Request, RequestKey, Store, Under, Version};
use std::sync::Arc;
use uuid::Uuid;

/// The `number`-th request, with the digest of what it asks for.
fn request(number: u128, asks: u8) -> Request {
    Request { key: RequestKey(Uuid::from_u128(number)), fingerprint: [asks; 32] }
}

async fn ask<S: Store>(
    store: &S,
    id: MigrationId,
    expected: u64,
    by: &[&str],
    request: &Request,
) -> Result<Version, CommitError> {
    let events: Vec<_> = by.iter().map(|by| paused(by)).collect();
    let commit = Commit {
        migration: id,
        expected: Version(expected),
        events: &events,
        at: noon(0),
        wake: None,
        under: Under::NoLease,
        request: Some(request),
    };
    store.commit(commit).await
}

/// Asserts that a commit was refused as a repeat, and answers with what the first one did.
fn repeated(answer: Result<Version, CommitError>) -> Remembered {
    match answer {
        Err(CommitError::Repeated(remembered)) => remembered,
        other => panic!("expected a repeated request, got {other:?}"),
    }
}

/// A repeat is known for what it is whatever version it was made upon, and answers with what the first one did.
pub async fn a_repeated_request_is_told_what_it_did_and_does_nothing<S: Store + Index>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let asked = request(1, 1);
    let first = ask(&*store, migration(1), 1, &["ana", "bob"], &asked).await;
    assert_eq!(first.expect("written"), Version(3));
    let later = commit(&*store, migration(1), 3, &["somebody"], None).await;
    assert_eq!(later.expect("written"), Version(4));
    let before = loaded(&*store, migration(1)).await;

    let did = Remembered { request: asked, migration: migration(1), before: Version(1), after: Version(3) };
    for expected in [1, 3, 4] {
        assert_eq!(repeated(ask(&*store, migration(1), expected, &["ana"], &asked).await), did);
    }
    assert_eq!(loaded(&*store, migration(1)).await, before);
    assert_eq!(store.remembered(asked.key).await.expect("readable"), [did]);
    assert_eq!(store.requests(migration(1)).await.expect("readable"), [did]);
    assert_eq!(store.remembered(RequestKey(Uuid::from_u128(2))).await.expect("readable"), []);
    assert_eq!(store.requests(migration(2)).await.expect("readable"), []);
}

/// The key with another digest is refused, for this migration and for any other.
pub async fn a_request_key_is_not_good_for_something_else<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let (asked, other) = (request(1, 1), request(1, 2));
    ask(&*store, migration(1), 1, &["ana"], &asked).await.expect("written");
    for (id, expected) in [(migration(1), 2), (migration(2), 0)] {
        let answer = ask(&*store, id, expected, &["bob"], &other).await;
        assert!(matches!(answer, Err(CommitError::KeyReused { key }) if key == asked.key), "{answer:?}");
    }
    assert_eq!(doers(&*store, migration(1)).await, ["importer", "ana"]);
    assert_eq!(store.load(migration(2)).await.expect("readable"), None);
}

/// An import changes many customers: each commit carries the one request, and each is done once.
pub async fn one_request_may_change_several_migrations<S: Store + Index>(store: Arc<S>) {
    let asked = request(1, 1);
    for number in [2, 1] {
        let answer = ask(&*store, migration(number), 0, &["importer"], &asked).await;
        assert_eq!(answer.expect("written"), Version(1));
    }
    let remembered = store.remembered(asked.key).await.expect("readable");
    let whose: Vec<_> = remembered.iter().map(|remembered| remembered.migration).collect();
    assert_eq!(whose, [migration(2), migration(1)]);
    assert_eq!(repeated(ask(&*store, migration(1), 0, &["importer"], &asked).await), remembered[1]);
}

/// What was refused may be asked for again, upon the version that is there now.
pub async fn a_request_is_not_remembered_when_its_commit_is_refused<S: Store + Index>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let asked = request(1, 1);
    let stale = ask(&*store, migration(1), 0, &["ana"], &asked).await;
    assert!(matches!(stale, Err(CommitError::Stale { .. })), "{stale:?}");
    assert_eq!(store.remembered(asked.key).await.expect("readable"), []);
    let fresh = ask(&*store, migration(1), 1, &["ana"], &asked).await;
    assert_eq!(fresh.expect("written"), Version(2));
}

/// A request that found nothing to change is answered the same way when it is repeated, though there would be by then.
pub async fn a_request_without_events_is_remembered<S: Store>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    let asked = request(1, 1);
    assert_eq!(ask(&*store, migration(1), 1, &[], &asked).await.expect("written"), Version(1));
    let did = repeated(ask(&*store, migration(1), 1, &["ana"], &asked).await);
    assert_eq!((did.before, did.after), (Version(1), Version(1)));
    assert_eq!(doers(&*store, migration(1)).await, ["importer"]);
}

/// A caller that sends its request twice at the same time has it done once.
pub async fn of_one_request_racing_with_itself_one_commit_is_written<S: Store + 'static>(store: Arc<S>) {
    create(&*store, migration(1), None).await;
    for round in 0..10 {
        let expected = round + 1;
        let answers = at_once(&store, 4, move |store, _| async move {
            ask(&*store, migration(1), expected, &["ana"], &request(u128::from(round), 1)).await
        })
        .await;
        let (won, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "written in round {round}");
        for answer in others {
            assert_eq!(repeated(answer).after, Version(expected + 1));
        }
    }
}
