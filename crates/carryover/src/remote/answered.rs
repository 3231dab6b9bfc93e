//! What a server answers otherwise than was asked, or why it did not answer at all.

use crate::failure::Failure;
use crate::place::{Reach, Refused};
use std::error::Error;
use std::fmt;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Why a call was not answered as asked.
#[derive(Debug)]
pub(crate) struct Answered {
    code: Code,
    /// The name of a page under `docs/errors`; none where no server of ours spoke.
    reason: Option<String>,
    message: String,
}

impl Answered {
    /// The answer lacks `what`, or has it as nobody can read it.
    pub(crate) fn odd(what: &str) -> Self {
        let message = format!("the server's answer cannot be used: {what} is missing or cannot be read");
        Self { code: Code::Internal, reason: None, message }
    }

    /// Why the first call to the server `name` was not answered: where no page's name comes with that, it may be none of ours.
    pub(super) fn first(name: &str, status: Status) -> Self {
        let answered = Self::from(status);
        if answered.reason.is_some() {
            return answered;
        }
        let Self { code, reason, message } = answered;
        let message = format!(
            "{name} does not answer as `carryover serve` does ({message}): look at the address, whether it begins with http or \
             https, and whether our certificate is asked for"
        );
        Self { code, reason, message }
    }

    pub(crate) fn reach(&self) -> Reach {
        match self.reason.as_deref() {
            Some("SERVICE_UNREACHABLE") => Reach::Way,
            Some(
                "SIGN_IN_REFUSED"
                | "PARTNER_NOT_CONFIGURED"
                | "DATABASE_UNAVAILABLE"
                | "DATABASE_BUSY"
                | "TOKEN_MISSING"
                | "TOKEN_INVALID"
                | "TOKEN_EXPIRED"
                | "ROLE_MISSING"
                | "TOO_MANY_CALLS"
                | "SERVER_STOPPING",
            )
            | None => Reach::All,
            Some(_) => Reach::One,
        }
    }

    /// Whether there is no resource of that name.
    pub(super) fn is_not_found(&self) -> bool {
        self.code == Code::NotFound && self.reason.is_some()
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Status> for Answered {
    fn from(status: Status) -> Self {
        let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
        let message = match &reason {
            Some(_) => status.message().to_owned(),
            None => format!("the server did not answer: {}", deepest(&status)),
        };
        Self { code: status.code(), reason, message }
    }
}

impl From<Answered> for Refused {
    fn from(answered: Answered) -> Self {
        Self::There(answered)
    }
}

impl From<Answered> for Failure {
    fn from(answered: Answered) -> Self {
        let Answered { code, reason, message } = answered;
        match (code, reason.as_deref()) {
            (_, Some("SIGN_IN_REFUSED" | "CUSTOMER_NOT_READABLE")) => {
                Self::failed(format!("{message}; nothing is lost"))
            }
            (
                Code::InvalidArgument
                | Code::NotFound
                | Code::FailedPrecondition
                | Code::Unauthenticated
                | Code::PermissionDenied,
                Some(_),
            )
            | (Code::Aborted, Some("ETAG_STALE")) => Self::input(message),
            _ => Self::failed(format!("{message}; nothing is lost, and the command can be given again")),
        }
    }
}

/// The first cause of `error`, which says most.
pub(super) fn deepest(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
