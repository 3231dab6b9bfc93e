//! One situation of the exploration, and what can happen next.

use super::outside::Outside;
use carryover_domain::ids::CartId;
use carryover_domain::migration::state::Line;
use carryover_domain::policy::Policy;
use carryover_domain::reply::Outcome;
use carryover_domain::{Effect, Event, Input, Migration, Reply, Stage, evolve};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Everything that is known and held at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) now: Timestamp,
    pub(super) known: Arc<Known>,
    /// In order, because it does not matter which worker is which.
    pub(super) workers: Vec<Worker>,
    pub(super) outside: Outside,
    pub(super) crashes: u8,
    pub(super) losses: u8,
    pub(super) idles: u8,
    /// Effects that were performed at this instant without anything coming of them: a turn tries each once.
    pub(super) tried: BTreeSet<Effect>,
    /// Intents named so far.
    pub(super) intents: u32,
    pub(super) broken: Option<&'static str>,
}

/// What is committed: a migration at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) version: u32,
    pub(super) migration: Migration,
    fingerprint: u64,
}

impl Hash for Known {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl Known {
    pub(super) fn new(version: u32, migration: Migration) -> Arc<Self> {
        let fingerprint = fingerprint(&migration);
        Arc::new(Self { version, migration, fingerprint })
    }

    pub(super) fn with(&self, events: &[Event]) -> Arc<Self> {
        Self::new(self.version + events.len() as u32, events.iter().fold(self.migration.clone(), evolve))
    }
}

/// All of `migration` but what is the same in every state. States with one fingerprint are explored as one, so nothing that events
/// change may be left out: each field is named.
fn fingerprint(migration: &Migration) -> u64 {
    let Migration {
        id: _,
        customer: _,
        plan: _,
        approved,
        standing,
        invitation,
        paused,
        cancelled,
        labels,
        own,
        planned_by,
        lines,
        misfits,
    } = migration;
    let mut words = Words::default();
    words.take(&(approved, standing, invitation, paused, cancelled, labels, own, planned_by, misfits));
    for line in lines.values() {
        let Line {
            source: _,
            beside: _,
            plan: _,
            findings,
            shown,
            assessed,
            own,
            stage,
            stopped,
            waived,
            compared,
            held,
            term_end,
            lasts_until,
            over,
            checked,
            after,
            attempt,
            put_offs,
            quiet_until,
            swapped,
            purchases,
        } = line;
        words.take(&(findings, shown, assessed, own, stage, stopped, waived, compared, held));
        words.take(&(term_end, lasts_until, over, checked, after, attempt, put_offs, quiet_until, swapped, purchases));
    }
    words.0.finish()
}

/// What values look like to people, as a hash.
#[derive(Default)]
struct Words(DefaultHasher);

impl Words {
    fn take(&mut self, value: &dyn fmt::Debug) {
        write!(self, "{value:?}").expect("a hash takes all words");
    }
}

impl fmt::Write for Words {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        self.0.write(words.as_bytes());
        Ok(())
    }
}

/// What a worker is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Worker {
    /// Nothing: it died, or it is done.
    Free,
    /// It has loaded, and is about to send.
    Going { known: Arc<Known>, effect: Effect },
    /// It has answers, and is about to commit what follows.
    Answered { known: Arc<Known>, inputs: Vec<Input> },
}

impl Worker {
    fn key(&self) -> (u8, u64) {
        let mut hasher = DefaultHasher::new();
        match self {
            Self::Free => (0, 0),
            Self::Going { known, effect } => {
                (known, effect).hash(&mut hasher);
                (1, hasher.finish())
            }
            Self::Answered { known, inputs } => {
                (known, format!("{inputs:?}")).hash(&mut hasher);
                (2, hasher.finish())
            }
        }
    }
}

impl Hash for Worker {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl State {
    /// Whether every line is closed or stands before a person.
    pub(super) fn at_rest(&self) -> bool {
        let rests = |stage: &Stage| matches!(stage, Stage::Closed { .. } | Stage::NeedsAttention { .. });
        self.known.migration.lines.values().all(|line| rests(&line.stage))
    }

    /// Whether every line is closed and nobody looks at it any more.
    pub(super) fn has_ended(&self, policy: &Policy) -> bool {
        let ended = |line: &Line| {
            matches!(line.stage, Stage::Closed { .. }) && line.checked.is_some() && line.next_check(policy).is_none()
        };
        self.known.migration.lines.values().all(ended)
    }

    /// Whether a worker is at something that it can still commit.
    pub(super) fn is_under_way(&self) -> bool {
        self.workers.iter().any(|worker| match worker {
            Worker::Going { known, .. } | Worker::Answered { known, .. } => known.version == self.known.version,
            Worker::Free => false,
        })
    }

    pub(super) fn put(&mut self, worker: usize, at: Worker) {
        self.workers[worker] = at;
        self.sort_workers();
    }

    pub(super) fn sort_workers(&mut self) {
        self.workers.sort_by_cached_key(Worker::key);
    }

    /// Takes carts out of the picture that nobody knows of: they can only expire.
    pub(super) fn forget_carts(&mut self) {
        let lines = self.known.migration.lines.values();
        let recorded = lines.filter_map(|line| match line.stage.underlying() {
            Stage::Buying { cart, .. } | Stage::Doubting { cart, .. } => Some(cart),
            _ => None,
        });
        let held = self.workers.iter().flat_map(|worker| match worker {
            Worker::Going { effect: Effect::CheckOut { cart, .. }, .. } => vec![cart],
            Worker::Answered { inputs, .. } => inputs.iter().filter_map(cart_in).collect(),
            Worker::Going { .. } | Worker::Free => Vec::new(),
        });
        let wanted: BTreeSet<CartId> = recorded.chain(held).cloned().collect();
        self.outside.keep_carts(&wanted);
    }

    pub(super) fn require(&mut self, holds: bool, what: &'static str) {
        if !holds {
            self.broken = self.broken.or(Some(what));
        }
    }
}

fn cart_in(input: &Input) -> Option<&CartId> {
    match input {
        Input::Reply { reply: Reply::Cart(Outcome::Done(cart)), .. } => Some(&cart.id),
        Input::Reply { to: Effect::CheckOut { cart, .. }, .. } => Some(cart),
        _ => None,
    }
}

/// What happens to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It never arrives, and nobody knows.
    RequestLost,
    /// It has its effect, and nobody knows.
    AnswerLost,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Move {
    /// Somebody records which deadlines have passed.
    Tick,
    /// A free worker loads what is committed and takes up an effect.
    Begin {
        /// Which one.
        effect: Effect,
    },
    /// A free worker reads and commits what follows.
    Look {
        /// What it reads.
        effect: Effect,
    },
    /// A worker sends, or reads.
    Send {
        /// Its place among the workers.
        worker: usize,
        /// What meets it.
        fate: Fate,
    },
    /// A worker commits what follows from its answers.
    Commit {
        /// Its place among the workers.
        worker: usize,
    },
    /// A worker dies.
    Crash {
        /// Its place among the workers.
        worker: usize,
    },
    /// The owner of an old subscription does what it was asked to.
    OwnerStops {
        /// Which subscription.
        nth: usize,
    },
    /// Time passes, until something is due or looks otherwise.
    Pass,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick => write!(f, "deadlines are recorded"),
            Self::Begin { effect } => write!(f, "a worker takes up {effect:?}"),
            Self::Look { effect } => write!(f, "a worker looks: {effect:?}"),
            Self::Send { worker, fate } => write!(f, "worker {worker} sends: {fate:?}"),
            Self::Commit { worker } => write!(f, "worker {worker} commits"),
            Self::Crash { worker } => write!(f, "worker {worker} dies"),
            Self::OwnerStops { nth } => write!(f, "the owner of old subscription {} stops its renewal", nth + 1),
            Self::Pass => write!(f, "time passes"),
        }
    }
}
