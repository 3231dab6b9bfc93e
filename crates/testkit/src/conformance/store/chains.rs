//! Promises about what is kept: digests that hold, and content that another store can take over.

use super::{commit, create, lease, loaded, migration, noon, paused};
use crate::MemoryStore;
use async_trait::async_trait;
use carryover_domain::ids::MigrationId;
use carryover_journal::chain::{self, Digest, Link};
use carryover_ports::{
    Archive, Chain, Commit, CommitError, Cursor, Head, Index, Kept, Remembered, Request, RequestKey, Store, StoreError,
    TakeOverError, Taken, Under, Version,
};
use std::sync::Arc;
use uuid::Uuid;

const ALL: usize = usize::MAX;

fn request() -> Request {
    Request { key: RequestKey(Uuid::from_u128(77)), fingerprint: [7; 32] }
}

/// Three logs whose events interleave, alarms set and not, and a request that is remembered.
async fn fill<S: Store>(store: &S) {
    for number in [3, 1, 2] {
        create(store, migration(number), None).await;
    }
    for (number, version) in [(1, 1), (3, 1), (1, 2)] {
        let wake = (number == 1).then(|| noon(5));
        commit(store, migration(number), version, &["ana"], wake).await.expect("written");
    }
    let (events, asked) = ([paused("bob"), paused("eve")], request());
    let commit = Commit {
        migration: migration(2),
        expected: Version(1),
        events: &events,
        at: noon(3),
        wake: Some(noon(9)),
        under: Under::NoLease,
        request: Some(&asked),
    };
    store.commit(commit).await.expect("written");
}

async fn kept<S: Archive + ?Sized>(store: &S) -> (Vec<Head>, Vec<Kept>, Vec<Remembered>) {
    let heads = store.heads().await.expect("readable");
    let feed = store.kept_after(Cursor::START, ALL).await.expect("readable");
    (heads, feed, store.all_requests().await.expect("readable"))
}

/// Each event carries the digest of its log so far, a migration that of its whole log, and the journal's walk finds no break.
pub async fn every_event_carries_the_digest_of_those_before_it<S: Store + Archive>(store: Arc<S>) {
    fill(&*store).await;
    for number in 1..=3 {
        let Chain { head, events } = store.chain(migration(number)).await.expect("readable").expect("it exists");
        let log = loaded(&*store, migration(number)).await;
        assert_eq!((head.migration, head.version, head.wake), (migration(number), log.version, log.wake));
        let mut digest = Digest::of_none(migration(number));
        for (kept, recorded) in events.iter().zip(&log.events) {
            assert_eq!(kept.record, carryover_journal::encode(&recorded.event));
            assert_eq!((kept.number, kept.at, Digest(kept.before)), (recorded.number, recorded.at, digest));
            digest = digest.with(recorded.number, recorded.at, &kept.record);
        }
        assert_eq!(Digest(head.digest), digest);
        let links = events.iter().map(|kept| Link {
            number: kept.number,
            at: kept.at,
            record: &kept.record,
            before: Digest(kept.before),
        });
        assert_eq!(chain::verify(migration(number), links, digest), Ok(log.version.0));
    }
}

/// What is kept is what the feed says, with the same cursors, and goes on after one; heads come in the order of creation.
pub async fn what_is_kept_is_the_feed_with_its_places<S: Store + Index + Archive>(store: Arc<S>) {
    fill(&*store).await;
    let (heads, kept, asked) = kept(&*store).await;
    let fed = store.feed_after(Cursor::START, ALL).await.expect("readable");
    assert_eq!(kept.len(), fed.len());
    for (kept, fed) in kept.iter().zip(&fed) {
        assert_eq!(
            (kept.cursor, kept.migration, kept.number),
            (fed.cursor, fed.recorded.migration, fed.recorded.number)
        );
    }
    let after = store.kept_after(kept[1].cursor, 3).await.expect("readable");
    assert_eq!(after, kept[2..5]);
    let order: Vec<MigrationId> = heads.iter().map(|head| head.migration).collect();
    assert_eq!(order, [migration(3), migration(1), migration(2)]);
    let did = Remembered { request: request(), migration: migration(2), before: Version(1), after: Version(3) };
    assert_eq!(asked, [did]);
}

/// An empty store keeps nothing, and an unknown migration has no chain.
pub async fn nothing_has_no_chain<S: Store + Archive>(store: Arc<S>) {
    assert_eq!(kept(&*store).await, (vec![], vec![], vec![]));
    assert_eq!(store.chain(migration(1)).await.expect("readable"), None);
}

/// After it has taken over another store, it keeps the same, to the cursor and the digest.
pub async fn a_store_takes_over_another_with_all_that_it_holds<S: Store + Index + Archive>(store: Arc<S>) {
    let source = MemoryStore::new();
    fill(&source).await;
    let taken = store.take_over(&source, &|_| ()).await.expect("taken over");
    assert_eq!(taken, Taken { migrations: 3, events: 8, requests: 1 });
    assert_eq!(kept(&*store).await, kept(&source).await);
    let back = MemoryStore::new();
    back.take_over(&*store, &|_| ()).await.expect("taken over");
    assert_eq!(kept(&back).await, kept(&source).await);
}

/// Work goes on where it was: versions, alarms, remembered requests, the feed.
pub async fn what_was_taken_over_is_worked_on_as_before<S: Store + Index + Archive>(store: Arc<S>) {
    let source = MemoryStore::new();
    fill(&source).await;
    store.take_over(&source, &|_| ()).await.expect("taken over");
    let due = lease(&*store, 5, ALL).await;
    assert_eq!(due.iter().map(|lease| lease.migration).collect::<Vec<_>>(), [migration(1)]);
    let asked = request();
    let again = Commit {
        migration: migration(2),
        expected: Version(1),
        events: &[],
        at: noon(0),
        wake: None,
        under: Under::NoLease,
        request: Some(&asked),
    };
    assert!(matches!(store.commit(again).await, Err(CommitError::Repeated(did)) if did.after == Version(3)));
    let newest = store.newest().await.expect("readable");
    commit(&*store, migration(1), 3, &["eve"], None).await.expect("written");
    create(&*store, migration(4), None).await;
    let fed = store.feed_after(newest, ALL).await.expect("readable");
    let fed: Vec<_> = fed.iter().map(|fed| (fed.recorded.migration, fed.recorded.number)).collect();
    assert_eq!(fed, [(migration(1), 4), (migration(4), 1)]);
    let heads = store.heads().await.expect("readable");
    assert_eq!(heads.last().map(|head| head.migration), Some(migration(4)));
}

/// Nothing is mixed with what is there.
pub async fn a_store_that_holds_something_takes_nothing_over<S: Store + Archive>(store: Arc<S>) {
    create(&*store, migration(9), None).await;
    let before = kept(&*store).await;
    let source = MemoryStore::new();
    fill(&source).await;
    let answer = store.take_over(&source, &|_| ()).await;
    assert!(matches!(answer, Err(TakeOverError::NotEmpty)), "{answer:?}");
    assert_eq!(kept(&*store).await, before);
}

/// What does not hold together is refused, names the place, and leaves the store empty.
pub async fn nothing_is_taken_over_of_a_broken_chain<S: Store + Archive>(store: Arc<S>) {
    let source = MemoryStore::new();
    fill(&source).await;
    let (heads, feed, asked) = kept(&source).await;
    let answers = |harm: &dyn Fn(&mut Doctored)| {
        let mut doctored = Doctored { heads: heads.clone(), feed: feed.clone(), asked: asked.clone() };
        harm(&mut doctored);
        let store = Arc::clone(&store);
        async move { store.take_over(&doctored, &|_| ()).await }
    };
    let whose = feed[0].migration;
    let altered =
        answers(&|doctored| doctored.feed[0].record = doctored.feed[1].record.replace("importer", "eve")).await;
    assert!(
        matches!(altered, Err(TakeOverError::Broken { migration, number: 2 }) if migration == whose),
        "{altered:?}"
    );
    let gone = answers(&|doctored| drop(doctored.feed.pop())).await;
    assert!(matches!(gone, Err(TakeOverError::Moved { migration }) if migration == feed[7].migration), "{gone:?}");
    let unknown = answers(&|doctored| doctored.heads.truncate(2)).await;
    assert!(matches!(unknown, Err(TakeOverError::Moved { .. })), "{unknown:?}");
    let other = answers(&|doctored| doctored.heads[0].digest = [0; 32]).await;
    assert!(matches!(other, Err(TakeOverError::Broken { migration, number: 3 }) if migration == whose), "{other:?}");
    assert_eq!(kept(&*store).await, (vec![], vec![], vec![]));
}

/// Another store's content, after somebody had a hand in it.
struct Doctored {
    heads: Vec<Head>,
    feed: Vec<Kept>,
    asked: Vec<Remembered>,
}

#[async_trait]
impl Archive for Doctored {
    async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        Ok(self.heads.clone())
    }

    async fn chain(&self, _: MigrationId) -> Result<Option<Chain>, StoreError> {
        Ok(None)
    }

    async fn kept_after(&self, cursor: Cursor, max: usize) -> Result<Vec<Kept>, StoreError> {
        Ok(self.feed.iter().filter(|kept| kept.cursor > cursor).take(max).cloned().collect())
    }

    async fn all_requests(&self) -> Result<Vec<Remembered>, StoreError> {
        Ok(self.asked.clone())
    }

    async fn take_over(&self, _: &dyn Archive, _: &(dyn Fn(u64) + Send + Sync)) -> Result<Taken, TakeOverError> {
        Err(TakeOverError::NotEmpty)
    }
}
