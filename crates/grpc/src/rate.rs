//! How often and how much at once each caller may call. Counts in memory: limits are those of one process.

use crate::fault::{Fault, Reason};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How much of a minute's calls may come at once.
const BURST: Duration = Duration::from_secs(10);
/// Callers that are remembered before those that have been quiet are forgotten.
const CALLERS: usize = 10_000;

/// The calls of each caller, paced evenly (the generic cell rate algorithm).
pub(crate) struct Rates {
    /// Between two calls; none where calls are not limited.
    every: Option<Duration>,
    /// When each caller's calls so far would have been made at an even pace.
    due: Mutex<HashMap<String, Instant>>,
}

impl Rates {
    pub(crate) fn new(calls_per_minute: Option<u32>) -> Self {
        let every = calls_per_minute.map(|calls| Duration::from_secs(60) / calls.max(1));
        Self { every, due: Mutex::default() }
    }

    /// Counts one call of `caller`.
    pub(crate) fn count(&self, caller: &str) -> Result<(), Fault> {
        let Some(every) = self.every else { return Ok(()) };
        let now = Instant::now();
        let mut due = lock(&self.due);
        let at = due.get(caller).copied().unwrap_or(now).max(now);
        let early = at.saturating_duration_since(now).saturating_sub(BURST.max(every));
        if !early.is_zero() {
            let message = format!("{caller} calls too often; more calls are taken again after the pause that is said");
            return Err(Fault::new(Reason::TooManyCalls, message).after(early));
        }
        if due.len() >= CALLERS {
            due.retain(|_, at| *at > now);
        }
        due.insert(caller.to_owned(), at + every);
        Ok(())
    }
}

/// The streams that each caller has open.
pub(crate) struct Streams {
    all: usize,
    each: usize,
    open: Mutex<HashMap<String, usize>>,
}

/// A place among the streams; free again when dropped.
pub(crate) struct Place {
    streams: Arc<Streams>,
    caller: String,
}

impl Streams {
    pub(crate) fn new(all: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { all, each, open: Mutex::default() })
    }

    /// A place for one more stream of `caller`.
    pub(crate) fn open(self: &Arc<Self>, caller: &str) -> Result<Place, Fault> {
        let mut open = lock(&self.open);
        let mine = open.get(caller).copied().unwrap_or_default();
        let whose = match (open.values().sum::<usize>() >= self.all, mine >= self.each) {
            (true, _) => "at this server",
            (_, true) => "of this caller",
            (false, false) => {
                open.insert(caller.to_owned(), mine + 1);
                return Ok(Place { streams: Arc::clone(self), caller: caller.to_owned() });
            }
        };
        let message = format!("too many watches {whose} are open; end some, or come again later");
        Err(Fault::new(Reason::TooManyStreams, message).after(Duration::from_secs(10)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.streams.open);
        if let Some(count) = open.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Rates, Streams};
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn calls_beyond_the_pace_are_put_off_and_others_are_not() {
        let rates = Rates::new(Some(60));
        let taken = || (0..100).take_while(|_| rates.count("ana").is_ok()).count();
        assert_eq!(taken(), 11, "ten seconds' worth at once, and the first");
        assert!(rates.count("ben").is_ok());
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(taken(), 3);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(taken(), 11);
    }

    #[test]
    fn places_are_counted_for_each_and_for_all() {
        let streams = Streams::new(3, 2);
        let first = streams.open("ana").expect("a place");
        let _second = streams.open("ana").expect("a place");
        assert!(streams.open("ana").is_err());
        let third = streams.open("ben").expect("a place");
        assert!(streams.open("cy").is_err(), "three in all");
        drop((first, third));
        assert!(streams.open("cy").is_ok() && streams.open("ana").is_ok());
    }
}
