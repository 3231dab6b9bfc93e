//! One exchange: request out, answer in, and what it means.
//!
//! Never repeats, never follows a redirect, reads no more of a body than is allowed, and shows neither headers nor
//! bodies to logs, unless these are asked for; then without what could name a person or be a secret.

use crate::classify::{Meaning, Operation, Signal, classify};
use crate::config::{Config, SetupError};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::redact::redacted;
use crate::wire::fault::FaultBody;
use crate::wire::{fault, lenient, token};
use jiff::SignedDuration;
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Request, Response};
use serde_json::Value;
use std::error::Error;
use std::sync::Arc;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Names the next page of a list, in requests and in answers (fact sheet 3).
pub(crate) const CONTINUATION: HeaderName = HeaderName::from_static("ms-continuationtoken");

/// Longest pause that is believed: a day. More is a slip of the service.
const PAUSE_MAX_SECS: f64 = 86_400.0;

/// One try of a call, as the log tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    /// New for each try.
    pub(crate) correlation: Uuid,
    /// The same as long as no answer came; none at sign-in.
    pub(crate) request: Option<Uuid>,
    /// 1 for the first.
    pub(crate) number: u32,
    /// What the scarcest budget still has.
    pub(crate) left: Option<u32>,
}

impl Attempt {
    /// The first try of a call without a budget and a request id.
    pub(crate) fn first(correlation: Uuid) -> Self {
        Self { correlation, request: None, number: 1, left: None }
    }

    fn span(&self, operation: Operation) -> Span {
        let request = self.request.map(tracing::field::display);
        tracing::info_span!(
            "call",
            operation = operation.name(),
            correlation = %self.correlation,
            request,
            attempt = self.number,
            budget_left = self.left,
            status = Empty,
            outcome = Empty,
        )
    }
}

/// An answer that is a success.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Null when there is none.
    pub(crate) body: Value,
    /// How large it came.
    pub(crate) bytes: usize,
    /// What the next page of the list is asked for with, where the head says so (fact sheet 3.2).
    pub(crate) continuation: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    bytes_max: usize,
    log_bodies: bool,
    meter: Arc<Meter>,
}

impl Transport {
    pub(crate) fn try_new(config: &Config) -> Result<Self, SetupError> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("Carryover/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.connect_timeout)
            .timeout(config.answer_timeout)
            // A redirect would carry the token elsewhere and turn a write into a read.
            .redirect(reqwest::redirect::Policy::none())
            // Whether a write goes out again is not for a library to say.
            .retry(reqwest::retry::never());
        if config.is_local() {
            http = http.no_proxy();
        }
        Ok(Self {
            http: http.build().map_err(|source| SetupError::Http { source })?,
            bytes_max: config.answer_bytes_max,
            log_bodies: config.log_bodies,
            meter: Arc::new(Meter::default()),
        })
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Sends `request` once. Brings the answer where it is a success.
    pub(crate) async fn exchange(
        &self,
        operation: Operation,
        request: Request,
        attempt: Attempt,
    ) -> Result<Answer, Failure> {
        let span = attempt.span(operation);
        self.exchange_inside(operation, request).instrument(span).await
    }

    async fn exchange_inside(&self, operation: Operation, request: Request) -> Result<Answer, Failure> {
        self.meter.called(operation);
        if let Some(body) = request.body().and_then(|body| body.as_bytes()).filter(|_| self.shows(operation)) {
            tracing::debug!(body = redacted(body), "sent");
        }
        let result = match self.http.execute(request).await {
            Ok(response) => self.read(operation, response).await,
            Err(error) => Err(unanswered(operation, error)),
        };
        match &result {
            Ok(_) => {
                Span::current().record("outcome", "done");
                tracing::debug!("answered");
            }
            Err(failure) => {
                Span::current().record("outcome", tracing::field::debug(failure.meaning));
                if failure.meaning == Meaning::Throttled {
                    self.meter.was_throttled(operation);
                }
                tracing::debug!(
                    meaning = ?failure.meaning,
                    code = failure.code.as_deref(),
                    "not answered as hoped"
                );
            }
        }
        result
    }

    /// Whether the log may show bodies; sign-in's are secrets through and through.
    fn shows(&self, operation: Operation) -> bool {
        self.log_bodies && operation != Operation::SignIn
    }

    async fn read(&self, operation: Operation, mut response: Response) -> Result<Answer, Failure> {
        let status = response.status().as_u16();
        Span::current().record("status", status);
        let retry_after = retry_after(response.headers());
        let continuation = continuation(response.headers());
        let body = self.body(&mut response).await;
        if let Some(body) = body.as_ref().ok().filter(|_| self.shows(operation)) {
            tracing::debug!(body = redacted(body), "received");
        }
        let bytes = body.as_ref().map_or(0, |body| body.len());
        let parsed = match body {
            Ok(body) => lenient::json(&body).map_err(|_| Signal::Unreadable),
            Err(signal) => Err(signal),
        };
        judged(operation, status, retry_after, parsed).map(|body| Answer { body, bytes, continuation })
    }

    /// The body, wiped once it was read: at sign-in it holds secrets.
    async fn body(&self, response: &mut Response) -> Result<Zeroizing<Vec<u8>>, Signal<'static>> {
        let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > self.bytes_max {
            return Err(Signal::Unreadable);
        }
        let mut body = Zeroizing::new(Vec::with_capacity(announced));
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.bytes_max => {
                    return Err(Signal::Unreadable);
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(body),
                Err(error) if error.is_timeout() => return Err(Signal::TimedOut),
                Err(_) => return Err(Signal::Broken),
            }
        }
    }
}

/// What an answer of `status` means, with its body or what was wrong with it: the body of a success.
pub(crate) fn judged(
    operation: Operation,
    status: u16,
    retry_after: Option<SignedDuration>,
    parsed: Result<Value, Signal<'static>>,
) -> Result<Value, Failure> {
    let failed = |meaning, code: Option<String>, detail: String| Failure {
        operation,
        meaning,
        status: Some(status),
        code,
        detail,
        retry_after,
    };
    let success = (200..300).contains(&status);
    let by_another = parsed.is_err();
    let fault = match parsed {
        Ok(value) if success => match fault::inside_success(&value) {
            None => return Ok(value),
            Some(fault) => fault.tellable(operation),
        },
        // A success that broke off, is too large or is not JSON: nobody knows what it said.
        Err(signal) if success => {
            return Err(failed(
                classify(operation, signal),
                None,
                "the body of the answer was not complete, not JSON or too large".to_owned(),
            ));
        }
        Ok(value) if operation == Operation::SignIn => {
            FaultBody { words: token::numbers(&value), ..fault::of(&value).tellable(operation) }
        }
        Ok(value) => fault::of(&value),
        Err(_) => FaultBody::default(),
    };
    let signal = match by_another {
        true => Signal::Page { status },
        false => Signal::Answer { status, code: fault.reading(operation) },
    };
    Err(failed(classify(operation, signal), fault.code, fault.words))
}

/// The failure of a request that got no answer at all.
fn unanswered(operation: Operation, error: reqwest::Error) -> Failure {
    // A request that cannot even be built, or a connection that never was, left nothing behind.
    let signal = if error.is_builder() || error.is_connect() {
        Signal::NotConnected
    } else if error.is_timeout() {
        Signal::TimedOut
    } else {
        Signal::Broken
    };
    let went_wrong = match signal {
        Signal::NotConnected => "no connection",
        Signal::TimedOut => "no answer in time",
        _ => "the connection broke before the answer",
    };
    Failure::new(operation, classify(operation, signal), format!("{went_wrong} ({})", cause(&error.without_url())))
}

/// The innermost cause: the outer ones only repeat that a request failed.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// `Retry-After` in seconds, decimal or not, possibly doubled (fact sheet 3.2). A date is not used there.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    pause_of(text_of(headers, &RETRY_AFTER)?)
}

/// What the next page of a list is asked for with.
pub(crate) fn continuation(headers: &HeaderMap) -> Option<String> {
    text_of(headers, &CONTINUATION).filter(|token| !token.is_empty()).map(str::to_owned)
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The seconds of a `Retry-After`.
pub(crate) fn pause_of(text: &str) -> Option<SignedDuration> {
    let seconds: f64 = text.split(',').next()?.trim().parse().ok()?;
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    SignedDuration::try_from_secs_f64(seconds.min(PAUSE_MAX_SECS)).ok()
}
