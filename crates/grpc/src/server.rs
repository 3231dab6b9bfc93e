//! The server: the services of the contract, health and reflection on one listener, until it is told to stop.

use crate::facade::{Facade, Office};
use crate::feed::Feed;
use carryover_api::v1;
use carryover_ports::StoreError;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use v1::customer_service_server::CustomerServiceServer;
use v1::migration_service_server::MigrationServiceServer;
use v1::portfolio_service_server::PortfolioServiceServer;

/// What the server takes at most, of one caller and of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message that is received.
    pub message_bytes: usize,
    /// Watches that are open at once.
    pub streams: usize,
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
            streams: 2_000,
            calls_per_connection: 1_000,
            keep_alive: Duration::from_secs(60),
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
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let feed = Feed::start(office.index.clone(), office.desk.clone()).await?;
    let (stop, stopping) = watch::channel(false);
    let facade = Facade::new(office, feed.clone(), limits.streams, stopping);
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<PortfolioServiceServer<Facade>>().await;
    health.set_serving::<CustomerServiceServer<Facade>>().await;
    health.set_serving::<MigrationServiceServer<Facade>>().await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(carryover_api::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let size = limits.message_bytes;
    let server = Server::builder()
        .http2_keepalive_interval(Some(limits.keep_alive))
        .concurrency_limit_per_connection(usize::try_from(limits.calls_per_connection).unwrap_or(usize::MAX))
        .max_concurrent_streams(limits.calls_per_connection)
        .add_service(health_service)
        .add_service(reflection().build_v1().map_err(ServeError::Reflection)?)
        .add_service(reflection().build_v1alpha().map_err(ServeError::Reflection)?)
        .add_service(PortfolioServiceServer::new(facade.clone()).max_decoding_message_size(size))
        .add_service(CustomerServiceServer::new(facade.clone()).max_decoding_message_size(size))
        .add_service(MigrationServiceServer::new(facade).max_decoding_message_size(size))
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async {
            shutdown.await;
            stop.send_replace(true);
        });
    tokio::select! {
        served = server => Ok(served?),
        () = feed.follow() => Ok(()),
    }
}
