//! What a call can answer instead of what was asked for: a code, one reason with a page, and what helps to go on.

use carryover_domain::Rejection;
use carryover_engine::CommandError;
use carryover_ports::{CommitError, StoreError, Unavailable};
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of all reasons.
const DOMAIN: &str = "carryover.dev";
/// Where the page of each reason stands, in the repository.
const PAGES: &str = "docs/errors/";
/// When to come again, where nobody says.
const USUAL_PAUSE: Duration = Duration::from_secs(1);

/// Why a call was not answered as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reason {
    NameInvalid,
    FieldInvalid,
    FilterInvalid,
    PageTokenInvalid,
    ResumeTokenInvalid,
    RequestIdReused,
    ResourceNotFound,
    EtagStale,
    PlanNotNewest,
    NothingToPlan,
    NothingApproved,
    AnswerDoesNotFit,
    PartnerNotConfigured,
    SignInRefused,
    CustomerNotReadable,
    ServiceUnreachable,
    ServiceThrottles,
    ServiceUnreadable,
    DatabaseUnavailable,
    DatabaseBusy,
    RecordDamaged,
    ImportTooLarge,
    FileUnreadable,
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    RoleMissing,
    FourEyesWanted,
    SpendingLimitExceeded,
    TooManyCalls,
    TooManyStreams,
    ReaderTooSlow,
    ServerStopping,
    MethodUnknown,
    EncodingUnknown,
    MessageUnreadable,
    MessageTooLarge,
    DeadlineExceeded,
}

impl Reason {
    /// The reason in `ErrorInfo`, and the name of its page under `docs/errors`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NameInvalid => "NAME_INVALID",
            Self::FieldInvalid => "FIELD_INVALID",
            Self::FilterInvalid => "FILTER_INVALID",
            Self::PageTokenInvalid => "PAGE_TOKEN_INVALID",
            Self::ResumeTokenInvalid => "RESUME_TOKEN_INVALID",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::EtagStale => "ETAG_STALE",
            Self::PlanNotNewest => "PLAN_NOT_NEWEST",
            Self::NothingToPlan => "NOTHING_TO_PLAN",
            Self::NothingApproved => "NOTHING_APPROVED",
            Self::AnswerDoesNotFit => "ANSWER_DOES_NOT_FIT",
            Self::PartnerNotConfigured => "PARTNER_NOT_CONFIGURED",
            Self::SignInRefused => "SIGN_IN_REFUSED",
            Self::CustomerNotReadable => "CUSTOMER_NOT_READABLE",
            Self::ServiceUnreachable => "SERVICE_UNREACHABLE",
            Self::ServiceThrottles => "SERVICE_THROTTLES",
            Self::ServiceUnreadable => "SERVICE_UNREADABLE",
            Self::DatabaseUnavailable => "DATABASE_UNAVAILABLE",
            Self::DatabaseBusy => "DATABASE_BUSY",
            Self::RecordDamaged => "RECORD_DAMAGED",
            Self::ImportTooLarge => "IMPORT_TOO_LARGE",
            Self::FileUnreadable => "FILE_UNREADABLE",
            Self::TokenMissing => "TOKEN_MISSING",
            Self::TokenInvalid => "TOKEN_INVALID",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::RoleMissing => "ROLE_MISSING",
            Self::FourEyesWanted => "FOUR_EYES_WANTED",
            Self::SpendingLimitExceeded => "SPENDING_LIMIT_EXCEEDED",
            Self::TooManyCalls => "TOO_MANY_CALLS",
            Self::TooManyStreams => "TOO_MANY_STREAMS",
            Self::ReaderTooSlow => "READER_TOO_SLOW",
            Self::ServerStopping => "SERVER_STOPPING",
            Self::MethodUnknown => "METHOD_UNKNOWN",
            Self::EncodingUnknown => "ENCODING_UNKNOWN",
            Self::MessageUnreadable => "MESSAGE_UNREADABLE",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
        }
    }

    /// The code of the status.
    pub(crate) fn status(self) -> Code {
        match self {
            Self::NameInvalid
            | Self::FieldInvalid
            | Self::FilterInvalid
            | Self::PageTokenInvalid
            | Self::ResumeTokenInvalid
            | Self::RequestIdReused
            | Self::FileUnreadable
            | Self::MessageUnreadable => Code::InvalidArgument,
            Self::ResourceNotFound => Code::NotFound,
            Self::EtagStale | Self::DatabaseBusy => Code::Aborted,
            Self::PlanNotNewest
            | Self::NothingToPlan
            | Self::NothingApproved
            | Self::AnswerDoesNotFit
            | Self::PartnerNotConfigured
            | Self::SignInRefused
            | Self::CustomerNotReadable => Code::FailedPrecondition,
            Self::ServiceUnreachable | Self::ServiceUnreadable | Self::DatabaseUnavailable | Self::ServerStopping => {
                Code::Unavailable
            }
            Self::ServiceThrottles
            | Self::ImportTooLarge
            | Self::MessageTooLarge
            | Self::TooManyCalls
            | Self::TooManyStreams
            | Self::ReaderTooSlow => Code::ResourceExhausted,
            Self::RecordDamaged => Code::DataLoss,
            Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired => Code::Unauthenticated,
            Self::RoleMissing | Self::FourEyesWanted | Self::SpendingLimitExceeded => Code::PermissionDenied,
            Self::MethodUnknown | Self::EncodingUnknown => Code::Unimplemented,
            Self::DeadlineExceeded => Code::DeadlineExceeded,
        }
    }
}

/// A call that was not answered as asked.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    message: String,
    fields: Vec<(String, String)>,
    resource: Option<String>,
    retry: Option<Duration>,
}

impl Fault {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        let retry = (reason.status() == Code::Unavailable).then_some(USUAL_PAUSE);
        Self { reason, message: message.into(), fields: Vec::new(), resource: None, retry }
    }

    /// The field `path` of the request is what is wrong; `expected` would be right.
    pub(crate) fn at(mut self, path: &str, expected: &str) -> Self {
        self.fields.push((path.to_owned(), expected.to_owned()));
        self
    }

    /// It is about the resource `name`.
    pub(crate) fn about(mut self, name: impl Into<String>) -> Self {
        self.resource = Some(name.into());
        self
    }

    /// Repeating is of use after `pause`.
    pub(crate) fn after(mut self, pause: Duration) -> Self {
        self.retry = Some(pause);
        self
    }

    /// The field `path` cannot be used.
    pub(crate) fn field(path: &str, expected: &str) -> Self {
        Self::new(Reason::FieldInvalid, format!("{path} cannot be used: {expected}")).at(path, expected)
    }

    /// The field `path` holds `text`, which is no name as `pattern` says.
    pub(crate) fn name(path: &str, text: &str, pattern: &str) -> Self {
        let shown: String = text.chars().take(200).collect();
        Self::new(Reason::NameInvalid, format!("{path} is `{}`, and {pattern} is expected", shown.escape_debug()))
            .at(path, pattern)
    }

    /// There is no resource of that name.
    pub(crate) fn not_found(name: &str) -> Self {
        let shown: String = name.chars().take(300).collect();
        Self::new(Reason::ResourceNotFound, format!("there is no {}", shown.escape_debug())).about(shown)
    }

    /// What was looked at has changed since.
    pub(crate) fn stale(name: &str) -> Self {
        Self::new(Reason::EtagStale, "it has changed since it was looked at; look at it again, then decide anew")
            .about(name)
    }
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let Fault { reason, message, fields, resource, retry } = fault;
        let code = reason.status();
        let mut details = ErrorDetails::new();
        details.set_error_info(reason.code(), DOMAIN, HashMap::new());
        for (path, expected) in &fields {
            details.add_bad_request_violation(path, expected);
        }
        if code == Code::FailedPrecondition {
            details.add_precondition_failure_violation(reason.code(), resource.as_deref().unwrap_or(""), &message);
        }
        if let Some(name) = resource {
            details.set_resource_info(kind_of(&name), name, "", &message);
        }
        if let Some(pause) = retry {
            details.set_retry_info(Some(pause));
        }
        details.add_help_link("What this means and what to do", format!("{PAGES}{}.md", reason.code()));
        Status::with_error_details(code, message, details)
    }
}

/// The type of the resource that is called `name`.
fn kind_of(name: &str) -> &'static str {
    let mut collections = name.split('/').step_by(2).collect::<Vec<_>>().into_iter().rev();
    match collections.next() {
        Some("portfolio") => "carryover.dev/Portfolio",
        Some("customers") => "carryover.dev/Customer",
        Some("migrations") => "carryover.dev/Migration",
        Some("lines") => "carryover.dev/Line",
        Some("plans") => "carryover.dev/Plan",
        Some("events") => "carryover.dev/Event",
        Some("report") => "carryover.dev/Report",
        _ => "carryover.dev/Partner",
    }
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        let message = error.to_string();
        match error {
            CommandError::Unknown(_) => Self::new(Reason::ResourceNotFound, message),
            CommandError::Rejected(rejection) => {
                let reason = match rejection {
                    Rejection::UnknownLine { .. } => Reason::ResourceNotFound,
                    Rejection::StalePlan { .. } => Reason::PlanNotNewest,
                    Rejection::NothingApproved => Reason::NothingApproved,
                    Rejection::AnswerDoesNotFit { .. } => Reason::AnswerDoesNotFit,
                };
                Self::new(reason, message)
            }
            CommandError::Unplannable(_) => Self::new(Reason::NothingToPlan, message),
            CommandError::Changed { .. } => Self::new(Reason::EtagStale, message),
            CommandError::Unavailable(unavailable) => unavailable.into(),
            CommandError::Store(error) => error.into(),
            CommandError::Commit(error) => error.into(),
        }
    }
}

impl From<Unavailable> for Fault {
    fn from(unavailable: Unavailable) -> Self {
        let message = unavailable.to_string();
        match unavailable {
            Unavailable::Unreachable(_) => Self::new(Reason::ServiceUnreachable, message),
            Unavailable::Throttled { retry_after } => {
                let pause = Duration::try_from(retry_after).unwrap_or(USUAL_PAUSE);
                Self::new(Reason::ServiceThrottles, message).after(pause)
            }
            Unavailable::SignInRefused(_) => Self::new(Reason::SignInRefused, message),
            Unavailable::Forbidden(_) => Self::new(Reason::CustomerNotReadable, message),
            Unavailable::Unreadable(_) => Self::new(Reason::ServiceUnreadable, message),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Damaged { .. } => Self::new(Reason::RecordDamaged, error.to_string()),
            StoreError::Unreadable { .. } | StoreError::Unwritable { .. } => {
                // The words of the database name files of the server, which are nobody's business.
                tracing::error!(%error, "the database cannot be used");
                Self::new(Reason::DatabaseUnavailable, "the database cannot be used now; nothing was changed")
            }
        }
    }
}

impl From<CommitError> for Fault {
    fn from(error: CommitError) -> Self {
        match &error {
            CommitError::Stale { .. } | CommitError::Lost { .. } => Self::new(Reason::DatabaseBusy, error.to_string()),
            CommitError::KeyReused { .. } => Self::new(Reason::RequestIdReused, error.to_string())
                .at("request_id", "a new UUID for every new request"),
            CommitError::Repeated(_) => Self::new(Reason::DatabaseBusy, error.to_string()),
            CommitError::Unwritable { .. } => {
                tracing::error!(%error, "nothing can be written");
                Self::new(Reason::DatabaseUnavailable, "nothing could be written now; nothing was changed")
            }
            CommitError::Unconfirmed { .. } => {
                tracing::error!(%error, "a write was not confirmed");
                let message = "the database did not confirm the write; repeat with the same request_id, or look first";
                Self::new(Reason::DatabaseUnavailable, message)
            }
        }
    }
}
