//! Where an actor stands between two steps until it is let on. There is no other place at which it waits, so whoever opens
//! gates decides the order of everything.

use super::schedule::{Fate, Step};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// The gate of one actor.
#[derive(Debug, Default)]
pub(super) struct Gate(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// Nobody stands before it.
    #[default]
    Shut,
    Waiting(Step),
    Opened(Fate),
    /// Everything passes, and meets this.
    Wide(Fate),
}

impl Gate {
    /// One that stops nobody.
    pub(super) fn wide() -> Self {
        Self(Mutex::new(State::Wide(Fate::Answered)))
    }

    /// Waits to be let on to `step`, and says what meets it.
    pub(super) async fn pass(&self, step: Step) -> Fate {
        poll_fn(|_| {
            let mut state = self.state();
            match *state {
                State::Wide(fate) => Poll::Ready(fate),
                State::Opened(fate) => {
                    *state = State::Shut;
                    Poll::Ready(fate)
                }
                State::Shut | State::Waiting(_) => {
                    *state = State::Waiting(step);
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// Lets whoever waits on to meet `fate`.
    pub(super) fn open(&self, fate: Fate) {
        let mut state = self.state();
        if matches!(*state, State::Waiting(_)) {
            *state = State::Opened(fate);
        }
    }

    /// What whoever stands before it is about to do.
    pub(super) fn next(&self) -> Option<Step> {
        match *self.state() {
            State::Waiting(step) => Some(step),
            _ => None,
        }
    }

    /// From now on everything passes and meets `fate`.
    pub(super) fn widen(&self, fate: Fate) {
        *self.state() = State::Wide(fate);
    }

    /// Forgets who stood before it.
    pub(super) fn shut(&self) {
        *self.state() = State::Shut;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
