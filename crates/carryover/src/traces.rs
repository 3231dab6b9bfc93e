//! `OTEL_…`: spans of turns, of calls to Microsoft and of calls of the API for an OpenTelemetry collector, where one is named.
//! Nothing is decided upon them, and nothing waits for them but the end of the process, shortly.

use crate::failure::Failure;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{SpanExporter, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

/// Where spans are sent: the collector for traces, else that for everything.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// How they are sent, likewise.
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
/// How long the end of the process waits for a collector to take what is left.
const PATIENCE: Duration = Duration::from_secs(2);

/// Spans on their way to a collector.
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// What the environment asks for; none where it names no collector. Must be called inside the runtime.
    ///
    /// # Errors
    /// [`Failure`] when it asks for something that is not to be had.
    pub(crate) fn asked() -> Result<Option<Self>, Failure> {
        let is_off = said("OTEL_SDK_DISABLED").is_some_and(|word| word.eq_ignore_ascii_case("true"))
            || said("OTEL_TRACES_EXPORTER").is_some_and(|word| word.eq_ignore_ascii_case("none"));
        let Some(endpoint) = ENDPOINTS.into_iter().find(|name| said(name).is_some()).filter(|_| !is_off) else {
            return Ok(None);
        };
        if let Some((name, other)) = PROTOCOLS.into_iter().find_map(|name| Some((name, said(name)?)))
            && other != "grpc"
        {
            return Err(Failure::input(format!(
                "{name} is `{other}`, but spans are sent by `grpc` only; name the collector's port for that, which is 4317 as a rule"
            )));
        }
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_tls_config(ClientTlsConfig::new().with_enabled_roots())
            .build()
            .map_err(|error| Failure::input(format!("no spans can be sent to what {endpoint} names: {error}")))?;
        Ok(Some(Self(SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build())))
    }

    /// What listens for spans and for what is said within them: this program's own, never bodies.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("carryover"))
            .with_filter(Targets::new().with_target("carryover", Level::INFO))
    }

    /// Sends what is left, as far as the collector takes it soon.
    pub(crate) fn end(self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the collector did not take the last spans");
        }
    }
}

/// Who sends the spans; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` have the last word.
fn resource() -> Resource {
    let own = Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "carryover"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        ])
        .with_detector(Box::new(EnvResourceDetector::new()));
    match said("OTEL_SERVICE_NAME") {
        Some(name) => own.with_service_name(name).build(),
        None => own.build(),
    }
}

/// What a variable says; an empty one says nothing.
fn said(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|word| !word.trim().is_empty())
}
