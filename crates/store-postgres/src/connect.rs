//! The way to the server: its address, TLS, a few connections, and patience while it restarts. Knows no table.

use crate::fault::{self, Trouble};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections at the same time: eight keep two cores of a server busy, and more only wait for each other.
const CONNECTIONS: usize = 8;

/// How often what clashes with others is tried again at once: each time one of them has got on.
const CLASHES_AT_ONCE: u32 = 20;

/// A connection on which nothing was heard for so long is asked whether it is alive,
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// again so often,
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// and given up after so many times.
const KEEPALIVE_RETRIES: u32 = 3;
/// What was sent and not taken in for so long will not be any more: the connection is given up.
const NOT_TAKEN_IN: Duration = Duration::from_secs(30);

/// How long to wait for a server, which may be gone without a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// For one attempt to connect.
    pub(crate) attempt: Duration,
    /// For the answer to one statement: far longer than any takes, and than a crowd before the lock on the log.
    pub(crate) answer: Duration,
    /// For all attempts at one thing together: longer than a restart or a switch to a standby takes.
    pub(crate) patience: Duration,
    /// Between two attempts.
    pub(crate) pause: Duration,
}

impl Limits {
    /// Those of a real server.
    pub(crate) const USUAL: Self = Self {
        attempt: Duration::from_secs(10),
        answer: Duration::from_secs(30),
        patience: Duration::from_secs(60),
        pause: Duration::from_millis(250),
    };
}

/// Where a database is, and how to sign in there: `postgres://user:password@host:port/database`, with PostgreSQL's usual
/// parameters. The password is never shown.
///
/// Of PostgreSQL's parameters about TLS two are understood: `sslmode=require`, which checks certificate and name as
/// `sslmode=verify-full` does, and `sslrootcert=FILE` with the certificates of the authorities that are believed in place of the
/// machine's.
#[derive(Clone)]
pub struct Address {
    config: Config,
    authorities: Option<PathBuf>,
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
    /// Its transactions see the database as it was when they began. Each waits for the others before it numbers events, and would
    /// never see theirs.
    #[error(
        "transactions in the database {address} are `{found}` where nothing else is said, and `read committed` is needed: \
         ALTER ROLE … SET default_transaction_isolation = 'read committed', or leave out what stands between here and the server \
         and lets nobody say so for a session"
    )]
    Isolated {
        /// The address, without its password.
        address: String,
        /// What transactions are there.
        found: String,
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
        let (text, authorities) = about_tls(text);
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
        config.connect_timeout(Limits::USUAL.attempt).application_name("carryover");
        // What the address names goes before.
        let named = |name: &str| text.contains(&format!("{name}="));
        if !named("keepalives_idle") {
            config.keepalives_idle(KEEPALIVE_IDLE);
        }
        if !named("keepalives_interval") {
            config.keepalives_interval(KEEPALIVE_INTERVAL);
        }
        if !named("keepalives_retries") {
            config.keepalives_retries(KEEPALIVE_RETRIES);
        }
        if !named("tcp_user_timeout") {
            config.tcp_user_timeout(NOT_TAKEN_IN);
        }
        Ok(Self { config, authorities })
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

    /// The same, with sessions whose transactions see what others commit while they wait.
    pub(crate) fn reading_committed(&self) -> Self {
        let mut other = self.clone();
        let before = self.config.get_options().map(|options| format!("{options} ")).unwrap_or_default();
        other.config.options(format!("{before}-c default_transaction_isolation=read\\ committed"));
        other
    }

    /// TLS as the machine's own certificates have it, or those that the address names; none where it asks for none.
    pub(crate) fn tls(&self) -> Result<Option<MakeRustlsConnect>, String> {
        if self.config.get_ssl_mode() != SslMode::Require {
            return Ok(None);
        }
        let Some(path) = &self.authorities else {
            let config = ClientConfig::with_platform_verifier().map_err(|error| error.to_string())?;
            return Ok(Some(MakeRustlsConnect::new(config)));
        };
        let unread = |why: String| format!("the certificates in {} cannot be used: {why}", path.display());
        let mut believed = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unread(error.to_string()))? {
            let certificate = certificate.map_err(|error| unread(error.to_string()))?;
            believed.add(certificate).map_err(|error| unread(error.to_string()))?;
        }
        if believed.is_empty() {
            return Err(unread("there are none in it".to_owned()));
        }
        let config = ClientConfig::builder().with_root_certificates(believed).with_no_client_auth();
        Ok(Some(MakeRustlsConnect::new(config)))
    }
}

/// `text` as the client's library understands it, and the file of authorities that it names. That library knows neither
/// `sslrootcert` nor the modes beyond `require`, which here is no less than they are.
fn about_tls(text: &str) -> (String, Option<PathBuf>) {
    let Some((base, parameters)) = text.split_once('?') else { return (text.to_owned(), None) };
    let mut authorities = None;
    let mut others = Vec::new();
    for parameter in parameters.split('&') {
        match parameter.split_once('=') {
            Some(("sslrootcert", path)) => authorities = Some(PathBuf::from(path)),
            Some(("sslmode", "verify-full" | "verify-ca")) => others.push("sslmode=require"),
            _ => others.push(parameter),
        }
    }
    (format!("{base}?{}", others.join("&")), authorities)
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
    limits: Limits,
}

impl Connections {
    pub(crate) fn new(address: &Address, tls: Option<MakeRustlsConnect>, limits: Limits) -> Result<Self, String> {
        let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls {
            Some(tls) => Manager::from_config(address.config.clone(), tls, how),
            None => Manager::from_config(address.config.clone(), NoTls, how),
        };
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(limits.answer))
            .create_timeout(Some(limits.attempt))
            .recycle_timeout(Some(limits.attempt))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { pool, limits })
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

    /// Calls once. A server that says nothing for too long may have done it; its connection is dropped. So is that of one that cannot do
    /// it now: another server may have taken its place.
    pub(crate) async fn call<T, F>(&self, call: impl FnOnce(Arc<Object>) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let connection = Arc::new(self.get().await?);
        let answer = self.limits.answer;
        let Ok(done) = tokio::time::timeout(answer, call(Arc::clone(&connection))).await else {
            drop(Arc::into_inner(connection).map(Object::take));
            return Err(Trouble::Unanswered(format!("the server did not answer within {} s", answer.as_secs_f32())));
        };
        if matches!(done, Err(Trouble::Away(_))) {
            drop(Arc::into_inner(connection).map(Object::take));
        }
        done
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
        let end = tokio::time::Instant::now() + self.limits.patience;
        let mut clashes = 0;
        loop {
            match self.call(&call).await {
                Err(trouble) if may_repeat(&trouble) && tokio::time::Instant::now() < end => {
                    tracing::warn!(?trouble, "the database is asked again");
                    clashes += u32::from(matches!(trouble, Trouble::Clash(_)));
                    if !matches!(trouble, Trouble::Clash(_)) || clashes > CLASHES_AT_ONCE {
                        tokio::time::sleep(self.limits.pause).await;
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
