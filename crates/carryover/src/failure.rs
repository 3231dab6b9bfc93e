//! How a command ends, and how it says why: one clear sentence and an exit code that means something.

use carryover_engine::{CommandError, Halt};
use carryover_ports::{StoreError, Unavailable};
use carryover_store_sqlite::{LockError, OpenError};
use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing is left to do: exit code 0.
    Done,
    /// It did not work; nothing was lost: exit code 1.
    Failed,
    /// What was given cannot be used: exit code 2.
    BadInput,
    /// Somebody has to do something: exit code 3.
    WaitsForPerson,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Done => 0,
            Ending::Failed => 1,
            Ending::BadInput => 2,
            Ending::WaitsForPerson => 3,
        })
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    ending: Ending,
    sentence: String,
}

impl Failure {
    /// It did not work.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self { ending: Ending::Failed, sentence: sentence.into() }
    }
    /// What was given cannot be used.
    pub(crate) fn input(sentence: impl Into<String>) -> Self {
        Self { ending: Ending::BadInput, sentence: sentence.into() }
    }
    pub(crate) fn ending(&self) -> Ending {
        self.ending
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            // They say what to do, and another database is not the answer.
            OpenError::Lost { .. } | OpenError::Other { .. } => Self::failed(error.to_string()),
            _ => Self::failed(format!("{error}; choose another with --database")),
        }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        Self::failed(format!("{error}; nothing was changed"))
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Self {
        Self::failed(format!("work stopped, nothing is lost: {halt}"))
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Unknown(_)
            | CommandError::Changed { .. }
            | CommandError::Rejected(_)
            | CommandError::Unplannable(_) => Self::input(error.to_string()),
            CommandError::Unavailable(Unavailable::SignInRefused(fault)) => {
                Self::failed(format!("sign-in was refused, nothing is lost: {fault}"))
            }
            // Customers that came before this one are done and stay done.
            CommandError::Unavailable(_) | CommandError::Store(_) | CommandError::Commit(_) => {
                Self::failed(format!("{error}; nothing is lost, and the command can be given again"))
            }
        }
    }
}
