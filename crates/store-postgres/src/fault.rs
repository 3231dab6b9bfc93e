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

/// Nothing was done, and nobody has to mend anything: a server that is a standby still, or has become one (25006); a statement that took
/// longer than the server allows, or that somebody cancelled (57014); a lock that was not to be had in time (55P03); and no memory,
/// connections or other means just now (53000, 53200, 53300, 53400), where a full disk (53100) is not among them: that stays.
const NOT_NOW: [SqlState; 7] = [
    SqlState::READ_ONLY_SQL_TRANSACTION,
    SqlState::QUERY_CANCELED,
    SqlState::LOCK_NOT_AVAILABLE,
    SqlState::INSUFFICIENT_RESOURCES,
    SqlState::OUT_OF_MEMORY,
    SqlState::TOO_MANY_CONNECTIONS,
    SqlState::CONFIGURATION_LIMIT_EXCEEDED,
];

/// A call came to nothing, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server is away, starts or stops, or does not do it now: nothing was done, and later, upon a new connection, it may be.
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
    /// What an error in answer to a statement means, which is a transaction of its own. The server says that it broke one off only where
    /// it rolled it back; and were that wrong, a commit that is tried again finds that its version has passed.
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
            &SqlState::CANNOT_CONNECT_NOW => Self::Away(words),
            state if NOT_NOW.contains(state) => Self::Away(words),
            // The server ends the session, and may have been about to confirm. Classes 08 and 57P, and 40003.
            state if state.code().starts_with("08") || state.code().starts_with("57P") || state.code() == "40003" => {
                Self::Unanswered(words)
            }
            _ => Self::Refused(words),
        }
    }

    /// What an error in answer to a COMMIT means, which nothing guards against being given again: whatever breaks it off in the middle
    /// leaves a doubt.
    pub(crate) fn of_end(error: &Error) -> Self {
        match Self::of(error) {
            Self::Away(words) => Self::Unanswered(words),
            other => other,
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
