//! The way to the server: its address, TLS, a few connections, and patience while it restarts. Knows no table.

use crate::fault::{self, Trouble};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections at the same time: eight keep two cores of a server busy, and more only wait for each other.
const CONNECTIONS: usize = 8;

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How long to go on trying while the server is away: longer than a restart or a switch to a standby takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Where a database is, and how to sign in there: `postgres://user:password@host:port/database`, with PostgreSQL's usual
/// parameters. The password is never shown.
#[derive(Clone)]
pub struct Address {
    config: Config,
}

/// A database's address cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no address of a PostgreSQL database.
    #[error(
        "the address of the database cannot be read ({detail}); \
         one such as postgres://user@host:5432/carryover?sslmode=require is expected"
    )]
    Unreadable {
        /// Why, in words.
        detail: String,
    },
    /// It leads to another machine and would let passwords and customers' data travel in the clear.
    #[error("the address of the database leads to another machine without TLS: add sslmode=require to it")]
    InTheClear,
}

/// A database cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The server cannot be reached, or does not let us in.
    #[error("the database {address} cannot be reached: {detail}")]
    Unreachable {
        /// The address, without its password.
        address: String,
        /// Why, in words.
        detail: String,
    },
    /// The server is too old.
    #[error("the database {address} is PostgreSQL {found}, and 15 or newer is needed")]
    TooOld {
        /// The address, without its password.
        address: String,
        /// The server's version.
        found: String,
    },
    /// A newer version of Carryover made the tables. Use that one.
    #[error(
        "the database {address} was written by a newer version of Carryover (its schema is {found}, this program knows \
         up to {known})"
    )]
    Newer {
        /// The address, without its password.
        address: String,
        /// The schema's version.
        found: i32,
        /// The newest known one.
        known: i32,
    },
    /// The tables cannot be made or brought up to date.
    #[error("the tables in the database {address} cannot be prepared: {detail}")]
    Unprepared {
        /// The address, without its password.
        address: String,
        /// Why, in words.
        detail: String,
    },
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`AddressError`] when it cannot be read, or leads to another machine without TLS.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut config: Config = text
            .parse()
            .map_err(|error: tokio_postgres::Error| AddressError::Unreadable { detail: fault::words(&error) })?;
        let stays_here = config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        });
        if !stays_here && config.get_ssl_mode() != SslMode::Require {
            return Err(AddressError::InTheClear);
        }
        config.connect_timeout(ATTEMPT).application_name("carryover");
        Ok(Self { config })
    }

    /// A connection of its own, with what keeps it going.
    pub(crate) async fn connect<S>(
        &self,
        tls: S,
    ) -> Result<(Client, tokio_postgres::Connection<tokio_postgres::Socket, S::Stream>), tokio_postgres::Error>
    where
        S: tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>,
    {
        self.config.connect(tls).await
    }

    /// TLS as the machine's own certificates have it; none where the address asks for none.
    pub(crate) fn tls(&self) -> Result<Option<MakeRustlsConnect>, rustls::Error> {
        if self.config.get_ssl_mode() != SslMode::Require {
            return Ok(None);
        }
        Ok(Some(MakeRustlsConnect::new(ClientConfig::with_platform_verifier()?)))
    }
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.config;
        f.write_str("postgres://")?;
        if let Some(user) = config.get_user() {
            write!(f, "{user}@")?;
        }
        for (number, host) in config.get_hosts().iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            if let Some(port) = config.get_ports().get(number).or(config.get_ports().first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A few connections, made when needed and kept.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: Pool,
}

impl Connections {
    pub(crate) fn new(address: &Address, tls: Option<MakeRustlsConnect>) -> Result<Self, String> {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls {
            Some(tls) => Manager::from_config(address.config.clone(), tls, how),
            None => Manager::from_config(address.config.clone(), NoTls, how),
        };
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(ATTEMPT))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { pool })
    }

    /// A connection, now or not at all.
    pub(crate) async fn get(&self) -> Result<Object, Trouble> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => match Trouble::of(&error) {
                // Nothing was asked for yet.
                Trouble::Unanswered(words) => Trouble::Away(words),
                other => other,
            },
            other => Trouble::Away(other.to_string()),
        })
    }

    /// Calls until it works or is refused, while the server restarts or puts others first. For what may be done twice.
    pub(crate) async fn patiently<T, F>(&self, call: impl Fn(Arc<Object>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        self.until(call, |trouble| !matches!(trouble, Trouble::Refused(_))).await
    }

    /// Calls until it works, is refused, or may have been done: for what must not be done twice without another look.
    pub(crate) async fn once<T, F>(&self, call: impl Fn(Arc<Object>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        self.until(call, |trouble| matches!(trouble, Trouble::Away(_) | Trouble::Clash(_))).await
    }

    async fn until<T, F>(
        &self,
        call: impl Fn(Arc<Object>) -> F,
        may_repeat: impl Fn(&Trouble) -> bool,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let done = match self.get().await {
                Ok(connection) => call(Arc::new(connection)).await,
                Err(trouble) => Err(trouble),
            };
            match done {
                Err(trouble) if may_repeat(&trouble) && tokio::time::Instant::now() < end => {
                    tracing::warn!(?trouble, "the database is asked again");
                    if !matches!(trouble, Trouble::Clash(_)) {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                done => return done,
            }
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({:?})", self.pool.status())
    }
}
