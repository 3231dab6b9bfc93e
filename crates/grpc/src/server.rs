//! The server: the services of the contract, health and reflection on one listener, until it is told to stop.

use crate::board::Board;
use crate::entrance::connections;
use crate::explain::Explain;
use crate::facade::{Facade, Office};
use crate::feed::Feed;
use carryover_api::v1;
use carryover_ports::StoreError;
use http::{HeaderName, HeaderValue, Method};
use std::fmt;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic_web::GrpcWebLayer;
use tower::util::option_layer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use v1::customer_service_server::CustomerServiceServer;
use v1::migration_service_server::MigrationServiceServer;
use v1::partner_service_server::PartnerServiceServer;
use v1::portfolio_service_server::PortfolioServiceServer;
use zeroize::Zeroizing;

/// How long a connection may take over its TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What the server takes at most, of one caller and of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message that is received.
    pub message_bytes: usize,
    /// Connections that are open at once.
    pub connections: usize,
    /// Watches that are open at once.
    pub streams: usize,
    /// Watches that one caller has open at once.
    pub streams_per_caller: usize,
    /// Calls that one caller makes in a minute, ten seconds' worth of them at once; none where they are not counted.
    pub calls_per_minute: Option<u32>,
    /// Calls of one connection that are under way at once.
    pub calls_per_connection: u32,
    /// How long a connection may be silent before it is asked whether it lives.
    pub keep_alive: Duration,
}

impl Limits {
    /// What suits a team of people and their systems.
    pub fn usual() -> Self {
        Self {
            message_bytes: 4 << 20,
            connections: 10_000,
            streams: 2_000,
            streams_per_caller: 1_000,
            calls_per_minute: None,
            calls_per_connection: 1_000,
            keep_alive: Duration::from_secs(60),
        }
    }
}

/// How the server is reached.
#[derive(Debug, Default)]
pub struct Transport {
    /// TLS; none where the traffic is plaintext.
    pub tls: Option<Tls>,
    /// Web pages of these origins may call by gRPC-Web, such as `https://console.example`; `*` stands for any. None where
    /// gRPC-Web is not spoken.
    pub web: Option<Vec<String>>,
}

/// Certificates in PEM.
pub struct Tls {
    /// The server's, with those that vouch for it.
    pub certificate: Vec<u8>,
    /// Its private key.
    pub key: Zeroizing<Vec<u8>>,
    /// Who vouches for clients; where it is there, a client without a certificate is not let in.
    pub client_ca: Option<Vec<u8>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("client_ca", &self.client_ca.is_some()).finish_non_exhaustive()
    }
}

impl Tls {
    fn config(&self) -> ServerTlsConfig {
        let identity = Identity::from_pem(&self.certificate, &*self.key);
        let config = ServerTlsConfig::new().identity(identity).timeout(HANDSHAKE);
        match &self.client_ca {
            Some(ca) => config.client_ca_root(Certificate::from_pem(ca)),
            None => config,
        }
    }
}

/// The server cannot start or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The database cannot be followed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reflection cannot read the contract that is built in.
    #[error("the contract cannot be shown by reflection")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The certificates cannot be used.
    #[error(
        "the certificate, its key or the certificate of client_ca cannot be used: PEM is expected, and a key that fits"
    )]
    Tls(#[source] tonic::transport::Error),
    /// An origin of web pages is none.
    #[error("`{0}` is no origin of web pages; one such as https://console.example is expected, or *")]
    Origin(String),
    /// The listener failed.
    #[error("the server cannot listen")]
    Transport(#[from] tonic::transport::Error),
}

/// Answers calls on `listener` until `shutdown`. Calls under way are finished; watches end with a resume token.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    office: Office,
    listener: TcpListener,
    limits: Limits,
    transport: Transport,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let feed = Feed::start(office.index.clone(), office.desk.clone()).await?;
    let (stop, stopping) = watch::channel(false);
    let facade = Facade::new(office, feed.clone(), &limits, stopping);
    let board = facade.board.clone();
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<PartnerServiceServer<Facade>>().await;
    health.set_serving::<PortfolioServiceServer<Facade>>().await;
    health.set_serving::<CustomerServiceServer<Facade>>().await;
    health.set_serving::<MigrationServiceServer<Facade>>().await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(carryover_api::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let mut builder = Server::builder();
    if let Some(tls) = &transport.tls {
        builder = builder.tls_config(tls.config()).map_err(ServeError::Tls)?;
    }
    let web = transport.web.as_deref().map(cors).transpose()?;
    let size = limits.message_bytes;
    macro_rules! service {
        ($server:ident) => {
            $server::new(facade.clone())
                .max_decoding_message_size(size)
                .accept_compressed(CompressionEncoding::Gzip)
                .send_compressed(CompressionEncoding::Gzip)
        };
    }
    let server = builder
        .trace_fn(|call| tracing::info_span!("rpc", method = call.uri().path()))
        .http2_keepalive_interval(Some(limits.keep_alive))
        .concurrency_limit_per_connection(usize::try_from(limits.calls_per_connection).unwrap_or(usize::MAX))
        .max_concurrent_streams(limits.calls_per_connection)
        // Browsers speak HTTP/1.1 as well; nobody else has to.
        .accept_http1(web.is_some())
        .layer(option_layer(web.map(|cors| (cors, GrpcWebLayer::new()))))
        .layer(Explain)
        .add_service(health_service)
        .add_service(reflection().build_v1().map_err(ServeError::Reflection)?)
        .add_service(reflection().build_v1alpha().map_err(ServeError::Reflection)?)
        .add_service(service!(PartnerServiceServer))
        .add_service(service!(PortfolioServiceServer))
        .add_service(service!(CustomerServiceServer))
        .add_service(service!(MigrationServiceServer))
        .serve_with_incoming_shutdown(connections(listener, limits.connections), async {
            shutdown.await;
            stop.send_replace(true);
        });
    tokio::select! {
        served = server => Ok(served?),
        () = feed.follow() => Ok(()),
        () = warm(&board) => Ok(()),
    }
}

/// What pages of `origins` may do: call, and read why a call was refused.
fn cors(origins: &[String]) -> Result<CorsLayer, ServeError> {
    let any = origins.iter().any(|origin| origin == "*");
    let origins = origins.iter().map(|origin| {
        let is_origin = origin.starts_with("https://") || origin.starts_with("http://");
        HeaderValue::from_str(origin)
            .ok()
            .filter(|_| is_origin || any)
            .ok_or_else(|| ServeError::Origin(origin.clone()))
    });
    let origins = origins.collect::<Result<Vec<_>, _>>()?;
    let allowed = if any { AllowOrigin::any() } else { AllowOrigin::list(origins) };
    let header = HeaderName::from_static;
    Ok(CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::POST])
        .allow_headers([
            header("content-type"),
            header("authorization"),
            header("x-grpc-web"),
            header("x-user-agent"),
            header("grpc-timeout"),
        ])
        .expose_headers([header("grpc-status"), header("grpc-message"), header("grpc-status-details-bin")]))
}

/// Reads what lists show; then there is nothing more to do but wait.
async fn warm(board: &Board) {
    if let Err(fault) = board.warm().await {
        tracing::warn!(?fault, "what lists show is read when it is asked for");
    }
    std::future::pending().await
}
