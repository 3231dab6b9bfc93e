//! Spans for an OpenTelemetry collector: what a real one would be sent, what it is never sent, and how little depends on it.

use crate::harness::Said;
use crate::journey::Journey;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// What a collector was sent.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<ResourceSpans>>>);

#[tonic::async_trait]
impl TraceService for Taken {
    async fn export(
        &self,
        sent: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().expect("nobody panics here").extend(sent.into_inner().resource_spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A collector on loopback, for as long as this lives.
struct Collector {
    address: SocketAddr,
    taken: Taken,
    _runtime: Runtime,
}

impl Collector {
    fn start() -> Self {
        let (runtime, taken) = (Runtime::new().expect("a runtime"), Taken::default());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = TraceServiceServer::new(taken.clone());
        let server = tonic::transport::Server::builder().add_service(service);
        runtime.spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { address, taken, _runtime: runtime }
    }

    fn taken(&self) -> Vec<ResourceSpans> {
        self.taken.0.lock().expect("nobody panics here").clone()
    }
}

fn run(journey: &Journey, variables: &[(&str, &str)]) -> Said {
    let mut command = journey.workplace.command(&["-vv", "run", "--until-idle", "--format", "json"]);
    Said::of(command.envs(variables.iter().copied()).output().expect("the work starts"))
}

#[test]
fn a_collector_is_told_which_call_served_which_turn_and_no_secret() {
    let (journey, collector) = (Journey::begin(&[]), Collector::start());
    let endpoint = format!("http://{}", collector.address);
    let secrets = ["secret.txt", "token.txt"].map(|name| journey.workplace.text(name));

    let said = run(&journey, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_RESOURCE_ATTRIBUTES", "team=north")]);
    let calls = said.json()["http_calls"].as_u64().expect("how many calls there were");

    let taken = collector.taken();
    let who = format!("{:?}", taken.first().expect("something was sent").resource);
    assert!(["service.name", "carryover", "team", "north"].iter().all(|word| who.contains(word)), "{who}");
    let spans: Vec<&Span> = taken.iter().flat_map(|of| &of.scope_spans).flat_map(|of| &of.spans).collect();
    let by_id: BTreeMap<&[u8], &Span> = spans.iter().map(|span| (span.span_id.as_slice(), *span)).collect();
    let above = |span: &Span| by_id.get(span.parent_span_id.as_slice()).map(|above| above.name.as_str());
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert!(named("turn") > 0 && calls > 0, "nothing was done");
    assert_eq!(named("call") as u64, calls, "each call is a span");
    for span in &spans {
        match span.name.as_str() {
            "effect" => assert_eq!(above(span), Some("turn")),
            "call" => assert_eq!(above(span), Some("effect"), "{span:?}"),
            _ => {}
        }
    }
    let everything = format!("{taken:?}");
    for secret in secrets.iter().map(String::as_str).chain(["emulator.pc.", "emulator.graph.", "0.emulator."]) {
        assert!(!everything.contains(secret), "the collector was sent `{secret}`");
    }
}

#[test]
fn a_collector_that_is_not_there_keeps_nobody_from_working() {
    let journey = Journey::begin(&[]);
    let said = run(&journey, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    assert!(said.json()["turns"].as_u64() > Some(0), "{}", said.out);
}

#[test]
fn a_way_of_sending_that_is_not_spoken_is_refused() {
    let journey = Journey::begin(&[]);
    let said = run(
        &journey,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")],
    );
    let said = said.ends(2);
    assert!(said.err.contains("OTEL_EXPORTER_OTLP_PROTOCOL is `http/protobuf`"), "{}", said.err);
}
