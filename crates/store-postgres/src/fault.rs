//! What a failed call means: whether trying again can help, whether it may have been done, and words for people.

use std::error::Error as _;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// The keys of what is numbered one after the other. Whoever meets one that is taken has not seen who took it, and sees it next time.
const PLACES: [&str; 5] = [
    "events_pkey",
    "events_migration_number_key",
    "migrations_pkey",
    "migrations_place_key",
    "requests_key_migration_key",
];

/// A call came to nothing, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server is away, starts or stops: nothing was done, and later it may be.
    Away(String),
    /// The server broke the transaction off in favour of another one, or another one was first: nothing was done, and at once it
    /// may be.
    Clash(String),
    /// Refused, for this reason: nothing was done.
    Refused(String),
    /// The connection ended before the answer came, or none came for too long: it may have been done.
    Unanswered(String),
}

impl Trouble {
    /// What an error in answer to a statement means.
    pub(crate) fn of(error: &Error) -> Self {
        let words = words(error);
        let Some(state) = error.code() else {
            // Not from the server, so from the way there; or an answer of an unexpected form, after whatever was done.
            return Self::Unanswered(words);
        };
        let constraint = error.as_db_error().and_then(|said| said.constraint()).unwrap_or_default();
        match state {
            &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => Self::Clash(words),
            &SqlState::UNIQUE_VIOLATION if PLACES.contains(&constraint) => Self::Clash(words),
            &SqlState::CANNOT_CONNECT_NOW | &SqlState::TOO_MANY_CONNECTIONS => Self::Away(words),
            // The server ends the session, and may have been about to confirm. Classes 08 and 57P, and 40003.
            state if state.code().starts_with("08") || state.code().starts_with("57P") || state.code() == "40003" => {
                Self::Unanswered(words)
            }
            _ => Self::Refused(words),
        }
    }

    /// Why, in words.
    pub(crate) fn words(self) -> String {
        let (Self::Away(words) | Self::Clash(words) | Self::Refused(words) | Self::Unanswered(words)) = self;
        words
    }
}

/// The reason, as the second half of a sentence.
pub(crate) fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        return format!("{} (PostgreSQL {})", said.message(), said.code().code());
    }
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
