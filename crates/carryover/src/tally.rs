//! How many calls all commands have made upon one database: a file beside it, to which each process adds its own. Counts, and
//! keeps no more than that; a process that is killed takes its last minute of counts with it.

use crate::output::aside;
use carryover_partner_center::PartnerCenter;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a process that goes on writes its counts down.
const NOW_AND_THEN: Duration = Duration::from_secs(60);

/// Calls by operation, and answers 429 among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Calls {
    pub(crate) by_operation: BTreeMap<String, u64>,
    pub(crate) throttled: u64,
}

impl Calls {
    /// Calls of every operation together.
    pub(crate) fn total(&self) -> u64 {
        self.by_operation.values().fold(0, |sum, calls| sum.saturating_add(*calls))
    }

    fn of(adapter: &PartnerCenter) -> Self {
        let counts = adapter.meter().counts();
        let by_operation = counts.iter().map(|count| (count.operation.to_owned(), count.calls)).collect();
        Self { by_operation, throttled: adapter.meter().throttled() }
    }

    fn add(&mut self, more: &Self) {
        for (operation, calls) in &more.by_operation {
            let sum = self.by_operation.entry(operation.clone()).or_default();
            *sum = sum.saturating_add(*calls);
        }
        self.throttled = self.throttled.saturating_add(more.throttled);
    }

    fn since(&self, before: &Self) -> Self {
        let more = |(operation, calls): (&String, &u64)| {
            let more = calls.saturating_sub(before.by_operation.get(operation).copied().unwrap_or_default());
            (more > 0).then(|| (operation.clone(), more))
        };
        Self {
            by_operation: self.by_operation.iter().filter_map(more).collect(),
            throttled: self.throttled.saturating_sub(before.throttled),
        }
    }
}

/// One line of the file: what one process has added.
#[derive(Serialize, Deserialize)]
struct Entry {
    at: Timestamp,
    calls: BTreeMap<String, u64>,
    throttled: u64,
}

/// The file, and what this process has to add to it.
pub(crate) struct Tally {
    file: PathBuf,
    own: Mutex<Option<Own>>,
}

struct Own {
    adapter: PartnerCenter,
    noted: Calls,
    last: Instant,
}

impl Tally {
    /// The one of the database beside which `notes` are kept.
    pub(crate) fn beside(notes: &Path) -> Self {
        let mut file = notes.as_os_str().to_owned();
        file.push(".calls");
        Self { file: file.into(), own: Mutex::new(None) }
    }

    /// Counts the calls of `adapter` from now on.
    pub(crate) fn watch(&self, adapter: &PartnerCenter) {
        let own = Own { adapter: adapter.clone(), noted: Calls::default(), last: Instant::now() };
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
    }

    /// Writes down what was added, if a while has passed.
    pub(crate) fn now_and_then(&self) {
        let due = |own: &Option<Own>| own.as_ref().is_some_and(|own| own.last.elapsed() >= NOW_AND_THEN);
        if due(&self.own.lock().unwrap_or_else(PoisonError::into_inner)) {
            self.note();
        }
    }

    /// Writes down what was added. Counts that cannot be written are tried again with the next ones.
    pub(crate) fn note(&self) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = own.as_mut() else { return };
        own.last = Instant::now();
        let now = Calls::of(&own.adapter);
        let added = now.since(&own.noted);
        if added.total() == 0 {
            return;
        }
        match self.write(&added) {
            Ok(()) => own.noted = now,
            Err(error) => aside(&format!("carryover: calls are not counted: {}: {error}", self.file.display())),
        }
    }

    fn write(&self, added: &Calls) -> std::io::Result<()> {
        let entry = Entry { at: Timestamp::now(), calls: added.by_operation.clone(), throttled: added.throttled };
        let line = serde_json::to_string(&entry)? + "\n";
        // One write of a short line at the end: processes beside each other do not mix.
        std::fs::OpenOptions::new().create(true).append(true).open(&self.file)?.write_all(line.as_bytes())
    }

    /// The calls of all processes so far; none where none has made any. A line that cannot be read is left out, and said.
    pub(crate) fn all(&self) -> Option<Calls> {
        let text = std::fs::read_to_string(&self.file).ok()?;
        let mut sum = Calls::default();
        for line in text.lines() {
            match serde_json::from_str::<Entry>(line) {
                Ok(Entry { calls, throttled, .. }) => sum.add(&Calls { by_operation: calls, throttled }),
                Err(error) => {
                    aside(&format!("carryover: a line of {} is not counted: {error}", self.file.display()));
                }
            }
        }
        Some(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(of: &[(&str, u64)], throttled: u64) -> Calls {
        Calls { by_operation: of.iter().map(|(name, calls)| ((*name).to_owned(), *calls)).collect(), throttled }
    }

    #[test]
    fn what_several_processes_have_added_is_added_up_and_a_torn_line_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let tally = Tally::beside(&dir.path().join("carryover.db"));
        assert_eq!(tally.all(), None);
        tally.write(&calls(&[("check out", 1), ("sign in", 2)], 0)).unwrap();
        tally.write(&calls(&[("sign in", 3)], 1)).unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&tally.file).unwrap();
        file.write_all(b"{\"at\":\"2026-").unwrap();
        let all = tally.all().unwrap();
        assert_eq!(all, calls(&[("check out", 1), ("sign in", 5)], 1));
        assert_eq!(all.total(), 6);
    }

    #[test]
    fn only_what_is_new_is_added() {
        let before = calls(&[("sign in", 2), ("check out", 1)], 1);
        let now = calls(&[("sign in", 5), ("check out", 1), ("read customer", 1)], 1);
        assert_eq!(now.since(&before), calls(&[("sign in", 3), ("read customer", 1)], 0));
    }
}
