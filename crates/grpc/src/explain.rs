//! What the transport itself refuses, explained like everything else: a code, one reason with a page. And the caller's
//! deadline: what is not answered by then is given up.

use crate::fault::{Fault, Reason};
use http::{HeaderMap, Request, Response};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

/// The header of a call's deadline, by the protocol gRPC over HTTP/2.
const TIMEOUT: &str = "grpc-timeout";
/// The longest call, where its caller names no deadline or a later one.
const LONGEST: Duration = Duration::from_secs(600);
/// How much before the deadline the answer leaves, at most and as a part of the whole: when the deadline comes, the
/// transport gives up without a reason.
const BEFORE: Duration = Duration::from_millis(100);
const BEFORE_PART: u32 = 10;

/// Adds reasons to refusals that have none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explain;

impl<S> Layer<S> for Explain {
    type Service = Explained<S>;
    fn layer(&self, inner: S) -> Explained<S> {
        Explained(inner)
    }
}

/// A service whose refusals all have a reason.
#[derive(Debug, Clone)]
pub(crate) struct Explained<S>(S);

impl<S, B> Service<Request<B>> for Explained<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let said = deadline(request.headers());
        let deadline = said.map_or(LONGEST, |said| (said - BEFORE.min(said / BEFORE_PART)).min(LONGEST));
        let answer = self.0.call(request);
        Box::pin(async move {
            match tokio::time::timeout(deadline, answer).await {
                Ok(answer) => answer.map(explained),
                Err(_) => {
                    let message = "the deadline was over before there was an answer; a change may have been made: repeat \
                                   it with the same request_id, or look first";
                    Ok(refusal(Fault::new(Reason::DeadlineExceeded, message)))
                }
            }
        })
    }
}

fn refusal(fault: Fault) -> Response<Body> {
    Status::from(fault).into_http()
}

fn explained(response: Response<Body>) -> Response<Body> {
    let is_bare = response.headers().get("grpc-status").is_some_and(|status| status != "0")
        && !response.headers().contains_key("grpc-status-details-bin");
    if !is_bare {
        return response;
    }
    match Status::from_header_map(response.headers()).and_then(|status| reason(&status)) {
        Some(fault) => refusal(fault),
        None => response,
    }
}

/// Why the transport refused, where it is to be told.
fn reason(status: &Status) -> Option<Fault> {
    let said = status.message();
    match status.code() {
        Code::Unimplemented if said.is_empty() => {
            Some(Fault::new(Reason::MethodUnknown, "there is no such method; ask reflection, or read `proto/`"))
        }
        Code::Unimplemented => Some(Fault::new(Reason::EncodingUnknown, said)),
        Code::OutOfRange | Code::ResourceExhausted => {
            let message = format!("{said}; ask for less, or send files in chunks");
            Some(Fault::new(Reason::MessageTooLarge, message))
        }
        // What the transport calls an internal fault is a message that it could not read.
        Code::Internal => Some(Fault::new(Reason::MessageUnreadable, format!("the message cannot be read: {said}"))),
        _ => None,
    }
}

/// The time that a caller gives, by its header: up to eight digits and a unit.
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = said.split_at_checked(said.len().checked_sub(1)?)?;
    let count: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Explain, deadline};
    use http::{HeaderMap, Request, Response};
    use std::convert::Infallible;
    use std::time::Duration;
    use tonic::body::Body;
    use tonic::{Code, Status};
    use tonic_types::StatusExt;
    use tower::{Layer, Service};

    /// What comes of a call that is never answered, and when.
    async fn unanswered(timeout: Option<&str>) -> (Status, Duration) {
        let never = tower::service_fn(|_: Request<()>| std::future::pending::<Result<Response<Body>, Infallible>>());
        let mut request = Request::new(());
        if let Some(timeout) = timeout {
            request.headers_mut().insert("grpc-timeout", timeout.parse().expect("text"));
        }
        let began = tokio::time::Instant::now();
        let said = Explain.layer(never).call(request).await.expect("answered");
        (Status::from_header_map(said.headers()).expect("a status"), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_given_up_shortly_before_its_deadline_and_says_why() {
        let (status, after) = unanswered(Some("20S")).await;
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert_eq!(status.get_error_details().error_info().map(|info| info.reason.as_str()), Some("DEADLINE_EXCEEDED"));
        assert!(after < Duration::from_secs(20) && after > Duration::from_secs(19), "{after:?}");
        assert!(unanswered(Some("500m")).await.1 <= Duration::from_millis(450 + 1));
        // Nobody waits for ever.
        for none in [None, Some("99999999H"), Some("soon"), Some("-1S"), Some("S"), Some("999999999n")] {
            let after = unanswered(none).await.1;
            assert!(after >= Duration::from_secs(600) && after < Duration::from_secs(601), "{none:?}: {after:?}");
        }
    }

    #[test]
    fn deadlines_are_read_in_every_unit() {
        let read = |said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", said.parse().expect("text"));
            deadline(&headers)
        };
        let expected = [("2H", 7_200_000), ("3M", 180_000), ("4S", 4_000), ("5m", 5), ("6000u", 6), ("7000000n", 7)];
        for (said, milliseconds) in expected {
            assert_eq!(read(said), Some(Duration::from_millis(milliseconds)), "{said}");
        }
    }
}
