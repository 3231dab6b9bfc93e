//! One exchange: request out, answer in, and what it means.
//!
//! Never repeats, never follows a redirect, reads no more of a body than is allowed, and shows neither headers nor
//! bodies to logs.

use crate::classify::{Meaning, Operation, Signal, classify};
use crate::config::{Config, SetupError};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::wire::fault::FaultBody;
use crate::wire::{fault, lenient};
use jiff::SignedDuration;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Request, Response};
use serde_json::Value;
use std::error::Error;
use std::sync::Arc;
use tracing::Instrument;
use uuid::Uuid;

/// Longest pause that is believed: a day. More is a slip of the service.
const PAUSE_MAX_SECS: f64 = 86_400.0;

#[derive(Clone)]
pub(crate) struct Transport {
    http: reqwest::Client,
    bytes_max: usize,
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
            meter: Arc::new(Meter::default()),
        })
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Sends `request` once. Brings the body of a success, which is null when there is none.
    pub(crate) async fn exchange(
        &self,
        operation: Operation,
        request: Request,
        correlation: Uuid,
    ) -> Result<Value, Failure> {
        let span = tracing::info_span!(
            "call",
            operation = operation.name(),
            %correlation,
            status = tracing::field::Empty,
        );
        self.exchange_inside(operation, request).instrument(span).await
    }

    async fn exchange_inside(&self, operation: Operation, request: Request) -> Result<Value, Failure> {
        self.meter.called(operation);
        let result = match self.http.execute(request).await {
            Ok(response) => self.read(operation, response).await,
            Err(error) => Err(unanswered(operation, error)),
        };
        match &result {
            Ok(_) => tracing::debug!("answered"),
            Err(failure) => {
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

    async fn read(&self, operation: Operation, mut response: Response) -> Result<Value, Failure> {
        let status = response.status().as_u16();
        tracing::Span::current().record("status", status);
        let retry_after = retry_after(response.headers());
        let body = self.body(&mut response).await;
        let failed = |meaning, code: Option<String>, detail: String| Failure {
            operation,
            meaning,
            status: Some(status),
            code,
            detail,
            retry_after,
        };
        let success = response.status().is_success();
        let parsed = match body {
            Ok(body) => lenient::json(&body).map_err(|_| Signal::Unreadable),
            Err(signal) => Err(signal),
        };
        let fault = match parsed {
            Ok(value) if success => match fault::inside_success(&value) {
                None => return Ok(value),
                Some(fault) => fault,
            },
            // A success that broke off, is too large or is not JSON: nobody knows what it said.
            Err(signal) if success => {
                return Err(failed(
                    classify(operation, signal),
                    None,
                    "the body of the answer was not complete, not JSON or too large".to_owned(),
                ));
            }
            Ok(value) => fault::of(&value),
            Err(_) => FaultBody::default(),
        };
        let fault = fault.tellable(operation);
        let signal = Signal::Answer { status, code: fault.reading(operation) };
        Err(failed(classify(operation, signal), fault.code, fault.words))
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, Signal<'static>> {
        let announced = response.content_length().unwrap_or(0);
        if announced > u64::try_from(self.bytes_max).unwrap_or(u64::MAX) {
            return Err(Signal::Unreadable);
        }
        let mut body = Vec::new();
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
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let seconds: f64 = text.split(',').next()?.trim().parse().ok()?;
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    SignedDuration::try_from_secs_f64(seconds.min(PAUSE_MAX_SECS)).ok()
}
