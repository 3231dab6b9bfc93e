//! Reads that several ask for: made once, and remembered for as long as they may be. Whoever comes while one is under way
//! waits for it. Failures are not remembered.

use carryover_ports::Observed;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// Things remembered at a time. When there are more, all are let go: they are only read again.
const KEPT_MAX: usize = 2_000;

/// The same of answers that say yes, which are small.
const YES_MAX: usize = 100_000;

type Slot<V> = Arc<tokio::sync::Mutex<Option<Observed<V>>>>;

pub(crate) struct Shared<K, V> {
    age_max: SignedDuration,
    slots: Mutex<BTreeMap<K, Slot<V>>>,
}

impl<K: Ord + Copy, V: Clone> Shared<K, V> {
    pub(crate) fn new(age_max: SignedDuration) -> Self {
        Self { age_max, slots: Mutex::default() }
    }

    /// What `read` brings, or brought for `key` a short while ago. With the instant at which it left.
    pub(crate) async fn get<E>(
        &self,
        key: K,
        now: impl Fn() -> Timestamp,
        read: impl Future<Output = Result<V, E>>,
    ) -> Result<Observed<V>, E> {
        let seen = async {
            let at = now();
            read.await.map(|value| Observed { value, at })
        };
        self.get_seen(key, &now, seen).await
    }

    /// The same where `read` knows itself of what instant that is which it brings.
    pub(crate) async fn get_seen<E>(
        &self,
        key: K,
        now: impl Fn() -> Timestamp,
        read: impl Future<Output = Result<Observed<V>, E>>,
    ) -> Result<Observed<V>, E> {
        let slot = self.slot(key);
        let mut slot = slot.lock().await;
        if let Some(known) = slot.as_ref().filter(|known| known.is_fresh(now(), self.age_max)) {
            return Ok(known.clone());
        }
        let seen = read.await?;
        *slot = Some(seen.clone());
        Ok(seen)
    }

    /// Remembers what was learned in another way.
    pub(crate) fn put(&self, key: K, seen: Observed<V>) {
        let slot = Arc::new(tokio::sync::Mutex::new(Some(seen)));
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).insert(key, slot);
    }

    /// What is known of `key` counts no more; nor does what a read under way will bring.
    pub(crate) fn forget(&self, key: &K) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn slot(&self, key: K) -> Slot<V> {
        // Slots are put in and taken out whole.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= KEPT_MAX && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }
}

/// Answers that are remembered only where they say yes: the others are what is waited for.
#[derive(Debug)]
pub(crate) struct Kept<K, V> {
    age_max: SignedDuration,
    held: Mutex<BTreeMap<K, Observed<V>>>,
}

impl<K: Ord, V: Clone> Kept<K, V> {
    pub(crate) fn new(age_max: SignedDuration) -> Self {
        Self { age_max, held: Mutex::default() }
    }

    /// What is remembered of `key` and may still be used.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<Observed<V>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(key).filter(|held| held.is_fresh(now, self.age_max)).cloned()
    }

    pub(crate) fn put(&self, key: K, value: V, at: Timestamp) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= YES_MAX {
            held.retain(|_, held| held.is_fresh(at, self.age_max));
        }
        if held.len() >= YES_MAX {
            held.clear();
        }
        held.insert(key, Observed { value, at });
    }

    pub(crate) fn forget(&self, key: &K) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Up to `most` keys whose answers may be used no more.
    pub(crate) fn lapsed(&self, now: Timestamp, most: usize) -> Vec<K>
    where
        K: Clone,
    {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let lapsed = held.iter().filter(|(_, held)| !held.is_fresh(now, self.age_max));
        lapsed.map(|(key, _)| key.clone()).take(most).collect()
    }

    pub(crate) fn forget_where(&self, is: impl Fn(&K) -> bool) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| !is(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + secs).unwrap()
    }

    /// Reads that count themselves.
    struct Source(AtomicU32);

    impl Source {
        async fn read(&self) -> Result<u32, Infallible> {
            tokio::task::yield_now().await;
            Ok(self.0.fetch_add(1, Ordering::Relaxed) + 1)
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_shares_one_read() {
        let (shared, source) = (Shared::new(SignedDuration::from_secs(60)), Source(AtomicU32::new(0)));
        let ask = || shared.get(1, || at(0), source.read());
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert_eq!([one, two, three].map(|read| read.unwrap().value), [1, 1, 1]);
    }

    #[tokio::test]
    async fn what_is_too_old_or_forgotten_is_read_again_with_its_own_instant() {
        let (shared, source) = (Shared::new(SignedDuration::from_secs(60)), Source(AtomicU32::new(0)));
        let ask = async |secs: i64| {
            let Ok(read) = shared.get(1, || at(secs), source.read()).await;
            (read.value, read.at)
        };
        assert_eq!(ask(0).await, (1, at(0)));
        assert_eq!(ask(60).await, (1, at(0)), "as old as allowed, and it says so");
        assert_eq!(ask(61).await, (2, at(61)));
        shared.forget(&1);
        assert_eq!(ask(62).await, (3, at(62)));
    }
}
